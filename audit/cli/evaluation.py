"""`tasleek evaluate speakers` and `tasleek evaluate recognizer`: what the pipeline hears."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audit.cli.options import ConfigOption, DiarizerOption, JsonOption, RecognizerOption

if TYPE_CHECKING:
    from audit.config import Config
    from audit.training.evaluate_conversation import ConversationErrors, ConversationTotals
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
    sound_only: Annotated[
        bool,
        typer.Option("--sound-only", help="Only the speakers: no words, roles, holds."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="JSON file to write all figures to.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Diarization error rate on NAME.rttm beside NAME.wav (or NAME_*.wav, a party each).

    Where there is reference/*.json (as in data/samples), the calls are heard as `tasleek audit` hears
    them, and roles, holds and interruptions are compared too.
    """
    from audit.config import load_config

    settings = load_config(config, {"speech.diarizer": diarizer})
    if sound_only or not any((folder / "reference").glob("*.json")):
        figures = _evaluate_sound(folder, settings, as_json)
    else:
        figures = _evaluate_conversations(folder, settings, as_json)
    if out is not None:
        out.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _evaluate_sound(folder: Path, settings: Config, as_json: bool) -> dict[str, Any]:
    from audit.speech.diarizer import load_diarizer
    from audit.training.evaluate_speakers import evaluate_speakers, overall
    from audit.weights.cache import require

    loaded = load_diarizer(settings.speech, require, offline=settings.offline)
    results = []
    for result in evaluate_speakers(folder, loaded, settings.ingest.max_duration_min):
        results.append(result)
        _print_speakers(result, as_json)
    if len(results) > 1:
        _print_speakers(overall(results), as_json)
    return {
        "calls": [_speaker_figures(result) for result in results],
        "all": _speaker_figures(overall(results)),
    }


def _evaluate_conversations(folder: Path, settings: Config, as_json: bool) -> dict[str, Any]:
    from audit.pipeline import load_pipeline
    from audit.training.evaluate_conversation import evaluate_conversations, totals
    from audit.training.evaluate_speakers import overall

    results = []
    for result in evaluate_conversations(folder, settings, load_pipeline(settings)):
        results.append(result)
        _print_conversation(result, as_json)
    everything = {
        **_speaker_figures(overall([result.speakers for result in results])),
        **_total_figures(totals(results)),
    }
    if as_json:
        print(json.dumps(everything), flush=True)
    else:
        _print_totals(overall([result.speakers for result in results]), totals(results))
    return {"calls": [_conversation_figures(result) for result in results], "all": everything}


def _print_conversation(result: ConversationErrors, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_conversation_figures(result)), flush=True)
        return
    cut = result.interruptions
    print(
        f"{_speaker_line(result.speakers)}, roles {'right' if result.roles_right else 'WRONG'}, "
        f"{result.holds.right} of {result.holds.reference} holds ({result.holds.found} found, "
        f"{result.announced.right} of {result.announced.reference} announced), total off by "
        f"{result.hold_error_ms / 1000:.1f} s, {cut.right} of {cut.reference} interruptions "
        f"({cut.found} found)",
        flush=True,
    )


def _print_totals(errors: SpeakerErrors, total: ConversationTotals) -> None:
    cut = total.interruptions
    print(
        f"{_speaker_line(errors)}; roles right in {total.roles_right} of {total.calls} calls, hold "
        f"total within 1 s in {total.holds_right} of {total.calls}, announced holds "
        f"{total.announced.right} of {total.announced.reference} ({total.announced.found} found); "
        f"interruptions: precision {_share(cut.precision)}, recall {_share(cut.recall)} "
        f"({cut.right} right of {cut.found} found and {cut.reference} in the references)"
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _conversation_figures(result: ConversationErrors) -> dict[str, Any]:
    return {
        **_speaker_figures(result.speakers),
        "roles_right": result.roles_right,
        "hold_error_ms": result.hold_error_ms,
        "holds": asdict(result.holds),
        "announced": asdict(result.announced),
        "interruptions": asdict(result.interruptions),
    }


def _total_figures(total: ConversationTotals) -> dict[str, Any]:
    cut = total.interruptions
    return {
        **asdict(total),
        "interruptions": {**asdict(cut), "precision": cut.precision, "recall": cut.recall},
    }


def _speaker_figures(result: SpeakerErrors) -> dict[str, Any]:
    return {**asdict(result), "error_rate": result.error_rate}


def _print_speakers(result: SpeakerErrors, as_json: bool) -> None:
    line = json.dumps(_speaker_figures(result)) if as_json else _speaker_line(result)
    print(line, flush=True)


def _speaker_line(result: SpeakerErrors) -> str:
    return (
        f"{result.call_id}: DER {result.error_rate:.1%} of {result.speech_s:.0f} s (missed "
        f"{result.missed_s:.1f}, false alarm {result.false_alarm_s:.1f}, confusion "
        f"{result.confusion_s:.1f} s), {result.speakers} speakers of {result.reference_speakers}"
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
