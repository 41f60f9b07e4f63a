"""Rewrites requirements.lock with the SHA-256 of every file that the package index has of each pin.

Run it after a pin was added or changed (`python scripts/lock_hashes.py`); it asks the index that pip is
configured for, in pip's own way, one page a package, and downloads no package. Pins that are in the lock
with hashes already are asked for again, so that new wheels of the same version are let in: look at the
difference before you commit it. `--check` writes nothing and fails where a pin has no hash.

torch has a lock of its own without hashes, because its wheels differ by where they come from: pip takes
a CPU build where one is at hand.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from pip._internal.commands.download import DownloadCommand
from pip._internal.index.collector import parse_links
from pip._internal.models.link import Link
from pip._vendor.packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from pip._vendor.packaging.version import InvalidVersion, Version

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s\\;]+)")


def pins(text: str) -> Iterator[tuple[str, str]]:
    """Name and version of each pin, as written."""
    for line in text.splitlines():
        if match := _PIN.match(line):
            yield match[1], match[2]


class Index:
    """The package index as pip of this Python is configured for it."""

    def __init__(self) -> None:
        command = DownloadCommand("download", "")
        options, _ = command.parse_args([])
        session = command._build_session(options)
        self._finder = command._build_package_finder(options, session)
        self._collector = self._finder._link_collector

    def hashes(self, name: str, version: str) -> list[str]:
        """SHA-256 of every wheel and source archive of a version, sorted."""
        found = set()
        for url in self._finder.search_scope.get_index_urls_locations(name):
            response = self._collector.fetch_response(Link(url))
            for link in parse_links(response) if response else ():
                if link.hash_name == "sha256" and _is_of(link.filename, name, version):
                    found.add(str(link.hash))
        return sorted(found)


def _is_of(filename: str, name: str, version: str) -> bool:
    try:
        if filename.endswith(".whl"):
            project, found = parse_wheel_filename(filename)[:2]
        else:
            project, found = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return False
    return project == canonicalize_name(name) and found == Version(version)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail without hashes")
    checking = parser.parse_args().check
    text = LOCK.read_text(encoding="utf-8")
    if checking:
        sys.exit("a pin has no hash: run scripts/lock_hashes.py" if _bare(text) else None)
    index = Index()
    lines = [line for line in text.splitlines() if line.startswith("#")]
    for name, version in sorted(set(pins(text)), key=lambda pin: canonicalize_name(pin[0])):
        hashes = index.hashes(name, version)
        if not hashes:
            sys.exit(f"{name}=={version}: the index has no file of it with a SHA-256")
        lines.append(
            " \\\n    ".join([f"{name}=={version}", *(f"--hash=sha256:{h}" for h in hashes)])
        )
        print(f"{name}=={version}: {len(hashes)}", file=sys.stderr)
    LOCK.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _bare(text: str) -> list[str]:
    """Pins that no hash follows."""
    return re.findall(r"^([A-Za-z0-9_.-]+==\S+)\s*$", text, re.MULTILINE)


if __name__ == "__main__":
    main()
