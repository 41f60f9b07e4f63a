"""What every command with `--db` gets: `--key-file`, its line in the log of accesses, and moments in the
configured time zone.

All are added here, to the finished tree of commands, so that no command can be without them.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.models import CommandInfo, TyperInfo

#: Options that say which calls a command is about; their values may stand in the log. Statements,
#: numbers of callers and names of files may not.
_SCOPE_OPTIONS = (
    "action", "status", "agent", "vendor", "service_channel", "queue", "dialect", "label", "brush_off",
    "failures", "since", "until", "before", "by", "limit", "min_score", "format", "lang", "rescore",
    "again", "dry_run", "anonymize", "reviewer",
)  # fmt: skip
#: Parameters that name calls one by one.
_CALL_PARAMETERS = ("call_id", "call_ids", "call", "calls")

KeyFileOption = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        help="File with the key of an encrypted database (default: TASLEEK_KEY, or a prompt).",
    ),
]


def prepare(app: typer.Typer) -> None:
    """Prepare every command of ``app`` that opens a database; doing it again changes nothing."""
    for name, command in database_commands(app):
        if command.callback and not hasattr(command.callback, "prepared_for"):
            command.callback = _prepared(name, command.callback)


def database_commands(app: typer.Typer) -> Iterator[tuple[str, CommandInfo | TyperInfo]]:
    """The commands, and groups that are commands themselves, with an option `--db`, by their full names
    (``db migrate``)."""
    for command in app.registered_commands:
        if command.callback and _opens_database(command.callback):
            yield command.name or command.callback.__name__, command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            callback = group.typer_instance.registered_callback
            if callback and callback.callback and _opens_database(callback.callback):
                yield str(group.name), callback
            for name, inner in database_commands(group.typer_instance):
                yield f"{group.name} {name}", inner


def _opens_database(callback: Callable[..., Any]) -> bool:
    return "db" in inspect.signature(callback).parameters


def _prepared(name: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(callback)
    def run(key_file: Path | None = None, **values: Any) -> Any:
        from audit.config import load_config
        from audit.store.access import Access, accessing
        from audit.store.connection import use_timezone
        from audit.store.keys import use_key_file

        use_key_file(key_file)
        use_timezone(load_config(values.get("config")).ingest.timezone)
        with accessing(Access(name, _named_calls(values), _scope(values))):
            return callback(**values)

    # Typer reads the options from the signature and the annotations.
    signature = inspect.signature(callback, eval_str=True)
    option = inspect.Parameter(
        "key_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=KeyFileOption
    )
    parameters = [*signature.parameters.values(), option]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.prepared_for = name  # type: ignore[attr-defined]
    return run


def _named_calls(values: dict[str, Any]) -> tuple[str, ...]:
    named: list[str] = []
    for name in _CALL_PARAMETERS:
        value = values.get(name)
        if isinstance(value, str):
            named.append(value)
        elif isinstance(value, (list, tuple)):
            named += [call for call in value if isinstance(call, str)]
    return tuple(named)


def _scope(values: dict[str, Any]) -> str:
    told = [
        f"{name}={getattr(value, 'value', value)}"
        for name in _SCOPE_OPTIONS
        if (value := values.get(name)) not in (None, False, "", [], ())
    ]
    return " ".join(told)
