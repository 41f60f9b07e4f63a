"""The web application: who gets in, what it serves, and what it refuses."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest
from starlette.testclient import TestClient

from audit.config import IngestConfig
from audit.review.access import Access
from audit.review.app import create_app
from audit.review.desk import ReviewDesk
from audit.review.playback import Playback, wav_header
from audit.review.scorecard import default_scorecard
from audit.store.database import open_database
from audit.store.queries import run_query
from audit.types import RESOLUTIONS
from tests.review.calls import three_calls

PORT = 8123
ORIGIN = f"http://127.0.0.1:{PORT}"


class Screen:
    def __init__(self, db, **options):
        self.db = db
        self.access = Access(PORT)
        self.desk = ReviewDesk(db, default_scorecard(), **options)
        self.app = create_app(self.desk, self.access, Playback(db, IngestConfig()), "ar")

    def browser(self) -> TestClient:
        return TestClient(self.app, base_url=ORIGIN, follow_redirects=False)

    def reviewer(self, name: str | None = "sara") -> TestClient:
        browser = self.browser()
        link = self.access.new_link(name)
        assert browser.get(link.removeprefix(ORIGIN)).status_code == 200
        return browser


@pytest.fixture
def screen(tmp_path):
    return Screen(three_calls(tmp_path))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A screen for tests that store nothing: making one takes longer than most of them."""
    return Screen(three_calls(tmp_path_factory.mktemp("shared")))


def post(browser, path, body, **headers):
    return browser.post(path, json=body, headers={"Origin": ORIGIN, **headers})


def test_a_link_works_once_and_in_one_browser(shared):
    path = shared.access.new_link("sara").removeprefix(ORIGIN)
    first, second = shared.browser(), shared.browser()
    assert first.get(path).status_code == 200
    assert first.get("/api/session").json()["reviewer"] == "sara"
    assert second.get(path).status_code == 403
    assert second.get("/").status_code == 403
    assert second.get("/api/session").status_code == 401
    assert "يعمل مرة واحدة" in second.get(path).text
    assert first.get("/").status_code == 200


def test_who_only_looks_at_a_link_does_not_use_it_up(shared):
    path = shared.access.new_link().removeprefix(ORIGIN)
    assert shared.browser().head(path).status_code == 403
    assert shared.browser().get(path).status_code == 200


def test_half_a_character_in_a_comment_does_not_stop_the_verdict(screen):
    browser = screen.reviewer()
    sent = b'{"call_id": "bad", "verdict": "proper", "comment": "a\\ud800b"}'
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    answer = browser.post("/api/call-verdicts", content=sent, headers=headers)
    assert answer.status_code == 200
    assert run_query(screen.db, "SELECT verdict, comment FROM reviews").rows == (("proper", "a?b"),)


def test_the_cookie_is_for_this_server_and_not_for_scripts(shared):
    response = shared.browser().get(shared.access.new_link().removeprefix(ORIGIN))
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"tasleek_review_{PORT}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


@pytest.mark.parametrize("token", ["", "x", "../../etc", "é", "a" * 5000])
def test_guessing_gets_nobody_in(shared, token):
    assert shared.browser().get(f"/enter/{token}").status_code in (403, 404)


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"[::1]:{PORT}", ""],
)
def test_another_host_is_refused(shared, host):
    browser = shared.reviewer()
    assert browser.get("/api/queue", headers={"Host": host}).status_code == 421
    assert browser.get("/api/queue", headers={"Host": f"localhost:{PORT}"}).status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", f"https://127.0.0.1:{PORT}"]
)
def test_a_change_must_come_from_the_page_itself(shared, origin):
    browser = shared.reviewer()
    headers = {"Origin": origin} if origin else {}
    body = {"call_id": "bad", "verdict": "proper"}
    assert browser.post("/api/call-verdicts", json=body, headers=headers).status_code == 403
    assert run_query(shared.db, "SELECT count(*) FROM reviews").rows == ((0,),)


def test_a_form_of_another_site_cannot_even_look_like_one(shared):
    browser = shared.reviewer()
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        response = browser.post(
            "/api/call-verdicts", content=b'{"call_id":"bad","verdict":"proper"}',
            headers={"Origin": ORIGIN, "Content-Type": kind},
        )  # fmt: skip
        assert response.status_code == 415


def test_other_sites_cannot_embed_what_is_heard(shared):
    browser = shared.reviewer()
    cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert browser.get("/api/audio?id=bad", headers=cross).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert browser.get("/", headers=followed).status_code == 200


