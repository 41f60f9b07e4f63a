"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DatabaseOption = Annotated[Path, typer.Option("--db", help="DuckDB file of the audits.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file (default: tasleek.toml of this folder)."),
]
DialectOption = Annotated[
    str | None,
    typer.Option("--dialect", help="Only calls of this dialect, as their metadata told it."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Never touch the network, whatever is missing.")
]
RecognizerOption = Annotated[
    str | None,
    typer.Option(
        "--recognizer",
        help="faster-whisper[:MODEL], openai-whisper[:MODEL] or hf:ID_OR_FOLDER "
        "(default: faster-whisper:base).",
    ),
]
DiarizerOption = Annotated[
    str | None, typer.Option("--diarizer", help="auto, channels or pyannote[:MODEL].")
]
AgentChannelOption = Annotated[
    str | None,
    typer.Option("--agent-channel", help="Channel of the agent in stereo: auto, 0 (left) or 1."),
]
DeviceOption = Annotated[str | None, typer.Option("--device", help="cpu or cuda.")]
ComputeTypeOption = Annotated[
    str | None,
    typer.Option(
        "--compute-type",
        help="Numbers the recognizer computes in: int8 (default), float32; on a GPU also float16 "
        "and int8_float16.",
    ),
]
BatchSizeOption = Annotated[
    int | None,
    typer.Option("--batch-size", min=1, help="Chunks of speech decoded together (default: 8)."),
]
