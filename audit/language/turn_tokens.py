"""A caller turn and the agent's answer as one sequence of word pieces, in training and in scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit.errors import ModelError
from audit.language.normalization import normalize
from audit.types import TurnInput

#: Pieces kept. Of the caller's turn the end is kept (the question stands there); of a long agent turn
#: both ends (the promise often comes last). The corpus' longest turns, 60 words, have some 100 pieces.
MAX_CONTEXT_PIECES = 56
MAX_TEXT_PIECES = 128

#: Begin and end of a sequence, as the vocabularies of XLM-RoBERTa and of BERT name them.
_BOUNDARIES = (("<s>", "</s>"), ("[CLS]", "[SEP]"))


@dataclass(frozen=True, slots=True)
class TurnTokens:
    """``<s> context </s></s> text </s>``: ``ids`` of pieces; ``types`` is 1 on the text, else 0."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    #: The first and one past the last place of the text's pieces.
    text_start: int
    text_end: int


def tokenize_turn(tokenizer: Any, turn: TurnInput) -> TurnTokens:
    """``tokenizer`` is a ``tokenizers.Tokenizer`` without truncation or padding.

    Raises ``ModelError`` when its vocabulary marks the bounds of a sequence in no known way.
    """
    return join_pieces(
        _pieces(tokenizer, normalize(turn.context)),
        _pieces(tokenizer, normalize(turn.text)),
        _boundaries(tokenizer),
    )


def join_pieces(context: list[int], text: list[int], boundaries: tuple[int, int]) -> TurnTokens:
    """The sequence of the pieces of both turns, each cut to its limit.

    ``boundaries`` are the pieces that begin and end a sequence.
    """
    begin, end = boundaries
    context = context[-MAX_CONTEXT_PIECES:]
    if len(text) > MAX_TEXT_PIECES:
        half = MAX_TEXT_PIECES // 2
        text = text[:half] + text[-half:]
    head = [begin, *context, end, end]
    ids = (*head, *text, end)
    types = (0,) * len(head) + (1,) * (len(text) + 1)
    return TurnTokens(ids, types, len(head), len(head) + len(text))


def _boundaries(tokenizer: Any) -> tuple[int, int]:
    for begin, end in _BOUNDARIES:
        pair = tokenizer.token_to_id(begin), tokenizer.token_to_id(end)
        if None not in pair:
            return pair
    raise ModelError("the tokenizer has neither <s> and </s> nor [CLS] and [SEP]; use another base")


def _pieces(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids) if text else []
