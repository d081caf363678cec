"""Every program that travels with the project compiles without a warning, but for what cannot be run yet, and is in the
house layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import diagnostic
from pedalang.compiler import compile
from pedalang.compiler.syntax import format
from pedalang.source import Source

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("programs/**/*.ped"), *ROOT.glob("stdlib/**/*.ped")])


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_it_compiles_without_a_warning_and_is_formatted(file: Path) -> None:
    source = Source(file.name, file.read_text(encoding="utf-8"))
    found = compile.compile_source(source, compile.beside(file.parent), file.stem)
    may_wait = "programs" in file.parts and "templates" not in file.parts
    wrong = [each for each in found.diagnostics if each.code != compile.LATER or not may_wait]
    assert not wrong, diagnostic.to_text(wrong)
    assert format.format(source) == source.text
