"""The report page in a real browser: no outside request, no console error, and it does what it says."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager

import pytest

from audit.reporting.excerpt_links import read_excerpt_links
from audit.reporting.html import write_html
from tests.dummies import tone, write_wav
from tests.reporting.pages import HOSTILE, generated, loaded

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
DESKTOP, PHONE = (1280, 900), (390, 800)
#: Generous: the machine may be busy with other things.
PATIENCE_MS = 150_000


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return loaded(generated(tmp_path_factory.mktemp("calls") / "g.duckdb", 1_500))


@contextmanager
def opened(browser, report, folder, size=DESKTOP, language="ar", excerpts=None):
    """The page in a tab; afterwards, that it asked for nothing but itself and had nothing to say."""
    out = folder / "report.html"
    links = {"excerpts": read_excerpt_links(excerpts, out)} if excerpts else {}
    write_html(report, out, language=language, **links)
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    allowed, said, asked = [out.as_uri()], [], []
    if excerpts:
        allowed += [file.as_uri() for file in excerpts.glob("*.wav")]

    def judge(route):
        asked.append(route.request.url)
        (route.continue_ if route.request.url in allowed else route.abort)()

    page.route("**/*", judge)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(out.as_uri())
    yield page
    outside = [url for url in asked if url not in allowed and not url.startswith("data:")]
    context.close()
    assert said == []
    assert outside == []


def wait_until(page, condition):
    """``condition`` in JavaScript; Playwright's own waiting is stopped by the policy of the page."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < until, condition
        page.wait_for_timeout(100)


def shown_rows(page, table):
    return page.locator(f"#table-{table} tbody tr:visible")


def column(page, table, number):
    return shown_rows(page, table).locator(f"td:nth-child({number})").all_inner_texts()


def test_a_table_is_filtered_by_words_and_by_choice(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        listing = page.locator(".listing", has=page.locator("#table-broken_promises"))
        total = page.locator("#table-broken_promises tbody tr").count()
        assert total > 8
        listing.locator("select").first.select_option("rafid")
        vendors = set(column(page, "broken_promises", 4))
        assert vendors == {"rafid"}
        assert listing.locator("output").inner_text().endswith(f"من {total}")
        listing.locator("input").fill("لا وجود لهذا")
        assert shown_rows(page, "broken_promises").count() == 0
        assert listing.locator(".nothing").is_visible()
        listing.locator("input").fill("")
        listing.locator("select").first.select_option("")
        assert listing.locator(".more").is_visible() is (total > 15)


def test_a_long_table_is_shown_whole_when_asked(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        total = page.locator("#table-repeat_contacts tbody tr").count()
        assert total > 15
        assert shown_rows(page, "repeat_contacts").count() == 12
        listing = page.locator(".listing", has=page.locator("#table-repeat_contacts"))
        listing.locator(".more").click()
        assert shown_rows(page, "repeat_contacts").count() == total


def test_search_knows_the_spellings_of_a_letter(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        listing = page.locator(".listing", has=page.locator("#list-flagged_calls"))
        listing.locator("input").fill("الاجراء")  # said as الإجراء
        assert page.locator("#list-flagged_calls article:visible").count() > 0
        assert listing.locator(".nothing").is_hidden()


def test_a_table_is_sorted_by_mouse_and_by_keyboard(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path, language="en") as page:
        heading = page.locator("#table-queues th").nth(1)
        heading.locator("[role=button]").click()
        assert heading.get_attribute("aria-sort") == "descending"
        numbers = [int(text.replace(",", "")) for text in column(page, "queues", 2)]
        assert numbers == sorted(numbers, reverse=True)
        heading.locator("[role=button]").focus()
        page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        assert [int(text.replace(",", "")) for text in column(page, "queues", 2)] == sorted(numbers)


def test_times_and_rates_sort_by_their_size(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path, language="en") as page:
        page.locator("#table-queues th", has_text="Brush-off rate").locator("[role=button]").click()
        rates = [float(text.split("%")[0]) for text in column(page, "queues", 6)]
        assert rates == sorted(rates, reverse=True)
        page.locator("#table-waiting th", has_text="Wait, median").locator("[role=button]").click()
        waits = [text.split(":") for text in column(page, "waiting", 5) if text != "–"]
        seconds = [int(minutes) * 60 + int(rest) for minutes, rest in waits]
        assert seconds == sorted(seconds, reverse=True)


def test_moments_are_filtered_by_their_kind(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        listing = page.locator(".listing", has=page.locator("#list-flagged_calls"))
        listing.locator("select[data-key=label]").select_option("مماطلة")
        labels = page.locator("#list-flagged_calls article:visible li:visible").evaluate_all(
            "turns => turns.map(turn => turn.dataset.label)"
        )
        assert labels
        assert all("مماطلة" in label.split("|") for label in labels)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_phone_never_scrolls_the_page_sideways(chromium, report, tmp_path, language):
    with opened(chromium, report, tmp_path, PHONE, language) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        wide = page.locator(".scroll:has(#table-agents)")
        assert wide.evaluate("box => box.scrollWidth > box.clientWidth")
        page.locator("#table-agents th:visible [role=button]").first.click()
        assert shown_rows(page, "agents").count() > 0


def test_the_arabic_typeface_is_that_of_the_page(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        wait_until(page, "document.fonts.status === 'loaded'")
        assert page.evaluate("[...document.fonts].every(face => face.status === 'loaded')")
        assert page.evaluate("document.fonts.check('16px \"report face\"', 'تسليك')")


def test_an_excerpt_is_played_from_the_page(chromium, report, tmp_path):
    row = report.table("flagged_calls").records()[0]
    folder = tmp_path / "excerpts of a week"
    write_wav(folder / "01 تسليك.wav", tone(2.0))
    (folder / "excerpts.csv").write_text(
        f"file,call_id,turn_index\n01 تسليك.wav,{row['call_id']},{row['turn_index']}\n", "utf-8"
    )
    with opened(chromium, report, tmp_path, excerpts=folder) as page:
        page.locator("a.listen").first.click()
        wait_until(page, "document.querySelector('#player audio').currentTime > 0.2")
        assert page.locator("#player").is_visible()
        assert page.evaluate("document.querySelector('#player audio').error") is None
        assert page.locator("a.listen[aria-current]").count() == 1
        page.locator("#player button").click()
        assert page.locator("#player").is_hidden()
        assert page.evaluate("document.querySelector('#player audio').paused")


def test_hostile_names_do_nothing_in_a_browser(chromium, audits, tmp_path):
    audits.call("x", agent_id=HOSTILE, vendor=HOSTILE, brush_off_score=99.0, resolution="none")
    audits.turn("x", 1, HOSTILE)
    audits.flag("x", 1, "placation", evidence=["alert"])
    with opened(chromium, loaded(audits.store()), tmp_path) as page:
        assert "<script>alert(1)</script>" in page.locator("#flagged_calls").inner_text()
        assert page.locator("main img").count() == 0


def test_a_page_can_be_printed(chromium, report, tmp_path):
    with opened(chromium, report, tmp_path) as page:
        printed = tmp_path / "printed.pdf"
        page.pdf(path=str(printed), prefer_css_page_size=True)
        pypdf = pytest.importorskip("pypdf")
        pages = pypdf.PdfReader(printed).pages
        assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
        assert 5 < len(pages) < 40
