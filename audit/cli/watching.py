"""`tasleek watch`."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.cli.options import ConfigOption, DatabaseOption, OfflineOption, RecognizerOption


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    folders: Annotated[list[Path], typer.Argument(help="Folders that recordings arrive in.")],
    db: DatabaseOption = Path("tasleek.duckdb"),
    manifest: Annotated[
        Path | None, typer.Option(help="CSV or JSONL with metadata; read again for what arrives.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Worker processes (default: what cores and memory allow).")
    ] = 0,
    poll: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two looks at the folders.")
    ] = 10.0,
    settle: Annotated[
        float,
        typer.Option(min=0.0, help="Seconds that a file must stay the same to count as complete."),
    ] = 30.0,
    health: Annotated[
        Path | None, typer.Option(help="Health file, JSON (default: beside the database).")
    ] = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log one JSON object a line.")
    ] = False,
    recognizer: RecognizerOption = None,
    offline: OfflineOption = False,
    config: ConfigOption = None,
) -> None:
    """Audit recordings as they arrive in folders, until stopped. Other settings: tasleek.toml."""
    from audit.batch.watch import WatchRequest
    from audit.batch.watch import watch as run_watch
    from audit.config import load_config
    from audit.pipeline import load_pipeline

    settings = load_config(config, {"speech.recognizer": recognizer, "offline": offline or None})
    _log_to_stderr(JsonFormatter() if log_json else TextFormatter())
    request = WatchRequest(
        tuple(folders), db, health or db.with_name(f"{db.name}.health.json"), manifest, workers,
        poll, settle,
    )  # fmt: skip
    run_watch(request, settings, load_pipeline)


def _log_to_stderr(formatter: logging.Formatter) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logger = logging.getLogger("audit")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "event", …}``: the fields of an event beside its name."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_fields(record),
        }
        return json.dumps(told, ensure_ascii=True, default=str)


class TextFormatter(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        from audit.cli.format import printable

        fields = "  ".join(f"{name}={value}" for name, value in _fields(record).items())
        return printable(f"{_time(record)}  {record.getMessage()}  {fields}".rstrip())


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, "fields", {})
    return fields
