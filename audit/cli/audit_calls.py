"""`tasleek audit`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import (
    AgentChannelOption,
    BatchSizeOption,
    ComputeTypeOption,
    ConfigOption,
    DatabaseOption,
    DeviceOption,
    DiarizerOption,
    JsonOption,
    OfflineOption,
    RecognizerOption,
)

if TYPE_CHECKING:
    from audit.batch.rescore import RescoreSummary
    from audit.batch.run import RunSummary
    from audit.config import Config


def register(app: typer.Typer) -> None:
    app.command("audit")(audit)


def audit(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Recordings: files, folders, patterns, vCon files."),
    ] = None,
    db: DatabaseOption = Path("tasleek.duckdb"),
    manifest: Annotated[
        Path | None,
        typer.Option(help="CSV or JSONL with a column `path` and metadata of the calls."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes (default: what cores and memory allow).")
    ] = 0,
    executor: Annotated[
        str, typer.Option(help="Where: local (this machine), or ray (a Ray cluster).")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="Address of the Ray cluster (default: RAY_ADDRESS, else this machine)."),
    ] = None,
    run_folder: Annotated[
        Path | None,
        typer.Option(
            help="With ray: workers write Parquet files here, on storage that all nodes share; "
            "`tasleek db ingest` brings them into the database."
        ),
    ] = None,
    recognizer: RecognizerOption = None,
    diarizer: DiarizerOption = None,
    agent_channel: AgentChannelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    batch_size: BatchSizeOption = None,
    keep_pii: Annotated[
        bool,
        typer.Option("--keep-pii", help="Store personal data (numbers, names) as it was said."),
    ] = False,
    voiceprints: Annotated[
        Path | None,
        typer.Option(
            "--voiceprints",
            help="File of enrolled agents' voices to check the agents against (a biometric: read "
            "docs/voiceprints.md first).",
        ),
    ] = None,
    encrypt: Annotated[
        bool,
        typer.Option("--encrypt", help="Make the database an encrypted one; see --key-file."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Audit recordings anew that are already in the database."),
    ] = False,
    rescore: Annotated[
        bool,
        typer.Option("--rescore", help="Score the stored transcripts again; no audio is read."),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 also when a call was unscorable.")
    ] = False,
    offline: OfflineOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Audit recordings into a DuckDB file; run it again to do what is left."""
    from audit.batch.run import AuditRequest, run_audit
    from audit.cli.progress import observer_for
    from audit.config import load_config
    from audit.errors import UsageError
    from audit.pipeline import load_pipeline
    from audit.speech.graphics import check_graphics

    if executor not in ("local", "ray"):
        raise UsageError(f"executor {executor!r} is unknown; give local or ray")
    if executor != "ray" and (address or run_folder):
        raise UsageError("--address and --run-folder are for --executor ray")
    settings = load_config(
        config,
        {
            "speech.recognizer": recognizer,
            "speech.diarizer": diarizer,
            "speech.agent_channel": agent_channel,
            "speech.device": device,
            "speech.compute_type": compute_type,
            "speech.batch_size": batch_size,
            "offline": offline or None,
            "privacy.keep_pii": keep_pii or None,
            "privacy.encrypt": encrypt or None,
            "privacy.voiceprints": str(voiceprints) if voiceprints else None,
        },
    )
    if rescore:
        _rescore(db, settings, as_json)
        return
    if executor == "local":  # a cluster's GPUs are in its nodes
        check_graphics(settings.speech)
    request = AuditRequest(tuple(paths or ()), db, manifest, workers, again)
    with observer_for(as_json) as observer:
        if executor == "ray":
            from audit.batch.cluster import ClusterRequest, run_on_cluster

            on_cluster = ClusterRequest(request, address, run_folder)
            summary = run_on_cluster(on_cluster, settings, observer, load_pipeline)
        else:
            summary = run_audit(request, settings, observer, load_pipeline)
    _report(summary, db, as_json, run_folder)
    raise typer.Exit(_exit_code(summary, strict))


def _rescore(db: Path, settings: Config, as_json: bool) -> None:
    from audit.batch.rescore import rescore
    from audit.language.classifier import load_classifier

    summary = rescore(db, settings, load_classifier(settings.scoring.classifier))
    if as_json:
        print(json.dumps({"event": "summary", **_plain(summary)}))
    else:
        print(
            f"{summary.calls} calls scored again ({summary.turns} agent turns, "
            f"{summary.wall_ms / 1000:.1f} s), {summary.changed} verdicts changed · {db}"
        )


def _exit_code(summary: RunSummary, strict: bool) -> int:
    if summary.interrupted:
        return 130
    return 1 if summary.failed or (strict and summary.unscorable) else 0


def _report(summary: RunSummary, db: Path, as_json: bool, run_folder: Path | None) -> None:
    from audit.cli.format import duration

    if as_json:
        print(json.dumps({"event": "summary", **_plain(summary)}))
        return
    speed = summary.audio_ms / summary.wall_ms if summary.wall_ms else 0.0
    out = sys.stderr if summary.interrupted else sys.stdout
    print(
        f"{summary.audited} audited, {summary.unscorable} unscorable, {summary.failed} failed, "
        f"{summary.skipped} done before · {duration(summary.audio_ms)} of audio in "
        f"{duration(summary.wall_ms)} ({speed:.1f}x real time) · {run_folder or db}",
        file=out,
    )
    if run_folder:
        print(f"To bring it into the database: tasleek db ingest {run_folder} --db {db}", file=out)
    if summary.failed:
        print(f"What failed, and why: tasleek calls --failures --db {db}", file=out)
    if summary.interrupted:
        place = f"in {run_folder}" if run_folder else "stored"
        print(f"Interrupted: what is done is {place}. The same command does the rest.", file=out)


def _plain(summary: RunSummary | RescoreSummary) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(summary)
