"""A stand-in for the pipeline, quick and always finding the same, so that a lost row shows."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

from audit.config import Config
from audit.types import (
    LABELS,
    AudioInfo,
    CallAudit,
    CallVerdict,
    Flag,
    Judgement,
    LabelScore,
    Recording,
    TurnScore,
    Utterance,
    Word,
)

TURN_MS, WORD_MS = 1000, 100
SCORE = TurnScore(0.8, tuple(LabelScore(label, 0.2) for label in LABELS), ("placation",))
SAID = "تطمن أبشر بنرفع الموضوع ونتواصل معك في أقرب وقت".split()


def turns_of(call_id: str) -> int:
    """How many turns the stand-in finds in a call: by its name, 2 to 9."""
    return 2 + hashlib.sha256(call_id.encode()).digest()[0] % 8


def audit_of(recording: Recording) -> CallAudit:
    """What the stand-in finds: turns in turns, ten words each, a flag on every agent turn."""
    utterances = tuple(_turn(index) for index in range(turns_of(recording.call_id)))
    agent = [turn for turn in utterances if turn.role == "agent"]
    flags = tuple(
        Flag(turn.turn_index, "placation", 0.8, 0.5, turn.start_ms, turn.end_ms) for turn in agent
    )
    return CallAudit(
        recording=recording,
        info=AudioInfo(TURN_MS * len(utterances), 1, 8000, "pcm_s16le"),
        status="audited",
        utterances=utterances,
        judgement=Judgement(
            tuple((turn.turn_index, SCORE) for turn in agent),
            flags,
            CallVerdict(True, 80.0, "none"),
        ),
        language="ar",
        stage_ms=(("recognize", 5),),
    )


def _turn(index: int) -> Utterance:
    start_ms = index * TURN_MS
    words = tuple(
        Word(start_ms + n * WORD_MS, start_ms + (n + 1) * WORD_MS, word, 0.5)
        for n, word in enumerate(SAID)
    )
    role = "agent" if index % 2 else "caller"
    return Utterance(
        index, role, f"S{index % 2}", 0, start_ms, start_ms + TURN_MS, " ".join(SAID), words
    )


class QuickAuditor:
    """Takes some milliseconds a call."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def audit(self, recording: Recording) -> CallAudit:
        recording.path.read_bytes()
        time.sleep(0.02)
        return audit_of(recording)


class Quiet:
    def planned(self, plan, total_audio_ms):
        pass

    def finished(self, outcome):
        pass


def main(folder: str, database: str, workers: str) -> None:
    """A run in a process of its own, to be killed."""
    # Here, so that workers, which read this file too, are quick to start.
    from audit.batch.run import AuditRequest, run_audit

    request = AuditRequest((folder,), Path(database), workers=int(workers))
    summary = run_audit(request, Config(), Quiet(), QuickAuditor)
    print(json.dumps({"audited": summary.audited, "failed": summary.failed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
