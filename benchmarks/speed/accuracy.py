"""How well the pipelines heard the timed calls: word errors, and brush-offs found in what they heard.

    python -m benchmarks.speed.accuracy REFERENCES.json NAME=TRANSCRIPTS...

Word and character error rates are those of ``tasleek evaluate recognizer``. For flags the turns of each
pipeline go through the same assignment of roles and the same classifier as tasleek's own. A labelled
agent turn is found where a flagged turn shares half of the shorter one's time; each flagged turn finds
one at most. Prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from audit.types import Segment
from benchmarks.pipelines.transcript import HeardTurn, read_transcripts

if TYPE_CHECKING:
    from audit.language.classifier import TurnClassifier
    from audit.types import Utterance


@dataclass(frozen=True, slots=True)
class CallAccuracy:
    """Counts of one call; those of flags are ``None`` where the pipeline tells no speakers.

    ``labelled`` agent turns are brush-offs by the reference, ``found`` of them were flagged; ``raised``
    turns were flagged in all. ``verdict_right`` is ``None`` without a verdict to compare with.
    """

    call_id: str
    word_edits: int
    words: int
    character_edits: int
    characters: int
    labelled: int
    found: int | None = None
    raised: int | None = None
    verdict_right: bool | None = None


def match_flags(raised: Sequence[Segment], labelled: Sequence[Segment]) -> int:
    """How many of ``labelled`` are found by ``raised``: one to one, the most time in common first."""
    pairs = sorted(
        (
            (flag.overlap_ms(turn), i, j)
            for i, flag in enumerate(raised)
            for j, turn in enumerate(labelled)
            if 0 < min(flag.duration_ms, turn.duration_ms) <= 2 * flag.overlap_ms(turn)
        ),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    used: set[int] = set()
    met: set[int] = set()
    for _, i, j in pairs:
        if i not in used and j not in met:
            used.add(i)
            met.add(j)
    return len(met)


def call_accuracy(
    reference: Mapping[str, Any], heard: Sequence[HeardTurn], classifier: TurnClassifier
) -> CallAccuracy:
    """One call as one pipeline heard it."""
    from audit.judgement import judge_calls
    from audit.training.error_rates import count_errors

    errors = count_errors(
        " ".join(turn["text"] for turn in reference["turns"]),
        " ".join(turn.text for turn in heard),
    )
    labelled = [
        Segment(turn["start_ms"], turn["end_ms"])
        for turn in reference["turns"]
        if turn["role"] == "agent" and turn.get("labels")
    ]
    counts = (
        reference["call_id"], errors.word_edits, errors.words, errors.character_edits,
        errors.characters, len(labelled),
    )  # fmt: skip
    if not any(turn.speaker or turn.role for turn in heard):
        return CallAccuracy(*counts)
    (judgement,) = judge_calls([_utterances(heard)], classifier)
    flagged = {flag.turn_index: Segment(flag.start_ms, flag.end_ms) for flag in judgement.flags}
    brushed_off = reference.get("verdict", {}).get("brush_off")
    return CallAccuracy(
        *counts,
        found=match_flags(list(flagged.values()), labelled),
        raised=len(flagged),
        verdict_right=None if brushed_off is None else judgement.verdict.brush_off == brushed_off,
    )


def _utterances(heard: Sequence[HeardTurn]) -> list[Utterance]:
    """Turns with roles: the pipeline's own, or those that tasleek gives by the words of its speakers."""
    from audit.speech.roles import assign_roles
    from audit.speech.turns import with_roles
    from audit.types import CallMetadata, Diarization, SpeakerTurn, Utterance

    roles: dict[str, Any] = {turn.speaker: turn.role for turn in heard if turn.role}
    utterances = [
        Utterance(
            index, roles.get(turn.speaker, "unknown"), turn.speaker, None, turn.start_ms, turn.end_ms,
            turn.text,
        )
        for index, turn in enumerate(heard)
    ]  # fmt: skip
    if roles:
        return utterances
    spoken = tuple(SpeakerTurn(turn.start_ms, turn.end_ms, turn.speaker) for turn in heard)
    return list(
        with_roles(
            utterances, assign_roles(utterances, Diarization(spoken, spoken), CallMetadata())
        )
    )


def main() -> None:
    from dataclasses import asdict

    from audit.config import Config
    from audit.language.classifier import load_classifier

    references = [
        json.loads(Path(p).read_text("utf-8")) for p in json.loads(Path(sys.argv[1]).read_text())
    ]
    classifier = load_classifier(Config().scoring.classifier)
    result = {}
    for argument in sys.argv[2:]:
        name, _, folder = argument.partition("=")
        heard = read_transcripts(Path(folder))
        result[name] = [
            asdict(call_accuracy(reference, heard[reference["call_id"]], classifier))
            for reference in references
            if reference["call_id"] in heard
        ]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
