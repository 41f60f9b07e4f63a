"""`tasleek train` and `tasleek evaluate`: the classifier and the call verdict from the corpus."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli import evaluation, flips, learning
from audit.cli.options import ConfigOption
from audit.errors import UsageError

if TYPE_CHECKING:
    from audit.language.classifier import TurnClassifier
    from audit.training.corpus import Corpus


def register(app: typer.Typer) -> None:
    train = typer.Typer(
        help="Train a model from annotated data, or correct one by reviews (--with-reviews).",
        invoke_without_command=True,
        rich_markup_mode=None,
    )
    train.callback()(learning.train)
    train.command("turns")(train_turns)
    train.command("calls")(train_calls)
    train.command("roles")(train_roles)
    app.add_typer(train, name="train")
    evaluate = typer.Typer(
        help="Measure a model on annotated data.", no_args_is_help=True, rich_markup_mode=None
    )
    evaluate.command("turns")(evaluate_turns)
    evaluate.command("calls")(evaluate_calls)
    evaluation.register(evaluate)
    flips.register(evaluate)
    app.add_typer(evaluate, name="evaluate")


CorpusOption = Annotated[
    Path | None,
    typer.Option(
        "--corpus", help="Folder with turns.jsonl and calls.jsonl (default: the project's)."
    ),
]
BaseOption = Annotated[
    str,
    typer.Option(
        "--base", help="BERT encoder to fine-tune: e5-small-arabic, a folder or a hub id."
    ),
]
ModelFolderOption = Annotated[
    Path, typer.Option("--out", help="Model folder to write; its name is the model's name.")
]
ClassifierOption = Annotated[
    str | None,
    typer.Option("--classifier", help="lexicon, brushoff-3, hf:ID_OR_FOLDER or a model folder."),
]
SplitOption = Annotated[str, typer.Option("--split", help="train, calibration, test or all.")]
JsonFileOption = Annotated[
    Path | None, typer.Option("--json-out", help="Write all figures to this JSON file, too.")
]


def train_turns(
    out: ModelFolderOption,
    corpus: CorpusOption = None,
    base: BaseOption = "e5-small-arabic",
    layers: Annotated[int, typer.Option(min=1, help="Layers of the encoder that are kept.")] = 8,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training turns.")] = 6,
    folds: Annotated[
        int, typer.Option(min=1, help="Networks trained and averaged; 2 or more for train calls.")
    ] = 2,
    seed: Annotated[int, typer.Option(help="Seed of the order, the noise and the head.")] = 7,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
) -> None:
    """Fine-tune the turn classifier and write a model folder."""
    from audit.training.build_turn_model import build_turn_model
    from audit.training.train_turns import TurnTraining

    options = TurnTraining(layers=layers, epochs=epochs, seed=seed, threads=threads)
    build_turn_model(read_corpus(corpus), _base(base), out, options, folds, _progress)
    _progress(f"wrote {out}; next: tasleek train calls --model {out}")


def train_calls(
    model: Annotated[Path, typer.Option("--model", help="Folder that `train turns` wrote.")],
    corpus: CorpusOption = None,
) -> None:
    """Fit the call verdict on the turn model's cross-fitted scores; writes calls.json beside it."""
    from audit.training.train_calls import train_call_model

    train_call_model(read_corpus(corpus), model)
    _progress(f"wrote {model / 'calls.json'}")


def train_roles(
    out: Annotated[Path, typer.Option("--out", help="Table to write (TSV).")],
    corpus: CorpusOption = None,
) -> None:
    """Fit the table of words by which agents are told from callers."""
    from audit.training.train_roles import train_roles as train

    _progress(f"wrote {out}: {train(read_corpus(corpus), out)} words and pieces")


def evaluate_turns(
    corpus: CorpusOption = None,
    classifier: ClassifierOption = None,
    split: SplitOption = "test",
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Train and measure the baselines, too.")
    ] = False,
    leave_one_out: Annotated[
        str | None,
        typer.Option(
            "--leave-one-out",
            help="author, dialect or topic: measure the n-grams on each without learning from it, "
            "instead of the classifier.",
        ),
    ] = None,
    base: BaseOption = "e5-small-arabic",
    json_out: JsonFileOption = None,
    config: ConfigOption = None,
) -> None:
    """Measure a turn classifier; prints Markdown tables."""
    if leave_one_out is not None:
        _leave_one_out(leave_one_out, read_corpus(corpus), json_out)
        return
    from audit.training.baselines import fitted_baselines
    from audit.training.evaluate_turns import NOISE_RATES
    from audit.training.evaluate_turns import evaluate_turns as evaluate
    from audit.training.turn_report import turns_markdown

    data = read_corpus(corpus)
    turns = [turn for turn in data.turns if split in (turn.origin.split, "all")]
    evaluations = [evaluate(_classifier(classifier, config), turns, NOISE_RATES)]
    if baselines:
        evaluations += [
            evaluate(b, turns, NOISE_RATES) for b in fitted_baselines(data, _base(base))
        ]
    print(turns_markdown(evaluations))
    if json_out:
        _write_json(json_out, [evaluation.as_dict() for evaluation in evaluations])


def evaluate_calls(
    corpus: CorpusOption = None,
    classifier: ClassifierOption = None,
    split: SplitOption = "test",
    json_out: JsonFileOption = None,
    config: ConfigOption = None,
) -> None:
    """Measure the call verdict; prints Markdown tables."""
    from audit.training.evaluate_calls import evaluate_calls as evaluate
    from audit.training.evaluate_calls import score_calls
    from audit.training.turn_report import calls_markdown

    calls = [call for call in read_corpus(corpus).calls if split in (call.origin.split, "all")]
    scorer = _classifier(classifier, config)
    evaluation = evaluate(scorer.name, score_calls(scorer, calls), scorer.call_model)
    print(calls_markdown([evaluation]))
    if json_out:
        _write_json(json_out, [evaluation.as_dict()])


def _leave_one_out(kind: str, corpus: Corpus, json_out: Path | None) -> None:
    from dataclasses import asdict

    from audit.training.baselines import leave_one_out
    from audit.training.turn_report import left_out_markdown

    if kind not in ("author", "dialect", "topic"):
        raise UsageError(f"--leave-one-out {kind}: must be author, dialect or topic")
    found = leave_one_out(corpus.turns, lambda turn: str(getattr(turn.origin, kind)))
    print(left_out_markdown(kind, found))
    if json_out:
        _write_json(json_out, [asdict(left_out) for left_out in found])


def read_corpus(folder: Path | None) -> Corpus:
    from audit.resources import resource_path
    from audit.training.corpus import Corpus, read_calls, read_turns

    if folder is None:
        try:
            folder = resource_path("data/brushoff")
        except FileNotFoundError as error:
            raise UsageError(
                "the corpus is not part of an installed tasleek; give --corpus FOLDER of a checkout"
            ) from error
    return Corpus(read_turns(folder / "turns.jsonl"), read_calls(folder / "calls.jsonl"))


def _base(name: str) -> Path | str:
    from audit.weights.cache import require
    from audit.weights.manifest import read_manifest

    known = {model.id for model in read_manifest().models}
    return require(name) if name in known else name


def _classifier(name: str | None, config: Path | None) -> TurnClassifier:
    from audit.config import load_config
    from audit.language.classifier import load_classifier

    return load_classifier(name or load_config(config).scoring.classifier)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
