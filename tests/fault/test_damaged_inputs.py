"""Two hundred damaged recordings: no crash, no hang, no loss; every one ends with a reason."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from audit.batch.run import AuditRequest, run_audit
from audit.config import BatchConfig, Config, IngestConfig
from audit.store.consistency import check_database
from audit.store.database import open_database
from tests.fault.damage import DAMAGES, damaged_recordings, whole_recordings
from tests.fault.fixed_models import real_pipeline
from tests.fault.standins import Quiet

pytestmark = pytest.mark.fault
NUMBER = 200
CONFIG = Config(
    ingest=IngestConfig(max_duration_min=5),
    batch=BatchConfig(time_limit_min_s=60, time_limit_factor=0),
)


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """All of them in one run: ``({file name: (status, stage, reason)}, summary)``."""
    folder = tmp_path_factory.mktemp("damaged") / "calls"
    paths = damaged_recordings(folder, NUMBER, seed=20261124)
    db = folder.parent / "a.duckdb"
    summary = run_audit(AuditRequest((str(folder),), db, workers=2), CONFIG, Quiet(), real_pipeline)
    with open_database(db) as connection:
        assert check_database(connection) == ()
        rows = connection.execute(
            "SELECT path, status, NULL, unscorable_reason FROM calls WHERE status <> 'failed' "
            "UNION ALL SELECT path, 'failed', stage, reason FROM failures"
        ).fetchall()
    ended = {path: tuple(rest) for path, *rest in rows}
    assert len(ended) == len(rows), "a recording ended twice"
    return {path: ended.get(str(path)) for path in paths}, summary


def test_every_damaged_recording_ends_once(audited):
    ended, summary = audited
    lost = [path.name for path, end in ended.items() if end is None]
    assert lost == []
    assert summary.audited + summary.unscorable + summary.failed == NUMBER


def test_none_ended_or_hung_its_worker(audited):
    stages = Counter(stage for _, stage, _ in audited[0].values())
    assert stages["worker"] == 0
    assert stages["time limit"] == 0


def test_every_failure_names_its_file_and_says_what_to_do(audited):
    for path, (status, _, reason) in audited[0].items():
        if status == "failed":
            assert path.name in reason
            assert re.search("[Ee]xport|Check|Copy|Split|Give", reason), reason
        elif status == "unscorable":
            assert reason


def test_both_kinds_of_end_are_met(audited):
    statuses = Counter(status for status, _, _ in audited[0].values())
    assert statuses["failed"] > NUMBER / 4
    assert statuses["audited"] + statuses["unscorable"] > NUMBER / 10


def test_the_generator_makes_the_same_again_and_meets_every_damage(tmp_path):
    first = damaged_recordings(tmp_path / "one" / "calls", 40, seed=1)
    second = damaged_recordings(tmp_path / "two" / "calls", 40, seed=1)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    damages = {path.stem.rpartition("-")[2] for path in first}
    assert damages == {damage.__name__ for damage in DAMAGES}


def test_the_whole_recordings_are_audited(tmp_path):
    """What the damaged ones are made of is sound, so that a failure is the damage's."""
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, raw in whole_recordings(tmp_path).items():
        (folder / f"{name.replace('.', '-')}{Path(name).suffix}").write_bytes(raw)
    request = AuditRequest((str(folder),), tmp_path / "a.duckdb", workers=2)
    summary = run_audit(request, CONFIG, Quiet(), real_pipeline)
    assert summary.failed == 0
    assert summary.audited + summary.unscorable == len(list(folder.iterdir()))
