"""Diacritized Arabic to the phones of the MBROLA voice ``ar2``.

The input is *pausal* text diacritized by hand: what is written is what is said, words end without
case vowels, and a dialect word is spelled the way it sounds (``وِشْ``, ``يِبِي``). The output is a
list of clauses, each a tuple of phones, split at punctuation.

Source of the phone set: ``README.txt`` of the Debian package ``mbrola-ar2`` (SAMPA with four
additions for the emphatic consonants, and coloured vowels after them). The database has no vowel
``e``/``o`` and no ``g``, ``p``, ``v``: loan sounds fall to their nearest neighbour, see
:data:`CONSONANTS`. espeak-ng's own tables for this voice name phones that it lacks, which is why
they are not used.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

FATHA, DAMMA, KASRA = "\u064e", "\u064f", "\u0650"
FATHATAN, DAMMATAN, KASRATAN = "\u064b", "\u064c", "\u064d"
SHADDA, SUKUN = "\u0651", "\u0652"
DAGGER_ALIF, TATWEEL = "\u0670", "\u0640"

SHORT_VOWELS = {FATHA: "a", DAMMA: "u", KASRA: "i"}
NUNATIONS = {FATHATAN: "a", DAMMATAN: "u", KASRATAN: "i"}
MARKS = frozenset({*SHORT_VOWELS, *NUNATIONS, SHADDA, SUKUN, DAGGER_ALIF})

CONSONANTS = {
    **{"ب": "b", "ت": "t", "ث": "T", "ج": "Z", "ح": "X", "خ": "x", "د": "d", "ذ": "D"},
    **{"ر": "r", "ز": "z", "س": "s", "ش": "S", "ص": "s.", "ض": "d.", "ط": "t.", "ظ": "z."},
    **{"ع": "H", "غ": "G", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n"},
    **{"ه": "h", "و": "w", "ي": "j"},
    **{"ء": "?", "أ": "?", "إ": "?", "ؤ": "?", "ئ": "?"},
    # Loan and dialect letters whose sounds the voice lacks.
    **{"گ": "q", "ڨ": "q", "پ": "b", "ڤ": "f", "چ": "S"},
}
EMPHATICS = frozenset({"s.", "d.", "t.", "z."})
PLAIN_VOWELS = frozenset("aiu")
COLOURED_VOWELS = frozenset({"a.", "i.", "u."})
VOWELS = PLAIN_VOWELS | COLOURED_VOWELS
INVENTORY = frozenset(CONSONANTS.values()) | VOWELS

SUN_LETTERS = frozenset("تثدذرزسشصضطظلن")
ARTICLE_PREFIXES = frozenset("وفبكهعش")
BARE_ALIF = frozenset("اٱ")
CLAUSE_END = re.compile(r"[،؛,;:.؟?!…\n]+")

RESPELLED = {
    # Words whose spelling hides a long vowel: bare spelling -> spelling as said.
    "هذا": "هَاذَا",
    "وهذا": "وَهَاذَا",
    "هذه": "هَاذِهْ",
    "هذي": "هَاذِي",
    "ذلك": "ذَالِكْ",
    "كذلك": "كَذَالِكْ",
    "لكن": "لَاكِنْ",
    "ولكن": "وَلَاكِنْ",
    "الله": "اللَّاهْ",
    "والله": "وَاللَّاهْ",
    "بالله": "بِاللَّاهْ",
    "لله": "لِلَّاهْ",
    "يالله": "يَاللَّاهْ",
}

Length = Literal["short", "long", "geminate"]


@dataclass(frozen=True)
class Phone:
    """One phone of the voice.

    ``length`` is ``long`` for a long vowel, ``geminate`` for the second half of a doubled
    consonant, else ``short``.
    """

    symbol: str
    length: Length = "short"

    @property
    def is_vowel(self) -> bool:
        """Whether the phone is a vowel, plain or coloured."""
        return self.symbol in VOWELS


@dataclass(frozen=True)
class Letter:
    """A letter with the diacritics written on it."""

    char: str
    marks: frozenset[str]

    @property
    def bare(self) -> bool:
        """Whether no diacritic is written on the letter."""
        return not self.marks

    @property
    def vowel(self) -> str | None:
        """The short vowel on the letter as a phone symbol, if any."""
        return next((SHORT_VOWELS[m] for m in sorted(self.marks) if m in SHORT_VOWELS), None)

    @property
    def nunation(self) -> str | None:
        """The vowel of the letter's tanween as a phone symbol, if any."""
        return next((NUNATIONS[m] for m in sorted(self.marks) if m in NUNATIONS), None)

    @property
    def doubled(self) -> bool:
        """Whether the letter carries a shadda."""
        return SHADDA in self.marks


