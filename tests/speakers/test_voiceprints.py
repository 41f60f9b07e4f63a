import json
import math
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.cli import app
from audit.errors import ModelError, UsageError
from audit.ingest.audio import decode
from audit.ingest.recordings import content_sha256
from audit.speech.roles import assign_roles
from audit.speech.voice_check import VoiceChecker, agent_check, load_voice_checker, own_speaker
from audit.speech.voice_embedding import VoiceEmbedder, heard_ms, likeness, mean_voice
from audit.speech.voiceprints import (
    MATCH,
    Voiceprints,
    outcome,
    read_voiceprints,
    write_voiceprints,
)
from audit.store.database import open_database
from audit.store.writer import AuditWriter, RunDescription
from audit.training.reference import ReferenceCall, read_references
from audit.types import (
    CallMetadata,
    Diarization,
    Recording,
    RoleAssignment,
    Segment,
    Utterance,
    VoiceCheck,
)
from audit.weights.cache import require
from tests.dummies import call_audit
from tests.speakers.sounds import turns, waveform

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
ROLES = RoleAssignment((("S0", "agent"), ("S1", "caller")), 1.0, "told")


def direction(index: int) -> tuple[float, ...]:
    return tuple(float(n == index) for n in range(192))


def between(first: int, second: int, cosine: float) -> tuple[float, ...]:
    """A voice as like the first as ``cosine`` says."""
    mixed = [0.0] * 192
    mixed[first], mixed[second] = cosine, math.sqrt(1 - cosine**2)
    return tuple(mixed)


def enrolled(agent: str = "A1") -> Voiceprints:
    return Voiceprints().enrolled(agent, direction(0), 60_000, 4, "HR form 17")


def test_the_file_is_the_owners_alone_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "voices.json"
    write_voiceprints(path, enrolled())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_voiceprints(path) == enrolled()
    write_voiceprints(path, read_voiceprints(path).without("A1"))
    assert read_voiceprints(path).agents == {}
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voices.json"
    write_voiceprints(path, enrolled())
    path.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600"):
        read_voiceprints(path)


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"agents": [{}]}', "not json", '{"agents": 3}', '{"agents": [{"agent_id": "A"}]}'],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "voices.json"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError, match=r"voices\.json: not a file of voiceprints"):
        read_voiceprints(path)


