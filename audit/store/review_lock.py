"""Who is reviewing a database: a lock beside the file for as long as a review screen is open.

The review screen opens the database for moments only, so that reports can be made meanwhile. What
must not happen is a run that takes the file for hours under the reviewers' hands: commands that write
look for this lock first. The operating system lets go of it when its process ends, however it ends.
A screen that nobody uses lets go of it, too, so that one left open does not stop the nightly run.
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


class ReviewHold:
    """The lock of one screen. It may be taken and let go of again and again, by one thread at a time."""

    def __init__(self, database: Path) -> None:
        from filelock import FileLock

        self._database = database
        self._path = lock_path(database)
        self._lock = FileLock(self._path, thread_local=False)

    def take(self) -> None:
        """Hold the database, if this screen does not yet. Raises ``StoreBusyError`` if another does."""
        from filelock import Timeout

        if self._lock.is_locked:
            return
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise StoreBusyError(
                f"{self._database} is already being reviewed{holder(self._database)}. A second person "
                "reviews in the same screen: press Enter in the terminal where it runs, or use its "
                "menu, for another link. To review here instead, end it there with Ctrl-C"
            ) from None
        except OSError as error:
            raise StoreError(
                f"{self._path} cannot be made ({error.strerror}); check the folder and its permissions"
            ) from error
        self._path.write_text(str(os.getpid()), encoding="ascii")

    def let_go(self) -> None:
        """Let other commands write, until the lock is taken again."""
        if self._lock.is_locked:
            self._path.write_text("", encoding="ascii")
            self._lock.release()


@contextmanager
def reviewing(database: Path) -> Iterator[ReviewHold]:
    """Hold ``database`` for reviewing. Raises ``StoreBusyError`` when another process does."""
    hold = ReviewHold(database)
    hold.take()
    try:
        yield hold
    finally:
        hold.let_go()


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
