"""What pages point at is there: links, paths of files, and tests by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
QUOTED = re.compile(r"`([^`\n]+)`")
OURS = re.compile(r"(?:(?:pedalang|tests|docs|grammar|stdlib|programs|\.ci)/[\w./-]+|[\w./-]+/[\w-]+\.py)(?:::\w+)?")
"""A file or folder of the repository, or a file as it is called inside the package."""
PLACEHOLDER = re.compile(r"[A-Z]{4}|xxyy")
"""`docs/engines/NAME.md` stands for a file that somebody will write."""

MADE = ("grammar/pedalang.tables.json",)


@pytest.fixture(scope="module")
def pages(written: list[Path]) -> dict[Path, str]:
    return {path: path.read_text(encoding="utf-8") for path in written if path.suffix == ".md"}


def prose(text: str) -> str:
    """A page without its blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_links_lead_somewhere(pages: dict[Path, str], root: Path) -> None:
    broken = [f"{page.relative_to(root)}: {link}" for page, text in pages.items() for link in LINK.findall(prose(text))
              if "://" not in link and not (page.parent / link).exists()]
    assert not broken, "\n".join(broken)


def named(text: str) -> Iterator[str]:
    for quoted in QUOTED.findall(prose(text)):
        if OURS.fullmatch(quoted) and not PLACEHOLDER.search(quoted) and quoted not in MADE:
            yield quoted


def test_files_and_tests_that_are_named_exist(pages: dict[Path, str], root: Path) -> None:
    missing = []
    for page, text in pages.items():
        for name in named(text):
            path, _, test = name.partition("::")
            there = (root / path).exists() or (root / "pedalang" / path).exists()
            if not there or (test and f"def {test}(" not in (root / path).read_text(encoding="utf-8")):
                missing.append(f"{page.relative_to(root)}: {name}")
    assert not missing, "\n".join(missing)
