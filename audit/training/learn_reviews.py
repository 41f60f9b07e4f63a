"""From reviews to a new version of a model: learn, write, compare. Nothing is switched."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.chosen_model import models_dir, write_sums
from audit.errors import UsageError
from audit.language.calibration import write_calibration
from audit.language.classifier import SHIPPED, model_folder
from audit.language.conversation import agent_turn_inputs
from audit.language.encoder import CONFIG, WEIGHTS, read_config
from audit.language.grams import write_gram_model
from audit.language.transformer import CALLS, TOKENIZER, TransformerClassifier
from audit.language.turn_grams import TURN_GRAMS
from audit.language.verdict import CALLS_MODEL, CallModel, read_call_model, write_call_model
from audit.resources import resource_path
from audit.store.database import open_database
from audit.store.learning import learning_calls
from audit.training.compare_models import Comparison, check_corpus, compare_models
from audit.training.corpus import AnnotatedCall, Corpus
from audit.training.learn_calls import learn_calls
from audit.training.learn_turns import LearnedTurns, corrected_weights, learn_turns
from audit.training.model_parts import ModelParts, calibrated_alone
from audit.training.review_card import review_card
from audit.training.reviewed import split_reviews
from audit.training.train_calls import ScoredCall

#: In a learned model's ``config.json``: the model that it corrects, and whether it is recommended.
BASE, RECOMMENDED = "base", "recommended"


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The model that reviews correct: the name by which it is found, and its folder."""

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A model that was written, and how it compares with the one it corrects."""

    folder: Path
    name: str
    comparison: Comparison


def base_model(name: str) -> BaseModel:
    """The model to correct: ``name``, or the one that ``name`` was itself made from by reviews, so that
    corrections are never piled on corrections. Raises ``UsageError``."""
    folder = model_folder(name)
    if folder is None:
        raise UsageError(
            f"{name}: only a trained model can learn from reviews; name one with --model, such as "
            f"{SHIPPED[-1]}"
        )
    base = read_config(folder).get(BASE)
    if base is None:
        return BaseModel(name, folder)
    if model_folder(str(base)) is None:
        raise UsageError(
            f"{folder.name} was made from {base}, which is not here any more; name the model to start "
            f"from with --model, such as {SHIPPED[-1]}"
        )
    return base_model(str(base))


def learn_from_reviews(
    database: Path,
    base: BaseModel,
    corpus: Corpus,
    out: Path | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> LearnedModel:
    """Write ``base``, corrected by the reviews of ``database``, to ``out`` and compare the two.

    Without ``out`` it becomes the next version among the models trained here (``brushoff-1+r1`` …).
    Raises ``UsageError`` (too few reviews, ``out`` exists), ``ModelError``, ``StoreError``.
    """
    check_corpus(corpus)
    with open_database(database) as connection:
        reviews = split_reviews(learning_calls(connection))
    parts = ModelParts(base.folder)
    folder = out or models_dir() / next_version(parts.name, models_dir())
    if folder.exists():
        raise UsageError(
            f"{folder} exists; give --out another folder, or leave it for the next one"
        )
    steps: list[str] = []

    def tell(line: str) -> None:
        steps.append(line)
        report(line)

    report(f"learning from {len(reviews.learned)} calls; {len(reviews.held_out)} others measure")
    turns = learn_turns(parts, reviews.learned, corpus.turns_of("calibration"), tell)
    file = base.folder / CALLS
    calls = learn_calls(
        read_call_model(file if file.is_file() else resource_path(CALLS_MODEL)),
        reviews.learned,
        turns,
        _scored(parts, turns, corpus.calls_of("calibration")),
        tell,
    )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".learning-", dir=folder.parent))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written ({error.strerror}); check --out") from error
    try:
        _write(parts, turns, calls, made, {"name": folder.name, BASE: base.name})
        report("comparing both models")
        comparison = compare_models(
            TransformerClassifier(base.folder, threads=1),
            TransformerClassifier(made, threads=1),
            corpus,
            reviews.held_out,
        )
        _describe(made, {RECOMMENDED: comparison.recommended})
        card = review_card(folder.name, base.name, reviews, comparison, steps)
        (made / "README.md").write_text(card, encoding="utf-8")
        write_sums(made)
        made.chmod(0o755)
        os.rename(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return LearnedModel(folder, folder.name, comparison)


def _scored(
    parts: ModelParts, learned: LearnedTurns, calls: Sequence[AnnotatedCall]
) -> list[ScoredCall]:
    """The calls with turn scores of the corrected model; those without an agent turn are left out."""
    inputs = [agent_turn_inputs(call.turns) for call in calls]
    seen = parts.see([turn for own in inputs for turn in own.values()])
    decide = calibrated_alone(parts.calibration)
    rows = iter(learned.log_odds(parts, seen).tolist())
    scored = [
        ScoredCall(call, {place: decide.score(next(rows)) for place in own})
        for call, own in zip(calls, inputs, strict=True)
    ]
    return [item for item in scored if item.scores]


def next_version(base: str, folder: Path) -> str:
    """``base+rN`` with the first number above all that are there."""
    taken = [
        int(match[1])
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (match := re.fullmatch(re.escape(base) + r"\+r(\d+)", path.name))
    ]
    return f"{base}+r{max(taken, default=0) + 1}"


def _write(
    parts: ModelParts,
    turns: LearnedTurns,
    calls: CallModel,
    out: Path,
    description: dict[str, object],
) -> None:
    """All of the model but its card. What is not corrected is copied as it is."""
    from safetensors.numpy import save_file

    tensors, grams, calibration = corrected_weights(parts, turns)
    save_file(tensors, out / WEIGHTS)
    (out / WEIGHTS).chmod(0o644)  # safetensors leaves it to the owner alone
    if grams is not None:
        write_gram_model(grams, out / TURN_GRAMS)
    write_calibration(calibration, out)
    write_call_model(calls, out / CALLS)
    for name in (TOKENIZER, CONFIG):
        shutil.copyfile(parts.folder / name, out / name)
    _describe(out, description)


def _describe(folder: Path, more: dict[str, object]) -> None:
    value = read_config(folder) | more
    text = json.dumps(value, ensure_ascii=False, indent=1)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
