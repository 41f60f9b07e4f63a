"""Recordings at URLs of fsspec, here in its memory."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from audit.batch.chunk import ChunkAuditor
from audit.config import Config, IngestConfig
from audit.errors import UnreadableError, UsageError
from audit.ingest.recordings import RecordingFinder
from audit.ingest.remote import local_copy, remote_stamps
from audit.locations import is_url, url_of
from audit.store.writer import path_text
from audit.types import CallFailure, Recording
from tests.dummies import DummyAuditor, call_wav

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed (the extra tasleek[ray])")


def unread(stamps):
    return {stamp: f"unread:{stamp.path}" for stamp in stamps}


@pytest.fixture
def bucket(tmp_path):
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for name, seed in (("day1/a.wav", 1), ("day1/b.wav", 2), ("day2/c.wav", 3)):
        memory.pipe(f"/bucket/{name}", call_wav(tmp_path / "x.wav", seed).read_bytes())
    memory.pipe("/bucket/day1/notes.txt", b"no recording")
    yield "memory://bucket"
    memory.store.clear()


@pytest.mark.parametrize("url", ["s3://bucket/a b.wav", "sftp://user@host/x/ب.wav", "abfs://c/1"])
def test_a_url_travels_as_a_path_and_is_stored_as_it_was(url):
    assert is_url(url)
    assert url_of(Path(url)) == url
    assert path_text(Path(url)) == url
    assert replace(Recording("c", Path(url), "x")).path.name == url.rpartition("/")[2]


@pytest.mark.parametrize(
    "path", ["/calls/a.wav", "calls/a.wav", "C:/calls/a.wav", "/odd/s3:/a.wav"]
)
def test_a_file_is_no_url(path):
    assert url_of(Path(path)) is None
    assert path_text(Path(path)) == path


@pytest.mark.parametrize(
    ("place", "names"),
    [("", "abc"), ("/day1", "ab"), ("/*/[ac].wav", "ac"), ("/day2/c.wav", "c")],
)
def test_folders_patterns_and_files(bucket, place, names):
    stamps = list(remote_stamps(bucket + place))
    assert [stamp.path.stem for stamp in stamps] == list(names)
    assert all(stamp.size_bytes > 1000 and stamp.modified_ns > 0 for stamp in stamps)


def test_metadata_from_the_manifest_and_each_recording_once(bucket, tmp_path):
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"path,agent_id\n{bucket}/day1/a.wav,noura\n")
    finder = RecordingFinder(IngestConfig(), manifest)
    assert [Path(name).name for name in finder.named] == ["a.wav"]
    found = list(finder.find_remote([bucket, bucket + "/day1/a.wav"], unread))
    assert [r.call_id for r in found] == ["a", "b", "c"]
    assert found[0].metadata.agent_id == "noura"


def test_what_is_not_there_is_a_failure(bucket):
    (failure,) = RecordingFinder(IngestConfig()).find_remote([bucket + "/gone.wav"], unread)
    assert isinstance(failure, CallFailure)
    assert "memory://bucket/gone.wav cannot be read" in failure.reason


def test_the_copy_is_private_and_removed(bucket):
    recording = Recording("a", Path(bucket + "/day1/a.wav"), "unread:")
    with local_copy(recording) as copy:
        assert copy.path.parent.stat().st_mode & 0o077 == 0
        assert copy.path.is_file()
        assert len(copy.sha256) == 64
    assert not copy.path.parent.exists()
    with pytest.raises(UnreadableError), local_copy(replace(recording, path=Path("memory://x/y"))):
        pass


def test_a_worker_audits_what_it_downloads_under_its_url(bucket):
    from audit import __version__

    fsspec.filesystem("memory").pipe("/bucket/bad.wav", b"no sound at all")
    worker = ChunkAuditor(DummyAuditor, Config(), None, __version__)
    assert worker.load() is None
    good, bad = (
        Recording(name, Path(f"{bucket}/{place}"), "unread:", size_bytes=9, modified_ns=8)
        for name, place in (("a", "day1/a.wav"), ("bad", "bad.wav"))
    )
    (_, audit), (_, failure) = worker.audit((good, bad))
    assert (audit.recording.path, audit.recording.modified_ns) == (good.path, 8)
    assert "memory://bucket/bad.wav" in failure.reason
    assert tempfile.gettempdir() not in failure.reason
    assert failure.path == bad.path


def test_a_kind_of_url_that_nothing_reads():
    with pytest.raises(UsageError, match="s3fs"):
        list(remote_stamps("nosuch://bucket/a.wav"))


def test_without_fsspec(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(UsageError, match=r"tasleek\[ray\]"):
        list(remote_stamps("s3://bucket/a.wav"))
