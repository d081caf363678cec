"""What the tests of the syntax share: the grammar, stock Lark, derived programs, and trees."""

from __future__ import annotations

from collections.abc import Callable

import lark
import pytest

from pedalang import resources
from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Report
from pedalang.source import Source
from tests import derivation


@pytest.fixture(scope="session")
def grammar() -> str:
    return (resources.folder("grammar") / "pedalang.lark").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def stock_lark(grammar: str) -> lark.Lark:
    return derivation.stock(grammar)


@pytest.fixture(scope="session")
def derive() -> Callable[[int, int], str]:
    """A program that the grammar derives, from a seed and a budget of productions."""
    return derivation.program


@pytest.fixture(scope="session")
def module() -> Callable[[str], tree.Module]:
    """The tree of a text without mistakes."""

    def read(text: str) -> tree.Module:
        report = Report()
        made = parse.parse(Source("test.ped", text), report)
        assert not report.found, report.found
        return made

    return read
