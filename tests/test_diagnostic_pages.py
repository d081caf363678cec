"""The pages of `docs/diagnostics` are tests: what is under `## Fails` gives the text below it, `## Passes` nothing.

A block may name an encoding that its bytes are in, as ```ped latin-1 does; a line `⋮` in a text stands for any lines.
`pytest --update` writes the texts anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from pedalang import diagnostic
from pedalang.compiler import compile
from pedalang.compiler.syntax import parse, texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Diagnostic, Report
from pedalang.source import Source

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "diagnostics"
PAGES = sorted(FOLDER.glob("PED*.md"))
BLOCK = re.compile(r"^```(\w+)(?: ([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = "main.ped"


def section(page: str, title: str) -> str:
    """What stands under a heading, to the next one."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def programs(part: str) -> list[re.Match[str]]:
    return [block for block in BLOCK.finditer(part) if block[1] == "ped"]


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for name in names(type(node)):
        value = getattr(node, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, tree.Node):
                yield from nodes(inner)


def syntax(source: Source) -> list[Diagnostic]:
    """What the parser says of a file and of what its texts interpolate."""
    report = Report()
    for node in nodes(parse.parse(source, report)):
        if isinstance(node, tree.Text):
            texts.read(source, node.word, report)
    return report.in_order()


def said(page: Path, block: re.Match[str]) -> str:
    """What the compiler says of a block."""
    try:
        text = block[3].encode(block[2] or "utf-8").decode("utf-8")
    except UnicodeDecodeError as error:
        return diagnostic.to_text([diagnostic.unreadable(FILE, error)])
    found = syntax(Source(FILE, text)) if page.stem.startswith("PED01") else compile.check_text(text, FILE)
    return diagnostic.to_text(found)


def expected(part: str) -> list[tuple[re.Match[str], re.Match[str]]]:
    """The failing programs of a page, each with the block of text right after it."""
    blocks = list(BLOCK.finditer(part))
    return [(program, text) for program, text in pairwise(blocks)
            if program[1] == "ped" and text[1] == "text"]


def matches(text: str, message: str) -> bool:
    """Whether a message is what a page says, where the page may leave lines out."""
    first, *others = text.split("⋮\n")
    return text == message or (bool(others) and message.startswith(first) and message.endswith(others[-1]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_calls_wrong_gives_its_message(page: Path, update: bool) -> None:
    written = page.read_text(encoding="utf-8")
    part = section(written, "Fails")
    pairs = expected(part)
    assert len(pairs) == len(programs(part)), "each program is followed by its message"
    for program, text in pairs:
        message = said(page, program)
        assert f"[{page.stem}]" in message, message or "nothing is wrong with it"
        if update and not matches(text[3], message):
            written = written.replace(f"{program[0]}\n\n{text[0]}", f"{program[0]}\n\n```text\n{message}```")
        elif not matches(text[3], message):
            assert text[3] == message
    if update:
        page.write_text(written, encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_calls_right_is_right(page: Path) -> None:
    """What cannot be run yet says so, and may be right all the same."""
    for program in programs(section(page.read_text(encoding="utf-8"), "Passes")):
        codes = set(re.findall(r"\[(PED\d{4})\]", said(page, program)))
        assert codes <= {"PED0901"} - {page.stem}, said(page, program)


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem.startswith("PED01")], ids=lambda page: page.stem)
def test_pages_about_syntax_show_both(page: Path) -> None:
    written = page.read_text(encoding="utf-8")
    assert programs(section(written, "Fails"))
    assert programs(section(written, "Passes"))
