from __future__ import annotations

import base64
import hashlib
import json

import pytest

from audit.config import IngestConfig
from audit.errors import ConfigError, UsageError
from audit.ingest.recordings import RecordingFinder
from audit.ingest.vcon import dialog_body
from audit.types import CallFailure, Recording
from tests.dummies import call_wav


def find(paths, manifest=None, **config):
    return list(RecordingFinder(IngestConfig(**config), manifest).find(paths))


def test_files_folders_and_patterns_each_recording_once(tmp_path):
    first = call_wav(tmp_path / "a.wav", 1)
    call_wav(tmp_path / "deep" / "b.wav", 2)
    (tmp_path / "notes.txt").write_text("not a recording")
    (tmp_path / ".hidden.wav").write_bytes(b"")
    found = find([first, tmp_path, str(tmp_path / "**" / "*.wav")])
    assert [r.path.name for r in found] == ["a.wav", "b.wav"]
    assert found[0].call_id == "a"
    assert found[0].sha256 == hashlib.sha256(first.read_bytes()).hexdigest()


def test_a_path_that_is_not_there_fails_alone(tmp_path):
    call_wav(tmp_path / "a.wav", 1)
    missing, found = find([tmp_path / "no.wav", tmp_path / "a.wav"])
    assert isinstance(missing, CallFailure)
    assert "no.wav" in missing.reason
    assert isinstance(found, Recording)


def test_csv_manifest(tmp_path):
    call_wav(tmp_path / "calls" / "a.wav", 1)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "path,call_id,agent_id,started_at,wait_s,extra\n"
        "calls/a.wav,C-1,موظف ٧,2026-11-03T09:15:00+03:00,30,x\n",
        encoding="utf-8",
    )
    (found,) = find([tmp_path / "calls"], manifest)
    assert found.call_id == found.metadata.call_id == "C-1"
    assert found.metadata.agent_id == "موظف ٧"
    assert found.metadata.wait_ms == 30_000


def test_csv_of_a_spreadsheet_with_semicolons_and_a_byte_order_mark(tmp_path):
    call_wav(tmp_path / "a.wav", 1)
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("path;call_id\na.wav;C-1\n", encoding="utf-8-sig")
    assert find([], manifest)[0].call_id == "C-1"


def test_a_wrong_row_fails_alone_and_names_its_line(tmp_path):
    for name in "abc":
        call_wav(tmp_path / f"{name}.wav", ord(name))
    manifest = tmp_path / "m.jsonl"
    manifest.write_text(
        '{"path": "a.wav", "started_at": "not a date", "call_id": "A"}\n'
        '{"path": "b.wav", "call_id": "B"}\n'
        "{broken\n"
        '{"call_id": "no path"}\n'
    )
    found = find([tmp_path], manifest)
    failures = [f.reason for f in found if isinstance(f, CallFailure)]
    assert [r.call_id for r in found if isinstance(r, Recording)] == ["B", "c"]
    assert len(failures) == 3
    assert any("m.jsonl row 1" in reason and "started_at" in reason for reason in failures)
    assert any("m.jsonl row 3" in reason for reason in failures)
    assert any("m.jsonl row 4" in reason for reason in failures)


