"""The page in a real browser: judging by keyboard, sound, reloading, two reviewers, a phone."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.store.queries import run_query
from tests.review.calls import three_calls

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run", "--mute-audio",
]  # fmt: skip
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


@pytest.fixture
def db(tmp_path):
    return three_calls(tmp_path)


def tasleek(*arguments, **options):
    command = [sys.executable, "-c", "from audit.cli import main; main()", *map(str, arguments)]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, **options,
    )  # fmt: skip


class Server:
    def __init__(self, db, *arguments, reviewer="sara"):
        name = ["--reviewer", reviewer] if reviewer else []
        self.process = tasleek("review", "--db", db, "--no-browser", *name, *arguments)
        self.output = ""
        for line in self.process.stdout:
            self.output += line
            if link := re.search(r"http://(127\.0\.0\.1:\d+)/enter/\S+", line):
                self.link, self.host = link[0], link[1]
                return
        pytest.fail(f"the review screen did not open: {self.output}")

    def kill(self):
        self.process.kill()
        self.process.wait()


@contextmanager
def serving(db, *arguments, **options):
    server = Server(db, *arguments, **options)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def page_of(browser, server, *, width=1280, height=800, quiet=True):
    """A browser of its own, which must ask nobody else and complain of nothing."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints, elsewhere = [], []
    page.on(
        "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith(f"http://{server.host}/") else elsewhere.append(r.url),
    )
    enter(page, server)
    yield page
    context.close()
    assert elsewhere == []
    if quiet:
        assert complaints == []


def enter(page, server):
    page.goto(server.link)
    page.wait_for_selector("#desk")  # the link's own page moves on to this one


def seconds(page):
    return page.evaluate("document.getElementById('audio').currentTime")


def wait(page, expression, argument=None):
    """Until ``expression`` is true. (playwright's own wait evaluates text, which the policy forbids.)"""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(expression, argument):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def saved(page):
    wait(page, "/محفوظ|Saved/.test(document.getElementById('save-state').textContent)")


def opened(page, call_id):
    wait(
        page,
        "id => document.getElementById('call-facts').textContent.startsWith(id) && "
        "document.querySelectorAll('.turn').length > 0",
        call_id,
    )
    wait(page, "document.getElementById('audio').readyState >= 2")


def rows(db, sql):
    return list(run_query(db, sql).rows)


REVIEWS = (
    "SELECT call_id, turn_index, label, verdict, resolution, blind "
    "FROM reviews ORDER BY reviewed_at"
)


def test_a_call_is_judged_by_keyboard_while_it_is_heard(chromium, db):
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "bad")
        page.keyboard.press("f")
        wait(page, "document.getElementById('audio').currentTime > 4.5")
        assert page.locator(".turn.selected .word.lit").count() == 1
        page.keyboard.press("Space")
        stopped = seconds(page)
        page.keyboard.press("c")
        page.keyboard.press("f")
        wait(page, "document.getElementById('audio').currentTime > 7.7")
        page.keyboard.press("l")
        page.keyboard.press("6")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("a")
        page.keyboard.press("3")
        page.keyboard.press("Shift+Digit4")
        page.keyboard.press("b")
        saved(page)
        page.keyboard.press("n")
        opened(page, "doubt")
        assert 4.5 < stopped < 6
        assert page.locator("#progress").inner_text() == "1 من 3"
    assert rows(db, REVIEWS) == [
        ("bad", 2, "placation", "confirmed", None, False),
        ("bad", 4, "deflection", "relabelled", None, False),
        ("bad", 0, "stalling", "added", None, False),
        ("bad", None, None, "brush_off", "none", False),
    ]
    assert rows(db, "SELECT new_label FROM reviews WHERE verdict = 'relabelled'") == [
        ("dismissive_tone",)
    ]
    ((listened,),) = rows(db, "SELECT listened_ms FROM judged_calls")
    assert 600 < listened < 12_000


