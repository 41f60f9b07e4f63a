"""The lines of `tasleek show` on how a call went: waits, pace, turns taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.cli.format import duration

if TYPE_CHECKING:
    from audit.store.queries import CallDetail
    from audit.types import CallMetrics, CallQuarter

_VOICES = {
    "match": "is the enrolled voice of",
    "unsure": "may or may not be the enrolled voice of",
    "mismatch": "is not the enrolled voice of",
}


def measure_lines(detail: CallDetail) -> list[str]:
    """What was measured of a call, a line a matter; none where nothing was."""
    lines = []
    if detail.metrics is not None:
        lines = [
            _waiting(detail, detail.metrics),
            _talk(detail.metrics),
            _pace(detail.metrics),
            _ending(detail.metrics),
            *_clocks(detail.metrics),
            *_trend(detail.quarters),
        ]
    if detail.agent_voice is not None and detail.agent_voice_score is not None:
        lines.append(
            f"voice: the agent's {_VOICES[detail.agent_voice]} {detail.call.agent_id} "
            f"(likeness {detail.agent_voice_score:.2f})"
        )
    return lines


def _waiting(detail: CallDetail, measured: CallMetrics) -> str:
    parts = [f"first agent word at {duration(measured.first_agent_word_ms)}"]
    if detail.wait_ms is not None:
        parts.append(f"wait for an answer {duration(detail.wait_ms)}")
    if measured.ringing_ms:
        parts.append(f"ringing {duration(measured.ringing_ms)}")
    if measured.menu_ms:
        parts.append(f"menu {duration(measured.menu_ms)}")
    if measured.hold_count:
        parts.append(
            f"{measured.hold_count} holds, the longest {duration(measured.longest_hold_ms)}"
        )
    parts.append(f"dead air {duration(measured.dead_air_ms)}")
    return f"waiting: {', '.join(parts)}"


def _talk(measured: CallMetrics) -> str:
    share = "–" if measured.agent_talk_share is None else f"{measured.agent_talk_share:.0%}"
    return (
        f"talk: agent {share} ({duration(measured.agent_talk_ms)}; caller "
        f"{duration(measured.caller_talk_ms)}), both at once {measured.overlap_ms / 1000:.1f} s, "
        f"longest monologue agent {duration(measured.agent_longest_monologue_ms)}, caller "
        f"{duration(measured.caller_longest_monologue_ms)}; interruptions by agent "
        f"{measured.agent_interruptions}, by caller {measured.caller_interruptions}"
    )


def _pace(measured: CallMetrics) -> str:
    louder = measured.loudness_difference_db
    return (
        f"pace: agent {_rate(measured.agent_words_per_min, measured.agent_syllables_per_s)}, caller "
        f"{_rate(measured.caller_words_per_min, measured.caller_syllables_per_s)}; answers after "
        f"{_seconds(measured.agent_latency_median_ms)} (one in ten after more than "
        f"{_seconds(measured.agent_latency_p90_ms)}), caller after "
        f"{_seconds(measured.caller_latency_median_ms)}"
        + ("" if louder is None else f"; agent {louder:+.1f} dB against the caller")
    )


def _ending(measured: CallMetrics) -> str:
    how = ", cut off within it" if measured.cut_off else ""
    return f"ended by: {measured.ended_by} (last turn: {measured.last_speaker}{how})"


def _clocks(measured: CallMetrics) -> list[str]:
    if measured.channel_drift_ppm is None:
        return []
    offset = measured.channel_offset_ms
    late = "unknown offset" if offset is None else f"{offset} ms late"
    return [
        f"channels: channel 1 {late} against channel 0, drift {measured.channel_drift_ppm:g} ppm"
    ]


def _trend(quarters: Sequence[CallQuarter]) -> list[str]:
    if not quarters:
        return []
    rows = {
        "talk share": [_number(q.agent_talk_share, 100, ".0f", "%") for q in quarters],
        "syllables/s": [_number(q.agent_syllables_per_s, 1, ".1f") for q in quarters],
        "answers after": [_seconds(q.agent_latency_ms) for q in quarters],
        "level": [_number(q.agent_loudness_db, 1, ".0f", " dB") for q in quarters],
    }
    shown = "; ".join(f"{name} {' → '.join(values)}" for name, values in rows.items())
    return [f"agent by quarters: {shown}"]


def _rate(words: float | None, syllables: float | None) -> str:
    return f"{_number(words, 1, '.0f')} words/min ({_number(syllables, 1, '.1f')} syllables/s)"


def _number(value: float | None, factor: float, form: str, unit: str = "") -> str:
    return "–" if value is None else f"{value * factor:{form}}{unit}"


def _seconds(value_ms: int | None) -> str:
    return "–" if value_ms is None else f"{value_ms / 1000:.1f} s"
