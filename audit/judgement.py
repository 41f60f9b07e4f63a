"""From the turns of a call to its scores, flags and verdict: all that words alone decide."""

from __future__ import annotations

from collections.abc import Sequence

from audit.language.classifier import TurnClassifier
from audit.language.commitments import find_promise
from audit.language.conversation import ConversationTurn, agent_turn_inputs
from audit.language.verdict import judge_call
from audit.types import Commitment, Flag, Judgement, TurnScore, Utterance


def judge_calls(
    calls: Sequence[Sequence[Utterance]], classifier: TurnClassifier
) -> tuple[Judgement, ...]:
    """A judgement for each call; the agent turns of all of them are scored in one go."""
    conversations = [[ConversationTurn(turn.role, turn.text) for turn in call] for call in calls]
    inputs = [agent_turn_inputs(conversation) for conversation in conversations]
    scored = iter(classifier.score([turn for call in inputs for turn in call.values()]))
    judgements = []
    for call, conversation, wanted in zip(calls, conversations, inputs, strict=True):
        scores = {index: next(scored) for index in wanted}
        judgements.append(
            Judgement(
                tuple((call[index].turn_index, score) for index, score in scores.items()),
                _flags(call, scores, classifier),
                judge_call(conversation, scores, classifier.call_model),
                _commitments(call, scores),
            )
        )
    return tuple(judgements)


def _flags(
    call: Sequence[Utterance], scores: dict[int, TurnScore], classifier: TurnClassifier
) -> tuple[Flag, ...]:
    return tuple(
        Flag(
            turn_index=call[index].turn_index,
            label=label.label,
            score=label.score,
            threshold=classifier.threshold(label.label),
            start_ms=call[index].start_ms,
            end_ms=call[index].end_ms,
            evidence=score.evidence,
        )
        for index, score in scores.items()
        for label in score.labels
        if label.label in score.flagged
    )


def _commitments(call: Sequence[Utterance], scores: dict[int, TurnScore]) -> tuple[Commitment, ...]:
    found = [
        (call[index], find_promise(call[index].text, _commitment_probability(score)))
        for index, score in scores.items()
    ]
    return tuple(
        Commitment(
            turn_index=turn.turn_index,
            action=promise.action,
            owner=promise.owner,
            deadline=promise.deadline,
            reference=promise.reference,
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
        )
        for turn, promise in found
        if promise
    )


def _commitment_probability(score: TurnScore) -> float | None:
    """The classifier's probability of a commitment; ``None`` where it does not know that label."""
    return next((s.score for s in score.positive_scores if s.label == "commitment"), None)
