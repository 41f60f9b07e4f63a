"""Reports to make pages of: by hand, and of thousands of generated calls."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from audit.reporting.load import load_report
from audit.reporting.report import Report
from audit.store.database import open_database
from audit.store.report_views import Selection
from tests.reporting.audited_calls import AuditedCalls

ROOT = Path(__file__).parents[2]
#: What names and texts may not do to a page: mark-up, attributes, script, reordering, control.
HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}} #panic() &amp; \u202egnp\x07"
)


def loaded(path: Path, by: Any = None, **selection: Any) -> Report:
    with open_database(path) as connection:
        return load_report(connection, path, Selection(**selection), by)


def generated(path: Path, calls: int) -> Path:
    """A database of generated calls at ``path``; see ``benchmarks/generate_calls.py``."""
    name = "generate_calls"
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    module.generate_calls(path, calls)
    return path


def two_channels(audits: AuditedCalls, calls: int = 24) -> AuditedCalls:
    """A hotline that brushes off three of four callers, and a branch that helps all of them.

    Agents A0 to A2, vendors masar and sidra, three weeks; each call has a caller and an agent turn, and
    each call of the hotline a flag. The callers of the first two calls had a promise and called again.
    """
    for number in range(calls):
        on_hotline = number % 2 == 0
        brushed_off = on_hotline and number % 8 != 0
        call = f"c{number:02}"
        audits.call(
            call, day=number % 21, agent_id=f"A{number % 3}", queue=f"q{number % 4}",
            vendor="masar" if number % 3 else "sidra", wait_ms=30_000 + 5_000 * number,
            service_channel="hotline" if on_hotline else "branch", ticket_id=f"t{number}",
            brush_off_score=90.0 - number / 10 if brushed_off else 5.0 + number / 10,
            resolution="none" if brushed_off else "resolved",
        )  # fmt: skip
        audits.turn(call, 0, f"وين طلبي رقم {number}", role="caller")
        audits.turn(call, 1, "تطمّن إن شاء الله خير" if brushed_off else "حليت لك المشكلة الحين")
        if on_hotline:
            audits.flag(call, 1, "placation" if brushed_off else "stalling", evidence=["تطمّن"])
    for number in range(2):
        audits.promise(f"c{number:02}", 1, "بكرة")
        audits.call(
            f"d{number}", day=number + 1, ticket_id=f"t{number}", agent_id="A1",
            service_channel="hotline",
        )  # fmt: skip
    return audits
