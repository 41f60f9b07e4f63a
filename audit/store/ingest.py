"""Bringing a run folder into the database: the single writer's part of a run on a cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import StoreError
from audit.store.database import migrations, open_database, transaction, write_failure
from audit.store.erased import ERASED_SCOPE
from audit.store.queries import statement
from audit.store.run_folder import RunRecord, naming_damage, parts, read_record, salt_fingerprint
from audit.store.writer import CHILDREN, RunTally, begin_run, caller_salt, save_tally

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Parts of one transaction.
_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What came into the database. ``skipped`` calls were there already."""

    run_id: str
    parts: int
    audited: int
    unscorable: int
    failed: int
    skipped: int


def ingest_run(folder: Path, database: Path) -> IngestSummary:
    """Bring what ``folder`` holds into ``database``; doing it again stores nothing twice.

    Some parts at a time, each time in one transaction with the counts of the run: killed at any moment,
    the same call does the rest. Raises ``StoreError`` when the folder is no run folder, belongs to
    another database or version, or a file of it is damaged (named; what came before it is stored).
    """
    run = read_record(folder)
    if not database.is_file():
        raise StoreError(
            f"{database}: no such database; give the one to --db that the run was made with"
        )
    total = Counter[str]()
    found = parts(folder)
    with open_database(database, write=True, others=(folder,)) as connection:
        _check(run, folder, database, connection)
        for first in range(0, len(found), _TOGETHER):
            total += _Group(connection, run, found[first : first + _TOGETHER]).ingest(database)
    return IngestSummary(
        run.run_id, len(found), total["audited"], total["unscorable"], total["failed"],
        total["skipped"],
    )  # fmt: skip


def _check(run: RunRecord, folder: Path, database: Path, connection: DuckDBPyConnection) -> None:
    if run.schema != migrations()[-1].number:
        raise StoreError(
            f"{folder} was written by another version of tasleek (schema {run.schema}, this one has "
            f"{migrations()[-1].number}); ingest it with version {run.description.version}"
        )
    if run.salt_sha256 != salt_fingerprint(caller_salt(connection)):
        raise StoreError(
            f"{folder} was made for another database than {database}: its callers could not be told "
            "apart there. Give the database that the run was made with to --db"
        )


class _Group:
    """Some parts that come into the database together."""

    def __init__(
        self, connection: DuckDBPyConnection, run: RunRecord, found: Sequence[Path]
    ) -> None:
        self._connection = connection
        self._run = run
        self._parts = found

    def ingest(self, database: Path) -> Counter[str]:
        import duckdb

        try:
            with (
                naming_damage(self._connection, list(self._files())),
                transaction(self._connection),
            ):
                return self._ingest()
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise write_failure(database, error) from error

    def _ingest(self) -> Counter[str]:
        tally = self._begun()
        self._connection.execute(
            statement("ingest_arrived"),
            {
                "files": self._of("calls"),
                "run_started_at": self._started_at(),
                "salt": caller_salt(self._connection).hex(),
                "erased": ERASED_SCOPE,
            },
        )
        arrived = self._connection.execute("SELECT call_id, path FROM arrived").fetchall()
        names, paths = [row[0] for row in arrived], [row[1] for row in arrived]
        for table in (*CHILDREN, "calls"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE call_id IN (SELECT unnest(?::VARCHAR[]))", [names]
            )
        self._connection.execute(
            "DELETE FROM failures WHERE path IN (SELECT unnest(?::VARCHAR[]))", [paths]
        )
        for table in ("calls", *CHILDREN):
            self._insert(table)
        return self._count(tally, self._insert_failures())

    def _insert(self, table: str) -> None:
        # A call may stand in two parts, when its node died after writing it: the part counts, too.
        self._connection.execute(
            f"INSERT INTO {table} BY NAME "
            "SELECT part.* EXCLUDE (filename) FROM read_parquet(?::VARCHAR[], filename = true) AS part "
            "JOIN arrived ON arrived.call_id = part.call_id "
            "AND parse_dirpath(arrived.filename) = parse_dirpath(part.filename)",
            [self._of(table)],
        )

    def _insert_failures(self) -> int:
        (count,) = self._connection.execute(
            statement("ingest_failures"), {"files": self._of("failures")}
        ).fetchone() or (0,)
        return int(count)

    def _begun(self) -> RunTally:
        """The run's row so far; made when there is none."""
        row = self._connection.execute(
            "SELECT audited, unscorable, failed, skipped, audio_ms, stage_ms FROM runs WHERE run_id = ?",
            [self._run.run_id],
        ).fetchone()
        if row is None:
            begin_run(self._connection, self._run.run_id, self._run.description)
            self._connection.execute(
                "UPDATE runs SET started_at = ?::TIMESTAMPTZ WHERE run_id = ?",
                [self._first_part(), self._run.run_id],
            )
            return RunTally(self._run.run_id)
        audited, unscorable, failed, skipped, audio_ms, stage_ms = row
        spent = tuple((stage_ms or {}).items())
        return RunTally(self._run.run_id, audited, unscorable, failed, skipped, audio_ms, spent)

    def _first_part(self) -> object:
        (first,) = self._connection.execute(
            "SELECT min(started_at) FROM read_parquet(?::VARCHAR[])", [self._of("runs")]
        ).fetchone() or (None,)
        return first

    def _started_at(self) -> object:
        (started,) = self._connection.execute(
            "SELECT started_at FROM runs WHERE run_id = ?", [self._run.run_id]
        ).fetchone() or (None,)
        return started

    def _count(self, tally: RunTally, failures: int) -> Counter[str]:
        states = dict(
            self._connection.execute("SELECT status, count(*) FROM arrived GROUP BY ALL").fetchall()
        )
        (audio_ms,) = self._connection.execute(
            "SELECT coalesce(sum(duration_ms), 0) FROM arrived"
        ).fetchone() or (0,)
        (calls,) = self._connection.execute(
            "SELECT count(*) FROM read_parquet(?::VARCHAR[])", [self._of("calls")]
        ).fetchone() or (0,)
        stage_ms = Counter(dict(tally.stage_ms))
        for (spent,) in self._connection.execute(
            "SELECT stage_ms FROM read_parquet(?::VARCHAR[], filename = true) WHERE "
            "stage_ms IS NOT NULL AND parse_dirpath(filename) IN "
            "(SELECT parse_dirpath(filename) FROM arrived)",
            [self._of("runs")],
        ).fetchall():
            stage_ms.update(spent)
        come = Counter(
            audited=states.get("audited", 0),
            unscorable=states.get("unscorable", 0),
            failed=max(failures, states.get("failed", 0)),
            skipped=int(calls) - sum(states.values()),
        )
        save_tally(self._connection, replace(
            tally, audited=tally.audited + come["audited"],
            unscorable=tally.unscorable + come["unscorable"], failed=tally.failed + come["failed"],
            audio_ms=tally.audio_ms + int(audio_ms), stage_ms=tuple(stage_ms.items()),
        ))  # fmt: skip
        self._connection.execute(
            "UPDATE runs SET finished_at = greatest(finished_at, (SELECT max(started_at) FROM "
            "read_parquet(?::VARCHAR[]))) WHERE run_id = ?", [self._of("runs"), self._run.run_id],
        )  # fmt: skip
        return come

    def _files(self) -> Iterator[str]:
        for table in ("calls", *CHILDREN, "failures", "runs"):
            yield from self._of(table)

    def _of(self, table: str) -> list[str]:
        return [str(part / f"{table}.parquet") for part in self._parts]
