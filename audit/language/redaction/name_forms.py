"""What names look like: families, by-names, names of other languages; and what other words look like.

All words are in folded spelling (``audit.language.normalization``).
"""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.redaction.known_words import (
    GIVEN_NAMES,
    NOT_FAMILIES,
    NOT_NAMES,
    SURE_NAMES,
    Known,
    is_listed,
    is_said,
    is_unheard,
    known_as,
)
from audit.language.redaction.spoken_numbers import atoms_of
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: «أبو», «أم»: what by-names begin with.
PARENTS = frozenset("ابو ابا بو ام".split())
_BY_NAMES = tuple(PARENTS)
#: What a verb begins with behind «و»: «ويكلم», «وسيوقع».
_BEGIN_VERBS = frozenset("سيتنبا")
#: «ضيف الله», «نور الدين»: given names in two words.
_TWO_WORDS = word_list("name_with_god")
#: «المصري», «الشامي»: where somebody is from, or a family.
_ORIGINS = word_list("origin")
_PLURALS = ("ات", "ين", "ون")
#: Endings that names of other languages have, too («إيلينا», «لارين»).
FOREIGN_ENDINGS = ("نا", "ين", "تا")


def is_foreign(tokens: Sequence[Token], first: int) -> bool:
    """«راجيش شارما»: two words on end that nobody says otherwise and that look like nothing else."""
    if first + 1 >= len(tokens) or is_by_name(tokens[first].folded):
        return False
    second = tokens[first + 1].folded
    surname = second[1:] if second[:1] == "و" and second[1:2] not in _BEGIN_VERBS else second
    return looks_foreign(tokens[first], tokens[first].folded) and looks_foreign(
        tokens[first + 1], surname
    )


def looks_foreign(token: Token, word: str) -> bool:
    """Whether nobody says ``token``, and ``word`` (it without «و») has no clitic or ending of Arabic."""
    return (
        token.kind == "word"
        and is_unheard(token.folded)
        and (not looks_inflected(word) or word.endswith(FOREIGN_ENDINGS))
        and word[0] not in "بفلوي"
        and word[-1] not in "يهك"
    )


def is_by_name(word: str) -> bool:
    """«بومحمد», «ابوسعود», written together."""
    if not word.startswith(_BY_NAMES) or is_said(word):
        return False
    return any(
        word.startswith(parent)
        and known_as(word[len(parent) :]) in (SURE_NAMES if parent == "ام" else GIVEN_NAMES)
        and is_listed(word[len(parent) :])
        for parent in PARENTS
    )


def is_rare_name(word: str) -> bool:
    """Whether an unknown word after «زوجتي» may be a name: long, no verb and no adjective."""
    return (
        len(word) > 4
        and is_unheard(word)
        and (not looks_inflected(word) or word.endswith(FOREIGN_ENDINGS))
        and not word.startswith(("و", "ي", "ت", "ن", "ان", "ات", "است"))
        and not word.endswith(("ه", "ني"))
    )


def is_forefather(word: str) -> bool:
    """«الصالح», «العلي»: a given name with an article, which is a family name."""
    if not word.startswith("ال") or word in NOT_FAMILIES or is_said(word):
        return False
    return known_as(word[2:]) is not None


def parent_follows(following: Token | None) -> bool:
    """«أنا تيسير محمد»: how one feels is never followed by another's name."""
    if following is None:
        return False
    known = known_as(following.folded)
    return family_follows(following) or known in (*SURE_NAMES, Known.FAMILY)


def known_family(word: str) -> bool:
    """«العنزي»: the adjective of a family in the gazetteer, other than of a country or a town."""
    return is_nisba(word) and known_as(word[2:]) is Known.FAMILY and word[2:] not in _ORIGINS


def is_servant(tokens: Sequence[Token], index: int) -> bool:
    """«عبد الحفيظ», written apart."""
    return (
        index + 1 < len(tokens)
        and tokens[index].folded == "عبد"
        and tokens[index + 1].folded.startswith("ال")
    )


def is_in_gods(word: str, following: Token) -> bool:
    """«منة الله», «عطا الله»: a given name that ends in God's."""
    return following.folded == "الله" and word in _TWO_WORDS


def is_second_half(before: str, word: str) -> bool:
    """«الله» of «ضيف الله», «الدين» of «نور الدين», what follows «عبدل»."""
    if before in ("عبدل", "عبدول"):  # «عبد العزيز» as recognizers cut it
        return True
    return (word == "الله" and before in _TWO_WORDS) or word in (
        "الدين",
        "الاسلام",
        "الرحمن",
        "الحق",
    )


def is_latin_name(token: Token) -> bool:
    """A word in Latin letters that begins with a capital."""
    return token.text.isascii() and token.text[:1].isupper()


def family_follows(token: Token | None) -> bool:
    """«القحطاني», «المشيقح», «الغندورة»: by its form, or because nobody says this word otherwise."""
    if token is None or token.kind != "word":
        return False
    word = token.folded
    if is_nisba(word):
        return True
    if len(word) < 5 or not is_unheard(word):
        return False
    # «المشيقح»; no plural: «ناصر المظلومين» is God.
    return word.startswith("ال") and not word.endswith(_PLURALS)


def is_nisba(word: str) -> bool:
    """«القحطاني», «العتيبي»: an adjective of origin, the usual form of a Saudi family name."""
    shaped = len(word) >= 5 and word.startswith("ال") and word.endswith("ي")
    if not shaped or word in NOT_FAMILIES:
        return False
    return known_as(word[2:]) is not None or not is_said(word)


def is_no_name(token: Token) -> bool:
    """Whether a word follows cues without being a name."""
    # «على» (on) and the name «علي» fold to the same letters; the spelling tells them apart.
    preposition = token.folded == "علي" and token.text.endswith("ى")
    return preposition or token.folded in NOT_NAMES


def is_plausible(token: Token) -> bool:
    """Whether a word may be a name at all."""
    word = token.folded
    if token.kind != "word" or len(word) < 2 or is_no_name(token):
        return False
    return known_as(word) is not None or not any(not atom.fuzzy for atom in atoms_of(word))


def looks_like_other_word(word: str) -> bool:
    """Unknown words with an article, a clitic or endings that given names do not have."""
    return (len(word) > 4 and word[0] in "ولب") or looks_inflected(word)


def looks_inflected(word: str) -> bool:
    """Unknown words with an article, or with a prefix or an ending of verbs, plurals or pronouns."""
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
    verbs = ("هي", "هت", "هن", "هات", "هاي", "حي", "حت", "بي", "بت")  # «هيكلم», «بيرد»
    if len(word) > 4 and word.startswith(verbs):
        return True
    return word.startswith(("ال", "لل", "مست", "مت")) or word.endswith(endings)


def is_rare(word: str) -> bool:
    """Whether nobody says ``word`` and it has no prefix or ending of verbs, plurals or pronouns."""
    return is_unheard(word) and (not looks_inflected(word) or word.endswith(FOREIGN_ENDINGS))
