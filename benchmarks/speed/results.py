"""The raw results of a benchmark in one JSON file, so that what is done is not measured again."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.speed.measure import Measured
from benchmarks.speed.plan import Job, cores
from benchmarks.speed.summary import Run

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = (
    "ctranslate2", "faster-whisper", "onnxruntime", "openai-whisper", "pyannote.audio", "torch",
    "duckdb",
)  # fmt: skip


class Results:
    """``file`` is written after every measurement. Results of other code or settings are set aside."""

    def __init__(self, file: Path, fingerprint: str) -> None:
        self._file = file
        self._value: dict[str, Any] = {"fingerprint": fingerprint, "runs": {}, "more": {}}
        if not file.is_file():
            return
        found = json.loads(file.read_text(encoding="utf-8"))
        if found.get("fingerprint") == fingerprint:
            self._value = found
        else:
            file.rename(
                file.with_name(f"{file.stem}-{time.strftime('%Y%m%d-%H%M%S')}{file.suffix}")
            )

    def has_run(self, job: Job) -> bool:
        return job.key in self._value["runs"]

    def add_run(self, job: Job, measured: Measured) -> None:
        run = Run(
            job.pipeline.name, job.round, job.part, job.audio_s, measured.wall_s, measured.cpu_s,
            measured.largest_bytes, measured.tree_bytes, measured.load,
        )  # fmt: skip
        self._value["runs"][job.key] = asdict(run)
        self.save()

    @property
    def runs(self) -> list[Run]:
        return [Run(**value) for value in self._value["runs"].values()]

    @property
    def more(self) -> dict[str, Any]:
        """Whatever else was measured, by name; `save` after a change."""
        more: dict[str, Any] = self._value["more"]
        return more

    def save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        partial = self._file.with_suffix(".part")
        partial.write_text(json.dumps(self._value, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.replace(self._file)


def fingerprint(settings: dict[str, Any]) -> str:
    """A hash of the code that is timed, of the versions of its libraries, and of ``settings``."""
    found = hashlib.sha256(json.dumps([settings, machine()], sort_keys=True).encode())
    for folder in ("audit", "benchmarks/pipelines", "models"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".sql", ".json", ".tsv", ".toml"):
                found.update(file.relative_to(ROOT).as_posix().encode())
                found.update(file.read_bytes())
    return found.hexdigest()[:16]


def machine() -> dict[str, Any]:
    """Processor, cores, memory, and versions."""
    versions = {}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {
        "processor": _processor(),
        "cores": cores(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        values: dict[str, str] = {}
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            values.setdefault(name.strip(), value.strip())
        wanted = [
            k
            for k in ("avx2", "avx512f", "avx512_vnni", "amx_int8")
            if k in values.get("flags", "").split()
        ]
        family = f"family {values.get('cpu family')}, model {values.get('model')}"
        return f"{values.get('model name', 'unknown')} ({family}; {', '.join(wanted)})"
    return platform.processor() or "unknown"
