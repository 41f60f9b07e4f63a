"""What is said in an excerpt: its lines with the times of their words, and as WebVTT.

Source: WebVTT, W3C Candidate Recommendation, 4 April 2019 (cue timings, timestamp tags, voice spans).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.reporting.figures import visible
from audit.types import Role, Segment, Utterance, Word


@dataclass(frozen=True, slots=True)
class CaptionLine:
    """What one party says in an excerpt. Times are milliseconds of the excerpt.

    ``words`` is empty only where the words of a turn have no times; ``text`` is then the whole turn.
    """

    turn_index: int
    role: Role
    start_ms: int
    end_ms: int
    text: str
    words: tuple[Word, ...]


def caption_lines(utterances: Iterable[Utterance], span: Segment) -> tuple[CaptionLine, ...]:
    """The lines of the excerpt ``span``, in order of time; words that lie outside of it are left out."""
    lines = [
        line for turn in utterances if (line := _line(turn, span)) is not None and line.text.strip()
    ]
    return tuple(sorted(lines, key=lambda line: (line.start_ms, line.turn_index)))


def _line(turn: Utterance, span: Segment) -> CaptionLine | None:
    if not turn.words:
        inside = Segment(turn.start_ms, turn.end_ms).overlap_ms(span)
        if not inside:
            return None
        start = max(0, turn.start_ms - span.start_ms)
        return CaptionLine(turn.turn_index, turn.role, start, start + inside, turn.text, ())
    words = tuple(
        Word(
            max(0, word.start_ms - span.start_ms),
            min(span.duration_ms, word.end_ms - span.start_ms),
            word.text.strip(), word.probability,
        )
        for word in turn.words
        if Segment(word.start_ms, max(word.end_ms, word.start_ms + 1)).overlap_ms(span)
    )  # fmt: skip
    if not words:
        return None
    text = " ".join(word.text for word in words)
    ends = max(word.end_ms for word in words)
    return CaptionLine(turn.turn_index, turn.role, words[0].start_ms, ends, text, words)


def as_webvtt(lines: Sequence[CaptionLine]) -> str:
    """WebVTT: a cue a line with the party as its voice, a timestamp before each word."""
    cues = [
        f"{_clock(line.start_ms)} --> {_clock(max(line.end_ms, line.start_ms + 1))}\n"
        f"<v {line.role}>{_timed(line)}\n"
        for line in lines
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _timed(line: CaptionLine) -> str:
    parts: list[str] = []
    latest = line.start_ms  # timestamps must grow, and lie inside the cue
    for word in line.words:
        if latest < word.start_ms < line.end_ms:
            latest = word.start_ms
            parts.append(f"<{_clock(latest)}>")
        parts.append(_escaped(word.text) + " ")
    return "".join(parts).rstrip() if line.words else _escaped(line.text)


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"


def _escaped(text: str) -> str:
    one_line = " ".join(visible(text).split())
    return one_line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