def test_keys_work_with_an_arabic_keyboard_and_not_while_writing(chromium, db):
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "bad")
        for code, letter in (("KeyF", "ب"), ("KeyR", "ق")):
            page.evaluate(
                "([code, key]) => document.body.dispatchEvent("
                "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
                [code, letter],
            )
        saved(page)
        page.click("#tabs [data-tab=verdict]")
        page.click("#call-comment")
        page.keyboard.type("cbgrx")
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        saved(page)
        wait(page, "document.querySelector('#verdict [aria-pressed=true]')")
    assert rows(db, "SELECT verdict, comment FROM reviews ORDER BY reviewed_at") == [
        ("rejected", None), ("proper", "cbgrx"),
    ]  # fmt: skip


def test_a_word_that_is_clicked_is_heard(chromium, db):
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "bad")
        page.click(".turn[data-turn='4'] .word:nth-of-type(3)")
        wait(page, "!document.getElementById('audio').paused")
        page.wait_for_selector(".turn[data-turn='4'] .word.lit")
        assert 8.8 < seconds(page) < 9.9
        page.keyboard.press("Space")
        wait(page, "document.getElementById('audio').paused")
        before = seconds(page)
        page.keyboard.press("ArrowLeft")
        wait(page, f"document.getElementById('audio').currentTime < {before} - 4")
        box = page.locator("#wave").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
        wait(page, "Math.abs(document.getElementById('audio').currentTime - 6) < 0.2")


def test_what_was_said_is_text_and_never_markup(chromium, db):
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "bad")
        assert "<b>شهر</b>" in page.locator(".turn[data-turn='1'] p").inner_text()
        assert page.locator("#transcript b").count() == 0


def test_reloading_in_the_middle_loses_nothing(chromium, db):
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "bad")
        page.keyboard.press("n")
        opened(page, "doubt")
        page.keyboard.press("f")
        page.keyboard.press("c")
        saved(page)
        wait(page, "document.getElementById('audio').currentTime > 4.5")
        at = seconds(page)
        page.reload()
        opened(page, "doubt")
        page.wait_for_selector(".card.confirmed")
        wait(page, f"document.getElementById('audio').currentTime > {at} - 1")
        page.click("#tabs [data-tab=form]")
        page.click("[data-criterion=no_abuse] button:nth-child(2)")
        wait(page, "/جسيمة/.test(document.querySelector('.form-score').textContent)")
        server.kill()  # the hard way: nothing may be waiting in the server's memory
    assert [row[:4] for row in rows(db, REVIEWS)] == [("doubt", 2, "placation", "confirmed")]
    assert rows(db, "SELECT criterion, answer FROM scorecard_answers") == [("no_abuse", "no")]


def test_two_reviewers_at_once(chromium, db):
    with serving(db) as server, page_of(chromium, server) as sara:
        opened(sara, "bad")
        sara.click("#invite-button")
        link = re.search(r"http://\S+", sara.locator("#dialog .link").inner_text())[0]
        sara.keyboard.press("Escape")
        server.link = link
        with page_of(chromium, server) as omar:
            omar.fill("#dialog input", "عمر")
            omar.keyboard.press("Enter")
            opened(omar, "doubt")
            for page in (sara, omar):
                page.keyboard.press("b")
            for page in (sara, omar):
                saved(page)
                page.keyboard.press("n")
            opened(sara, "good")
            assert "good" not in omar.locator("#call-facts").inner_text()
    assert rows(db, "SELECT call_id, reviewer FROM reviews ORDER BY ALL") == [
        ("bad", "sara"), ("doubt", "عمر"),
    ]  # fmt: skip


def test_a_blind_call_shows_the_machine_after_the_verdict(chromium, db):
    with serving(db, "--sample", "random=3,blind=all,seed=1", "--lang", "en") as server:
        assert "drawn 3 of 3 calls (3 random), 3 blind" in server.output
        with page_of(chromium, server) as page:
            page.wait_for_selector(".turn")
            assert page.locator("#desk .flagged, #flags .card, .machine").count() == 0
            page.keyboard.press("g")
            page.wait_for_selector(".machine")
            saved(page)
    assert rows(db, "SELECT blind, sample_id IS NOT NULL FROM reviews") == [(True, True)]


