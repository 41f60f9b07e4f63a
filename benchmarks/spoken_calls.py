"""Speak written test calls of the corpus: telephone recordings to measure the verdict from audio.

    python benchmarks/spoken_calls.py OUT
    tasleek audit OUT/recordings --manifest OUT/manifest.csv --db OUT/spoken.duckdb
    python benchmarks/spoken_calls.py OUT --measure

Writes two-channel 8 kHz mu-law WAV of the 40 calls of ``data/brushoff/spoken.jsonl``: test calls, drawn
by chance, half of them brushed off, with diacritics put in by hand for the synthesizer. Needs the voices
of ``scripts/install-voices.sh``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import zlib
from pathlib import Path

from audit.language.conversation import agent_turn_inputs
from audit.resources import resource_path
from audit.synthesis.call_mix import Party, SpokenTurn, mix, place_turns, render_tracks
from audit.synthesis.mbrola import VOICES, synthesize
from audit.synthesis.recording_file import RecordingFormat, write_recording
from audit.training.corpus import AnnotatedCall, read_calls

FORM = RecordingFormat("mulaw", 2, 8000)
#: Those that Whisper base understands about as well as people. Of the other two it gets so little that
#: half the calls are unscorable, which is right, and measures nothing.
UNDERSTOOD = ("base", "bright")


def spoken_texts() -> dict[str, list[str]]:
    """What is said in each call, turn by turn, by call id."""
    path = resource_path("data/brushoff/spoken.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    return {value["id"]: value["say"] for value in map(json.loads, lines)}


def speak(calls: list[AnnotatedCall], said: dict[str, list[str]], out: Path) -> None:
    (out / "recordings").mkdir(parents=True, exist_ok=True)
    with (out / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "call_id"])
        for call in calls:
            seed = zlib.crc32(call.id.encode())
            pair = [VOICES[name] for name in random.Random(seed).sample(UNDERSTOOD, 2)]
            turns = []
            for index, (turn, text) in enumerate(zip(call.turns, said[call.id], strict=True)):
                party: Party = "agent" if turn.role == "agent" else "caller"
                sound = synthesize(text, pair[party == "caller"], seed + index)
                turns.append(SpokenTurn(party, sound, None, False, None))
            tracks = render_tracks(place_turns(turns, seed, 0), turns, "telephone", seed)
            path = out / "recordings" / f"{call.id}.wav"
            length = write_recording(path, mix(tracks, 2, seed % 2), FORM)
            rows.writerow([f"recordings/{path.name}", call.id])
            print(f"{call.id}: {length / 1000:.0f} s", flush=True)


def measure(calls: list[AnnotatedCall], out: Path) -> None:
    """Verdicts of the audited recordings beside those of the same calls' text."""
    from audit.config import load_config
    from audit.language.classifier import load_classifier
    from audit.language.verdict import judge_call
    from audit.store.database import open_database
    from audit.training.metrics import bootstrapped, roc_auc

    with open_database(out / "spoken.duckdb") as connection:
        heard = {
            call_id: (score, resolution)
            for call_id, score, resolution in connection.execute(
                "SELECT call_id, brush_off_score, resolution FROM calls WHERE status = 'audited'"
            ).fetchall()
        }
    classifier = load_classifier(load_config(None).scoring.classifier)
    both = [call for call in calls if call.id in heard]
    written = []
    for call in both:
        inputs = agent_turn_inputs(call.turns)
        scores = classifier.score(list(inputs.values()), evidence=False)
        written.append(judge_call(call.turns, dict(zip(inputs, scores, strict=True))))
    truth, ids = [call.brush_off for call in both], [call.id for call in both]
    from_text = bootstrapped(roc_auc(truth, [v.brush_off_score for v in written]), ids)
    from_audio = bootstrapped(roc_auc(truth, [heard[i][0] for i in ids]), ids)
    print(f"{len(both)} of {len(calls)} calls audited (the others: unscorable or failed)")
    print(f"ROC-AUC from text {from_text}, from audio {from_audio}")
    for name, found in (
        ("text", [v.resolution for v in written]),
        ("audio", [heard[i][1] for i in ids]),
    ):
        right = sum(f == call.resolution for f, call in zip(found, both, strict=True))
        print(f"resolution right from {name}: {right} of {len(both)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    said = spoken_texts()
    calls = [c for c in read_calls(resource_path("data/brushoff/calls.jsonl")) if c.id in said]
    if options.measure:
        measure(calls, options.out)
    else:
        speak(calls, said, options.out)


if __name__ == "__main__":
    main()
