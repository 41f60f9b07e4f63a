"""Stereo with one party a channel: voice activity per channel, gated against cross-talk.

No torch on this path: silero VAD runs in onnxruntime and the rest is numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from audit.errors import AudioError
from audit.speech.channel_clock import measure_clock, on_common_clock
from audit.speech.crosstalk import ChannelReport, analyse_channels, gate_crosstalk
from audit.speech.diarizers.condensed import condense
from audit.speech.music import detect_music
from audit.speech.timeline import exclusive_turns
from audit.speech.vad import VadOptions, speech_probabilities, speech_segments
from audit.types import SAMPLE_RATE_HZ, ChannelClock, Diarization, Segment, SpeakerTurn, Waveform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: silero's stock threshold of 0.5 misses 7 % of the speech of a dual-track call at 8 kHz, and far
#: more of synthesized voices; 0.25 misses 2-3 %. At 0.2 line noise begins to count as speech.
_VAD = VadOptions(threshold=0.25, min_speech_ms=100, min_silence_ms=300, pad_ms=40)
#: Channels are brought to this peak before voice activity detection, by at most this gain: a quiet
#: line is heard like a loud one, and the hiss of an empty line is not blown up to a voice.
_TARGET_PEAK = 0.5
_MAX_GAIN = 30.0
SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000


class MonoDiarizer(Protocol):
    """Tells voices apart within one channel."""

    def diarize(self, waveform: Waveform) -> Diarization: ...


@dataclass(frozen=True, slots=True)
class ChannelsDiarizer:
    """Speaker ``S0`` on channel 0, ``S1`` on channel 1.

    A recording that does not have one party a channel goes to ``mono``, as the one channel that
    speaks; without ``mono`` such a channel counts as one speaker, and a mono file is refused.
    """

    mono: MonoDiarizer | None = None
    name: str = "channels"

    def diarize(self, waveform: Waveform) -> Diarization:
        """Speakers of ``waveform``; raises ``AudioError`` where channels cannot tell them."""
        if waveform.channels > 2:
            raise AudioError(
                f"{waveform.channels} channels; split the recording into one or two channels"
            )
        if waveform.channels == 1 and self.mono is None:
            raise AudioError(
                "mono recording: its channels do not tell the speakers; use --diarizer pyannote"
            )
        sound = hear_channels(waveform.samples)
        speech = tuple(heard.speech for heard in sound)
        report = analyse_channels(waveform.samples, speech)
        if report.layout == "silent":
            return Diarization((), ())
        if report.layout == "two-party":
            found = _per_channel(waveform, speech, report)
        else:
            found = self._one_channel(waveform, speech, report.speaking_channel)
        return replace(found, music=tuple(heard.music for heard in sound))

    def _one_channel(
        self, waveform: Waveform, speech: tuple[tuple[Segment, ...], ...], channel: int
    ) -> Diarization:
        if self.mono is None:
            spans = speech[channel]
            turns = tuple(SpeakerTurn(s.start_ms, s.end_ms, f"S{channel}") for s in spans)
            return Diarization(turns, turns, ((f"S{channel}", channel),))
        found = self._voices(one_channel(waveform, channel), speech[channel])
        if waveform.channels == 1:
            return found
        return Diarization(
            found.turns, found.exclusive, tuple((name, channel) for name in found.speakers)
        )

    def _voices(self, waveform: Waveform, speech: tuple[Segment, ...]) -> Diarization:
        """The voices of one channel, looked for where it is not silent for long."""
        assert self.mono is not None
        kept = condense(speech, waveform.duration_ms)
        if kept is None:
            return self.mono.diarize(waveform)
        return kept.in_full_time(self.mono.diarize(kept.cut_from(waveform)))


@dataclass(frozen=True, slots=True)
class ChannelSound:
    """What is heard on a channel, each in order and disjoint; music is not in ``speech``."""

    speech: tuple[Segment, ...]
    music: tuple[Segment, ...] = ()


def hear_channels(samples: NDArray[np.float32]) -> tuple[ChannelSound, ...]:
    """Voice and music of each channel; ``samples`` is float32, shape ``(channels, n)``, 16 kHz."""
    return tuple(_channel_sound(_levelled(channel)) for channel in samples)


def _channel_sound(samples: NDArray[np.float32]) -> ChannelSound:
    """Voice activity outside music; ``samples`` is this function's own, to silence music in.

    The recurrent state of the model carries minutes of hold music into the speech after them, most
    of which it then misses: where there is music it hears the channel again without it.
    """
    probabilities = speech_probabilities(samples)
    music = detect_music(samples, probabilities)
    if music:
        for span in music:
            samples[span.start_ms * SAMPLES_PER_MS : span.end_ms * SAMPLES_PER_MS] = 0.0
        probabilities = speech_probabilities(samples)
    speech = speech_segments(probabilities, len(samples) // SAMPLES_PER_MS, _VAD)
    return ChannelSound(speech, music)


def one_channel(waveform: Waveform, channel: int) -> Waveform:
    """``waveform`` reduced to one of its channels."""
    return Waveform(waveform.samples[channel : channel + 1], waveform.info, waveform.sample_rate_hz)


def _per_channel(
    waveform: Waveform, speech: tuple[tuple[Segment, ...], ...], report: ChannelReport
) -> Diarization:
    samples = waveform.samples
    clock = measure_clock(samples)
    if clock is not None:
        # What leaks across is told from a voice by its level at the same moment.
        samples = on_common_clock(samples, clock)
        speech = (speech[0], tuple(_moved(span, clock.on_common_clock) for span in speech[1]))
        found = analyse_channels(samples, speech)
        report = found if found.layout == "two-party" else report
    gated = gate_crosstalk(samples, speech, report)
    turns = tuple(
        sorted(
            (
                SpeakerTurn(span.start_ms, span.end_ms, f"S{channel}")
                for channel, spans in enumerate(gated)
                for span in spans
            ),
            key=lambda turn: (turn.start_ms, turn.end_ms, turn.speaker),
        )
    )
    heard = tuple((f"S{channel}", channel) for channel, spans in enumerate(gated) if spans)
    exclusive = exclusive_turns(turns)
    if clock is not None:
        turns, exclusive = _in_file_time(turns, clock), _in_file_time(exclusive, clock)
    return Diarization(turns, exclusive, heard, clock)


def _in_file_time(turns: tuple[SpeakerTurn, ...], clock: ChannelClock) -> tuple[SpeakerTurn, ...]:
    moved = (
        SpeakerTurn(span.start_ms, span.end_ms, turn.speaker)
        for turn in turns
        for span in [
            _moved(turn.segment, clock.on_file_clock) if turn.speaker == "S1" else turn.segment
        ]
    )
    return tuple(sorted(moved, key=lambda turn: (turn.start_ms, turn.end_ms, turn.speaker)))


def _moved(span: Segment, move: Callable[[int, int], int]) -> Segment:
    """A stretch of channel 1 on another clock."""
    return Segment(move(1, span.start_ms), move(1, span.end_ms))


def _levelled(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy at the level the model expects, which is read off every eighth sample."""
    import numpy as np

    some = np.abs(channel[::8])
    peak = float(np.percentile(some, 99.9)) if len(some) else 0.0
    return channel * np.float32(min(_MAX_GAIN, _TARGET_PEAK / peak) if peak > 0 else 1.0)
