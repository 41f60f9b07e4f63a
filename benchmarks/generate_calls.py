"""Fills a new database with generated calls, to measure reports and batches at large sizes.

    python benchmarks/generate_calls.py 100000 --db generated.duckdb

Made inside DuckDB, a slice at a time, from the files in ``generated_calls``; the same number gives the
same calls. Per call about 14 turns, 1.5 flags, 0.3 commitments; no words of turns.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from audit.store.database import open_database

_STATEMENTS = Path(__file__).parent / "generated_calls"
_TABLES_OF_CALLS = ("turns", "flags", "commitments", "surveys")
#: Calls made in one statement: bounds the memory whatever the number of calls.
_SLICE = 250_000
_CALLS_OF_AGENT = 250


def generate_calls(db: Path, total: int) -> None:
    """Fill the database ``db``, which must not exist, with ``total`` calls."""
    if db.exists():
        raise SystemExit(f"{db} exists; name a new file")
    with open_database(db, write=True) as connection:
        connection.execute(_statement("formulas"))
        connection.execute(
            "INSERT INTO runs BY NAME SELECT 'generated' AS run_id, now() AS started_at, "
            "'0' AS version, 'generated' AS recognizer, 'generated' AS diarizer, "
            "'generated' AS classifier, '' AS config_sha256, '{}' AS config"
        )
        for first in range(0, total, _SLICE):
            last = min(total, first + _SLICE)
            connection.execute(_statement("calls"), {
                "first": first, "last": last, "total": total, "run": "generated",
                "agents": max(3, total // _CALLS_OF_AGENT),
            })  # fmt: skip
            for table in _TABLES_OF_CALLS:
                connection.execute(
                    _statement(table), {"first_id": f"G{first:08}", "last_id": f"G{last:08}"}
                )


def _statement(table: str) -> str:
    return (_STATEMENTS / f"{table}.sql").read_text(encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calls", type=int, help="how many, up to 99999999")
    parser.add_argument("--db", type=Path, required=True, help="the new database")
    arguments = parser.parse_args()
    began = time.perf_counter()
    generate_calls(arguments.db, arguments.calls)
    size_mb = arguments.db.stat().st_size / 1e6
    print(f"{arguments.calls} calls, {size_mb:.0f} MB, {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
