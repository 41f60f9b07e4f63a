"""Who spoke when: the contract of all diarizers, and which one a recording gets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from audit.config import SpeechConfig
from audit.errors import UsageError
from audit.types import Diarization, Waveform

NAMES = ("auto", "channels", "pyannote")


class Diarizer(Protocol):
    """Finds the speakers of a recording. ``name`` is what ``--diarizer`` calls it."""

    @property
    def name(self) -> str: ...

    def diarize(self, waveform: Waveform) -> Diarization:
        """Speakers, in opaque names, of a recording of one or two channels.

        The result is empty when nobody speaks. Raises ``ModelError`` where weights are missing.
        """
        ...


def load_diarizer(
    config: SpeechConfig, find_weights: Callable[[str], Path], *, offline: bool = False
) -> Diarizer:
    """The diarizer that ``config.diarizer`` names: ``auto``, ``channels``, ``pyannote[:MODEL]``.

    ``auto`` and ``channels`` take each party from its own channel where the recording has them;
    ``auto`` gives everything else (mono, the same signal twice, an empty channel) to pyannote,
    loaded when the first such recording comes. ``MODEL`` is a pipeline on the Hugging Face hub, for
    a connected machine. ``find_weights`` gives the folder of a model by its id, or raises
    ``ModelError``; it is asked when the weights are needed. Raises ``UsageError`` for another name.
    """
    name, _, model = config.diarizer.partition(":")
    if name not in NAMES or (model and name != "pyannote") or config.diarizer.endswith(":"):
        raise UsageError(
            f"unknown diarizer {config.diarizer!r}; choose one of {', '.join(NAMES)}, pyannote:MODEL"
        )
    from audit.speech.diarizers.channels import ChannelsDiarizer

    if name == "channels":
        return ChannelsDiarizer()
    from audit.speech.diarizers.pyannote import PyannoteDiarizer

    mono = PyannoteDiarizer(
        find_weights,
        model=model or None,
        device=config.device,
        threads=config.threads,
        offline=offline,
    )
    return mono if name == "pyannote" else ChannelsDiarizer(mono=mono, name="auto")
