"""Writing a rendered call in the forms that call centres store: telephone codecs, mono and stereo.

FFmpeg's libraries (through PyAV) encode everything but GSM 06.10, which sox does.
"""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from audit.errors import AudioError
from audit.synthesis.mbrola import SAMPLE_RATE_HZ, Samples

Codec = Literal["mulaw", "pcm", "gsm", "flac", "mp3", "opus", "aac"]
BITEXACT = {"fflags": "+bitexact"}


@dataclass(frozen=True)
class CodecForm:
    """How a codec is written.

    ``bit_rate``: bits a second a channel, None if the codec leaves no choice.
    ``delay``: samples that the encoder puts before the sound and that no player takes off again.
    ``block``: the number of samples must be a multiple of it, or the file ends in a broken packet.
    """

    extension: str
    encoder: str
    container: str
    sample_format: str
    bit_rate: int | None = None
    delay: int = 0
    block: int = 1


FORMS: dict[Codec, CodecForm] = {
    "mulaw": CodecForm("wav", "pcm_mulaw", "wav", "s16"),
    "pcm": CodecForm("wav", "pcm_s16le", "wav", "s16"),
    "gsm": CodecForm("wav", "gsm-full-rate", "wav", "s16", block=640),
    "flac": CodecForm("flac", "flac", "flac", "s16"),
    "mp3": CodecForm("mp3", "libmp3lame", "mp3", "s16p", 16_000),
    "opus": CodecForm("ogg", "libopus", "ogg", "s16", 16_000),
    "aac": CodecForm("m4a", "aac", "ipod", "fltp", 24_000, delay=1024),
}


@dataclass(frozen=True)
class RecordingFormat:
    """The form of a recording file."""

    codec: Codec
    channels: int
    sample_rate_hz: int

    @property
    def extension(self) -> str:
        """File name extension without the dot."""
        return FORMS[self.codec].extension


def write_recording(path: Path, sound: Samples, form: RecordingFormat) -> int:
    """Encode float32 sound of shape (channels, samples) at 16 kHz; return its length in ms.

    For 8 kHz every second sample is taken: the sound must be limited to below 4 kHz. Calls begin
    and end with line noise, so that cutting off an encoder's delay and an odd end loses nothing.
    """
    if sound.shape[0] != form.channels:
        raise ValueError(f"{sound.shape[0]} channels rendered, {form.channels} wanted")
    step, remainder = divmod(SAMPLE_RATE_HZ, form.sample_rate_hz)
    if remainder:
        raise ValueError(f"{form.sample_rate_hz} Hz does not divide {SAMPLE_RATE_HZ} Hz")
    codec = FORMS[form.codec]
    thinned = sound[:, ::step]
    thinned = thinned[:, : thinned.shape[1] // codec.block * codec.block]
    pcm: NDArray[np.int16] = np.clip(np.round(thinned * 32767.0), -32768, 32767).astype(np.int16)
    if form.codec == "gsm":
        _write_gsm(path, pcm, form)
    else:
        _write_with_pyav(path, pcm[:, codec.delay :], form)
    return int(pcm.shape[1]) * 1000 // form.sample_rate_hz


def read_recording(path: Path) -> tuple[Samples, int]:
    """Decode any recording: float32 of shape (channels, samples) and the rate in Hz."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.rate)
        frames = [out for frame in container.decode(stream) for out in resampler.resample(frame)]
        frames.extend(resampler.resample(None))
        sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
        return sound.astype(np.float32), int(stream.rate)


def _write_with_pyav(path: Path, pcm: NDArray[np.int16], form: RecordingFormat) -> None:
    import av

    codec = FORMS[form.codec]
    layout = "stereo" if form.channels == 2 else "mono"
    with av.open(str(path), "w", format=codec.container, container_options=BITEXACT) as container:
        stream = container.add_stream(codec.encoder, rate=form.sample_rate_hz)
        stream.layout = layout
        stream.format = codec.sample_format
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        if codec.bit_rate is not None:
            stream.bit_rate = codec.bit_rate * form.channels
        interleaved = np.ascontiguousarray(pcm.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout=layout)
        frame.sample_rate = form.sample_rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _write_gsm(path: Path, pcm: NDArray[np.int16], form: RecordingFormat) -> None:
    if shutil.which("sox") is None:
        raise AudioError(
            "GSM recordings are written by `sox`, which is not installed. "
            "Run scripts/install-voices.sh as root (Debian packages sox, libsox-fmt-all)."
        )
    plain = RecordingFormat("pcm", form.channels, form.sample_rate_hz)
    with tempfile.TemporaryDirectory(prefix="audit-gsm-") as folder:
        source = Path(folder) / "plain.wav"
        _write_with_pyav(source, pcm, plain)
        command = ["sox", "-D", str(source), "-e", FORMS["gsm"].encoder, str(path)]
        subprocess.run(command, check=True, capture_output=True)
