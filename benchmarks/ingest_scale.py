"""Measures what the database's single writer takes: calls as they come, and a cluster's run folder.

    python benchmarks/ingest_scale.py 2000

Calls as after five minutes of talk: 40 turns, 600 words drawn from a small vocabulary with random times
and probabilities, a score on every agent turn. Prints rows a second and bytes a call.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audit.batch.run import describe_run
from audit.config import Config
from audit.store.database import open_database
from audit.store.ingest import ingest_run
from audit.store.run_folder import PartWriter, parts, start_run
from audit.store.writer import AuditWriter, caller_salt
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallMetadata,
    CallVerdict,
    Judgement,
    LabelScore,
    Recording,
    TurnScore,
    Utterance,
    Word,
)

_TURNS, _WORDS = 40, 15
_PART_CALLS = 16
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def generated_audit(number: int, draw: random.Random, vocabulary: list[str]) -> CallAudit:
    """A call of 40 turns; the same for the same state of ``draw``."""
    turns = []
    for index in range(_TURNS):
        start = index * 7_500
        words = tuple(
            Word(start + n * 480, start + n * 480 + draw.randint(80, 470), draw.choice(vocabulary),
                 draw.random())
            for n in range(_WORDS)
        )  # fmt: skip
        text = " ".join(word.text for word in words)
        role = "agent" if index % 2 else "caller"
        turns.append(
            Utterance(index, role, f"S{index % 2}", index % 2, start, start + 7_400, text, words)
        )
    scores = tuple(
        (
            turn.turn_index,
            TurnScore(draw.random(), tuple(LabelScore(label, draw.random()) for label in LABELS)),
        )
        for turn in turns
        if turn.role == "agent"
    )
    name = f"call-{number:08}"
    metadata = CallMetadata(call_id=name, agent_id=f"agent-{draw.randint(1, 300)}")
    recording = Recording(
        name, Path(f"/calls/{name}.wav"), f"{draw.getrandbits(256):064x}", metadata
    )
    return CallAudit(
        recording, AudioInfo(300_000, 2, 8000, "pcm_s16le"), "audited", tuple(turns),
        Judgement(scores, (), CallVerdict(False, 20.0, "none")), language="ar",
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calls", type=int)
    calls = parser.parse_args().calls
    draw = random.Random(7)
    vocabulary = ["".join(draw.choices(_LETTERS, k=draw.randint(2, 8))) for _ in range(5_000)]
    audits = [generated_audit(number, draw, vocabulary) for number in range(calls)]
    rows = calls * (1 + _TURNS + _TURNS * _WORDS)
    with tempfile.TemporaryDirectory() as place:
        folder, database, direct = (Path(place, name) for name in ("run", "a.duckdb", "b.duckdb"))
        description = describe_run(Config())
        with open_database(database, write=True) as connection:
            salt = caller_salt(connection)
        run = start_run(folder, description, salt)
        writer = PartWriter(folder, run, salt)
        began = time.perf_counter()
        for first in range(0, calls, _PART_CALLS):
            with writer.part() as part:
                for audit in audits[first : first + _PART_CALLS]:
                    part.write_audit(audit)
        _tell("a worker writes Parquet", rows, calls, time.perf_counter() - began)
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        print(f"  {size / calls:,.0f} bytes a call in {len(parts(folder))} parts")
        began = time.perf_counter()
        ingest_run(folder, database)
        _tell("tasleek db ingest", rows, calls, time.perf_counter() - began)
        print(f"  {database.stat().st_size / calls:,.0f} bytes a call in DuckDB")
        with open_database(direct, write=True) as connection:
            single = AuditWriter(connection, description)
            some = audits[: max(1, calls // 4)]
            began = time.perf_counter()
            for audit in some:
                single.write_audit(audit)
            _tell(
                "one call at a time",
                rows * len(some) // calls,
                len(some),
                time.perf_counter() - began,
            )


def _tell(what: str, rows: int, calls: int, seconds: float) -> None:
    print(f"{what}: {rows / seconds:,.0f} rows/s, {calls / seconds:,.1f} calls/s ({seconds:.1f} s)")


if __name__ == "__main__":
    main()
