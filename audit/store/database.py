"""The DuckDB file: opening it, and bringing its schema up to date.

DuckDB lets one process write at a time. A command that writes holds the file until it ends; every
other command opens it read-only and is told plainly when it has to wait.
"""

from __future__ import annotations

import glob
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from audit.errors import StoreBusyError, StoreError, StoreFullError
from audit.store.access import fold_accesses, log_opening
from audit.store.connection import connect
from audit.store.review_lock import refuse_while_reviewed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: How long a reader waits: the review screen and `tasleek watch` write for moments at a time.
_READER_PATIENCE_S = 3.0
_RETRY_S = 0.05


class Migration(NamedTuple):
    """A numbered step of the schema, from ``store/migrations/NNNN_name.sql``."""

    number: int
    name: str
    sql: str


def migrations() -> tuple[Migration, ...]:
    """All steps in order; they are numbered from 1 without a gap."""
    found = []
    for entry in files("audit.store").joinpath("migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name):
            found.append(Migration(int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    return tuple(sorted(found))


@contextmanager
def open_database(
    path: Path, *, write: bool = False, reviewing: bool = False, patience_s: float = 0.0,
    encrypt: bool = False, others: Sequence[Path] = (),
) -> Iterator[DuckDBPyConnection]:  # fmt: skip
    """A connection to the database at ``path``.

    With ``write`` the file is made if need be and its schema is brought up to date; without, it must
    exist and is opened read-only. ``reviewing`` is for the holder of ``review_lock.reviewing``: other
    writers are refused while a review screen is open. A file in use is tried again for ``patience_s``.
    ``encrypt`` makes a new file an encrypted one (see ``connection``). The connection reaches no other
    file but ``others`` (files, or folders). What a command opens goes into the log of accesses.
    Raises ``StoreBusyError`` when the file is in use by another process, ``StoreFullError`` when it
    cannot be written, ``StoreError`` when it is no DuckDB database or was made by a newer tasleek.
    """

    if write and not reviewing:
        refuse_while_reviewed(path)
    if not write and not path.is_file():
        raise StoreError(
            f"{path}: no such database; `tasleek audit RECORDINGS --db {path}` makes one"
        )
    new = write and not path.exists()
    with (
        _spill_folder(path) as spill,
        closing(
            _connect_patiently(path, write, spill, patience_s, reviewing, encrypt, others)
        ) as connection,
        _naming_trouble(path),
    ):
        if write:
            with _naming_full_disk(path):
                _keep_private(path, new)
                _remove_spilled(path, spill)
                migrate(connection, path)
                fold_accesses(connection, path)
                log_opening(connection, path, write=True)
        else:
            _check_version(connection, path)
            log_opening(connection, path, write=False)
        yield connection


@contextmanager
def _spill_folder(path: Path) -> Iterator[Path]:
    """A folder for its owner alone, for what does not fit in memory: beside the database, where that
    may be written."""
    try:
        folder = tempfile.mkdtemp(prefix=_spill_prefix(path), dir=path.parent)
    except OSError:
        folder = tempfile.mkdtemp(prefix="tasleek-spill-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _spill_prefix(path: Path) -> str:
    return f".{path.name}.spill-"


@contextmanager
def _naming_trouble(path: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.PermissionException as error:
        raise StoreError(
            f"{path}: its own views reach for other files or programs, which tasleek's never do: "
            f"somebody has changed it ({str(error).splitlines()[0]}). Do not use it"
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"{path}: this needs more memory than DuckDB may take here, or more room for its temporary "
            f"files ({str(error).splitlines()[0]}). Make room on the disk of the database, or ask about "
            "less: fewer days, one agent"
        ) from error


@contextmanager
def _naming_full_disk(path: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        raise write_failure(path, error) from error


def write_failure(path: Path | str, error: Exception) -> StoreFullError:
    """What a failed write to the database at ``path`` means to the person at the keyboard."""
    why = str(error).splitlines()[0]
    return StoreFullError(
        f"{path} cannot be written ({why}). What was stored before is safe. Make room on its disk, or "
        "see that the disk is there; then the same command does the rest"
    )


def database_path(connection: DuckDBPyConnection) -> str:
    """The file that ``connection`` is open on."""
    row = connection.execute(
        "SELECT path FROM duckdb_databases() WHERE path IS NOT NULL"
    ).fetchone()
    return str(row[0]) if row and row[0] else "the database"


def is_encrypted(connection: DuckDBPyConnection) -> bool:
    """Whether the database that ``connection`` is open on is an encrypted one."""
    row = connection.execute(
        "SELECT encrypted FROM duckdb_databases() WHERE path IS NOT NULL"
    ).fetchone()
    return bool(row and row[0])


def _keep_private(path: Path, new: bool) -> None:
    """A new database is for its owner only; one that its group may read stays so, but nobody else."""
    mode = path.stat().st_mode
    wanted = stat.S_IMODE(mode) & (0o600 if new else 0o770)
    if wanted != stat.S_IMODE(mode):
        with suppress(PermissionError):  # somebody else's file
            path.chmod(wanted)


def _remove_spilled(path: Path, own: Path) -> None:
    # What a killed process had put out of its memory; nobody else can have the file open now.
    for prefix in (_spill_prefix(path), rewriting_prefix(path)):
        for folder in path.parent.glob(f"{glob.escape(prefix)}*"):
            if folder.name != own.name:
                shutil.rmtree(folder, ignore_errors=True)


def rewriting_prefix(path: Path) -> str:
    """How the folder begins in which the database at ``path`` is written anew."""
    return f".{path.name}.rewriting-"


def _connect_patiently(
    path: Path, write: bool, spill: Path, patience_s: float, reviewing: bool, encrypt: bool,
    others: Sequence[Path],
) -> DuckDBPyConnection:  # fmt: skip
    deadline = time.monotonic() + patience_s
    if not write and not reviewing:
        deadline += _READER_PATIENCE_S
    while True:
        try:
            return _connect(path, write, spill, encrypt, others)
        except StoreBusyError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_RETRY_S)


def _connect(
    path: Path, write: bool, spill: Path, encrypt: bool, others: Sequence[Path]
) -> DuckDBPyConnection:
    import duckdb

    new = not path.exists()
    try:
        return connect(path, write=write, spill=spill, encrypt=encrypt, others=others)
    except duckdb.IOException as error:
        if "Could not set lock" in str(error):
            raise StoreBusyError(_in_use(path, str(error), write)) from error
        if new:  # what a full disk left of it would be no database later
            path.unlink(missing_ok=True)
        raise StoreError(_open_failure(path, str(error))) from error
    except duckdb.Error as error:
        raise StoreError(f"{path}: not a database that tasleek can open ({error})") from error


def _in_use(path: Path, message: str, write: bool) -> str:
    process = re.search(r"PID (\d+)", message)
    who = f" by process {process[1]}" if process else ""
    doing = "using" if write else "writing to"  # readers disturb writers only
    return (
        f"{path} is in use{who}: another tasleek command is {doing} it. "
        "Wait until it has ended, or give another file to --db"
    )


def _open_failure(path: Path, message: str) -> str:
    if "No space left" in message:
        return f"{path} cannot be opened ({message.splitlines()[0]}); make room on its disk"
    if path.is_file() and not path.stat().st_size:
        return f"{path} is an empty file, left by something that could not go on; remove it"
    if "not a valid DuckDB" in message:
        return f"{path} is not a DuckDB database; give the file that `tasleek audit` made to --db"
    return (
        f"{path} cannot be opened ({message.splitlines()[0]}); check the folder and its permissions"
    )


def schema_version(connection: DuckDBPyConnection) -> int:
    """The number of the newest migration applied; 0 for an empty database."""
    row = connection.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_name = 'schema_migrations'"
    ).fetchone()
    if not row or not row[0]:
        return 0
    row = connection.execute("SELECT max(number) FROM schema_migrations").fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def migrate(connection: DuckDBPyConnection, path: Path) -> tuple[Migration, ...]:
    """Apply the missing migrations, each in one transaction with its record; returns those applied."""
    _check_newer(connection, path)
    version = schema_version(connection)
    missing = tuple(step for step in migrations() if step.number > version)
    if not missing:
        return ()
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(number INTEGER PRIMARY KEY, name VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
    )
    for step in missing:
        with transaction(connection):
            connection.execute(step.sql)
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, now())", [step.number, step.name]
            )
            if version == 0 and step.number == 1:
                connection.execute(
                    "INSERT INTO settings VALUES ('caller_salt', ?)", [secrets.token_hex(32)]
                )
    return missing


def _check_newer(connection: DuckDBPyConnection, path: Path) -> None:
    newest = migrations()[-1].number
    if (version := schema_version(connection)) > newest:
        raise StoreError(
            f"{path} was made by a newer tasleek (schema {version}, this one knows {newest}); "
            "install that version, or give another file to --db"
        )


def _check_version(connection: DuckDBPyConnection, path: Path) -> None:
    _check_newer(connection, path)
    if (version := schema_version(connection)) == 0:
        raise StoreError(f"{path} holds no audit; give the file that `tasleek audit` made to --db")
    if version < migrations()[-1].number:
        raise StoreError(f"{path} has an older schema; run `tasleek db migrate --db {path}` once")


@contextmanager
def transaction(connection: DuckDBPyConnection) -> Iterator[None]:
    """All statements within are kept together, or none is."""
    import duckdb

    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        # DuckDB has ended the transaction itself when it could not write.
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
