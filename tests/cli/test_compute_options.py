"""Device, compute type and batch size of the command line, on a machine without a GPU."""

from __future__ import annotations

import sys

import pytest

from audit import pipeline
from audit.cli import main
from audit.config import SpeechConfig
from audit.errors import ConfigError
from audit.speech import graphics
from audit.speech.graphics import check_graphics
from audit.store.database import open_database
from tests.dummies import DummyAuditor, call_wav


@pytest.fixture
def audit(capsys, monkeypatch, tmp_path):
    """Runs `tasleek audit calls` with further options: ``(exit code, stderr)``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "load_pipeline", DummyAuditor)
    call_wav(tmp_path / "calls" / "c.wav", 0)

    def run(*options):
        monkeypatch.setattr(
            sys, "argv", ["tasleek", "audit", "calls", "--db", "a.duckdb", *options]
        )
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, capsys.readouterr().err

    return run


def stored_speech(tmp_path):
    with open_database(tmp_path / "a.duckdb") as connection:
        return connection.execute(
            "SELECT config->>'$.speech.device', config->>'$.speech.compute_type', "
            "(config->>'$.speech.batch_size')::INTEGER FROM runs"
        ).fetchall()


def test_the_options_reach_the_run(audit, monkeypatch, tmp_path):
    monkeypatch.setattr(graphics, "_cuda_devices", lambda: 1)
    code, _ = audit("--device", "cuda", "--compute-type", "int8_float16", "--batch-size", "24")
    assert code == 0
    assert stored_speech(tmp_path) == [("cuda", "int8_float16", 24)]


def test_without_them_the_defaults_count(audit, tmp_path):
    assert audit()[0] == 0
    assert stored_speech(tmp_path) == [("cpu", "int8", SpeechConfig().batch_size)]


def test_cuda_without_a_gpu_ends_before_anything_is_made(audit, monkeypatch, tmp_path):
    monkeypatch.setattr(graphics, "_cuda_devices", lambda: 0)
    code, said = audit("--device", "cuda")
    assert code == 2
    assert "cuda" in said
    assert "--device" in said
    assert not (tmp_path / "a.duckdb").exists()


@pytest.mark.parametrize("size", ["0", "-3", "many"])
def test_a_batch_size_that_is_none_is_refused(audit, size, tmp_path):
    code, said = audit("--batch-size", size)
    assert code == 2
    assert "batch-size" in said
    assert not (tmp_path / "a.duckdb").exists()


def test_the_processor_needs_no_gpu(monkeypatch):
    monkeypatch.setattr(graphics, "_cuda_devices", lambda: pytest.fail("was asked"))
    check_graphics(SpeechConfig(device="cpu"))


def test_this_machines_gpus_are_counted_by_the_library():
    ctranslate2 = pytest.importorskip("ctranslate2")
    if ctranslate2.get_cuda_device_count():
        check_graphics(SpeechConfig(device="cuda"))
    else:
        with pytest.raises(ConfigError, match="no NVIDIA GPU"):
            check_graphics(SpeechConfig(device="cuda"))
