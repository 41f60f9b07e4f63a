"""`tasleek appeal`: an agent disputes a verdict, a person decides, the agent is shown the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from audit.cli.options import ConfigOption, DatabaseOption, JsonOption
from audit.errors import UsageError

if TYPE_CHECKING:
    from audit.store.appeals import Appeal, AppealableCall
    from audit.store.queries import CommitmentRow

_LONGEST_COMMENT = 4000


class Decision(StrEnum):
    upheld = "upheld"
    overturned = "overturned"


def register(app: typer.Typer) -> None:
    app.command("appeal")(appeal)


def appeal(
    call_id: Annotated[
        str | None, typer.Argument(help="The call (default: list all appeals, open ones first).")
    ] = None,
    db: DatabaseOption = Path("tasleek.duckdb"),
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="AGENT", help="The agent who disputes the verdict."),
    ] = None,
    comment: Annotated[
        str | None, typer.Option("--comment", help="Why it is disputed, or why it was decided so.")
    ] = None,
    decide: Annotated[
        Decision | None,
        typer.Option(help="Close the appeal: the verdict stays, or is turned round."),
    ] = None,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", help="Who decides; not the agent.")
    ] = None,
    export: Annotated[
        bool,
        typer.Option("--export", help="Write the call and its evidence for its agent to --out."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to (--export).")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record, decide or list appeals against verdicts, or write a call for its agent to see."""
    wanted = [by is not None, decide is not None, export]
    if sum(wanted) > 1:
        raise UsageError("give one of --by (raise), --decide (close) and --export")
    if (decide is None) != (reviewer is None):
        raise UsageError("--decide and --reviewer go together: who decides is recorded")
    if export != (out is not None):
        raise UsageError("--export and --out DIR go together")
    if call_id is None:
        if any(wanted) or comment:
            raise UsageError("name the call; `tasleek calls` lists them")
        _list(db, None, as_json)
        return
    if export and out is not None:
        _export(db, call_id, out)
    elif by is not None:
        _record(db, call_id, None, _name("--by", by), comment, config, as_json)
    elif decide is not None and reviewer is not None:
        decision: Literal["upheld", "overturned"] = decide.value
        _record(db, call_id, decision, _name("--reviewer", reviewer), comment, config, as_json)
    elif comment:
        raise UsageError("--comment goes with --by or --decide")
    else:
        _list(db, call_id, as_json)


def _record(
    db: Path, call_id: str, decision: Literal["upheld", "overturned"] | None, person: str,
    comment: str | None, config: Path | None, as_json: bool,
) -> None:  # fmt: skip
    from audit.store.appeals import decide_appeal, raise_appeal
    from audit.store.database import open_database

    words = _without_personal_data(comment, config)
    with open_database(db) as connection:  # a wrong name of a file does not make a database
        del connection
    with open_database(db, write=True) as connection:
        if decision is None:
            found = raise_appeal(connection, call_id, person, words)
        else:
            found = decide_appeal(connection, call_id, decision, person, words)
    _print([found], as_json)


def _without_personal_data(comment: str | None, config: Path | None) -> str | None:
    from audit.config import load_config
    from audit.language.redaction import redact

    if comment is None or not comment.strip():
        return None
    if len(comment) > _LONGEST_COMMENT:
        raise UsageError(f"--comment has {len(comment)} characters; {_LONGEST_COMMENT} is the most")
    return comment if load_config(config).privacy.keep_pii else redact(comment).text


def _name(option: str, name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or not cleaned.isprintable():
        raise UsageError(f"{option}: must be a name of printable characters")
    return cleaned


def _export(db: Path, call_id: str, out: Path) -> None:
    from audit.reporting.agent_call import write_agent_call
    from audit.store.appeals import appealable_call
    from audit.store.database import open_database

    with open_database(db) as connection:
        call = appealable_call(connection, call_id)
    try:
        files = write_agent_call(_redacted(call) if call.keep_pii else call, out)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); check --out") from error
    for file in files:
        print(file)


def _redacted(call: AppealableCall) -> AppealableCall:
    """The call of a database that keeps personal data, without it."""
    from audit.language.redaction import redact_utterances
    from audit.types import Utterance

    turns = call.detail.turns
    said = [
        Utterance(t.turn_index, "unknown", t.speaker, None, t.start_ms, t.end_ms, t.text)
        for t in turns
    ]
    plain = redact_utterances(said).utterances
    return replace(
        call,
        detail=replace(
            call.detail,
            turns=tuple(
                replace(turn, text=own.text, flags=_without_evidence(turn.flags))
                for turn, own in zip(turns, plain, strict=True)
            ),
            commitments=tuple(map(_redacted_promise, call.detail.commitments)),
        ),
    )


def _redacted_promise(item: CommitmentRow) -> CommitmentRow:
    from audit.language.redaction import redact

    def plain(part: str | None) -> str | None:
        return None if part is None else redact(part).text

    return replace(
        item,
        action=plain(item.action),
        owner=plain(item.owner),
        deadline=plain(item.deadline),
        reference=plain(item.reference),
    )


def _without_evidence(
    flags: tuple[tuple[str, float, tuple[str, ...]], ...],
) -> tuple[tuple[str, float, tuple[str, ...]], ...]:
    """Single words cannot be told from names: they stand in the turn anyway."""
    return tuple((label, score, ()) for label, score, _ in flags)


def _list(db: Path, call_id: str | None, as_json: bool) -> None:
    from audit.store.appeals import appeals
    from audit.store.database import open_database

    with open_database(db) as connection:
        found = appeals(connection, call_id)
    if not found and not as_json:
        print("No verdict was disputed.")
    else:
        _print(found, as_json)


def _print(found: Sequence[Appeal], as_json: bool) -> None:
    from audit.cli.browse import print_table
    from audit.cli.format import json_text

    if as_json:
        for item in found:
            print(json_text(asdict(item)))
        return
    print_table(
        ("call", "appeal", "raised by", "reason", "decided by", "answer", "verdict"),
        [
            (
                item.call_id, item.status, item.raised_by, item.reason or "–",
                item.decided_by or "–", item.answer or "–", _verdict(item),
            )
            for item in found
        ],
    )  # fmt: skip


def _verdict(item: Appeal) -> str:
    stands = item.disputed_brush_off if item.standing is None else item.standing
    word = "brush-off" if stands else "ok"
    return f"{word} (disputed)" if item.standing is None else word
