"""What holds for every program that the grammar derives, and for every text that is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import lark
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang import diagnostic
from pedalang.compiler.syntax import format, layout, parse, show, texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.compiler.syntax.recovery import MAX_MISTAKES
from pedalang.diagnostic import Report
from pedalang.source import Source

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (ROOT / "programs" / "fractions" / "main.ped").read_text(encoding="utf-8")

Derive = Callable[[int, int], str]
SEEDS = st.integers(0, 2**32)
BUDGETS = st.sampled_from([5, 20, 60, 120])
FRAGMENTS = st.sampled_from([
    *"{}()[]\"'`:;,.=<>+-*/%?@~#\\&|!\n\t\r x1é€\x00\ufeff",
    '"""', '#"""', '"""#', "{{", "}}", "//", "///", "//!", "->", "<-", "??", "..", "pedalang 1", "import ", "phase ",
    "role a {", "\r\n", "12 turns", "when ", "name:", "[[", "))",
])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), FRAGMENTS | st.just("")), min_size=1, max_size=8)

few = settings(max_examples=60)


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    yield node
    for name in names(type(node)):
        value = getattr(node, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, tree.Node):
                yield from nodes(inner)


def edited(text: str, edits: list[tuple[float, int, str]]) -> str:
    """The text with some places cut and other things put in."""
    for place, length, fragment in edits:
        at = round(place * len(text))
        text = text[:at] + fragment + text[at + length :]
    return text


def read(text: str) -> tuple[tree.Module, Report]:
    report = Report()
    return parse.parse(Source("test.ped", text), report), report


def shape(made: tree.Module, text: str) -> str:
    """A tree without its places; dots that lead to the same module count alike."""
    lines = re.sub(r" \d+:\d+$", "", show.to_text(made, Source("test.ped", text)), flags=re.MULTILINE)
    return re.sub(r"dots=[. ]+", lambda found: found[0].replace(" ", ""), lines)


# ---------------------------------------------------------------- programs


@few
@given(SEEDS, BUDGETS)
def test_a_program_is_read_as_stock_lark_reads_it(
    derive: Derive, stock_lark: lark.Lark, seed: int, budget: int,
) -> None:
    text = derive(seed, budget)
    made, report = read(text)
    assert not report.found
    same(made, stock_lark.parse(text, start="module"), text)


def same(ours: object, theirs: object, text: str) -> None:
    """Our tree and Lark's have the same nodes with the same words at the same places."""
    if isinstance(theirs, lark.Token):
        assert isinstance(ours, tree.Word)
        written = theirs.removesuffix(":") if theirs.type == "KEY" else str(theirs)
        assert (ours.text, ours.start, text[ours.start : ours.end]) == (written, theirs.start_pos, written)
    elif isinstance(theirs, lark.Tree):
        if isinstance(ours, tuple):
            assert len(ours) == len(theirs.children)
            for our, their in zip(ours, theirs.children, strict=True):
                same(our, their, text)
        else:
            same_node(ours, theirs, text)
    else:
        assert ours is theirs is None


def same_node(ours: object, theirs: lark.Tree[lark.Token], text: str) -> None:
    if isinstance(ours, tree.Word):  # a word that is a rule of its own, such as `open`
        assert ours.text == theirs.children[0]
        return
    assert isinstance(ours, tree.Node)
    assert type(ours).__name__.rstrip("_") == "".join(part.capitalize() for part in theirs.data.split("_"))
    parts = [getattr(ours, name) for name in names(type(ours))]
    if isinstance(ours, tree.NamePath | tree.List | tree.Record):
        (parts,) = parts
    assert len(parts) == len(theirs.children)
    for our, their in zip(parts, theirs.children, strict=True):
        same(our, their, text)
    if not isinstance(ours, tree.Module):
        assert (ours.start, ours.end) == (theirs.meta.start_pos, theirs.meta.end_pos)


@few
@given(SEEDS, BUDGETS)
def test_nodes_stand_inside_their_parents_in_order(derive: Derive, seed: int, budget: int) -> None:
    text = derive(seed, budget)
    for node in nodes(read(text)[0]):
        at = node.start
        for name in names(type(node)):
            value = getattr(node, name)
            for inner in value if isinstance(value, tuple) else (value,):
                if isinstance(inner, tree.Node):
                    assert node.start <= inner.start <= inner.end <= node.end
                    assert inner.start >= at or isinstance(node, tree.Policy | tree.Say)
                    at = inner.end


