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

from audit.language.redaction.spoken_numbers import atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list
from audit.resources import resource_path


class _Promise(Enum):
    NAME = "after «اسمي»"
    PERSON = "after «معك»"
    TITLE = "after «الأستاذ»"
    MENTION = "after «يا», «أخوي», «مع»"


class _Known(Enum):
    GIVEN = "given name"
    EVERYDAY = "given name and everyday word"
    FAMILY = "family name"


_AFTER_NAME = word_list("name_cue_name")
_AFTER_PERSON = word_list("name_cue_person")
_TITLES = word_list("name_cue_title")
_MENTIONS = word_list("name_cue_mention")
#: May stand between a cue and the name.
_BETWEEN = word_list("name_between")
_PARTICLES = frozenset("بن ابن بنت ال ابو ابا ابي ام بو ولد عبد آل اال".split())
_PARENTS = frozenset("ابو ابا بو ام".split())

#: Words that follow a cue and are no name. Folded.
_NOT_NAMES = word_list("not_a_name")
#: «ال…ي» words that are no family name.
_NOT_FAMILIES = word_list("not_a_family")
#: «الحي اسمه …», «المدرسة اسمها …»: what has such a name is no person.
_CALLED_AFTER = word_list("called_after")
_THINGS = word_list("thing_with_name")
#: «أنا سعيد» is how one feels, «معك سعيد» who one is.
_SELF = frozenset(["انا", "وانا"])
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
        if word.startswith(parent) and _known(word[len(parent) :]) is _Known.GIVEN:
            return index, _name_end(tokens, index, _Promise.MENTION)
    if following is None or following.kind != "word":
        return None
    if word in _PARENTS and _known(following.folded) is _Known.GIVEN:
        return index, _name_end(tokens, index, _Promise.MENTION)
    if _known(word) is not _Known.GIVEN:
        return None
    if following.folded in ("بن", "بنت") or _family_follows(following):
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
    if word in ("بن", "بنت"):
        return following is not None and _known(following.folded) is not None
    if not _plausible(token):
        return False
    if following is not None and following.folded in ("بن", "بنت"):
        return True
    weak = promise is _Promise.MENTION or tokens[cue].folded in _SELF
    known = _known(word)
    if known is _Known.GIVEN:
        return True
    if known is _Known.EVERYDAY:
        # «الموظف صالح للعمل», «أخوي سعيد بخدمتك»: here they are the everyday words.
        used = following is not None and following.folded.startswith(("لل", "بخ", "بال"))
        return (not weak and not used) or _family_follows(following)
    if word.startswith("ال"):
        # «الأستاذ القحطاني»: a family name by itself.
        return promise is _Promise.TITLE and _is_nisba(word)
    if promise is _Promise.MENTION or _looks_like_other_word(word):
        return False
    if _family_follows(following):
        return True
    if promise is _Promise.PERSON:
        return not weak and following is not None and following.folded == "من"
    of_thing = cue > 0 and tokens[cue - 1].folded in _THINGS
    return promise is _Promise.NAME and not of_thing and _ends_like_name(tokens, first)


def _is_child_name(token: Token) -> bool:
    """What follows «أبو» or «أم» in a by-name: a name, or a word without article or clitic."""
    if token.folded == "عبد":
        return True
    if _promise(token.folded) is not None:
        return False
    if _known(token.folded) is not None:
        return not _is_no_name(token)
    return _plausible(token) and not _looks_like_other_word(token.folded)


def _ends_like_name(tokens: Sequence[Token], first: int) -> bool:
    """Whether an unknown word after «اسمي» stands as names do: at the end, before «و…», a name."""
    for token in tokens[first + 1 : first + 3]:
        if token.kind != "word" or (token.folded.startswith("و") and len(token.folded) > 3):
            return True
        if _known(token.folded) is not None:
            return True
        if token.folded in _NOT_NAMES or not _plausible(token):
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
        if index > first and not divine and not _continues(tokens, index, promise):
            break
        last = index
        index += 1
    return last


def _is_second_half(before: str, word: str) -> bool:
    return (word == "الله" and before in _TWO_WORDS) or word in ("الدين", "الاسلام")


def _continues(tokens: Sequence[Token], index: int, promise: _Promise) -> bool:
    word = tokens[index].folded
    if _is_no_name(tokens[index]) or _promise(word) is not None:
        return False
    known = _known(word)
    if known is not None:
        return known is not _Known.EVERYDAY or _at_end(tokens, index) or promise is _Promise.NAME
    if _is_nisba(word) or (word.startswith("ال") and _known(word[2:]) is not None):
        return True
    if not _plausible(tokens[index]) or promise is _Promise.MENTION:
        return False
    if word.startswith("با") and len(word) > 4:
        return True
    if promise is _Promise.NAME and _at_end(tokens, index):
        return not _looks_like_other_word(word)
    return word.endswith("ي") and len(word) > 3 and _at_end(tokens, index)


def _at_end(tokens: Sequence[Token], index: int) -> bool:
    if index + 1 >= len(tokens) or tokens[index + 1].kind != "word":
        return True
    return tokens[index + 1].folded == "من"


def _family_follows(token: Token | None) -> bool:
    return token is not None and token.kind == "word" and _is_nisba(token.folded)


def _is_nisba(word: str) -> bool:
    """«القحطاني», «العتيبي»: an adjective of origin, the usual form of a Saudi family name."""
    return (
        len(word) >= 5
        and word.startswith("ال")
        and word.endswith("ي")
        and word not in _NOT_FAMILIES
    )


def _is_no_name(token: Token) -> bool:
    # «على» (on) and the name «علي» fold to the same letters; the spelling tells them apart.
    preposition = token.folded == "علي" and token.text.endswith("ى")
    return preposition or token.folded in _NOT_NAMES


def _plausible(token: Token) -> bool:
    """Whether a word may be a name at all."""
    word = token.folded
    if token.kind != "word" or len(word) < 2 or _is_no_name(token):
        return False
    return _known(word) is not None or not any(not atom.fuzzy for atom in atoms_of(word))


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


@lru_cache(maxsize=50_000)
def _known(word: str) -> _Known | None:
    found = _gazetteer().get(word)
    if found is None and word.startswith("عبدال") and len(word) > 6:
        return _Known.GIVEN
    return found


@cache
def _gazetteer() -> dict[str, _Known]:
    marks = {"~": _Known.EVERYDAY, "+": _Known.FAMILY}
    path = resource_path("data/lexicons/person_names.txt")
    return {
        name.lstrip("~+"): marks.get(name[0], _Known.GIVEN)
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        for name in line.split()
    }


@cache
def _cues() -> dict[str, _Promise]:
    cues: dict[str, _Promise] = dict.fromkeys(_MENTIONS, _Promise.MENTION)
    cues.update(dict.fromkeys(_TITLES, _Promise.TITLE))
    cues.update(dict.fromkeys(_AFTER_PERSON, _Promise.PERSON))
    cues.update(dict.fromkeys(_AFTER_NAME, _Promise.NAME))
    return cues
