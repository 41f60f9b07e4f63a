"""How a conversation went, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from audit.types.speech import Role


@dataclass(frozen=True, slots=True)
class CallMetrics:
    """Measures of the sound of a call. ``None`` where a call does not tell.

    Shares are in ``[0, 1]``; latencies are pauses before a party answers the other, 0 where it did not
    wait for the other's end. ``loudness_difference_db`` is the agent's level of speech over the
    caller's. ``heard_wait_ms`` is from the end of a menu, or the beginning, to the agent's first word,
    where ringing, a menu or music is heard before it. ``last_speaker`` had the last turn;
    ``cut_off`` tells that the recording ends within it, and then ``ended_by`` is the other party.
    ``channel_offset_ms`` is by how much channel 1 is late at the beginning against channel 0, and
    ``channel_drift_ppm`` by how many millionths its clock is slow.
    """

    agent_talk_ms: int = 0
    caller_talk_ms: int = 0
    overlap_ms: int = 0
    agent_interruptions: int = 0
    caller_interruptions: int = 0
    hold_ms: int = 0
    longest_hold_ms: int = 0
    hold_count: int = 0
    dead_air_ms: int = 0
    first_agent_word_ms: int | None = None
    ended_by: Role = "unknown"
    agent_talk_share: float | None = None
    agent_words_per_min: float | None = None
    caller_words_per_min: float | None = None
    agent_syllables_per_s: float | None = None
    caller_syllables_per_s: float | None = None
    agent_latency_median_ms: int | None = None
    agent_latency_p90_ms: int | None = None
    caller_latency_median_ms: int | None = None
    caller_latency_p90_ms: int | None = None
    loudness_difference_db: float | None = None
    agent_longest_monologue_ms: int = 0
    caller_longest_monologue_ms: int = 0
    ringing_ms: int = 0
    menu_ms: int = 0
    heard_wait_ms: int | None = None
    last_speaker: Role = "unknown"
    cut_off: bool = False
    channel_offset_ms: int | None = None
    channel_drift_ppm: float | None = None


@dataclass(frozen=True, slots=True)
class CallQuarter:
    """One of four equal parts of the conversation, ``quarter`` from 1; the same measures as of the call.

    ``agent_loudness_db`` and ``caller_loudness_db`` are levels of speech in dB of full scale;
    latencies are medians.
    """

    quarter: int
    start_ms: int
    end_ms: int
    agent_talk_ms: int = 0
    caller_talk_ms: int = 0
    agent_talk_share: float | None = None
    agent_words_per_min: float | None = None
    caller_words_per_min: float | None = None
    agent_syllables_per_s: float | None = None
    caller_syllables_per_s: float | None = None
    agent_latency_ms: int | None = None
    caller_latency_ms: int | None = None
    agent_loudness_db: float | None = None
    caller_loudness_db: float | None = None
