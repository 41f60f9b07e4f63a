"""`tasleek audit --executor ray` and `tasleek db ingest` as commands."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from audit.batch.cluster import ClusterRequest, run_on_cluster
from audit.batch.run import AuditRequest
from audit.cli import app
from audit.config import Config
from audit.errors import UsageError
from tests.dummies import DummyAuditor
from tests.fault.standins import Quiet
from tests.ray.test_run_folder import OUTCOMES, write_parts
from tests.ray.test_run_folder import db as db  # a fixture


def error_of(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, UsageError)
    return str(result.exception)


def test_wrong_use(tmp_path):
    db = ["--db", str(tmp_path / "a.duckdb")]
    assert "local or ray" in error_of("audit", "x.wav", "--executor", "spark", *db)
    assert "--executor ray" in error_of("audit", "x.wav", "--run-folder", "run", *db)
    assert "--again" in error_of(
        "audit", "x.wav", "--executor", "ray", "--run-folder", "run", "--again", *db
    )


def test_without_ray(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    said = error_of("audit", "x.wav", "--executor", "ray", "--db", str(tmp_path / "a.duckdb"))
    assert "pip install 'tasleek[ray]'" in said


def test_a_cluster_that_is_not_there(tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed (the extra tasleek[ray])")
    request = ClusterRequest(AuditRequest(("x.wav",), tmp_path / "a.duckdb"), "nonsense-address")
    with pytest.raises(UsageError, match="nonsense-address"):
        run_on_cluster(request, Config(), Quiet(), DummyAuditor)


def test_ingest(db, tmp_path):
    write_parts(db, tmp_path / "run", OUTCOMES)
    words = ["db", "ingest", str(tmp_path / "run"), "--db", str(db)]
    told = CliRunner().invoke(app, [*words, "--json"])
    assert told.exit_code == 0
    assert json.loads(told.stdout)["audited"] == 2
    assert (
        "0 audited, 0 unscorable, 0 failed, 4 there already"
        in CliRunner().invoke(app, words).stdout
    )