def test_voices_of_another_model_or_size_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "voices.json"
    write_voiceprints(path, enrolled())
    content = json.loads(path.read_text("utf-8"))
    for change in ({"model": "other"}, {"embedding": [1.0]}, {"embedding": [2.0] + [0.0] * 191}):
        changed = {**content, "agents": [{**content["agents"][0], **change}]}
        path.write_text(json.dumps(changed), encoding="utf-8")
        with pytest.raises(UsageError, match="not a file of voiceprints"):
            read_voiceprints(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file of voiceprints"):
        load_voice_checker(str(tmp_path / "none.json"), require)
    assert load_voice_checker("", require) is None


def test_enrolment_needs_consent_and_enough_speech() -> None:
    with pytest.raises(UsageError, match="consent"):
        Voiceprints().enrolled("A1", direction(0), 60_000, 4, " ")
    with pytest.raises(UsageError, match="only 19 s of speech"):
        Voiceprints().enrolled("A1", direction(0), 19_400, 4, "form")
    with pytest.raises(UsageError, match="no voiceprint of 'A2'"):
        enrolled().without("A2")


def test_outcomes_have_a_band_of_doubt_that_is_wider_after_few_calls() -> None:
    assert [outcome(score, 4) for score in (0.8, 0.7, 0.6)] == ["match", "unsure", "mismatch"]
    assert [outcome(score, 1) for score in (0.8, 0.7, 0.6, 0.5)] == [
        "match", "unsure", "unsure", "mismatch",
    ]  # fmt: skip


def test_likeness_is_the_cosine() -> None:
    assert likeness(direction(0), direction(0)) == 1.0
    assert likeness(direction(0), direction(1)) == 0.0
    mean = mean_voice([direction(0), direction(1)])
    assert likeness(mean, direction(0)) == pytest.approx(math.sqrt(0.5))
    assert mean_voice([]) == ()


class Voices:
    """Gives each channel its voice."""

    def __init__(self, *voices: tuple[float, ...]) -> None:
        self.voices = list(voices)
        self.asked = 0

    def embed(self, samples: object, speech: object) -> tuple[float, ...]:
        self.asked += 1
        return self.voices.pop(0)


def stereo_call() -> Diarization:
    spoken = turns((0, 9000, "S0"), (9000, 19_000, "S1"), (20_000, 20_500, "S2"))
    return Diarization(spoken, spoken, (("S0", 0), ("S1", 1), ("S2", 1)))


def silence() -> object:
    import numpy as np

    return waveform(*np.zeros((2, 16 * 21_000), np.float32))


@pytest.mark.parametrize(
    ("agent", "caller", "own", "verdict"),
    [
        (0.9, 0.3, "S0", "match"), (0.3, 0.9, "S1", "mismatch"), (0.9, 0.9, None, "match"),
        (0.7, 0.3, None, "unsure"), (0.2, 0.3, None, "mismatch"),
    ],
)  # fmt: skip
def test_who_has_the_enrolled_voice(
    agent: float, caller: float, own: str | None, verdict: str
) -> None:
    voices = Voices(between(0, 1, agent), between(0, 2, caller))
    checks = VoiceChecker(enrolled(), voices).speakers("A1", silence(), stereo_call())  # type: ignore[arg-type]
    assert set(checks) == {"S0", "S1"}  # S2 says too little
    assert own_speaker(checks) == own
    found = agent_check(checks, ROLES)
    assert found is not None
    assert (found.agent_id, found.outcome) == ("A1", verdict)


@pytest.mark.parametrize("agent_id", [None, "A2"])
def test_no_voice_is_measured_of_who_is_not_enrolled(agent_id: str | None) -> None:
    voices = Voices()
    assert VoiceChecker(enrolled(), voices).speakers(agent_id, silence(), stereo_call()) == {}  # type: ignore[arg-type]
    assert voices.asked == 0
    assert agent_check({}, ROLES) is None


def test_the_enrolled_voice_tells_who_the_agent_is() -> None:
    spoken = turns((0, 4000, "S0"), (4500, 9000, "S1"))
    diarization = Diarization(spoken, spoken)
    said = tuple(
        Utterance(i, "unknown", t.speaker, None, t.start_ms, t.end_ms, "طيب")
        for i, t in enumerate(spoken)
    )
    told = assign_roles(said, diarization, CallMetadata(), own_voice="S1")
    assert told.role_of("S1") == "agent"
    assert told.confidence > 0.9
    assert "enrolled voice" in told.evidence


@pytest.fixture(scope="module")
def embedder() -> VoiceEmbedder:
    try:
        require("campplus")
    except ModelError as error:
        pytest.skip(str(error))
    return VoiceEmbedder(require)


def references() -> dict[str, ReferenceCall]:
    return {reference.call_id: reference for reference in read_references(SAMPLES)}


def agent_speech(call: ReferenceCall) -> tuple[int, tuple[Segment, ...]]:
    value = json.loads((SAMPLES / "reference" / f"{call.call_id}.json").read_text("utf-8"))
    speech = tuple(Segment(t.start_ms, t.end_ms) for t in call.turns if t.role == "agent")
    return value["agent_channel"] or 0, speech


def embedded(embedder: VoiceEmbedder, call: ReferenceCall) -> tuple[float, ...]:
    channel, speech = agent_speech(call)
    voice = embedder.embed(decode(call.audio, call.call_id, 60).samples[channel], speech)
    assert voice is not None
    return voice


@pytest.mark.model
def test_voices_of_the_sample_calls(embedder: VoiceEmbedder) -> None:
    """The agents of s01, s07 and s08 have one voice; that of s03 another; codecs and bands differ."""
    calls = references()
    named = {
        name: next(c for key, c in calls.items() if key.startswith(name)) for name in ("s01", "s07")
    }
    voices = {
        c.call_id: json.loads((SAMPLES / "reference" / f"{c.call_id}.json").read_text("utf-8"))[
            "voices"
        ]
        for c in calls.values()
    }
    bright = [c for c in calls.values() if voices[c.call_id]["agent"] == "bright"]
    other = next(c for c in calls.values() if voices[c.call_id]["agent"] != "bright")
    assert named["s07"] in bright
    known = mean_voice([embedded(embedder, call) for call in bright[1:4]])
    same = likeness(known, embedded(embedder, bright[0]))
    assert outcome(same, 3) == "match"
    assert outcome(likeness(known, embedded(embedder, other)), 3) != "match"
    assert same > MATCH


@pytest.mark.model
def test_enrol_list_and_delete(tmp_path: Path, embedder: VoiceEmbedder) -> None:
    call = next(c for key, c in references().items() if key.startswith("s02"))
    channel, speech = agent_speech(call)
    from audit.ingest.recordings import Source

    recording = Recording(
        call.call_id, call.audio, content_sha256(Source(call.audio)), CallMetadata(agent_id="A102")
    )
    audit = replace(
        call_audit(recording),
        roles=RoleAssignment((("S0", "agent"),), 1.0, "told"),
        utterances=tuple(
            Utterance(n, "agent", "S0", channel, span.start_ms, span.end_ms, "نعم")
            for n, span in enumerate(speech)
        ),
        voice=VoiceCheck("A102", 0.9, "match"),
    )
    db, file = tmp_path / "calls.duckdb", tmp_path / "voices.json"
    with open_database(db, write=True) as connection:
        AuditWriter(connection, RunDescription("0", "d", "d", "d", {}, "0")).write_audit(audit)

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["voiceprints", *words, "--file", str(file)])
        return result.exit_code, result.output

    code, output = run("enroll", "A102", "--db", str(db), "--consent", "HR form 17")
    assert code == 0, output
    assert "biometric" in output
    known = read_voiceprints(file).agents["A102"]
    assert known.calls == 1
    assert known.speech_ms == heard_ms(speech) >= 20_000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    code, output = run("list")
    assert "A102" in output
    assert "HR form 17" in output
    assert "0." not in run("list", "--json")[1]  # no voice leaves the file
    assert run("delete", "A102")[0] == 0
    assert read_voiceprints(file).agents == {}


def test_nobody_is_enrolled_without_calls(tmp_path: Path) -> None:
    db = tmp_path / "calls.duckdb"
    with open_database(db, write=True):
        pass
    result = CliRunner().invoke(
        app,
        ["voiceprints", "enroll", "A9", "--db", str(db), "--consent", "x", "--file",
         str(tmp_path / "v.json")],
    )  # fmt: skip
    assert isinstance(result.exception, UsageError)
    assert "only 0 s of speech" in str(result.exception)
    assert not (tmp_path / "v.json").exists()


def test_the_file_must_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["voiceprints", "list"])
    assert isinstance(result.exception, UsageError)
    assert "--file" in str(result.exception)
