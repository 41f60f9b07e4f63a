"""The report page as a file: whole, closed to the network, safe, fair."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from audit.reporting import typeface
from audit.reporting.excerpt_links import ExcerptLinks
from audit.reporting.html import isolated, write_html
from audit.reporting.page_moments import marked_parts
from audit.reporting.sentences import figure, name
from tests.reporting.pages import HOSTILE, generated, loaded, two_channels

VOID = {"meta", "input", "img", "link", "br"}


class Page(HTMLParser):
    """Elements, attributes and text of a page; fails on elements that are not closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(report, tmp_path, language="ar", excerpts=None):
    out = tmp_path / "page.html"
    write_html(report, out, language=language, **({"excerpts": excerpts} if excerpts else {}))
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def arabic(two_channel_report, tmp_path_factory):
    return page_of(two_channel_report, tmp_path_factory.mktemp("page"))


def test_arabic_is_the_first_language_and_english_the_other(arabic, two_channel_report, tmp_path):
    page = Page(arabic)
    assert page.all("html") == [{"lang": "ar", "dir": "rtl"}]
    assert "تقرير تدقيق المكالمات" in page.text
    english = Page(page_of(two_channel_report, tmp_path, "en"))
    assert english.all("html") == [{"lang": "en", "dir": "ltr"}]
    assert not re.search(
        "[؀-ۿ]", english.text.replace("تطمّن", "").split("Flagged moments")[0][:2000]
    )


def test_every_section_is_there_in_its_order(arabic):
    sections = [section["id"] for section in Page(arabic).all("section")]
    assert sections == [
        "overview", "service_channels", "labels", "resolutions", "agents", "vendors", "queues",
        "waiting", "promises_kept", "best_calls", "flagged_calls",
    ]  # fmt: skip


def test_the_page_asks_nothing_of_the_network(arabic):
    page = Page(arabic)
    assert not page.all("link") + page.all("img") + page.all("iframe")
    assert all("src" not in attributes for _, attributes in page.elements)
    assert all(link["href"].startswith("#") for link in page.all("a"))
    assert set(re.findall(r"url\((.{0,20})", arabic)) == {"data:font/woff2;base"}
    assert "http" not in arabic.replace("http-equiv", "")


