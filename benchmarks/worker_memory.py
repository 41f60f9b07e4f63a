"""Measures what a worker takes: peak memory and time by the length of the recording.

    python benchmarks/worker_memory.py --minutes 2 30 --channels 1 2

Recordings are made of the sample calls, one after the other, as 8 kHz PCM; each is audited at one thread
by the default models in a process of its own. Time is that of the call, without the loading of models.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "samples" / "recordings"
RATE_HZ = 8000


def write_recording(path: Path, minutes: float, channels: int) -> None:
    """A recording of ``minutes`` with the parties apart (2 channels) or together (1)."""
    import numpy as np

    from audit.ingest.audio import decode

    wanted = round(minutes * 60 * RATE_HZ)
    pieces, length = [], 0
    stereo = [
        w for f in sorted(SAMPLES.iterdir()) if len((w := decode(f, f.name, 60)).samples) == 2
    ]
    while length < wanted:
        for waveform in stereo:
            step = waveform.sample_rate_hz // RATE_HZ
            piece = waveform.samples[:, ::step]
            pieces.append(piece if channels == 2 else piece.mean(axis=0, keepdims=True))
            length += piece.shape[1]
    samples = np.concatenate(pieces, axis=1)[:, :wanted]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples.T * 32767).astype("<i2").tobytes())


def measure(path: Path, answers: Any) -> None:
    """Puts peak memory in MB, seconds of the call, and what became of it."""
    from audit.batch.local import with_threads
    from audit.config import Config
    from audit.pipeline import load_pipeline
    from audit.types import CallFailure, Recording

    pipeline = load_pipeline(with_threads(Config(), 1))
    began = time.perf_counter()
    outcome = pipeline.audit(Recording("call", path, "0"))
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    status = outcome.reason if isinstance(outcome, CallFailure) else outcome.status
    answers.put((peak_mb, seconds, status))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[2.0, 30.0])
    parser.add_argument("--channels", type=int, nargs="+", choices=(1, 2), default=[1, 2])
    arguments = parser.parse_args()
    processes = multiprocessing.get_context("spawn")
    print("channels  minutes  peak MB  seconds  times real time")
    for channels in arguments.channels:
        for minutes in arguments.minutes:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "call.wav"
                write_recording(path, minutes, channels)
                answers = processes.Queue()
                process = processes.Process(target=measure, args=(path, answers))
                process.start()
                peak_mb, seconds, status = answers.get()
                process.join()
            print(
                f"{channels:8} {minutes:8.1f} {peak_mb:8.0f} {seconds:8.1f} "
                f"{minutes * 60 / seconds:16.1f}  {status}",
                flush=True,
            )


if __name__ == "__main__":
    main()