def test_on_a_phone_all_fits_and_thumbs_do(chromium, db):
    with serving(db) as server, page_of(chromium, server, width=390, height=844) as page:
        opened(page, "bad")
        for tab in ("flags", "verdict", "form", "transcript"):
            page.click(f"#tabs [data-tab={tab}]")
            assert page.locator(f"#{tab}").is_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert page.evaluate("document.documentElement.scrollHeight") <= 844
        page.click("#thumb-bar [data-do=nextFlag]")
        page.click("#thumb-bar [data-do=confirm]")
        saved(page)
    assert [row[:4] for row in rows(db, REVIEWS)] == [("bad", 2, "placation", "confirmed")]


def test_a_verdict_waits_in_the_browser_while_the_server_is_away(chromium, db):
    with serving(db) as server, page_of(chromium, server, quiet=False) as page:
        opened(page, "bad")
        server.kill()
        page.keyboard.press("f")
        page.keyboard.press("c")
        page.wait_for_selector("#save-state.problem")
        assert "1 لم تُحفظ بعد" in page.locator("#save-state").inner_text()
        assert rows(db, "SELECT count(*) FROM reviews") == [(0,)]
        port = server.host.partition(":")[2]
        with serving(db, "--port", port) as again:
            enter(page, again)
            opened(page, "bad")
            page.wait_for_selector(".card.confirmed")
            saved(page)
            assert rows(db, "SELECT verdict FROM reviews") == [("confirmed",)]


def test_other_commands_while_the_screen_is_open(db):
    with serving(db) as server:
        process = str(server.process.pid)
        for command in (
            ("audit", db.parent, "--db", db, "--offline"),
            ("review", "--db", db, "--no-browser"),
        ):
            other = tasleek(*command)
            told = other.communicate(timeout=120)[0]
            assert other.returncode == 1
            assert "being reviewed" in told
            assert process in told
            assert "Ctrl-C" in told
            assert "Traceback" not in told
        listing = tasleek("calls", "--db", db)
        assert "bad" in listing.communicate(timeout=120)[0]
        assert listing.returncode == 0
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0


def test_a_port_that_is_taken_is_told(db):
    with serving(db) as server:
        port = server.host.partition(":")[2]
        copy = db.with_name("copy.duckdb")
        shutil.copy(db, copy)
        other = tasleek("review", "--db", copy, "--no-browser", "--port", port)
        told = other.communicate(timeout=120)[0]
        assert (other.returncode, f"--port {port} cannot be used" in told) == (2, True)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc")
def test_the_screen_listens_to_this_machine_only(db):
    with serving(db) as server:
        port = int(server.host.partition(":")[2])
        listening = [
            line.split()[1]
            for name in ("/proc/net/tcp", "/proc/net/tcp6")
            if Path(name).exists()
            for line in Path(name).read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        ]
        assert listening == [f"0100007F:{port:04X}"]


def test_an_hour_of_call_is_opened_and_moved_through(chromium, tmp_path):
    from tests.review.calls import audited, write_calls

    call = audited(tmp_path, "hour", 90.0, repeat=200, turn_ms=3000)
    db = write_calls(tmp_path / "hour.duckdb", call)
    with serving(db) as server, page_of(chromium, server) as page:
        opened(page, "hour")
        assert page.locator(".turn").count() == 1200
        assert page.locator("#clock").inner_text() == "0:00 / 1:00:00"
        page.click("#overview", position={"x": 700, "y": 10})
        wait(page, "document.getElementById('audio').currentTime > 600")
        page.keyboard.press("Space")
        page.wait_for_selector(".word.lit")
        before = seconds(page)
        wait(page, f"document.getElementById('audio').currentTime > {before} + 0.5")
