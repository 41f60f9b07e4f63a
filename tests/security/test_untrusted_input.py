"""What comes from outside cannot do what it should not: one test for each way that it might try."""

from __future__ import annotations

import ast
import os
import resource
import struct
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from audit.cli import main
from audit.cli.format import json_text, printable
from audit.config import IngestConfig
from audit.errors import AudioError, ModelError, StoreError
from audit.ingest.audio import decode
from audit.ingest.recordings import RecordingFinder
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.store.writer import AuditWriter, RunDescription
from audit.types import CallFailure, CallMetadata, Recording, Utterance
from audit.weights.cache import require
from tests.dummies import call_audit, call_wav, write_wav

ROOT = Path(__file__).parents[2]
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eevil\u2066\r<script>alert(1)</script>\ud800=cmd()"


@pytest.fixture
def tasleek(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tasleek", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return run


def store(db: Path, call_id: str = "C-1", **metadata) -> None:
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        recording = Recording(call_id, db.parent / "c.wav", "aa", CallMetadata(**metadata))
        writer.write_audit(call_audit(recording))


# Terminal


def assert_harmless(text: str) -> None:
    commanding = [
        c for c in text if c != "\n" and c != "\t" and (ord(c) < 32 or 127 <= ord(c) < 160)
    ]
    assert commanding == []
    assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    "arguments",
    [["show", "C-1"], ["show", "C-1", "--json"], ["calls"], ["calls", "--json"],
     ["query", "SELECT * FROM turns"], ["query", "SELECT text, role FROM turns", "--json"]],
)  # fmt: skip
def test_nothing_stored_commands_the_terminal(tasleek, tmp_path, arguments):
    hostile = HOSTILE.replace("\ud800", "")
    db = tmp_path / "a.duckdb"
    store(db, agent_id=hostile, vendor=hostile, service_channel=hostile)
    with open_database(db, write=True) as connection:
        connection.execute("UPDATE turns SET text = ?, role = ?", [hostile, hostile])
        connection.execute("UPDATE flags SET label = ?, evidence = [?]", [hostile, hostile])
        connection.execute("UPDATE calls SET path = ?, resolution = ?, role_evidence = ?, "
                           "verdict_evidence = [?]", [hostile] * 4)  # fmt: skip
    code, out, err = tasleek(*arguments, "--db", db)
    assert code == 0, err
    assert "script" in out
    assert_harmless(out)


def test_messages_do_not_command_the_terminal_either(tasleek):
    code, _, err = tasleek("show", "x\x1b[2J\u202e", "--db", "no\x1b[2J.duckdb")
    assert code == 1
    assert_harmless(err)


def test_harmless_text_is_left_as_it_is():
    text = "مرحبا\u200fabc\u200c١٢٣\tx 🙂"
    assert printable(text) == text
    assert json_text(text) == f'"{text}"'.replace("\t", "\\t")
    assert_harmless(json_text(HOSTILE))
    assert_harmless(printable(HOSTILE))


# Databases


def evil(db: Path, statement: str) -> None:
    store(db)
    with duckdb.connect(str(db)) as connection:
        connection.execute(statement)


def read_all(db: Path) -> None:
    with open_database(db) as connection:
        for table in ("calls", "turns", "holds"):
            connection.execute(f"FROM {table}").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE calls RENAME TO c; CREATE VIEW calls AS SELECT c.* REPLACE (content AS path) "
        "FROM c, read_text('{secret}')",
        "ALTER TABLE turns RENAME TO t; CREATE VIEW turns AS SELECT * FROM t WHERE "
        "(SELECT count(*) FROM glob('{folder}/*')) > 0",
        "ALTER TABLE holds RENAME TO h; CREATE VIEW holds AS SELECT h.* FROM h, "
        "read_csv('{secret}', all_varchar = true)",
        "ALTER TABLE turns RENAME TO t; CREATE VIEW turns AS SELECT t.* REPLACE "
        "(getenv('HOME') AS text) FROM t",
    ],
)
def test_a_database_from_outside_reads_no_file_when_it_is_shown(tasleek, tmp_path, statement):
    secret = tmp_path / "secret.txt"
    secret.write_text("TOPSECRET\n")
    db = tmp_path / "evil.duckdb"
    store(db)
    try:
        evil(db, statement.format(secret=secret, folder=tmp_path))
    except duckdb.Error:
        pytest.skip("DuckDB itself refuses to store such a view")
    with pytest.raises(StoreError, match="reach for other files"):
        read_all(db)
    code, out, _ = tasleek("show", "C-1", "--db", db)
    assert code == 1
    assert "TOPSECRET" not in out


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM '{secret}'",
        "COPY calls TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/export'",
        "ATTACH '{folder}/other.duckdb'",
        "CREATE TABLE x AS SELECT 1",
        "LOAD httpfs",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SELECT * FROM 'https://example.org/x.csv'",
        "SELECT getenv('HOME')",
        "PRAGMA enable_profiling; SELECT 1",
    ],
)
def test_a_query_reads_and_writes_no_file(tmp_path, sql):
    (tmp_path / "secret.txt").write_text("TOPSECRET\n")
    db = tmp_path / "a.duckdb"
    store(db)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreError):
        run_query(db, sql.format(secret=tmp_path / "secret.txt", folder=tmp_path))
    assert sorted(tmp_path.iterdir()) == before


