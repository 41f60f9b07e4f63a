"""The verdict on a whole call, by rule, from the scores of its turns and the promises made.

A rule, not a trained model: what it weighs is written here, and what it concludes can be followed by
hand. The scale is that of ``docs/taxonomy.md``: 0 exemplary to 100, a brush-off from 50 on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.language.commitments import find_promise
from audit.language.conversation import ConversationTurn
from audit.language.normalization import normalize
from audit.types import CallVerdict, Resolution, TurnScore

BRUSH_OFF_FROM = 50.0
#: Verdicts within this many points of the border are marked unsure.
UNSURE_POINTS = 8.0
#: How much the worst turns, and how the call ends, weigh.
WORST_WEIGHT, END_WEIGHT = 0.6, 0.4
#: A promise or an outcome near the end repairs what came before (taxonomy rule 12).
REPAIR_DISCOUNT = 0.45
#: The share of a call's agent turns that counts as its end.
END_SHARE = 1 / 3

_OUTCOME = (
    "تم تحديث",
    "تم تفعيل",
    "تم تعديل",
    "انحلت",
    "ضبطت",
    "اشتغل",
    "رجع",
    "تم استرجاع",
    "جاهز",
    "خلصت لك",
)
_SATISFIED = (
    "وصلني",
    "وصلتني",
    "اشتغل",
    "تمام ضبط",
    "انحلت",
    "ما قصرت",
    "الله يعطيك العافيه",
    "شكرا جزيلا",
)


@dataclass(frozen=True, slots=True)
class _Ending:
    outcome: bool
    promise: bool


def judge_call(turns: Sequence[ConversationTurn], scores: Mapping[int, TurnScore]) -> CallVerdict:
    """The verdict on a conversation whose agent turns were scored (``scores`` by turn index)."""
    agent = sorted(scores)
    if not agent:
        return CallVerdict(False, 0.0, "none", unsure=True, evidence=("no agent turn to judge",))
    last = agent[-max(1, round(len(agent) * END_SHARE)) :]
    ending = _ending(turns, last)
    worst = sorted((scores[i].brush_off for i in agent), reverse=True)[:2]
    raw = WORST_WEIGHT * sum(worst) / len(worst) + END_WEIGHT * max(
        scores[i].brush_off for i in last
    )
    kept = 1.0 - REPAIR_DISCOUNT if ending.outcome or ending.promise else 1.0
    score = round(100.0 * raw * kept, 1)
    return CallVerdict(
        brush_off=score >= BRUSH_OFF_FROM,
        brush_off_score=score,
        resolution=_resolution(ending, any(scores[i].flagged for i in agent)),
        unsure=abs(score - BRUSH_OFF_FROM) < UNSURE_POINTS,
        evidence=_evidence(scores, agent, ending),
    )


def _ending(turns: Sequence[ConversationTurn], last: Sequence[int]) -> _Ending:
    agent_text = [turns[i].text for i in last]
    caller_text = " ".join(normalize(t.text) for t in turns[last[0] :] if t.role == "caller")
    said = " ".join(normalize(text) for text in agent_text)
    outcome = any(cue in said for cue in _OUTCOME) or any(cue in caller_text for cue in _SATISFIED)
    return _Ending(outcome, any(find_promise(text) for text in agent_text))


def _resolution(ending: _Ending, flagged: bool) -> Resolution:
    if ending.outcome:
        return "resolved"
    if ending.promise:
        return "committed"
    return "none" if flagged else "deferred"


def _evidence(
    scores: Mapping[int, TurnScore], agent: Sequence[int], ending: _Ending
) -> tuple[str, ...]:
    flagged = [i for i in agent if scores[i].flagged]
    worst = sorted(flagged, key=lambda i: scores[i].brush_off, reverse=True)[:3]
    lines = [f"turn {i}: {', '.join(scores[i].flagged)} ({scores[i].brush_off:.2f})" for i in worst]
    if not (ending.outcome or ending.promise):
        lines.append(
            "the call ends with no outcome and no promise that has a time, owner or number"
        )
    return tuple(lines)
