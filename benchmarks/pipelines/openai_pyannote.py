"""openai-whisper, then pyannote.audio: what one would write first.

The recordings are mixed to mono, Whisper's segments go to the speaker who shares most of their time.
pyannote runs with the settings of tasleek's mono path (windows every 2.5 s, at most 4 s of speech an
embedding): faster than its defaults and no less accurate, so the comparison is not in our favour.
"""

from __future__ import annotations

from job import LANGUAGE, cores, read_job
from transcript import HeardTurn, joined, speaker_at, write_transcript


def main() -> None:
    job = read_job(__doc__.splitlines()[0], [("beam", int, 5)])
    import numpy as np
    import torch
    import whisper

    from audit.speech.diarizers.pyannote import PyannoteDiarizer
    from audit.types import AudioInfo, Waveform
    from audit.weights.cache import require

    torch.set_num_threads(cores())
    (checkpoint,) = require("whisper-base-openai").glob("*.pt")
    model = whisper.load_model(str(checkpoint), device="cpu")
    diarizer = PyannoteDiarizer(require, threads=cores(), offline=True)
    # beam_size None is greedy decoding, the default of `transcribe`.
    beam = job.options.beam if job.options.beam > 1 else None
    for call_id, sound in job.sounds():
        heard = model.transcribe(sound, language=LANGUAGE, beam_size=beam, fp16=False)
        info = AudioInfo(len(sound) // 16, 1, 16_000, "")
        found = diarizer.diarize(Waveform(np.ascontiguousarray(sound[None]), info))
        speakers = [(turn.start_ms, turn.end_ms, turn.speaker) for turn in found.exclusive]
        turns = []
        for segment in heard["segments"]:
            start, end = round(segment["start"] * 1000), round(segment["end"] * 1000)
            speaker = speaker_at(speakers, start, end)
            turns.append(HeardTurn(start, end, segment["text"].strip(), speaker))
        write_transcript(job.out, call_id, joined(turns))


if __name__ == "__main__":
    main()
