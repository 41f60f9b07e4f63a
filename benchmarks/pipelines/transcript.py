"""What a pipeline heard, in one form for all, so that all are scored alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """``speaker`` is an opaque name; empty where the pipeline does not tell speakers apart.

    ``role`` is ``agent`` or ``caller`` where the pipeline itself says so, else empty.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str = ""
    role: str = ""


def write_transcript(folder: Path, call_id: str, turns: Sequence[HeardTurn]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(turn) for turn in turns], ensure_ascii=False, indent=1)
    (folder / f"{call_id}.json").write_text(text + "\n", encoding="utf-8")


def read_transcripts(folder: Path) -> dict[str, tuple[HeardTurn, ...]]:
    """By call id."""
    return {
        file.stem: tuple(HeardTurn(**turn) for turn in json.loads(file.read_text("utf-8")))
        for file in sorted(folder.glob("*.json"))
    }


def speaker_at(turns: Sequence[tuple[int, int, str]], start_ms: int, end_ms: int) -> str:
    """The speaker of ``turns`` (start, end, name) who shares most of ``[start_ms, end_ms)``.

    Where nobody does, the one who is nearest; empty without turns.
    """
    shared: dict[str, int] = {}
    for start, end, name in turns:
        common = min(end, end_ms) - max(start, start_ms)
        if common > 0:
            shared[name] = shared.get(name, 0) + common
    if shared:
        return max(shared, key=lambda name: shared[name])
    nearest = min(turns, key=lambda t: max(t[0] - end_ms, start_ms - t[1]), default=None)
    return nearest[2] if nearest else ""


def joined(turns: Sequence[HeardTurn]) -> list[HeardTurn]:
    """Neighbours of the same speaker as one turn."""
    result: list[HeardTurn] = []
    for turn in turns:
        if result and turn.speaker and result[-1].speaker == turn.speaker:
            text = f"{result[-1].text} {turn.text}"
            result[-1] = replace(result[-1], end_ms=turn.end_ms, text=text)
        else:
            result.append(turn)
    return result
