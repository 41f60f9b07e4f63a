"""Where a name ends: parents, families and second halves that go with its first word."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.redaction.known_words import (
    GIVEN_NAMES,
    Known,
    is_said,
    is_unheard,
    known_as,
)
from audit.language.redaction.name_cues import Promise, promise_of
from audit.language.redaction.name_everyday import FATHERS
from audit.language.redaction.name_forms import (
    PARENTS,
    family_follows,
    is_foreign,
    is_latin_name,
    is_nisba,
    is_no_name,
    is_plausible,
    is_rare,
    is_second_half,
    looks_like_other_word,
    parent_follows,
)
from audit.language.redaction.tokens import Token

_PARTICLES = frozenset("بن ابن بنت بت ال ابو ابا ابي ام بو ولد ود عبد آل اال دي ديلا ايت".split())
_MAX_NAME_TOKENS = 6
_HONOURS = frozenset("الشيخ الحاج سيدي الامام الفقيه مولاي".split())
_PRONOUNS = ("لي", "ني", "تي", "كي", "يي")


def name_end(tokens: Sequence[Token], first: int, promise: Promise) -> int:
    last = first
    index = first
    while index < min(len(tokens), first + _MAX_NAME_TOKENS) and tokens[index].kind == "word":
        word = tokens[index].folded
        if word in _PARTICLES:
            if index + 1 >= len(tokens):
                break
            divine = word == "عبد" and tokens[index + 1].folded.startswith("ال")
            father = word == "بن" and tokens[index + 1].kind == "word"  # «بن ثاني»
            if not divine and not father and not is_plausible(tokens[index + 1]):
                break
            if word == "ابي" and known_as(tokens[index + 1].folded) is None:
                break  # «أبي» is «I want», too
            if tokens[index + 1].folded in _HONOURS and index + 2 < len(tokens):
                index += 1  # «ولد الشيخ أحمد»
            last = index + 1
            # «أبو عبد العزيز»: «عبد» has its own second half.
            index += 1 if tokens[index + 1].folded == "عبد" else 2
            continue
        divine = index > first and is_second_half(tokens[index - 1].folded, word)
        latin = index > first and is_latin_name(tokens[index - 1]) and is_latin_name(tokens[index])
        foreign = index == first + 1 and is_foreign(tokens, first)
        given = divine or latin or foreign
        if index > first and not given and not _continues(tokens, index, promise):
            break
        last = index
        index += 1
    return last


def _continues(tokens: Sequence[Token], index: int, promise: Promise) -> bool:
    word = tokens[index].folded
    known = known_as(word)
    within = known is Known.EVERYDAY and index + 1 < len(tokens)
    if within and is_nisba(tokens[index + 1].folded):
        return True  # «ثامر مساعد الغريري»
    if is_no_name(tokens[index]) or promise_of(word) is not None:
        return False
    if known is Known.EVERYDAY:
        if word in FATHERS or not is_said(word) or _at_end(tokens, index):
            return True
        following = tokens[index + 1]
        named = is_second_half(word, following.folded) or parent_follows(following)
        return named or promise is Promise.NAME
    if known is not None:
        return True
    if family_follows(tokens[index]) or (word.startswith("ال") and known_as(word[2:]) is not None):
        return True
    if any(
        word.startswith(p) and known_as(word[len(p) :]) in GIVEN_NAMES for p in (*PARENTS, "بن")
    ):
        return True
    if not is_plausible(tokens[index]):
        return False
    if word.startswith("با") and len(word) > 4 and is_unheard(word):
        return True
    if is_rare(word):
        # «أخوي هادي مجربي»
        return promise is not Promise.MENTION or not word.endswith(_PRONOUNS)
    if promise is Promise.MENTION:
        return False
    if promise is Promise.NAME and _at_end(tokens, index):
        return not looks_like_other_word(word)
    return word.endswith("ي") and len(word) > 3 and _at_end(tokens, index) and not is_said(word)


def _at_end(tokens: Sequence[Token], index: int) -> bool:
    if index + 1 >= len(tokens) or tokens[index + 1].kind != "word":
        return True
    return tokens[index + 1].folded == "من"
