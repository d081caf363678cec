"""The documentation site, without building it: its navigation, its links, the lists on its pages of contents.

`make docs` builds it, and a warning ends the build.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs.site import navigation

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {page: (DOCS / f"{page}.md").read_text(encoding="utf-8") for page in navigation.names()}
TABLES = navigation.tables()
LINK = re.compile(r"\]\(([^)\s]+)\)")


def test_every_page_is_in_the_navigation() -> None:
    placed = [page for rows in TABLES.values() for _, pages in rows for page in pages]
    assert sorted(placed) == sorted(PAGES.keys() - {"index"}), "name it in docs/site/navigation.toml, once"


def test_the_navigation_begins_at_the_first_page() -> None:
    reached, waiting = set(), ["index"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        waiting += [inner for _, pages in TABLES.get(page, []) for inner in pages]
    assert reached == PAGES.keys()


# ---------------------------------------------------------------- links


def prose(page: str) -> str:
    """A page without its blocks, and without what is quoted in a line."""
    return re.sub(r"`[^`\n]*`", "``", re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL))


def anchors(page: str) -> set[str]:
    """What a link may lead to inside a page, as GitHub and the site call it."""
    bare = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,4} (.+)$", bare, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_links_lead_to_pages_and_headings_that_there_are(page: str) -> None:
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        name, _, heading = link.partition("#")
        target = (DOCS / f"{page}.md").parent / name if name else DOCS / f"{page}.md"
        assert target.is_file(), f"{link} is no file"
        if heading:
            found = str(target.resolve().relative_to(DOCS).with_suffix(""))
            assert heading in anchors(found), f"{link}: no such heading"


# ---------------------------------------------------------------- pages of contents


@pytest.mark.parametrize("index", sorted(page for page in PAGES if navigation.MARK.search(PAGES[page])))
def test_a_page_of_contents_lists_all_that_is_below_it_once(index: str) -> None:
    below = [page for page in PAGES if page.startswith(index.removesuffix("index")) and page != index]
    found = [page for pattern in navigation.MARK.findall(PAGES[index]) for page in navigation.listed(index, pattern)]
    assert sorted(found) == sorted(below)


def test_a_list_says_what_its_pages_say() -> None:
    made = navigation.with_lists("engines/index", "<!-- pages r* -->")
    assert "| [`random:`](/engines/random.md) | Seeded chance |" in made
    codes = navigation.with_lists("diagnostics/index", "<!-- pages PED0102 -->")
    assert codes.endswith("| [PED0102](/diagnostics/PED0102.md) | unknown word with a near one |\n")


def test_what_builds_the_site_is_an_extra() -> None:
    """`make docs` installs it, and calls what it brings."""
    root = DOCS.parent
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    wanted = {re.match(r"[\w-]+", each)[0].replace("-", "_") for each in extras["docs"]}
    settings = (DOCS / "site" / "conf.py").read_text(encoding="utf-8")
    assert wanted == {"sphinx", *re.findall(r'^(?:html_theme|extensions) = \[?"(\w+)"', settings, re.MULTILINE)}
    assert "-c docs/site" in (root / "Makefile").read_text(encoding="utf-8")
