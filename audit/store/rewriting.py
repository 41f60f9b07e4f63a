"""Writing a database anew: without the bytes of deleted rows, or under another key.

DuckDB marks the blocks of deleted rows as free and leaves what stands in them. So everything that is
left is copied into a new file, which takes the place of the old one in one step.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import StoreError
from audit.store.connection import CATALOG, attach
from audit.store.database import open_database, rewriting_prefix, write_failure
from audit.store.keys import database_key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def rewrite(path: Path, new_key: str | None = None) -> None:
    """Write the database at ``path`` anew, under the key it has or ``new_key``.

    It is held open for reading meanwhile, which keeps every writer out; a reader that has it open goes
    on with the old file. A crash leaves the old file whole. Raises ``StoreError``.
    """
    import duckdb

    try:
        folder = Path(tempfile.mkdtemp(prefix=rewriting_prefix(path), dir=path.parent))
    except OSError as error:
        raise write_failure(path, error) from error
    fresh = folder / path.name
    try:
        with open_database(path, others=(folder,)) as connection:
            _copy(connection, path, fresh, new_key)
            fresh.chmod(path.stat().st_mode & 0o777)
            _sync(fresh)
            os.replace(fresh, path)
            _sync(path.parent)
    except (duckdb.Error, OSError) as error:
        raise write_failure(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def encrypt(path: Path, new_key_file: Path | None = None) -> None:
    """Encrypt the database at ``path``, or give an encrypted one the key of ``new_key_file``.

    A database that is not encrypted takes the key that other commands would use to open it. Raises
    ``StoreError`` when there is no key, or no new one.
    """
    from audit.store.keys import key_of_file

    with open_database(path) as connection:
        encrypted = _is_encrypted(connection)
    if encrypted and new_key_file is None:
        raise StoreError(f"{path} is encrypted already; give --new-key-file to change its key")
    new_key = key_of_file(new_key_file) if new_key_file else database_key(path, new=True)
    rewrite(path, new_key)


def _copy(connection: DuckDBPyConnection, path: Path, fresh: Path, new_key: str | None) -> None:
    key = new_key or (database_key(path) if _is_encrypted(connection) else None)
    attach(connection, fresh, "fresh", key)
    connection.execute(f"COPY FROM DATABASE {CATALOG} TO fresh")
    connection.execute("DETACH fresh")


def _is_encrypted(connection: DuckDBPyConnection) -> bool:
    row = connection.execute(
        "SELECT encrypted FROM duckdb_databases() WHERE path IS NOT NULL"
    ).fetchone()
    return bool(row and row[0])


def _sync(path: Path) -> None:
    """Have the system write ``path`` (a file, or a folder's list of names) to the disk now."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle for that
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
