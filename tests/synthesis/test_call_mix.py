"""Turns on the timeline and in the tracks, with a voice made of noise: no mbrola needed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.synthesis.call_mix import (
    BANDS_HZ,
    NOISE_RMS_DBFS,
    SPEECH_RMS_DBFS,
    Hold,
    Party,
    Span,
    SpokenTurn,
    hold_music,
    mix,
    place_turns,
    render_tracks,
    within_band,
)
from audit.synthesis.mbrola import SAMPLE_RATE_HZ, Samples


def voice_of_noise(duration_ms: int, seed: int = 0) -> Samples:
    """Stand-in for speech: noise, even in level from its first sample to its last."""
    chance = np.random.default_rng(seed)
    count = duration_ms * SAMPLE_RATE_HZ // 1000
    return (0.1 * chance.standard_normal(count)).astype(np.float32)


def turn(party: Party, duration_ms: int = 1000, **how: object) -> SpokenTurn:
    return SpokenTurn(party, voice_of_noise(duration_ms), **how)  # type: ignore[arg-type]


def level_dbfs(samples: Samples) -> float:
    return 10 * float(np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12))


def piece(track: Samples, start_ms: int, end_ms: int) -> Samples:
    return track[start_ms * 16 : end_ms * 16]


def test_turn_times_match_where_the_energy_lies() -> None:
    turns = [turn("agent", 900), turn("caller", 1200), turn("agent", 700)]
    timeline = place_turns(turns, seed=1)
    tracks = render_tracks(timeline, turns)
    for spoken, span in zip(turns, timeline.turns, strict=True):
        track = tracks[spoken.party]
        inside = piece(track, span.start_ms + 20, span.end_ms - 20)
        assert level_dbfs(inside) == pytest.approx(SPEECH_RMS_DBFS[spoken.party], abs=0.7)
        assert level_dbfs(piece(track, span.start_ms - 150, span.start_ms - 20)) < -45
        assert level_dbfs(piece(track, span.end_ms + 20, span.end_ms + 150)) < -45


def test_each_party_is_on_its_own_track() -> None:
    turns = [turn("agent"), turn("caller")]
    timeline = place_turns(turns)
    tracks = render_tracks(timeline, turns)
    agent_turn = timeline.turns[0]
    other = piece(tracks["caller"], agent_turn.start_ms, agent_turn.end_ms)
    assert level_dbfs(other) == pytest.approx(NOISE_RMS_DBFS["telephone"], abs=1.5)


def test_negative_gap_overlaps_by_just_so_much() -> None:
    turns = [turn("caller", 2000), turn("agent", 1000, gap_ms=-700, interrupts=True)]
    timeline = place_turns(turns)
    (overlap,) = timeline.overlaps()
    assert overlap.end_ms - overlap.start_ms == 700
    assert overlap.start == timeline.turns[1].start


def test_a_turn_said_wholly_over_another_ends_the_overlap_with_itself() -> None:
    turns = [turn("caller", 3000), turn("agent", 500, gap_ms=-2000)]
    (overlap,) = place_turns(turns).overlaps()
    assert overlap.end_ms - overlap.start_ms == 500


@pytest.mark.parametrize("kind", ["music", "silence"])
def test_hold_span_is_exact(kind: str) -> None:
    hold = Hold(kind, 3000)  # type: ignore[arg-type]
    turns = [turn("agent", hold_after=hold), turn("agent")]
    timeline = place_turns(turns)
    tracks = render_tracks(timeline, turns)
    (placed,) = timeline.holds
    assert placed.span.end_ms - placed.span.start_ms == 3000
    assert timeline.turns[0].end < placed.span.start
    assert placed.span.end < timeline.turns[1].start
    heard = level_dbfs(piece(tracks["agent"], placed.span.start_ms, placed.span.end_ms))
    before = level_dbfs(piece(tracks["agent"], placed.span.start_ms - 300, placed.span.start_ms))
    assert before < -45
    assert (heard > -30) == (kind == "music")
    silent = piece(tracks["caller"], placed.span.start_ms, placed.span.end_ms)
    assert level_dbfs(silent) < -45


def test_ringback_comes_first_and_is_not_speech() -> None:
    turns = [turn("caller")]
    timeline = place_turns(turns, ringback_ms=5800)
    tracks = render_tracks(timeline, turns, ringback_on="caller")
    assert timeline.ringback == Span(0, 5800 * 16)
    assert timeline.turns[0].start >= timeline.ringback.end
    assert level_dbfs(piece(tracks["caller"], 0, 1200)) > -30
    assert level_dbfs(piece(tracks["caller"], 1400, 5700)) < -45


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["agent", "caller"]),
            st.integers(50, 3000),
            st.none() | st.integers(-4000, 3000),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_turn_is_lost_or_begins_before_its_predecessor(
    plan: list[tuple[Party, int, int | None]],
) -> None:
    turns = [turn(party, length, gap_ms=gap) for party, length, gap in plan]
    timeline = place_turns(turns, seed=5)
    starts = [span.start for span in timeline.turns]
    assert starts == sorted(starts)
    assert starts[0] >= 0
    assert all(span.end <= timeline.length for span in timeline.turns)
    for spoken, span in zip(turns, timeline.turns, strict=True):
        assert span.end - span.start == len(spoken.samples)


@pytest.mark.parametrize("agent_channel", [0, 1])
def test_mix_puts_the_agent_where_asked(agent_channel: int) -> None:
    agent, caller = voice_of_noise(100, 1), voice_of_noise(100, 2)
    stereo = mix({"agent": agent, "caller": caller}, 2, agent_channel)
    assert np.array_equal(stereo[agent_channel], agent)
    assert np.array_equal(stereo[1 - agent_channel], caller)
    assert mix({"agent": agent, "caller": caller}, 1).shape == (1, len(agent))


def test_mix_turns_down_what_would_clip() -> None:
    loud = np.full(100, 0.9, np.float32)
    assert float(mix({"agent": loud, "caller": loud}, 1).max()) == pytest.approx(0.95)


def test_telephone_band_leaves_nothing_outside() -> None:
    limited = within_band(voice_of_noise(2000), "telephone")
    spectrum = np.abs(np.fft.rfft(limited)) ** 2
    frequency = np.fft.rfftfreq(len(limited), 1 / SAMPLE_RATE_HZ)
    low_hz, high_hz = BANDS_HZ["telephone"]
    outside = (frequency < low_hz - 200) | (frequency > high_hz + 300)
    assert spectrum[outside].sum() < 1e-6 * spectrum.sum()


def test_hold_music_is_steady_and_the_same_each_time() -> None:
    music = hold_music(SAMPLE_RATE_HZ * 30)
    seconds = music.reshape(30, SAMPLE_RATE_HZ)
    levels = [level_dbfs(second) for second in seconds]
    assert max(levels) - min(levels) < 12
    assert np.array_equal(music, hold_music(SAMPLE_RATE_HZ * 30))
