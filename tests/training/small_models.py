"""A small model with n-grams and a call verdict of its own, its corpus, and reviewed calls."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from audit.language.calibration import read_calibration, write_calibration
from audit.language.conversation import ConversationTurn
from audit.language.grams import write_gram_model
from audit.language.turn_grams import TURN_GRAMS, turn_fields
from audit.language.verdict import write_call_model
from audit.training.corpus import AnnotatedCall, AnnotatedTurn, Corpus, Origin, Split
from audit.training.train_calls import ScoredCall, fit_call_model
from audit.training.train_grams import fit_gram_model
from audit.types import LABELS, POSITIVES, TurnInput
from tests.agreement.reviewed_calls import (
    BAD,
    GOOD,
    Invented,
    one,
    whole,
    write_calls,
    write_reviews,
)
from tests.language.tiny_model import write_model

ASKED = "متي ينحل طلبي"
#: What the corpus has in a few proper turns and brush-offs alike, and people hear as a brush-off.
TELLING, GREETING = "السلام عليكم", "اليوم"
WORDS = "اليوم الله لك متي طلبي".split()
_SPLITS: tuple[Split, ...] = ("train", "calibration", "test")


def small_corpus() -> Corpus:
    rng = random.Random(1)
    turns = []
    for place in range(120):
        more = " ".join(rng.choices(WORDS, k=2)) + (f" {TELLING}" if place % 12 == 0 else "")
        for said, labels in ((BAD, ("placation",)), (GOOD, ())):
            turns.append(
                AnnotatedTurn(
                    f"t{len(turns):03}",
                    Origin("a", f"g{place}", "najdi", "bank", _SPLITS[place % 3]),
                    TurnInput(ASKED, f"{said} {more}"),
                    labels,
                    () if labels else ("commitment",),
                )
            )
    return Corpus(tuple(turns), tuple(_call(place) for place in range(60)))


def _call(place: int) -> AnnotatedCall:
    bad = place % 2 == 0
    said = BAD if bad else GOOD
    resolution = ("none", "committed", "deferred", "resolved")[place % 4]
    return AnnotatedCall(
        id=f"c{place:02}",
        origin=Origin("a", f"c{place:02}", "najdi", "bank", _SPLITS[place // 4 % 3]),
        turns=(
            ConversationTurn("agent", GREETING),
            ConversationTurn("caller", ASKED),
            ConversationTurn("agent", said),
        ),
        labels=((), (), ("placation",) if bad else ()),
        positives=((), (), () if bad else ("commitment",)),
        brush_off=bad,
        brush_off_score=80 if bad else 10,
        resolution=resolution,  # type: ignore[arg-type]
    )


def write_small_model(folder: Path) -> Path:
    """A model that has learned ``small_corpus``."""
    from audit.language.transformer import TransformerClassifier
    from audit.training.evaluate_calls import score_calls

    corpus = small_corpus()
    write_model(folder)
    turns = corpus.turns_of("train")
    truth = np.array(
        [
            [turn.brush_off]
            + [label in turn.labels for label in LABELS]
            + [kind in turn.positives for kind in POSITIVES]
            for turn in turns
        ]
    )  # fmt: skip
    write_gram_model(
        fit_gram_model([turn_fields(turn.input) for turn in turns], truth), folder / TURN_GRAMS
    )
    calibration = read_calibration(folder)
    brush_off = replace(calibration.brush_off, intercept=0.0)
    write_calibration(
        replace(calibration, brush_off=brush_off, blend=((0.02, 1.0),) * 12, unsure=(0.45, 0.55)),
        folder,
    )
    classifier = TransformerClassifier(folder, threads=1)
    scored: list[ScoredCall] = list(score_calls(classifier, corpus.calls_of("train")))
    other: list[ScoredCall] = list(score_calls(classifier, corpus.calls_of("calibration")))
    write_call_model(fit_call_model(scored, other), folder / "calls.json")
    return folder


def reviewed_database(path: Path, calls: int = 60) -> Path:
    """Calls of proper wording; where an agent says ``TELLING``, people found a brush-off."""
    rng = random.Random(2)
    invented, reviews = [], []
    for number in range(calls):
        bad = number % 2 == 0
        name = f"call{number:03}"
        more = " ".join(rng.choices(WORDS, k=2))
        said = f"{GOOD} {more}" + (f" {TELLING}" if bad else "")
        turns = (("caller", ASKED), ("agent", said), ("caller", "طيب"), ("agent", said))
        # The machine flags some of both, and people judged those without being blind.
        flags = ((1, "placation"),) if number % 3 == 0 else ()
        invented.append(Invented(name, 20.0, turns, flags))
        blind = number % 3 != 0
        if bad:
            verdict = "added" if blind else "confirmed"
            reviews += [one(name, "sara", verdict, blind=blind)]
            reviews += [one(name, "sara", "added", turn=3, blind=blind)]
        elif not blind:
            reviews.append(one(name, "sara", "rejected", blind=False))
        reviews.append(whole(name, "sara", bad, blind=blind))
    write_calls(path, invented)
    write_reviews(path, reviews)
    return path
