"""Ten thousand recordings use no more memory than a hundred."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from audit.config import IngestConfig
from audit.ingest.recordings import RecordingFinder
from tests.dummies import call_wav

pytestmark = pytest.mark.fault
ROOT = Path(__file__).parents[2]
#: What the list of 10,000 recordings itself may take: 4 kB each.
ROOM_KB = 40_000

RUN = """
import resource, sys
from pathlib import Path
from audit.batch.run import AuditRequest, run_audit
from audit.config import Config
from audit.store.writer import AuditWriter
from audit.types import CallFailure
from tests.fault.standins import Quiet, audit_of

class Answers:
    def __init__(self, config): pass
    def audit(self, recording): return audit_of(recording)

stored = []
# Storing them for real takes minutes; how much memory that takes is the next test.
AuditWriter.write_audit = lambda self, audit: stored.append(1)

if __name__ == "__main__":
    request = AuditRequest((sys.argv[1],), Path(sys.argv[2]), workers=2)
    run_audit(request, Config(), Quiet(), Answers)
    print(len(stored), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

STORE = """
import resource, sys
from pathlib import Path
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import Recording
from tests.fault.standins import audit_of

with open_database(Path(sys.argv[1]), write=True) as connection:
    writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
    peaks = []
    for n in range(1200):
        writer.write_audit(audit_of(Recording(f"c{n}", Path(f"/c{n}.wav"), f"{n:064}")))
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(peaks[799], peaks[-1])
"""


def two_numbers(tmp_path, code, *arguments):
    """What a process of its own prints."""
    script = tmp_path / "run.py"
    script.write_text(code)
    ended = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=500,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    one, other = map(int, ended.stdout.split())
    return one, other


def tiny_calls(folder, number):
    """Files of some bytes, each with its own content."""
    raw = bytearray(call_wav(folder / "c.wav", 1, seconds=0.01).read_bytes())
    for n in range(number):
        raw[-4:] = n.to_bytes(4, "little")
        (folder / f"c{n}.wav").write_bytes(raw)
    (folder / "c.wav").unlink()
    return folder


def test_ten_thousand_recordings_are_planned_and_handed_out_in_the_memory_of_a_hundred(tmp_path):
    peaks = {}
    for number in (100, 10_000):
        folder = tiny_calls(tmp_path / str(number), number)
        done, peaks[number] = two_numbers(tmp_path, RUN, folder, tmp_path / f"{number}.duckdb")
        assert done == number
    assert peaks[10_000] - peaks[100] < ROOM_KB, peaks


def test_storing_takes_no_more_memory_with_every_call(tmp_path):
    """Once DuckDB has moved its log into the file some times: some 16 MB of log, 350 calls, each."""
    early, late = two_numbers(tmp_path, STORE, tmp_path / "a.duckdb")
    assert late - early < ROOM_KB, (early, late)


@pytest.mark.parametrize("number", [3, 30])
def test_the_sound_inside_vcons_is_not_kept(tmp_path, number):
    size = 1_000_000
    for n in range(number):
        body = base64.urlsafe_b64encode(random.Random(n).randbytes(size)).decode()
        dialog = {"type": "recording", "encoding": "base64url", "body": body}
        vcon = {"vcon": "0.3.0", "uuid": str(n), "dialog": [dialog]}
        (tmp_path / f"{n}.vcon").write_text(json.dumps(vcon))
    tracemalloc.start()
    found = list(RecordingFinder(IngestConfig()).find([tmp_path]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == number
    assert peak < 12 * size
