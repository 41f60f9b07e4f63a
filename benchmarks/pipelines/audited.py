"""What `tasleek audit` stored, in the form of the other pipelines' transcripts; and its stage times.

python benchmarks/pipelines/audited.py DATABASE OUT
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from transcript import HeardTurn, write_transcript

_TURNS = """
SELECT call_id, start_ms, end_ms, text, speaker, role FROM turns ORDER BY call_id, turn_index
"""
_STAGES = "SELECT map_entries(stage_ms) FROM runs WHERE finished_at IS NOT NULL"
_CALLS = """
SELECT call_id, brush_off, duration_ms, status FROM calls ORDER BY call_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    from audit.store.database import open_database

    with open_database(options.database) as connection:
        turns: dict[str, list[HeardTurn]] = {}
        for call_id, start, end, text, speaker, role in connection.execute(_TURNS).fetchall():
            turns.setdefault(call_id, []).append(HeardTurn(start, end, text, speaker, role))
        stages: dict[str, int] = {}
        for (entries,) in connection.execute(_STAGES).fetchall():
            for entry in entries or []:
                stages[entry["key"]] = stages.get(entry["key"], 0) + entry["value"]
        calls = connection.execute(_CALLS).fetchall()
    for call_id, *_ in calls:
        write_transcript(options.out, call_id, turns.get(call_id, []))
    print(json.dumps({"stage_ms": stages, "status": {c[0]: c[3] for c in calls}}))


if __name__ == "__main__":
    main()
