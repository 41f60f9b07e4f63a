"""The systemd unit of the documentation is one that systemd understands and the command accepts."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from audit.cli import app

UNIT = Path(__file__).parents[2] / "docs" / "tasleek-watch.service"


def test_systemd_understands_it(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = UNIT.read_text(encoding="utf-8")
    # Neither the program nor the account is on this machine.
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text)
    text = re.sub(r"(?m)^(User|Group)=.*\n", "", text)
    (tmp_path / UNIT.name).write_text(text, encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT.name)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, "")


def test_its_command_line_is_one_of_ours():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNIT, encoding="utf-8")
    program, command, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert Path(program).name == "tasleek"
    parsed = typer.main.get_command(app).commands[command].make_context(command, arguments)
    assert parsed.params["offline"]
    assert parsed.params["log_json"]
    assert parsed.params["db"] == Path("calls.duckdb")
