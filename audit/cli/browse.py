"""`tasleek calls`, `tasleek show`, `tasleek query`: looking at what was audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.cli.call_measures import measure_lines
from audit.cli.format import LABEL_NAMES, cell_text, duration, json_text, printable, verdict
from audit.cli.options import DatabaseOption, JsonOption

if TYPE_CHECKING:
    from audit.store.queries import CallDetail, CallRow, FailureRow, TurnRow


def register(app: typer.Typer) -> None:
    app.command("calls")(calls)
    app.command("show")(show)
    app.command("query")(query)


def calls(
    db: DatabaseOption = Path("tasleek.duckdb"),
    status: Annotated[
        str | None, typer.Option(help="Only calls of this status: audited, unscorable, failed.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only calls of this agent.")] = None,
    label: Annotated[str | None, typer.Option(help="Only calls with a flag of this label.")] = None,
    brush_off: Annotated[
        bool | None, typer.Option("--brush-off/--ok", help="Only calls with this verdict.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many calls.")] = None,
    failures: Annotated[
        bool, typer.Option("--failures", help="List the recordings that failed, and why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the calls of a database, worst first."""
    from audit.store.database import open_database
    from audit.store.queries import list_calls, list_failures

    with open_database(db) as connection:
        if failures:
            failed = list_failures(connection)
        else:
            rows = list_calls(
                connection, status=status, agent=agent, label=label, brush_off=brush_off,
                limit=limit,
            )  # fmt: skip
    if as_json:
        for item in failed if failures else rows:
            print(json_text(asdict(item)))
    elif failures:
        _print_failures(failed)
    else:
        _print_calls(rows)


def _print_calls(rows: Sequence[CallRow]) -> None:
    print_table(
        ("call", "agent", "verdict", "score", "worst flag", "resolution", "hold", "length"),
        [
            (
                row.call_id,
                row.agent_id or "–",
                verdict(row.status, row.brush_off, row.brush_off_unsure),
                "–" if row.brush_off_score is None else f"{row.brush_off_score:.0f}",
                _worst(row),
                row.resolution or "–",
                duration(row.hold_ms),
                duration(row.duration_ms),
            )
            for row in rows
        ],
    )
    for row in rows:
        if row.unscorable_reason:
            print(printable(f"{row.call_id}: {row.unscorable_reason}"))


def _worst(row: CallRow) -> str:
    if row.worst_label is None or row.worst_score is None:
        return "–"
    name = LABEL_NAMES.get(row.worst_label, "")
    return f"{row.worst_label} {row.worst_score:.2f} {name}".rstrip()


def _print_failures(rows: Sequence[FailureRow]) -> None:
    if not rows:
        print("No recording failed.")
    for row in rows:
        print(printable(f"{row.stage}: {row.reason}"))


def show(
    call_id: Annotated[str, typer.Argument(help="The call, as `tasleek calls` lists it.")],
    db: DatabaseOption = Path("tasleek.duckdb"),
    as_json: JsonOption = False,
) -> None:
    """Show one call: verdict and evidence, then the conversation with its flags."""
    from audit.store.database import open_database
    from audit.store.queries import show_call

    with open_database(db) as connection:
        detail = show_call(connection, call_id)
    if as_json:
        print(json_text(asdict(detail)))
    else:
        _print_detail(detail)


def _print_detail(detail: CallDetail) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in _summary_lines(detail):
        console.print(printable(line), markup=False)
    console.print()
    holds = list(detail.holds)
    for turn in detail.turns:
        while holds and holds[0].start_ms <= turn.start_ms:
            _print_hold(console, holds.pop(0))
        _print_turn(console, turn)
    for hold in holds:
        _print_hold(console, hold)


def _summary_lines(detail: CallDetail) -> list[str]:
    call = detail.call
    who = [call.agent_id, call.vendor, call.service_channel]
    lines = [
        f"{call.call_id}  {call.started_at or 'no date'}  {' / '.join(w for w in who if w)}",
        f"{call.path}  {duration(call.duration_ms)}",
    ]
    if call.status != "audited":
        lines.append(f"{call.status}: {call.unscorable_reason or 'see tasleek calls --failures'}")
    else:
        word = verdict(call.status, call.brush_off, call.brush_off_unsure)
        lines.append(
            f"verdict: {word}, score {call.brush_off_score:.0f} of 100, "
            f"resolution {call.resolution}, hold {duration(call.hold_ms)}"
        )
        lines += [f"  because {reason}" for reason in detail.verdict_evidence]
    if call.asr_confidence is not None:
        lines.append(f"word confidence {call.asr_confidence:.2f}, language {detail.language}")
    if detail.role_confidence is not None:
        lines.append(f"roles: {detail.role_evidence} (confidence {detail.role_confidence:.2f})")
    lines += measure_lines(detail)
    for item in detail.commitments:
        parts = [item.action, item.owner, item.deadline, item.reference]
        lines.append(f"promise in turn {item.turn_index}: {' · '.join(p for p in parts if p)}")
    return lines


def _print_hold(console: Any, hold: Any) -> None:
    announced = "announced" if hold.announced else "not announced"
    length = duration(hold.end_ms - hold.start_ms)
    line = f"{duration(hold.start_ms):>8}  hold  {length} of {hold.kind}, {announced}"
    console.print(printable(line), markup=False)


def _print_turn(console: Any, turn: TurnRow) -> None:
    from rich.text import Text

    style = "bold red" if turn.flags else "cyan" if turn.role == "agent" else ""
    head = printable(f"{duration(turn.start_ms):>8}  {turn.turn_index:>3} {turn.role:<7} ")
    console.print(Text.assemble((head, "dim"), (printable(turn.text), style)))
    for label, score, evidence in turn.flags:
        weighed = f"  ← {'، '.join(evidence)}" if evidence else ""
        line = f"{'':>22}⚑ {label} {LABEL_NAMES.get(label, '')} {score:.2f}{weighed}"
        console.print(printable(line), style="red", markup=False)


def query(
    sql: Annotated[str, typer.Argument(help="One SELECT statement.")],
    db: DatabaseOption = Path("tasleek.duckdb"),
    as_json: JsonOption = False,
) -> None:
    """Run a read-only SQL query and print its rows; tables and views: docs/database.md."""
    from audit.config import load_config
    from audit.store.queries import run_query

    table = run_query(db, sql, load_config().ingest.timezone)
    if as_json:
        for row in table.rows:
            print(json_text(dict(zip(table.columns, row, strict=True))))
    else:
        print_table(table.columns, [[cell_text(value) for value in row] for row in table.rows])


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout, as wide as its content where stdout is not a terminal."""
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in header:
        table.add_column(printable(name), overflow="fold")
    for row in rows:
        table.add_row(*(printable(cell) for cell in row))
    width = None if sys.stdout.isatty() else 10_000
    Console(width=width, highlight=False, markup=False).print(table)
