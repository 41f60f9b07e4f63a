"""A run folder: the results of a cluster's workers as Parquet files, to be brought into a database.

``run.json`` says what the run was made with. Every part (``part-…``) is a folder with one Parquet file
a table, of the same columns as the tables of the database. A part is written under a temporary name and
renamed when it is complete (rename(2) is atomic), so that a killed node leaves no half one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import StoreError, UsageError
from audit.store.connection import literal, scratch
from audit.store.database import migrate, migrations, write_failure
from audit.store.writer import CHILDREN, AuditWriter, RunDescription, RunTally, begin_run

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RECORD = "run.json"
#: Tables of a part; ``runs`` holds the one row of the run, with the counts of the part.
TABLES = ("calls", *CHILDREN, "failures", "runs")
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What ``run.json`` holds. ``salt_sha256`` tells under which database's secret callers are hashed,
    without telling the secret."""

    run_id: str
    schema: int
    salt_sha256: str
    description: RunDescription


def start_run(folder: Path, description: RunDescription, salt: bytes) -> RunRecord:
    """The run of ``folder``, begun or gone on with.

    Raises ``UsageError`` when the folder holds something else, or a run that was made otherwise.
    """
    new = RunRecord(uuid.uuid4().hex, migrations()[-1].number, salt_fingerprint(salt), description)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / RECORD).exists():
        if any(folder.iterdir()):
            raise UsageError(f"{folder} is no run folder and not empty; give another one")
        _write_whole(folder / RECORD, json.dumps(asdict(new), ensure_ascii=False, indent=1))
        return new
    begun = read_record(folder)
    if (begun.schema, begun.salt_sha256) != (new.schema, new.salt_sha256):
        raise UsageError(
            f"{folder} belongs to another database or another version of tasleek; give a new folder"
        )
    if begun.description.config_sha256 != description.config_sha256:
        raise UsageError(
            f"{folder} was begun with other settings or models; give the same, or a new folder"
        )
    for left in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    return begun


def read_record(folder: Path) -> RunRecord:
    """What the run of ``folder`` was made with. Raises ``StoreError``."""
    path = folder / RECORD
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return RunRecord(
            told["run_id"],
            told["schema"],
            told["salt_sha256"],
            RunDescription(**told["description"]),
        )
    except FileNotFoundError:
        raise StoreError(
            f"{folder} is no run folder (it has no {RECORD}); give the folder that "
            "`tasleek audit --run-folder` wrote to"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} cannot be read ({error}); it is damaged. Its parts are the folders beside it; "
            "audit the recordings again into a new folder"
        ) from error


def salt_fingerprint(salt: bytes) -> str:
    """A hash by which a database's secret (256 random bits) is known again."""
    return hashlib.sha256(b"tasleek run folder" + salt).hexdigest()


def parts(folder: Path) -> tuple[Path, ...]:
    """The complete parts, in order of name."""
    return tuple(sorted(path for path in folder.glob("part-*") if path.is_dir()))


class PartWriter:
    """Writes parts of a run, one after the other. Any number of processes may write into one folder."""

    def __init__(self, folder: Path, run: RunRecord, salt: bytes) -> None:
        self._folder = folder
        self._run = run
        self._connection = scratch()
        migrate(self._connection, folder)
        self._connection.execute(
            "UPDATE settings SET value = ? WHERE name = 'caller_salt'", [salt.hex()]
        )

    @contextmanager
    def part(self) -> Iterator[AuditWriter]:
        """What is written within becomes one part at the end.

        Raises ``StoreFullError`` when the folder cannot be written; then there is no part.
        """
        for table in TABLES:
            self._connection.execute(f"DELETE FROM {table}")
        run_id, description = self._run.run_id, self._run.description
        begin_run(self._connection, run_id, description)
        yield AuditWriter(self._connection, description, RunTally(run_id))
        self._publish(f"part-{uuid.uuid4().hex}")

    def _publish(self, name: str) -> None:
        import duckdb

        unfinished = self._folder / f"{_UNFINISHED}{name}"
        try:
            unfinished.mkdir(mode=0o700)
            for table in TABLES:
                file = unfinished / f"{table}.parquet"
                self._connection.execute(
                    f"COPY {table} TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"
                )
                file.chmod(0o600)
                _sync(file)
            _sync(unfinished)
            unfinished.rename(self._folder / name)
            _sync(self._folder)
        except (OSError, duckdb.Error) as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise write_failure(self._folder, error) from error


def calls_of_run(folder: Path) -> DuckDBPyConnection:
    """The calls that the parts of ``folder`` hold, as a table ``calls`` of a database in memory."""
    connection = scratch()
    columns = "call_id, sha256, status, path, size_bytes, modified_ns"
    files = [str(part / "calls.parquet") for part in parts(folder)]
    connection.execute(
        "CREATE TABLE calls (call_id VARCHAR, sha256 VARCHAR, status VARCHAR, path VARCHAR, "
        "size_bytes BIGINT, modified_ns BIGINT)"
    )
    if files:
        with naming_damage(connection, files):
            connection.execute(
                f"INSERT INTO calls SELECT {columns} FROM read_parquet(?::VARCHAR[])", [files]
            )
    return connection


@contextmanager
def naming_damage(connection: DuckDBPyConnection, files: list[str]) -> Iterator[None]:
    """Errors of reading ``files`` become a ``StoreError`` that names the damaged one."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:  # a damaged page may raise any kind
        for file in files:
            if (why := _damage(file)) is not None:
                raise StoreError(
                    f"{file} cannot be read ({why}): it is damaged or gone. Remove its folder "
                    f"{Path(file).parent.name}, run the same audit again with the same --run-folder, "
                    "which does what is missing, and ingest again"
                ) from error
        raise


def _damage(file: str) -> str | None:
    import duckdb

    probe = scratch()
    try:
        probe.execute(f"CREATE TABLE probed AS FROM read_parquet({literal(file)})")
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    finally:
        probe.close()
    return None


def _write_whole(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{_UNFINISHED}{path.name}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.chmod(0o600)
    _sync(unfinished)
    unfinished.rename(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
