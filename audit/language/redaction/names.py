"""Names of people after words that announce them: «اسمي», «معك», «الأستاذ», «باسم», «أخوي» …

Cues differ in what they promise: after «اسمي» any word that is no everyday word and stands as names do;
after «معك» a known name, or an unknown word with a family name or «من» after it; after titles a known
name or a family name; after «أخوي», «مع», «يا» a known name that is no everyday word. Without a cue
only what has the form of a full name counts («خالد الحربي», «أم محمد»). Streets, hospitals and
companies called after people stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from functools import cache, lru_cache

from audit.language.redaction.known_words import (
    NOT_FAMILIES,
    NOT_NAMES,
    Known,
    is_unheard,
    known_as,
)
from audit.language.redaction.spoken_numbers import atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list


class _Promise(Enum):
    NAME = "after «اسمي»"
    PERSON = "after «معك»"
    TITLE = "after «الأستاذ»"
    MENTION = "after «يا», «أخوي», «مع»"


_PERSONS = (Known.GIVEN, Known.EVERYDAY)

_AFTER_NAME = word_list("name_cue_name")
_AFTER_PERSON = word_list("name_cue_person")
_TITLES = word_list("name_cue_title")
_MENTIONS = word_list("name_cue_mention")
#: May stand between a cue and the name.
_BETWEEN = word_list("name_between")
_PARTICLES = frozenset("بن ابن بنت ال ابو ابا ابي ام بو ولد ود عبد آل اال".split())
#: Between a person's name and a parent's.
_SON_OF = frozenset("بن بنت ود".split())
_PARENTS = frozenset("ابو ابا بو ام".split())

#: «الحي اسمه …», «المدرسة اسمها …»: what has such a name is no person.
_CALLED_AFTER = word_list("called_after")
_THINGS = word_list("thing_with_name")
#: «أنا سعيد» is how one feels, «معك سعيد» who one is.
_SELF = frozenset(["انا", "وانا", "اني"])
#: «ضيف الله», «نور الدين»: given names in two words.
_TWO_WORDS = word_list("name_with_god")
_MAX_NAME_TOKENS = 6


def names(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """First and last token of each name that has a cue before it or the form of a full name."""
    index = 0
    while index < len(tokens):
        token = tokens[index]
        promise = _promise_at(tokens, index) if token.kind == "word" else None
        found = _name_after(tokens, index, promise) if promise else None
        if found is None and token.kind == "word":
            found = _name_by_form(tokens, index)
        if found is None:
            index += 1
        else:
            yield found
            index = found[1] + 1


def _promise_at(tokens: Sequence[Token], index: int) -> _Promise | None:
    if index and tokens[index].folded == "حضرتك" and tokens[index - 1].folded == "مع":
        return _Promise.PERSON  # «مع حضرتك كريم»: how Egyptian agents say who they are
    if index and tokens[index].folded == "is" and tokens[index - 1].folded == "this":
        return _Promise.NAME
    return _promise(tokens[index].folded)


def _name_after(tokens: Sequence[Token], cue: int, promise: _Promise) -> tuple[int, int] | None:
    first = cue + 1
    while first < min(len(tokens), cue + 4) and _skippable(tokens[first].folded):
        if _promise(tokens[first].folded) is _Promise.NAME:
            return None
        first += 1
    if first >= len(tokens) or not _begins_name(tokens, cue, first, promise):
        return None
    return first, _name_end(tokens, first, promise)


def _name_by_form(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    """«أم محمد», «خالد الحربي», «سعد بن ناصر»: names without a cue, unless a place is called so."""
    if any(token.folded in _CALLED_AFTER for token in tokens[max(0, index - 2) : index]):
        return None
    word = tokens[index].folded
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    for parent in _PARENTS:
        if word.startswith(parent) and known_as(word[len(parent) :]) is Known.GIVEN:
            return index, _name_end(tokens, index, _Promise.MENTION)
    if following is None or following.kind != "word":
        return None
    if word in _PARENTS and known_as(following.folded) is Known.GIVEN:
        return index, _name_end(tokens, index, _Promise.MENTION)
    if known_as(word) is Known.EVERYDAY and not _is_no_name(tokens[index]):
        # «فجر العجمي»: dawn, unless nobody says the second word otherwise.
        if _is_nisba(following.folded) and is_unheard(following.folded):
            return index, _name_end(tokens, index, _Promise.MENTION)
        return None
    if known_as(word) is not Known.GIVEN:
        return None
    # «سعود الإسلامية» is no person: without a cue, a family name must not look like an adjective.
    family = _family_follows(following) and not following.folded.endswith("ه")
    if following.folded in ("بن", "بنت") or family:
        return index, _name_end(tokens, index, _Promise.MENTION)
    return None


def _skippable(word: str) -> bool:
    return word in _BETWEEN and word not in _PARENTS


def _begins_name(tokens: Sequence[Token], cue: int, first: int, promise: _Promise) -> bool:
    token = tokens[first]
    word = token.folded
    if token.kind != "word" or _is_no_name(token):
        return False
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if word == "عبد":
        return following is not None and following.folded.startswith("ال")
    if word in _PARENTS:
        return following is not None and _is_child_name(following)
    if word in _SON_OF:
        return following is not None and known_as(following.folded) is not None
    if not _plausible(token):
        return False
    if following is not None and (following.folded in _SON_OF or following.folded == "الرحمن"):
        return word not in ("الله", "بسم", "اللهم")
    if _is_servant(tokens, first + 1):
        return True
    weak = promise is _Promise.MENTION or tokens[cue].folded in _SELF
    known = known_as(word)
    if known is Known.GIVEN:
        return True
    if known is Known.EVERYDAY:
        # «الموظف صالح للعمل», «أخوي سعيد بخدمتك»: here they are the everyday words.
        used = following is not None and following.folded.startswith(("لل", "بخ", "بال"))
        return (not weak and not used) or _family_follows(following)
    if word.startswith("ال"):
        if promise is _Promise.PERSON and is_unheard(word) and following is not None:
            return known_as(following.folded) is Known.GIVEN
        # «الأستاذ القحطاني»: a family name by itself.
        return promise is _Promise.TITLE and _is_nisba(word)
    if is_unheard(word) and _family_follows(following):
        return True
    if _looks_like_other_word(word) or promise is _Promise.MENTION:
        return False
    if _family_follows(following):
        return True
    if promise is _Promise.PERSON:
        return _is_introduced(tokens, first, weak)
    if promise is _Promise.TITLE:
        return is_unheard(word) and word[0] not in "وبلف"
    of_thing = cue > 0 and tokens[cue - 1].folded in _THINGS
    return promise is _Promise.NAME and not of_thing and _ends_like_name(tokens, first)


def _is_introduced(tokens: Sequence[Token], first: int, weak: bool) -> bool:
    """Whether an unknown word after «معك» is a name, by what follows; after «أنا» by a name only."""
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if following is not None and following.folded == "من" and not weak:
        return True
    if not is_unheard(tokens[first].folded):
        return False
    if following is not None and known_as(following.folded) is Known.GIVEN:
        return True
    return not weak and (following is None or following.kind != "word")


def _is_servant(tokens: Sequence[Token], index: int) -> bool:
    """«عبد الحفيظ», written apart."""
    return (
        index + 1 < len(tokens)
        and tokens[index].folded == "عبد"
        and tokens[index + 1].folded.startswith("ال")
    )


def _is_child_name(token: Token) -> bool:
    """What follows «أبو» or «أم» in a by-name: a name, or a word without article or clitic."""
    if token.folded == "عبد":
        return True
    if _promise(token.folded) is not None:
        return False
    if known_as(token.folded) is not None:
        return not _is_no_name(token)
    return _plausible(token) and not _looks_like_other_word(token.folded)


def _ends_like_name(tokens: Sequence[Token], first: int) -> bool:
    """Whether an unknown word after «اسمي» stands as names do: at the end, before «و…», a name."""
    for token in tokens[first + 1 : first + 3]:
        if token.kind != "word" or (token.folded.startswith("و") and len(token.folded) > 3):
            return True
        if known_as(token.folded) is not None:
            return True
        if token.folded in NOT_NAMES or not _plausible(token):
            return False
    return first + 3 > len(tokens)


def _name_end(tokens: Sequence[Token], first: int, promise: _Promise) -> int:
    last = first
    index = first
    while index < min(len(tokens), first + _MAX_NAME_TOKENS) and tokens[index].kind == "word":
        word = tokens[index].folded
        if word in _PARTICLES:
            if index + 1 >= len(tokens):
                break
            divine = word == "عبد" and tokens[index + 1].folded.startswith("ال")
            if not divine and not _plausible(tokens[index + 1]):
                break
            last = index + 1
            # «أبو عبد العزيز»: «عبد» has its own second half.
            index += 1 if tokens[index + 1].folded == "عبد" else 2
            continue
        divine = index > first and _is_second_half(tokens[index - 1].folded, word)
        latin = (
            index > first and _is_latin_name(tokens[index - 1]) and _is_latin_name(tokens[index])
        )
        if index > first and not (divine or latin) and not _continues(tokens, index, promise):
            break
        last = index
        index += 1
    return last


def _is_second_half(before: str, word: str) -> bool:
    return (word == "الله" and before in _TWO_WORDS) or word in ("الدين", "الاسلام", "الرحمن")


def _is_latin_name(token: Token) -> bool:
    return token.text.isascii() and token.text[:1].isupper()


def _continues(tokens: Sequence[Token], index: int, promise: _Promise) -> bool:
    word = tokens[index].folded
    if _is_no_name(tokens[index]) or _promise(word) is not None:
        return False
    known = known_as(word)
    if known is not None:
        return known is not Known.EVERYDAY or _at_end(tokens, index) or promise is _Promise.NAME
    if _family_follows(tokens[index]) or (word.startswith("ال") and known_as(word[2:]) is not None):
        return True
    if any(word.startswith(p) and known_as(word[len(p) :]) in _PERSONS for p in (*_PARENTS, "بن")):
        return True
    if not _plausible(tokens[index]) or promise is _Promise.MENTION:
        return False
    if word.startswith("با") and len(word) > 4:
        return True
    if is_unheard(word) and not _looks_like_other_word(word):
        return True
    if promise is _Promise.NAME and _at_end(tokens, index):
        return not _looks_like_other_word(word)
    return word.endswith("ي") and len(word) > 3 and _at_end(tokens, index)


def _at_end(tokens: Sequence[Token], index: int) -> bool:
    if index + 1 >= len(tokens) or tokens[index + 1].kind != "word":
        return True
    return tokens[index + 1].folded == "من"


def _family_follows(token: Token | None) -> bool:
    """«القحطاني», «المشيقح», «الغندورة»: by its form, or because nobody says this word otherwise."""
    if token is None or token.kind != "word":
        return False
    word = token.folded
    unheard = len(word) >= 5 and word.startswith("ال") and is_unheard(word)
    return _is_nisba(word) or (unheard and not token.text.endswith("ات"))


def _is_nisba(word: str) -> bool:
    """«القحطاني», «العتيبي»: an adjective of origin, the usual form of a Saudi family name."""
    return (
        len(word) >= 5 and word.startswith("ال") and word.endswith("ي") and word not in NOT_FAMILIES
    )


def _is_no_name(token: Token) -> bool:
    # «على» (on) and the name «علي» fold to the same letters; the spelling tells them apart.
    preposition = token.folded == "علي" and token.text.endswith("ى")
    return preposition or token.folded in NOT_NAMES


def _plausible(token: Token) -> bool:
    """Whether a word may be a name at all."""
    word = token.folded
    if token.kind != "word" or len(word) < 2 or _is_no_name(token):
        return False
    return known_as(word) is not None or not any(not atom.fuzzy for atom in atoms_of(word))


def _looks_like_other_word(word: str) -> bool:
    """Unknown words with an article, a clitic or endings that given names do not have."""
    if len(word) > 4 and word[0] in "ولب":
        return True
    endings = (
        "ات",
        "ين",
        "كم",
        "نا",
        "هم",
        "وا",
        "تك",
        "تي",
        "ها",
        "تو",
        "تا",
        "يي",
        "يك",
        "وني",
        "ته",
    )
    verbs = ("هي", "هت", "هن", "حي", "حت", "بي", "بت")  # «هيكلم», «بيرد»
    if len(word) > 4 and word.startswith(verbs):
        return True
    return word.startswith(("ال", "لل", "مست", "مت")) or word.endswith(endings)


@lru_cache(maxsize=50_000)
def _promise(word: str) -> _Promise | None:
    """What a cue promises; clitics before it («والأستاذ», «لأخوي») are taken off."""
    cues = _cues()
    for candidate in (word, word[1:] if word[:1] in "ولب" else word):
        if candidate in cues and (candidate == word or len(candidate) > 2):
            return cues[candidate]
    if word.startswith("لل") and f"ال{word[2:]}" in cues:
        return cues[f"ال{word[2:]}"]
    return None


@cache
def _cues() -> dict[str, _Promise]:
    cues: dict[str, _Promise] = dict.fromkeys(_MENTIONS, _Promise.MENTION)
    cues.update(dict.fromkeys(_TITLES, _Promise.TITLE))
    cues.update(dict.fromkeys(_AFTER_PERSON, _Promise.PERSON))
    cues.update(dict.fromkeys(_AFTER_NAME, _Promise.NAME))
    return cues
