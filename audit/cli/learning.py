"""`tasleek train --with-reviews` and `tasleek models use`: learning from reviews, and switching."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import ConfigOption, JsonOption
from audit.errors import UsageError

if TYPE_CHECKING:
    from audit.training.compare_models import Comparison


def train(
    context: typer.Context,
    with_reviews: Annotated[
        bool, typer.Option("--with-reviews", help="Correct the model in use by people's reviews.")
    ] = False,
    db: Annotated[
        Path | None, typer.Option("--db", help="DuckDB file with the reviews (--with-reviews).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder to write; its name is the model's (default: the next version, in the user's "
            "data folder).",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", help="Model to correct (default: the one in use, as it was shipped)."
        ),
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(
            "--corpus", help="Corpus on which nothing may be lost (default: the project's)."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train a model from annotated data, or correct one by reviews (--with-reviews).

    With --with-reviews a new version is written and compared with the one it comes from; `tasleek models
    use` switches to it.
    """
    if context.invoked_subcommand is not None:
        if with_reviews or db or out or model or corpus or config or as_json:
            raise UsageError(
                f"options before {context.invoked_subcommand!r} are those of --with-reviews, which goes "
                "alone: tasleek train --with-reviews --db FILE"
            )
        return
    if not with_reviews:
        print(context.get_help())
        raise typer.Exit(0 if db is None else 2)
    if db is None:
        raise UsageError("--with-reviews: say by --db FILE which database has the reviews")
    from audit.cli.training import read_corpus
    from audit.config import load_config
    from audit.training.learn_reviews import base_model, learn_from_reviews

    base = base_model(model or load_config(config).scoring.classifier)
    learned = learn_from_reviews(db, base, read_corpus(corpus), out, _progress)
    comparison = learned.comparison
    if as_json:
        told = {"folder": str(learned.folder), "recommended": comparison.recommended}
        print(json.dumps({**told, **asdict(comparison)}, ensure_ascii=False))
    else:
        _print_comparison(comparison)
    _progress(f"wrote {learned.folder}")
    if comparison.recommended:
        place = learned.name if out is None else str(out)
        _progress(f"next: tasleek models use {place}, then tasleek audit --rescore --db {db}")


def _print_comparison(comparison: Comparison) -> None:
    from audit.cli.browse import print_table

    print_table(
        ("figure", "on", "cases", comparison.old, comparison.new, "change (95 %)"),
        [
            (
                figure.name,
                place,
                str(figure.cases),
                f"{figure.old:.3f}",
                f"{figure.new:.3f}",
                f"{figure.change.value:+.3f} ({figure.change.low:+.3f} to {figure.change.high:+.3f})",
            )
            for place, figures in (("corpus", comparison.corpus), ("reviews", comparison.reviews))
            for figure in figures
        ],
    )
    for caution in comparison.cautions:
        print(f"mind: {caution}")
    if comparison.recommended:
        print(
            "Recommended: nothing is lost on the corpus, and held-out reviews are predicted better."
        )
        return
    print("Not recommended:")
    for objection in comparison.objections:
        print(f"  {objection}")


def use(
    model: Annotated[
        str | None,
        typer.Argument(metavar="[MODEL]", help="A model trained here, by name or folder."),
    ] = None,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Go back to the model that tasleek brings.")
    ] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also a model that its comparison does not recommend.")
    ] = False,
) -> None:
    """Choose the classifier that commands use from now on, on this account."""
    from audit.chosen_model import SUMS, choose_model, choose_shipped
    from audit.config import ScoringConfig
    from audit.language.classifier import model_folder
    from audit.language.encoder import read_config
    from audit.training.learn_reviews import RECOMMENDED

    default = ScoringConfig().classifier
    if shipped == (model is not None):
        raise UsageError("give the name of a model, or --shipped")
    if model is None or model == default:
        choose_shipped()
        print(f"{default} (shipped) is used from now on")
        return
    folder = model_folder(model)
    if folder is None or not (folder / SUMS).is_file():
        known = "`tasleek models list` shows them"
        raise UsageError(f"{model}: no model that `tasleek train --with-reviews` made; {known}")
    description = read_config(folder)
    if not description.get(RECOMMENDED, False) and not anyway:
        raise UsageError(
            f"{model} is not recommended; {folder / 'README.md'} says why. --anyway uses it all the same"
        )
    chosen = choose_model(str(description.get("name", folder.name)), folder)
    print(
        f"{chosen.name} is used from now on; `tasleek audit --rescore` scores stored calls with it"
    )


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
