"""Which files in a watched folder are complete."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from audit.ingest.arrivals import Arrivals

SETTLE_S = 10.0


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def arrivals(tmp_path, clock):
    return Arrivals([tmp_path], SETTLE_S, clock)


def names(arrived):
    return [path.name for path in arrived.complete]


def test_a_file_is_complete_when_it_has_stayed_the_same(tmp_path, arrivals, clock):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    first = arrivals.look()
    assert (names(first), first.settling) == ([], 1)
    clock.now = 9.0
    assert names(arrivals.look()) == []
    clock.now = 10.0
    assert names(arrivals.look()) == ["a.wav"]
    assert names(arrivals.look()) == []


def test_a_file_that_grows_is_waited_for(tmp_path, arrivals, clock):
    for clock.now in range(0, 60, 5):
        with (tmp_path / "a.wav").open("ab") as file:
            file.write(b"more")
        assert names(arrivals.look()) == []
    clock.now += 10
    assert names(arrivals.look()) == ["a.wav"]


def test_a_file_of_the_same_size_that_is_written_to_is_waited_for(tmp_path, arrivals, clock):
    path = tmp_path / "a.wav"
    for clock.now in (0, 6, 12):
        path.write_bytes(b"head")
        os.utime(path, (clock.now, clock.now))
        assert names(arrivals.look()) == []


def test_a_file_that_changed_since_is_told_again(tmp_path, arrivals, clock):
    path = tmp_path / "a.wav"
    path.write_bytes(b"half")
    arrivals.look()
    clock.now = 10.0
    assert names(arrivals.look()) == ["a.wav"]
    path.write_bytes(b"the whole of it")
    assert names(arrivals.look()) == []
    clock.now = 20.0
    assert names(arrivals.look()) == ["a.wav"]


@pytest.mark.parametrize(
    "name",
    [
        "a.wav.part", "a.wav.tmp", "a.part.wav", "a.tmp.wav", ".a.wav", ".a.wav.Xy12", "~a.wav",
        "a.wav.filepart", "a.WAV.PART", "a.txt", "a", "a.json.tmp",
    ],
)  # fmt: skip
def test_temporary_and_other_files_are_left_alone(tmp_path, arrivals, clock, name):
    (tmp_path / name).write_bytes(b"RIFF")
    arrivals.look()
    clock.now = 100.0
    assert arrivals.look().complete == ()


@pytest.mark.parametrize("temporary", ["a.wav.part", ".a.wav.Xy12", "a.tmp.wav"])
def test_a_file_that_is_renamed_into_place_is_complete_at_once(tmp_path, arrivals, temporary):
    path = tmp_path / temporary
    path.write_bytes(b"RIFF")
    os.utime(path, (1, 1))  # it was written some time before it is renamed
    arrivals.look()
    path.rename(tmp_path / "a.wav")
    assert names(arrivals.look()) == ["a.wav"]


def test_a_new_file_with_the_inode_of_a_deleted_one_is_waited_for(tmp_path, arrivals, monkeypatch):
    path = tmp_path / "a.wav.part"
    path.write_bytes(b"RIFF")
    arrivals.look()
    path.unlink()
    (tmp_path / "b.wav").write_bytes(b"RI")  # ext4 gives the inode again
    status = (tmp_path / "b.wav").stat()
    arrivals._temporary = {(status.st_dev, status.st_ino)}
    assert names(arrivals.look()) == []


def test_without_settling_time_a_file_is_complete_at_once(tmp_path, clock):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert names(Arrivals([tmp_path], 0.0, clock).look()) == ["a.wav"]


def test_folders_within_folders(tmp_path, arrivals, clock):
    (tmp_path / "2026" / "11").mkdir(parents=True)
    (tmp_path / "2026" / "11" / "a.mp3").write_bytes(b"ID3")
    arrivals.look()
    clock.now = 10.0
    assert names(arrivals.look()) == ["a.mp3"]


def test_a_vcon_is_told_and_a_sidecar_is_not(tmp_path, arrivals, clock):
    (tmp_path / "call.json").write_text(json.dumps({"vcon": "0.3.0"}))
    (tmp_path / "a.json").write_text(json.dumps({"agent_id": "A1"}))
    (tmp_path / "b.vcon").write_text("{}")
    arrivals.look()
    clock.now = 10.0
    assert sorted(names(arrivals.look())) == ["b.vcon", "call.json"]


def test_a_folder_that_goes_away_is_told_and_nothing_is_forgotten(tmp_path, clock):
    share = tmp_path / "share"
    share.mkdir()
    (share / "a.wav").write_bytes(b"RIFF")
    arrivals = Arrivals([share], SETTLE_S, clock)
    arrivals.look()
    clock.now = 10.0
    assert names(arrivals.look()) == ["a.wav"]
    share.rename(tmp_path / "gone")
    ((folder, why),) = arrivals.look().unreachable
    assert folder == share
    assert why
    (tmp_path / "gone").rename(share)
    clock.now = 100.0
    assert arrivals.look().complete == ()


def test_a_file_can_be_looked_at_again(tmp_path, arrivals, clock):
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    arrivals.look()
    clock.now = 10.0
    (path,) = arrivals.look().complete
    arrivals.look_again(path)
    assert arrivals.look().settling == 1
    clock.now = 20.0
    assert arrivals.look().complete == (path,)


def test_what_is_deleted_is_forgotten(tmp_path, arrivals, clock):
    for n in range(3):
        (tmp_path / f"{n}.wav").write_bytes(b"RIFF")
    arrivals.look()
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    arrivals.look()
    assert arrivals._seen == {}
