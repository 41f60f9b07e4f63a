"""Every parser of what comes from outside, on damaged and hostile input: a result, or an error of ours.

The variants are the same on every run (seeded), so a failure is reproducible; the budget is fixed.
"""

from __future__ import annotations

import base64
import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.cli.json_lines import JsonLines
from audit.config import IngestConfig, load_config
from audit.errors import TasleekError
from audit.ingest.manifest import read_manifest
from audit.ingest.recordings import RecordingFinder
from audit.ingest.riff import data_chunk
from audit.ingest.surveys import read_surveys
from audit.ingest.vcon import dialog_body, is_vcon, read_vcon
from audit.language.jsonl import parse_call, parse_turn
from audit.reporting.excerpt_removal import remove_excerpts
from audit.review.scorecard import load_scorecard
from audit.training.evaluate_speakers import read_rttm
from audit.types import CallFailure, Recording
from tests.dummies import call_wav
from tests.security.mutation import fields_replaced, variants

VARIANTS = 250
CONFIG = IngestConfig()

FIELDS = {
    "path": "c.wav", "call_id": "C-1", "started_at": "2026-11-03T09:15:00+03:00", "agent_id": "A1",
    "caller": "0501234567", "wait_s": 12.5, "hold_s": 3, "agent_channel": 1,
    "channel_map": "agent,caller",
}  # fmt: skip
CSV = (
    "path,call_id,started_at,wait_s,agent_channel\n"
    + 'c.wav,"C-1",2026-11-03T09:15:00,12.5,1\n' * 3
)
VCON = json.dumps(
    {
        "vcon": "0.0.1", "uuid": "u-1", "created_at": "2026-11-03T09:15:00Z",
        "parties": [{"tel": "0501234567"}, {"name": "A1", "role": "agent"}],
        "dialog": [
            {"type": "recording", "start": "2026-11-03T09:15:00Z", "parties": [0, 1],
             "encoding": "base64url", "body": base64.urlsafe_b64encode(b"RIFF").decode()},
            {"type": "recording", "parties": 0, "filename": "c.wav"},
        ],
    }
)  # fmt: skip
TOML = (
    '[ingest]\ntimezone = "Asia/Riyadh"\nmax_duration_min = 240\n'
    '[speech]\nbeam_size = 5\nlanguage = "ar"\n'
)
PATTERNS = (
    r"(?P<agent_id>\w+)_(?P<started_at>[\dT:-]+)",
    r"(?P<call_id>.*)",
    r"(?P<caller>\d+)-(?P<wait_s>.+)",
)


def documents(document: str, seed: int):
    yield from variants(document.encode(), VARIANTS, seed)
    yield from fields_replaced(document, VARIANTS, seed + 1)


def survives(parse, *arguments):
    """The result of ``parse``, or ``None`` where it raised an error of ours."""
    try:
        return parse(*arguments)
    except TasleekError as error:
        assert str(error)
        return None


@pytest.mark.parametrize(
    ("name", "document"),
    [("m.csv", CSV), ("m.jsonl", json.dumps(FIELDS) + "\n" + json.dumps(FIELDS))],
)
def test_manifest(tmp_path, name, document):
    file = tmp_path / name
    read = 0
    for content in documents(document, 1):
        file.write_bytes(content)
        rows = survives(read_manifest, file, CONFIG)
        read += rows is not None
    assert read > VARIANTS / 4  # the variants are not all refused at the door


def found(finder: RecordingFinder, path) -> list:
    results = list(finder.find([path]))
    assert all(isinstance(result, (Recording, CallFailure)) for result in results)
    return results


def test_sidecar(tmp_path):
    call_wav(tmp_path / "c.wav", 1)
    kinds = set()
    for content in documents(json.dumps(FIELDS), 2):
        (tmp_path / "c.json").write_bytes(content)
        kinds |= {type(result) for result in found(RecordingFinder(CONFIG), tmp_path / "c.wav")}
    assert kinds == {Recording, CallFailure}


