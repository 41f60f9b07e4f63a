"""What tasleek is made of: packages pinned by hash, licences known, the bill of materials whole."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Weights may also be under a licence that asks for the name of their author.
WEIGHT_LICENCES = {"MIT", "Apache-2.0", "BSD-3-Clause", "CC-BY-4.0"}


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


supply_chain = script("supply_chain")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_locked_package_has_a_hash_but_torch():
    packages = list(supply_chain.packages())
    assert len(packages) > 100
    assert [p.name for p in packages if not p.hashes] == ["torch"]
    assert len({canonical(p.name) for p in packages}) == len(packages)


def test_the_lock_holds_all_that_tasleek_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    asked += project["project"]["optional-dependencies"]["dev"]
    asked += project["project"]["optional-dependencies"]["encryption"]
    locked = {canonical(p.name) for p in supply_chain.packages()}
    assert {canonical(re.match(r"[\w.-]+", a)[0]) for a in asked} <= locked


def test_duckdb_and_its_encryption_are_of_one_version():
    versions = {p.name: p.version for p in supply_chain.packages()}
    assert versions["duckdb"] == versions["duckdb-extension-httpfs"]


def test_every_package_has_a_licence_that_is_known_and_permissive():
    strict = [(p.name, p.licence) for p in supply_chain.packages() if not p.permissive]
    assert strict == []


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL", "LGPLv3", "not declared", "CC-BY-NC-4.0", "MIT AND GPL-2.0"]
)
def test_other_licences_would_be_seen(licence):
    assert not supply_chain.Package("x", "1", licence, ()).permissive


def test_the_weights_have_licences_too():
    for model in supply_chain.weights():
        assert model["licence"] in WEIGHT_LICENCES, model["id"]
        assert model["licence_source"]


def test_the_page_of_licences_is_what_the_locks_say():
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    assert page == supply_chain.licences_page(), "run scripts/supply_chain.py licences"


def test_the_bill_of_materials(tmp_path):
    out = tmp_path / "sbom.cdx.json"
    command = [sys.executable, str(ROOT / "scripts" / "supply_chain.py"), "sbom", str(out)]
    subprocess.run(command, check=True)
    bill = json.loads(out.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [component["bom-ref"] for component in bill["components"]]
    assert len(set(refs)) == len(refs)
    assert bill["dependencies"][0]["dependsOn"] == refs
    libraries = [c for c in bill["components"] if c["type"] == "library"]
    assert {c["purl"] for c in libraries} == {
        f"pkg:pypi/{canonical(p.name)}@{p.version}" for p in supply_chain.packages()
    }
    models = [c for c in bill["components"] if c["type"] == "machine-learning-model"]
    assert len(models) == len(supply_chain.weights())
    again = tmp_path / "again.json"
    subprocess.run([*command[:-1], str(again)], check=True)
    assert again.read_bytes() == out.read_bytes()


def test_no_file_of_the_project_names_an_index(tmp_path):
    for name in (
        "requirements.lock",
        "requirements-torch.lock",
        "scripts/lock_hashes.py",
        "Makefile",
    ):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_a_pin_without_a_hash_is_seen():
    lock_hashes = script("lock_hashes")
    assert lock_hashes._bare("a==1 \\\n    --hash=sha256:00\nb==2\n") == ["b==2"]
    assert lock_hashes._bare((ROOT / "requirements.lock").read_text(encoding="utf-8")) == []
