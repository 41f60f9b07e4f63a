"""pyannote.audio's pipeline from local weights: segmentation-3.0, CAM++ embeddings, no hub.

Imported by the ``pyannote`` diarizer when the first recording comes, never before: it needs torch.
"""

from __future__ import annotations

import importlib
import os
import warnings
from pathlib import Path
from typing import Any

import torch

from audit.errors import ModelError
from audit.speech.diarizers.campplus import (
    EMBEDDING_SIZE,
    FRAME_SHIFT_SAMPLES,
    load_campplus,
    log_mel_filterbank,
)
from audit.speech.diarizers.parties import label_voices
from audit.torchaudio_import import import_torchaudio
from audit.types import SAMPLE_RATE_HZ

#: Windows of 10 s every 2.5 s: a step of 1 s is no more accurate at twice the cost.
_SEGMENTATION_STEP = 0.25
#: Share of a window that a voice must speak alone to count for clustering; the lower one where
#: that leaves fewer than so many windows (a short call).
_ACTIVE_SHARE, _ACTIVE_SHARE_SHORT, _FEW_WINDOWS = 0.2, 0.1, 10
#: Windows that go through a network together: more take memory and save no time on a CPU.
_BATCH = 8
#: CAM++ sees at least this many frames (of 10 ms); less speech is repeated to it.
_MIN_FRAMES = 40
#: ... and at most this many, from the middle of what a speaker says in a window: four fifths of the
#: time go into this network, and 4 s of speech tell a speaker as well as 10 s.
_MAX_FRAMES = 400
#: Lengths in between are cut to a multiple of this: for each new length of input torch prepares every
#: convolution anew and keeps it, which took a third of a gigabyte in an hour of turns.
_FRAME_STEP = 20
_SHELF_ROWS = 4096


def import_pyannote(*, offline: bool) -> None:
    """Make ``pyannote.audio`` importable, silent, and (``offline``) off the network.

    Telemetry is on unless switched off before the import.
    """
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import_torchaudio()
    with warnings.catch_warnings():
        # It warns that it cannot decode files without FFmpeg's libraries; it is only given samples.
        warnings.simplefilter("ignore")
        importlib.import_module("pyannote.audio")


class Gain:
    """By what both networks multiply what they hear; set before each recording."""

    def __init__(self) -> None:
        self.value = 1.0

    def __call__(self, _: torch.nn.Module, heard: tuple[torch.Tensor, ...]) -> Any:
        """Forward hook of a network: windows are scaled as they come, the recording is not copied."""
        return (heard[0] * self.value, *heard[1:])


def load_local_pipeline(segmentation: Path, embedding: Path, gain: Gain) -> Any:
    """``SpeakerDiarization`` with the weights of two local files; raises ``ModelError``."""
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines import SpeakerDiarization
    from pyannote.audio.pipelines.clustering import BaseClustering

    class NoPlda(PLDA):  # type: ignore[misc]
        """The pipeline wants one, the clustering never asks it."""

        def __init__(self) -> None: ...

    class VoiceClustering(BaseClustering):  # type: ignore[misc]
        """``label_voices`` behind pyannote's clustering interface."""

        expects_num_clusters = False

        def filter_embeddings(
            self, embeddings: Any, segmentations: Any = None, min_active_ratio: float = 0.0
        ) -> Any:
            """Embeddings fit to be clustered, with their window and speaker in it."""
            found = super().filter_embeddings(embeddings, segmentations, _ACTIVE_SHARE)
            if len(found[0]) >= _FEW_WINDOWS:
                return found
            return super().filter_embeddings(embeddings, segmentations, _ACTIVE_SHARE_SHORT)

        def cluster(
            self,
            embeddings: Any,
            min_clusters: int,
            max_clusters: int,
            num_clusters: int | None = None,
        ) -> Any:
            """Voice of each of the ``(windows, size)`` embeddings."""
            fewest, most = num_clusters or min_clusters, num_clusters or max_clusters
            return label_voices(embeddings, fewest, most)

    networks = _load_segmentation(segmentation), _load_embedding(embedding)
    for network in networks:
        network.register_forward_pre_hook(gain)
    pipeline = SpeakerDiarization(
        segmentation=networks[0],
        segmentation_step=_SEGMENTATION_STEP,
        segmentation_batch_size=_BATCH,
        embedding=networks[1],
        embedding_batch_size=_BATCH,
        plda=NoPlda(),
        clustering="AgglomerativeClustering",
    )
    pipeline.clustering = VoiceClustering(metric="cosine")
    return pipeline.instantiate({"segmentation": {"min_duration_off": 0.0}})


