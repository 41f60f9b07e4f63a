"""A disk that is full before a command begins: here a limit on the size of files, which fails alike."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from audit.errors import StoreError, StoreFullError
from audit.store.access import Access, accessing, log_path, read_accesses
from audit.store.database import open_database

resource = pytest.importorskip("resource", reason="limits of files are those of Unix")


@contextmanager
def largest_file(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 5000])
def test_what_is_left_of_a_new_database_is_taken_away(tmp_path, size):
    db = tmp_path / "a.duckdb"
    with largest_file(size), pytest.raises(StoreError, match="cannot be opened"):
        open_database(db, write=True).__enter__()
    assert not db.exists()
    with open_database(db, write=True):
        pass


def test_an_empty_file_is_told_apart(tmp_path):
    db = tmp_path / "a.duckdb"
    db.touch()
    with pytest.raises(StoreError, match=r"empty file.*remove it"):
        open_database(db, write=True).__enter__()


def test_an_answer_that_fits_nowhere_says_what_to_do(tmp_path):
    import duckdb

    db = tmp_path / "a.duckdb"
    with open_database(db, write=True):
        pass
    with pytest.raises(StoreError, match="ask about less"), open_database(db):
        raise duckdb.OutOfMemoryException("could not allocate block")


def test_the_log_of_readers_waits_until_there_is_room(tmp_path):
    db = tmp_path / "a.duckdb"
    with open_database(db, write=True):
        pass
    with accessing(Access("show")), open_database(db):
        pass
    with largest_file(50), pytest.raises(StoreFullError, match="the same command does the rest"):
        open_database(db, write=True).__enter__()
    with open_database(db, write=True) as connection:
        assert [entry.command for entry in read_accesses(connection, db)] == ["show"]
    assert log_path(db).stat().st_size == 0