def test_vcon(tmp_path):
    call_wav(tmp_path / "c.wav", 1)
    file = tmp_path / "v.vcon"
    bodies = 0
    for content in documents(VCON, 3):
        file.write_bytes(content)
        is_vcon(file)
        for dialog in survives(read_vcon, file, CONFIG) or ():
            assert dialog.path is None or dialog.path.parent == tmp_path
            bodies += survives(dialog_body, file, dialog.index) is not None
        found(RecordingFinder(CONFIG), file)
    assert bodies > 0


@settings(max_examples=150)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_filename_pattern(tmp_path_factory, stem):
    stem = stem.replace("/", "_").replace("\x00", "_").lstrip(".") or "x"
    folder = tmp_path_factory.mktemp("names")
    try:
        file = call_wav(folder / f"{stem}.wav", 1)
    except OSError:
        return  # no file can have such a name
    for pattern in PATTERNS:
        found(RecordingFinder(IngestConfig(filename_pattern=pattern)), file)


@settings(max_examples=150)
@given(st.text(max_size=30))
def test_a_pattern_itself(pattern):
    survives(RecordingFinder, IngestConfig(filename_pattern=pattern))


def test_configuration(tmp_path):
    file = tmp_path / "tasleek.toml"
    for content in documents(TOML, 5):
        file.write_bytes(content)
        config = survives(load_config, file, None, {})
        assert config is None or config.sha256


@pytest.mark.parametrize(
    ("parse", "value"),
    [
        (parse_turn, {"id": 1, "context": "متى", "text": "تطمن"}),
        (parse_call, {"id": 1, "turns": [{"speaker": "agent", "text": "حياك"}]}),
    ],
)
def test_json_lines(tmp_path, capsys, parse, value):
    source = tmp_path / "in.jsonl"
    good = json.dumps(value, ensure_ascii=False)
    for content in documents(good, 6):
        source.write_bytes(content + b"\n" + good.encode())
        lines = JsonLines(source, tmp_path / "out.jsonl", parse)
        assert len(list(lines)) >= 1  # one bad line never costs the next
    capsys.readouterr()


RTTM = "SPEAKER c 1 0.000 1.500 <NA> <NA> S0 <NA> <NA>\n" * 3


def test_rttm(tmp_path):
    file = tmp_path / "c.rttm"
    read = 0
    for content in documents(RTTM, 8):
        file.write_bytes(content)
        read += survives(read_rttm, file) is not None
    assert read > VARIANTS / 4


def test_surveys(tmp_path):
    file = tmp_path / "s.csv"
    for content in documents("call_id,score,date,comment\nC-1,4,2026-11-03,good\n" * 2, 9):
        file.write_bytes(content)
        survives(lambda: list(read_surveys(file, "Asia/Riyadh")))


def test_scorecard(tmp_path):
    file = tmp_path / "tasleek.toml"
    form = resource_text("scorecard.toml")
    for content in variants(form.encode(), VARIANTS // 2, 10):
        file.write_bytes(content)
        survives(load_scorecard, file)


def test_list_of_excerpts(tmp_path):
    outside = tmp_path / "victim.wav"
    outside.write_bytes(b"RIFF")
    folder = tmp_path / "x"
    folder.mkdir()
    for content in documents("file,call_id,turn_index\n../victim.wav,C-1,1\na.wav,C-2,1\n", 11):
        (folder / "excerpts.csv").write_bytes(content)
        survives(remove_excerpts, folder, {"C-1", "C-2"})
    assert outside.exists()


def resource_text(name: str) -> str:
    return files("audit.review").joinpath(name).read_text(encoding="utf-8")


def test_riff_header(tmp_path):
    header = call_wav(tmp_path / "c.wav", 1).read_bytes()[:64]
    file = tmp_path / "d.wav"
    for content in variants(header, 4 * VARIANTS, 7):
        file.write_bytes(content)
        with file.open("rb") as opened:
            chunk = data_chunk(opened)
        assert chunk is None or 0 <= chunk.missing_share <= 1
