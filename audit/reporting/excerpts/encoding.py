"""Writing the sound of an excerpt: MP3, Opus or WAV, the same bytes for the same sound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from audit.types import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

AudioFormat = Literal["mp3", "opus", "wav"]
#: Container, encoder and bit rate. Speech at 16 kHz needs no more.
_ENCODERS: dict[AudioFormat, tuple[str, str, int | None]] = {
    "mp3": ("mp3", "libmp3lame", 64_000),
    "opus": ("ogg", "libopus", 32_000),
    "wav": ("wav", "pcm_s16le", None),
}
#: LAME turns what it encodes down to this (measured on tones of 100 to 3000 Hz).
_LAME_SCALE = 0.95
_BLOCK = SAMPLE_RATE_HZ


def write_audio(path: Path, samples: NDArray[np.float32], audio_format: AudioFormat) -> None:
    """Write mono ``samples`` of shape ``(n,)`` at 16 kHz. Raises ``OSError``."""
    import av
    import numpy as np

    if audio_format == "mp3":
        samples = samples / np.float32(_LAME_SCALE)
    container_format, codec, bit_rate = _ENCODERS[audio_format]
    # No date, no version of the encoder, no random serial number in the file.
    options = {"fflags": "+bitexact"}
    with av.open(str(path), "w", format=container_format, options=options) as container:
        stream: Any = container.add_stream(codec, rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        if bit_rate:
            stream.bit_rate = bit_rate
        resampler = av.AudioResampler(stream.format, "mono", SAMPLE_RATE_HZ, stream.frame_size or 0)
        for start in range(0, len(samples), _BLOCK):
            block = np.ascontiguousarray(samples[None, start : start + _BLOCK])
            frame = av.AudioFrame.from_ndarray(block, "flt", layout="mono")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = start
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
