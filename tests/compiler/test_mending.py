"""What is offered as a fix mends, and makes no mistake that was not there: on the pages and on mutated programs."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedalang.compiler import compile, mending
from pedalang.compiler.compile import Compilation
from pedalang.source import Source
from tests import literate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "diagnostics").glob("PED*.md"))
NAME = re.compile(r"[^\W\d]\w{3,}")


def compiled(text: str) -> Compilation:
    return compile.compile_text(text)


def mended(text: str) -> str:
    """A text after all its fixes."""
    found = mending.mend(Source("main.ped", text), compile.standard_library, "main")
    return found.texts[""].text if found.texts else text


def said(found: Compilation) -> Counter[tuple[str, str]]:
    return Counter((each.code, each.message) for each in found.diagnostics)


def assert_not_worse(before: Compilation, after: Compilation) -> None:
    """Of what could be seen before, nothing is new."""
    assert after.stage >= before.stage
    cut = any(each.code == "PED0116" for each in before.diagnostics)
    if after.stage == before.stage and not cut:
        assert said(after) <= said(before)


@pytest.mark.parametrize(("text", "right"), [
    ("let colour = 1\nlet x = colur + 1\n", "let colour = 1\nlet x = colour + 1\n"),
    ('let a: Txt = "a"\n', 'let a: Text = "a"\n'),
    ('let place = "x"\nlet a = "in {{ plce }}"\n', 'let place = "x"\nlet a = "in {{ place }}"\n'),
    ("def f(wide: Int) -> Int = wide\nlet a = f(wid: 1)\n", "def f(wide: Int) -> Int = wide\nlet a = f(wide: 1)\n"),
    ("type T { a: Int; b: Int }\n", "type T { a: Int b: Int }\n"),
    ("let a = [1, 2\nlet b = 1\n", "let a = [1, 2]\nlet b = 1\n"),
    ("type T a: Int }\n", "type T { a: Int }\n"),
    ("let a 1\n", "let a = 1\n"),
    ("type T { a: Int }\n}\n", "type T { a: Int }\n\n"),
    ("import std.scales\nlet a = 1\n", "let a = 1\n"),
    ("import std.scales // kept\nlet a = 1\n", " // kept\nlet a = 1\n"),
    ("from std.scales import Anchored4, Likert5\nlet a = 1\n", None),
])
def test_a_fix_mends_and_touches_nothing_else(text: str, right: str | None) -> None:
    assert mended(text) == (right if right is not None else "let a = 1\n")


@pytest.mark.parametrize(("names", "used", "left"), [
    ("focus, probing, telling", "focus, probing", "focus, probing"),
    ("focus, probing, telling", "probing, telling", "probing, telling"),
    ("focus, probing, telling", "probing", "probing"),
    ("focus, probing, telling", "telling", "telling"),
    ("focus , probing", "focus", "focus"),
    ("focus as f, probing", "probing", "probing"),
])
def test_a_name_is_taken_out_of_an_import_with_its_comma(names: str, used: str, left: str) -> None:
    rest = f"\nmoves A = {{ {used} }}\n"
    assert mended(f"from std.moves.mathdial import {names}{rest}") == f"from std.moves.mathdial import {left}{rest}"


def test_what_is_not_certain_is_not_offered() -> None:
    alike = compiled("let part1 = 1\nlet part2 = 2\nlet x = part3\n")
    assert [each.help for each in alike.diagnostics] == ["did you mean `part2`?"]
    assert not alike.diagnostics[0].fixes
    text = "from std.moves.mathdial import focus,\n  // why\n  probing\nmoves A = { focus }\n"
    assert mended(text) == text


def test_a_fix_that_would_uncover_another_mistake_in_its_place_is_left_to_people() -> None:
    text = 'let total = "a"\nlet x = totl + 1\nlet yards = 1\nlet z = yrds + 1\n'
    assert mended(text) == text.replace("yrds", "yards")


def test_the_standard_library_and_other_files_stay_as_they_are() -> None:
    modules = {"parts": Source("parts.ped", "let width = 1\nlet x = widht\n")}
    found = mending.mend(Source("main.ped", "from parts import x\nlet y = x\n"),
                         lambda name: modules.get(name) or compile.standard_library(name), "main")
    assert {name: text.text for name, text in found.texts.items()} == {"parts": "let width = 1\nlet x = width\n"}
    assert [str(each.place) for each in found.made] == ["parts.ped:2:9"]


def failing() -> Iterator[str]:
    """The programs of the pages about codes, right and wrong ones."""
    for page in PAGES:
        for block in literate.blocks(page.read_text(encoding="utf-8")):
            if block.language == "ped" and not block.mark:
                yield block.text


def misspelt(text: str, seed: int) -> str:
    """The text with a few letters of its names and a few of its signs lost, doubled or swapped."""
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 3)):
        if draw.random() < 0.7:
            word = draw.choice(list(NAME.finditer(text)))
            at = draw.randrange(word.start(), word.end() - 1)
            put = draw.choice(["", text[at] * 2, text[at + 1] + text[at]])
            text = text[:at] + put + text[at + (2 if len(put) == 2 and put[0] != put[1] else 1):]
        else:
            at = draw.choice([at for at, sign in enumerate(text) if sign in "{}[](),:="])
            text = text[:at] + draw.choice(["", text[at] * 2, ";", "="]) + text[at + 1:]
    return text


def test_no_page_is_worse_for_its_fixes() -> None:
    better = 0
    for text in failing():
        new = mended(text)
        if new != text:
            assert_not_worse(compiled(text), compiled(new))
            assert mended(new) == new, "nothing is left that is certain"
            better += 1
    assert better >= 15, "the pages show what can be mended"


@pytest.mark.parametrize("part", range(3))
def test_no_misspelt_program_is_worse_for_its_fixes(lesson: str, part: int) -> None:
    right = 0
    for seed in range(part * 12, part * 12 + 12):
        text = misspelt(lesson, seed)
        after = compiled(mended(text))
        assert_not_worse(compiled(text), after)
        right += after.ok
    assert right >= 2


def test_each_fix_alone_mends_its_own_mistake(lesson: str) -> None:
    """As an editor makes them, one at a time: what it was offered for is gone."""
    short = [text for text in failing() if len(text) < 400]
    for text in [*short, *(misspelt(lesson, seed) for seed in range(100, 115))]:
        before = compiled(text)
        for each in before.diagnostics:
            for fix in each.fixes:
                after = compiled(mending.edited(text, fix.edits))
                was = Counter((d.code, d.message) for d in before.diagnostics)
                now = Counter((d.code, d.message) for d in after.diagnostics)
                assert now[each.code, each.message] < was[each.code, each.message] or after.stage > before.stage, fix
