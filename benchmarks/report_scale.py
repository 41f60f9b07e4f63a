"""Measures reports on a large database: time and memory, each format in a process of its own.

    python benchmarks/generate_calls.py 100000 --db generated.duckdb
    python benchmarks/report_scale.py --db generated.duckdb [--format data html ...]
    python benchmarks/report_scale.py --db generated.duckdb --questions [agents weeks ...]

``data`` is the report as values, which the HTML and the PDF are made from. Of a question the rows that
a page shows are fetched, and all are counted where there are more.
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

from audit.store.report_views import QUESTIONS, QUESTIONS_BY

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
        elif name in (*QUESTIONS, *QUESTIONS_BY):
            with open_database(db) as connection:
                ask(connection, name)
        else:
            out = Path(folder) / "report"
            _, files = write_report(db, ReportRequest(format=name, out=out))
            size = sum(file.stat().st_size for file in files)
    used = resource.getrusage(resource.RUSAGE_SELF)
    processor = used.ru_utime + used.ru_stime
    answers.put((time.perf_counter() - began, processor, used.ru_maxrss / 1024, size / 1e6))


def ask(connection: Any, name: str) -> None:
    """One question of all calls, as a report with all of them asks it."""
    from audit.reporting.load import load_table, select_calls
    from audit.reporting.questions import read_question
    from audit.store.report_views import ALL_CALLS

    select_calls(connection, ALL_CALLS)
    load_table(connection, read_question(name), ALL_CALLS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, required=True)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--format", nargs="+", choices=FORMATS, default=FORMATS)
    what.add_argument("--questions", nargs="*", metavar="QUESTION")
    arguments = parser.parse_args()
    asked = arguments.questions
    names = arguments.format if asked is None else asked or (*QUESTIONS, *QUESTIONS_BY)
    processes = multiprocessing.get_context("spawn")
    print(f"{'':24} seconds   CPU s  peak MB  size MB")
    for name in names:
        answers = processes.Queue()
        process = processes.Process(target=measure, args=(arguments.db, name, answers))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(f"{name} failed")
        seconds, processor, peak_mb, size_mb = answers.get()
        print(f"{name:24}{seconds:8.1f}{processor:8.1f}{peak_mb:9.0f}{size_mb:9.1f}", flush=True)


if __name__ == "__main__":
    main()
