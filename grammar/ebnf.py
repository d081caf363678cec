"""Reads `pedalang.lark` as it is written, for what is generated from it: other grammars, the reference.

The compiler does not use this: it has its tables. Lark's own reader of grammars is used, and nothing else of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lark import Token, Tree
from lark.grammar import NonTerminal, Terminal
from lark.load_grammar import load_grammar

FILE = Path(__file__).parent / "pedalang.lark"


@dataclass(frozen=True)
class Text:
    """A word or a sign as it is typed."""

    text: str


@dataclass(frozen=True)
class Regex:
    """An expression, without the slashes; only terminals have one."""

    pattern: str


@dataclass(frozen=True)
class Term:
    """The name of a terminal."""

    name: str


@dataclass(frozen=True)
class Rule:
    """The name of a rule."""

    name: str


@dataclass(frozen=True)
class Seq:
    """One after the other; none is nothing at all."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Choice:
    """One of several."""

    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Optional:
    """A part or nothing."""

    part: Part


@dataclass(frozen=True)
class Many:
    """A part `least` times (0 or 1) or more."""

    part: Part
    least: int


Part: TypeAlias = "Text | Regex | Term | Rule | Seq | Choice | Optional | Many"


@dataclass(frozen=True)
class Way:
    """One way to write what a rule stands for, and the name of its own that it may have."""

    part: Part
    name: str | None


@dataclass(frozen=True)
class Definition:
    """A rule: its ways, and whether it makes a node where it has one child only."""

    name: str
    ways: tuple[Way, ...]
    vanishes: bool


@dataclass(frozen=True)
class Grammar:
    """Rules and terminals by name, in the order of the file."""

    rules: dict[str, Definition]
    terminals: dict[str, Part]

    def empty(self) -> frozenset[str]:
        """The rules that may be nothing."""
        found: set[str] = set()
        while True:
            more = {name for name, rule in self.rules.items() if any(_may_be_empty(w.part, found) for w in rule.ways)}
            if more <= found:
                return frozenset(found)
            found |= more


def read(text: str) -> Grammar:
    """The grammar that a text holds. Raises Lark's `GrammarError` where it is none."""
    loaded, _ = load_grammar(text, FILE.name, [], False)
    rules = {str(name): Definition(str(name), _ways(body), options.expand1 or str(name).startswith("_"))
             for name, _, body, options in loaded.rule_defs}
    return Grammar(rules, {str(name): _part(body) for name, (body, _) in loaded.term_defs})


def load() -> Grammar:
    """The grammar of the language."""
    return read(FILE.read_text(encoding="utf-8"))


def _may_be_empty(part: Part, empty: set[str]) -> bool:
    if isinstance(part, Rule):
        return part.name in empty
    if isinstance(part, Seq):
        return all(_may_be_empty(each, empty) for each in part.parts)
    if isinstance(part, Choice):
        return any(_may_be_empty(each, empty) for each in part.parts)
    if isinstance(part, Many):
        return not part.least or _may_be_empty(part.part, empty)
    return isinstance(part, Optional)


# ---------------------------------------------------------------- from Lark's trees


def _ways(body: Tree[Token]) -> tuple[Way, ...]:
    found = []
    for each in body.children:
        assert isinstance(each, Tree)
        if each.data == "alias":
            inner, name = each.children
            found.append(Way(_part(inner), None if name is None else str(getattr(name, "name", name))))
        else:
            found.append(Way(_part(each), None))
    return tuple(found)


def _part(tree: object) -> Part:
    """A part of a rule: Lark nests everything in trees of one child."""
    if isinstance(tree, NonTerminal):
        return Rule(tree.name)
    if isinstance(tree, Terminal):
        return Term(tree.name)
    assert isinstance(tree, Tree), tree
    parts = [_part(each) for each in tree.children if not isinstance(each, Token)]
    match tree.data:
        case "literal":
            return _literal(str(tree.children[0]))
        case "expansions":
            return parts[0] if len(parts) == 1 else Choice(tuple(parts))
        case "expansion":
            return parts[0] if len(parts) == 1 else Seq(tuple(parts))
        case "maybe":
            return Optional(parts[0])
        case "expr":
            sign = str(tree.children[1])
            return Optional(parts[0]) if sign == "?" else Many(parts[0], 0 if sign == "*" else 1)
    return parts[0]


def _literal(written: str) -> Part:
    """`"word"` or `/expression/`."""
    return Text(json.loads(written)) if written.startswith('"') else Regex(written[1 : written.rindex("/")])
