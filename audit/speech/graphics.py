"""Whether there is a GPU to compute on, asked before recordings are read and models loaded."""

from __future__ import annotations

from audit.config import SpeechConfig
from audit.errors import ConfigError

CUDA = "cuda"


def check_graphics(config: SpeechConfig) -> None:
    """Raises ``ConfigError`` when ``config`` asks for ``cuda`` and this machine has no usable GPU.

    What else a device or compute type may be, the recognizer's library says when it loads the model.
    """
    if config.device == CUDA and not _cuda_devices():
        raise ConfigError(
            "speech.device 'cuda': no NVIDIA GPU with a driver that fits is found on this machine "
            "(`nvidia-smi` should list one); mend that, or leave --device out to use the processor"
        )


def _cuda_devices() -> int:
    import ctranslate2

    count: int = ctranslate2.get_cuda_device_count()
    return count
