"""The command `tasleek`. One module a command group; nothing heavy is imported before it is needed."""

from __future__ import annotations

import os
import sys

import typer

from audit.cli import (
    agreement,
    appeals,
    audit_calls,
    browse,
    database,
    environment,
    excerpts,
    privacy,
    redaction,
    reports,
    review,
    scoring,
    training,
    transcription,
    voiceprints,
    watching,
)
from audit.cli.database_commands import prepare
from audit.cli.format import printable
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
reports.register(app)
excerpts.register(app)
review.register(app)
agreement.register(app)
appeals.register(app)
environment.register(app)
training.register(app)
database.register(app)
watching.register(app)
privacy.register(app)
voiceprints.register(app)


def main() -> None:
    """Run the command line; errors of ours become one line and an exit code."""
    os.umask(0o077)  # whatever a command writes holds what was said in calls
    try:
        prepare(app)
        app()
    except TasleekError as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED_CALLS)
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Point stdout elsewhere, or its flush fails again.
        sys.stdout = None
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