@few
@given(SEEDS, BUDGETS)
def test_formatting_keeps_all_but_white_space_and_settles(derive: Derive, seed: int, budget: int) -> None:
    text = derive(seed, budget)
    made = format.format(Source("test.ped", text))
    assert made is not None
    assert format.format(Source("test.ped", made)) == made
    assert layout.pieces(made) == layout.pieces(text)
    assert comments(made) == comments(text)
    again, report = read(made)
    assert not report.found
    assert shape(again, made) == shape(read(text)[0], text)


def comments(text: str) -> list[str]:
    """The comments of a program, found without the parser: line by line, texts blotted out."""
    bare = re.sub(r'#"""(?s:.*?)"""+#|"""(?s:.*?)"""+|"(\\.|\{\{.*?\}\}|[^"\\\n])*"', '""', text)
    return [found.rstrip() for found in re.findall(r"//[^\n]*", bare)]


@few
@given(SEEDS, BUDGETS)
def test_a_formatted_program_has_no_loose_ends(derive: Derive, seed: int, budget: int) -> None:
    made = format.format(Source("test.ped", derive(seed, budget))) or ""
    assert made == "" or (made.endswith("\n") and not made.startswith("\n") and not made.endswith("\n\n"))
    bare = re.sub(r'#"""(?s:.*?)"""+#|"""(?s:.*?)"""+', '""', made)
    assert not re.search(r"[ \t]+$|\n\n\n|\t", bare, re.MULTILINE)


PIECE = re.compile(r'#"""(?s:.*?)"""+#|"""(?s:.*?)"""+|"(?:\\.|\{\{.*?\}\}|[^"\\\n])*"|//[^\n]*|\s+|[^\s"/#]+|.')
FILES = sorted(path for folder in ("programs", "stdlib") for path in (ROOT / folder).rglob("*.ped"))
GAPS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(
    ["   ", "\n", "\n\n\n\n", "\t", " // by hand\n", "\n      // alone\n\n// another\n", "\r\n", "\n///// many\n"])),
    min_size=1, max_size=12)


def disturbed(text: str, gaps: list[tuple[float, str]]) -> str:
    """A program with more, other and commented white space where there was some."""
    pieces = PIECE.findall(text)
    spaces = [at for at, piece in enumerate(pieces) if piece.isspace() and at]
    for place, put in gaps:
        at = spaces[min(int(place * len(spaces)), len(spaces) - 1)]
        pieces[at] += put if "\n" in pieces[at] or not put.lstrip(" \n").startswith("///") else " "
    return "".join(pieces)


@settings(max_examples=50)
@given(st.sampled_from(FILES), GAPS, st.just([]) | EDITS)
def test_formatting_a_file_that_somebody_changed_keeps_what_it_says(
    path: Path, gaps: list[tuple[float, str]], edits: list[tuple[float, int, str]],
) -> None:
    text = edited(disturbed(path.read_text(encoding="utf-8"), gaps), edits)
    made = format.format(Source("test.ped", text))
    before, report = read(text)
    if made is None:
        assert report.errors
        return
    assert format.format(Source("test.ped", made)) == made
    assert comments(made) == comments(text)
    assert shape(read(made)[0], made) == shape(before, text)


# ---------------------------------------------------------------- texts that are no programs


@settings(max_examples=150)
@given(EDITS)
def test_a_damaged_program_still_gives_a_tree(edits: list[tuple[float, int, str]]) -> None:
    holds_for_any_text(edited(PROGRAM, edits))


@few
@given(SEEDS, BUDGETS, EDITS)
def test_a_damaged_derivation_still_gives_a_tree(
    derive: Derive, seed: int, budget: int, edits: list[tuple[float, int, str]],
) -> None:
    holds_for_any_text(edited(derive(seed, budget), edits))


@settings(max_examples=100)
@given(st.text(max_size=300) | st.lists(FRAGMENTS, max_size=80).map("".join))
def test_any_text_gives_a_tree(text: str) -> None:
    holds_for_any_text(text)


def holds_for_any_text(text: str) -> None:
    """A tree whose nodes lie in the text; messages that can be shown; a layout exactly where there are none."""
    source = Source("test.ped", text)
    report = Report()
    made = parse.parse(source, report)
    assert (made.start, made.end) == (0, len(text))
    assert len(report.found) <= MAX_MISTAKES + 1
    assert (format.format(source) is None) == bool(report.errors)
    for node in nodes(made):
        assert 0 <= node.start <= node.end <= len(text)
        if isinstance(node, tree.Text):
            assert texts.read(source, node.word, report)
    for found in report.found:
        assert found.code.startswith("PED01")
        assert found.message[0].islower() or found.message[0] == "`"
        assert not found.message.endswith(".")
        assert found.span
        assert 0 <= found.span.start <= found.span.end <= len(text)
    assert diagnostic.to_text(report.in_order()).count("[PED01") == len(report.found)
    assert len(diagnostic.to_json(report.found)) == len(report.found)
