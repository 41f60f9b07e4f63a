"""Calls made for the count of interruptions: known cuts, ordinary changes of speaker, backchannels.

Sentences are those of the sample calls, laid out anew at random; the thresholds were set before these
calls existed. Three kinds of overlap are no interruption: a change of speaker that overlaps by up to
0.4 s, a backchannel inside the other's turn, and one that straddles its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from audit.synthesis.call_mix import Party, SpokenTurn, mix, place_turns, render_tracks
from audit.synthesis.call_script import read_scripts
from audit.synthesis.mbrola import VOICES, Samples, Voice, synthesize
from audit.training.reference import ReferenceInterruption
from audit.types import SpeakerTurn

SCRIPTS = Path(__file__).parents[2] / "data" / "samples" / "scripts"
BACKCHANNELS = ("إِيهْ", "طَيِّبْ", "نَعَمْ", "أَيْوَهْ", "تَمَامْ", "إِي نَعَمْ")
PAIRS = (("bright", "base"), ("base", "high"), ("high", "bright"))
TURNS = 28
RATE = 16_000


@dataclass(frozen=True)
class FloorCall:
    """``tracks`` by party; ``cuts`` are the interruptions, ``turns`` who speaks when."""

    tracks: dict[Party, Samples]
    turns: tuple[SpeakerTurn, ...]
    cuts: tuple[ReferenceInterruption, ...]
    backchannels: int

    def channels(self, count: int) -> Samples:
        return mix(self.tracks, count)


@lru_cache(maxsize=512)
def say(text: str, voice: Voice) -> Samples:
    return synthesize(text, voice, len(text))


def sentences() -> list[str]:
    """Everything in the scripts that takes some seconds to say."""
    return [t.say for s in read_scripts(SCRIPTS) for t in s.turns if 30 <= len(t.say) <= 160]


@lru_cache(maxsize=8)
def floor_call(seed: int) -> FloorCall:
    chance = np.random.default_rng(seed)
    names = PAIRS[seed % len(PAIRS)]
    voices: dict[Party, Voice] = {"agent": VOICES[names[0]], "caller": VOICES[names[1]]}
    texts = list(chance.permutation(sentences())[:TURNS])
    turns: list[SpokenTurn] = []
    party: Party = "agent"
    back = 0
    for text in texts:
        long = say(text, voices[party])
        kind = chance.choice(["cut", "overlap", "pause", "pause"]) if turns else "pause"
        gap = {
            "cut": -int(chance.integers(600, 1500)),
            "overlap": -int(chance.integers(80, 400)),
            "pause": int(chance.integers(100, 900)),
        }[kind]
        kind = "pause" if kind == "cut" and len(turns[-1].samples) < 3 * RATE else kind
        gap = abs(gap) if kind == "pause" and gap < 0 else gap
        turns.append(SpokenTurn(party, long, gap, kind == "cut"))
        other: Party = "caller" if party == "agent" else "agent"
        if chance.random() < 0.45 and len(long) > 4 * RATE:
            word = say(str(chance.choice(BACKCHANNELS)), voices[other])
            latest = len(long) - len(word) - RATE // 4
            start = int(chance.integers(RATE, latest))
            if chance.random() < 0.25:
                start = len(long) - len(word) // 2  # it straddles the end
            turns.append(SpokenTurn(other, word, (start - len(long)) * 1000 // RATE))
            back += 1
            # After a backchannel the same party goes on, or the other takes over after a pause.
            turns.append(SpokenTurn(other, say(str(texts[0]), voices[other])[: 2 * RATE], 400))
            other = "agent" if other == "caller" else "caller"
        party = other
    timeline = place_turns(turns, seed)
    spoken = tuple(
        SpeakerTurn(span.start_ms, span.end_ms, turn.party)
        for turn, span in zip(turns, timeline.turns, strict=True)
    )
    cuts = tuple(
        ReferenceInterruption(turn.party, span.start_ms)
        for turn, span in zip(turns, timeline.turns, strict=True)
        if turn.interrupts
    )
    return FloorCall(render_tracks(timeline, turns, "telephone", seed), spoken, cuts, back)
