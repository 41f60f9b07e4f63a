"""The summary for management: two pages, whatever the names, the same bytes for the same report."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from pypdf import PdfReader

from audit.reporting import typeface
from audit.reporting.pdf import write_pdf
from tests.reporting.pages import HOSTILE, loaded, two_channels

LONG = "شركة الحلول المتكاملة لخدمات مراكز الاتصال Very Long Vendor Name Holding {}" + "W" * 80


def pages_of(report, tmp_path, language="ar"):
    out = tmp_path / "summary.pdf"
    write_pdf(report, out, language=language)
    return PdfReader(out).pages


def many(report):
    """With hundreds of groups, all of long names."""

    def grown(table):
        if table.name not in ("vendors", "queues", "agents", "service_channels"):
            return table
        rows = [list(table.rows[number % len(table.rows)]) for number in range(300)]
        for number, row in enumerate(rows):
            row[0] = LONG.format(number)
        return replace(table, rows=tuple(map(tuple, rows)), total_rows=300)

    selection = replace(report.selection, vendor=LONG * 20)
    return replace(report, tables=tuple(map(grown, report.tables)), selection=selection)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_summary_has_two_pages_of_a4(two_channel_report, tmp_path, language):
    pages = pages_of(two_channel_report, tmp_path, language)
    assert [tuple(round(float(x)) for x in page.mediabox[2:]) for page in pages] == [(595, 842)] * 2


@pytest.mark.parametrize("language", ["ar", "en"])
def test_many_groups_of_long_names_make_no_third_page(two_channel_report, tmp_path, language):
    pages = pages_of(many(two_channel_report), tmp_path, language)
    assert len(pages) == 2
    if language == "en":
        text = " ".join(pages[1].extract_text().split())
        assert "What to do next" in text
        assert "Page 2 of 2" in text


def test_the_pages_say_what_management_asks(two_channel_report, tmp_path):
    first, second = (
        " ".join(page.extract_text().split())
        for page in pages_of(two_channel_report, tmp_path, "en")
    )
    assert "brushed off in 35% of the judged calls" in first
    assert "Not judged" in first
    assert "Kinds of brush-off" in first
    for asked in ("Hotline against branch", "Vendors", "Promises", "To praise", "What to do next"):
        assert asked in second
    assert "a difference of 69 percentage points" in second
    assert "not a verdict on a person" in second


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext (Debian: poppler-utils)"
)
def test_arabic_is_text_that_can_be_read_and_searched(two_channel_report, tmp_path):
    pages_of(two_channel_report, tmp_path)
    command = ["pdftotext", "-raw", str(tmp_path / "summary.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    # Words without a ligature: extractors differ in the order that they give its letters in.
    for asked in ("تسليك", "الهاتف", "الفرع", "الوعود", "التدريب"):
        assert asked in text


def test_the_same_report_gives_the_same_bytes(two_channel_report, tmp_path):
    write_pdf(two_channel_report, tmp_path / "a.pdf", language="ar")
    write_pdf(two_channel_report, tmp_path / "b.pdf", language="ar")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_the_typeface_is_embedded_and_none_of_the_system_is_used(two_channel_report, tmp_path):
    fonts = set()
    for page in pages_of(two_channel_report, tmp_path):
        for font in page["/Resources"]["/Font"].values():
            fonts.add(font.get_object()["/BaseFont"].partition("+")[2])
    assert fonts == {"IBMPlexSansArabic-Regular", "IBMPlexSansArabic-SemiBold"}


def test_without_the_typeface_a_font_of_the_system_serves(
    two_channel_report, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(typeface, "PACKAGE", "fontpkg_that_is_not_installed")
    assert len(pages_of(two_channel_report, tmp_path)) == 2
    assert "takes a typeface of the system" in caplog.text


def test_names_are_set_as_text_and_never_run(audits, tmp_path):
    for number in range(12):
        vendor = HOSTILE[:20] if number % 2 else '#read("main.typ")'
        audits.call(f"c{number}", vendor=vendor, brush_off_score=90.0)
    text = " ".join(
        page.extract_text() for page in pages_of(loaded(audits.store()), tmp_path, "en")
    )
    text = re.sub("[\u2066\u2068\u2069]", "", text)
    assert "<script>" in text
    assert '#read("main.typ")' in text


@pytest.mark.parametrize("by", ["agent", "week"])
def test_a_report_about_one_dimension_has_two_pages(audits, tmp_path, by):
    pages = pages_of(loaded(two_channels(audits).store(), by), tmp_path, "en")
    assert len(pages) == 2
    assert "Kinds of brush-off by" in pages[1].extract_text()


def test_a_database_without_verdicts_has_a_summary(audits, tmp_path):
    audits.call("a", status="unscorable", day=None)
    pages = pages_of(loaded(audits.store()), tmp_path, "en")
    assert "No call could be judged yet." in pages[0].extract_text()