def bare_spelling(text: str) -> str:
    """Return ``text`` without diacritics and tatweel."""
    return "".join(char for char in text if char not in MARKS and char != TATWEEL)


def letters_of(word: str) -> list[Letter]:
    """Split a word into letters with their diacritics; characters unknown to Arabic are dropped."""
    letters: list[Letter] = []
    for char in word:
        if char in MARKS:
            if letters:
                letters[-1] = replace(letters[-1], marks=letters[-1].marks | {char})
        elif char in CONSONANTS or char in "اٱآىة":
            letters.append(Letter(char, frozenset()))
    return letters


def clauses_of(text: str) -> list[tuple[Phone, ...]]:
    """Phones of a diacritized text, one tuple a clause; empty clauses are left out."""
    clauses = (clause_phones(part) for part in CLAUSE_END.split(text))
    return [clause for clause in clauses if clause]


def clause_phones(clause: str) -> tuple[Phone, ...]:
    """Phones of one clause, joined over word boundaries, in the voice's inventory."""
    phones: list[Phone] = []
    for word in clause.split():
        after_vowel = bool(phones) and phones[-1].is_vowel
        spoken = word_phones(word, after_vowel=after_vowel)
        if phones and _opens_with_cluster(spoken) and phones[-1].length == "long":
            phones[-1] = replace(phones[-1], length="short")
        phones.extend(spoken)
    return tuple(_coloured(_without_hiatus(_without_opening_stop(phones))))


def word_phones(word: str, *, after_vowel: bool = False) -> list[Phone]:
    """Phones of one word with plain vowels; ``after_vowel`` says how the word before it ended."""
    letters = letters_of(RESPELLED.get(bare_spelling(word), word))
    phones: list[Phone] = []
    position = 0
    while position < len(letters):
        position += _say_letter(letters, position, phones, after_vowel)
    return phones


def _say_letter(
    letters: list[Letter], position: int, phones: list[Phone], after_vowel: bool
) -> int:
    """Append the phones of the letter at ``position``; return how many letters were used up."""
    letter = letters[position]
    if letter.char in BARE_ALIF and letter.bare and _is_article(letters, position):
        return _say_article(letters, position, phones, after_vowel)
    if letter.char in "اى" and letter.bare and position and letters[position - 1].nunation:
        return 1
    if letter.char in "اٱآى":
        _say_alif(letter, position, phones, after_vowel)
        return 1
    if letter.char == "ة" and not letter.vowel and not letter.nunation:
        if not phones or phones[-1].symbol != "a":
            phones.append(Phone("a"))
        return 1
    if _is_assimilated_lam(letters, position):
        return 1
    if letter.char in "وي" and letter.marks <= {SUKUN} and not _is_glide(letters, position, phones):
        _lengthen(phones, "u" if letter.char == "و" else "i")
        return 2 if _has_silent_alif(letters, position) else 1
    _say_consonant(letter, phones)
    return 1


def _is_article(letters: list[Letter], position: int) -> bool:
    """Whether the bare alif at ``position`` begins the article, alone or after one or two prefixes.

    The lam must be bare or carry a sukun, and something must follow it: ``قَالْ`` is no article.
    """
    before = letters[:position]
    if any(p.char not in ARTICLE_PREFIXES or not p.vowel for p in before) or len(before) > 2:
        return False
    after = letters[position + 1 : position + 3]
    return len(after) == 2 and after[0].char == "ل" and after[0].marks <= {SUKUN}


def _say_article(
    letters: list[Letter], position: int, phones: list[Phone], after_vowel: bool
) -> int:
    """Say ``ال``: its vowel only after a pause or consonant, its lam doubled into a sun letter."""
    if position == 0 and not after_vowel:
        phones.extend([Phone("?"), Phone("a")])
    following = letters[position + 2]
    if following.char in SUN_LETTERS:
        if not following.doubled:
            phones.append(Phone(CONSONANTS[following.char]))
        return 2
    phones.append(Phone("l"))
    return 2


