"""The tree-sitter grammar is what the grammar of the language makes. `pytest --update` writes it anew.

A parser cannot be generated here; how a generated one was compared with the language's own stands in its README.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from editors import tree_sitter
from grammar import ebnf
from pedalang import diagnostic
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.highlight import words
from pedalang.source import Source

FOLDER = Path(__file__).resolve().parents[2] / "editors" / "tree-sitter-pedalang"
GRAMMAR = ebnf.load()
CASE = re.compile(r"^={80}\n([^\n]+)\n={80}\n\n(.*?)\n?\n-{80}\n\n(.*?)(?=\n\n={80}|\Z)", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name, made", [
    ("grammar.js", tree_sitter.grammar_js(GRAMMAR)),
    ("queries/highlights.scm", tree_sitter.highlights(GRAMMAR, words.load())),
])
def test_what_is_generated_is_up_to_date(name: str, made: str, update: bool) -> None:
    path = FOLDER / name
    if update:
        path.write_text(made, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == made


def defined() -> dict[str, str]:
    """The rules of `grammar.js`."""
    return dict(re.findall(r"^    (\w+): \(\$\) => (.*?),\n(?=\n|  \})", (FOLDER / "grammar.js").read_text(),
                           re.MULTILINE | re.DOTALL))


def test_each_rule_and_each_terminal_has_its_rule() -> None:
    names = defined().keys()
    assert not [rule for rule in GRAMMAR.rules if not {rule, f"_{rule.lstrip('_')}"} & names]
    ways = {way.name for rule in GRAMMAR.rules.values() for way in rule.ways if way.name}
    assert not [way for way in ways if not any(name == way or name.startswith(f"_{way}_of_") for name in names)]


def test_each_rule_that_is_used_is_there() -> None:
    rules = defined()
    aliases = set(re.findall(r"alias\(\$\.\w+, \$\.(\w+)\)", " ".join(rules.values())))
    used = set(re.findall(r"\$\.(\w+)", " ".join(rules.values())))
    assert not used - rules.keys() - aliases
    assert not rules.keys() - used - {"module", "_formula", "comment"}


def test_each_word_of_the_language_is_a_word_there() -> None:
    quoted = set(re.findall(r'"(\w+)"', " ".join(defined().values())))
    assert quoted == words.load().all


@pytest.mark.parametrize("query", sorted(path.name for path in (FOLDER / "queries").glob("*.scm")))
def test_queries_name_nodes_that_there_are(query: str) -> None:
    text = re.sub(r";[^\n]*|\"(\\.|[^\"\\])*\"", "", (FOLDER / "queries" / query).read_text(encoding="utf-8"))
    assert not set(re.findall(r"\((\w+)", text)) - tree_sitter.node_names(GRAMMAR)


def cases() -> list[object]:
    return [pytest.param(program, shape, id=f"{path.stem}: {title}")
            for path in sorted((FOLDER / "test/corpus").glob("*"))
            for title, program, shape in CASE.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("program, shape", cases())
def test_the_corpus_is_syntax_without_mistakes(program: str, shape: str) -> None:
    report = Report()
    parse.parse(Source("corpus.ped", program), report)
    assert not report.found, diagnostic.to_text(report.in_order())
    assert shape.count("(") == shape.count(")")
    assert not set(re.findall(r"\((\w+)", shape)) - tree_sitter.node_names(GRAMMAR)


def test_the_corpus_has_every_declaration() -> None:
    shapes = " ".join(path.read_text(encoding="utf-8") for path in (FOLDER / "test/corpus").glob("*"))
    assert not [name for name in GRAMMAR.rules if name.endswith("_decl") and f"({name}" not in shapes]
