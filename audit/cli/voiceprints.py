"""`tasleek voiceprints`: enrol, list and delete the voices of agents who agreed to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.format import duration, json_text, printable
from audit.cli.options import ConfigOption, DatabaseOption, JsonOption

if TYPE_CHECKING:
    from audit.speech.voiceprints import Voiceprints

_WARNING = (
    "A voice is a biometric, sensitive personal data under the Saudi Personal Data Protection Law: "
    "enrol only agents who explicitly agreed, for the purpose they agreed to (docs/voiceprints.md)."
)
group = typer.Typer(
    help=f"Voices of agents, to check that the stated agent is the one speaking. {_WARNING}",
    no_args_is_help=True,
)

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--file", help="File of voiceprints (default: privacy.voiceprints of the config)."
    ),
]
AgentArgument = Annotated[str, typer.Argument(help="The agent, as in agent_id of the calls.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="voiceprints")


@group.command()
def enroll(
    agent: AgentArgument,
    consent: Annotated[
        str, typer.Option("--consent", help="Where the agent's explicit consent is on record.")
    ],
    db: DatabaseOption = Path("tasleek.duckdb"),
    file: FileOption = None,
    most: Annotated[
        int, typer.Option("--most", min=1, help="Of the agent's newest calls use at most so many.")
    ] = 10,
    config: ConfigOption = None,
) -> None:
    """Learn an agent's voice from audited calls (20 s of speech; from three calls it is surest)."""
    from audit.config import load_config
    from audit.ingest.audio import decode
    from audit.ingest.originals import original_sound
    from audit.speech.voice_embedding import VoiceEmbedder, heard_ms, mean_voice
    from audit.store.agent_speech import agent_speech
    from audit.store.database import open_database
    from audit.weights.cache import require

    settings = load_config(config)
    path = _file(file, settings.privacy.voiceprints)
    known = _read_or_new(path)
    with open_database(db) as connection:
        calls = agent_speech(connection, agent, most)
    embedder = VoiceEmbedder(require)
    voices, speech_ms = [], 0
    for call in calls:
        sound = original_sound(call.path, call.sha256, db.parent, settings.ingest)
        waveform = decode(sound, call.path, settings.ingest.max_duration_min)
        voice = embedder.embed(waveform.samples[call.channel or 0], call.speech)
        if voice is not None:
            voices.append(voice)
            speech_ms += heard_ms(call.speech)
    enrolled = known.enrolled(agent, mean_voice(voices), speech_ms, len(voices), consent)
    _write(path, enrolled)
    print(_WARNING, file=sys.stderr)
    print(printable(f"{agent}: voice of {duration(speech_ms)} from {len(voices)} calls · {path}"))


@group.command("list")
def list_(
    file: FileOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Who is enrolled, since when, on which consent; never the voices themselves."""
    from audit.config import load_config
    from audit.speech.voiceprints import read_voiceprints

    path = _file(file, load_config(config).privacy.voiceprints)
    for _, known in sorted(read_voiceprints(path).agents.items()):
        if as_json:
            shown = {
                "agent_id": known.agent_id, "enrolled_at": known.enrolled_at, "calls": known.calls,
                "speech_ms": known.speech_ms, "consent": known.consent,
            }  # fmt: skip
            print(json_text(shown))
        else:
            print(
                printable(
                    f"{known.agent_id}  {known.enrolled_at}  {known.calls} calls, "
                    f"{duration(known.speech_ms)}  consent: {known.consent}"
                )
            )


@group.command()
def delete(agent: AgentArgument, file: FileOption = None, config: ConfigOption = None) -> None:
    """Forget an agent's voice."""
    from audit.config import load_config
    from audit.speech.voiceprints import read_voiceprints

    path = _file(file, load_config(config).privacy.voiceprints)
    _write(path, read_voiceprints(path).without(agent))
    print(printable(f"{agent}: voice deleted · {path}"))


def _file(chosen: Path | None, configured: str) -> Path:
    from audit.errors import UsageError

    if chosen is None and not configured:
        raise UsageError("name the file of voiceprints: --file, or voiceprints under [privacy]")
    return chosen or Path(configured)


def _read_or_new(path: Path) -> Voiceprints:
    from audit.speech.voiceprints import Voiceprints, read_voiceprints

    return read_voiceprints(path) if path.exists() else Voiceprints()


def _write(path: Path, voiceprints: Voiceprints) -> None:
    from audit.errors import StoreError
    from audit.speech.voiceprints import write_voiceprints

    try:
        write_voiceprints(path, voiceprints)
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); choose another --file"
        ) from error
