"""The words that announce names, and what each of them promises."""

from __future__ import annotations

from enum import Enum
from functools import cache, lru_cache

from audit.language.redaction.word_lists import word_list

_AFTER_NAME = word_list("name_cue_name")
_AFTER_PERSON = word_list("name_cue_person")
_TITLES = word_list("name_cue_title")
_MENTIONS = word_list("name_cue_mention")


class Promise(Enum):
    """What follows a cue."""

    NAME = "after «اسمي»"
    PERSON = "after «معك»"
    TITLE = "after «الأستاذ»"
    MENTION = "after «يا», «أخوي», «مع»"


@lru_cache(maxsize=50_000)
def promise_of(word: str) -> Promise | None:
    """What a cue promises; clitics before it («والأستاذ», «لأخوي») are taken off."""
    cues = _cues()
    for candidate in (word, word[1:] if word[:1] in "ولب" else word):
        if candidate in cues and (candidate == word or len(candidate) > 2):
            return cues[candidate]
        if candidate.startswith("ال") and cues.get(candidate[2:]) is Promise.TITLE:
            return Promise.TITLE  # «المستر»
    if word.startswith("لل") and f"ال{word[2:]}" in cues:
        return cues[f"ال{word[2:]}"]
    return None


@cache
def _cues() -> dict[str, Promise]:
    cues: dict[str, Promise] = dict.fromkeys(_MENTIONS, Promise.MENTION)
    cues.update(dict.fromkeys(_TITLES, Promise.TITLE))
    cues.update(dict.fromkeys(_AFTER_PERSON, Promise.PERSON))
    cues.update(dict.fromkeys(_AFTER_NAME, Promise.NAME))
    return cues
