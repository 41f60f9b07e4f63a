"""Reading weights again and comparing them with the manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from audit.weights.cache import looks_present, model_dir
from audit.weights.manifest import ModelEntry, ModelFile, read_manifest

if TYPE_CHECKING:
    import torch

FileStatus = Literal["ok", "missing", "damaged"]

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """What was found of one file of a model."""

    model_id: str
    name: str
    path: Path
    status: FileStatus


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model of the manifest; ``installed`` when all of its files look present (not hashed)."""

    model: ModelEntry
    folder: Path
    installed: bool


def list_models() -> tuple[ListedModel, ...]:
    """All models of the manifest and whether they are here. Reads no weights."""
    return tuple(
        ListedModel(model, model_dir(model.id), all(looks_present(model, f) for f in model.files))
        for model in read_manifest().models
    )


def verify_models(model_ids: Sequence[str] = ()) -> tuple[VerifiedFile, ...]:
    """Every file of the models, hashed again. Without ids, all models of the manifest.

    Raises ``ModelError`` for an unknown id.
    """
    manifest = read_manifest()
    models = [manifest.model(model_id) for model_id in model_ids] or manifest.models
    return tuple(
        VerifiedFile(model.id, file.name, path, file_status(file, path))
        for model in models
        for file in model.files
        for path in [model_dir(model.id) / file.name]
    )


def file_status(file: ModelFile, path: Path) -> FileStatus:
    """Whether the file at ``path`` is what the manifest says; one that cannot be read is damaged."""
    if not path.exists():
        return "missing"
    try:
        if file.sha256 is not None:
            right = path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256
        else:
            right = tensors_sha256(read_tensors(path)) == file.tensors_sha256
    except Exception:  # torch and safetensors raise many classes on damaged bytes
        return "damaged"
    return "ok" if right else "damaged"


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def tensors_sha256(tensors: dict[str, torch.Tensor]) -> str:
    """Hex SHA-256 over names, types, shapes and values, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def read_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a safetensors file or of an OpenAI Whisper checkpoint, read without unpickling."""
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path))
    import torch

    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    state: dict[str, torch.Tensor] = checkpoint["model_state_dict"]
    return state
