"""Reports as files: what a spreadsheet, a script or a person finds in them."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta

import duckdb
import openpyxl
import pytest

from audit.errors import UsageError
from audit.reporting.flat_files import csv_cell
from audit.reporting.load import questions_of
from audit.reporting.write import ReportRequest, write_report
from audit.store.report_views import QUESTIONS, Selection

#: openpyxl does not read the bars of cells, which are an extension.
pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported:UserWarning")

HOSTILE = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=1\x07"]


@pytest.fixture
def database(audits):
    for number, name in enumerate(["سارة", *HOSTILE]):
        audits.call(
            f"c{number}", day=number, agent_id=name, service_channel="hotline", vendor="مسار",
            brush_off_score=90.0 - number, wait_ms=90_000,
        )  # fmt: skip
        audits.turn(f"c{number}", 1, "=cmd|'/c calc'!A0" if number == 0 else "تطمن")
        audits.flag(f"c{number}", 1, "placation", 0.75, ["تطمن", "-أبشر"])
    audits.call("u", status="unscorable")
    return audits.store()


def write(database, out, format="xlsx", **more):
    return write_report(database, ReportRequest(format=format, out=out, **more))


def sheet_of(book, title):
    return next(sheet for sheet in book if sheet.title == title)


def table_of(sheet):
    header, *rows = sheet.iter_rows()
    return [cell.value for cell in header], rows


def test_a_workbook_has_a_sheet_a_question_from_right_to_left(database, tmp_path):
    write(database, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert len(book.sheetnames) == len(QUESTIONS)
    assert all(sheet.sheet_view.rightToLeft for sheet in book)
    assert book.sheetnames[0] == "نظرة عامة"
    for sheet in book.worksheets[1:]:
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes in ("B2", "C2")
        assert sheet["A1"].font.bold


def test_cells_have_types(database, tmp_path):
    write(database, tmp_path / "r.xlsx", language="en")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert not any(sheet.sheet_view.rightToLeft for sheet in book)
    header, rows = table_of(sheet_of(book, "Flagged moments"))
    row = dict(zip(header, rows[0], strict=True))
    assert row["Time"].value == datetime(2026, 11, 2, 9, 0)
    assert row["Score"].value == 90.0
    assert row["Probability"].number_format == "0.00"
    assert row["Kind"].value == "Placation"
    assert row["Brushed off"].value == "yes"
    header, rows = table_of(sheet_of(book, "Waiting and hold"))
    row = dict(zip(header, rows[0], strict=True))
    assert row["Wait, median"].value == timedelta(seconds=90)
    header, rows = table_of(sheet_of(book, "Service channels"))
    row = dict(zip(header, rows[0], strict=True))
    assert row["Brush-off rate"].value == 1.0
    assert row["Brush-off rate"].number_format == "0.0%"
    assert rows[1][0].value == "Not told"


def test_no_text_is_ever_a_formula(database, tmp_path):
    write(database, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [cell for cell in texts if cell.data_type == "f"]
    suspicious = [c for c in texts if str(c.value).startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert all(isinstance(cell.value, str) for cell in suspicious)
    assert len(suspicious) > len(HOSTILE)
    assert all(c.quotePrefix for c in suspicious)


def test_colours_follow_the_standing_and_the_score(database, tmp_path):
    write(database, tmp_path / "r.xlsx", selection=Selection(min_calls=1))
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    rules = [
        rule for area in sheet_of(book, "الموظفون").conditional_formatting for rule in area.rules
    ]
    formulas = {rule.formula[0] for rule in rules if rule.type == "expression"}
    assert {formula.split("=")[1] for formula in formulas} == {'"أفضل"', '"أسوأ"'}
    assert "colorScale" in {rule.type for rule in rules}


def test_moments_link_their_excerpts_by_a_relative_path(database, tmp_path):
    folder = tmp_path / "cut outs"
    folder.mkdir()
    with (folder / "excerpts.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "call_id", "turn_index"])
        writer.writerow(["تسليك 1.mp3", "c0", 1])
    write(database, tmp_path / "reports" / "r.xlsx", excerpts=folder)
    book = openpyxl.load_workbook(tmp_path / "reports" / "r.xlsx")
    header, rows = table_of(sheet_of(book, "المواضع المرصودة"))
    assert header[0] == "استمع"
    links = [row[0].hyperlink for row in rows]
    target = links[0].target.replace("%20", " ").replace("\\", "/")
    assert target.endswith("../cut outs/تسليك 1.mp3")
    assert links[1:] == [None] * (len(rows) - 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "holds no excerpts.csv"), ("file,call\na,b\n", "no list of excerpts")],
)
def test_a_folder_without_a_list_of_excerpts(database, tmp_path, content, says):
    folder = tmp_path / "cuts"
    folder.mkdir()
    if content:
        (folder / "excerpts.csv").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=says):
        write(database, tmp_path / "r.xlsx", excerpts=folder)


def test_excerpts_in_a_format_without_links(database, tmp_path):
    with pytest.raises(UsageError, match="csv has no links"):
        write(database, tmp_path / "r", "csv", excerpts=tmp_path)


def test_a_table_longer_than_a_sheet_is_cut_and_the_cover_says_so(database, tmp_path, monkeypatch):
    from audit.reporting import workbook

    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    write(database, tmp_path / "r.xlsx", language="en")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert sheet_of(book, "Flagged moments (first 3)").max_row == 4
    assert "Trend by week" in book.sheetnames
    cover = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert any("the first 3 of 8 rows; csv and parquet have all" in str(text) for text in cover)


def test_csv_is_a_file_a_table_for_excel_too(database, tmp_path):
    _, files = write(database, tmp_path / "out", "csv")
    assert [file.stem for file in files] == list(QUESTIONS)
    raw = (tmp_path / "out" / "agents.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert {"سارة", "'+1+1"} <= {row["agent_id"] for row in rows}
    with (tmp_path / "out" / "flagged_calls.csv").open(encoding="utf-8-sig", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["text"] == "'=cmd|'/c calc'!A0"
    assert first["evidence"] == "تطمن | -أبشر"
    assert first["started_at"] == "2026-11-02T09:00:00+03:00"
    assert (first["brushed_off"], first["confirmed"], first["label_score"]) == (
        "true",
        "false",
        "0.75",
    )
    assert first["caller_text"] == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_like_a_formula_gets_an_apostrophe_in_csv(text):
    assert csv_cell(text) == f"'{text}"


def test_a_negative_number_stays_a_number_in_csv():
    assert csv_cell(-0.5) == "-0.5"
    assert csv_cell(True) == "true"
    assert csv_cell(None) == ""


def test_by_makes_one_csv_file(database, tmp_path):
    _, files = write(database, tmp_path / "weeks.csv", "csv", by="week")
    assert files == (tmp_path / "weeks.csv",)
    rows = list(csv.DictReader((tmp_path / "weeks.csv").read_text("utf-8-sig").splitlines()))
    assert [row["week"] for row in rows] == ["2026-11-01", "2026-11-08"]


def test_parquet_keeps_the_types(database, tmp_path):
    write(database, tmp_path / "out", "parquet")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        f"{q.name}.parquet" for q in questions_of()
    }
    described = duckdb.sql(f"DESCRIBE FROM '{tmp_path}/out/flagged_calls.parquet'").fetchall()
    types = {name: kind for name, kind, *_ in described}
    assert types["started_at"] == "TIMESTAMP WITH TIME ZONE"
    assert types["evidence"] == "VARCHAR[]"
    assert types["brush_off_score"] == "DOUBLE"
    assert types["brushed_off"] == "BOOLEAN"
    counted = duckdb.sql(f"SELECT count(*) FROM '{tmp_path}/out/flagged_calls.parquet'")
    assert counted.fetchall() == [(8,)]


def test_json_is_one_object_with_every_table(database, tmp_path):
    write(database, tmp_path / "r.json", "json", selection=Selection(vendor="مسار"))
    value = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert value["report"]["selection"]["vendor"] == "مسار"
    assert list(value["tables"]) == list(QUESTIONS)
    moments = value["tables"]["flagged_calls"]
    assert moments["rows"][0]["evidence"] == ["تطمن", "-أبشر"]
    assert moments["columns"][0] == {"name": "call_id", "kind": "call", "meaning": "the call"}
    assert value["tables"]["broken_promises"]["rows"] == []


def test_an_empty_selection_is_told_and_nothing_is_written(database, tmp_path):
    with pytest.raises(UsageError, match=r"none of the 9 calls .* from 2026-11-02 to 2026-11-09"):
        write(database, tmp_path / "r.xlsx", selection=Selection(agent="nobody"))
    assert not list(tmp_path.glob("*r.xlsx*"))


def test_an_empty_database_is_told(audits, tmp_path):
    with pytest.raises(UsageError, match="holds no calls yet"):
        write(audits.store(), tmp_path / "r.json", "json")


def test_where_a_file_is_wanted_and_a_folder_stands(database, tmp_path):
    with pytest.raises(UsageError, match="is a folder; name a file"):
        write(database, tmp_path, "xlsx")
    with pytest.raises(UsageError, match="is a folder; name a file"):
        write(database, tmp_path, "csv", by="agent")


def test_where_a_folder_is_wanted_and_a_file_stands(database, tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="name a folder, or ask for one table with --by"):
        write(database, tmp_path / "out", "csv")
    assert (tmp_path / "out").read_text() == "mine"


def test_a_folder_with_other_files_keeps_them(database, tmp_path):
    (tmp_path / "agents.csv").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")
    write(database, tmp_path, "csv")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert "سارة" in (tmp_path / "agents.csv").read_text("utf-8-sig")
    assert not list(tmp_path.glob(".*.part"))


def test_a_place_that_cannot_be_written(database, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be made"):
        write(database, tmp_path / "file" / "sub" / "r.json", "json")


@pytest.mark.parametrize("format", ["xlsx", "json", "parquet"])
def test_a_write_that_fails_leaves_the_old_report(database, tmp_path, monkeypatch, format):
    from audit.reporting import write as writing

    name = "weeks.parquet" if format == "parquet" else f"r.{format}"
    out = tmp_path / name
    out.write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "load_report", full)
    with pytest.raises(UsageError, match="No space left"):
        write(database, out, format, by="week")
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
