"""`tasleek evaluate speakers`: diarization error rate on a folder with RTTM references.

The error rate is that of the NIST Rich Transcription evaluations: missed speech, false alarm and
speaker confusion over the speech of the reference. ``collar_s`` is pyannote.metrics' collar, the
total width left out around each edge of the reference (0.25 is 0.125 s to each side).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.ingest.audio import decode
from audit.speech.diarizer import Diarizer
from audit.types import SpeakerTurn, Waveform

COLLAR_S = 0.25


@dataclass(frozen=True, slots=True)
class SpeakerErrors:
    """Seconds of each kind of error over ``speech_s`` of reference speech, collars left out."""

    call_id: str
    speech_s: float
    missed_s: float
    false_alarm_s: float
    confusion_s: float
    speakers: int
    reference_speakers: int

    @property
    def error_rate(self) -> float:
        """Diarization error rate: 0 is perfect, above 1 is possible; 0 without speech or error."""
        wrong_s = self.missed_s + self.false_alarm_s + self.confusion_s
        if self.speech_s <= 0:
            return 1.0 if wrong_s > 0 else 0.0
        return wrong_s / self.speech_s


def evaluate_speakers(
    folder: Path, diarizer: Diarizer, max_duration_min: int = 240, collar_s: float = COLLAR_S
) -> Iterator[SpeakerErrors]:
    """Every RTTM below ``folder`` against what ``diarizer`` finds in its recording, as it is done.

    ``NAME.rttm`` belongs to the recording ``NAME.*`` in its folder or in ``recordings/`` beside it,
    or to two recordings ``NAME_*`` of one party each, which are heard as two channels. Raises
    ``UsageError`` where a reference has no recording or is no RTTM, ``AudioError`` for bad audio.
    """
    references = sorted(folder.rglob("*.rttm"))
    if not references:
        raise UsageError(f"{folder}: no *.rttm in it; give a folder with reference diarizations")
    for path in references:
        reference = read_rttm(path)
        waveform = _recording(path, max_duration_min)
        found = diarizer.diarize(waveform)
        yield replace(
            compare_speakers(reference, found.turns, waveform.duration_ms, collar_s),
            call_id=path.stem,
        )


def overall(results: Sequence[SpeakerErrors]) -> SpeakerErrors:
    """All files as one: seconds add up, so that long calls weigh more."""
    return SpeakerErrors(
        call_id="all",
        speech_s=sum(result.speech_s for result in results),
        missed_s=sum(result.missed_s for result in results),
        false_alarm_s=sum(result.false_alarm_s for result in results),
        confusion_s=sum(result.confusion_s for result in results),
        speakers=sum(result.speakers for result in results),
        reference_speakers=sum(result.reference_speakers for result in results),
    )


def read_rttm(path: Path) -> tuple[SpeakerTurn, ...]:
    """The SPEAKER lines of an RTTM file; raises ``UsageError`` that names a wrong line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    turns: list[SpeakerTurn] = []
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start_s, duration_s, speaker = float(fields[3]), float(fields[4]), fields[7]
            if not (0 <= start_s < 1e6 and 0 < duration_s < 1e6):
                raise ValueError("start and duration are seconds")
        except (IndexError, ValueError) as error:
            raise UsageError(f"{path}:{number}: not an RTTM SPEAKER line ({error})") from error
        start_ms, end_ms = round(start_s * 1000), round((start_s + duration_s) * 1000)
        turns.append(SpeakerTurn(start_ms, end_ms, speaker))
    if not turns:
        raise UsageError(f"{path}: no SPEAKER line in it")
    return tuple(turns)


def compare_speakers(
    reference: Sequence[SpeakerTurn],
    found: Sequence[SpeakerTurn],
    duration_ms: int,
    collar_s: float = COLLAR_S,
) -> SpeakerErrors:
    """Errors of ``found`` within the recording, speakers matched as best they can be."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    if collar_s < 0:
        raise UsageError(f"collar {collar_s}: must not be negative")
    end_s = max([duration_ms, *(turn.end_ms for turn in reference)]) / 1000
    metric = DiarizationErrorRate(collar=collar_s)
    parts = metric(
        _annotation(reference), _annotation(found), uem=Timeline([Segment(0, end_s)]), detailed=True
    )
    return SpeakerErrors(
        call_id="",
        speech_s=float(parts["total"]),
        missed_s=float(parts["missed detection"]),
        false_alarm_s=float(parts["false alarm"]),
        confusion_s=float(parts["confusion"]),
        speakers=len({turn.speaker for turn in found}),
        reference_speakers=len({turn.speaker for turn in reference}),
    )


def _annotation(turns: Sequence[SpeakerTurn]) -> Any:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for index, turn in enumerate(turns):
        annotation[Segment(turn.start_ms / 1000, turn.end_ms / 1000), index] = turn.speaker
    return annotation


def _recording(reference: Path, max_duration_min: int) -> Waveform:
    """The sound that an RTTM file is about."""
    folders = (reference.parent, reference.parent.parent / "recordings")
    files = sorted(
        file
        for folder in folders
        if folder.is_dir()
        for file in folder.iterdir()
        if file.suffix.lower() not in (".rttm", ".json", ".txt") and file.is_file()
    )
    whole = [file for file in files if file.stem == reference.stem]
    if whole:
        return decode(whole[0], str(whole[0]), max_duration_min)
    tracks = [file for file in files if file.stem.startswith(f"{reference.stem}_")]
    if len(tracks) != 2:
        raise UsageError(
            f"{reference}: no recording {reference.stem}.* beside it or in recordings/, "
            f"nor two tracks {reference.stem}_*"
        )
    return _stacked([decode(track, str(track), max_duration_min) for track in tracks])


def _stacked(tracks: Sequence[Waveform]) -> Waveform:
    import numpy as np

    length = min(track.samples.shape[1] for track in tracks)
    samples = np.stack([track.samples.mean(axis=0)[:length] for track in tracks])
    return Waveform(samples, replace(tracks[0].info, channels=len(tracks)))
