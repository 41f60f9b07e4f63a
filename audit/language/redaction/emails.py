"""E-mail addresses, written and spoken («احمد دوت علي ات جيميل دوت كوم»)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from audit.language.redaction.cues import Cue
from audit.language.redaction.spoken_numbers import atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: Pragmatic subset of RFC 5322's addr-spec: what people have and recognizers write.
_WRITTEN = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")

_AT = frozenset("@ at ات ايت اتت اط".split())
_DOT = frozenset(". dot دوت نقطه دت دووت ضوت دط".split())
_GLUED_DOT = re.compile(r"(?:دوت|دت|dot)(?:كوم|كم|نت|com|net)")
_JOINERS = _DOT | word_list("email_joiner")
#: What asks for an address to be taken down, or says how it is written: never a part of it.
_BEFORE_IT = word_list("email_before")
_TOP_LEVEL = word_list("email_top_level")
_PROVIDERS = word_list("email_provider")
#: What stands between a cue and the address, and where an address cannot reach back over.
_BETWEEN = word_list("email_between")
_MAX_LOCAL_TOKENS = 10


def written_emails(text: str) -> Iterator[tuple[int, int]]:
    """``(start, end)`` offsets of addresses in their written form."""
    if "@" in text:
        for match in _WRITTEN.finditer(text):
            yield match.start(), match.end()


def has_spoken_at(tokens: Sequence[Token]) -> bool:
    """Whether there is a word for «@», without which there is no spoken address."""
    return any(token.folded in _AT for token in tokens)


def spoken_emails(tokens: Sequence[Token], cues: Sequence[Cue]) -> Iterator[tuple[int, int]]:
    """First and last token of spoken addresses."""
    for index, token in enumerate(tokens):
        if token.folded in _AT:
            last = _domain_end(tokens, index + 1)
            if last is not None:
                first = _local_start(tokens, index, cues)
                if first < index:
                    yield first, last


def _domain_end(tokens: Sequence[Token], first: int) -> int | None:
    """The last token of a domain that begins at ``first``: a name, dots, a top-level domain."""
    last: int | None = None
    index = first
    while index < min(len(tokens), first + 9):
        word = tokens[index].folded
        if _GLUED_DOT.fullmatch(word):
            return index
        if word in _DOT:
            ending = _top_level_end(tokens, index + 1)
            if ending is not None and index > first:
                last = ending
                index = ending + 1
                continue
        elif last is not None:
            return last
        elif tokens[index].kind == "placeholder" or index - first > 3:
            return None
        elif word in _PROVIDERS and index - first < 3:
            following = tokens[index + 1].folded if index + 1 < len(tokens) else ""
            if following in _TOP_LEVEL:
                return index + 1
        index += 1
    return last


def _top_level_end(tokens: Sequence[Token], index: int) -> int | None:
    if index >= len(tokens):
        return None
    word = tokens[index].folded
    if word in _TOP_LEVEL:
        return index
    if word == "اس" and index + 1 < len(tokens) and tokens[index + 1].folded in ("اي", "ايه"):
        return index + 1
    return index if tokens[index].kind == "word" and word.isascii() else None


def _local_start(tokens: Sequence[Token], at: int, cues: Sequence[Cue]) -> int:
    """Where the part before «at» begins: after its cue; without one, where words no longer join."""
    low = max(0, at - _MAX_LOCAL_TOKENS)
    cue = max(
        (cue.last for cue in cues if cue.kind == "email" and low <= cue.last < at), default=-1
    )
    if cue >= 0:
        first = cue + 1
        while first < at and _stands_between(tokens[first]):
            first += 1
        return first
    first = at
    for index in range(at - 1, low - 1, -1):
        joined = first == at or _joined(tokens, index) or _numbered(tokens, index, at)
        if tokens[index].kind == "placeholder" or not joined:
            break
        first = index
    return first


def _stands_between(token: Token) -> bool:
    return token.kind == "placeholder" or token.folded in _BETWEEN or token.folded in ":،,؟?.()"


def _joined(tokens: Sequence[Token], index: int) -> bool:
    """Whether a token belongs to an address without a cue: a joiner, a digit, or next to a joiner."""
    word, following = tokens[index].folded, tokens[index + 1].folded
    if word in _BEFORE_IT:
        return False
    if word in _JOINERS or following in _JOINERS:
        return True
    return bool(atoms_of(word)) or tokens[index].end == tokens[index + 1].start


def _numbered(tokens: Sequence[Token], index: int, at: int) -> bool:
    """Whether a word has nothing but a number between it and «at»: «سارة تلاتة وعشرين ات»."""
    word = tokens[index]
    if word.kind != "word" or word.folded in _BEFORE_IT or word.folded in _BETWEEN:
        return False
    return all(atoms_of(token.folded) for token in tokens[index + 1 : at])
