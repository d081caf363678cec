"""The grammar: no conflicts, nothing that other tools cannot read, and one rule for each class of the tree."""

from __future__ import annotations

import importlib.metadata
import inspect
import json
import re
from pathlib import Path

import lark
import pytest
from lark.exceptions import GrammarError

from pedalang import resources
from pedalang.compiler.syntax import parse, reductions, tables, tree
from pedalang.compiler.syntax.node import Node, names
from pedalang.diagnostic import Report
from pedalang.source import Source

CLASSES = {name: kind for name, kind in vars(tree).items()
           if inspect.isclass(kind) and issubclass(kind, Node) and kind not in (Node, tree.Word)}


@pytest.fixture(scope="module")
def raw(grammar: str) -> dict[str, object]:
    return tables.generated(grammar)


def test_there_are_no_conflicts_and_no_colliding_terminals(grammar: str) -> None:
    lark.Lark(grammar, parser="lalr", lexer="contextual", start=["module", "expr", "formula"], strict=True)


def test_strict_would_see_a_collision() -> None:
    """So that the test above is known to test something: it needs a library that Lark does without."""
    with pytest.raises(lark.exceptions.LexError):
        lark.Lark("start: A | B\nA: /a+/\nB: /[ab]+/", parser="lalr", strict=True)


def plain(pattern: str) -> bool:
    """Whether an expression has no look-around, no lazy or possessive quantifiers, no back references."""
    bare = re.sub(r"\[(\\.|[^\]\\])*\]", "x", re.sub(r"\\[^wWn1-9]", "x", pattern))
    return not re.search(r"\(\?(?!:)|[*+?}][?+]|\\[1-9]", bare)


@pytest.mark.parametrize("pattern", ["a*?", "a++", "(?=a)", "(?<!a)b", r"(a)\1", "[ab]+?"])
def test_others_cannot_read_everything(pattern: str) -> None:
    assert not plain(pattern)


def test_its_expressions_can_be_read_by_others(grammar: str) -> None:
    """Editors, fuzzers and constrained generation of programs are driven by the same file."""
    terminals = lark.Lark(grammar, parser="lalr", start="module").terminals
    assert not [terminal.name for terminal in terminals if not plain(terminal.pattern.to_regexp())]


def test_a_grammar_with_a_conflict_gives_no_tables() -> None:
    with pytest.raises(GrammarError):
        tables.generated('module: a | b\na: "x"\nb: "x"\nexpr: "y"\nformula: "z"\nNAME: /[a-z]+/\nWS: " "\n%ignore WS')


def test_each_rule_has_its_class_and_each_class_its_rule(raw: dict[str, list[list[object]]]) -> None:
    made = {row[3] for row in raw["productions"] if row[2] in (reductions.NODE, reductions.COLLECT)}
    assert made == CLASSES.keys()


def test_a_rule_keeps_as_much_as_its_class_holds(raw: dict[str, list[list[object]]]) -> None:
    wrong = []
    for _, _, kind, name, places, _ in raw["productions"]:
        fields = names(CLASSES[name]) if name in CLASSES else ()
        if kind == reductions.COLLECT and len(fields) != 1:
            wrong.append(f"{name}: collects, and has {fields}")
        if kind == reductions.NODE and len(fields) != len(places):
            wrong.append(f"{name}: {len(places)} kept, and has {fields}")
    assert not wrong, "\n".join(wrong)


def test_tables_survive_json_and_say_where_they_are_from(raw: dict[str, object], grammar: str) -> None:
    again = tables.from_json(json.loads(json.dumps(raw)))
    known = tables.load()
    assert (again.terminals, again.actions, again.gotos, again.starts) == (
        known.terminals, known.actions, known.gotos, known.starts)
    assert raw["lark"] == importlib.metadata.version("lark")


def test_generating_twice_gives_the_same(raw: dict[str, object], grammar: str) -> None:
    assert json.dumps(tables.generated(grammar)) == json.dumps(raw)


@pytest.fixture
def installation(tmp_path: Path, grammar: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A grammar in a folder of its own, and a home to keep tables in."""
    folder = tmp_path / "grammar"
    folder.mkdir()
    (folder / "pedalang.lark").write_text(grammar, encoding="utf-8")
    monkeypatch.setattr(resources, "folder", lambda name: tmp_path / name)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    return folder


def read_anew() -> tables.Tables:
    return tables.load.__wrapped__()


def test_tables_are_kept_beside_the_grammar(installation: Path) -> None:
    first = read_anew()
    kept = installation / tables.FILE
    written = kept.stat().st_mtime_ns
    assert read_anew().actions == first.actions
    assert kept.stat().st_mtime_ns == written
    assert [path.name for path in installation.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("broken", ["", "{}", "[1, 2]", '{"key": 3}', "\x00"])
def test_tables_that_cannot_be_read_are_made_anew(installation: Path, broken: str) -> None:
    (installation / tables.FILE).write_text(broken)
    assert read_anew().actions == tables.load().actions
    assert json.loads((installation / tables.FILE).read_text())["key"]


def test_tables_of_another_grammar_are_not_used(installation: Path, grammar: str) -> None:
    read_anew()
    (installation / "pedalang.lark").write_text(grammar.replace('"role"', '"teacher"'), encoding="utf-8")
    assert "TEACHER" in read_anew().terminals


def test_where_the_folder_is_closed_tables_are_kept_at_home(
    installation: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    write = tables.write
    monkeypatch.setattr(tables, "write", lambda path, raw: path.parent != installation and write(path, raw))
    made = read_anew()
    assert not (installation / tables.FILE).exists()
    assert [path.name.endswith(tables.FILE) for path in (Path.home() / ".cache" / "pedalang").iterdir()] == [True]
    assert read_anew().actions == made.actions


def test_where_nothing_can_be_written_tables_are_made_each_time(
    installation: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tables, "write", lambda path, raw: False)
    assert read_anew().actions == tables.load().actions
    assert [path.name for path in installation.iterdir()] == ["pedalang.lark"]


def test_a_failed_write_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not tables.write(tmp_path / "file" / "below", {})


def test_each_start_symbol_can_be_parsed() -> None:
    report = Report()
    assert isinstance(parse.parse_expr(Source("a", "1 + 2"), 0, 5, report), tree.Binary)
    assert isinstance(parse.parse_formula(Source("a", "never x until y"), report), tree.Never)
    assert isinstance(parse.parse(Source("a", ""), report), tree.Module)
    assert not report.found
