"""The blocks of a Markdown page: finds them, says what belongs in them, and writes it there.

A block begins with its language and perhaps a mark, as in ```ped later. A mark that is the name of a file says that the
block is the file, with `+` before it that it is the file's end, and behind ```diff that lines of it change. What is
between two comments, as in `<!-- functions -->` … `<!-- /functions -->`, is written by a test too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(\w+)(?: (\+?[\w./-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block: its language, its mark (or nothing), its text, and where that begins in the page."""

    language: str
    mark: str
    text: str
    start: int
    line: int
    """The number of its first line."""


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in order."""
    for found in _BLOCK.finditer(page):
        yield Block(found[1], found[2] or "", found[3], found.start(3), page.count("\n", 0, found.start(3)) + 1)


def filled(page: str, texts: list[tuple[Block, str]]) -> str:
    """The page with other texts in some of its blocks."""
    for block, text in sorted(texts, key=lambda each: each[0].start, reverse=True):
        page = page[:block.start] + text + page[block.start + len(block.text):]
    return page


def between(page: str, name: str, text: str) -> str:
    """The page with a text between the comments of a name. Raises `ValueError` where they are not there once."""
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if len(marks.findall(page)) != 1:
        raise ValueError(f"the page has no place, or several, for {name}")
    return marks.sub(lambda found: found[1] + text + found[2], page)


def told(session: str, run: Callable[[list[str]], str]) -> str:
    """A console block with what its commands print, but for space at the ends of lines. Lines that begin with `$ ` are
    commands. Raises `ValueError` for what would end the block."""
    commands = [line for line in session.splitlines() if line.startswith("$ ")]
    found = "".join(f"{line}\n{re.sub(' +$', '', run(shlex.split(line[2:])), flags=re.MULTILINE)}" for line in commands)
    if "```" in found:
        raise ValueError("what is printed holds a block of its own: show another command")
    return found


def put(block: Block, folder: Path) -> None:
    """Writes the file that a block is, its end, or its changed lines; a block that is none is passed over."""
    name = block.mark.removeprefix("+")
    if "." not in name:
        return
    path = folder / name
    if block.language == "diff":
        old, new = ("".join(f"{line[1:]}\n" for line in block.text.splitlines() if line[0] == sign) for sign in "-+")
        assert path.read_text(encoding="utf-8").count(old) == 1, f"not once in {name}: {old}"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    else:
        with path.open("a" if block.mark.startswith("+") else "w", encoding="utf-8") as file:
            file.write(block.text)


def agree(path: Path, new: str, *, update: bool) -> None:
    """Asserts that a page is as it should be; with `update` it is written anew instead."""
    if update:
        path.write_text(new, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == new
