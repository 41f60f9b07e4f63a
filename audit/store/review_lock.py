"""Who is reviewing a database: a lock beside the file for as long as a review screen is open.

The review screen opens the database for moments only, so that reports can be made meanwhile. What
must not happen is a run that takes the file for hours under the reviewers' hands: commands that write
look for this lock first. The operating system lets go of it when its process ends, however it ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from audit.errors import StoreBusyError, StoreError


def lock_path(database: Path) -> Path:
    """The lock file of the database at ``database``; it stays there, empty, after a review."""
    return database.with_name(f"{database.name}.review.lock")


@contextmanager
def reviewing(database: Path) -> Iterator[None]:
    """Hold ``database`` for reviewing. Raises ``StoreBusyError`` when another process does."""
    from filelock import FileLock, Timeout

    path = lock_path(database)
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise StoreBusyError(
            f"{database} is already being reviewed{holder(database)}. A second person reviews in the "
            "same screen: press Enter in the terminal where it runs, or use its menu, for another "
            "link. To review here instead, end it there with Ctrl-C"
        ) from None
    except OSError as error:
        raise StoreError(
            f"{path} cannot be made ({error.strerror}); check the folder and its permissions"
        ) from error
    try:
        path.write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        path.write_text("", encoding="ascii")
        lock.release()


def refuse_while_reviewed(database: Path) -> None:
    """Raise ``StoreBusyError`` that says what to do when ``database`` is being reviewed."""
    if is_reviewed(database):
        raise StoreBusyError(
            f"{database} is being reviewed: `tasleek review` is open on it{holder(database)}. End it "
            "with Ctrl-C in its terminal (every verdict is stored already), then run this again; or "
            "give another file to --db"
        )


def is_reviewed(database: Path) -> bool:
    """Whether a process holds ``database`` for reviewing."""
    from filelock import FileLock, Timeout

    path = lock_path(database)
    if not path.is_file():
        return False
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except OSError:
        return False  # a folder where one may not write; opening the database says so
    lock.release()
    return False


def holder(database: Path) -> str:
    """`` by process N``, as far as it is known."""
    try:
        process = lock_path(database).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return f" by process {process}" if process.isdecimal() else ""
