from __future__ import annotations

import sys

import pytest

from audit.cli import main
from audit.store.keys import use_key_file


@pytest.fixture
def tasleek(capsys, monkeypatch, tmp_path):
    """Runs the command in a folder of its own: ``(exit code, stdout, stderr)``."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tasleek", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    yield run
    use_key_file(None)
