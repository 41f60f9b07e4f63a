"""WhisperX: batched faster-whisper behind pyannote's voice activity, then speakers.

Two things it would fetch from the model hub are not to be had offline: its diarization pipeline, in
whose place stands the one that the other pipelines here use, and its Arabic alignment model, without
which it cannot cut its 30 s segments into words. So its time is a lower bound, and its speakers are too.
"""

from __future__ import annotations

import warnings
from typing import Any

from job import LANGUAGE, cores, read_job
from transcript import HeardTurn, joined, write_transcript

from audit.config import SpeechConfig


def main() -> None:
    job = read_job(__doc__.splitlines()[0])
    from audit.weights.cache import require

    warnings.simplefilter("ignore")
    ours = SpeechConfig()
    diarize = _diarizer(require)
    import torch
    import whisperx

    torch.set_num_threads(cores())
    model = whisperx.load_model(
        str(require("whisper-base")),
        ours.device,
        compute_type=ours.compute_type,
        language=LANGUAGE,
        asr_options={"beam_size": ours.beam_size},
        threads=cores(),
        local_files_only=True,
    )
    for call_id, sound in job.sounds():
        heard = model.transcribe(sound, batch_size=ours.batch_size, language=LANGUAGE)
        told = whisperx.assign_word_speakers(diarize(sound), heard, fill_nearest=True)
        turns = [
            HeardTurn(
                round(segment["start"] * 1000),
                round(segment["end"] * 1000),
                segment["text"].strip(),
                segment.get("speaker", ""),
            )
            for segment in told["segments"]
        ]
        write_transcript(job.out, call_id, joined(turns))


def _diarizer(require: Any) -> Any:
    """WhisperX's own diarization step, over local weights."""
    from audit.speech.diarizers.pyannote_models import Gain, import_pyannote, load_local_pipeline

    import_pyannote(offline=True)  # before whisperx imports it
    from whisperx.diarize import DiarizationPipeline

    (segmentation,) = require("segmentation-3.0").glob("*.pt")
    (embedding,) = require("campplus").glob("*.pt")
    pipeline = DiarizationPipeline.__new__(DiarizationPipeline)
    pipeline.model = load_local_pipeline(segmentation, embedding, Gain())
    return pipeline


if __name__ == "__main__":
    main()