def test_no_extension_is_fetched_or_loaded(tmp_path):
    db = tmp_path / "a.duckdb"
    store(db)
    told = run_query(
        db,
        "SELECT name, value FROM duckdb_settings() WHERE name IN ('autoinstall_known_extensions', "
        "'autoload_known_extensions', 'enable_external_access', 'allow_unsigned_extensions', "
        "'allow_community_extensions') ORDER BY name",
    )
    values = dict(told.rows)
    assert values["autoinstall_known_extensions"] == values["autoload_known_extensions"] == "false"
    assert values["enable_external_access"] == values["allow_unsigned_extensions"] == "false"


# Names and paths


@pytest.mark.parametrize(
    "name", ["../up", "/abs", "a\x00b", "con", "..", "a/b\\c", "x" * 300, "\u202ea"]
)
def test_a_call_may_be_called_anything_and_no_file_is_named_by_it(tasleek, tmp_path, name):
    inside = tmp_path / "work"
    inside.mkdir()
    db = inside / "a.duckdb"
    store(db, name)
    tasleek("show", name, "--db", db)
    tasleek("subject", "export", "--ticket", "x", "--out", inside / "o.json", "--db", db)
    assert [entry.name for entry in tmp_path.iterdir()] == ["work"]
    assert {entry.name for entry in inside.iterdir()} <= {
        "a.duckdb", "a.duckdb.access.jsonl", "a.duckdb.access.jsonl.lock", "o.json",
    }  # fmt: skip


def test_a_vcon_names_files_of_its_own_folder_only(tmp_path):
    outside = call_wav(tmp_path / "outside.wav", 1)
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("../outside.wav", str(outside), f"file://{outside}", "..", "a\\u0000b"):
        (folder / "v.vcon").write_text(
            f'{{"vcon": "0.0.1", "dialog": [{{"type": "recording", "filename": "{name}"}}]}}'
        )
        (found,) = RecordingFinder(IngestConfig()).find([folder / "v.vcon"])
        assert isinstance(found, CallFailure)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_pipes_and_devices_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "m.csv").write_text("path\npipe.wav\n/dev/zero\n")
    found = list(RecordingFinder(IngestConfig(), tmp_path / "m.csv").find([]))
    assert [type(item) for item in found] == [CallFailure, CallFailure]


def test_a_manifest_names_no_impossible_file(tmp_path):
    (tmp_path / "m.jsonl").write_text('{"path": "a\\u0000b.wav"}\n{"path": "../../../etc"}\n')
    found = list(RecordingFinder(IngestConfig(), tmp_path / "m.jsonl").find([]))
    assert all(isinstance(item, CallFailure) for item in found)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    file = tmp_path / "large.wav"
    with file.open("wb") as opened:
        opened.truncate(3 << 20)  # a hole: no room on the disk is taken
    (found,) = RecordingFinder(IngestConfig(max_file_mb=2)).find([file])
    assert isinstance(found, CallFailure)
    assert "max_file_mb" in found.reason


# Sound


