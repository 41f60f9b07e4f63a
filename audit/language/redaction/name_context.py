"""What stands around a name: what is called after people, prayers, origins, documents, two-word cues."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.redaction.known_words import Known, is_unheard, known_as
from audit.language.redaction.name_cues import Promise
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

_CALLED_AFTER = word_list("called_after")
#: «عيادة الدكتور منير» is where he works.
_PLACES = frozenset(w for w in _CALLED_AFTER if not w.startswith("ال") and w != "عياده")
_FIRMS = word_list("firm")
_ORIGINS = word_list("origin")
_DOCUMENTS = word_list("document")
#: «حولوني على منال», «قالت لي فجر العجمي», «يقولون له محمت»
_SAID_TO = word_list("said_to")
_SENT_TO = word_list("sent_to")
_IS_CALLED = word_list("is_called")
_KIN = word_list("named_kin")
_WRITTEN = word_list("written_on")
#: Between the parts of a name; «وعلى آل محمد» is a prayer.
_LINKS = frozenset("بن ابن بنت ال عبد".split())
#: Words that begin with «و» of their own.
_NO_CONJUNCTION = frozenset(
    "واحد واحده وقت وقتي ولد وصل وصلت وين وش وايد وحده وعد ورقه وسط وجه".split()
)
_INTO = frozenset("في علي حسب بحسب كما زي مثل".split())


def two_word_promise(before: str, word: str) -> Promise | None:
    """What two words promise that do not promise it by themselves."""
    if word == "حضرتك" and before == "مع":
        return Promise.PERSON  # «مع حضرتك كريم»: how Egyptian agents say who they are
    if word == "is" and before == "this":
        return Promise.NAME
    if word in ("له", "لها", "لو", "عليه", "عليها") and before in _IS_CALLED:
        return Promise.NAME
    if word in ("عليه", "عليها") and before in _WRITTEN:
        return Promise.PERSON
    if before == "اسم" and word in _KIN:
        return Promise.PERSON  # «اسم الأم زهرة»
    if word in ("لي", "لنا", "علي", "ليا") and before in _SAID_TO:
        return Promise.MENTION
    if word in ("علي", "ل", "الي", "عند") and before in _SENT_TO:
        return Promise.MENTION
    return None


def is_called_after(tokens: Sequence[Token], index: int) -> bool:
    """«شارع الأمير سلطان بن فهد»: whether a place stands before the name that ``index`` is in."""
    while index and _is_name_part(tokens[index - 1]):
        index -= 1
    return any(
        token.folded in _CALLED_AFTER or token.folded.lstrip("وبلف") in _CALLED_AFTER
        for token in tokens[max(0, index - 2) : index]
        if token.kind == "word"
    )


def is_named_place(token: Token) -> bool:
    """«مستشفى», «بشارع»: a place, without an article, which what follows gives its name."""
    return token.kind == "word" and not {token.folded, token.folded[1:]}.isdisjoint(_PLACES)


def is_firm(tokens: Sequence[Token]) -> bool:
    """«عبداللطيف جميل»: a firm that has a person's name."""
    name = " ".join(token.folded for token in tokens).replace("عبد ", "عبد")
    return name.replace(" ", "_") in _FIRMS


def _is_name_part(token: Token) -> bool:
    return token.kind == "word" and (
        token.folded in _LINKS or known_as(token.folded) in (Known.GIVEN, Known.CAREFUL)
    )


def begins_prayer(tokens: Sequence[Token], first: int) -> int:
    """«زوجي الله يرحمه شريف»: the index after a prayer that begins at ``first``."""
    praying = first + 2 < len(tokens) and tokens[first].folded == "الله"
    if praying and tokens[first + 1].folded.startswith("ي"):
        return first + 2
    return first


def past_origin(tokens: Sequence[Token], first: int, promise: Promise) -> int:
    """«العاملة الفلبينية ماريسيل»: the index after an origin between a role and a name."""
    if promise not in (Promise.MENTION, Promise.TITLE) or first + 1 >= len(tokens):
        return first
    word, following = tokens[first].folded, tokens[first + 1].folded
    origin = word.startswith("ال") and word.endswith(("ي", "يه")) and len(word) > 5
    if not origin:
        return first
    country = word[2:].removesuffix("ه") in _ORIGINS and is_unheard(following)
    return first + 1 if country or known_as(following) is Known.GIVEN else first


def past_document(tokens: Sequence[Token], first: int) -> int:
    """«الاسم في الإقامة …», «اسمي بالجواز …»: the index after the paper that the name is on."""
    for index in range(first, min(len(tokens), first + 4)):
        word = tokens[index].folded
        if word in _DOCUMENTS or word.removeprefix("ب") in _DOCUMENTS:
            return index + 1
        if word not in _INTO:
            return first
    return first


def stands_alone(tokens: Sequence[Token], index: int) -> bool:
    """Whether nothing after the word at ``index`` goes with it: the end, «و…», «من», another name."""
    if index + 1 >= len(tokens) or tokens[index + 1].kind != "word":
        return True
    following = tokens[index + 1].folded
    joined = following.startswith("و") and following not in _NO_CONJUNCTION
    return joined or following == "من" or known_as(following) in (Known.GIVEN, Known.FAMILY)
