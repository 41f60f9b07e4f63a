"""Names of people after words that announce them: «اسمي», «معك», «الأستاذ», «باسم», «أخوي» …

Cues differ in what they promise: after «اسمي» any word that is no everyday word and stands as names do;
after «معك» a known name, or an unknown word with a family name or «من» after it; after titles a known
name or a family name; after «أخوي», «مع», «يا» a known name that is no everyday word. After any of
them two words that nobody says otherwise are a name of another language («أنا ماريسيل سانتوس»).
Without a cue only what has the form of a full name counts («خالد الحربي», «أم محمد»). Streets,
hospitals and companies called after people stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.language.redaction.known_words import (
    NOT_NAMES,
    Known,
    is_unheard,
    known_as,
)
from audit.language.redaction.name_cues import Promise, promise_of
from audit.language.redaction.name_forms import (
    FOREIGN_ENDINGS,
    PARENTS,
    family_follows,
    is_by_name,
    is_forefather,
    is_foreign,
    is_latin_name,
    is_nisba,
    is_no_name,
    is_plausible,
    is_rare_name,
    is_second_half,
    is_servant,
    looks_foreign,
    looks_like_other_word,
    parent_follows,
)
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

_PERSONS = (Known.GIVEN, Known.EVERYDAY)

#: «زوجتي», «ولدي»: cues after which one long word that nobody says otherwise is a name, too.
_RELATIVES = word_list("name_cue_relative")
#: After these anything may follow.
_ADDRESSES = frozenset(["يا", "لك", "مع", "شكرا", "ويا"])
#: «موظف يقال له زيدان»
_IS_CALLED = frozenset(["يقال", "ينقال"])
#: May stand between a cue and the name.
_BETWEEN = word_list("name_between")
_PARTICLES = frozenset("بن ابن بنت ال ابو ابا ابي ام بو ولد ود عبد آل اال".split())
#: Between a person's name and a parent's.
_SON_OF = frozenset("بن بنت ود".split())

#: «الحي اسمه …», «المدرسة اسمها …»: what has such a name is no person.
_CALLED_AFTER = word_list("called_after")
_THINGS = word_list("thing_with_name")
#: «أنا سعيد» is how one feels, «معك سعيد» who one is.
_SELF = frozenset(["انا", "وانا", "اني", "واني"])
#: «وياك» tells who one is, or beside whom one does something.
_BESIDE = frozenset(["ويا", "وياك"])
_MAX_NAME_TOKENS = 6
_PRONOUNS = ("لي", "ني", "تي", "كي", "يي")


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


def _promise_at(tokens: Sequence[Token], index: int) -> Promise | None:
    if index and tokens[index].folded == "حضرتك" and tokens[index - 1].folded == "مع":
        return Promise.PERSON  # «مع حضرتك كريم»: how Egyptian agents say who they are
    if index and tokens[index].folded == "is" and tokens[index - 1].folded == "this":
        return Promise.NAME
    if index and tokens[index].folded in ("له", "لها") and tokens[index - 1].folded in _IS_CALLED:
        return Promise.NAME
    return promise_of(tokens[index].folded)


def _name_after(tokens: Sequence[Token], cue: int, promise: Promise) -> tuple[int, int] | None:
    first = cue + 1
    while first < min(len(tokens), cue + 4) and _skippable(tokens[first].folded):
        between = promise_of(tokens[first].folded)
        if between is Promise.NAME:
            return None
        if promise is Promise.MENTION and between is Promise.TITLE:
            promise = Promise.TITLE  # «مع الدكتورة رغد»
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
    if is_by_name(word):
        return index, _name_end(tokens, index, Promise.MENTION)
    if following is None or following.kind != "word":
        return None
    if word in PARENTS and known_as(following.folded) is Known.GIVEN:
        return index, _name_end(tokens, index, Promise.MENTION)
    if known_as(word) is Known.EVERYDAY and not is_no_name(tokens[index]):
        # «فجر العجمي»: dawn, unless nobody says the second word otherwise.
        if is_nisba(following.folded) and is_unheard(following.folded):
            return index, _name_end(tokens, index, Promise.MENTION)
        return None
    if known_as(word) is not Known.GIVEN:
        return None
    # «سعود الإسلامية» is no person: without a cue, a family name must not look like an adjective.
    family = family_follows(following) and not following.folded.endswith("ه")
    # «فهد الصالح», «محمد العلي»: a forefather's name with an article; «علي» may be «on».
    doubtful = word == "علي" or word in NOT_NAMES
    family = family or (not doubtful and is_forefather(following.folded))
    if following.folded in ("بن", "بنت") or family:
        return index, _name_end(tokens, index, Promise.MENTION)
    return None


def _skippable(word: str) -> bool:
    return word in _BETWEEN and word not in PARENTS


def _begins_name(tokens: Sequence[Token], cue: int, first: int, promise: Promise) -> bool:
    token = tokens[first]
    word = token.folded
    if token.kind != "word" or is_no_name(token):
        return False
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if word == "عبد":
        return following is not None and following.folded.startswith("ال")
    if word in PARENTS:
        return following is not None and _is_child_name(following)
    if word in _SON_OF:
        return following is not None and known_as(following.folded) is not None
    if not is_plausible(token):
        return False
    if following is not None and (following.folded in _SON_OF or following.folded == "الرحمن"):
        return word not in ("الله", "بسم", "اللهم")
    if is_servant(tokens, first + 1):
        return True
    weak = promise is Promise.MENTION or tokens[cue].folded in _SELF
    known = known_as(word)
    if known is Known.GIVEN:
        return True
    if known is Known.EVERYDAY:
        # «الموظف صالح للعمل», «أخوي سعيد بخدمتك»: here they are the everyday words.
        used = following is not None and following.folded.startswith(("لل", "بخ", "بال"))
        return (not weak and not used) or parent_follows(following)
    if word.startswith("ال"):
        if promise is Promise.PERSON and is_unheard(word) and following is not None:
            return known_as(following.folded) is Known.GIVEN
        # «الأستاذ القحطاني»: a family name by itself.
        return promise is Promise.TITLE and is_nisba(word)
    if is_unheard(word) and promise_of(word) is None:
        if parent_follows(following):
            return True
        if tokens[cue].folded not in _ADDRESSES and is_foreign(tokens, first):
            return True
    told_of = tokens[cue].folded in _RELATIVES and (not cue or tokens[cue - 1].folded != "يا")
    if told_of and is_rare_name(word):
        return True
    foreign = is_unheard(word) and len(word) > 4 and word.endswith(FOREIGN_ENDINGS)
    if (looks_like_other_word(word) and not foreign) or promise is Promise.MENTION:
        return False
    if family_follows(following):
        return True
    if promise is Promise.PERSON:
        return _is_introduced(tokens, first, weak)
    if promise is Promise.TITLE:
        return is_unheard(word) and word[0] not in "وبلف"
    of_thing = cue > 0 and tokens[cue - 1].folded in _THINGS
    return promise is Promise.NAME and not of_thing and _ends_like_name(tokens, first)


def _is_introduced(tokens: Sequence[Token], first: int, weak: bool) -> bool:
    """Whether an unknown word after «معك» is a name: «من» follows, or nobody says it otherwise."""
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if following is not None and following.folded == "من" and not weak:
        return True
    token = tokens[first]
    if weak or not is_unheard(token.folded):
        return False
    if following is None or following.kind != "word":
        return True
    if tokens[first - 1].folded in _BESIDE or token.folded[0] in "بفلوي":
        return False
    return looks_foreign(token, token.folded) or is_unheard(following.folded)


def _is_child_name(token: Token) -> bool:
    """What follows «أبو» or «أم» in a by-name: a name, or a word without article or clitic."""
    if token.folded == "عبد":
        return True
    if promise_of(token.folded) is not None:
        return False
    if known_as(token.folded) is not None:
        return not is_no_name(token)
    return is_plausible(token) and not looks_like_other_word(token.folded)


def _ends_like_name(tokens: Sequence[Token], first: int) -> bool:
    """Whether an unknown word after «اسمي» stands as names do: at the end, before «و…», a name."""
    for token in tokens[first + 1 : first + 3]:
        if token.kind != "word" or (token.folded.startswith("و") and len(token.folded) > 3):
            return True
        if known_as(token.folded) is not None:
            return True
        if token.folded in NOT_NAMES or not is_plausible(token):
            return False
    return first + 3 > len(tokens)


def _name_end(tokens: Sequence[Token], first: int, promise: Promise) -> int:
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
    if is_no_name(tokens[index]) or promise_of(word) is not None:
        return False
    known = known_as(word)
    if known is not None:
        return known is not Known.EVERYDAY or _at_end(tokens, index) or promise is Promise.NAME
    if family_follows(tokens[index]) or (word.startswith("ال") and known_as(word[2:]) is not None):
        return True
    if any(word.startswith(p) and known_as(word[len(p) :]) in _PERSONS for p in (*PARENTS, "بن")):
        return True
    if not is_plausible(tokens[index]):
        return False
    if promise is Promise.MENTION:
        # «أخوي هادي مجربي»
        return is_unheard(word) and word.endswith("ي") and not word.endswith(_PRONOUNS)
    if word.startswith("با") and len(word) > 4:
        return True
    if is_unheard(word) and not looks_like_other_word(word):
        return True
    if promise is Promise.NAME and _at_end(tokens, index):
        return not looks_like_other_word(word)
    return word.endswith("ي") and len(word) > 3 and _at_end(tokens, index)


def _at_end(tokens: Sequence[Token], index: int) -> bool:
    if index + 1 >= len(tokens) or tokens[index + 1].kind != "word":
        return True
    return tokens[index + 1].folded == "من"
