"""Audits one stereo call in this process and prints which heavy packages that imported."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from audit.config import Config, IngestConfig
from audit.ingest.recordings import RecordingFinder
from audit.pipeline import load_pipeline
from audit.types import CallAudit, Recording

_HEAVY = ("torch", "transformers", "pyannote", "whisper", "sklearn", "scipy", "pandas")
_CALL = "recordings/s08-firm-refusal.wav"


def main() -> None:
    began = time.perf_counter()
    pipeline = load_pipeline(replace(Config(), offline=True))
    loaded_s = time.perf_counter() - began
    recording = next(iter(RecordingFinder(IngestConfig()).find([Path(sys.argv[1]) / _CALL])))
    assert isinstance(recording, Recording)
    assert isinstance(pipeline.audit(recording), CallAudit)
    imported = [name for name in _HEAVY if name in sys.modules]
    print(json.dumps({"imported": imported, "load_s": loaded_s}))


if __name__ == "__main__":
    main()
