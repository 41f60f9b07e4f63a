"""A conversation as text: what the classifier reads of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.types import Role, TurnInput


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """What one party says until the other takes over."""

    role: Role
    text: str


def agent_turn_inputs(turns: Sequence[ConversationTurn]) -> dict[int, TurnInput]:
    """The agent turns to be scored, by their index, each with the caller turn it answers.

    When the agent goes on after a pause, the caller turn before the pause stays the context. A turn
    without words is not scored.
    """
    inputs: dict[int, TurnInput] = {}
    context = ""
    for index, turn in enumerate(turns):
        if turn.role == "caller" and turn.text.strip():
            follows_caller = index > 0 and turns[index - 1].role == "caller"
            context = f"{context} {turn.text}" if follows_caller and context else turn.text
        elif turn.role == "agent" and turn.text.strip():
            inputs[index] = TurnInput(context=context, text=turn.text)
    return inputs
