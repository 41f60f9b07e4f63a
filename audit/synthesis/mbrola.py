"""Speech from phones with the ``mbrola`` program and its Arabic voice ``ar2``.

A text goes through :mod:`audit.synthesis.arabic_phonemes`, gets a duration a phone and a falling
(or, for a question, rising) pitch, and is handed to ``mbrola`` as a ``.pho`` file.

The database holds one man. Three more speakers are made from it: by playing it faster with rate
and pitch compensated (shorter vocal tract), and by mbrola's own voice rate ``-l`` (formants moved).
Pitch alone does not make another speaker. Their CAM++ embeddings lie 0.56 to 0.65 apart (cosine).
"""

import random
import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audit.errors import AudioError, ModelError
from audit.synthesis.arabic_phonemes import Phone, clauses_of

Samples = NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000
VOICE_FOLDER = Path("/usr/share/mbrola")

OPENING_PAUSE_MS = 150
CLAUSE_PAUSE_MS = 260
CLOSING_PAUSE_MS = 200

CONSONANT_MS = {
    **{"b": 70, "t": 80, "d": 65, "k": 85, "q": 90, "?": 55, "t.": 85, "d.": 75},
    **{"f": 95, "T": 90, "D": 65, "s": 105, "z": 80, "S": 110, "Z": 85, "x": 95, "G": 75},
    **{"X": 95, "H": 80, "h": 70, "s.": 110, "z.": 80},
    **{"m": 75, "n": 70, "r": 60, "l": 65, "w": 65, "j": 65},
}
SHORT_VOWEL_MS = 80
LONG_VOWEL_MS = 160
FINAL_STRETCH = 1.25
FINAL_PHONES = 3
GEMINATE_FACTOR = 0.9


class VoiceMissingError(ModelError):
    """The synthesizer or one of its voices is not installed; the message says what to do."""


@dataclass(frozen=True)
class Voice:
    """A speaker made from an MBROLA database.

    ``pitch_hz`` and ``rate`` are what is heard, whatever ``speed`` is; ``pitch_range`` is the fall
    over a sentence as a fraction of the pitch; ``speed`` is the factor by which the synthesized
    sound is played faster; ``voice_rate_hz`` is mbrola's ``-l``, None for the database's own.
    """

    name: str
    database: str = "ar2"
    pitch_hz: float = 110.0
    rate: float = 1.0
    pitch_range: float = 0.25
    speed: float = 1.0
    voice_rate_hz: int | None = None


VOICES = {
    voice.name: voice
    for voice in (
        Voice("base", pitch_hz=110.0),
        Voice("bright", pitch_hz=140.0, speed=1.2),
        Voice("high", pitch_hz=190.0, voice_rate_hz=18_500),
        Voice("deep", pitch_hz=95.0, voice_rate_hz=15_000),
    )
}


def is_installed(voice: Voice) -> bool:
    """Whether ``mbrola`` and the voice's database are on this machine."""
    return shutil.which("mbrola") is not None and _database_path(voice).is_file()


def require_installed(voice: Voice) -> None:
    """Raise :class:`VoiceMissingError` unless the voice can be used."""
    if shutil.which("mbrola") is None:
        raise VoiceMissingError(
            "The program `mbrola` is not installed. Run scripts/install-voices.sh as root "
            "(Debian packages mbrola in contrib, mbrola-ar2 in non-free)."
        )
    if not _database_path(voice).is_file():
        raise VoiceMissingError(
            f"The MBROLA voice {voice.database} is not at {_database_path(voice)}. "
            f"Run scripts/install-voices.sh as root (Debian package mbrola-{voice.database})."
        )


def synthesize(text: str, voice: Voice, seed: int = 0) -> Samples:
    """Say a diacritized text: float32 samples, shape (samples,), 16 kHz, within [-1, 1].

    Silence before and after is cut off, so that the first and the last sample are speech.
    The same text, voice and seed give the same samples.
    """
    require_installed(voice)
    pho = pho_script(text, voice, seed)
    samples, sample_rate_hz = _run_mbrola(pho, voice)
    heard_rate_hz = round(sample_rate_hz * voice.speed)
    return trim_silence(resample(samples, heard_rate_hz, SAMPLE_RATE_HZ))


