"""Number words of the Arabic dialects, as people say them on the telephone and recognizers write them.

Knows units, teens, tens, hundreds, scales, pairs («صفرين»), counted digits («ثلاث خمسات»), repeats
(«دبل سفن»); words glued together («صفرخمسه») and words with a letter wrong, missing or too many.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast

from audit.language.redaction.word_lists import word_list
from audit.resources import resource_path

AtomKind = Literal[
    "digits",
    "unit",
    "teen",
    "ten",
    "hundred",
    "scale",
    "thousand",
    "pair",
    "plural",
    "repeat",
    "twice",
]

#: Letters that dialects and recognizers exchange; compared after mapping to one of each group.
_CONFUSED = str.maketrans({"ث": "ت", "ط": "ت", "ص": "س", "ذ": "د", "ض": "د", "ظ": "د"})
_MIN_FUZZY_LENGTH = 4
_MIN_GLUED_LENGTH = 6
#: Words of everyday speech that look like a misheard number.
_NOT_NUMBERS = word_list("not_a_number")


@dataclass(frozen=True, slots=True)
class Atom:
    """One number word or group of written digits. ``value`` is a string of digits.

    ``joined`` says that it came with the conjunction «و», ``fuzzy`` that a letter had to be guessed.
    """

    kind: AtomKind
    value: str
    joined: bool = False
    fuzzy: bool = False


@lru_cache(maxsize=50_000)
def atoms_of(word: str) -> tuple[Atom, ...]:
    """The number words in a folded word; empty when it is none."""
    if word.isdecimal():
        return (Atom("digits", word),)
    exact = _exact(word)
    if exact is not None:
        return (exact,)
    glued = _glued(word)
    if glued:
        return glued
    guess = None if word in _NOT_NUMBERS else _guessed(word)
    return (guess,) if guess is not None else ()


def _exact(word: str) -> Atom | None:
    lexicon = _lexicon()
    if word in lexicon:
        kind, value = lexicon[word]
        return Atom(kind, value)
    for prefix in ("وال", "بال", "و", "ال", "ب"):
        rest = word.removeprefix(prefix)
        if rest != word and rest in lexicon:
            kind, value = lexicon[rest]
            return Atom(kind, value, joined=prefix == "و")
    return None


def _glued(word: str) -> tuple[Atom, ...]:
    """A word that is nothing but number words written together, the longest first."""
    if len(word) < _MIN_GLUED_LENGTH:
        return ()
    longest = _longest_form()
    for size in range(min(longest, len(word) - 2), 1, -1):
        head = _exact(word[:size])
        if head is None:
            continue
        rest = word[size:]
        tail = _exact(rest)
        atoms = (tail,) if tail is not None else _glued(rest)
        if atoms:
            return (head, *atoms)
    return ()


def _guessed(word: str) -> Atom | None:
    """The number word that ``word`` is when one letter is wrong, missing or too many."""
    joined = word.startswith("و") and len(word) > _MIN_FUZZY_LENGTH + 1
    for candidate, with_and in ((word, False), (word[1:], True)) if joined else ((word, False),):
        if len(candidate) < _MIN_FUZZY_LENGTH - 1:
            continue
        found = _misheard().get(_skeleton(candidate)) or _with_a_letter_more(candidate)
        if found is not None:
            return Atom(found[0], found[1], joined=with_and, fuzzy=True)
    return None


def _with_a_letter_more(word: str) -> tuple[AtomKind, str] | None:
    """The one number that ``word`` is without one of its letters, other than the first."""
    if len(word) <= _MIN_FUZZY_LENGTH + 1:
        return None
    shorter = (word[:i] + word[i + 1 :] for i in range(1, len(word)))
    found = {_lexicon()[form] for form in shorter if form in _lexicon()}
    return found.pop() if len(found) == 1 else None


@cache
def _lexicon() -> dict[str, tuple[AtomKind, str]]:
    lexicon: dict[str, tuple[AtomKind, str]] = {}
    path = resource_path("data/lexicons/spoken_numbers.tsv")
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, value, forms = line.split("\t")
            lexicon.update(dict.fromkeys(forms.split(), (cast(AtomKind, kind), value)))
    return lexicon


@cache
def _longest_form() -> int:
    return max(map(len, _lexicon()))


@cache
def _misheard() -> dict[str, tuple[AtomKind, str]]:
    """Skeletons of number words, whole and with one letter left out, where only one number fits."""
    found: dict[str, set[tuple[AtomKind, str]]] = {}
    for form, meaning in _lexicon().items():
        if (
            len(form) < _MIN_FUZZY_LENGTH
            or not form[0] > "\u0600"
            or meaning[0] in ("repeat", "twice")
        ):
            continue
        skeleton = _skeleton(form)
        shorter = [skeleton[:i] + skeleton[i + 1 :] for i in range(len(skeleton))]
        for variant in (skeleton, *(shorter if len(skeleton) > _MIN_FUZZY_LENGTH else ())):
            found.setdefault(variant, set()).add(meaning)
    return {
        variant: next(iter(meanings)) for variant, meanings in found.items() if len(meanings) == 1
    }


def _skeleton(word: str) -> str:
    bare = word.translate(_CONFUSED)
    return bare[:-1] + "ه" if bare.endswith("ا") else bare