def riff(rate_hz: int, claimed: int, data: bytes, channels: int = 1) -> bytes:
    head = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels, channels, 8)
    return (
        b"RIFF" + struct.pack("<I", min(claimed + 36, 0xFFFFFFFF)) + b"WAVEfmt " + struct.pack("<I", 16)
        + head + b"data" + struct.pack("<I", claimed) + data
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rate_hz", "claimed", "channels"),
    [(1, 14_000, 1), (8000, 0xFFFFFFFE, 1), (8000, 200_000_000, 1), (8000, 4000, 60_000),
     (0, 4000, 1), (0xFFFFFFFF, 4000, 1)],
)  # fmt: skip
def test_a_header_that_lies_costs_neither_memory_nor_time(rate_hz, claimed, channels):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with pytest.raises(AudioError):
        decode(riff(rate_hz, claimed, bytes(14_000), channels), "lie.wav", 240)
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def encoded(codec: str, container: str, seconds: int, rate_hz: int) -> bytes:
    """Silence, which compresses to almost nothing."""
    import io

    import av

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        block = np.zeros((1, 4096), np.int16)
        for _ in range(seconds * rate_hz // 4096):
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = rate_hz
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return out.getvalue()


def test_hours_of_compressed_silence_stop_at_the_limit():
    bomb = encoded("flac", "flac", 1800, 8000)
    assert len(bomb) < 400_000  # half an hour
    with pytest.raises(AudioError, match="limit is 1 minutes"):
        decode(bomb, "bomb.flac", 1)
    # The same without a length in its header: what is decoded is counted.
    streamed = bytearray(bomb)
    streamed[21:26] = bytes([streamed[21] & 0xF0, 0, 0, 0, 0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(AudioError):
        decode(bytes(streamed), "bomb.flac", 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD></MPD>",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5000 RTP/AVP 0\n",
    ],
)
def test_playlists_open_nothing(tmp_path, content):
    file = tmp_path / "list.wav"
    file.write_bytes(content)
    with pytest.raises(AudioError):
        decode(file, "list.wav", 1)


def test_floats_that_are_no_numbers_become_silence(tmp_path):
    samples = np.array([[np.nan, np.inf, -np.inf, 0.5] * 4000], np.float32)
    head = struct.pack("<HHIIHH", 3, 1, 8000, 32_000, 4, 32)
    data = samples.tobytes()
    content = (
        b"RIFF" + struct.pack("<I", len(data) + 36) + b"WAVEfmt " + struct.pack("<I", 16) + head
        + b"data" + struct.pack("<I", len(data)) + data
    )  # fmt: skip
    heard = decode(content, "nan.wav", 1).samples
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1.0


# Models


def test_weights_that_were_exchanged_are_not_loaded(tmp_path, monkeypatch):
    from audit.weights.manifest import read_manifest

    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path))
    model = next(m for m in read_manifest().models if all(f.sha256 for f in m.files))
    folder = tmp_path / "models" / model.id
    folder.mkdir(parents=True)
    for file in model.files:
        with (folder / file.name).open("wb") as opened:
            opened.truncate(file.size_bytes)  # the right name and size, another content
    with pytest.raises(ModelError, match="not what they should be"):
        require(model.id)


FORBIDDEN_MODULES = {"cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
FORBIDDEN_CALLS = {
    "pickle.load", "pickle.loads", "pickle.Unpickler", "eval", "exec", "os.system", "yaml.load",
    "subprocess.getoutput", "subprocess.getstatusoutput",
}  # fmt: skip


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _faults(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.partition(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if module.partition(".")[0] in FORBIDDEN_MODULES | {"pickle"}:
                yield module
        elif isinstance(node, ast.Call):
            keywords = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
            name = _name(node.func)
            if name in FORBIDDEN_CALLS:
                yield name
            if name.endswith("torch.load") and keywords.get("weights_only") is not True:
                yield "torch.load without weights_only"
            if (
                keywords.get("shell")
                or keywords.get("allow_pickle")
                or keywords.get("trust_remote_code")
            ):
                yield name


def test_nothing_is_unpickled_or_evaluated():
    found = {
        (file.relative_to(ROOT).as_posix(), fault)
        for file in sorted((ROOT / "audit").rglob("*.py"))
        for fault in _faults(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert found == set()


def test_the_search_for_unpickling_finds_it():
    for code in ("from pickle import loads", "pickle.load(f)", "from joblib import load",
                 "torch.load(x)", "eval('1')",
                 "np.load(x, allow_pickle=True)", "subprocess.run(x, shell=True)"):  # fmt: skip
        assert list(_faults(ast.parse(code))), code
    assert not list(_faults(ast.parse("torch.load(x, weights_only=True)")))


# What is said


def test_text_of_a_call_is_stored_as_text(tmp_path):
    db = tmp_path / "a.duckdb"
    said = "'); DROP TABLE calls; --"
    with open_database(db, write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        audit = call_audit(Recording(said, tmp_path / "c.wav", "aa", CallMetadata(agent_id=said)))
        writer.write_audit(replace(audit, utterances=(Utterance(0, "agent", said, 0, 0, 1, said),)))
    assert run_query(db, "SELECT call_id, agent_id FROM calls").rows == ((said, said),)


def test_wav_of_the_tests_is_what_it_says(tmp_path):
    """The helper that the hostile files are changed from."""
    file = write_wav(tmp_path / "x.wav", np.zeros((1, 8000), np.float32))
    assert decode(file, "x", 1).duration_ms == 1000
