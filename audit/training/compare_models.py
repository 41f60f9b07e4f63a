"""Two models side by side: on the corpus, where nothing may be lost, and on reviews that neither saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from audit.errors import UsageError
from audit.language.classifier import TurnClassifier
from audit.language.verdict import judge_call
from audit.training.corpus import Corpus
from audit.training.evaluate_calls import score_calls
from audit.training.metrics import Figure, Metric, bootstrapped, f1, mean_of, roc_auc
from audit.training.reviewed import ReviewedCall
from audit.training.shift import ALLOWED_LOSS
from audit.types import LABELS, CallVerdict, TurnScore

#: Below so many held-out calls or turns of a kind, a figure is not told.
_FEWEST, _FEWEST_OF_KIND = 10, 3
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A figure of both models; ``change`` has the 95 % interval of their difference.

    ``guarded`` figures may not fall; ``lower_is_better`` ones are losses.
    """

    name: str
    cases: int
    old: float
    new: float
    change: Figure
    guarded: bool = False
    lower_is_better: bool = False

    @property
    def lost(self) -> bool:
        return self.guarded and self.new < self.old - ALLOWED_LOSS


@dataclass(frozen=True, slots=True)
class Comparison:
    """``objections`` are the reasons not to recommend the new model; ``cautions`` are worth knowing."""

    old: str
    new: str
    corpus: tuple[ComparedFigure, ...]
    reviews: tuple[ComparedFigure, ...]
    objections: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def recommended(self) -> bool:
        return not self.objections


def compare_models(
    old: TurnClassifier, new: TurnClassifier, corpus: Corpus, held_out: Sequence[ReviewedCall]
) -> Comparison:
    """Both models on the corpus' test split and on reviewed calls that ``new`` did not learn from.

    ``corpus`` is one that ``check_corpus`` lets pass.
    """
    on_corpus = (*_corpus_turns(old, new, corpus), *_corpus_calls(old, new, corpus))
    on_reviews = (*_review_turns(old, new, held_out), *_review_calls(old, new, held_out))
    objections = [
        f"{figure.name} of the corpus falls from {figure.old:.3f} to {figure.new:.3f}, more than the "
        f"{ALLOWED_LOSS} allowed: what was known before is forgotten"
        for figure in on_corpus
        if figure.lost
    ]
    losses = [figure for figure in on_reviews if figure.lower_is_better]
    cautions = []
    if not losses:
        objections.append("the held-out reviews are too few to compare on")
    for figure in losses:
        if figure.new >= figure.old:
            objections.append(f"{figure.name} of held-out reviews does not fall")
        elif figure.change.high >= 0.0:
            cautions.append(f"that {figure.name} of held-out reviews falls may be chance")
    return Comparison(old.name, new.name, on_corpus, on_reviews, tuple(objections), tuple(cautions))


def check_corpus(corpus: Corpus) -> None:
    """Raises ``UsageError`` for a corpus that cannot tell whether something is forgotten."""
    for split in ("calibration", "test"):
        turns = {turn.brush_off for turn in corpus.turns if turn.origin.split == split}
        calls = {call.brush_off for call in corpus.calls_of(split)}
        if len(turns) < 2 or len(calls) < 2:
            raise UsageError(
                f"the corpus has no brush-offs and proper turns and calls in its split {split!r}, so "
                "nothing can tell whether the new model forgets; give the project's own to --corpus"
            )


def _corpus_turns(old: TurnClassifier, new: TurnClassifier, corpus: Corpus) -> list[ComparedFigure]:
    turns = [turn for turn in corpus.turns if turn.origin.split == "test"]
    groups = [turn.origin.group for turn in turns]
    both = [c.score([turn.input for turn in turns], evidence=False) for c in (old, new)]
    truth = [turn.brush_off for turn in turns]
    labels = [[label in turn.labels for turn in turns] for label in LABELS]

    def macro(scores: Sequence[TurnScore]) -> Metric:
        flagged = [[label in score.flagged for score in scores] for label in LABELS]
        return mean_of([f1(own, found) for own, found in zip(labels, flagged, strict=True)])

    return [
        _compared("turn ROC-AUC", groups, [roc_auc(truth, _brush_off(s)) for s in both], True),
        _compared("turn F1", groups, [f1(truth, [bool(x.flagged) for x in s]) for s in both], True),
        _compared("macro-F1 of labels", groups, [macro(scores) for scores in both], True),
    ]


