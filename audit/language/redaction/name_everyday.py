"""Everyday words that are names as well: «أمل», «كريم», «صالح»: when they are one."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.redaction.known_words import (
    SURE_NAMES,
    Known,
    is_listed,
    known_as,
)
from audit.language.redaction.name_context import stands_alone
from audit.language.redaction.name_cues import Promise, promise_of
from audit.language.redaction.name_forms import is_no_name, is_plausible, looks_like_other_word
from audit.language.redaction.tokens import Token
from audit.language.redaction.word_lists import word_list

#: «زوجتي», «ولدي»: cues after which one long word that nobody says otherwise is a name, too.
RELATIVES = word_list("name_cue_relative")
#: After these anything may follow.
ADDRESSES = frozenset(["يا", "لك", "مع", "شكرا", "ويا"])
#: «أنا سعيد» is how one feels, «معك سعيد» who one is.
SELF = frozenset(["انا", "وانا", "اني", "واني"])
#: «أنا سعيد», «ولدي وصل»: everyday words that say how somebody is or what he does.
PREDICATES = word_list("predicate")
#: «معك شاهد», «معك حق»: what somebody may have with them.
_EVIDENCE = word_list("had_with_one")
#: «الموظف صادق في كلامه»
ROLES = frozenset("الموظف الموظفه المشرف المشرفه موظف موظفه مهندس مهندسه".split())
_OF_NAMES = frozenset("غريب جميل جميله طويل جديد صعب سهل كبير مشهور عربي".split())
_TOWARDS = frozenset("علي ل الي لي عند".split())
_BROTHERS = frozenset("الاخ الاخت اخ اخت الاستاذ الاستاذه".split())
#: «ولدي نور عيني», «الوالد رحمة الله عليه»
_DEAR = frozenset("عيني قلبي حياتي عمري روحي الله عيوني".split())
#: «هلا نور», «شكرا وفاء»
_GREETINGS = frozenset("هلا اهلا اهلين مرحبا شكرا حضرتك".split())
#: «يا سلام», «يا كريم»: what is called upon that is nobody's name.
_CALLED_UPON = word_list("called_upon")
#: «محمد صالح»: everyday words that after a name are a father's or a family's.
FATHERS = word_list("father_name")


def is_everyday_name(tokens: Sequence[Token], cue: int, first: int, promise: Promise) -> bool:
    """Whether an everyday word after a cue is somebody's name."""
    weak = promise is Promise.MENTION or tokens[cue].folded in SELF
    word = tokens[first].folded
    following = tokens[first + 1].folded if first + 1 < len(tokens) else ""
    # «الموظف صالح للعمل», «أخوي سعيد بخدمتك»: here they are the everyday words.
    used = following.startswith(("لل", "بخ", "بال"))
    if not weak:
        if promise is Promise.NAME and word in _OF_NAMES:
            return False  # «اسمه غريب»
        had = promise is Promise.PERSON and word in _EVIDENCE
        had = had or (tokens[cue].folded in ROLES and word in PREDICATES)
        return not used and (not had or stands_alone(tokens, first))
    if tokens[first - 2].folded == "الله" and first - 2 > cue:
        return True  # «زوجي الله يرحمه شريف»
    said = tokens[cue].folded
    if word in PREDICATES or not is_listed(word):
        return said in _BROTHERS and following == "من"  # «الأخ كريم من الدعم»
    if said in SELF or said in _TOWARDS or said in _GREETINGS:
        return stands_alone(tokens, first)
    if said in _BROTHERS:
        return True  # «يا أخ بدر الطلب جاهز»
    if said == "يا":
        return (
            word not in _CALLED_UPON and not following.startswith("ال") and following not in _DEAR
        )
    return said not in ADDRESSES and not following.startswith("ال") and following not in _DEAR


def is_childs_name(parent: str, following: Token) -> bool:
    """Whether a known name follows «أبو», «أم»; «أم» may be «or»."""
    known = known_as(following.folded)
    if is_no_name(following) or promise_of(following.folded) is not None:
        return False
    if known is not Known.EVERYDAY or parent == "ابا":  # «أبا» is «I want», too
        return known in SURE_NAMES
    return is_listed(following.folded) and (parent != "ام" or _may_be_child(following.folded))


def _may_be_child(word: str) -> bool:
    return word in FATHERS or word not in PREDICATES


def is_child_name(token: Token) -> bool:
    """What follows «أبو» or «أم» in a by-name: a name, or a word without article or clitic."""
    if token.folded == "عبد":
        return True
    if promise_of(token.folded) is not None:
        return False
    if known_as(token.folded) is not None:
        return not is_no_name(token)
    return is_plausible(token) and not looks_like_other_word(token.folded)