def _is_assimilated_lam(letters: list[Letter], position: int) -> bool:
    """Whether this is the silent lam of ``لِلشَّرِكَة``: bare, second, before a doubled sun letter."""
    letter = letters[position]
    if letter.char != "ل" or not letter.bare or position != 1 or len(letters) < 3:
        return False
    following = letters[position + 1]
    return letters[0].char == "ل" and following.doubled and following.char in SUN_LETTERS


def _say_alif(letter: Letter, position: int, phones: list[Phone], after_vowel: bool) -> None:
    if letter.char == "آ":
        phones.extend([Phone("?"), Phone("a", "long")])
    elif letter.vowel:
        phones.extend([Phone("?"), Phone(letter.vowel)])
    elif letter.nunation:
        _say_nunation(letter.nunation, phones)
    elif position == 0 and letter.char in BARE_ALIF:
        if not after_vowel:
            phones.extend([Phone("?"), Phone("i")])
    elif not phones or phones[-1].symbol not in "iu":
        _lengthen(phones, "a")


def _is_glide(letters: list[Letter], position: int, phones: list[Phone]) -> bool:
    """Whether an unvowelled waw or yaa is a consonant (``يَوْم``, ``بَيْت``), not a long vowel."""
    if not phones:
        return True
    own_vowel = "u" if letters[position].char == "و" else "i"
    last = phones[-1]
    if last.is_vowel and (last.symbol != own_vowel or last.length == "long"):
        return True
    opens_alif = position + 1 < len(letters) and letters[position + 1].char in "اى"
    return opens_alif and not _has_silent_alif(letters, position)


def _has_silent_alif(letters: list[Letter], position: int) -> bool:
    """Whether the waw at ``position`` is the plural ending ``وا``."""
    is_last_but_one = position == len(letters) - 2
    return is_last_but_one and letters[position].char == "و" and letters[-1].char == "ا"


def _lengthen(phones: list[Phone], vowel: str) -> None:
    if phones and phones[-1].symbol == vowel:
        phones[-1] = Phone(vowel, "long")
    else:
        phones.append(Phone(vowel, "long"))


def _say_nunation(vowel: str, phones: list[Phone]) -> None:
    if not phones or phones[-1].symbol != vowel:
        phones.append(Phone(vowel))
    phones.append(Phone("n"))


def _say_consonant(letter: Letter, phones: list[Phone]) -> None:
    symbol = "t" if letter.char == "ة" else CONSONANTS[letter.char]
    phones.append(Phone(symbol))
    if letter.doubled:
        phones.append(Phone(symbol, "geminate"))
    if letter.vowel:
        phones.append(Phone(letter.vowel, "long" if DAGGER_ALIF in letter.marks else "short"))
    elif DAGGER_ALIF in letter.marks:
        phones.append(Phone("a", "long"))
    elif letter.nunation:
        _say_nunation(letter.nunation, phones)


def _opens_with_cluster(phones: list[Phone]) -> bool:
    return len(phones) > 1 and not phones[0].is_vowel and not phones[1].is_vowel


def _without_opening_stop(phones: list[Phone]) -> list[Phone]:
    """The voice cannot begin with a glottal stop: the vowel after it begins instead."""
    start = 0
    while start < len(phones) and phones[start].symbol == "?":
        start += 1
    return phones[start:]


def _without_hiatus(phones: list[Phone]) -> list[Phone]:
    """Part two vowels in a row with a glottal stop, as the voice has no vowel-to-vowel diphones."""
    parted: list[Phone] = []
    for phone in phones:
        if parted and parted[-1].is_vowel and phone.is_vowel:
            parted.append(Phone("?"))
        parted.append(phone)
    return parted


def _coloured(phones: list[Phone]) -> list[Phone]:
    """Colour each vowel that follows an emphatic consonant, as the voice demands."""
    coloured: list[Phone] = []
    for phone in phones:
        if phone.is_vowel and coloured and coloured[-1].symbol in EMPHATICS:
            phone = replace(phone, symbol=phone.symbol + ".")
        coloured.append(phone)
    return coloured
