"""Mono: pyannote.audio's diarization, from local weights or from a pipeline on the hub.

H. Bredin, "pyannote.audio 2.1 speaker diarization pipeline: principle, benchmark, and recipe",
Interspeech 2023; A. Plaquet, H. Bredin, "Powerset multi-class cross entropy loss for neural speaker
diarization", Interspeech 2023.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AudioError, ModelError
from audit.speech.timeline import exclusive_turns
from audit.types import SAMPLE_RATE_HZ, Diarization, SpeakerTurn, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audit.speech.diarizers.pyannote_models import Gain

#: Shorter than this there is not even a frame; pyannote itself fills up what is under 10 s.
_MIN_SAMPLES = 1600
#: The 99.9th percentile of the samples' size is brought to this before diarization.
_TARGET_PEAK = 0.5
#: Turns of one speaker closer than this are one: the frame of the segmentation is 17 ms.
_BRIDGE_MS = 40


class PyannoteDiarizer:
    """Unknown number of speakers; weights are loaded when the first recording comes.

    ``find_weights`` gives the folder (or file) of ``segmentation-3.0`` and ``campplus``; ``model``
    is a pipeline on the Hugging Face hub instead (its token in ``HF_TOKEN``). ``device`` is torch's
    (``cpu``, ``cuda``); ``threads`` 0 means one, which with one process a core is the fastest.
    """

    def __init__(
        self,
        find_weights: Callable[[str], Path],
        *,
        model: str | None = None,
        device: str = "cpu",
        threads: int = 0,
        offline: bool = False,
    ) -> None:
        self._find_weights = find_weights
        self._model = model
        self._device = device
        self._threads = threads
        self._offline = offline
        self._loaded: Any = None
        self._gain: Gain | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return f"pyannote:{self._model}" if self._model else "pyannote"

    def diarize(self, waveform: Waveform) -> Diarization:
        """Speakers ``S0``, ``S1`` … in order of appearance; two channels are heard as their mean.

        Raises ``AudioError`` for an empty recording and ``ModelError`` without weights.
        """
        import numpy as np

        if waveform.samples.shape[1] < _MIN_SAMPLES:
            raise AudioError("the recording is shorter than 0.1 s; nothing can be heard in it")
        mono = waveform.samples if waveform.channels == 1 else waveform.samples.mean(axis=0)[None]
        if not np.isfinite(mono.sum()):
            mono = np.nan_to_num(mono)
        if not np.any(mono):
            return Diarization((), ())
        return self._run(mono)

    def _run(self, samples: NDArray[np.float32]) -> Diarization:
        import numpy as np
        import torch

        with self._lock:
            torch.set_num_threads(self._threads or 1)
            pipeline = self._pipeline()
            gain = _gain(samples)
            if self._gain is None:
                samples = samples * np.float32(gain)
            else:
                self._gain.value = gain
            output = pipeline(
                {
                    "waveform": torch.from_numpy(samples),
                    "sample_rate": SAMPLE_RATE_HZ,
                    "uri": "call",
                }
            )
        full = getattr(output, "speaker_diarization", output)
        exclusive = getattr(output, "exclusive_speaker_diarization", None)
        turns = _turns(full)
        names = _names(turns)
        renamed = _renamed(turns, names)
        if exclusive is None:
            return Diarization(renamed, exclusive_turns(renamed))
        return Diarization(renamed, _renamed(_turns(exclusive), names))

    def _pipeline(self) -> Any:
        if self._loaded is None:
            from audit.speech.diarizers.pyannote_models import import_pyannote

            import_pyannote(offline=self._offline)
            self._loaded = self._from_hub() if self._model else self._from_weights()
            if self._device != "cpu":
                import torch

                self._loaded.to(torch.device(self._device))
        return self._loaded

    def _from_weights(self) -> Any:
        from audit.speech.diarizers.pyannote_models import Gain, load_local_pipeline

        find = self._find_weights
        self._gain = Gain()
        return load_local_pipeline(
            _file(find("segmentation-3.0")), _file(find("campplus")), self._gain
        )

    def _from_hub(self) -> Any:
        from pyannote.audio import Pipeline

        try:
            pipeline = Pipeline.from_pretrained(self._model, token=os.environ.get("HF_TOKEN"))
        except Exception as error:
            raise ModelError(
                f"pyannote pipeline {self._model!r} cannot be loaded ({type(error).__name__}): "
                "it needs a connection or a filled hub cache, its conditions accepted on the hub, "
                "and a token in HF_TOKEN; `--diarizer pyannote` works without any of them"
            ) from error
        if pipeline is None:
            raise ModelError(f"pyannote pipeline {self._model!r} is gated; set HF_TOKEN")
        return pipeline


def _gain(samples: NDArray[np.float32]) -> float:
    """What brings a recording to a fixed level: the filterbank's floor makes embeddings of quiet calls
    alike. The level is read off every eighth sample.
    """
    import numpy as np

    some = np.abs(samples[:, ::8])
    peak = float(np.percentile(some, 99.9)) or float(np.abs(samples).max()) or 1.0
    return _TARGET_PEAK / peak


def _file(path: Path) -> Path:
    """The weights themselves where ``path`` is the model's folder."""
    if not path.is_dir():
        return path
    files = sorted(path.glob("*.pt"))
    if not files:
        raise ModelError(f"{path}: no *.pt file in it; run `tasleek models fetch {path.name}`")
    return files[0]


def _turns(annotation: Any) -> tuple[SpeakerTurn, ...]:
    """Turns in order of start; those of one speaker that touch are joined."""
    joined: dict[str, list[SpeakerTurn]] = {}
    for segment, _, label in annotation.itertracks(yield_label=True):
        turn = SpeakerTurn(round(segment.start * 1000), round(segment.end * 1000), str(label))
        own = joined.setdefault(turn.speaker, [])
        if own and turn.start_ms - own[-1].end_ms <= _BRIDGE_MS:
            own[-1] = SpeakerTurn(own[-1].start_ms, max(own[-1].end_ms, turn.end_ms), turn.speaker)
        elif turn.end_ms > turn.start_ms:
            own.append(turn)
    return tuple(
        sorted(
            (turn for turns in joined.values() for turn in turns),
            key=lambda turn: (turn.start_ms, turn.end_ms, turn.speaker),
        )
    )


def _names(turns: tuple[SpeakerTurn, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for turn in turns:
        names.setdefault(turn.speaker, f"S{len(names)}")
    return names


def _renamed(turns: tuple[SpeakerTurn, ...], names: dict[str, str]) -> tuple[SpeakerTurn, ...]:
    return tuple(
        SpeakerTurn(turn.start_ms, turn.end_ms, names[turn.speaker])
        for turn in turns
        if turn.speaker in names
    )
