from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from audit.language.occlusion import MAX_PIECES, occlusions, weighty_words

WORDS = st.lists(st.text(alphabet="ابتثج", min_size=1, max_size=4), min_size=2, max_size=80)


@given(WORDS)
def test_pieces_make_up_the_turn_and_each_rest_lacks_one(words: list[str]) -> None:
    text = " ".join(words)
    pieces = occlusions(text)
    assert " ".join(piece.piece for piece in pieces) == text
    assert len(pieces) <= MAX_PIECES
    for piece in pieces:
        assert len(piece.rest.split()) + len(piece.piece.split()) == len(words)


def test_a_single_word_has_nothing_to_leave_out() -> None:
    assert occlusions("طيب") == ()


def test_the_heaviest_phrase_comes_first_and_neighbours_are_joined() -> None:
    pieces = occlusions("الله يعينك ما لنا دخل بالموضوع")
    assert weighty_words(pieces, [0.1, 0.1, 2.0, 3.0, 2.5, 0.2]) == ("ما لنا دخل",)
    assert weighty_words(pieces, [1.9, 0.1, 2.0, 3.0, 2.5, 0.2]) == ("ما لنا دخل", "الله")


def test_nothing_weighs_when_no_word_lowers_the_score() -> None:
    assert weighty_words(occlusions("ا ب ج"), [-0.1, 0.0, -2.0]) == ()
