"""All personal data of a text, and the text without it."""

from __future__ import annotations

from collections.abc import Iterator

from audit.language.redaction.asked import misheard_numbers
from audit.language.redaction.birth_dates import birth_dates
from audit.language.redaction.cues import find_cues
from audit.language.redaction.emails import has_spoken_at, spoken_emails, written_emails
from audit.language.redaction.entities import (
    PLACEHOLDERS,
    Entity,
    EntityType,
    RedactedText,
    first_of_each_place,
    with_placeholders,
)
from audit.language.redaction.ibans import ibans, lettered_ids
from audit.language.redaction.names import names
from audit.language.redaction.number_runs import number_runs
from audit.language.redaction.numbers import NumberMatch, personal_numbers
from audit.language.redaction.tokens import Token, tokenize


def find_entities(text: str) -> tuple[Entity, ...]:
    """Personal data in ``text``, sorted and disjoint, with offsets (code points) in ``text`` itself.

    Searches again in what the first search leaves, so that redacted text holds nothing to redact.
    """
    found: list[Entity] = []
    while True:
        more = _search(with_placeholders(text, found)) if found else _search(text)
        if not more:
            return tuple(found)
        found = sorted(
            [*found, *(_moved_back(entity, found, text) for entity in more)],
            key=lambda entity: entity.start,
        )


def redact(text: str) -> RedactedText:
    """``text`` with a placeholder such as «[هوية]» for each piece of personal data. Idempotent."""
    entities = find_entities(text)
    return RedactedText(with_placeholders(text, entities), entities)


def numbers_in(text: str) -> tuple[tuple[Entity, str], ...]:
    """The numbers among the personal data of one search, with their digits as understood."""
    tokens = tokenize(text)
    matches = personal_numbers(tokens, number_runs(tokens), find_cues(tokens))
    return tuple((_number_entity(text, tokens, match), match.digits) for match in matches)


def _search(text: str) -> tuple[Entity, ...]:
    tokens = tokenize(text)
    return first_of_each_place(_candidates(text, tokens))


def _candidates(text: str, tokens: tuple[Token, ...]) -> Iterator[Entity]:
    """Candidates, those that win a place first."""
    runs = number_runs(tokens)
    # Cues only matter beside numbers and spoken addresses; most turns have neither.
    cues = find_cues(tokens) if runs or has_spoken_at(tokens) else ()
    for start, end in written_emails(text):
        yield Entity("email", start, end, text[start:end])
    for first, last in spoken_emails(tokens, cues):
        yield _entity("email", text, tokens, first, last)
    if any(cue.kind == "birth_date" for cue in cues):
        for first, last in birth_dates(tokens, cues):
            yield _entity("birth_date", text, tokens, first, last)
    if runs:
        for first, last in ibans(tokens, runs, cues):
            yield _entity("iban", text, tokens, first, last)
        for first, last in lettered_ids(tokens, runs, cues):
            yield _entity("national_id", text, tokens, first, last)
    for match in personal_numbers(tokens, runs, cues):
        yield _number_entity(text, tokens, match)
    for kind, first, last in misheard_numbers(tokens, runs, cues):
        yield _entity(kind, text, tokens, first, last)
    for first, last in names(tokens):
        yield _entity("name", text, tokens, first, last)


def _number_entity(text: str, tokens: tuple[Token, ...], match: NumberMatch) -> Entity:
    first = match.first
    if first and match.type == "phone" and tokens[first - 1].folded in ("+", "("):
        first -= 1
    if first and tokens[first - 1].folded == "+":
        first -= 1
    return _entity(match.type, text, tokens, first, match.last)


def _entity(
    kind: EntityType, text: str, tokens: tuple[Token, ...], first: int, last: int
) -> Entity:
    start, end = tokens[first].start, tokens[last].end
    return Entity(kind, start, end, text[start:end])


def _moved_back(entity: Entity, earlier: list[Entity], text: str) -> Entity:
    """An entity found in the redacted text, with its place in the original text."""
    shift = 0
    for other in earlier:
        if entity.start + shift < other.start:
            break
        shift += (other.end - other.start) - len(PLACEHOLDERS[other.type])
    start, end = entity.start + shift, entity.end + shift
    return Entity(entity.type, start, end, text[start:end])
