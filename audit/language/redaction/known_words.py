"""Words that are known as names, as no names, as what people say in calls; and those nobody says."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache, lru_cache

from audit.language.redaction.word_lists import word_list
from audit.resources import resource_path

#: Words that follow a cue and are no name. Folded.
NOT_NAMES = word_list("not_a_name")
#: «ال…ي» words that are no family name.
NOT_FAMILIES = word_list("not_a_family")
_PROCLITICS = tuple("ال و ف ب ل ك وال بال لل فال كال ولل هال عال ما وما".split())
#: What verbs begin with by person, and what stands before that.
_ASPECTS = tuple("بحهس")
_PERSONS = tuple("يتنا")
_ENCLITICS = tuple("ي ك ه ها هم كم نا ت وا ون ين ات ني ش تي تك ج تس كي".split())


#: Letters that recognizers and writers exchange; compared after mapping to one of each group.
_CONFUSED = str.maketrans({"ث": "ت", "ط": "ت", "ص": "س", "ذ": "د", "ض": "د", "ظ": "د", "غ": "ق"})
_DOUBLED = re.compile(r"(.)\1+")


class Known(Enum):
    """As what the gazetteer knows a word."""

    GIVEN = "given name"
    CAREFUL = "given name that may be another word"
    EVERYDAY = "given name and everyday word"
    FAMILY = "family name"


#: What a person may be called, whatever else the word means.
GIVEN_NAMES = frozenset([Known.GIVEN, Known.CAREFUL, Known.EVERYDAY])
#: What after «يا» or «مع» is a name.
SURE_NAMES = frozenset([Known.GIVEN, Known.CAREFUL])


@lru_cache(maxsize=50_000)
def known_as(word: str) -> Known | None:
    """As what a folded word is known to the gazetteer; ``None`` where it is not in it."""
    found = _gazetteer().get(word)
    if found is not None:
        return found
    if (word.startswith("عبدال") and len(word) > 6) or word in ("عبدل", "عبدول"):
        return Known.GIVEN
    if len(word) > 4 and not is_said(word):
        # «شريفة», «صالحة»: a woman's name, and an adjective.
        if word.endswith("ه") and _gazetteer().get(word[:-1]) in GIVEN_NAMES:
            return Known.EVERYDAY
        if _skeleton(word) in _skeletons() and word not in NOT_NAMES and not _is_heard(word):
            return Known.CAREFUL
    return None


@lru_cache(maxsize=50_000)
def is_unheard(word: str) -> bool:
    """Whether nobody says ``word`` in the calls of the corpus, with clitics or without."""
    if known_as(word) is not None or word in NOT_NAMES or word in NOT_FAMILIES:
        return False
    if len(word) < 3 or not word.isalpha() or word.isascii():
        return False
    return not _is_heard(word)


def _is_heard(word: str) -> bool:
    stems = {word} | {word[len(p) :] for p in _PROCLITICS if word.startswith(p)}
    bare = {stem[: -len(e)] for stem in stems for e in _ENCLITICS if stem.endswith(e)}
    stems |= {stem for stem in bare if len(stem) > 3}
    stems |= {stem + "ه" for stem in stems} | {f"ال{stem}" for stem in stems}
    stems |= {other for stem in stems for other in _other_persons(stem)}
    return any(len(stem) > 2 and stem in _everyday_words() for stem in stems)


def _skeleton(word: str) -> str:
    """``word`` without what recognizers confuse: emphatic, doubled and last weak letters."""
    bare = _DOUBLED.sub(r"\1", word.translate(_CONFUSED))
    return bare.rstrip("اهء")


def _other_persons(word: str) -> set[str]:
    """«تكلم», «نكلم» for «يكلم», «بيكلم», «هنكلم»: the same verb of other persons."""
    verb = word[1:] if word[:1] in _ASPECTS and word[1:2] in _PERSONS else word
    return {f"{p}{verb[1:]}" for p in _PERSONS} if verb[:1] in _PERSONS and len(verb) > 3 else set()


def is_said(word: str) -> bool:
    """Whether people say ``word`` in the calls of the corpus, just as it is."""
    return word in _everyday_words()


def is_listed(word: str) -> bool:
    """Whether the gazetteer has ``word`` just as it is."""
    return word in _gazetteer()


@cache
def _skeletons() -> frozenset[str]:
    return frozenset(
        _skeleton(name)
        for name, known in _gazetteer().items()
        if known is Known.GIVEN and len(name) > 4
    )


@cache
def _everyday_words() -> frozenset[str]:
    text = resource_path("data/lexicons/everyday_words.txt").read_text(encoding="utf-8")
    return frozenset(
        w for line in text.splitlines() if not line.startswith("#") for w in line.split()
    )


@cache
def _gazetteer() -> dict[str, Known]:
    marks = {"?": Known.CAREFUL, "~": Known.EVERYDAY, "+": Known.FAMILY}
    path = resource_path("data/lexicons/person_names.txt")
    return {
        name.lstrip("?~+"): marks.get(name[0], Known.GIVEN)
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        for name in line.split()
    }
