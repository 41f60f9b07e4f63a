"""Personal data in a conversation: numbers told over several turns, and repeated back by the agent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from audit.language.redaction.asked import asked_numbers
from audit.language.redaction.detection import find_entities, numbers_in
from audit.language.redaction.entities import (
    PLACEHOLDERS,
    Entity,
    EntityType,
    first_of_each_place,
    with_placeholders,
)
from audit.language.redaction.number_runs import Run, number_runs, readings
from audit.language.redaction.tokens import Token, tokenize
from audit.types import RedactedSpan, Utterance, Word

#: A number is taken for an echo of another when it is heard within so many turns of it.
ECHO_TURNS = 6
_MIN_ECHO_DIGITS = 3
_SURE_ECHO_DIGITS = 5


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What one speaker says until the other takes over."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class RedactedUtterances:
    """Utterances without personal data and the times at which it was heard, in order of turns."""

    utterances: tuple[Utterance, ...]
    spans: tuple[RedactedSpan, ...]


def find_entities_in_turns(turns: Sequence[SpokenTurn]) -> tuple[tuple[Entity, ...], ...]:
    """The entities of each turn, with offsets in that turn's text.

    A number that goes over several turns gives an entity in each turn that holds a part of it. What a
    question asks for («رقم الهوية؟») tells what the number in the next turn is.
    """
    call = _JoinedCall(turns)
    whole = find_entities(call.text)
    by_speaker = [
        entity
        for speaker in dict.fromkeys(turn.speaker for turn in turns)
        for entity in find_entities(call.heard_from(speaker))
    ]
    pieces = sorted(call.pieces([*whole, *by_speaker]), key=lambda piece: piece.start - piece.end)
    found = first_of_each_place([*pieces, *call.pieces(_echoes(call)), *_asked(call, pieces)])
    return call.by_turn(found)


def redact_utterances(utterances: Sequence[Utterance]) -> RedactedUtterances:
    """``utterances`` with placeholders in text and words, and the times of what was taken out.

    The words of one entity become one word that keeps their time, with their mean probability. An
    utterance without words, or whose words are not those of its text, is blanked in time as a whole
    where it holds personal data; such words become one placeholder or stay only if it holds none.
    """
    entities = find_entities_in_turns([SpokenTurn(u.speaker, u.text) for u in utterances])
    redacted: list[Utterance] = []
    spans: list[RedactedSpan] = []
    for utterance, found in zip(utterances, entities, strict=True):
        if not found:
            redacted.append(utterance)
            continue
        words, times = _redacted_words(utterance, found)
        text = with_placeholders(utterance.text, found)
        redacted.append(replace(utterance, text=text, words=words))
        spans += (
            RedactedSpan(kind, utterance.turn_index, utterance.channel, start_ms, end_ms)
            for kind, start_ms, end_ms in times
        )
    return RedactedUtterances(tuple(redacted), tuple(spans))


class _JoinedCall:
    """The text of all turns in one, a line a turn, and the way back."""

    def __init__(self, turns: Sequence[SpokenTurn]) -> None:
        self.turns = turns
        self.text = "\n".join(turn.text for turn in turns)
        lengths = (len(turn.text) + 1 for turn in turns)
        self.starts = [0, *accumulate(lengths)][: len(turns)]

    def heard_from(self, speaker: str) -> str:
        """The call with the numbers of everyone else blanked, all offsets as they are."""
        return "\n".join(
            turn.text if turn.speaker == speaker else _without_numbers(turn.text)
            for turn in self.turns
        )

    def turn_at(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1

    def pieces(self, entities: Iterable[Entity]) -> Iterator[Entity]:
        """Entities cut at the turns' ends; a turn that only says «تمام» inside a number is left out.

        A name ends with its turn, however much like a name the next one begins.
        """
        for entity in entities:
            first, last = (
                self.turn_at(entity.start),
                self.turn_at(max(entity.start, entity.end - 1)),
            )
            for turn in range(first, last + 1):
                turn_start = self.starts[turn]
                start = max(entity.start, turn_start)
                end = min(entity.end, turn_start + len(self.turns[turn].text))
                text = self.text[start:end]
                named = entity.type == "name" and turn == first
                if first == last or named or any(number_runs(tokenize(text))):
                    yield from _trimmed(Entity(entity.type, start, end, text))

    def by_turn(self, entities: Iterable[Entity]) -> tuple[tuple[Entity, ...], ...]:
        found: list[list[Entity]] = [[] for _ in self.turns]
        for entity in entities:
            turn = self.turn_at(entity.start)
            start = self.starts[turn]
            found[turn].append(
                Entity(entity.type, entity.start - start, entity.end - start, entity.text)
            )
        return tuple(tuple(entities) for entities in found)


def _trimmed(entity: Entity) -> Iterator[Entity]:
    text = entity.text.strip()
    if text:
        start = entity.start + len(entity.text) - len(entity.text.lstrip())
        yield Entity(entity.type, start, start + len(text), text)


def _without_numbers(text: str) -> str:
    tokens = tokenize(text)
    for run in number_runs(tokens):
        start, end = tokens[run.first].start, tokens[run.last].end
        blank = "".join(c if c.isspace() else " " for c in text[start:end])
        text = text[:start] + blank + text[end:]
    return text


def _echoes(call: _JoinedCall) -> Iterator[Entity]:
    """Parts of a known number that are told again near it: «صفر خمسة خمسة؟»."""
    known: list[tuple[int, EntityType, str]] = []
    views = {call.text, *(call.heard_from(turn.speaker) for turn in call.turns[:4])}
    for view in sorted(views):
        for entity, digits in numbers_in(view):
            known.append((call.turn_at(entity.start), entity.type, digits))
    if not known:
        return
    for index, turn in enumerate(call.turns):
        near = [(kind, d) for at, kind, d in known if abs(index - at) <= ECHO_TURNS]
        if near:
            tokens = tokenize(turn.text)
            for run in number_runs(tokens):
                kind = _echoed(tokens, run, near)
                if kind is not None:
                    start = call.starts[index] + tokens[run.first].start
                    end = call.starts[index] + tokens[run.last].end
                    yield Entity(kind, start, end, call.text[start:end])


def _asked(call: _JoinedCall, known: Sequence[Entity]) -> Iterator[Entity]:
    """What is left of numbers that a turn asked for, where nothing else was found in them."""
    tokens = [tokenize(turn.text) for turn in call.turns]
    for number in asked_numbers(tokens, [turn.speaker for turn in call.turns]):
        place = call.starts[number.turn]
        start = place + tokens[number.turn][number.first].start
        end = place + tokens[number.turn][number.last].end
        inside = [e for e in known if e.start < end and start < e.end]
        # Around what was found: «خمسة خمسة» that a misheard word parts from the rest of the number.
        for entity in sorted(inside, key=lambda e: e.start):
            if entity.start > start and any(number_runs(tokenize(call.text[start : entity.start]))):
                yield from _trimmed(
                    Entity(number.type, start, entity.start, call.text[start : entity.start])
                )
            start = max(start, entity.end)
        rest = call.text[start:end]
        if start < end and (not inside or any(number_runs(tokenize(rest)))):
            yield from _trimmed(Entity(number.type, start, end, rest))


def _echoed(
    tokens: Sequence[Token], run: Run, near: Sequence[tuple[EntityType, str]]
) -> EntityType | None:
    # Few digits are an echo only where the turn says hardly anything else: «مئتين ريال» is a price.
    alone = len(tokens) - (run.last - run.first + 1) <= 2
    least = _MIN_ECHO_DIGITS if alone else _SURE_ECHO_DIGITS
    for chunks in readings(run):
        digits = "".join(chunk.digits for chunk in chunks)
        if len(digits) >= least:
            for kind, number in near:
                if digits in number:
                    return kind
    return None


def _redacted_words(
    utterance: Utterance, entities: Sequence[Entity]
) -> tuple[tuple[Word, ...], list[tuple[EntityType, int, int]]]:
    """The words with placeholders, and type, start and end in ms of each entity."""
    places = _word_places(utterance)
    if places is None:
        whole = [(entity.type, utterance.start_ms, utterance.end_ms) for entity in entities[:1]]
        probability = utterance.asr_confidence
        if probability is None:
            return (), whole
        label = PLACEHOLDERS[entities[0].type]
        return (Word(utterance.start_ms, utterance.end_ms, label, probability),), whole
    times = [
        (entity.type, min(w.start_ms for w in hit), max(w.end_ms for w in hit))
        for entity in entities
        if (hit := [word for word, start, end in places if _meets(entity, start, end)])
    ]
    return tuple(_merged_words(utterance.text, places, entities)), times


def _merged_words(
    text: str, places: Sequence[tuple[Word, int, int]], entities: Sequence[Entity]
) -> Iterator[Word]:
    index = 0
    while index < len(places):
        word, start, end = places[index]
        group = [word]
        index += 1
        while index < len(places) and any(
            _meets(e, start, end) and _meets(e, places[index][1], places[index][2])
            for e in entities
        ):
            group.append(places[index][0])
            end = places[index][2]
            index += 1
        inside = [
            Entity(e.type, e.start - start, e.end - start, e.text)
            for e in entities
            if _meets(e, start, end)
        ]
        if not inside:
            yield word
            continue
        yield Word(
            group[0].start_ms,
            max(part.end_ms for part in group),
            with_placeholders(text[start:end], inside),
            sum(part.probability for part in group) / len(group),
        )


def _word_places(utterance: Utterance) -> list[tuple[Word, int, int]] | None:
    """Where each word is in the text; ``None`` without words or where they do not match it."""
    places: list[tuple[Word, int, int]] = []
    place = 0
    for word in utterance.words:
        said = word.text.strip()
        start = utterance.text.find(said, place)
        if start < 0 or utterance.text[place:start].strip():
            return None
        place = start + len(said)
        places.append((word, start, place))
    if utterance.text[place:].strip():
        return None
    return places or None


def _meets(entity: Entity, start: int, end: int) -> bool:
    return entity.start < end and start < entity.end
