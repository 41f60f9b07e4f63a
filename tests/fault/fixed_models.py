"""The real pipeline around a recognizer and a diarizer that need no weights."""

from __future__ import annotations

from audit.config import Config
from audit.language.lexicon import LexiconClassifier
from audit.pipeline import Pipeline
from audit.speech.recognizer import Beginning
from audit.types import Diarization, HeardLanguage, SpeakerTurn, Transcript, Word
from tests.fault.standins import SAID, WORD_MS


class TwoSpeakers:
    """A diarizer that lets two speakers take turns of two seconds."""

    def diarize(self, waveform):
        end_ms = waveform.duration_ms
        turns = tuple(
            SpeakerTurn(start, min(start + 2000, end_ms), f"S{start // 2000 % 2}")
            for start in range(0, end_ms, 2000)
        )
        return Diarization(turns, turns)


class FixedWords:
    """A recognizer that hears the same words in every stretch of speech."""

    name = "fixed"

    def hear_beginnings(self, tracks):
        return tuple(Beginning(HeardLanguage("ar", 1.0)) for _ in tracks)

    def recognize(self, tracks, beginnings=None):
        return tuple(Transcript(_heard(track), "ar") for track in tracks)


def _heard(track):
    words = []
    for part in track.speech:
        for n, text in enumerate(SAID):
            start = part.start_ms + n * WORD_MS
            if start + WORD_MS <= part.end_ms:
                words.append(Word(start, start + WORD_MS, text, 0.6))
    return tuple(words)


def real_pipeline(config: Config) -> Pipeline:
    """Everything real but the models: decoding, roles, holds, redaction, evidence, verdict."""
    return Pipeline(config, FixedWords(), TwoSpeakers(), LexiconClassifier.from_resources())
