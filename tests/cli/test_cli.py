"""The command line as its users meet it: output, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from audit import pipeline
from audit.cli import main
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.types import LABELS, CallMetadata, Recording
from tests.dummies import DummyAuditor, call_audit, call_wav


@pytest.fixture
def tasleek(capsys, monkeypatch, tmp_path):
    """Runs the command in a folder of its own: ``(exit code, stdout, stderr)``."""
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


@pytest.fixture
def audited(tasleek, monkeypatch, tmp_path):
    """A database of two audited calls and one that failed."""
    monkeypatch.setattr(pipeline, "load_pipeline", DummyAuditor)
    for seed in range(2):
        call_wav(tmp_path / "calls" / f"c{seed}.wav", seed)
    (tmp_path / "calls" / "broken.wav").write_bytes(b"")
    assert tasleek("audit", "calls", "--db", "a.duckdb")[0] == 1
    return "a.duckdb"


def test_help_names_every_command(tasleek):
    code, out, _ = tasleek("--help")
    assert code == 0
    for command in ("audit", "calls", "show", "query", "transcribe", "score", "models", "doctor"):
        assert command in out


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['tasleek', '--help']\n"
        "from audit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'duckdb', 'av', 'ctranslate2', 'transformers', 'rich'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_audit_prints_progress_lines_and_a_summary(tasleek, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "load_pipeline", DummyAuditor)
    call_wav(tmp_path / "c.wav", 1)
    code, out, err = tasleek("audit", "c.wav", "--db", "a.duckdb", "--workers", "1")
    assert code == 0
    assert "[1/1] c: brush-off, score 81" in err
    assert "1 audited, 0 unscorable, 0 failed, 0 done before" in out
    code, out, _ = tasleek("audit", "c.wav", "--db", "a.duckdb")
    assert "1 done before" in out


def test_audit_json_is_one_object_a_line(tasleek, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "load_pipeline", DummyAuditor)
    call_wav(tmp_path / "c.wav", 1)
    (tmp_path / "d.wav").write_bytes(b"")
    _, out, _ = tasleek("audit", "c.wav", "d.wav", "--db", "a.duckdb", "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert [e["event"] for e in events] == ["planned", "call", "call", "summary"]
    assert {e["status"] for e in events if e["event"] == "call"} == {"failed", "audited"}
    assert events[-1]["audited"] == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audit", "--db", "a.duckdb"], "give recordings"),
        (["audit", "x.wav", "--manifest", "none.csv"], "no such manifest"),
        (["audit", "x.wav", "--config", "none.toml"], "no such configuration file"),
        (["audit", "x.wav", "--recognizer", "siri"], "siri"),
        (["audit", "x.wav", "--diarizer", "ears"], "ears"),
        (["audit", "x.wav", "--agent-channel", "7"], "7"),
        (["score", "turns", "none.jsonl", "--out", "o.jsonl"], "no such file"),
    ],
)
def test_wrong_use_is_exit_2_with_a_message(tasleek, tmp_path, arguments, says):
    call_wav(tmp_path / "x.wav", 1)
    code, _, err = tasleek(*arguments)
    assert code == 2
    assert err.splitlines()[-1].startswith("error: ")
    assert says in err.splitlines()[-1]


def test_wrong_setting_names_the_file_and_the_key(tasleek, tmp_path):
    (tmp_path / "tasleek.toml").write_text("[speech]\nbeem_size = 3\n")
    code, _, err = tasleek("audit", "x.wav")
    assert code == 2
    assert "tasleek.toml" in err
    assert "speech.beem_size" in err


def test_calls_lists_worst_first(tasleek, audited):
    code, out, _ = tasleek("calls", "--db", audited)
    assert code == 0
    assert "c0" in out
    assert "brush-off" in out
    assert "placation 0.80 تسليك" in out
    rows = [
        json.loads(line) for line in tasleek("calls", "--db", audited, "--json")[1].splitlines()
    ]
    assert [r["status"] for r in rows] == ["audited", "audited", "failed"]
    assert (
        len(tasleek("calls", "--db", audited, "--status", "failed", "--json")[1].splitlines()) == 1
    )


def test_calls_failures(tasleek, audited):
    _, out, _ = tasleek("calls", "--failures", "--db", audited)
    assert "broken.wav is empty" in out


def test_show_prints_the_conversation_with_flags(tasleek, audited):
    code, out, _ = tasleek("show", "c0", "--db", audited)
    assert code == 0
    assert "verdict: brush-off, score 81 of 100" in out
    assert "وين طلبي" in out
    assert "placation تسليك 0.80" in out
    detail = json.loads(tasleek("show", "c0", "--db", audited, "--json")[1])
    assert detail["turns"][1]["flags"][0][0] == "placation"


def test_show_of_an_unknown_call(tasleek, audited):
    code, _, err = tasleek("show", "nobody", "--db", audited)
    assert code == 1
    assert "no call 'nobody'" in err


def test_query(tasleek, audited):
    _, out, _ = tasleek("query", "SELECT count(*) AS n FROM calls", "--db", audited)
    assert out.split()[-1] == "3"
    assert json.loads(tasleek("query", "SELECT 1 AS n", "--db", audited, "--json")[1]) == {"n": 1}
    code, _, err = tasleek("query", "DROP TABLE calls", "--db", audited)
    assert code == 1
    assert err.startswith("error: the query cannot be answered")


def test_text_of_a_call_cannot_style_the_terminal(tasleek, tmp_path):
    with open_database(tmp_path / "a.duckdb", write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        recording = Recording("x[red]y\x1b[2J", tmp_path / "x.wav", "aa", CallMetadata(queue="[b]"))
        writer.write_audit(call_audit(recording))
    _, out, _ = tasleek("calls", "--db", "a.duckdb")
    assert "x[red]y" in out
    assert "\x1b[2J" not in out


def test_rescore_judges_the_stored_words_again(tasleek, audited):
    code, out, _ = tasleek("audit", "--rescore", "--db", audited)
    assert code == 0
    assert "2 calls scored again (2 agent turns" in out
    rows = [
        json.loads(line) for line in tasleek("calls", "--db", audited, "--json")[1].splitlines()
    ]
    assert all(row["brush_off_score"] != 81 for row in rows)
    scored = "SELECT count(*) AS n FROM turns WHERE brush_off IS NOT NULL AND role = 'agent'"
    assert json.loads(tasleek("query", scored, "--db", audited, "--json")[1]) == {"n": 2}


def score_turns(tasleek, tmp_path, *lines):
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    result = tasleek("score", "turns", "in.jsonl", "--out", "out.jsonl")
    text = (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()], result


def test_score_turns(tasleek, tmp_path):
    line = json.dumps({"id": 7, "context": "متى يخلص", "text": "مدري والله مو شغلي"}).encode()
    ((scored,), (code, _, _)) = score_turns(tasleek, tmp_path, line)
    assert code == 0
    assert scored["id"] == 7
    assert set(scored["labels"]) == set(LABELS)
    assert 0 <= scored["brush_off"] <= 1
    assert isinstance(scored["unsure"], bool)
    assert set(scored["flagged"]) <= set(LABELS)


def test_score_tells_bad_lines_by_number_and_scores_the_others(tasleek, tmp_path):
    good = b'{"id": "a", "text": "hello"}'
    scored, (code, _, err) = score_turns(
        tasleek, tmp_path, good, b"{", b'{"id": 1}', b"\xff\xfe", b'{"text": "x"}', b"[]", b"", good
    )
    assert code == 1
    assert [s["id"] for s in scored] == ["a", "a"]
    for number in (2, 3, 4, 5, 6):
        assert f"line {number}:" in err


def test_score_calls(tasleek, tmp_path):
    turns = [
        {"speaker": "agent", "text": "حياك الله معك خدمة العملاء"},
        {"speaker": "caller", "text": "متى يخلص طلبي"},
        {"speaker": "agent", "text": "مدري والله وش أسوي لك"},
    ]
    lines = [{"id": "c", "turns": turns}, {"id": "d", "turns": []}, {"id": "e", "turns": [{}]}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, _, err = tasleek("score", "calls", "in.jsonl", "--out", "out.jsonl")
    (scored,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert code == 1
    assert "line 2:" in err
    assert "line 3:" in err
    assert scored["id"] == "c"
    assert isinstance(scored["brush_off"], bool)
    assert 0 <= scored["brush_off_score"] <= 100
    assert scored["resolution"] in ("resolved", "committed", "deferred", "none")
    assert isinstance(scored["evidence"], list)


def test_query_rounds_for_readers_and_not_for_machines(tasleek, audited):
    sql = "SELECT 2 / 3 AS a, 1234567.5 AS b, 1.2345e-4 AS c, [1 / 3] AS d, NULL AS e, 5.0::DOUBLE AS f"
    _, out, _ = tasleek("query", sql, "--db", audited)
    assert out.split()[-6:] == ["0.6667", "1234567.5", "0.000123", "[0.3333]", "–", "5"]
    assert json.loads(tasleek("query", sql, "--db", audited, "--json")[1])["a"] == 2 / 3


@pytest.mark.parametrize(
    ("zone", "began"),
    [("Asia/Riyadh", "2026-10-18 01:30:00+03:00"), ("UTC", "2026-10-17 22:30:00+00:00")],
)
def test_times_stand_in_the_configured_zone(tasleek, tmp_path, zone, began):
    (tmp_path / "tasleek.toml").write_text(f'[ingest]\ntimezone = "{zone}"\n')
    with open_database(tmp_path / "a.duckdb", write=True) as connection:
        writer = AuditWriter(connection, RunDescription("0", "", "", "", {}, ""))
        known = CallMetadata(started_at=datetime(2026, 10, 17, 22, 30, tzinfo=UTC))
        writer.write_audit(call_audit(Recording("c", tmp_path / "c.wav", "aa", known)))
    assert began in tasleek("show", "c", "--db", "a.duckdb")[1]
    assert began in tasleek("query", "SELECT started_at FROM calls", "--db", "a.duckdb")[1]
    told = json.loads(tasleek("show", "c", "--db", "a.duckdb", "--json")[1])
    assert told["call"]["started_at"] == began


def test_a_zone_that_is_none_is_told(tasleek, tmp_path, audited):
    (tmp_path / "tasleek.toml").write_text('[ingest]\ntimezone = "Mars/Olympus"\n')
    code, _, err = tasleek("calls", "--db", audited)
    assert code == 1
    assert "'Mars/Olympus' is unknown" in err
