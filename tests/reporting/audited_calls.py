"""A small database made by hand, row by row, to ask the questions of the reports of."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from audit.reporting.load import rows_of
from audit.reporting.questions import read_question
from audit.store.database import open_database
from audit.store.report_views import Selection, create_report_views
from audit.store.writer import caller_salt, hash_caller

RIYADH = ZoneInfo("Asia/Riyadh")
#: A Monday.
START = datetime(2026, 11, 2, 9, 0, tzinfo=RIYADH)


class AuditedCalls:
    """Collects rows; ``ask`` stores them and asks a question."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: list[tuple[str, dict[str, Any]]] = []

    def call(
        self, call_id: str, *, day: float | None = 0, caller: str | None = None, **columns: Any
    ):
        """An audited call ``day`` days after ``START`` (undated if None), with a score of 20."""
        status = columns.get("status", "audited")
        row: dict[str, Any] = {
            "call_id": call_id, "path": f"{call_id}.wav", "status": status, "run_id": "r",
            "started_at": None if day is None else START + timedelta(days=day),
            "duration_ms": 60_000,
        }  # fmt: skip
        if caller:
            row["caller_hash"] = caller
        if status == "audited":
            score = columns.get("brush_off_score", 20.0)
            row |= {"brush_off_score": score, "brush_off": score >= 50, "resolution": "resolved"}
        self._rows.append(("calls", row | columns))

    def turn(self, call_id: str, turn_index: int, text: str, role: str = "agent", **columns: Any):
        self._rows.append(("turns", {
            "call_id": call_id, "turn_index": turn_index, "role": role, "speaker": role,
            "start_ms": turn_index * 1000, "end_ms": turn_index * 1000 + 900, "text": text, **columns,
        }))  # fmt: skip

    def flag(self, call_id: str, turn_index: int, label: str, score: float = 0.8, evidence=()):
        self._rows.append(("flags", {
            "call_id": call_id, "turn_index": turn_index, "label": label, "score": score,
            "threshold": 0.5, "start_ms": turn_index * 1000, "end_ms": turn_index * 1000 + 900,
            "evidence": list(evidence),
        }))  # fmt: skip

    def promise(self, call_id: str, turn_index: int, deadline: str | None = None):
        self._rows.append(("commitments", {
            "call_id": call_id, "turn_index": turn_index, "deadline": deadline,
            "start_ms": turn_index * 1000, "end_ms": turn_index * 1000 + 900,
        }))  # fmt: skip

    def survey(self, call_id: str, score: float):
        self._rows.append(("surveys", {"call_id": call_id, "score": score}))

    def review(self, call_id: str, verdict: str, reviewer: str = "noura", **columns: Any):
        row = {
            "review_id": f"v{len(self._rows)}", "call_id": call_id, "verdict": verdict,
            "reviewer": reviewer, "blind": False, "reviewed_at": START, **columns,
        }  # fmt: skip
        self._rows.append(("reviews", row))

    def review_flag(
        self, call_id: str, turn_index: int, label: str, verdict: str, text: str, **more
    ):
        self.review(
            call_id, verdict, turn_index=turn_index, label=label,
            turn_start_ms=turn_index * 1000, turn_sha256=hashlib.sha256(text.encode()).hexdigest(),
            **more,
        )  # fmt: skip

    def store(self) -> Path:
        if self.path.exists() and not self._rows:
            return self.path
        with open_database(self.path, write=True) as connection:
            salt = caller_salt(connection)
            for table, row in self._rows:
                if row.get("caller_hash"):
                    row = {**row, "caller_hash": hash_caller(row["caller_hash"], salt)}
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
                )
        self._rows.clear()
        return self.path

    def ask(self, question: str, *columns: str, **selection: Any) -> list[tuple[Any, ...]]:
        """The answer's rows, the named columns only if any are named."""
        self.store()
        chosen = Selection(**selection)
        asked = read_question(question)
        names = [column.name for column in asked.columns]
        with open_database(self.path) as connection:
            create_report_views(connection, chosen)
            rows = list(rows_of(connection, asked, chosen))
        places = [names.index(column) for column in columns or names]
        return [tuple(_rounded(row[place]) for place in places) for row in rows]


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value
