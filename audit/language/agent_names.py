"""The names of agents in what is said: where they introduce themselves, or are called by name.

``redaction`` finds names that were heard right. Of a name that nobody else may learn even a misheard one
counts («معتمور» for «معك نورة»), and taking out a word too many does no harm, so that here the greeting
is searched for what stands in a name's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from audit.language.normalization import normalize, normalized_words
from audit.language.redaction import PLACEHOLDERS, RedactedUtterances, redact_utterances
from audit.language.redaction.known_words import is_unheard
from audit.types import RedactedSpan, Utterance, Word

NAME = PLACEHOLDERS["name"]
_CUES = frozenset("معك معاك معاكي معكي معاكم معكم معايا معي اسمي".split())
#: May stand between a cue and the name.
_BETWEEN = frozenset("اخوك اختك اخوكم اختكم زميلك زميلتك الموظف الموظفه خادمك".split())
#: What may follow a cue in a greeting and is no name.
_NOT_NAMES = frozenset(
    "حق من في علي كيف تفضل تفضلي تفضلوا حياك حياكم الله اقدر شلون وش ايش مركز خدمه شركه بنك قسم فريق "
    "مستشفي الخط دايم دائما بخصوص اليوم الان الحين".split()
)
#: «معنورة», «مع ريم»: the cue with its end lost.
_CUE_STEM = "مع"
_MIN_GLUED_LETTERS = 5
#: How alike a misheard name and the name are, of 100.
_ALIKE = 80.0
_MIN_NAME_LETTERS = 3


def hide_agent_names(utterances: Sequence[Utterance], agent_id: str | None) -> RedactedUtterances:
    """``utterances`` without personal data and without names of their agents; when those are heard.

    ``agent_id`` is searched for where it is a name or a word that may be said.
    """
    found = redact_utterances(utterances)
    greeting = _greeting(found.utterances)
    parts = tuple(
        part for part in normalized_words(agent_id or "") if len(part) >= _MIN_NAME_LETTERS
    )
    hidden: list[Utterance] = []
    spans = list(found.spans)
    for turn in found.utterances:
        names = _called(turn, parts)
        if turn.turn_index == greeting:
            names |= _introduced(turn.words)
        hidden.append(_without(turn, names, parts))
        if not turn.words and hidden[-1] is not turn:
            spans.append(
                RedactedSpan("name", turn.turn_index, turn.channel, turn.start_ms, turn.end_ms)
            )
        spans += (
            RedactedSpan("name", turn.turn_index, turn.channel, word.start_ms, word.end_ms)
            for place, word in enumerate(turn.words)
            if place in names
        )
    return RedactedUtterances(tuple(hidden), tuple(spans))


def _greeting(utterances: Sequence[Utterance]) -> int | None:
    """The turn in which an agent says who speaks: the agent's first."""
    return next((turn.turn_index for turn in utterances if turn.role == "agent"), None)


def _called(turn: Utterance, parts: Sequence[str]) -> set[int]:
    return {place for place, word in enumerate(turn.words) if _is_called(word.text, parts)}


def _is_called(text: str, parts: Sequence[str]) -> bool:
    from rapidfuzz import fuzz

    said = normalize(text)
    stripped = said[1:] if said[:1] in "ويل" and len(said) > _MIN_NAME_LETTERS else said
    return any(max(fuzz.ratio(said, p), fuzz.ratio(stripped, p)) >= _ALIKE for p in parts)


def _introduced(words: Sequence[Word]) -> set[int]:
    """The places of words that stand where a name stands in a greeting."""
    folded = [normalize(word.text) for word in words]
    found: set[int] = set()
    for place, word in enumerate(folded):
        if word in _CUES or word == _CUE_STEM:
            found |= _after_cue(words, folded, place, sure=word in _CUES)
        elif _is_glued(word):
            found.add(place)
    return found


def _after_cue(words: Sequence[Word], folded: Sequence[str], cue: int, *, sure: bool) -> set[int]:
    first = cue + 1
    while first < len(folded) and folded[first] in _BETWEEN:
        first += 1
    if first >= len(folded) or folded[first] in _NOT_NAMES or NAME in words[first].text:
        return set()
    if not sure and not is_unheard(folded[first]):
        return set()
    found = {first}
    # «عبد الله», «نورة القحطاني»
    if first + 1 < len(folded) and folded[first + 1] not in _NOT_NAMES | {"الله"}:
        if folded[first] in ("عبد", "ابو", "ام", "ال") or folded[first + 1].startswith("ال"):
            found.add(first + 1)
    elif folded[first] == "عبد" and first + 1 < len(folded):
        found.add(first + 1)
    return found


def _is_glued(word: str) -> bool:
    """«معكمورة», «معتمور»: cue and name in one word that nobody says otherwise."""
    return word.startswith(_CUE_STEM) and len(word) >= _MIN_GLUED_LETTERS and is_unheard(word)


def _without(turn: Utterance, names: set[int], parts: Sequence[str]) -> Utterance:
    if not turn.words:
        said = turn.text.split()
        kept = [NAME if _is_called(word, parts) else word for word in said]
        return replace(turn, text=" ".join(kept)) if kept != said else turn
    if not names:
        return turn
    words = tuple(
        replace(word, text=NAME) if place in names else word
        for place, word in enumerate(turn.words)
    )
    return replace(turn, words=words, text=" ".join(word.text.strip() for word in words))
