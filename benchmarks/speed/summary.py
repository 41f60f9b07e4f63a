"""From measured runs to what is told of them: medians, ranges, ratios. No measuring here."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one pipeline: in ``round``, over the recordings of ``part`` (``all``, or a number).

    ``audio_s`` is the length of these recordings; times in seconds, memory in bytes.
    """

    pipeline: str
    round: int
    part: str
    audio_s: float
    wall_s: float
    cpu_s: float
    largest_bytes: int
    tree_bytes: int
    load: float = 0.0

    @property
    def real_time_factor(self) -> float:
        """Seconds of time a second of audio."""
        return self.wall_s / self.audio_s


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the median and the most of several values."""

    least: float
    median: float
    most: float
    count: int


def spread(values: Iterable[float]) -> Spread | None:
    """``None`` without values."""
    found = list(values)
    if not found:
        return None
    return Spread(min(found), statistics.median(found), max(found), len(found))


def real_time_factors(runs: Sequence[Run], pipeline: str) -> Spread | None:
    """Over all runs of ``pipeline``."""
    return spread(run.real_time_factor for run in runs if run.pipeline == pipeline)


def time_ratios(runs: Sequence[Run], pipeline: str, to: str) -> Spread | None:
    """Time of ``pipeline`` over that of ``to``, round by round, on the same recordings.

    A round in which one of the two did not hear a part that the other heard counts for nothing.
    """
    ours = {(run.round, run.part): run.wall_s for run in runs if run.pipeline == to}
    return spread(
        run.wall_s / ours[run.round, run.part]
        for run in runs
        if run.pipeline == pipeline and (run.round, run.part) in ours
    )


def peak_bytes(runs: Sequence[Run], pipeline: str) -> tuple[int, int]:
    """The largest process and the whole tree at its most, over all runs; zeros without one."""
    own = [run for run in runs if run.pipeline == pipeline]
    return (
        max((run.largest_bytes for run in own), default=0),
        max((run.tree_bytes for run in own), default=0),
    )


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Rates in ``[0, 1]`` (WER may exceed 1) and counts over the calls that have a reference.

    ``found``, ``raised`` and ``verdicts_right`` are ``None`` where the pipeline tells no speakers.
    """

    calls: int
    wer: float
    cer: float
    labelled: int
    found: int | None
    raised: int | None
    verdicts_right: int | None
    verdicts: int


def accuracy(calls: Sequence[dict[str, int | bool | None]]) -> Accuracy | None:
    """All calls together, long ones weighing more; ``None`` without a call."""
    if not calls:
        return None

    def added(name: str) -> int:
        return sum(int(call[name] or 0) for call in calls)

    told = all(call["found"] is not None for call in calls)
    words, characters = added("words"), added("characters")
    return Accuracy(
        calls=len(calls),
        wer=added("word_edits") / words if words else math.nan,
        cer=added("character_edits") / characters if characters else math.nan,
        labelled=added("labelled"),
        found=added("found") if told else None,
        raised=added("raised") if told else None,
        verdicts_right=added("verdict_right") if told else None,
        verdicts=sum(call["verdict_right"] is not None for call in calls),
    )
