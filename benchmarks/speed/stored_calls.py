"""A database of transcripts as if audited, from the written corpus; and turns of it as JSONL.

python benchmarks/speed/stored_calls.py DATABASE CALLS TURNS.jsonl TURNS
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from audit.batch.run import describe_run
from audit.config import Config
from audit.language.conversation import agent_turn_inputs
from audit.resources import resource_path
from audit.store.database import open_database
from audit.store.writer import AuditWriter
from audit.training.corpus import AnnotatedCall, read_calls
from audit.types import (
    AudioInfo,
    CallAudit,
    CallMetadata,
    CallVerdict,
    Judgement,
    Recording,
    Utterance,
)

_TURN_MS = 6000


def stored_call(call: AnnotatedCall, number: int) -> CallAudit:
    """``call`` with its turns one after another, not judged yet."""
    turns = tuple(
        Utterance(i, turn.role, turn.role, None, i * _TURN_MS, (i + 1) * _TURN_MS, turn.text)
        for i, turn in enumerate(call.turns)
    )
    name = f"{call.id}-{number}"
    recording = Recording(name, Path(f"/{name}.wav"), f"{number:064x}", CallMetadata(call_id=name))
    info = AudioInfo(len(turns) * _TURN_MS, 1, 8000, "pcm_s16le")
    verdict = CallVerdict(False, 0.0, "none")
    return CallAudit(recording, info, "audited", turns, Judgement((), (), verdict), language="ar")


def main() -> None:
    database, calls, lines, turns = sys.argv[1:]
    corpus = read_calls(resource_path("data/brushoff/calls.jsonl"))
    chosen = [corpus[n % len(corpus)] for n in range(int(calls))]
    with open_database(Path(database), write=True) as connection:
        writer = AuditWriter(connection, describe_run(Config()))
        for number, call in enumerate(chosen):
            writer.write_audit(stored_call(call, number))
        writer.finish()
    inputs = [turn for call in corpus for turn in agent_turn_inputs(call.turns).values()]
    with Path(lines).open("w", encoding="utf-8") as file:
        for number in range(int(turns)):
            turn = inputs[number % len(inputs)]
            value = {"id": number, "context": turn.context, "text": turn.text}
            file.write(json.dumps(value, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
