"""What the words of a call's ending say of its outcome, beside the scores of single turns."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.conversation import ConversationTurn
from audit.language.grams import Field, GramModel
from audit.language.normalization import normalize
from audit.types import RESOLUTIONS

CALL_GRAMS = "call-grams.safetensors"
#: Outputs of the model, in order: each resolution against the others, then brush-off.
CALL_OUTPUTS = (*RESOLUTIONS, "brush_off")
#: Turns at the end that are read: of the agent, of the caller.
_AGENT_END, _CALLER_END = 3, 2
_LIMIT = 5.0


def call_fields(turns: Sequence[ConversationTurn]) -> tuple[Field, ...]:
    """What is counted of a call, in the order of the model's training."""
    agent = [normalize(turn.text) for turn in turns if turn.role == "agent"]
    caller = [normalize(turn.text) for turn in turns if turn.role == "caller"]
    end = " ".join(agent[-_AGENT_END:])
    return (
        Field(end, "chars"),
        Field(end, "words"),
        Field(" ".join(caller[-_CALLER_END:]), "chars"),
        Field(" ".join(agent), "words"),
    )


def ending_features(model: GramModel, turns: Sequence[ConversationTurn]) -> dict[str, float]:
    """The model's log-odds of each resolution and of a brush-off, by feature name."""
    return named_endings([float(x) for x in model.logits([call_fields(turns)])[0]])


def named_endings(logits: Sequence[float]) -> dict[str, float]:
    """``logits`` ``(5,)`` of one call by feature name, cut to where more says no more."""
    return {
        f"words say {name}": min(_LIMIT, max(-_LIMIT, logit))
        for name, logit in zip(CALL_OUTPUTS, logits, strict=True)
    }
