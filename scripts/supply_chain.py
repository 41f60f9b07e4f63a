"""What tasleek is made of: `licences` writes docs/licences.md, `sbom FILE` writes a
CycloneDX 1.6 bill of materials (ECMA-424) of the locked packages and the weights.

Licences are those that the installed packages declare; run it in the locked installation (`make sbom`).
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = (ROOT / "requirements-torch.lock", ROOT / "requirements.lock")
WEIGHTS = ROOT / "models" / "manifest.toml"
PAGE = ROOT / "docs" / "licences.md"
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s\\;]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

#: Licences that ask for no more than a notice, or for changes to the licensed files themselves (MPL).
PERMISSIVE = (
    "MIT", "Apache-2.0", "BSD", "ISC", "PSF-2.0", "MPL-2.0", "Zlib", "Unlicense", "CC0-1.0", "0BSD",
    "HPND", "OFL-1.1", "BSL-1.0", "MIT-CMU", "CNRI-Python",
)  # fmt: skip
#: Where a package's metadata says nothing that a program understands: read in its licence file.
_READ = {
    "duckdb-extension-httpfs": "MIT", "torchcodec": "BSD-3-Clause", "pyannote-audio": "MIT",
    "pyannote-core": "MIT", "pyannote-database": "MIT", "pyannote-metrics": "MIT",
    "pyannote-pipeline": "MIT", "pyannoteai-sdk": "MIT",
}  # fmt: skip
_NAMES = (
    (r"apache", "Apache-2.0"), (r"mpl|mozilla", "MPL-2.0"), (r"\bisc\b", "ISC"),
    (r"psf|python software", "PSF-2.0"), (r"hpnd|mit-cmu", "MIT-CMU"), (r"bsd|3-clause|2-clause", "BSD"),
    (r"unlicense", "Unlicense"), (r"zlib", "Zlib"), (r"\bmit\b", "MIT"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """A locked package; ``licence`` is what it declares, ``hashes`` those of all its files."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]

    @property
    def permissive(self) -> bool:
        """Whether every licence that is declared is known and permissive."""
        told = [
            part.strip(" ()")
            for part in re.split(r"\band\b|\bor\b|/|,|;", self.licence, flags=re.I)
        ]
        return all(_known(part) is not None for part in told if part)


def packages() -> Iterator[Package]:
    """The packages of the locks, in order of name."""
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        for match in _PIN.finditer(text):
            following = _PIN.search(text, match.end())
            entry = text[match.end() : following.start() if following else len(text)]
            name, version = match[1], match[2]
            yield Package(name, version, _licence(name), tuple(_HASH.findall(entry)))


def _licence(name: str) -> str:
    canonical = re.sub(r"[-_.]+", "-", name).lower()
    if canonical in _READ:
        return _READ[canonical]
    try:
        found = _declared(distribution(name))
    except PackageNotFoundError:
        sys.exit(f"{name} is locked but not installed here; run `make setup`")
    return found


def _declared(package: Distribution) -> str:
    """What metadata says: the expression (PEP 639), the classifiers, or a short free text."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    told = classifiers or [str(metadata.get("License") or "").strip().partition("\n")[0]]
    return " AND ".join(dict.fromkeys(_known(name) or name or "not declared" for name in told))


def _known(name: str) -> str | None:
    """A licence by the name that ``PERMISSIVE`` has for it; ``None`` for one that is not there."""
    if re.search(
        r"gpl|affero|commercial|proprietary|non-?commercial|cc-by-nc", name, re.IGNORECASE
    ):
        return None
    if name in PERMISSIVE:
        return name
    return next((short for sign, short in _NAMES if re.search(sign, name, re.IGNORECASE)), None)


def weights() -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))["model"]
    return models


def licences_page() -> str:
    lines = [
        "# Licences",
        "",
        "Made by `scripts/supply_chain.py licences` from what the locked packages declare; a test keeps",
        "it equal to the locks, and lets in only licences that ask for a notice, or for changes to the",
        "licensed files themselves (MPL). tasleek is under the [Apache License 2.0](../LICENSE).",
        "",
        "## Weights",
        "",
        "| weights | licence | says |",
        "|---|---|---|",
        *(f"| {m['id']} | {m['licence']} | {m['licence_source']} |" for m in weights()),
        "",
        "## Packages",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {p.name} | {p.version} | {p.licence} |" for p in _sorted()),
    ]
    return "\n".join(lines) + "\n"


def sbom() -> dict[str, Any]:
    """The bill of materials; its serial number follows from its content."""
    components = [_package_component(package) for package in _sorted()]
    components += [_weights_component(model) for model in weights()]
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "tasleek", "name": "tasleek",
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "tasleek", "dependsOn": [c["bom-ref"] for c in components]}],
    }  # fmt: skip


def _package_component(package: Package) -> dict[str, Any]:
    name = re.sub(r"[-_.]+", "-", package.name).lower()
    purl = f"pkg:pypi/{name}@{package.version}"
    files = [
        {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for digest in package.hashes
    ]
    return {
        "type": "library", "bom-ref": purl, "name": package.name, "version": package.version,
        "purl": purl, "licenses": [{"license": {"name": package.licence}}],
        **({"externalReferences": files} if files else {}),
    }  # fmt: skip


def _weights_component(model: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "machine-learning-model", "bom-ref": f"weights:{model['id']}", "name": model["id"],
        "description": model["purpose"],
        "licenses": [{"license": {"name": model["licence"]}}],
        "components": [
            {
                "type": "file", "bom-ref": f"weights:{model['id']}/{file['name']}", "name": file["name"],
                "hashes": [
                    {"alg": "SHA-256", "content": file[kind]} for kind in ("sha256",) if kind in file
                ],
            }
            for file in model["file"]
        ],
    }  # fmt: skip


def _sorted() -> list[Package]:
    return sorted(packages(), key=lambda package: package.name.lower())


def main() -> None:
    match sys.argv[1:]:
        case ["licences"]:
            PAGE.write_text(licences_page(), encoding="utf-8")
        case ["sbom", out]:
            Path(out).write_text(json.dumps(sbom(), indent=1) + "\n", encoding="utf-8")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
