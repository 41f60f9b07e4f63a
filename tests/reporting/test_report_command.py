"""`tasleek report`, `tasleek import surveys` and queries of the views, as their users meet them."""

from __future__ import annotations

import csv
import sys

import pytest

from audit.cli import main


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


@pytest.fixture
def database(audits):
    for number in range(4):
        audits.call(f"c{number}", day=number, agent_id="A1", caller="0501234567")
    audits.call("u", status="unscorable")
    return audits.store()


def test_report_says_what_it_wrote(tasleek, database, tmp_path):
    code, out, err = tasleek(
        "report", "--db", database, "--format", "csv", "--out", "r", "--lang", "en"
    )
    assert (code, err) == (0, "")
    assert "18 files · 5 calls, 4 judged, 1 unscorable, 0 failed" in out
    assert len(list((tmp_path / "r").glob("*.csv"))) == 18


def test_filters_and_least_number_reach_the_report(tasleek, database, tmp_path):
    code, _, _ = tasleek(
        "report", "--db", database, "--format", "csv", "--out", "a.csv", "--by", "agent",
        "--since", "2026-11-03", "--until", "٢٠٢٦-١١-٠٤", "--agent", "A1", "--min-calls", 2,
    )  # fmt: skip
    assert code == 0
    (row,) = csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines())
    assert (row["calls"], row["rank"]) == ("2", "1")


def test_weeks_are_cut_in_the_configured_time_zone(tasleek, audits, tmp_path):
    audits.call("a", day=-1 - 8 / 24)  # 01:00 on Sunday in Riyadh, 22:00 on Saturday in UTC
    (tmp_path / "tasleek.toml").write_text('[ingest]\ntimezone = "UTC"\n')
    tasleek("report", "--db", audits.store(), "--format", "csv", "--out", "w.csv", "--by", "week")
    assert "2026-10-25" in (tmp_path / "w.csv").read_text("utf-8-sig")
    _, out, _ = tasleek("query", "SELECT week FROM weeks_report", "--db", audits.path)
    assert "2026-10-25" in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--since", "yesterday"], "--since 'yesterday' is not a date"),
        (["--until", "2026-13-01"], "--until '2026-13-01' is not a date"),
        (["--since", "2026-11-05", "--until", "2026-11-01"], "is after --until"),
        (["--agent", "nobody"], "none of the 5 calls"),
        (["--excerpts", "nowhere"], "csv has no links"),
    ],
)
def test_wrong_use_is_exit_2_with_a_message(tasleek, database, tmp_path, options, says):
    code, _, err = tasleek("report", "--db", database, "--format", "csv", "--out", "r", *options)
    assert code == 2
    assert says in err


@pytest.mark.parametrize("options", [["--format", "docx"], ["--by", "moon"], ["--min-calls", "0"]])
def test_options_with_unknown_values(tasleek, database, options):
    code, _, err = tasleek("report", "--db", database, "--out", "r", "--format", "csv", *options)
    assert code == 2
    assert options[0] in err


def test_no_database(tasleek):
    code, _, err = tasleek("report", "--db", "none.duckdb", "--format", "csv", "--out", "r")
    assert code == 1
    assert "no such database" in err


def test_query_has_the_views(tasleek, database):
    code, out, _ = tasleek("query", "SELECT agent_id, audited FROM agents_report", "--db", database)
    assert code == 0
    assert "A1" in out


def test_import_surveys_tells_matched_and_not(tasleek, database, tmp_path):
    (tmp_path / "s.csv").write_text(
        "call_id,caller,date,score,comment\n"
        "c0,,,5,اتصلوا علي على 0501234567\n"
        "gone,,,4,\n"
        ",0501234567,2026-11-04,3,\n",
        encoding="utf-8",
    )
    code, out, err = tasleek("import", "surveys", "s.csv", "--db", database)
    assert code == 0
    assert out == "2 new, 0 corrected, 0 known before, 1 not matched, 0 bad lines\n"
    assert "s.csv line 3: no call 'gone'" in err
    _, out, _ = tasleek("query", "SELECT call_id, score, comment FROM surveys", "--db", database)
    assert "c2" in out
    assert "0501234567" not in out
    _, out, _ = tasleek("import", "surveys", "s.csv", "--db", database)
    assert out.startswith("0 new, 0 corrected, 2 known before")


def test_import_surveys_with_bad_lines_is_exit_1(tasleek, database, tmp_path):
    (tmp_path / "s.csv").write_text("call_id,score\nc0,five\nc1,4\n", encoding="utf-8")
    code, out, err = tasleek("import", "surveys", "s.csv", "--db", database)
    assert code == 1
    assert "1 new" in out
    assert "s.csv line 2: score 'five' is not a number" in err


def test_import_never_makes_a_database(tasleek, tmp_path):
    (tmp_path / "s.csv").write_text("call_id,score\nc0,5\n", encoding="utf-8")
    code, _, err = tasleek("import", "surveys", "s.csv", "--db", "none.duckdb")
    assert code == 1
    assert "no such database" in err
    assert not (tmp_path / "none.duckdb").exists()


def test_a_report_on_one_dialect(tasleek, audits, tmp_path):
    audits.call("e", dialect="egyptian")
    audits.call("n", dialect="najdi")
    audits.call("not told")
    database = audits.store()
    arguments = ("report", "--db", database, "--format", "csv", "--out", "a.csv", "--by", "agent")
    code, out, _ = tasleek(*arguments, "--dialect", "Egyptian")
    assert code == 0
    assert "1 calls" in out
    code, _, err = tasleek(*arguments, "--dialect", "levantine")
    assert code == 2
    assert "egyptian (1), najdi (1)" in err
