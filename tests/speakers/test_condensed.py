from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.speech.diarizers import channels
from audit.speech.diarizers.condensed import condense
from audit.speech.timeline import total_ms, union
from audit.types import AudioInfo, Diarization, Segment, SpeakerTurn, Waveform

MINUTE = 60_000


def silent(duration_ms: int) -> Waveform:
    info = AudioInfo(duration_ms, 1, 16_000, "pcm_s16le")
    return Waveform(np.zeros((1, duration_ms * 16), np.float32), info)


spans = st.lists(
    st.tuples(st.integers(0, 40 * MINUTE), st.integers(100, 20_000)), min_size=1, max_size=12
).map(lambda found: union(Segment(start, start + length) for start, length in found))


@given(spans)
def test_speech_is_kept_and_comes_back_where_it_was(speech: tuple[Segment, ...]) -> None:
    duration_ms = speech[-1].end_ms + 70_000
    kept = condense(speech, duration_ms)
    assert kept is not None
    assert all(any(p.overlap_ms(s) == s.duration_ms for p in kept.pieces) for s in speech)
    ends = np.cumsum([piece.duration_ms for piece in kept.pieces]).tolist()
    everything = SpeakerTurn(0, ends[-1], "S0")
    back = kept.in_full_time(Diarization((everything,), (everything,)))
    assert [turn.segment for turn in back.turns] == list(kept.pieces)
    assert total_ms(turn.segment for turn in back.exclusive) == ends[-1]


def test_a_call_without_long_silences_is_left_whole() -> None:
    assert condense((Segment(500, 9_000), Segment(25_000, 58_000)), MINUTE) is None
    assert condense((), MINUTE) is None


def test_an_hour_of_hold_is_not_searched_for_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    class Listener:
        heard_ms = 0

        def diarize(self, waveform: Waveform) -> Diarization:
            self.heard_ms = waveform.duration_ms
            turns = (SpeakerTurn(0, waveform.duration_ms, "S0"),)
            return Diarization(turns, turns)

    listener = Listener()
    first, last = Segment(1_000, 6_000), Segment(9 * MINUTE, 9 * MINUTE + 5_000)
    music = (Segment(10_000, 8 * MINUTE),)
    sound = (channels.ChannelSound((first, last), music),)
    monkeypatch.setattr(channels, "hear_channels", lambda samples: sound)
    found = channels.ChannelsDiarizer(mono=listener).diarize(silent(10 * MINUTE))
    assert 12_000 < listener.heard_ms < 20_000
    assert found.turns[0].end_ms < 10_000
    assert found.turns[-1].start_ms == pytest.approx(last.start_ms, abs=2_500)
    assert found.music == (music,)
