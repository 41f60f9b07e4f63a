"""Reviewed calls as a model learns from them: their text, and what people found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.store.queries import statement
from audit.types import LABELS, Role

if TYPE_CHECKING:
    from audit.store.reviews import Connection


@dataclass(frozen=True, slots=True)
class LearningCall:
    """A judged call. ``turns`` are ``(turn_index, role, text)``, ``flags`` the machine's labels.

    ``labels`` are by ``(turn_index, label)``: those that people decided. ``brush_off`` is ``None`` where
    they did not decide on the call.
    """

    call_id: str
    brush_off: bool | None
    turns: tuple[tuple[int, Role, str], ...]
    flags: frozenset[tuple[int, str]]
    labels: tuple[tuple[tuple[int, str], bool], ...]


def learning_calls(connection: Connection) -> tuple[LearningCall, ...]:
    """All judged calls in order of call_id. What was judged of a turn that changed since is left out."""
    labels: dict[str, list[tuple[tuple[int, str], bool]]] = {}
    rows = connection.execute(statement("learning_labels"), {"labels": list(LABELS)}).fetchall()
    for call_id, turn_index, label, applies in rows:
        labels.setdefault(call_id, []).append(((turn_index, label), applies))
    return tuple(
        LearningCall(
            call_id,
            brush_off,
            tuple((turn["turn_index"], turn["role"], turn["text"]) for turn in turns or ()),
            frozenset((flag["turn_index"], flag["label"]) for flag in flags or ()),
            tuple(labels.get(call_id, ())),
        )
        for call_id, brush_off, turns, flags in connection.execute(
            statement("learning_calls")
        ).fetchall()
    )
