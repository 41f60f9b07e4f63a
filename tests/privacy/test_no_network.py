"""With the network cut off, everything works, and nothing so much as tries to reach it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.cli import app
from audit.weights.verify import list_models
from tests.privacy.stored_calls import NEW, began, write_calls

ROOT = Path(__file__).parents[2]
WATCH = Path(__file__).with_name("network_watch.py")
TASLEEK = [sys.executable, "-c", "from audit.cli import main; main()"]


def cut_off() -> list[str] | None:
    """The command that runs another in a network namespace of its own, where that is possible."""
    if shutil.which("unshare") is None:
        return None
    for flags in (["--net"], ["--user", "--map-root-user", "--net"]):
        if (
            subprocess.run(["unshare", *flags, "true"], capture_output=True, check=False).returncode
            == 0
        ):
            return ["unshare", *flags]
    return None


def watched(tmp_path: Path, commands: list[list[str]]) -> dict:
    prefix = cut_off()
    if prefix is None:
        pytest.skip("this system gives no network namespace (unshare --net)")
    file = tmp_path / "commands.json"
    file.write_text(json.dumps(commands))
    ended = subprocess.run(
        [*prefix, sys.executable, str(WATCH), str(file)],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return json.loads(ended.stdout)


def tasleek(*arguments) -> list[str]:
    return [*TASLEEK, *map(str, arguments)]


def looking_at(db: Path, call_id: str, out: Path) -> list[list[str]]:
    known = {command.name for command in app.registered_commands}
    commands = [
        tasleek("calls", "--db", db),
        tasleek("show", call_id, "--db", db),
        tasleek("query", "SELECT count(*) FROM turns", "--db", db),
        tasleek("db", "accesses", "--db", db),
        tasleek("purge", "--before", "1990-01-01", "--dry-run", "--db", db),
    ]
    if "report" in known:
        commands += [
            tasleek("report", "--format", kind, "--out", out / f"report.{kind}", "--db", db)
            for kind in ("html", "json")
        ]
    return commands


def test_the_watch_sees_an_attempt(tmp_path):
    attempts = (
        "import socket\ns = socket.socket()\n"
        "try: s.connect(('192.0.2.1', 80))\nexcept OSError: pass\n"
    )
    # Without its hook, as a library in another language would do it: the kernel's count remains.
    unseen = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-E', '-c', {attempts!r}])"
    )
    found = watched(tmp_path, [[sys.executable, "-c", attempts], [sys.executable, "-c", unseen]])
    assert len(found["tried"]) == 1
    assert found["sent"]["Ip.OutNoRoutes"] == 2


def test_looking_at_calls(tmp_path):
    db = tmp_path / "a.duckdb"
    write_calls(db, {NEW: began(2026)})
    lines = tmp_path / "in.jsonl"
    lines.write_text('{"id": 1, "text": "رقمي 0501234567"}\n', encoding="utf-8")
    found = watched(
        tmp_path,
        [
            *looking_at(db, NEW, tmp_path),
            tasleek("redact", lines, "--out", tmp_path / "redacted.jsonl"),
            tasleek("score", "turns", lines, "--out", tmp_path / "scored.jsonl"),
            tasleek("models", "list"),
        ],
    )
    assert found == {"tried": [], "sent": {}}


@pytest.mark.model
def test_the_whole_way_from_a_recording_to_a_report(tmp_path):
    missing = [m.model.id for m in list_models() if m.model.group == "default" and not m.installed]
    if missing:
        pytest.skip(f"no weights here: {', '.join(missing)}; run `tasleek models fetch`")
    samples, calls, db = ROOT / "data" / "samples", tmp_path / "calls", tmp_path / "a.duckdb"
    calls.mkdir()
    for name in ("s08-firm-refusal.wav", "s06-curt-blaming.mp3"):
        shutil.copy(samples / "recordings" / name, calls)
    audit = tasleek("audit", calls, "--workers", "1", "--db", db)  # --offline is not needed for it
    found = watched(tmp_path, [audit, *looking_at(db, "s08-firm-refusal", tmp_path)])
    assert found == {"tried": [], "sent": {}}
