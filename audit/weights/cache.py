"""Where weights lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from audit.errors import ModelError
from audit.weights.manifest import ModelEntry, ModelFile, read_manifest

#: Environment variable that moves the cache.
CACHE_VARIABLE = "TASLEEK_CACHE"


def cache_dir() -> Path:
    """The folder of tasleek's downloads: ``$TASLEEK_CACHE``, or the platform's user cache."""
    if chosen := os.environ.get(CACHE_VARIABLE, "").strip():
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("tasleek", appauthor=False))


def model_dir(model_id: str) -> Path:
    """Where the files of a model are, or would be."""
    return cache_dir() / "models" / model_id


def require(model_id: str) -> Path:
    """The folder of a model whose files are all there (by size; ``verify`` reads them).

    Raises ``ModelError`` that says how to get what is missing.
    """
    model = read_manifest().model(model_id)
    missing = [file.name for file in model.files if not looks_present(model, file)]
    if missing:
        raise ModelError(
            f"the weights {model_id!r} are not on this machine ({', '.join(missing)} missing in "
            f"{model_dir(model_id)}); run `tasleek models fetch {model_id}`"
        )
    return model_dir(model_id)


def looks_present(model: ModelEntry, file: ModelFile) -> bool:
    """Whether a file is there with the size that it should have (any size if it is derived)."""
    try:
        size = (model_dir(model.id) / file.name).stat().st_size
    except OSError:
        return False
    return size > 0 and (file.sha256 is None or size == file.size_bytes)
