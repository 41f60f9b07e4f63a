"""What redaction finds: pieces of personal data with their places in the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

EntityType = Literal["national_id", "phone", "iban", "card", "email", "name", "birth_date"]
ENTITY_TYPES: tuple[EntityType, ...] = (
    "national_id",
    "phone",
    "iban",
    "card",
    "email",
    "name",
    "birth_date",
)

#: What stands in redacted text in place of an entity.
PLACEHOLDERS: dict[EntityType, str] = {
    "national_id": "[هوية]",
    "phone": "[جوال]",
    "iban": "[آيبان]",
    "card": "[بطاقة]",
    "email": "[بريد]",
    "name": "[اسم]",
    "birth_date": "[تاريخ ميلاد]",
}


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of personal data: ``text`` is ``original[start:end]``, offsets in code points."""

    type: EntityType
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class RedactedText:
    """``text`` holds a placeholder for each of ``entities``, whose offsets are in the original."""

    text: str
    entities: tuple[Entity, ...]


def first_of_each_place(candidates: Iterable[Entity]) -> tuple[Entity, ...]:
    """Disjoint entities in order of place; of two that overlap, the one given first stays."""
    kept: list[Entity] = []
    for entity in candidates:
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return tuple(sorted(kept, key=lambda entity: entity.start))


def with_placeholders(text: str, entities: Sequence[Entity]) -> str:
    """``text`` with each of the (sorted, disjoint) entities replaced by its placeholder."""
    parts: list[str] = []
    place = 0
    for entity in entities:
        parts += (text[place : entity.start], PLACEHOLDERS[entity.type])
        place = entity.end
    return "".join([*parts, text[place:]])
