"""Where weights lie on this machine."""

from __future__ import annotations

import os
import shutil
import time
from functools import lru_cache
from pathlib import Path

from audit.errors import ModelError
from audit.weights.manifest import ModelEntry, ModelFile, read_manifest

#: Environment variable that moves the cache.
CACHE_VARIABLE = "TASLEEK_CACHE"
_ABANDONED_AFTER_S = 3600.0


def cache_dir() -> Path:
    """The folder of tasleek's downloads: ``$TASLEEK_CACHE``, or the platform's user cache."""
    if chosen := os.environ.get(CACHE_VARIABLE, "").strip():
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("tasleek", appauthor=False))


def remove_leftovers(folder: Path, prefix: str) -> None:
    """Remove what a killed process left in ``folder``: temporary folders named by ``prefix``.

    Those of the last hour stay: another process may be filling them.
    """
    for entry in folder.glob(f"{prefix}*"):
        try:
            if time.time() - entry.stat().st_mtime > _ABANDONED_AFTER_S:
                shutil.rmtree(entry, ignore_errors=True)
        except OSError:
            continue  # somebody else was first


def model_dir(model_id: str) -> Path:
    """Where the files of a model are, or would be."""
    return cache_dir() / "models" / model_id


def require(model_id: str) -> Path:
    """The folder of a model whose files are all there and are what the manifest says, by their hashes.

    Raises ``ModelError`` that says how to get what is missing or was changed.
    """
    model = read_manifest().model(model_id)
    missing = [file.name for file in model.files if not looks_present(model, file)]
    if missing:
        raise ModelError(
            f"the weights {model_id!r} are not on this machine ({', '.join(missing)} missing in "
            f"{model_dir(model_id)}); run `tasleek models fetch {model_id}`"
        )
    changed = [file.name for file in model.files if not _is_right(model_dir(model_id), file)]
    if changed:
        raise ModelError(
            f"the weights {model_id!r} are not what they should be ({', '.join(changed)} in "
            f"{model_dir(model_id)}) and are not loaded; run `tasleek models fetch {model_id}`"
        )
    return model_dir(model_id)


def _is_right(folder: Path, file: ModelFile) -> bool:
    """Whether a file has the hash of the manifest; one that was found right is not read again."""
    path = folder / file.name
    stat = path.stat()
    return _has_right_hash(file, path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=256)
def _has_right_hash(file: ModelFile, path: Path, *stamp: int) -> bool:
    from audit.weights.verify import file_status

    return file_status(file, path) == "ok"


def looks_present(model: ModelEntry, file: ModelFile) -> bool:
    """Whether a file is there with the size that it should have (any size if it is derived)."""
    try:
        size = (model_dir(model.id) / file.name).stat().st_size
    except OSError:
        return False
    return size > 0 and (file.sha256 is None or size == file.size_bytes)
