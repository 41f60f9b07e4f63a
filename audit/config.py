"""One frozen configuration from ``tasleek.toml``, the environment and the command line.

Order of precedence, lowest first: defaults, the model of `tasleek models use`, ``tasleek.toml``,
``TASLEEK_*`` environment variables (``TASLEEK_SPEECH__BEAM_SIZE=1`` sets ``beam_size`` of ``[speech]``),
options of the command.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from audit.chosen_model import chosen_model
from audit.errors import ConfigError

CONFIG_FILE = "tasleek.toml"
ENVIRONMENT_PREFIX = "TASLEEK_"


@dataclass(frozen=True, slots=True)
class IngestConfig:
    """How recordings and their metadata are found.

    ``filename_pattern`` is a Python regular expression with named groups (``call_id``, ``agent_id``,
    ``started_at`` …), matched against the file's stem. ``started_at_format`` is a ``strptime``
    format; empty means ISO 8601. A time without a zone is taken in ``timezone`` (IANA name).
    Recordings that are longer or larger than the limits are not read.
    """

    filename_pattern: str = ""
    started_at_format: str = ""
    timezone: str = "Asia/Riyadh"
    max_duration_min: int = 240
    max_file_mb: int = 4096


@dataclass(frozen=True, slots=True)
class SpeechConfig:
    """Recognizer and diarizer. ``recognizer`` is ``NAME[:MODEL]``; ``language`` is ISO 639-1.

    ``batch_size`` chunks are decoded together (on a CPU eight took 600 MB more than four and no less
    time); ``threads`` are those of one worker.
    """

    recognizer: str = "faster-whisper:base"
    language: str = "ar"
    beam_size: int = 5
    batch_size: int = 4
    initial_prompt: str = ""
    hotwords: str = ""
    device: str = "cpu"
    compute_type: str = "int8"
    threads: int = 0
    diarizer: str = "auto"
    agent_channel: str = "auto"


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """Below these a call is ``unscorable``: the evidence is too weak to accuse or to praise.

    ``min_asr_confidence`` is the mean word probability over the agent's words;
    ``min_role_confidence`` is that of the role assignment; ``min_language_probability`` is how sure
    the recognizer must be of another language to call the call foreign.
    """

    min_speech_s: float = 3.0
    min_agent_words: int = 5
    min_asr_confidence: float = 0.35
    min_role_confidence: float = 0.5
    min_language_probability: float = 0.7


@dataclass(frozen=True, slots=True)
class ScoringConfig:
    """Which classifier scores the turns: ``brushoff-3`` (shipped), ``lexicon``, ``hf:<folder or id>``
    or the folder of a model of one's own."""

    classifier: str = "brushoff-3"


@dataclass(frozen=True, slots=True)
class PrivacyConfig:
    """Personal data in what is said is replaced before anything is stored, unless ``keep_pii``.

    With ``encrypt`` a database that is made is an encrypted one. ``voiceprints`` names the file of
    agents' voices that calls are checked against; empty: none is.
    """

    keep_pii: bool = False
    encrypt: bool = False
    voiceprints: str = ""


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """How many days calls are kept: `tasleek purge` deletes older ones. 0 keeps them for ever."""

    days: int = 0


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """When a batch gives something up.

    A call may take ``time_limit_min_s`` plus ``time_limit_factor`` times its length. Storage that went
    away is waited for ``storage_wait_s`` before the run ends.
    """

    time_limit_min_s: float = 300.0
    time_limit_factor: float = 10.0
    storage_wait_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. ``offline`` forbids every download."""

    ingest: IngestConfig = field(default_factory=IngestConfig)
    speech: SpeechConfig = field(default_factory=SpeechConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    scoring: ScoringConfig = field(default_factory=ScoringConfig)
    privacy: PrivacyConfig = field(default_factory=PrivacyConfig)
    retention: RetentionConfig = field(default_factory=RetentionConfig)
    batch: BatchConfig = field(default_factory=BatchConfig)
    offline: bool = False

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @property
    def sha256(self) -> str:
        """Hash of all values, hex: two runs with the same hash were configured alike."""
        text = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def load_config(
    path: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Read the configuration.

    ``path`` is a TOML file that must exist; without it ``tasleek.toml`` of the current folder is read
    if there is one. ``overrides`` are dotted names (``"speech.beam_size"``) from command options;
    ``None`` values are ignored. Raises ``ConfigError`` that names the key and where it came from.
    """
    config = Config()
    if model := chosen_model():
        config = dataclasses.replace(config, scoring=ScoringConfig(model.reference))
    if path is not None and not path.is_file():
        raise ConfigError(f"{path}: no such configuration file; give an existing one to --config")
    file = path or Path(CONFIG_FILE)
    if file.is_file():
        values = _read_toml(file)
        values.pop("scorecard", None)  # the evaluation form, which audit.review.scorecard reads
        config = _updated(config, values, str(file))
    config = _updated(
        config, _from_environment(os.environ if environment is None else environment), "environment"
    )
    chosen = {name: value for name, value in (overrides or {}).items() if value is not None}
    result: Config = _updated(config, _nested(chosen), "command line")
    return result


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    sections = {f.name.upper() for f in dataclasses.fields(Config)}
    values: dict[str, Any] = {}
    for key, value in environment.items():
        if not key.startswith(ENVIRONMENT_PREFIX):
            continue
        section, _, name = key[len(ENVIRONMENT_PREFIX) :].partition("__")
        if section in sections and (name or section == "OFFLINE"):
            values[f"{section}.{name}".strip(".").lower()] = value
    return _nested(values)


def _nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in dotted.items():
        section, _, key = name.partition(".")
        if key:
            nested.setdefault(section, {})[key] = value
        else:
            nested[section] = value
    return nested


def _updated(config: Any, values: Mapping[str, Any], origin: str, prefix: str = "") -> Any:
    """``config`` with ``values`` in place; unknown names and wrong types are errors."""
    hints = get_type_hints(type(config))
    changes: dict[str, Any] = {}
    for name, value in values.items():
        dotted = f"{prefix}{name}"
        if name not in hints:
            known = ", ".join(sorted(hints))
            raise ConfigError(f"{origin}: unknown setting {dotted!r}; known here: {known}")
        current = getattr(config, name)
        if dataclasses.is_dataclass(current):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{origin}: {dotted!r} is a section; write [{dotted}]")
            changes[name] = _updated(current, value, origin, f"{dotted}.")
        else:
            changes[name] = _converted(value, hints[name], dotted, origin)
    return dataclasses.replace(config, **changes)


def _converted(value: Any, kind: type, dotted: str, origin: str) -> Any:
    if kind is bool:
        text = str(value).lower()
        if text in ("1", "true", "yes"):
            return True
        if text in ("0", "false", "no", ""):
            return False
    elif kind in (int, float) and not isinstance(value, bool):
        try:
            return kind(value)
        except (TypeError, ValueError, OverflowError):
            pass
    elif kind is str and isinstance(value, (str, int, float)):
        return str(value)
    raise ConfigError(f"{origin}: {dotted} must be of type {kind.__name__}, not {value!r}")