def test_scripts_and_styles_run_by_their_hash_alone(arabic):
    policy = next(meta["content"] for meta in Page(arabic).all("meta") if "http-equiv" in meta)
    for kind in ("script", "style"):
        (content,) = re.findall(rf"<{kind}>(.*?)</{kind}>", arabic, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "media-src" not in policy
    assert not any(
        key.startswith("on") or key == "style" for _, a in Page(arabic).elements for key in a
    )


def test_the_typeface_is_in_the_page_and_has_its_letters(arabic):
    from io import BytesIO

    from fontTools.ttLib import TTFont

    fonts = re.findall(r"base64,([A-Za-z0-9+/=]+)\) format\('woff2'\)", arabic)
    assert len(fonts) == 2
    for font in fonts:
        letters = TTFont(BytesIO(b64decode(font))).getBestCmap()
        assert set(map(ord, "تسليكأإآؤئىةءپچ؟،؛ABCxyz0123456789٠٩%–«»…“”")) <= set(letters)


def test_without_the_typeface_the_page_falls_back_and_says_so(
    two_channel_report, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(typeface, "PACKAGE", "fontpkg_that_is_not_installed")
    page = page_of(two_channel_report, tmp_path)
    assert "@font-face" not in page
    assert "pip install fontpkg-that-is-not-installed" in caplog.text
    assert '"Noto Naskh Arabic"' in page


def test_hostile_names_and_words_are_text(audits, tmp_path):
    path = two_channels(audits).store()
    audits.call("x" + HOSTILE, agent_id=HOSTILE, vendor=HOSTILE, queue=HOSTILE, service_channel=HOSTILE,
                brush_off_score=99.0, resolution="none")  # fmt: skip
    audits.turn("x" + HOSTILE, 0, HOSTILE, role="caller")
    audits.turn("x" + HOSTILE, 1, HOSTILE)
    audits.flag("x" + HOSTILE, 1, "placation", evidence=["alert", "onerror=alert(2)"])
    audits.store()
    text = page_of(loaded(path, vendor=HOSTILE), tmp_path)
    page = Page(text)
    assert page.text.count("<script>alert(1)</script>") > 5
    assert "{{7*7}}" in page.text
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    assert "\u202e" not in text
    assert "\x07" not in text
    assert any(
        attributes.get("data-agent-id", "").startswith("<script>")
        for attributes in page.all("article")
    )


def test_names_of_either_direction_are_isolated(arabic):
    assert "<bdi>A1</bdi>" in arabic
    assert '<bdi dir="ltr">' in arabic


def test_a_sentence_keeps_its_parts_apart():
    sentence = f"بين {figure('36–39%')} و{name('<b>x</b>')}"
    assert isolated(sentence) == (
        'بين <bdi dir="ltr">36–39%</bdi> و<bdi>&lt;b&gt;x&lt;/b&gt;</bdi>'
    )


def test_fairness_is_said_in_words(arabic):
    text = Page(arabic).text
    assert "لا تُحسب حسنة ولا سيئة" in text
    assert "الرصد سبب للاستماع إلى المكالمة، وليس حكماً على أحد" in text
    assert "تقلّ مكالماتها المدقّقة عن 10" in text


def test_nobody_is_ranked_by_few_calls(audits, tmp_path):
    page = Page(page_of(loaded(two_channels(audits, 8).store()), tmp_path, "en"))
    assert "None is ranked yet: none has 10 judged calls" in page.text
    assert not {"better", "worse"} & {a.get("class") for a in page.all("li")}


def test_charts_are_named_and_described(arabic):
    page = Page(arabic)
    drawings = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert len(drawings) > 15
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for drawing in drawings:
        assert drawing.get("aria-label") or set(drawing["aria-labelledby"].split()) <= ids
    assert len(page.all("desc")) >= 2


def test_ids_of_elements_are_unique(arabic):
    ids = re.findall(r'\sid="([^"]+)"', arabic)
    assert len(ids) == len(set(ids))


def test_evidence_is_marked_where_it_stands_as_words():
    assert marked_parts("إن شاء الله إنك بخير", ["إن"]) == (
        ("إن", True),
        (" شاء الله إنك بخير", False),
    )
    assert marked_parts("a.b a+b", ["a+b", "."]) == (("a.b ", False), ("a+b", True))
    assert marked_parts("", ["x"]) == ()
    assert marked_parts("نص", [" "]) == (("نص", False),)


def test_flagged_turns_show_what_was_said_and_how_sure_the_flag_is(arabic):
    assert "<mark>تطمّن</mark> إن شاء الله خير" in arabic
    assert "وين طلبي رقم 2" in Page(arabic).text
    assert 'title="تسليك، احتمال 0.80"' in arabic


def test_excerpts_are_linked_where_there_are_some(two_channel_report, tmp_path):
    links = ExcerptLinks({("c02", 1): "excerpts/a b.wav"})
    page = Page(page_of(two_channel_report, tmp_path, excerpts=links))
    assert {a["href"] for a in page.all("a") if a.get("class") == "listen"} == {
        "excerpts/a%20b.wav"
    }
    assert any("media-src 'self' file:" in meta.get("content", "") for meta in page.all("meta"))
    assert len(page.all("audio")) == 1


def test_long_lists_say_that_they_are_cut(two_channel_report, tmp_path):
    tables = tuple(
        replace(table, total_rows=5_000) if table.name == "flagged_calls" else table
        for table in two_channel_report.tables
    )
    page = Page(page_of(replace(two_channel_report, tables=tables), tmp_path, "en"))
    assert "The first 30 of 5,000; xlsx, csv and json have all." in page.text


@pytest.mark.parametrize("by", ["agent", "vendor", "service_channel", "queue", "week"])
def test_a_report_about_one_dimension_has_its_kinds_of_brush_off(audits, tmp_path, by):
    report = loaded(two_channels(audits).store(), by)
    page = Page(page_of(report, tmp_path))
    sections = [section["id"] for section in page.all("section")]
    groups = [] if by == "week" else [f"{by}s"]
    assert sections == ["overview", *groups, f"labels_by_{by}"]


def test_groups_of_few_calls_are_not_shaded(audits, tmp_path):
    text = page_of(loaded(two_channels(audits).store(), "queue", min_calls=7), tmp_path)
    assert 'class="figure shade6"' not in text
    text = page_of(loaded(audits.store(), "queue", min_calls=6), tmp_path)
    assert 'class="figure shade6"' in text


def test_five_thousand_calls_are_a_page_of_less_than_five_megabytes(tmp_path):
    report = loaded(generated(tmp_path / "g.duckdb", 5_000))
    for language in ("ar", "en"):
        size = len(page_of(report, tmp_path, language).encode())
        assert size < 5_000_000, f"{language}: {size}"


def test_no_call_judged_is_a_page_too(audits, tmp_path):
    audits.call("a", status="unscorable", day=None)
    page = Page(page_of(loaded(audits.store()), tmp_path, "en"))
    assert "No call could be judged yet." in page.text
