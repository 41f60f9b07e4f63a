"""Every command that opens a database leaves a line in the log, also those to come."""

from __future__ import annotations

import io

import pytest

from audit.batch.run import describe_run
from audit.cli import app
from audit.cli.database_commands import database_commands
from audit.config import Config
from audit.store.access import read_accesses
from audit.store.database import open_database
from audit.store.keys import KEY_VARIABLE
from audit.store.run_folder import start_run
from audit.store.writer import caller_salt
from tests.privacy.stored_calls import NEW, OLD, began, write_calls

#: How each command is called here. What comes of it does not matter: it opened the database.
COMMANDS = {
    "agreement": (),
    "appeal": (OLD,),
    "audit": ("recordings",),
    "calls": (),
    "db accesses": (),
    "db check": (),
    "db ingest": ("run",),
    "db migrate": (),
    "excerpts": ("--out", "lesson"),
    "import surveys": ("surveys.csv",),
    "purge": ("--before", "2021-01-01", "--dry-run"),
    "query": ("SELECT 1",),
    "report": ("--format", "json", "--out", "report.json"),
    "review": ("--text", "--reviewer", "sara"),
    "show": (OLD,),
    "subject": ("find", "--ticket", "T-1"),
    "train": ("--with-reviews",),
    "voiceprints enroll": ("A1", "--consent", "form 1", "--file", "voices.json"),
    "db encrypt": (),
}
#: Runs until it is ended; tests/watch has it.
UNENDING = {"watch"}
#: These see no database: they store nothing of a call, and nothing that was stored.
WITHOUT = {
    "db new-key", "doctor", "evaluate calls", "evaluate flips", "evaluate recognizer",
    "evaluate speakers", "evaluate turns", "models fetch", "models list", "models use",
    "models verify", "redact", "score calls", "score turns", "train calls", "train roles",
    "train turns", "transcribe", "voiceprints delete", "voiceprints list",
}  # fmt: skip


def all_commands(group, prefix=""):
    for command in group.registered_commands:
        yield prefix + (command.name or command.callback.__name__)
    for inner in group.registered_groups:
        yield from all_commands(inner.typer_instance, f"{prefix}{inner.name} ")


def test_every_command_is_known_here():
    with_database = {name for name, _ in database_commands(app)}
    assert with_database == set(COMMANDS) | UNENDING
    assert set(all_commands(app)) - with_database == WITHOUT


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("logged")
    db = folder / "a.duckdb"
    write_calls(db, {OLD: began(2020, ticket_id="T-1"), NEW: began(2026)})
    with open_database(db) as connection:
        start_run(folder / "run", describe_run(Config()), caller_salt(connection))
    return folder


def test_every_command_leaves_a_line(tasleek, template, monkeypatch):
    monkeypatch.chdir(template)
    monkeypatch.setenv(KEY_VARIABLE, "0123456789abcdef0123456789abcdef")
    db = template / "a.duckdb"
    (template / "recordings").mkdir()
    (template / "surveys.csv").write_text("call_id,score\nNEWMARK,4\n")
    silent = []
    for name, arguments in COMMANDS.items():
        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        told = tasleek(*name.split(), *arguments, "--db", db)
        with open_database(db) as connection:
            logged = read_accesses(connection, db)
        if not any(entry.command == name for entry in logged):
            silent.append((name, told))
    assert silent == []
