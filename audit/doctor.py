"""What an installation has, what it misses, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.chosen_model import check_sums, chosen_model
from audit.config import CONFIG_FILE, ScoringConfig, load_config
from audit.errors import ConfigError, ModelError
from audit.weights.cache import cache_dir
from audit.weights.manifest import DEFAULT_GROUP
from audit.weights.verify import list_models

#: What each package is for. A missing one is told with what does not work without it.
PACKAGES = {
    "duckdb": "the database",
    "av": "decoding audio",
    "faster-whisper": "the default recognizer",
    "openai-whisper": "--recognizer openai-whisper",
    "transformers": "--recognizer hf, --classifier hf",
    "torch": "mono recordings, and every recognizer but the default",
    "pyannote.audio": "telling speakers apart in mono recordings",
}
#: Below these a run is likely to fail half-way.
MIN_FREE_GB = 2
MIN_MEMORY_GB = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``remedy`` is what to do where it is not ``ok``."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None


def examine() -> Iterator[Finding]:
    """Everything worth looking at, most basic first. Loads no model and touches no network."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    yield from (_package(name, purpose) for name, purpose in PACKAGES.items())
    yield from _weights()
    yield _classifier()
    yield _memory()
    yield _disk()
    yield _configuration()


def _package(name: str, purpose: str) -> Finding:
    try:
        return Finding(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, False, f"missing; needed for {purpose}", f"pip install {name}")


def _weights() -> Iterator[Finding]:
    for listed in list_models():
        if listed.model.group == DEFAULT_GROUP:
            yield Finding(
                f"weights {listed.model.id}",
                listed.installed,
                str(listed.folder) if listed.installed else f"missing; {listed.model.purpose}",
                f"tasleek models fetch {listed.model.id}",
            )


def _classifier() -> Finding:
    """The classifier that commands started here use, and why it is that one."""
    try:
        name = load_config().scoring.classifier
        chosen = chosen_model()
        if chosen is None or name != chosen.reference:
            shipped = name == ScoringConfig().classifier
            return Finding("classifier", True, f"{name} ({'shipped' if shipped else 'configured'})")
        check_sums(Path(chosen.folder))
    except (ConfigError, ModelError) as error:
        return Finding("classifier", False, str(error), "tasleek models use --shipped")
    return Finding("classifier", True, f"{chosen.name} (chosen by `tasleek models use`)")


def _memory() -> Finding:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = os.cpu_count() or 1
    return Finding(
        "machine",
        gigabytes >= MIN_MEMORY_GB,
        f"{cores} cores, {gigabytes:.0f} GB of memory",
        f"at least {MIN_MEMORY_GB} GB of memory are needed; use --workers 1",
    )


def _disk() -> Finding:
    place = _existing(cache_dir())
    free = shutil.disk_usage(place).free / 2**30
    return Finding(
        "disk",
        free >= MIN_FREE_GB,
        f"{free:.0f} GB free in {place}",
        f"free {MIN_FREE_GB} GB, or point TASLEEK_CACHE to another disk",
    )


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _configuration() -> Finding:
    found = CONFIG_FILE if Path(CONFIG_FILE).is_file() else f"defaults (no {CONFIG_FILE} here)"
    try:
        load_config()
    except ConfigError as error:
        return Finding("configuration", False, str(error), f"correct {CONFIG_FILE}")
    return Finding("configuration", True, found)
