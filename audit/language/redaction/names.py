"""Names of people after words that announce them: «اسمي», «معك», «الأستاذ», «باسم», «أخوي» …

Cues differ in what they promise: after «اسمي» any word that is no everyday word and stands as names do;
after «معك» a known name, or an unknown word with a family name or «من» after it; after titles a known
name or a family name; after «أخوي», «مع», «يا» a known name that is no everyday word. After any of
them two words that nobody says otherwise are a name of another language («أنا ماريسيل سانتوس»).
Without a cue what has the form of a full name counts («خالد الحربي», «أم محمد»), and a name that is
hardly ever another word («تهاني»). Streets, hospitals and companies called after people stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.language.redaction.known_words import (
    NOT_NAMES,
    SURE_NAMES,
    Known,
    is_listed,
    is_said,
    is_unheard,
    known_as,
)
from audit.language.redaction.name_context import (
    begins_prayer,
    is_called_after,
    is_firm,
    is_named_place,
    past_document,
    past_origin,
    two_word_promise,
)
from audit.language.redaction.name_cues import Promise, promise_of
from audit.language.redaction.name_everyday import (
    ADDRESSES,
    PREDICATES,
    RELATIVES,
    ROLES,
    SELF,
    is_child_name,
    is_childs_name,
    is_everyday_name,
)
from audit.language.redaction.name_extent import name_end
from audit.language.redaction.name_forms import (
    FOREIGN_ENDINGS,
    PARENTS,
    family_follows,
    is_by_name,
    is_forefather,
    is_foreign,
    is_in_gods,
    is_nisba,
    is_no_name,
    is_plausible,
    is_rare,
    is_rare_name,
    is_second_half,
    is_servant,
    known_family,
    looks_foreign,
    looks_like_other_word,
    parent_follows,
)
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: May stand between a cue and the name.
_BETWEEN = word_list("name_between")
#: Between a person's name and a parent's.
_SON_OF = frozenset("بن بنت بت ود".split())

#: «الحي اسمه …», «المدرسة اسمها …»: what has such a name is no person.
_THINGS = word_list("thing_with_name")
#: «وياك» tells who one is, or beside whom one does something.
_BESIDE = frozenset(["ويا", "وياك"])
_LEAST_LETTERS = 3
_WITH_YOU = frozenset("معك معاك معاكي معكي معج معاج معكم معاكم وياك وياج وياكم".split())
_GOD = frozenset("الله لله ربك ربي ربنا".split())
_TOLD_OF = RELATIVES | word_list("name_cue_contact")


def names(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """First and last token of each name that has a cue, the form of a full name, or no other meaning."""
    index = 0
    while index < len(tokens):
        found = _name_at(tokens, index) if tokens[index].kind == "word" else None
        if found is None:
            index += 1
        else:
            yield found
            index = found[1] + 1


def _name_at(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    promise = _promise_at(tokens, index)
    found = _name_after(tokens, index, promise) if promise else None
    found = found or _name_by_form(tokens, index) or _name_by_itself(tokens, index)
    return found or _name_before(tokens, index)


def _promise_at(tokens: Sequence[Token], index: int) -> Promise | None:
    word = tokens[index].folded
    before = tokens[index - 1].folded if index else ""
    return two_word_promise(before, word) or promise_of(word)


def _name_after(tokens: Sequence[Token], cue: int, promise: Promise) -> tuple[int, int] | None:
    if cue and tokens[cue].folded.startswith("ال") and is_named_place(tokens[cue - 1]):
        return None  # «مستشفى الدكتور سليمان الحبيب»
    first = cue + 1
    while first < min(len(tokens), cue + 4) and _skippable(tokens[first].folded):
        between = promise_of(tokens[first].folded)
        if between is Promise.NAME:
            return None
        if promise is Promise.MENTION and between is Promise.TITLE:
            promise = Promise.TITLE  # «مع الدكتورة رغد»
        first += 1
    first = past_origin(tokens, begins_prayer(tokens, first), promise)
    if promise is Promise.NAME:
        spelled = _spelled_out(tokens, first)
        if spelled is not None:
            return spelled
        after_document = past_document(tokens, first)
        if after_document > first:
            first, promise = after_document, Promise.PERSON
    if first >= len(tokens) or not _begins_name(tokens, cue, first, promise):
        return None
    last = name_end(tokens, first, promise)
    return None if is_firm(tokens[first : last + 1]) else (first, last)


def _spelled_out(tokens: Sequence[Token], first: int) -> tuple[int, int] | None:
    """«اسمي ر ي ه ا م»: three letters or more, one by one."""
    last = first
    while last < len(tokens) and tokens[last].kind == "word" and len(tokens[last].folded) == 1:
        last += 1
    return (first, last - 1) if last - first >= _LEAST_LETTERS else None


def _name_before(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    """«وعد معك من السداد»: who speaks, before the words that tell it."""
    word = tokens[index].folded
    if index + 2 >= len(tokens) or tokens[index + 1].folded not in _WITH_YOU:
        return None
    if tokens[index + 2].folded not in ("من", "في"):
        return None
    named = known_as(word) is Known.EVERYDAY and word not in PREDICATES and is_listed(word)
    rare = is_unheard(word) and not looks_like_other_word(word)
    return (index, index) if named or rare else None


def _name_by_itself(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    """A name that is hardly ever another word: «ردت علي تهاني», «وتهاني قفلت»."""
    word = tokens[index].folded
    joined = (
        word[:1] in ("و", "ل") and len(word) > 5 and known_as(word) is None and not is_said(word)
    )
    bare = word[1:] if joined else word
    servant = is_servant(tokens, index)
    if not servant and (known_as(bare) is not Known.GIVEN or is_no_name(tokens[index])):
        return None
    if is_called_after(tokens, index) or (index and tokens[index - 1].folded == "ال"):
        return None
    if _is_gods(tokens, index):
        return None
    last = name_end(tokens, index, Promise.MENTION)
    return None if is_firm(tokens[index : last + 1]) else (index, last)


def _name_by_form(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    """«أم محمد», «خالد الحربي», «سعد بن ناصر»: names without a cue, unless a place is called so."""
    word = tokens[index].folded
    by_name = is_by_name(word)
    if not by_name and word not in PARENTS and known_as(word) is None:
        return None
    if is_called_after(tokens, index):
        return None
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if by_name:
        return index, name_end(tokens, index, Promise.MENTION)
    if following is None or following.kind != "word":
        return None
    if word in PARENTS and is_childs_name(word, following):
        return index, name_end(tokens, index, Promise.MENTION)
    if known_as(word) is Known.EVERYDAY and not is_no_name(tokens[index]):
        if following.folded in ("بن", "بنت") and is_listed(word):
            return index, name_end(tokens, index, Promise.MENTION)
        # «فجر العجمي»: dawn, unless nobody says the second word otherwise.
        tribe = is_nisba(following.folded) and is_unheard(following.folded)
        if tribe or known_family(following.folded):
            return index, name_end(tokens, index, Promise.MENTION)
        return None
    if known_as(word) not in SURE_NAMES:
        return None
    # «سعود الإسلامية» is no person: without a cue, a family name must not look like an adjective.
    family = family_follows(following) and not following.folded.endswith("ه")
    # «فهد الصالح», «محمد العلي»: a forefather's name with an article; «علي» may be «on».
    doubtful = word == "علي" or word in NOT_NAMES
    family = family or (not doubtful and is_forefather(following.folded))
    if following.folded in _SON_OF or family:
        return index, name_end(tokens, index, Promise.MENTION)
    return None


def _is_gods(tokens: Sequence[Token], index: int) -> bool:
    """«معاذ الله», «احمد ربك», «يا ناصر المظلومين»: God is meant, or praised."""
    if index + 1 >= len(tokens):
        return False
    following = tokens[index + 1].folded
    after = tokens[index + 2].folded if index + 2 < len(tokens) else ""
    if following == "الله" and (after.startswith("ي") or is_nisba(after)):
        return False  # «يا عبدالمحسن الله يهديك», «غرم الله الزهراني»
    if following in _GOD:
        return not is_second_half(tokens[index].folded, following)
    plural = following.startswith("ال") and following.endswith(("ين", "ون"))
    return plural and known_as(following) is None


def _skippable(word: str) -> bool:
    return word in _BETWEEN and word not in PARENTS


def _begins_name(tokens: Sequence[Token], cue: int, first: int, promise: Promise) -> bool:
    token = tokens[first]
    word = token.folded
    following = tokens[first + 1] if first + 1 < len(tokens) else None
    if following is not None and promise is not Promise.MENTION and is_in_gods(word, following):
        return True  # «مع حضرتك منة الله شريف»
    if token.kind != "word" or is_no_name(token):
        return False
    if word == "عبد":
        return following is not None and following.folded.startswith("ال")
    if word in PARENTS:
        return following is not None and is_child_name(following)
    if word in _SON_OF:
        return following is not None and known_as(following.folded) is not None
    if not is_plausible(token):
        return False
    if following is not None and (following.folded in _SON_OF or following.folded == "الرحمن"):
        return word not in ("الله", "بسم", "اللهم")
    if is_servant(tokens, first + 1):
        return True
    weak = promise is Promise.MENTION or tokens[cue].folded in SELF
    known = known_as(word)
    said_of = SELF | ROLES | RELATIVES
    if known is Known.CAREFUL and word in PREDICATES and tokens[cue].folded in said_of:
        known = Known.EVERYDAY  # «إني صابر من شهرين»
    if known in SURE_NAMES:
        return not _is_gods(tokens, first)
    if known is Known.EVERYDAY:
        return parent_follows(following) or is_everyday_name(tokens, cue, first, promise)
    if following is not None and not word.startswith("ال"):
        # «العميل صياح العنزي», «أنا ريمي خوري»
        family = known_as(following.folded) is Known.FAMILY and not is_said(word)
        if known_family(following.folded) or (family and promise is not Promise.MENTION):
            return True
    if known is Known.FAMILY and promise is not Promise.MENTION:
        return not is_said(word) and not weak
    if word.startswith("ال"):
        if promise is Promise.PERSON and is_unheard(word) and following is not None:
            return known_as(following.folded) in SURE_NAMES
        # «الأستاذ القحطاني»: a family name by itself.
        definite = tokens[cue].folded.startswith(("ال", "استاذ"))  # not «دكتور الغدد»
        return promise is Promise.TITLE and (is_nisba(word) or (definite and family_follows(token)))
    if is_unheard(word) and promise_of(word) is None:
        if parent_follows(following):
            return True
        if tokens[cue].folded not in ADDRESSES and is_foreign(tokens, first):
            return True
    told_of = tokens[cue].folded in _TOLD_OF and (not cue or tokens[cue - 1].folded != "يا")
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
    if is_said(word):
        return False
    if promise is Promise.NAME and is_rare(word):
        return True  # «واحدة اسمها فرقين قالت لي»
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