def test_manifest_that_is_none(tmp_path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("file,agent\nx,y\n")
    with pytest.raises(UsageError, match="no column 'path'"):
        find([tmp_path], manifest)
    manifest.write_bytes(b"\xff\xfe\x00path")
    with pytest.raises(UsageError, match=r"m\.csv"):
        find([tmp_path], manifest)
    with pytest.raises(UsageError, match="no such manifest"):
        find([tmp_path], tmp_path / "none.csv")


def test_sidecar_beside_the_recording(tmp_path):
    call_wav(tmp_path / "a.wav", 1)
    call_wav(tmp_path / "b.wav", 2)
    (tmp_path / "a.json").write_text('{"call_id": "C-1", "queue": "billing"}')
    (tmp_path / "b.wav.json").write_text('{"call_id": "C-2"}')
    assert [(r.call_id, r.metadata.queue) for r in find([tmp_path])] == [
        ("C-1", "billing"),
        ("C-2", None),
    ]


@pytest.mark.parametrize("text", ["{", "[1]", '{"started_at": "?"}'])
def test_wrong_sidecar_fails_that_call_alone(tmp_path, text):
    call_wav(tmp_path / "a.wav", 1)
    call_wav(tmp_path / "b.wav", 2)
    (tmp_path / "a.json").write_text(text)
    failed, good = find([tmp_path])
    assert "a.json" in failed.reason
    assert good.call_id == "b"


def test_filename_pattern(tmp_path):
    call_wav(tmp_path / "A7_20261103-091500_billing.wav", 1)
    call_wav(tmp_path / "unnamed.wav", 2)
    named, failed = find(
        [tmp_path],
        filename_pattern=r"(?P<agent_id>\w+?)_(?P<started_at>[\d-]+)_(?P<queue>\w+)",
        started_at_format="%Y%m%d-%H%M%S",
    )
    assert (named.metadata.agent_id, named.metadata.queue) == ("A7", "billing")
    assert named.metadata.started_at.isoformat() == "2026-11-03T09:15:00+03:00"
    assert "unnamed.wav" in failed.reason
    assert "filename_pattern" in failed.reason


@pytest.mark.parametrize("pattern", ["(", "(?P<agent>x)"])
def test_wrong_pattern(pattern):
    with pytest.raises(ConfigError, match="filename_pattern"):
        RecordingFinder(IngestConfig(filename_pattern=pattern))


def vcon(path, **dialog):
    recording = {
        "type": "recording",
        "start": "2026-11-03T09:15:00+03:00",
        "parties": [0, 1],
        **dialog,
    }
    path.write_text(
        json.dumps(
            {
                "vcon": "0.3.0",
                "uuid": "0191-uuid",
                "parties": [{"tel": "+966501234567"}, {"name": "Sara", "role": "agent"}],
                "dialog": [{"type": "text", "body": "hi"}, recording],
            }
        )
    )
    return path


def test_vcon_with_the_sound_inside(tmp_path):
    sound = call_wav(tmp_path / "elsewhere" / "a.wav", 1).read_bytes()
    body = base64.urlsafe_b64encode(sound).decode().rstrip("=")
    path = vcon(tmp_path / "call.vcon", body=body, encoding="base64url")
    (found,) = find([path])
    assert found.call_id == "0191-uuid"
    assert found.vcon_dialog == 1
    assert dialog_body(path, 1) == sound
    assert found.sha256 == hashlib.sha256(sound).hexdigest()
    assert found.metadata.agent_id == "Sara"
    assert found.metadata.agent_channel == 1
    assert found.metadata.caller == "+966501234567"


def test_vcon_with_the_sound_beside_it(tmp_path):
    call_wav(tmp_path / "a.wav", 1)
    (found,) = find([vcon(tmp_path / "call.json", filename="../../etc/../a.wav")])
    assert found.path == (tmp_path / "a.wav").resolve()
    assert found.vcon_dialog is None
    assert len(find([tmp_path])) == 1


@pytest.mark.parametrize(
    ("dialog", "says"),
    [
        ({"url": "https://example.com/a.wav"}, "nothing is downloaded"),
        ({"body": "***", "encoding": "base64url"}, "base64url"),
        ({"body": "aGk", "encoding": "none"}, "base64url"),
        ({}, "neither a body nor a filename"),
        ({"filename": "a.wav", "start": "?"}, "started_at"),
    ],
)
def test_wrong_vcon(tmp_path, dialog, says):
    (failed,) = find([vcon(tmp_path / "call.vcon", **dialog)])
    assert isinstance(failed, CallFailure)
    assert "call.vcon" in failed.reason
    assert says in failed.reason


def test_text_named_vcon(tmp_path):
    (tmp_path / "a.vcon").write_text("hello")
    (failed,) = find([tmp_path])
    assert "not valid JSON" in failed.reason
