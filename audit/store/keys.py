"""The key of an encrypted database: from a file, the environment or a prompt, never from an argument.

An argument would stand in the list of processes and in the history of the shell.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from audit.errors import StoreError

KEY_VARIABLE = "TASLEEK_KEY"
#: DuckDB hashes a key once (no slow derivation), so a short one could be guessed offline.
SHORTEST_NEW_KEY = 16

_chosen_file: Path | None = None
_asked: dict[Path, str] = {}


def use_key_file(path: Path | None) -> None:
    """Take keys from ``path`` in this process; ``None`` goes back to environment and prompt."""
    global _chosen_file
    _chosen_file = path


def database_key(database: Path, *, new: bool = False) -> str:
    """The key of ``database``: of the key file, else of ``TASLEEK_KEY``, else asked for on a terminal.

    With ``new`` the key is for a database that is being made: it is asked for twice and must have at
    least ``SHORTEST_NEW_KEY`` characters. Raises ``StoreError`` when there is none, or an unfit one.
    """
    if _chosen_file is not None:
        key, origin = _from_file(_chosen_file), str(_chosen_file)
    elif KEY_VARIABLE in os.environ:
        key, origin = os.environ[KEY_VARIABLE], KEY_VARIABLE
    elif sys.stdin.isatty() and sys.stderr.isatty():
        key, origin = _asked_for(database, new), "the prompt"
    else:
        raise StoreError(
            f"{database} needs a key and none is given: set {KEY_VARIABLE} in the environment, give "
            "--key-file FILE, or run the command in a terminal to be asked for it"
        )
    return _checked(key, origin, new)


def key_of_file(path: Path) -> str:
    """The key in ``path``, fit for a new database. Raises ``StoreError``."""
    return _checked(_from_file(path), str(path), new=True)


def write_new_key(path: Path) -> None:
    """Write a random key of 256 bits to ``path``, readable by its owner alone; never over a file."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
    except OSError as error:
        raise StoreError(
            f"{path}: the key cannot be written ({error.strerror}); give the name of a new file"
        ) from error


def forget_asked_key(database: Path) -> None:
    """Ask again next time: the key that was typed did not fit."""
    _asked.pop(database, None)


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StoreError(
            f"{path}: the key file cannot be read ({why}); give another one to --key-file, or make one "
            "with `tasleek db new-key FILE`"
        ) from error


def _asked_for(database: Path, new: bool) -> str:
    import getpass

    if database not in _asked:
        key = getpass.getpass(f"Key of {database}: ", stream=sys.stderr)
        if new and getpass.getpass("The same key again: ", stream=sys.stderr) != key:
            raise StoreError("the two keys differ; run the command again")
        _asked[database] = key
    return _asked[database]


def _checked(key: str, origin: str, new: bool) -> str:
    if not key or not key.isprintable():
        raise StoreError(
            f"{origin} holds no usable key: it must be one line of printable characters"
        )
    if new and len(key) < SHORTEST_NEW_KEY:
        raise StoreError(
            f"the key from {origin} has {len(key)} characters; a new database needs at least "
            f"{SHORTEST_NEW_KEY}. `tasleek db new-key FILE` makes a good one"
        )
    return key
