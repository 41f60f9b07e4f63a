"""`tasleek evaluate speakers` and `tasleek evaluate recognizer`: what the pipeline hears."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.options import ConfigOption, DiarizerOption, JsonOption, RecognizerOption

if TYPE_CHECKING:
    from audit.training.evaluate_recognizer import HeardAgainstReference
    from audit.training.evaluate_speakers import SpeakerErrors

FolderArgument = Annotated[Path, typer.Argument(help="Folder with recordings and references.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group `evaluate`."""
    group.command("speakers")(speakers)
    group.command("recognizer")(recognizer)


def speakers(
    folder: FolderArgument,
    diarizer: DiarizerOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Diarization error rate on NAME.rttm beside NAME.wav (or NAME_*.wav, a party each)."""
    from audit.config import load_config
    from audit.speech.diarizer import load_diarizer
    from audit.training.evaluate_speakers import evaluate_speakers, overall
    from audit.weights.cache import require

    settings = load_config(config, {"speech.diarizer": diarizer})
    loaded = load_diarizer(settings.speech, require, offline=settings.offline)
    results = []
    for result in evaluate_speakers(folder, loaded, settings.ingest.max_duration_min):
        results.append(result)
        _print_speakers(result, as_json)
    if len(results) > 1:
        _print_speakers(overall(results), as_json)


def _print_speakers(result: SpeakerErrors, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**asdict(result), "error_rate": result.error_rate}), flush=True)
        return
    print(
        f"{result.call_id}: DER {result.error_rate:.1%} of {result.speech_s:.0f} s (missed "
        f"{result.missed_s:.1f}, false alarm {result.false_alarm_s:.1f}, confusion "
        f"{result.confusion_s:.1f} s), {result.speakers} speakers of {result.reference_speakers}",
        flush=True,
    )


def recognizer(
    folder: FolderArgument,
    recognizer: RecognizerOption = None,
    diarizer: DiarizerOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Word and character error rates, roles and holds, on a folder such as data/samples."""
    from audit.config import load_config
    from audit.pipeline import load_pipeline
    from audit.training.evaluate_recognizer import evaluate_recognizer, overall

    settings = load_config(config, {"speech.recognizer": recognizer, "speech.diarizer": diarizer})
    results = []
    for result in evaluate_recognizer(folder, settings, load_pipeline(settings)):
        results.append(result)
        _print_heard(result, as_json)
    errors = overall(results)
    if as_json:
        print(json.dumps({"call_id": None, "wer": errors.wer, "cer": errors.cer}))
    else:
        print(f"all {len(results)} calls: WER {errors.wer:.1%}, CER {errors.cer:.1%}")


def _print_heard(result: HeardAgainstReference, as_json: bool) -> None:
    figures = {
        "call_id": result.call_id,
        "wer": result.errors.wer,
        "cer": result.errors.cer,
        "wer_by_role": result.by_role.wer,
        "role_words_right": result.role_words_right,
        "hold_error_ms": result.hold_error_ms,
        "duration_ms": result.duration_ms,
    }
    if as_json:
        print(json.dumps(figures), flush=True)
        return
    print(
        f"{result.call_id}: WER {result.errors.wer:.1%}, CER {result.errors.cer:.1%}, "
        f"WER by role {result.by_role.wer:.1%}, words in the right role "
        f"{result.role_words_right:.1%}, hold off by {result.hold_error_ms / 1000:.1f} s",
        flush=True,
    )
