"""Turns and calls as JSON objects: what `tasleek score` reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit.language.classifier import TurnClassifier
from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.language.verdict import judge_call
from audit.types import Role, TurnInput, TurnScore

_SPEAKERS: dict[str, Role] = {"agent": "agent", "caller": "caller", "customer": "caller"}


@dataclass(frozen=True, slots=True)
class TurnLine:
    id: Any
    turn: TurnInput


@dataclass(frozen=True, slots=True)
class CallLine:
    id: Any
    turns: tuple[ConversationTurn, ...]


def parse_turn(value: Any) -> TurnLine:
    """``{"id", "context", "text"}``; ``context`` may be missing. Raises ``ValueError``."""
    fields = _object(value, "id")
    text = _string(fields, "text")
    context = fields.get("context") or ""
    if not isinstance(context, str):
        raise ValueError('"context" must be text')
    return TurnLine(fields["id"], TurnInput(context, text))


def turn_result(line: TurnLine, score: TurnScore) -> dict[str, Any]:
    return {
        "id": line.id,
        "brush_off": round(score.brush_off, 4),
        "labels": {s.label: round(s.score, 4) for s in score.labels},
        "flagged": list(score.flagged),
        "unsure": score.unsure,
    }


def parse_call(value: Any) -> CallLine:
    """``{"id", "turns": [{"speaker", "text"}]}``, speakers ``agent`` and ``caller``; ``ValueError``."""
    fields = _object(value, "id")
    turns = fields.get("turns")
    if not isinstance(turns, list) or not turns:
        raise ValueError('"turns" must be a list of {"speaker", "text"}')
    return CallLine(fields["id"], tuple(_turn(turn, place) for place, turn in enumerate(turns)))


def call_result(call: CallLine, classifier: TurnClassifier) -> dict[str, Any]:
    inputs = agent_turn_inputs(call.turns)
    found = classifier.score(list(inputs.values()), evidence=False)
    scores = dict(zip(inputs, found, strict=True))
    verdict = judge_call(call.turns, scores, classifier.call_model)
    return {
        "id": call.id,
        "brush_off": verdict.brush_off,
        "brush_off_score": verdict.brush_off_score,
        "resolution": verdict.resolution,
        "unsure": verdict.unsure,
        "evidence": list(verdict.evidence),
    }


def _turn(value: Any, place: int) -> ConversationTurn:
    fields = _object(value, "speaker")
    role = _SPEAKERS.get(str(fields["speaker"]).lower())
    if role is None:
        raise ValueError(
            f'turn {place}: "speaker" must be agent or caller, not {fields["speaker"]!r}'
        )
    return ConversationTurn(role, _string(fields, "text"))


def _object(value: Any, required: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    if required not in value:
        raise ValueError(f'"{required}" is missing')
    return value


def _string(fields: dict[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str):
        raise ValueError(f'"{name}" must be text')
    return text
