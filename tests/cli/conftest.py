"""Runs `ped` in a folder of its own that holds copies of two programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pedalang.cli import main

PROGRAMS = Path(__file__).parents[2] / "programs"


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Ped = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("first", "fractions"):
        shutil.copytree(PROGRAMS / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ped(folder: Path) -> Ped:
    def call(*arguments: object, input: str | None = None) -> Outcome:
        result = CliRunner().invoke(main, [str(each) for each in arguments], input=input, catch_exceptions=False)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call
