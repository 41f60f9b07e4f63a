"""The command `tasleek`. One module a command group; nothing heavy is imported before it is needed."""

from __future__ import annotations

import sys

import typer

from audit.cli import (
    audit_calls,
    browse,
    database,
    environment,
    redaction,
    scoring,
    training,
    transcription,
)
from audit.errors import TasleekError, UsageError

EXIT_FAILED_CALLS = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="tasleek",
    help="Audit Arabic call-centre recordings for dismissive handling. "
    "Start with `tasleek doctor`, then `tasleek audit RECORDINGS --db calls.duckdb`.",
    no_args_is_help=True,
    # Rich help costs 150 ms of start-up; plain help answers in a blink.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
audit_calls.register(app)
browse.register(app)
transcription.register(app)
scoring.register(app)
redaction.register(app)
environment.register(app)
training.register(app)
database.register(app)


def main() -> None:
    """Run the command line; errors of ours become one line and an exit code."""
    try:
        app()
    except TasleekError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED_CALLS)
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Point stdout elsewhere, or its flush fails again.
        sys.stdout = None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
