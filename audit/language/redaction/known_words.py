"""Words that are known as names, as no names, as what people say in calls; and those nobody says."""

from __future__ import annotations

from enum import Enum
from functools import cache, lru_cache

from audit.language.redaction.word_lists import word_list
from audit.resources import resource_path

#: Words that follow a cue and are no name. Folded.
NOT_NAMES = word_list("not_a_name")
#: «ال…ي» words that are no family name.
NOT_FAMILIES = word_list("not_a_family")
_PROCLITICS = tuple("ال و ف ب ل ك وال بال لل فال كال ولل هال عال ما وما".split())
_ENCLITICS = tuple("ي ك ه ها هم كم نا ت وا ون ين ات ني ش تي تك ج تس كي".split())


class Known(Enum):
    """As what the gazetteer knows a word."""

    GIVEN = "given name"
    EVERYDAY = "given name and everyday word"
    FAMILY = "family name"


@lru_cache(maxsize=50_000)
def known_as(word: str) -> Known | None:
    """As what a folded word is known to the gazetteer; ``None`` where it is not in it."""
    found = _gazetteer().get(word)
    if found is not None:
        return found
    if (word.startswith("عبدال") and len(word) > 6) or word in ("عبدل", "عبدول"):
        return Known.GIVEN
    # «شريفة», «صالحة»: a woman's name, and an adjective.
    woman = len(word) > 4 and word.endswith("ه") and word[:-1] in _gazetteer()
    return Known.EVERYDAY if woman else None


@lru_cache(maxsize=50_000)
def is_unheard(word: str) -> bool:
    """Whether nobody says ``word`` in the calls of the corpus, with clitics or without."""
    if known_as(word) is not None or word in NOT_NAMES or word in NOT_FAMILIES:
        return False
    if len(word) < 3 or not word.isalpha() or word.isascii():
        return False
    stems = {word} | {word[len(p) :] for p in _PROCLITICS if word.startswith(p)}
    bare = {stem[: -len(e)] for stem in stems for e in _ENCLITICS if stem.endswith(e)}
    stems |= {stem for stem in bare if len(stem) > 3}
    stems |= {stem + "ه" for stem in stems} | {f"ال{stem}" for stem in stems}
    return not any(len(stem) > 2 and stem in _everyday_words() for stem in stems)


def is_said(word: str) -> bool:
    """Whether people say ``word`` in the calls of the corpus, just as it is."""
    return word in _everyday_words()


@cache
def _everyday_words() -> frozenset[str]:
    text = resource_path("data/lexicons/everyday_words.txt").read_text(encoding="utf-8")
    return frozenset(
        w for line in text.splitlines() if not line.startswith("#") for w in line.split()
    )


@cache
def _gazetteer() -> dict[str, Known]:
    marks = {"~": Known.EVERYDAY, "+": Known.FAMILY}
    path = resource_path("data/lexicons/person_names.txt")
    return {
        name.lstrip("~+"): marks.get(name[0], Known.GIVEN)
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        for name in line.split()
    }
