"""Which trained classifier this account uses, and whether its files are still what they were.

`tasleek models use` writes the choice into the user's data folder; without one, and wherever
``scoring.classifier`` is configured, it does not count. A trained folder carries ``SHA256SUMS`` (the
format of sha256sum(1)); the choice holds the hash of that file, so that neither a model nor its sums can
be changed behind the choice.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from audit.errors import ConfigError, ModelError

#: Environment variable that moves the data folder.
DATA_VARIABLE = "TASLEEK_DATA"
SUMS = "SHA256SUMS"
_CHOICE = "classifier.json"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model in use: its name, its folder, and the hash of its ``SHA256SUMS``."""

    name: str
    folder: str
    sums_sha256: str

    @property
    def reference(self) -> str:
        """By what the model is found, as ``scoring.classifier``: its name, or its folder elsewhere."""
        here = (models_dir() / self.name).resolve()
        return self.name if here == Path(self.folder) else self.folder


def data_dir() -> Path:
    """What this account has made with tasleek: ``$TASLEEK_DATA``, or the platform's user data folder."""
    if chosen := os.environ.get(DATA_VARIABLE, "").strip():
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("tasleek", appauthor=False))


def models_dir() -> Path:
    """Where models go that are trained here, a folder each."""
    return data_dir() / "models"


def trained_models() -> tuple[Path, ...]:
    """The folders of the models trained here, by name."""
    folder = models_dir()
    if not folder.is_dir():
        return ()
    return tuple(sorted(path.parent for path in folder.glob(f"*/{SUMS}")))


def chosen_model() -> ChosenModel | None:
    """The model that was chosen; ``None`` for the shipped one. Raises ``ConfigError``."""
    path = data_dir() / _CHOICE
    try:
        return ChosenModel(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"{path}: not a choice of a model ({error}); run `tasleek models use --shipped`"
        ) from error


def choose_model(name: str, folder: Path) -> ChosenModel:
    """Use the trained model in ``folder`` from now on. Raises ``ModelError`` if it is not whole."""
    check_sums(folder)
    chosen = ChosenModel(name, str(folder.resolve()), _sha256(folder / SUMS))
    path = data_dir() / _CHOICE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(chosen), ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: the choice cannot be stored ({error.strerror}); point {DATA_VARIABLE} to a "
            "folder that can be written"
        ) from error
    return chosen


def choose_shipped() -> None:
    """Go back to the model that tasleek brings."""
    (data_dir() / _CHOICE).unlink(missing_ok=True)


def write_sums(folder: Path) -> None:
    """Write the hashes of all files of ``folder`` into its ``SHA256SUMS``."""
    lines = [f"{_sha256(folder / name)}  {name}\n" for name in _files(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def check_sums(folder: Path) -> None:
    """Raises ``ModelError`` when a file of ``folder`` is missing, changed or new since its sums were
    written, or the sums are not those of the choice."""
    chosen = chosen_model()
    try:
        text = (folder / SUMS).read_text(encoding="utf-8")
        told = {line[66:]: line[:64] for line in text.splitlines()}
        if chosen and Path(chosen.folder) == folder.resolve():
            told[SUMS] = chosen.sums_sha256
        wrong = [name for name, sha256 in told.items() if _sha256(folder / name) != sha256]
        wrong += [name for name in _files(folder) if name not in told]
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{folder}: the model is not whole ({error}); make it again with "
            "`tasleek train --with-reviews`, or go back with `tasleek models use --shipped`"
        ) from error
    if wrong:
        raise ModelError(
            f"{folder}: {', '.join(wrong)} changed since the model was made, and it is not loaded; "
            "make it again with `tasleek train --with-reviews`, or go back with "
            "`tasleek models use --shipped`"
        )


def _files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != SUMS)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
