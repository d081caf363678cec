"""The order of the site's pages, as `navigation.toml` says it, and the lists on its pages of contents.

For Sphinx, and for the tests that see whether a page is left out. On GitHub a folder lists its pages by itself, so
that what is listed here is written into no page: `<!-- pages GLOB -->` is where a list goes when the site is built.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

FILE = Path(__file__).parent / "navigation.toml"
MARK = re.compile(r"^<!-- pages (\S+) -->$", re.MULTILINE)


def tables() -> dict[str, list[tuple[str, list[str]]]]:
    """For each page that leads to others: captions and the names of the pages below them."""
    written = tomllib.loads(FILE.read_text(encoding="utf-8"))
    pages = names()
    placed = {page for each in (*written["section"], *({"pages": row} for row in written["inside"].values()))
              for page in each["pages"] if "*" not in page}
    made = {"index": [(section["caption"], section["pages"]) for section in written["section"]]}
    for page, inside in written["inside"].items():
        made[page] = [("", list(_expanded(inside, pages - placed)))]
    return made


def names() -> set[str]:
    """All pages of `docs`, by their paths without `.md`."""
    docs = FILE.parent.parent
    return {str(path.relative_to(docs).with_suffix("")) for path in docs.rglob("*.md")}


def _expanded(inside: list[str], unplaced: set[str]) -> Iterator[str]:
    for entry in inside:
        yield from sorted(page for page in unplaced if fnmatch(page, entry)) if "*" in entry else [entry]


def hidden_tables(page: str) -> str:
    """What is put behind a page so that Sphinx knows what it leads to."""
    return "".join(
        "\n\n```{toctree}\n:hidden:\n" + (f":caption: {caption}\n" if caption else "") + "\n"
        + "".join(f"/{name}\n" for name in pages) + "```\n"
        for caption, pages in tables().get(page, []))


# ---------------------------------------------------------------- lists of pages


def with_lists(page: str, text: str) -> str:
    """A page's text with its lists of pages."""
    return MARK.sub(lambda found: "| page | |\n|---|---|\n" + "".join(_rows(page, found[1])), text)


def listed(page: str, pattern: str) -> list[str]:
    """The pages that a mark on a page stands for."""
    folder = page.rpartition("/")[0]
    return sorted(name for name in names() - {page} if fnmatch(name, f"{folder}/{pattern}"))


def _rows(page: str, pattern: str) -> Iterator[str]:
    for name in listed(page, pattern):
        text = (FILE.parent.parent / f"{name}.md").read_text(encoding="utf-8")
        title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), name)
        code, _, seen = title.partition(": ") if title.startswith("PED") else (title, "", _first_sentence(text))
        yield f"| [{code}](/{name}.md) | {seen} |\n"


def _first_sentence(text: str) -> str:
    """What a page says first: neither a heading nor a table, a list or a block."""
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    first = next((each for each in paragraphs if each and each[0] not in "#|`<-*0123456789"), "")
    return re.split(r"(?<=[.:;])\s", first)[0].rstrip(":;")
