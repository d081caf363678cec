"""Mistakes in contracts, and what must be found of them: `tests/pages/contracts/*.md`, written by hand before anything
analysed a contract.

A case is a contract over the flow at the top of its page, or a program of its own, and what the compiler has to say: a
line a mistake with severity, code, the clause where it is reported, the clauses that it has to do with, and how many
turns the shortest dialogue has that shows it. Where nothing stands, nothing may be said. These lines are never written
anew; the messages below them are, by `pytest --update`.
"""

from __future__ import annotations

import re
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from pedalang import diagnostic
from pedalang.compiler import compile
from tests import mistakes
from tests.compiler.contracts import exact, told
from tests.compiler.contracts.told import Mistake

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "tests" / "pages" / "contracts"
SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"(error|warning|note)\[(PED\d{4})\] (\w+(?:, \w+)*)(?:: (\d+) turns?)?")
IMPOSSIBLE = "PED0606"


class Case(NamedTuple):
    name: str
    page: Path
    text: str
    found: tuple[Mistake, ...]
    message: str | None
    """What the compiler said when the page was last written anew."""


def cases() -> list[Case]:
    return [_case(page, title, part, lesson)
            for page in sorted(PAGES.glob("*.md"))
            for lesson in [_block("ped", page.read_text(encoding="utf-8")) or ""]
            for title, part in SECTION.findall(page.read_text(encoding="utf-8"))]


def _case(page: Path, title: str, part: str, lesson: str) -> Case:
    """A section. Raises `ValueError` for one that does not say what is expected."""
    own, contract, expected = _block("ped", part), _block("contract", part), _block("found", part)
    if (own is None) == (contract is None) or expected is None:
        raise ValueError(f"{page.stem}: {title}")
    text = own or f"{lesson}\n{contract}"
    names = [clause.key.text for clause in told.clauses(text)]
    found = []
    for line in expected.splitlines():
        mistake = EXPECTED.fullmatch(line)
        if mistake is None:
            raise ValueError(f"{page.stem}: {title}: {line}")
        about = tuple(names.index(name) for name in mistake[3].split(", "))
        found.append(Mistake(mistake[1], mistake[2], told.ordered(mistake[2], about),
                             int(mistake[4]) if mistake[4] else None))
    return Case(f"{page.stem}: {title}", page, text, tuple(found), _block("text", part))


def _block(language: str, text: str) -> str | None:
    return next((content for each, content in BLOCK.findall(text) if each == language), None)


CASES = cases()
NAME = attrgetter("name")


def agrees(found: list[Mistake], expected: tuple[Mistake, ...]) -> None:
    """Asserts that the same is said, and shown by a dialogue as short where a length was written down."""
    assert [each._replace(turns=None) for each in found] == [each._replace(turns=None) for each in expected]
    assert [each.turns for each, known in zip(found, expected, strict=True) if known.turns is not None] == \
        [known.turns for known in expected if known.turns is not None]


@pytest.mark.parametrize("case", CASES, ids=NAME)
def test_a_mistake_is_found_and_shown_by_the_shortest_dialogue(case: Case) -> None:
    agrees(told.said(case.text), case.found)


@pytest.mark.parametrize("case", CASES[::3], ids=NAME)
def test_other_names_and_other_white_space_change_nothing(case: Case) -> None:
    written = mistakes.Case(case.name, {"main.ped": case.text}, "utf-8", ())
    for alphabet, respaced in (("greek", mistakes.indented), ("japanese", mistakes.scattered)):
        (text,) = respaced(mistakes.renamed(written, alphabet, mistakes.RESERVED)).files.values()
        agrees(told.said(text), case.found)


@pytest.mark.parametrize("case", [case for case in cases() if any(each.turns for each in case.found)
                                  and "sum: Sum" not in case.text], ids=NAME)
def test_no_dialogue_is_shorter_that_shows_it(case: Case) -> None:
    """The flows are small enough to be played in every way; only data cannot all be tried."""
    found = compile.compile_text(re.sub(r"\bhard (?=\w+:)", "soft ", case.text)).plan
    assert found is not None
    written = [clause for contract in found.contracts.values() for clause in contract.clauses]
    for each in case.found:
        worth = exact.worth(found, written[each.clauses[0]])
        assert (worth.breach, worth.won) == (each.turns, False)
        assert worth.kept == (each.code != IMPOSSIBLE)


@pytest.mark.parametrize("page", sorted({case.page for case in CASES}), ids=attrgetter("stem"))
def test_messages_are_as_shown(page: Path, update: bool) -> None:
    written = page.read_text(encoding="utf-8")
    for case in (case for case in CASES if case.page == page and case.found):
        message = diagnostic.to_text(compile.check_text(case.text))
        if update:
            written = _with_message(written, case.name.partition(": ")[2], message)
        else:
            assert case.message == message, case.name
    if update:
        page.write_text(f"{written.rstrip()}\n", encoding="utf-8")


def _with_message(page: str, title: str, message: str) -> str:
    """The page with another message in one of its sections: behind what was to be found."""
    section = next(each for each in SECTION.finditer(page) if each[1] == title)
    head = re.match(r".*?^```found\n.*?^```\n", section[0], re.MULTILINE | re.DOTALL)
    assert head is not None, title
    return page.replace(section[0], f"{head[0]}\n```text\n{message}```\n\n")


# ---------------------------------------------------------------- the pages


def test_there_are_many_mistakes_and_as_many_that_are_none() -> None:
    known = cases()
    assert sum(bool(case.found) for case in known) >= 44
    assert sum(not case.found for case in known) >= 15
    assert len({case.text for case in known}) == len(known), "the same program twice"
