"""Scoring stored transcripts again, with another classifier, without touching the audio."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from audit.batch.run import describe_run
from audit.config import Config
from audit.judgement import judge_calls
from audit.language.classifier import TurnClassifier
from audit.store.database import open_database
from audit.store.queries import stored_conversations
from audit.store.writer import AuditWriter

#: Calls whose turns are scored together: enough to fill batches, few enough to hold in memory.
_CALLS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class RescoreSummary:
    """How a rescoring ended. ``changed`` counts calls whose yes or no changed."""

    run_id: str
    calls: int
    turns: int
    changed: int
    wall_ms: int


def rescore(database: Path, config: Config, classifier: TurnClassifier) -> RescoreSummary:
    """Score and judge every audited call of ``database`` anew.

    Each call's scores, flags and verdict change in one transaction; a call that is interrupted keeps
    its old ones. Raises ``StoreError``.
    """
    began = time.monotonic()
    calls = turns = changed = 0
    with open_database(database, write=True) as connection:
        writer = AuditWriter(connection, describe_run(config))
        conversations = iter(stored_conversations(connection))
        while batch := list(islice(conversations, _CALLS_AT_ONCE)):
            judged = judge_calls([call.utterances for call in batch], classifier)
            for call, judgement in zip(batch, judged, strict=True):
                writer.rewrite_judgement(call.call_id, judgement)
                calls += 1
                turns += len(judgement.scores)
                changed += judgement.verdict.brush_off != call.brush_off
        writer.finish()
    wall_ms = round((time.monotonic() - began) * 1000)
    return RescoreSummary(writer.run_id, calls, turns, changed, wall_ms)
