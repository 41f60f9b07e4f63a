"""Recordings are found again, and only the very ones that were audited."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from audit.config import IngestConfig
from audit.errors import AudioError, UnreadableError
from audit.ingest.originals import original_sound
from tests.dummies import call_wav

CONFIG = IngestConfig()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def vcon(path, *bodies: bytes):
    dialogs = [
        {
            "type": "recording", "start": "2026-11-01T09:00:00+03:00", "encoding": "base64url",
            "body": base64.urlsafe_b64encode(body).decode().rstrip("="),
        }
        for body in bodies
    ]  # fmt: skip
    path.write_text(json.dumps({"vcon": "0.3.0", "uuid": "u", "dialog": dialogs}), encoding="utf-8")
    return path


def test_a_recording_is_found_where_it_was_or_beside_the_database(tmp_path):
    path = call_wav(tmp_path / "in" / "a.wav", 1)
    known = sha256(path.read_bytes())
    assert original_sound(str(path), known, tmp_path, CONFIG) == path
    assert original_sound("in/a.wav", known, tmp_path, CONFIG) == tmp_path / "in" / "a.wav"


def test_a_recording_that_is_gone_is_named(tmp_path):
    with pytest.raises(UnreadableError, match=r"a\.wav is not there any more"):
        original_sound(str(tmp_path / "a.wav"), "0", tmp_path, CONFIG)


@pytest.mark.parametrize("name", ["a.wav", "a.json", "a.vcon"])
def test_another_recording_under_the_name_is_refused(tmp_path, name):
    path = call_wav(tmp_path / name, 1)
    with pytest.raises(AudioError, match="not the recording that was audited"):
        original_sound(str(path), sha256(b"other"), tmp_path, CONFIG)


@pytest.mark.parametrize("name", ["a.json", "a.vcon"])
def test_the_sound_inside_a_vcon_is_found_by_its_hash(tmp_path, name):
    first, second = (call_wav(tmp_path / f"{n}.wav", n).read_bytes() for n in (1, 2))
    path = vcon(tmp_path / name, first, second)
    assert original_sound(str(path), sha256(second), tmp_path, CONFIG) == second
    with pytest.raises(AudioError, match="not the recording that was audited"):
        original_sound(str(path), sha256(b"third"), tmp_path, CONFIG)


def test_a_damaged_vcon_is_told(tmp_path):
    path = tmp_path / "a.vcon"
    path.write_text('{"vcon": "0.3.0", "dialog": [', encoding="utf-8")
    with pytest.raises(AudioError, match=r"a\.vcon"):
        original_sound(str(path), "0", tmp_path, CONFIG)