def _corpus_calls(old: TurnClassifier, new: TurnClassifier, corpus: Corpus) -> list[ComparedFigure]:
    calls = corpus.calls_of("test")
    truth = [call.brush_off for call in calls]
    groups = [call.id for call in calls]
    both = [
        [judge_call(s.call.turns, s.scores, c.call_model) for s in score_calls(c, calls)]
        for c in (old, new)
    ]
    return _verdict_figures(truth, groups, both, guarded=True)


def _review_turns(
    old: TurnClassifier, new: TurnClassifier, held_out: Sequence[ReviewedCall]
) -> list[ComparedFigure]:
    known = [
        (call.call_id, turn)
        for call in held_out
        for turn in call.judged
        if turn.brush_off is not None
    ]
    truth = [bool(turn.brush_off) for _, turn in known]
    if _too_few(truth):
        return []
    groups = [call_id for call_id, _ in known]
    both = [c.score([turn.input for _, turn in known], evidence=False) for c in (old, new)]
    return [
        _compared("turn ROC-AUC", groups, [roc_auc(truth, _brush_off(s)) for s in both]),
        _compared("turn F1", groups, [f1(truth, [bool(x.flagged) for x in s]) for s in both]),
        _compared(
            "turn log-loss",
            groups,
            [_log_loss(truth, _brush_off(scores)) for scores in both],
            lower_is_better=True,
        ),
    ]


def _review_calls(
    old: TurnClassifier, new: TurnClassifier, held_out: Sequence[ReviewedCall]
) -> list[ComparedFigure]:
    calls = [call for call in held_out if call.brush_off is not None and call.scored]
    truth = [bool(call.brush_off) for call in calls]
    if _too_few(truth):
        return []
    both = []
    for classifier in (old, new):
        inputs = [turn.input for call in calls for turn in call.scored]
        scores = iter(classifier.score(inputs, evidence=False))
        both.append(
            [
                judge_call(
                    call.turns,
                    {turn.place: next(scores) for turn in call.scored},
                    classifier.call_model,
                )
                for call in calls
            ]
        )
    return _verdict_figures(truth, [call.call_id for call in calls], both, guarded=False)


def _verdict_figures(
    truth: Sequence[bool],
    groups: Sequence[str],
    both: Sequence[Sequence[CallVerdict]],
    *,
    guarded: bool,
) -> list[ComparedFigure]:
    if len(set(truth)) < 2:
        return []
    points = [[verdict.brush_off_score for verdict in verdicts] for verdicts in both]
    flagged = [[verdict.brush_off for verdict in verdicts] for verdicts in both]
    return [
        _compared("call ROC-AUC", groups, [roc_auc(truth, own) for own in points], guarded),
        _compared("call F1", groups, [f1(truth, own) for own in flagged], guarded),
    ]


def _compared(
    name: str,
    groups: Sequence[str],
    metrics: Sequence[Callable[[Sequence[int]], float]],
    guarded: bool = False,
    *,
    lower_is_better: bool = False,
) -> ComparedFigure:
    before, after = metrics
    rows = range(len(groups))
    change = bootstrapped(lambda drawn: after(drawn) - before(drawn), groups)
    return ComparedFigure(
        name, len(groups), before(rows), after(rows), change, guarded, lower_is_better
    )


def _brush_off(scores: Sequence[TurnScore]) -> list[float]:
    return [score.brush_off for score in scores]


def _log_loss(truth: Sequence[bool], found: Sequence[float]) -> Metric:
    told = [p if real else 1.0 - p for real, p in zip(truth, found, strict=True)]
    sure = [min(1.0, max(_SMALLEST, p)) for p in told]
    return lambda rows: -sum(math.log(sure[row]) for row in rows) / len(rows)


def _too_few(truth: Sequence[bool]) -> bool:
    return len(truth) < _FEWEST or min(sum(truth), len(truth) - sum(truth)) < _FEWEST_OF_KIND
