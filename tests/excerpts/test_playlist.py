"""The page in a real browser, opened as a file: it plays, lights up the words, goes on to the next."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager

import pytest

from tests.excerpts.spoken_calls import SpokenCall, write_calls

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--mute-audio",
]  # fmt: skip
#: Generous: the machine may be busy with other things.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def lesson(cut, tmp_path):
    """Three short excerpts, the last of good handling."""
    texts = ("تطمن الموضوع ماشي", "راجع أقرب فرع", "حجزت لك موعد بكرة الساعة خمس")
    calls = []
    for number, text in enumerate(texts):
        call = SpokenCall(f"C-{number}", agent=f"A{number}")
        call.say("caller", "وين <b>طلبي</b>")
        call.say("agent", text, **({"placation": 0.9 - number / 10} if number < 2 else {}))
        calls.append(call)
    calls[2].positives[1] = ("commitment",)
    db = write_calls(tmp_path / "calls.duckdb", tmp_path / "sound", *calls)
    return cut(db, "--label", "placation", "--positive", "commitment")


@contextmanager
def page_of(browser, folder, *, width=1280, height=800, complaints_wanted=()):
    """The page as a file, which must ask for nothing but its sounds and complain of nothing."""
    ours = {path.as_uri() for path in folder.out.iterdir() if path.suffix != ".vtt"}
    ours |= {(folder.out / row["file"]).as_uri() for row in folder.rows()}
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints, asked = [], []
    page.on("console", lambda m: complaints.append(m.text) if m.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder.out / "playlist.html").as_uri())
    yield page
    context.close()
    assert [c for c in complaints if not any(wanted in c for wanted in complaints_wanted)] == []
    assert set(asked) - ours == set()


def wait(page, expression):
    """Until ``expression`` is true. (playwright's own wait evaluates text, which the policy forbids.)"""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(30)


def number(page):
    return page.locator("article:not([hidden]) .number").inner_text()


def test_it_plays_lights_the_words_and_goes_on_to_the_next(chromium, lesson):
    with page_of(chromium, lesson) as page:
        assert number(page) == "1"
        page.click("#play")
        wait(page, "document.getElementById('sound').currentTime > 0.3")
        wait(page, "document.querySelectorAll('article:not([hidden]) .moment .lit').length === 1")
        lit = page.evaluate(
            "[document.getElementById('sound').currentTime * 1000, ...['s', 'e'].map((k) => "
            "Number(document.querySelector('.lit').dataset[k]))]"
        )
        assert lit[1] - 150 <= lit[0] <= lit[2] + 150
        wait(page, "!document.querySelectorAll('article')[1].hidden")
        wait(page, "document.getElementById('sound').currentTime > 0.2")
        assert page.locator("#list [aria-current]").count() == 1
        wait(page, "!document.querySelectorAll('article')[2].hidden")
        wait(page, "document.getElementById('sound').ended")
        assert number(page) == "3"
        assert page.locator(".lit").count() == 0


def test_it_is_played_by_keyboard_on_an_arabic_layout_too(chromium, lesson):
    with page_of(chromium, lesson) as page:
        page.keyboard.press("Space")
        wait(page, "!document.getElementById('sound').paused")
        page.keyboard.press("Space")
        wait(page, "document.getElementById('sound').paused")
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', "
            "{code: 'KeyN', key: 'ى', bubbles: true, cancelable: true}))"
        )
        assert number(page) == "2"
        page.keyboard.press("n")
        page.keyboard.press("n")
        assert number(page) == "3"
        page.keyboard.press("p")
        assert number(page) == "2"
        wait(page, "document.getElementById('sound').readyState >= 2")
        page.keyboard.press("r")
        wait(page, "document.getElementById('sound').currentTime > 0.8")
        page.keyboard.press("a")
        assert not page.is_checked("#auto")
        wait(page, "document.getElementById('sound').ended")
        page.wait_for_timeout(1800)
        assert number(page) == "2", "it stops after each"


def test_the_kind_can_be_hidden_for_the_class_to_guess(chromium, lesson):
    with page_of(chromium, lesson) as page:
        chip = page.locator("article:not([hidden]) .chip")
        assert chip.is_visible()
        page.keyboard.press("k")
        assert not chip.is_visible()
        assert not page.locator("article:not([hidden]) .file").is_visible()
        assert page.locator("article:not([hidden]) .riddle").is_visible()
        page.click("#quiz")
        assert chip.is_visible()


def test_one_kind_is_played_alone(chromium, lesson):
    with page_of(chromium, lesson) as page:
        page.select_option("#kinds", "commitment")
        assert page.locator("#list li:visible").count() == 1
        assert page.locator("article:not([hidden]) .chip").inner_text() == "التزام"


def test_a_word_that_is_clicked_is_heard(chromium, lesson):
    with page_of(chromium, lesson) as page:
        wait(page, "document.getElementById('sound').readyState >= 2")
        word = page.locator("article:not([hidden]) .moment .w").nth(1)
        starts = int(word.get_attribute("data-s")) / 1000
        word.click()
        wait(page, f"document.getElementById('sound').currentTime >= {starts}")
        assert page.evaluate("document.getElementById('sound').currentTime") < starts + 1.5


def test_what_was_said_is_text_and_never_markup(chromium, lesson):
    with page_of(chromium, lesson) as page:
        assert "<b>طلبي</b>" in page.locator("article:not([hidden])").inner_text()
        assert page.locator("article b").count() == 0


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_it_fits_a_phone_and_a_screen(chromium, lesson, width):
    with page_of(chromium, lesson, width=width, height=760) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("#play").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 760
        assert page.evaluate("document.documentElement.dir") == "rtl"


def test_a_file_that_is_missing_is_told(chromium, lesson):
    (lesson.out / lesson.sounds()[0]).unlink()
    with page_of(chromium, lesson, complaints_wanted=["ERR_FILE_NOT_FOUND"]) as page:
        wait(page, "!document.getElementById('trouble').hidden")
        assert "01_" in page.locator("#trouble").inner_text()
        page.keyboard.press("n")
        wait(page, "document.getElementById('sound').readyState >= 2")
        assert page.locator("#trouble").is_hidden()
