import json

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.cli.database_commands import prepare
from tests.excerpts.spoken_calls import polite_nothing, write_calls


class Folder:
    """What one run of the command left."""

    def __init__(self, out, result):
        self.out = out
        self.result = result

    @property
    def summary(self):
        return json.loads(self.result.stdout)

    def rows(self):
        import csv

        with (self.out / "excerpts.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def page(self):
        return (self.out / "playlist.html").read_text(encoding="utf-8")

    def sounds(self):
        return sorted(p.name for p in self.out.iterdir() if p.suffix in (".mp3", ".opus", ".wav"))


@pytest.fixture
def cut(tmp_path, monkeypatch):
    """Runs `tasleek excerpts` into ``tmp_path / "out"``, and expects an exit code."""
    monkeypatch.chdir(tmp_path)
    prepare(app)

    def run(db, *arguments, code=0, out=None):
        folder = out or tmp_path / "out"
        told = ["excerpts", "--db", str(db), "--out", str(folder), *map(str, arguments)]
        result = CliRunner().invoke(app, told)
        if isinstance(code, int):
            assert result.exit_code == code, (result.output, result.exception)
        else:
            assert isinstance(result.exception, code), result.output
        return Folder(folder, result)

    return run


@pytest.fixture
def db(tmp_path):
    """Two calls of two agents, each with a placation, a deflection and good handling."""
    second = polite_nothing("C-2", agent="A2", vendor="sidra", day=5, channels=1)
    second.turns[2] = ("agent", "لا تشيل هم الموضوع ماشي")
    second.turns[4] = ("agent", "ادخل الموقع واكتب الطلب")
    second.positives[0] = ("empathy",)
    return write_calls(tmp_path / "calls.duckdb", tmp_path / "sound", polite_nothing(), second)
