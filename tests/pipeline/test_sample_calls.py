"""The whole way, with the real models, on the sample calls and on sounds that are no calls."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from audit.batch.run import AuditRequest, run_audit
from audit.config import Config
from audit.errors import ModelError
from audit.pipeline import load_pipeline
from audit.store.database import open_database
from audit.store.queries import show_call
from audit.training.error_rates import count_errors, total
from audit.training.reference import read_references
from audit.weights.cache import require
from tests.dummies import RATE_HZ, tone, write_wav

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
CONFIG = Config(offline=True)
#: A little above what docs/quality.md reports, which a change for the worse would pass.
MAX_WER, MAX_CER = 0.64, 0.26

pytestmark = pytest.mark.model


def real_audio() -> Path:
    """Third-party recordings that are not part of the project."""
    beside = Path(__file__).parents[3] / "shared" / "audio"
    folder = Path(os.environ.get("TASLEEK_REAL_AUDIO", beside))
    if not folder.is_dir():
        pytest.skip("no real recordings here (TASLEEK_REAL_AUDIO)")
    return folder


class Outcomes(list):
    def planned(self, plan, total_audio_ms):
        pass

    def finished(self, outcome):
        self.append(outcome)


@pytest.fixture(scope="module", autouse=True)
def weights():
    try:
        for model in ("whisper-base", "segmentation-3.0", "campplus"):
            require(model)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """The sample calls, audited as the demo does; and their references."""
    db = tmp_path_factory.mktemp("samples") / "samples.duckdb"
    request = AuditRequest((str(SAMPLES / "recordings"),), db, SAMPLES / "manifest.csv")
    summary = run_audit(request, CONFIG, Outcomes(), load_pipeline)
    references = read_references(SAMPLES)
    with open_database(db) as connection:
        details = {r.call_id: show_call(connection, r.call_id) for r in references}
    return summary, references, details


def test_every_sample_call_is_audited(audited):
    summary, references, _ = audited
    assert (summary.audited, summary.unscorable, summary.failed) == (len(references), 0, 0)


def test_roles_are_right_in_every_call(audited):
    _, references, details = audited
    for reference in references:
        right = wrong = 0
        for turn in details[reference.call_id].turns:
            middle = (turn.start_ms + turn.end_ms) // 2
            spoken = {t.role for t in reference.turns if t.start_ms <= middle < t.end_ms}
            if spoken:
                right += turn.role in spoken
                wrong += turn.role not in spoken
        assert right > 9 * wrong, reference.call_id


def test_words_are_recognized_about_as_well_as_reported(audited):
    _, references, details = audited
    errors = total(
        count_errors(
            " ".join(turn.text for turn in reference.turns),
            " ".join(turn.text for turn in details[reference.call_id].turns),
        )
        for reference in references
    )
    assert errors.wer < MAX_WER
    assert errors.cer < MAX_CER


def test_hold_totals_are_within_a_second(audited):
    _, references, details = audited
    for reference in references:
        held_ms = sum(hold.duration_ms for hold in reference.holds)
        assert details[reference.call_id].call.hold_ms == pytest.approx(held_ms, abs=1000)


def audit_one(path: Path, tmp_path: Path, manifest: str | None = None):
    file = None
    if manifest is not None:
        file = tmp_path / "manifest.csv"
        file.write_text(f"path,agent_channel\n{path.name},{manifest}\n")
    outcomes = Outcomes()
    request = AuditRequest((str(path),), tmp_path / "a.duckdb", file, workers=1)
    run_audit(request, CONFIG, outcomes, load_pipeline)
    (outcome,) = outcomes
    return outcome


def melody(seconds: float) -> np.ndarray:
    notes = np.array([262, 330, 392, 523, 392, 330, 294, 349])
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    hz = notes[(t * 2).astype(int) % len(notes)]
    return (0.3 * np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ)).astype(np.float32)[None]


@pytest.mark.parametrize(
    ("name", "samples"),
    [
        ("silence", np.zeros((1, 20 * RATE_HZ), np.float32)),
        ("silence-stereo", np.zeros((2, 20 * RATE_HZ), np.float32)),
        ("melody", melody(30)),
        ("tone", tone(20)),
        ("noise", np.random.default_rng(1).normal(0, 0.1, (1, 20 * RATE_HZ)).astype(np.float32)),
    ],
)
def test_a_recording_without_speech_is_unscorable(tmp_path, name, samples):
    outcome = audit_one(write_wav(tmp_path / f"{name}.wav", samples), tmp_path)
    assert outcome.status == "unscorable"
    assert "speech" in outcome.unscorable_reason
    assert outcome.judgement is None


def test_hold_music_alone_is_unscorable(tmp_path):
    (music,) = (real_audio() / "hold_music").glob("*.wav")
    outcome = audit_one(music, tmp_path)
    assert outcome.status == "unscorable"
    assert outcome.judgement is None


def test_a_call_in_english_is_unscorable(tmp_path):
    (agent,) = (real_audio() / "call_auto_repairs").glob("*_agent.wav")
    outcome = audit_one(agent, tmp_path)
    assert outcome.status == "unscorable"
    assert "English" in outcome.unscorable_reason


def test_a_mono_file_said_to_be_stereo_fails_by_name(tmp_path):
    mono = next(r for r in read_references(SAMPLES) if "s04" in r.call_id).audio
    path = tmp_path / mono.name
    path.write_bytes(mono.read_bytes())
    outcome = audit_one(path, tmp_path, manifest="1")
    assert outcome.stage == "roles"
    assert mono.name in outcome.reason
    assert "agent_channel" in outcome.reason
