"""Connecting to a DuckDB file so that nothing but this file is touched, encrypted or not.

A database may come from outside. Its views and macros are code that runs when it is read, so a
connection can reach no other file, no network and no extension (``enable_external_access``, DuckDB's
documentation, "Securing DuckDB"), and cannot change that any more (``lock_configuration``).

Encryption is DuckDB's own (AES-256-GCM, since 1.4): blocks, write-ahead log and temporary files. DuckDB
writes encrypted files only with the OpenSSL module that its extension ``httpfs`` carries; the one that
is built in may only read. The extension comes as the Python package ``duckdb-extension-httpfs``, signed
by DuckDB, of exactly the same version.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from audit.errors import StoreError
from audit.store.keys import database_key, forget_asked_key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The name under which a database is attached.
CATALOG = "audits"
_CRYPTO_PACKAGE = "duckdb_extension_httpfs"
#: Never fetch or load code that a statement or a file asks for.
_NO_EXTENSIONS = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


#: What DuckDB may hold when it only answers questions: half the memory, and no more than this; beyond
#: it, it spills. Without a limit it keeps what it has read until four fifths of the memory are full.
_READERS_MEMORY = 1 << 30
#: DuckDB wants 125 MB a thread at the least ("Tuning Workloads", its documentation).
_READERS_THREADS = 8

_timezone: str | None = None


def use_timezone(name: str | None) -> None:
    """Moments that databases tell this process stand in the zone ``name`` from now on (IANA); ``None``:
    in that of the machine. Raises ``StoreError`` where there is no such zone."""
    global _timezone
    _timezone = None if name is None else zone(name).key


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ``StoreError``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise StoreError(
            f"timezone {name!r} is unknown; give an IANA name such as Asia/Riyadh under [ingest]"
        ) from error


def connect(
    path: Path, *, write: bool, spill: Path, encrypt: bool = False, others: Sequence[Path] = ()
) -> DuckDBPyConnection:
    """A connection to the database at ``path``, for reading only unless ``write``.

    What does not fit in memory is put into the folder ``spill``. ``encrypt`` makes a new file an
    encrypted one; whether an existing file is encrypted shows when it is opened. ``others`` are files,
    or folders with all in them, that may be attached or written.
    Raises ``duckdb.Error`` when the file cannot be opened, ``StoreError`` when it is the key or the
    encryption that fails.
    """
    import duckdb

    if encrypt and not path.exists():
        return _attached(path, write, spill, others, database_key(path, new=True))
    try:
        if others:
            return _attached(path, write, spill, others)
        connection = duckdb.connect(str(path), read_only=not write, config=dict(_NO_EXTENSIONS))
    except duckdb.CatalogException as error:
        if "without a key" not in str(error):
            raise
        return _attached(path, write, spill, others, database_key(path))
    if encrypt:
        connection.close()
        raise StoreError(
            f"{path} exists and is not encrypted; encrypt it with `tasleek db encrypt --db {path}`"
        )
    _contain(connection, write, spill, others)
    return connection


def scratch() -> DuckDBPyConnection:
    """An empty database in memory, which may read and write files."""
    import duckdb

    return duckdb.connect(":memory:", config=dict(_NO_EXTENSIONS))


def attach(
    connection: DuckDBPyConnection,
    path: Path,
    name: str,
    key: str | None,
    *,
    read_only: bool = False,
) -> None:
    """Attach the file ``path`` as ``name``; with ``key`` it is, or becomes, an encrypted one."""
    options = ["READ_ONLY"] if read_only else []
    if key is not None:  # GCM also tells when a block was changed
        options += [f"ENCRYPTION_KEY {literal(key)}", "ENCRYPTION_CIPHER 'GCM'"]
    told = f" ({', '.join(options)})" if options else ""
    connection.execute(f"ATTACH {literal(str(path))} AS {name}{told}")


def literal(text: str) -> str:
    """``text`` as a string of SQL, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def load_crypto(connection: DuckDBPyConnection) -> bool:
    """Load DuckDB's OpenSSL module; ``False`` where it is not installed."""
    import duckdb

    spec = importlib.util.find_spec(_CRYPTO_PACKAGE)
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}"
        extension = folder / "httpfs.duckdb_extension"
        if extension.is_file():
            connection.execute(f"LOAD {literal(str(extension))}")
            return True
    with suppress(duckdb.Error):  # where somebody has installed it by INSTALL httpfs
        connection.execute("LOAD httpfs")
        return True
    return False


def _attached(
    path: Path, write: bool, spill: Path, others: Sequence[Path], key: str | None = None
) -> DuckDBPyConnection:
    """The database attached to one in memory: the way to a key, and to writing beside what one reads."""
    import duckdb

    connection = duckdb.connect(":memory:", config=dict(_NO_EXTENSIONS))
    try:
        connection.execute("SET temp_file_encryption = true")
        if not load_crypto(connection) and write and key is not None:
            raise StoreError(_no_crypto_message(path))
        attach(connection, path, CATALOG, key, read_only=not write)
        connection.execute(f"USE {CATALOG}")
        _contain(connection, write, spill, others)
    except duckdb.InvalidInputException as error:
        connection.close()
        if "Wrong encryption key" not in str(error):
            raise
        forget_asked_key(path)
        raise StoreError(
            f"{path}: this is not the key that the database was encrypted with; check TASLEEK_KEY or "
            "the key file"
        ) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _contain(
    connection: DuckDBPyConnection, write: bool, spill: Path, others: Sequence[Path]
) -> None:
    locked = connection.execute("SELECT current_setting('lock_configuration')").fetchone()
    if locked and locked[0]:
        return  # a second connection of this process shares the first one's settings
    connection.execute(f"SET temp_directory = {literal(str(spill))}")
    if _timezone is not None:
        connection.execute(f"SET TimeZone = {literal(_timezone)}")
    if not write:
        connection.execute(f"SET memory_limit = '{_readers_memory()}B'")
        connection.execute(f"SET threads = {min(_cores(), _READERS_THREADS)}")
    if others:
        folders = ", ".join(literal(f"{path}/") for path in others if path.is_dir())
        names = ", ".join(literal(str(path)) for path in others if not path.is_dir())
        connection.execute(f"SET allowed_directories = [{folders}]")
        connection.execute(f"SET allowed_paths = [{names}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _readers_memory() -> int:
    try:
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not a system that tells
        return _READERS_MEMORY
    return min(_READERS_MEMORY, installed // 2)


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _no_crypto_message(path: Path) -> str:
    import duckdb

    return (
        f"{path} cannot be written encrypted: DuckDB's OpenSSL module (its extension httpfs) is not "
        f"installed for DuckDB {duckdb.__version__}. Run `pip install 'tasleek[encryption]'` with the "
        "duckdb version of requirements.lock, or once on a connected machine "
        "`python -c \"import duckdb; duckdb.sql('INSTALL httpfs')\"`"
    )
