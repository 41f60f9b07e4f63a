"""`tasleek transcribe`: the words of one recording, in the formats of the field."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from audit.cli.options import (
    AgentChannelOption,
    BatchSizeOption,
    ComputeTypeOption,
    ConfigOption,
    DeviceOption,
    DiarizerOption,
    OfflineOption,
    RecognizerOption,
)
from audit.errors import AudioError


class TranscriptFormat(StrEnum):
    text = "text"
    json = "json"
    vtt = "vtt"
    srt = "srt"
    rttm = "rttm"
    ctm = "ctm"
    vcon = "vcon"


def register(app: typer.Typer) -> None:
    app.command("transcribe")(transcribe)


def transcribe(
    file: Annotated[Path, typer.Argument(help="The recording.")],
    format: Annotated[TranscriptFormat, typer.Option("--format", "-f")] = TranscriptFormat.text,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write (default: print).")
    ] = None,
    recognizer: RecognizerOption = None,
    diarizer: DiarizerOption = None,
    agent_channel: AgentChannelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    batch_size: BatchSizeOption = None,
    language: Annotated[
        str | None, typer.Option("--language", help="ISO 639-1 code, or auto (default: ar).")
    ] = None,
    offline: OfflineOption = False,
    config: ConfigOption = None,
) -> None:
    """Transcribe one recording with speakers, roles and times; nothing is stored."""
    from audit.config import load_config
    from audit.ingest.recordings import RecordingFinder
    from audit.pipeline import load_pipeline
    from audit.reporting.transcripts import WRITERS
    from audit.speech.graphics import check_graphics
    from audit.types import CallFailure

    settings = load_config(
        config,
        {
            "speech.recognizer": recognizer,
            "speech.diarizer": diarizer,
            "speech.agent_channel": agent_channel,
            "speech.device": device,
            "speech.compute_type": compute_type,
            "speech.batch_size": batch_size,
            "speech.language": language,
            "offline": offline or None,
        },
    )
    check_graphics(settings.speech)
    recording = next(RecordingFinder(settings.ingest).find([file]), None)
    if recording is None or isinstance(recording, CallFailure):
        raise AudioError(recording.reason if recording else f"{file}: holds no recording")
    heard = load_pipeline(settings).hear(recording)
    text = WRITERS[format.value](heard.transcribed)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
