"""What all pipelines but tasleek's have in common: their arguments, and mono sound at 16 kHz."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LANGUAGE = "ar"
_LONGEST_MIN = 240


@dataclass(frozen=True, slots=True)
class Job:
    """``recordings`` to hear and the folder for what was heard; ``options`` are the pipeline's own."""

    recordings: tuple[Path, ...]
    out: Path
    options: argparse.Namespace

    def sounds(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Call id and the mix of all channels, float32, shape ``(n,)``, 16 kHz."""
        from audit.ingest.audio import decode

        for path in self.recordings:
            yield path.stem, decode(path, path.name, _LONGEST_MIN).samples.mean(axis=0)


def read_job(description: str, add: Sequence[tuple[str, type, object]] = ()) -> Job:
    """Arguments ``--out DIR RECORDING…`` and ``add`` (name, type, default)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    for name, kind, default in add:
        parser.add_argument(f"--{name}", type=kind, default=default)
    options = parser.parse_args()
    return Job(tuple(options.recordings), options.out, options)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))