def pho_script(text: str, voice: Voice, seed: int = 0) -> str:
    """The ``.pho`` input of mbrola: a line a phone, ``symbol milliseconds [percent hertz]``."""
    clauses = clauses_of(text)
    if not clauses:
        raise AudioError(f"There is nothing to say in {text!r}: write Arabic letters.")
    is_question = text.rstrip().endswith(("؟", "?"))
    chance = random.Random(seed)
    lines = [f"_ {_scaled_ms(OPENING_PAUSE_MS, voice)}"]
    for index, clause in enumerate(clauses):
        is_last = index == len(clauses) - 1
        for position, phone in enumerate(clause):
            duration_ms = phone_duration_ms(phone, len(clause) - position, voice, chance)
            line = f"{phone.symbol} {duration_ms}"
            if phone.is_vowel:
                progress = position / max(1, len(clause) - 1)
                contour = _contour(progress, voice.pitch_range, is_last, is_last and is_question)
                pitch_hz = voice.pitch_hz / voice.speed * contour * chance.uniform(0.97, 1.03)
                line += f" 50 {pitch_hz:.0f}"
            lines.append(line)
        pause_ms = CLOSING_PAUSE_MS if is_last else CLAUSE_PAUSE_MS
        lines.append(f"_ {_scaled_ms(pause_ms, voice)}")
    return "\n".join(lines) + "\n"


def phone_duration_ms(phone: Phone, phones_left: int, voice: Voice, chance: random.Random) -> int:
    """Duration of a phone before ``speed`` is applied; ``phones_left`` counts it and the rest."""
    if phone.is_vowel:
        duration = float(LONG_VOWEL_MS if phone.length == "long" else SHORT_VOWEL_MS)
        if phones_left <= FINAL_PHONES:
            duration *= FINAL_STRETCH
    else:
        duration = float(CONSONANT_MS[phone.symbol])
        if phone.length == "geminate":
            duration *= GEMINATE_FACTOR
    return max(1, int(duration / voice.rate * voice.speed * chance.uniform(0.94, 1.06)))


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Resample mono float32 samples, shape (samples,), with libswresample."""
    import av

    if from_hz == to_hz:
        return samples
    resampler = av.AudioResampler(format="flt", layout="mono", rate=to_hz)
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="mono")
    frame.sample_rate = from_hz
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([f.to_ndarray().reshape(-1) for f in frames]).astype(np.float32)


def trim_silence(samples: Samples, below_peak_db: float = 45.0) -> Samples:
    """Cut off what lies more than ``below_peak_db`` under the peak at either end."""
    level = np.abs(samples)
    loud = np.flatnonzero(level > level.max(initial=0.0) * 10 ** (-below_peak_db / 20))
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def _run_mbrola(pho: str, voice: Voice) -> tuple[Samples, int]:
    options = [] if voice.voice_rate_hz is None else ["-l", str(voice.voice_rate_hz)]
    with tempfile.TemporaryDirectory(prefix="audit-mbrola-") as folder:
        output = Path(folder) / "speech.wav"
        command = ["mbrola", *options, str(_database_path(voice)), "-", str(output)]
        run = subprocess.run(command, input=pho, text=True, capture_output=True, check=False)
        if run.returncode != 0 or "Fatal" in run.stderr or not output.is_file():
            reason = run.stderr.strip() or "no output"
            raise AudioError(f"mbrola could not say the text: {reason}")
        with wave.open(str(output)) as sound:
            frames = sound.readframes(sound.getnframes())
            sample_rate_hz = sound.getframerate()
    return np.frombuffer(frames, dtype="<i2").astype(np.float32) / 32768.0, sample_rate_hz


def _contour(progress: float, span: float, is_last: bool, is_question: bool) -> float:
    """Pitch factor at ``progress`` (0 to 1) through a clause."""
    fall = span * (0.5 - progress) * (1.0 if is_last and not is_question else 0.6)
    rise = span * 4.8 * max(0.0, progress - 0.75) if is_question else 0.0
    return 1.0 + fall + rise


def _scaled_ms(duration_ms: int, voice: Voice) -> int:
    return round(duration_ms * voice.speed)


def _database_path(voice: Voice) -> Path:
    return VOICE_FOLDER / voice.database / voice.database
