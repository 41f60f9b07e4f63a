"""Measures reports on a large database: time and memory, each format in a process of its own.

    python benchmarks/generate_calls.py 100000 --db generated.duckdb
    python benchmarks/report_scale.py --db generated.duckdb [--format data html ...]

``data`` is the report as values, which the HTML and the PDF are made from.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

FORMATS = ("data", "html", "pdf", "xlsx", "csv", "parquet", "json")


def measure(db: Path, name: str, answers: Any) -> None:
    """Make one report; puts seconds, processor seconds, peak memory and size of the files in MB."""
    from audit.reporting.load import load_report
    from audit.reporting.write import ReportRequest, write_report
    from audit.store.database import open_database

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        size = 0
        if name == "data":
            with open_database(db) as connection:
                load_report(connection, db)
        else:
            out = Path(folder) / "report"
            _, files = write_report(db, ReportRequest(format=name, out=out))
            size = sum(file.stat().st_size for file in files)
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = used.ru_utime + used.ru_stime
    answers.put((time.perf_counter() - began, processor, used.ru_maxrss / 1024, size / 1e6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--format", nargs="+", choices=FORMATS, default=FORMATS)
    arguments = parser.parse_args()
    processes = multiprocessing.get_context("spawn")
    print("format    seconds  CPU s  peak MB  size MB")
    for name in arguments.format:
        answers = processes.Queue()
        process = processes.Process(target=measure, args=(arguments.db, name, answers))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{name} failed")
        seconds, processor, peak_mb, size_mb = answers.get()
        print(f"{name:8} {seconds:8.1f} {processor:6.1f} {peak_mb:8.0f} {size_mb:8.1f}")


if __name__ == "__main__":
    main()