def test_every_answer_carries_the_security_headers(shared):
    browser = shared.reviewer()
    for path in ("/", "/static/app.js", "/api/queue", "/nothing", "/enter/x"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_the_page_names_no_other_host_and_holds_no_script(screen):
    from importlib.resources import files

    for file in files("audit.review").joinpath("static").iterdir():
        text = file.read_text(encoding="utf-8")
        for scheme in ("http://", "https://"):
            assert text.count(scheme) == text.count("http://www.w3.org/2000/svg") * (
                scheme == "http://"
            )
        if file.name.endswith(".html"):
            assert '<script type="module" src=' in text or "<script" not in text
            assert " style=" not in text
            assert " onclick" not in text
        assert "innerHTML" not in text


@pytest.mark.parametrize(
    "name", ["nope.js", "..%2Fapp.py", "index.html", "enter.html", "app.js.map"]
)
def test_only_the_page_s_own_files_are_served(shared, name):
    assert shared.browser().get(f"/static/{name}").status_code == 404


def test_a_name_is_needed_before_anything_is_shown(shared):
    browser = shared.reviewer(None)
    assert browser.get("/api/queue").status_code == 409
    assert post(browser, "/api/session", {"reviewer": " "}).status_code == 400
    assert post(browser, "/api/session", {"reviewer": "سارة"}).json() == {"reviewer": "سارة"}
    assert len(browser.get("/api/queue").json()) == 3


def test_a_second_reviewer_is_invited_from_the_page(shared):
    link = post(shared.reviewer(), "/api/links", {}).json()["link"]
    second = shared.browser()
    assert second.get(link.removeprefix(ORIGIN)).status_code == 200
    assert second.get("/api/session").json()["reviewer"] is None
    assert post(shared.browser(), "/api/links", {}).status_code == 401


def test_a_call_is_shown_with_flags_reasons_and_words(shared):
    call = shared.reviewer().get("/api/call?id=bad").json()
    assert call["turns"][1]["text"] == "الطلب متأخر <b>شهر</b> كامل"
    assert call["turns"][1]["words"][2] == [2900, 3330, "<b>شهر</b>", 0.9]
    (flag,) = call["turns"][2]["flags"]
    assert flag == {"label": "placation", "score": 0.9, "threshold": 0.5, "evidence": ["تطمن"]}
    assert call["verdict"]["score"] == 90.0
    assert call["form"]["automatic"]["no_placation"] == "no"
    assert call["holds"] == [{"start_ms": 1800, "end_ms": 2000, "kind": "music"}]


def test_a_hidden_call_tells_nothing_of_the_machine_s_opinion(tmp_path):
    screen = Screen(three_calls(tmp_path), blind=True)
    browser = screen.reviewer()
    call = browser.get("/api/call?id=bad").json()
    assert call["verdict"] is None
    assert call["form"]["automatic"] == {}
    assert all(t["flags"] == [] and "scores" not in t and "unsure" not in t for t in call["turns"])
    assert all(
        entry["score"] is entry["brush_off"] is entry["unsure"] is entry["stratum"] is None
        for entry in browser.get("/api/queue").json()
    )
    shown = post(browser, "/api/call-verdicts", {"call_id": "bad", "verdict": "proper"}).json()
    assert shown["verdict"]["score"] == 90.0


def test_verdicts_and_answers_are_stored_at_once(screen):
    browser = screen.reviewer()
    said = {"call_id": "bad", "turn_index": 2, "label": "placation", "verdict": "confirmed"}
    assert post(browser, "/api/turn-verdicts", said).json()["reviews"][0]["verdict"] == "confirmed"
    whole = {"call_id": "bad", "verdict": "brush_off", "resolution": "none", "listened_ms": 5}
    assert post(browser, "/api/call-verdicts", whole).status_code == 200
    answer = {"call_id": "bad", "criterion": "no_abuse", "answer": "no"}
    assert post(browser, "/api/answers", answer).json()["result"]["score"] == 0.0
    assert run_query(screen.db, "SELECT count(*) FROM reviews").rows == ((2,),)
    again = screen.reviewer("sara").get("/api/call?id=bad").json()
    assert len(again["reviews"]) == 2
    assert again["form"]["answers"] == {"no_abuse": "no"}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("turn-verdicts", [], "must be a JSON object"),
        ("turn-verdicts", {"call_id": 3}, "call_id must be text"),
        ("turn-verdicts", {}, "call_id is missing"),
        ("turn-verdicts", {"call_id": "bad", "turn_index": "2"}, "turn_index must be a whole"),
        ("turn-verdicts", {"call_id": "bad", "turn_index": True}, "turn_index must be a whole"),
        ("turn-verdicts", {"call_id": "bad", "turn_index": 2, "label": "rude", "verdict": "confirmed"},
         "is no label"),
        ("call-verdicts", {"call_id": "bad", "verdict": "proper", "listened_ms": 1e9}, "whole number"),
        ("call-verdicts", {"call_id": "bad", "verdict": "proper", "resolution": []}, "must be text"),
        ("answers", {"call_id": "bad", "criterion": "x", "answer": "yes"}, "no criterion"),
        ("answers", {"call_id": "bad", "criterion": "no_abuse", "answer": "maybe"}, "answers are"),
        ("session", {"reviewer": "x" * 65}, "printable characters"),
        ("session", {"reviewer": "x" * 70_000}, "too large"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_what_is_wrong(shared, path, body, message):
    response = post(shared.reviewer(), f"/api/{path}", body)
    assert response.status_code == 400
    assert message in response.json()["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 60_000])
def test_what_is_not_json_is_refused(shared, content):
    headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
    response = shared.reviewer().post("/api/answers", content=content, headers=headers)
    assert response.status_code == 400


def test_an_unknown_call_is_not_found(shared):
    browser = shared.reviewer()
    for path in ("call", "audio", "peaks"):
        response = browser.get(f"/api/{path}?id=nope")
        assert response.status_code == 404
        assert "nope" in response.json()["message"]
    said = {"call_id": "nope", "verdict": "proper"}
    assert post(browser, "/api/call-verdicts", said).status_code == 404


def test_a_busy_database_is_told_and_nothing_is_said_to_be_stored(screen, monkeypatch):
    from audit.review import desk

    browser = screen.reviewer()
    monkeypatch.setattr(desk, "PATIENCE_S", 0.1)
    holder = _holding(screen.db)
    try:
        response = post(browser, "/api/call-verdicts", {"call_id": "bad", "verdict": "proper"})
        assert (response.status_code, response.json()["error"]) == (503, "busy")
    finally:
        holder.kill()
        holder.wait()
    response = post(browser, "/api/call-verdicts", {"call_id": "bad", "verdict": "proper"})
    assert response.status_code == 200


def _holding(db):
    import subprocess
    import sys

    code = (
        f"import duckdb, time; c = duckdb.connect({str(db)!r}); "
        "print('held', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


# Sound


def test_the_sound_is_a_wav_that_any_browser_plays(shared):
    response = shared.reviewer().get("/api/audio?id=bad")
    assert response.status_code == 200
    assert response.headers["content-type"] == "audio/wav"
    assert response.headers["accept-ranges"] == "bytes"
    with wave.open(io.BytesIO(response.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 16000, 2)
        assert file.getnframes() == 12 * 16000
        samples = np.frombuffer(file.readframes(16000), "<i2")
    assert 0.25 < np.abs(samples).max() / 32768 < 0.35  # the tone has an amplitude of 0.3


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("bytes=0-", (0, None)),
        ("bytes=0-0", (0, 0)),
        ("bytes=44-99", (44, 99)),
        ("bytes=100000-", (100_000, None)),
        ("bytes=-100", (-100, None)),
        ("bytes=5-999999999", (5, None)),
    ],
)
def test_a_part_of_the_sound_can_be_asked_for(shared, asked, span):
    browser = shared.reviewer()
    whole = browser.get("/api/audio?id=bad").content
    response = browser.get("/api/audio?id=bad", headers={"Range": asked})
    first = span[0] if span[0] >= 0 else len(whole) + span[0]
    last = len(whole) - 1 if span[1] is None else span[1]
    assert response.status_code == 206
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert response.content == whole[first : last + 1]


@pytest.mark.parametrize(
    "asked",
    ["bytes=999999999-", "bytes=9-3", "bytes=-", "bytes=-0", "bytes=0-1,5-6", "lines=1-2", "x"],
)
def test_a_part_that_is_not_there_is_refused(shared, asked):
    response = shared.reviewer().get("/api/audio?id=bad", headers={"Range": asked})
    assert response.status_code == 416
    assert response.headers["content-range"].startswith("bytes */")


def test_sound_and_outline_need_the_cookie(shared):
    for path in ("audio", "peaks", "call", "queue"):
        assert shared.browser().get(f"/api/{path}?id=bad").status_code == 401


def test_the_outline_has_a_byte_a_step_for_each_channel(shared):
    response = shared.reviewer().get("/api/peaks?id=bad")
    assert (response.headers["x-channels"], response.headers["x-step-ms"]) == ("2", "20")
    peaks = np.frombuffer(response.content, np.uint8).reshape(2, -1)
    assert peaks.shape[1] == 600
    assert peaks.max() == 255
    assert peaks[:, 10:-10].min() > 200  # a tone is as loud everywhere


def test_a_recording_that_went_away_is_named(screen, tmp_path):
    (tmp_path / "bad.wav").unlink()
    browser = screen.reviewer()
    response = browser.get("/api/peaks?id=bad")
    assert response.status_code == 404
    assert "bad.wav is not there any more" in response.json()["message"]
    assert browser.get("/api/call?id=bad").status_code == 200  # the words can be judged still


def test_a_damaged_recording_is_told(screen, tmp_path):
    (tmp_path / "bad.wav").write_bytes(b"RIFF" + b"\x00" * 100)
    response = screen.reviewer().get("/api/peaks?id=bad")
    assert (response.status_code, response.json()["error"]) == (404, "audio")


def test_sound_inside_a_vcon_is_found_by_its_hash(tmp_path):
    import base64
    import hashlib
    import json
    from dataclasses import replace

    from audit.types import Recording
    from tests.review.calls import audited, write_calls

    audit = audited(tmp_path, "inside", 90.0)
    body = audit.recording.path.read_bytes()
    dialog = {
        "type": "recording", "encoding": "base64url",
        "body": base64.urlsafe_b64encode(body).decode().rstrip("="),
    }  # fmt: skip
    vcon = tmp_path / "call.vcon"
    vcon.write_text(json.dumps({"vcon": "0.0.1", "uuid": "u", "parties": [], "dialog": [dialog]}))
    recording = Recording("inside", vcon, hashlib.sha256(body).hexdigest(), vcon_dialog=0)
    db = write_calls(tmp_path / "v.duckdb", replace(audit, recording=recording))
    assert Screen(db).reviewer().get("/api/audio?id=inside").status_code == 200
    gone = replace(recording, sha256="00" * 32)
    db = write_calls(tmp_path / "w.duckdb", replace(audit, recording=gone))
    response = Screen(db).reviewer().get("/api/audio?id=inside")
    assert "does not hold the recording any more" in response.json()["message"]


def test_old_sounds_are_let_go_while_they_are_still_read(tmp_path):
    from tests.review.calls import audited

    playback = Playback(tmp_path / "x.duckdb", IngestConfig())
    paths = {f"c{i}": str(audited(tmp_path, f"c{i}", 10.0 + i).recording.path) for i in range(6)}
    sounds = {
        name: playback.sound(name, lambda path=path: (path, None)) for name, path in paths.items()
    }
    assert playback.sound("c5", lambda: pytest.fail("it is kept")) is sounds["c5"]
    assert sounds["c0"].read(0, 44) == wav_header(2, sounds["c0"].size - 44)
    assert playback.sound("c0", lambda: (paths["c0"], None)) is not sounds["c0"]


def test_the_log_of_accesses_has_each_call_that_was_opened(screen):
    from audit.store.access import read_accesses

    browser = screen.reviewer()
    browser.get("/api/call?id=bad")
    browser.get("/api/call?id=good")
    with open_database(screen.db) as connection:
        assert len(read_accesses(connection, screen.db, "bad")) == 1


def test_every_key_of_the_page_is_documented_and_does_something():
    import re
    from importlib.resources import files
    from pathlib import Path

    static = files("audit.review").joinpath("static")
    keys = re.findall(r'^  \["(\w+)", (?:true|false), "(\w+)"', static.joinpath("keys.js").read_text(
        encoding="utf-8"), re.MULTILINE)  # fmt: skip
    texts = static.joinpath("texts.js").read_text(encoding="utf-8")
    app = static.joinpath("app.js").read_text(encoding="utf-8")
    page = (Path(__file__).parents[2] / "docs" / "review.md").read_text(encoding="utf-8")
    assert len(keys) > 25
    for code, action in keys:
        assert texts.count(f"  {action}: ") == 2, action  # in Arabic and in English
        assert re.search(rf"^  {action}[:,]", app, re.MULTILINE) or action in RESOLUTIONS, action
        if code.startswith("Key"):
            assert f"`{code[3:]}`" in page, code


def test_the_page_says_everything_in_both_languages():
    import re
    from importlib.resources import files

    static = files("audit.review").joinpath("static")
    arabic, english = static.joinpath("texts.js").read_text(encoding="utf-8").split("const ENGLISH")
    names = [set(re.findall(r"^  (\w+): ", half, re.MULTILINE)) for half in (arabic, english)]
    assert names[0] == names[1]
    used = set()
    for file in static.iterdir():
        text = file.read_text(encoding="utf-8")
        used |= set(re.findall(r'\bt\("(\w+)"', text)) | set(
            re.findall(r'data-t(?:-label)?="(\w+)"', text)
        )
    assert used <= names[0]