def _load_segmentation(path: Path) -> Any:
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.segmentation import PyanNet

    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        form = checkpoint["model"]
        model = PyanNet(
            sincnet=form["sincnet"],
            lstm=form["lstm"],
            linear=form["linear"],
            sample_rate=form["sample_rate"],
            num_channels=form["num_channels"],
        )
        model.specifications = Specifications(
            problem=Problem.MONO_LABEL_CLASSIFICATION,
            resolution=Resolution.FRAME,
            duration=checkpoint["inference"]["duration"],
            warm_up=tuple(checkpoint["inference"]["warm_up"]),
            classes=[f"speaker#{n + 1}" for n in range(form["num_regular_classes"])],
            powerset_max_classes=form["powerset_max_classes"],
            permutation_invariant=True,
        )
        model.build()
        model.load_state_dict(checkpoint["state_dict"], strict=True)
    except Exception as error:
        raise ModelError(
            f"{path.name}: not the weights of segmentation-3.0 ({type(error).__name__}); "
            "run `tasleek models verify`, then `tasleek models fetch segmentation-3.0`"
        ) from error
    return model.eval()


def _load_embedding(path: Path) -> Any:
    from pyannote.audio import Model

    class CampPlusEmbedding(Model):  # type: ignore[misc]
        """CAM++ behind pyannote's embedding interface."""

        dimension = EMBEDDING_SIZE

        def __init__(self) -> None:
            super().__init__(sample_rate=SAMPLE_RATE_HZ, num_channels=1)
            self.network = load_campplus(path)
            self.shelf = _Shelf()

        def forward(
            self, waveforms: torch.Tensor, weights: torch.Tensor | None = None
        ) -> torch.Tensor:
            """``waveforms`` ``(batch, 1, n)``, ``weights`` ``(batch, frames)``: what to hear."""
            features = _features(waveforms[:, 0])
            count = features.shape[1]
            if weights is None:
                return self.network(features - features.mean(dim=1, keepdim=True))  # type: ignore[no-any-return]
            heard = torch.nn.functional.interpolate(weights[:, None], size=count)[:, 0] > 0.5
            embeddings = [
                self._embed(item[mask]) for item, mask in zip(features, heard, strict=True)
            ]
            return self.shelf.keep(torch.stack(embeddings))

        def _embed(self, features: torch.Tensor) -> torch.Tensor:
            if not len(features):
                return torch.full((EMBEDDING_SIZE,), torch.nan, device=features.device)
            repeated = features.repeat(-(-_MIN_FRAMES // len(features)), 1)
            length = min(_MAX_FRAMES, len(repeated) // _FRAME_STEP * _FRAME_STEP)
            spare = (len(repeated) - length) // 2
            middle = repeated[spare : spare + length]
            return self.network((middle - repeated.mean(dim=0))[None])[0]  # type: ignore[no-any-return]

    return CampPlusEmbedding()


class _Shelf:
    """Where embeddings are kept while a recording is heard.

    Small results that live on between large ones that do not keep the C library from giving memory back:
    300 MB in an hour.
    """

    def __init__(self) -> None:
        self._rows = torch.empty((0, EMBEDDING_SIZE))

    def keep(self, embeddings: torch.Tensor) -> torch.Tensor:
        """The same values, shape ``(batch, 192)``, in a block that was there before."""
        count = len(embeddings)
        if len(self._rows) < count or self._rows.device != embeddings.device:
            self._rows = torch.empty((_SHELF_ROWS, EMBEDDING_SIZE), device=embeddings.device)
        kept, self._rows = self._rows[:count], self._rows[count:]
        return kept.copy_(embeddings)


def _features(waveforms: torch.Tensor) -> torch.Tensor:
    """Filterbank of each row; equal neighbours (a window once per speaker) are computed once."""
    distinct: list[torch.Tensor] = []
    index: list[int] = []
    for row in waveforms:
        if not distinct or not torch.equal(row, distinct[-1]):
            distinct.append(row)
        index.append(len(distinct) - 1)
    padded = torch.nn.functional.pad(torch.stack(distinct), (0, 2 * FRAME_SHIFT_SAMPLES))
    return log_mel_filterbank(padded)[index]
