"""A call from its turns: placed on a timeline, rendered to one track a party, mixed to a file's form.

Time on the timeline is counted in samples at 16 kHz; what the references tell is read off it, so
they describe the audio and not the plan. Tracks are float32, full scale 1.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audit.synthesis.mbrola import SAMPLE_RATE_HZ, Samples

Party = Literal["agent", "caller"]
HoldKind = Literal["music", "silence"]
Band = Literal["telephone", "voip", "wide"]

# telephone: a line with the classical filters; voip: G.711 without them; wide: HD voice.
BANDS_HZ: dict[Band, tuple[float, float]] = {
    "telephone": (300.0, 3400.0),
    "voip": (100.0, 3800.0),
    "wide": (80.0, 7000.0),
}
SPEECH_RMS_DBFS: dict[Party, float] = {"agent": -20.0, "caller": -21.5}
MUSIC_RMS_DBFS = -25.0
RINGBACK_RMS_DBFS = -24.0
NOISE_RMS_DBFS: dict[Band, float] = {"telephone": -56.0, "voip": -56.0, "wide": -62.0}
BAND_SLOPE_HZ = 200.0
PEAK_CEILING = 0.95

OPENING_MS = 500
CLOSING_MS = 700
HOLD_START_MS = 400
HOLD_RETURN_MS = 450
RESPONSE_GAP_MS = (220, 620)
EDGE_FADE_MS = 5
MUSIC_FADE_MS = 300

RINGBACK_HZ = 425.0
RINGBACK_ON_MS, RINGBACK_OFF_MS = 1200, 4600

NOTE_S = 0.3
CHORDS = (
    # C, A minor, F, G, C, E minor, D minor, G: MIDI notes, plucked upwards and back.
    (60, 64, 67, 72),
    (57, 60, 64, 69),
    (53, 60, 65, 69),
    (55, 59, 62, 67),
    (60, 64, 67, 76),
    (52, 59, 64, 67),
    (50, 57, 62, 65),
    (55, 59, 65, 71),
)
PLUCK_ORDER = (0, 1, 2, 3, 2, 1, 2, 1)
PARTIALS = ((1, 1.0), (2, 0.45), (3, 0.22), (4, 0.1))


@dataclass(frozen=True)
class Hold:
    """A wait that follows a turn. ``announced``: the turn before says that it comes."""

    kind: HoldKind
    duration_ms: int
    announced: bool = True


@dataclass(frozen=True)
class SpokenTurn:
    """What one party says.

    ``samples``: float32, shape (samples,), 16 kHz, speech from the first to the last sample.
    ``gap_ms``: pause since the end of the turn before; negative means overlap; None draws one.
    ``interrupts``: the overlap cuts the other party off.
    """

    party: Party
    samples: Samples
    gap_ms: int | None = None
    interrupts: bool = False
    hold_after: Hold | None = None


@dataclass(frozen=True)
class Span:
    """Half-open stretch of the call in samples at 16 kHz."""

    start: int
    end: int

    @property
    def start_ms(self) -> int:
        """First whole millisecond of the span."""
        return self.start * 1000 // SAMPLE_RATE_HZ

    @property
    def end_ms(self) -> int:
        """First whole millisecond after the span."""
        return -(-self.end * 1000 // SAMPLE_RATE_HZ)


@dataclass(frozen=True)
class PlacedHold:
    """A hold and where it lies."""

    span: Span
    kind: HoldKind
    announced: bool


@dataclass(frozen=True)
class Timeline:
    """Where everything in a call lies; ``turns`` is in the order of the script."""

    turns: tuple[Span, ...]
    holds: tuple[PlacedHold, ...]
    ringback: Span | None
    length: int

    def overlaps(self) -> tuple[Span, ...]:
        """Stretches in which a turn and the one before it are both heard."""
        pairs = zip(self.turns, self.turns[1:], strict=False)
        both = (Span(later.start, min(earlier.end, later.end)) for earlier, later in pairs)
        return tuple(span for span in both if span.start < span.end)


def place_turns(turns: Sequence[SpokenTurn], seed: int = 0, ringback_ms: int = 0) -> Timeline:
    """Lay the turns one after the other with their gaps, overlaps and holds."""
    chance = np.random.default_rng(seed)
    ringback = Span(0, _samples(ringback_ms)) if ringback_ms else None
    position = _samples(ringback_ms or OPENING_MS)
    spans: list[Span] = []
    holds: list[PlacedHold] = []
    after_hold = False
    for turn in turns:
        drawn_ms = int(chance.integers(*RESPONSE_GAP_MS))
        if after_hold:
            drawn_ms = HOLD_RETURN_MS
        gap_ms = drawn_ms if turn.gap_ms is None else turn.gap_ms
        earliest = spans[-1].start if spans else 0
        start = max(position + _samples(gap_ms), earliest)
        spans.append(Span(start, start + len(turn.samples)))
        position = max(span.end for span in spans)
        after_hold = turn.hold_after is not None
        if turn.hold_after is not None:
            start = position + _samples(HOLD_START_MS)
            span = Span(start, start + _samples(turn.hold_after.duration_ms))
            holds.append(PlacedHold(span, turn.hold_after.kind, turn.hold_after.announced))
            position = span.end
    return Timeline(tuple(spans), tuple(holds), ringback, position + _samples(CLOSING_MS))


def render_tracks(
    timeline: Timeline,
    turns: Sequence[SpokenTurn],
    band: Band = "telephone",
    seed: int = 0,
    ringback_on: Party = "caller",
) -> dict[Party, Samples]:
    """One track a party: speech at its level, line noise, hold music on the agent's.

    Every track is float32, shape (timeline.length,), limited to the band.
    """
    tracks: dict[Party, Samples] = {
        "agent": np.zeros(timeline.length, np.float32),
        "caller": np.zeros(timeline.length, np.float32),
    }
    for turn, span in zip(turns, timeline.turns, strict=True):
        speech = at_level(turn.samples, SPEECH_RMS_DBFS[turn.party], band)
        tracks[turn.party][span.start : span.end] += faded(speech, EDGE_FADE_MS)
    for hold in timeline.holds:
        if hold.kind == "music":
            music = at_level(hold_music(hold.span.end - hold.span.start), MUSIC_RMS_DBFS, band)
            tracks["agent"][hold.span.start : hold.span.end] += faded(music, MUSIC_FADE_MS)
    if timeline.ringback is not None:
        tracks[ringback_on][: timeline.ringback.end] += ringback_tone(timeline.ringback.end)
    chance = np.random.default_rng(seed)
    for track in tracks.values():
        noise = chance.standard_normal(timeline.length).astype(np.float32)
        track += at_level(noise, NOISE_RMS_DBFS[band], band)
    return {party: within_band(track, band) for party, track in tracks.items()}


def mix(tracks: dict[Party, Samples], channels: int, agent_channel: int = 0) -> Samples:
    """Put the parties on one channel or on two: float32, shape (channels, samples).

    The whole call is turned down if its peak would pass 0.95.
    """
    if channels == 1:
        sound = (tracks["agent"] + tracks["caller"]).reshape(1, -1)
    elif agent_channel == 0:
        sound = np.stack([tracks["agent"], tracks["caller"]])
    else:
        sound = np.stack([tracks["caller"], tracks["agent"]])
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound * min(1.0, PEAK_CEILING / peak)).astype(np.float32) if peak else sound


def within_band(samples: Samples, band: Band) -> Samples:
    """Limit to a band with a zero-phase filter, half as strong at the band's edges.

    Its slopes are 200 Hz wide. A line is no brick wall, and steeper ones hide a low voice from
    voice activity detection.
    """
    low_hz, high_hz = BANDS_HZ[band]
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    rising = np.clip((frequency - low_hz) / BAND_SLOPE_HZ + 0.5, 0.0, 1.0)
    falling = np.clip((high_hz - frequency) / BAND_SLOPE_HZ + 0.5, 0.0, 1.0)
    return np.fft.irfft(spectrum * rising * falling, len(samples)).astype(np.float32)


def at_level(samples: Samples, rms_dbfs: float, band: Band) -> Samples:
    """Scale so that what is left of the samples within the band has the given level."""
    rms = float(np.sqrt(np.mean(np.square(within_band(samples, band), dtype=np.float64))))
    return samples * np.float32(10 ** (rms_dbfs / 20) / rms) if rms else samples


def faded(samples: Samples, fade_ms: int) -> Samples:
    """Fade the samples in and out linearly."""
    count = min(_samples(fade_ms), len(samples) // 2)
    shaped = samples.copy()
    ramp = np.linspace(0.0, 1.0, count, dtype=np.float32)
    shaped[:count] *= ramp
    shaped[len(samples) - count :] *= ramp[::-1]
    return shaped


def hold_music(length: int) -> Samples:
    """A plucked arpeggio over eight chords, made of sine waves: float32, shape (length,).

    Composed for this project; it repeats after 19.2 seconds.
    """
    note_length = _samples(round(NOTE_S * 1000))
    notes = [chord[index] for chord in CHORDS for index in PLUCK_ORDER]
    period = note_length * len(notes)
    music = np.zeros(period, np.float32)
    for number, note in enumerate(notes):
        ringing = pluck(note, 4 * note_length)
        where = (np.arange(len(ringing)) + number * note_length) % period
        music[where] += ringing
    repeats = -(-length // period)
    return np.tile(music, repeats)[:length]


def pluck(midi_note: int, length: int) -> Samples:
    """One decaying tone of four partials: float32, shape (length,)."""
    seconds = np.arange(length) / SAMPLE_RATE_HZ
    frequency_hz = 440.0 * 2.0 ** ((midi_note - 69) / 12)
    tone = sum(
        weight * np.sin(2 * np.pi * partial * frequency_hz * seconds) * np.exp(-partial * seconds)
        for partial, weight in PARTIALS
    )
    decay = np.exp(-2.5 * seconds) * np.clip(seconds / 0.008, 0.0, 1.0)
    ending = np.clip((seconds[-1] - seconds) / 0.05, 0.0, 1.0)
    return np.asarray(tone * decay * ending, dtype=np.float32)


def ringback_tone(length: int) -> Samples:
    """Ringing heard by whoever dials, 425 Hz, 1.2 s on and 4.6 s off: float32, shape (length,)."""
    time = np.arange(length)
    period = _samples(RINGBACK_ON_MS + RINGBACK_OFF_MS)
    sounding = (time % period) < _samples(RINGBACK_ON_MS)
    tone = np.sin(2 * np.pi * RINGBACK_HZ * time / SAMPLE_RATE_HZ) * sounding
    amplitude = 10 ** (RINGBACK_RMS_DBFS / 20) * np.sqrt(2.0)
    return np.asarray(tone * amplitude, dtype=np.float32)


def _samples(duration_ms: int) -> int:
    return duration_ms * SAMPLE_RATE_HZ // 1000
