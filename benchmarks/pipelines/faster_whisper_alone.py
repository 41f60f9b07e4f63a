"""faster-whisper alone: no speakers, no verdict. What a pipeline on it cannot be faster than.

``--mode batched`` decodes voice-active speech only, in batches, at tasleek's settings (int8, beam 5, 4
chunks at once, times of words); ``batched-plain`` the same without times of words, so that no speakers
could be given to them; ``sequential`` is `WhisperModel.transcribe` as it comes, with the same beam.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from job import LANGUAGE, cores, read_job
from transcript import HeardTurn, write_transcript

from audit.config import SpeechConfig

MODES = ("batched", "batched-plain", "sequential")


def main() -> None:
    job = read_job(__doc__.splitlines()[0], [("mode", str, MODES[0])])
    from audit.weights.cache import require

    transcribe = _transcriber(require("whisper-base"), job.options.mode)
    for call_id, sound in job.sounds():
        segments, _ = transcribe(sound)
        turns = [
            HeardTurn(round(s.start * 1000), round(s.end * 1000), s.text.strip()) for s in segments
        ]
        write_transcript(job.out, call_id, turns)


def _transcriber(weights: Path, mode: str) -> Any:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    if mode not in MODES:
        raise SystemExit(f"--mode {mode!r} is unknown; give one of {', '.join(MODES)}")
    ours = SpeechConfig()
    model = WhisperModel(
        str(weights),
        device=ours.device,
        compute_type=ours.compute_type,
        cpu_threads=cores(),
        local_files_only=True,
    )
    common = {"language": LANGUAGE, "beam_size": ours.beam_size}
    if mode == "sequential":
        return lambda sound: model.transcribe(sound, **common)
    batched = BatchedInferencePipeline(model)
    options = {
        **common,
        "batch_size": ours.batch_size,
        "word_timestamps": mode == "batched",
        # silero at its own threshold misses much of telephone speech (audit/speech/vad.py).
        "vad_filter": True,
        "vad_parameters": {"threshold": 0.3, "min_silence_duration_ms": 300},
    }
    return lambda sound: batched.transcribe(sound, **options)


if __name__ == "__main__":
    main()
