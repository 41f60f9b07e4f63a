"""`tasleek excerpts` from a database to a folder."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import re
from datetime import UTC, datetime

import numpy as np
import pytest

from audit.errors import UsageError
from audit.ingest.audio import decode
from audit.reporting.excerpt_links import read_excerpt_links
from audit.reporting.excerpt_removal import remove_excerpts
from audit.reporting.excerpts.loudness import TARGET_LUFS, loudness
from audit.store.database import open_database
from tests.dummies import write_wav
from tests.excerpts.spoken_calls import (
    SECRET,
    SECRET_HZ,
    SpokenCall,
    energy_at,
    polite_nothing,
    write_calls,
)
from tests.excerpts.test_captions import parsed


def heard(folder, name):
    return decode(folder.out / name, name, 60).samples[0]


def kinds(folder):
    return sorted((row["call_id"], int(row["turn_index"]), row["label"]) for row in folder.rows())


ALL = [
    ("C-1", 2, "placation"), ("C-1", 4, "deflection"),
    ("C-2", 2, "placation"), ("C-2", 4, "deflection"),
]  # fmt: skip


def test_flagged_moments_become_sound_captions_a_page_and_a_list(cut, db):
    found = cut(db, "--json")
    assert kinds(found) == ALL
    assert re.fullmatch(r"01_placation_A[12]_C-[12]_00m0\ds\.mp3", found.sounds()[0])
    for row in found.rows():
        samples = heard(found, row["file"])
        length_ms = int(row["end_ms"]) - int(row["start_ms"])
        assert abs(len(samples) / 16 - length_ms) < 100
        assert loudness(samples) == pytest.approx(TARGET_LUFS, abs=1.0)
        cues = parsed((found.out / row["captions"]).read_text(encoding="utf-8"))
        assert row["text"] in [cue[3] for cue in cues]
        assert cues[-1][1] <= length_ms
    assert found.summary["found"] == 4
    assert [e["file"] for e in found.summary["excerpts"]] == [r["file"] for r in found.rows()]
    assert found.summary["failed"] == []


def test_the_list_opens_in_excel_and_is_linked_by_reports(cut, db):
    found = cut(db)
    assert (found.out / "excerpts.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    row = found.rows()[0]
    wanted = {
        "file", "call_id", "turn_index", "label", "score", "agent", "vendor", "start_ms", "end_ms",
        "text", "reviewed",
    }  # fmt: skip
    assert wanted <= set(row)
    assert row["started_at"].endswith("+03:00")
    links = read_excerpt_links(found.out, found.out.parent / "report.html")
    assert links.href(row["call_id"], int(row["turn_index"])) == f"out/{row['file']}"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--label", "placation"], [ALL[0], ALL[2]]),
        (["--label", "placation", "--label", "deflection"], ALL),
        (["--agent", "A2"], ALL[2:]),
        (["--vendor", "masar"], ALL[:2]),
        (["--min-score", "0.8"], [ALL[0], ALL[2]]),
        (["--since", "2026-11-02"], ALL[2:]),
        (["--until", "2026-11-01"], ALL[:2]),
        (["--until", "٢٠٢٦-١١-٠١"], ALL[:2]),
        (["--positive", "empathy"], [("C-2", 0, "empathy")]),
        (
            ["--positive", "empathy", "--label", "placation", "--agent", "A2"],
            [("C-2", 0, "empathy"), ALL[2]],
        ),
        (["--reviewed", "confirmed"], [ALL[1], ("C-2", 4, "stalling")]),
        (["--reviewed", "unreviewed"], [ALL[2], ALL[3]]),
        (["--reviewed", "rejected"], [ALL[0]]),
        ([], [ALL[1], ALL[2], ("C-2", 4, "stalling")]),
    ],
)
def test_moments_are_chosen_by_every_condition(cut, db, options, expected):
    if "--reviewed" in options or not options:
        review(db, "C-1", 2, "placation", "rejected")
        review(db, "C-1", 4, "deflection", "confirmed")
        review(db, "C-2", 4, "stalling", "added")
    assert kinds(cut(db, *options)) == expected


def review(db, call_id, turn_index, label, verdict):
    with open_database(db, write=True) as connection:
        (text, start) = connection.execute(
            "SELECT text, start_ms FROM turns WHERE call_id = ? AND turn_index = ?",
            [call_id, turn_index],
        ).fetchone()
        connection.execute(
            "INSERT INTO reviews (review_id, call_id, turn_index, label, verdict, reviewer, blind, "
            "reviewed_at, turn_sha256, turn_start_ms) VALUES (?, ?, ?, ?, ?, 'noura', false, ?, ?, ?)",
            [
                f"{call_id}{turn_index}{label}", call_id, turn_index, label, verdict,
                datetime(2026, 11, 9, tzinfo=UTC), hashlib.sha256(text.encode()).hexdigest(), start,
            ],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--label", "rudeness"], "'rudeness' is unknown; known are placation"),
        (["--positive", "placation"], "'placation' is unknown; known are commitment"),
        (["--since", "2026-11-05", "--until", "2026-11-01"], "is after --until"),
        (["--since", "soon"], "--since 'soon' is not a date"),
        (["--agent", "nobody"], "no moment of this database fits"),
    ],
)
def test_wrong_use_is_told_and_writes_nothing(cut, db, options, told):
    found = cut(db, *options, code=UsageError)
    assert told in str(found.result.exception)
    assert not found.out.exists()


@pytest.mark.parametrize(
    "options",
    [["--limit", "0"], ["--min-score", "2"], ["--format", "aac"], ["--context", "-1"]],
)
def test_impossible_values_are_refused(cut, db, options):
    cut(db, *options, code=2)


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "wav"])
def test_personal_data_is_not_heard_or_read(cut, db, audio_format):
    found = cut(db, "--format", audio_format, "--label", "placation", "--context", "8")
    for row in found.rows():
        samples = heard(found, row["file"])
        assert int(row["bleeped_ms"]) >= 300
        assert energy_at(samples, 1000) > 0.04, "the bleep"
        assert energy_at(samples, SECRET_HZ) < 0.002, "the name"
        assert SECRET in (found.out / row["captions"]).read_text(encoding="utf-8")
    assert 'class="w covered"' in found.page


def test_the_same_sound_without_a_redaction_has_the_name_in_it(cut, tmp_path):
    """The test above fails where nothing is bleeped."""
    call = polite_nothing()
    db = write_calls(tmp_path / "kept.duckdb", tmp_path / "s", call, keep_pii=True)
    with open_database(db, write=True) as connection:
        connection.execute("DELETE FROM redactions")
    found = cut(db, "--format", "wav", "--label", "placation", "--context", "8")
    assert energy_at(heard(found, found.sounds()[0]), SECRET_HZ) > 0.05


def test_a_call_that_an_older_version_left_unredacted_is_redacted_now(cut, tmp_path):
    call = SpokenCall("C-1").say("caller", "جوالي 0551234567 ردوا علي")
    call.say("agent", "تطمن إن شاء الله خير", placation=0.9)
    plain = write_calls(tmp_path / "a.duckdb", tmp_path / "a", call)
    kept = write_calls(tmp_path / "b.duckdb", tmp_path / "b", call, keep_pii=True)
    redacted = cut(plain, out=tmp_path / "x")
    assert "0551234567" not in redacted.page
    assert int(redacted.rows()[0]["bleeped_ms"]) >= 300
    on_purpose = cut(kept, out=tmp_path / "y")
    assert "0551234567" in on_purpose.page
    assert on_purpose.rows()[0]["bleeped_ms"] == "0"
    anonymized = cut(kept, "--anonymize", out=tmp_path / "z")
    assert "0551234567" not in anonymized.page
    assert int(anonymized.rows()[0]["bleeped_ms"]) >= 300


def test_anonymize_hides_who_the_agents_are(cut, tmp_path):
    call = SpokenCall("call-زعفران-7", agent="زعفران")
    call.say("agent", "حياك الله معك زعفران تفضل")
    call.say("caller", "يا زعفران وين طلبي")
    call.say("agent", "تطمن إن شاء الله خير", placation=0.9)
    db = write_calls(tmp_path / "calls.duckdb", tmp_path / "s", call)
    open_ = cut(db, out=tmp_path / "open")
    assert "زعفران" in open_.page
    found = cut(db, "--anonymize", "--json", "--context", "8")
    everything = b"".join(p.read_bytes() for p in found.out.iterdir() if p.suffix != ".mp3")
    assert "زعفران" not in everything.decode("utf-8") + found.result.stdout
    assert found.sounds() == ["01_placation_00m05s.mp3"]
    row = found.rows()[0]
    assert row["agent"] == ""
    assert re.fullmatch(r"call-[0-9a-f]{16}", row["call_id"])
    assert int(row["bleeped_ms"]) >= 2 * 300
    assert remove_excerpts(found.out, [call.call_id]) == 1
    assert not any(p.suffix in (".mp3", ".vtt") for p in found.out.iterdir())
    assert "تطمن" not in found.page


def test_anonymous_calls_keep_ids_that_tell_nothing(cut, db):
    found = cut(db, "--anonymize")
    assert {row["call_id"] for row in found.rows()} == {"C-1", "C-2"}
    assert not re.search(r"A1|A2", found.page.split("</style>")[1].split("<script>")[0])


def test_recordings_that_are_gone_or_changed_are_named_and_the_rest_is_done(cut, db, tmp_path):
    third = polite_nothing("C-3", agent="A3")
    third.turns[2] = ("agent", "بيتواصلون معك الجهة المختصة")
    third.turns[4] = ("agent", "تم إغلاق التذكرة ارفع غيرها")
    other = write_calls(tmp_path / "calls.duckdb", tmp_path / "more", third)
    (tmp_path / "sound" / "0.wav").unlink()
    write_wav(tmp_path / "more" / "0.wav", polite_nothing("C-4").sound() * 0.5)
    found = cut(other, "--json", code=1)
    assert {row["call_id"] for row in found.rows()} == {"C-2"}
    told = {f["call_id"]: f["reason"] for f in found.summary["failed"]}
    assert "0.wav is not there any more" in told["C-1"]
    assert "not the recording that was audited" in told["C-3"]
    assert len(found.summary["failed"]) == 4
    assert "C-1 turn 2: " in found.result.stderr


def test_sound_inside_a_vcon_is_cut(cut, tmp_path):
    call = polite_nothing("C-1")
    body = write_wav(tmp_path / "a.wav", call.sound()).read_bytes()
    dialog = {
        "type": "recording", "start": "2026-11-01T09:00:00+03:00", "encoding": "base64url",
        "body": base64.urlsafe_b64encode(body).decode(),
    }  # fmt: skip
    vcon = tmp_path / "a.vcon"
    vcon.write_text(json.dumps({"vcon": "0.3.0", "uuid": "C-1", "dialog": [dialog]}))
    db = write_calls(tmp_path / "v.duckdb", tmp_path, call, paths={"C-1": tmp_path / "a.wav"})
    with open_database(db, write=True) as connection:
        connection.execute("UPDATE calls SET path = ?", [str(vcon)])
    (tmp_path / "a.wav").unlink()
    found = cut(db)
    assert len(found.sounds()) == 2
    assert np.abs(heard(found, found.sounds()[0])).max() > 0.1


HOSTILE = [
    "../../etc/cron.d/x", "..\\..\\x", "/etc/passwd", "a/b", ".", "..", "CON", "-rf", "x\ny",
    "\u202efdp.exe", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "@SUM(1)", "x" * 500,
    "موظف", "'; DROP TABLE calls; --", "--></article><script>alert(1)</script>",
    "<!--end of excerpt-->",
]  # fmt: skip


@pytest.mark.parametrize("options", [[], ["--anonymize"]])
def test_calls_and_agents_may_be_called_anything(cut, tmp_path, options):
    calls = []
    for number, hostile in enumerate(HOSTILE):
        call = SpokenCall(hostile, agent=hostile, vendor=hostile)
        call.say("caller", "متى يوصل الطلب")
        letters = random.Random(number).choices("بتثجحخدذرزسشصضطظعغفقكلمنهوي", k=60)
        words = " ".join("".join(letters[i : i + 6]) for i in range(0, 60, 6))
        call.say("agent", f"=1+1 <script>alert({number})</script> --> {words}", placation=0.9)
        calls.append(call)
    db = write_calls(tmp_path / "calls.duckdb", tmp_path / "sound", *calls)
    found = cut(db, "--limit", "50", *options)
    there = {p.name for p in tmp_path.iterdir()}
    assert {name for name in there if not name.startswith("calls.duckdb")} == {"sound", "out"}
    assert len(found.sounds()) == len(HOSTILE)
    for file in found.out.iterdir():
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", file.name)
        assert len(file.name) < 120
    for row in found.rows():
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        parsed((found.out / row["captions"]).read_text(encoding="utf-8"))
    assert found.page.count("<script>") == 1
    assert found.page.count("<article") == len(HOSTILE)
    assert found.page.count("<!--end of excerpt-->") == len(HOSTILE)


def test_files_of_others_are_never_touched(cut, db, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.docx").write_text("mine")
    found = cut(db, code=UsageError)
    assert "'thesis.docx', which `tasleek excerpts` did not make" in str(found.result.exception)
    assert [p.name for p in out.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("name", ["01_rudeness_00m01s.mp3", "01_placation_00m01s.txt", "sub/"])
def test_what_only_looks_like_ours_is_foreign(cut, db, tmp_path, name):
    out = tmp_path / "out"
    out.mkdir()
    (out / name).mkdir() if name.endswith("/") else (out / name).write_text("mine")
    cut(db, code=UsageError)


def test_a_link_in_the_folder_is_not_followed(cut, db, tmp_path):
    (tmp_path / "target").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    os.symlink(tmp_path / "target", out / "excerpts.csv")
    cut(db, code=UsageError)
    assert (tmp_path / "target").read_text() == "mine"


def test_a_new_set_takes_the_place_of_the_old_one(cut, db, tmp_path):
    first = cut(db)
    (first.out / ".tasleek-excerpts-killed").mkdir()
    second = cut(db, "--label", "placation", "--format", "opus")
    assert [name[-5:] for name in second.sounds()] == [".opus", ".opus"]
    assert len(list(second.out.iterdir())) == 2 * 2 + 2
    cut(db, "--agent", "nobody", code=UsageError)
    assert len(second.sounds()) == 2, "nothing found leaves the old set"


def test_the_same_request_writes_the_same_files(cut, db, tmp_path):
    first, second = cut(db, out=tmp_path / "a"), cut(db, out=tmp_path / "b")
    for file in first.out.iterdir():
        if file.name != "playlist.html":
            assert file.read_bytes() == (second.out / file.name).read_bytes()


def test_a_folder_that_cannot_be_is_told(cut, db, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "is not a folder" in str(
        cut(db, out=tmp_path / "file", code=UsageError).result.exception
    )
    cut(db, out=tmp_path / "file" / "below", code=UsageError)


def test_deleted_calls_go_from_the_list_the_captions_and_the_page(cut, db):
    found = cut(db)
    assert remove_excerpts(found.out, ["C-1"]) == 2
    assert {row["call_id"] for row in found.rows()} == {"C-2"}
    assert not any("C-1" in file.name for file in found.out.iterdir())
    assert "C-1" not in found.page
    assert found.page.count("<article") == 2
    assert len(cut(db).sounds()) == 4, "the folder can be used again"


def test_the_access_to_the_calls_is_logged(cut, db):
    cut(db, "--label", "placation")
    from audit.store.access import read_accesses

    with open_database(db) as connection:
        entries = read_accesses(connection, db)
    assert entries[0].command == "excerpts"
    assert "placation" in entries[0].scope
    named = [entry for entry in entries if entry.call_refs]
    assert len(named[0].call_refs) == 2


def test_moments_are_chosen_by_dialect(cut, tmp_path):
    calls = [polite_nothing("C-1", dialect="egyptian"), polite_nothing("C-2", dialect="najdi")]
    calls[1].turns[2] = ("agent", "لا تشيل هم الموضوع ماشي")
    db = write_calls(tmp_path / "calls.duckdb", tmp_path / "sound", *calls)
    found = cut(db, "--dialect", "مصرية", "--label", "placation", "--json")
    assert kinds(found) == [("C-1", 2, "placation")]
    assert [row["dialect"] for row in found.rows()] == ["egyptian"]
    assert [e["dialect"] for e in found.summary["excerpts"]] == ["egyptian"]
    assert "<bdi>مصرية</bdi>" in found.page
    refused = cut(db, "--dialect", "klingon", code=UsageError).result.exception
    assert "'klingon'" in str(refused)
    assert "egyptian (1), najdi (1)" in str(refused)


def test_without_dialects_in_the_database_none_can_be_chosen(cut, db):
    refused = cut(db, "--dialect", "najdi", code=UsageError).result.exception
    assert "column dialect of the manifest" in str(refused)
