from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from audit.speech.chunks import Chunk, PackOptions, pack_speech, place_words
from audit.types import Segment, Word

OPTIONS = PackOptions(max_chunk_ms=3_000, max_pause_ms=500, margin_ms=200)


@st.composite
def speech(draw: st.DrawFn) -> tuple[Segment, ...]:
    steps = draw(st.lists(st.tuples(st.integers(1, 2_000), st.integers(1, 5_000)), max_size=12))
    spans, at = [], draw(st.integers(0, 500))
    for pause, length in steps:
        spans.append(Segment(at + pause, at + pause + length))
        at += pause + length
    return tuple(spans)


def _silence(ms: int) -> np.ndarray:
    return np.zeros(ms * 16, dtype=np.float32)


def test_nothing_to_pack() -> None:
    assert pack_speech(_silence(1_000), ()) == ()
    assert pack_speech(_silence(0), (Segment(0, 500),)) == ()


def test_a_long_pause_is_cut_down_and_times_go_back() -> None:
    [chunk] = pack_speech(
        _silence(20_000), (Segment(1_000, 1_500), Segment(11_000, 11_500)), OPTIONS
    )
    assert chunk.pieces == (Segment(800, 1_750), Segment(10_750, 11_700))
    assert chunk.span_in_track(200, 400) == Segment(1_000, 1_200)
    assert chunk.span_in_track(1_200, 1_400) == Segment(11_000, 11_200)
    assert chunk.span_in_track(900, 1_100).end_ms <= 11_700


def test_a_short_pause_is_heard_whole() -> None:
    [chunk] = pack_speech(_silence(5_000), (Segment(500, 1_000), Segment(1_400, 2_000)), OPTIONS)
    assert chunk.pieces == (Segment(300, 2_200),)


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    samples = np.full(16 * 5_000, 0.1, dtype=np.float32)
    samples[16 * 2_300 : 16 * 2_400] = 0.0
    chunks = pack_speech(samples, (Segment(0, 5_000),), OPTIONS)
    assert 2_300 <= chunks[0].pieces[-1].end_ms <= 2_400


@given(speech())
def test_all_speech_is_heard_once(spans: tuple[Segment, ...]) -> None:
    samples = _silence((spans[-1].end_ms if spans else 0) + 300)
    chunks = pack_speech(samples, spans, OPTIONS)
    pieces = [piece for chunk in chunks for piece in chunk.pieces]
    edges = [edge for piece in pieces for edge in (piece.start_ms, piece.end_ms)]
    assert edges == sorted(edges), "pieces neither overlap nor go back"
    assert sum(p.overlap_ms(s) for p in pieces for s in spans) == sum(s.duration_ms for s in spans)
    assert all(chunk.duration_ms <= OPTIONS.max_chunk_ms for chunk in chunks)
    for chunk in chunks:
        assert len(chunk.cut_from(samples)) == chunk.duration_ms * 16


@given(speech(), st.integers(0, 3_000), st.integers(0, 3_000))
def test_mapped_times_lie_in_a_piece(spans: tuple[Segment, ...], start: int, length: int) -> None:
    samples = _silence((spans[-1].end_ms if spans else 0) + 300)
    for chunk in pack_speech(samples, spans, OPTIONS):
        found = chunk.span_in_track(start, start + length)
        assert found.start_ms <= found.end_ms
        assert any(p.start_ms <= found.start_ms and found.end_ms <= p.end_ms for p in chunk.pieces)


def test_one_piece_is_a_shift() -> None:
    assert Chunk((Segment(100, 900),)).span_in_track(10, 20) == Segment(110, 120)


@given(
    speech(),
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 3_000)), max_size=20),
)
def test_words_are_placed_in_speech(
    spans: tuple[Segment, ...], times: list[tuple[int, int]]
) -> None:
    words = [Word(start, start + length, "كلمة", 0.5) for start, length in times]
    placed = place_words(words, spans)
    assert len(placed) == (len(words) if spans else 0)
    assert [w.start_ms for w in placed] == sorted(w.start_ms for w in placed)
    for word in placed:
        assert word.start_ms < word.end_ms
        assert any(s.start_ms <= word.start_ms and word.end_ms <= s.end_ms for s in spans)
