"""The Pygments lexer of `.ped`, found by the name `pedalang` wherever Pygments is asked: documentation, terminals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, TypeAlias

from pygments.lexer import RegexLexer, bygroups, include
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, _TokenType

from pedalang.highlight import rules, words

TOKENS: dict[str, _TokenType] = {
    "attribute": Name.Property, "comment": Comment.Single, "constant": Keyword.Constant, "control": Keyword.Control,
    "declaration": Keyword.Declaration, "declared": Name.Class, "decorator": Name.Decorator,
    "documentation": String.Doc, "escape": String.Escape, "function": Name.Function, "import": Keyword.Namespace,
    "interpolation": String.Interpol, "item": Keyword, "key": Name.Attribute, "library": Name.Builtin,
    "modifier": Keyword.Pseudo, "module": Name.Namespace, "name": Name, "number": Number, "operator": Operator,
    "punctuation": Punctuation, "temporal": Keyword.Reserved, "text": String, "type": Keyword.Type,
    "unit": Number.Unit, "word operator": Operator.Word, "": Text,
}
"""What Pygments calls each kind."""

_Rule: TypeAlias = Any
"""A row of a lexer's table, which Pygments leaves untyped."""


def _table() -> dict[str, list[_Rule]]:
    """The states of the lexer: one for each context, and one for each region."""
    made: dict[str, list[_Rule]] = {}
    for context, own in rules.contexts(words.load()).items():
        made[context] = [_row(rule) for rule in own]
        for region in own:
            if isinstance(region, rules.Region):
                made[_state(region)] = list(_inside(region))
    made["root"] = [include("module"), (r"\s+", Text.Whitespace)]
    return made


def _row(rule: rules.Rule) -> _Rule:
    if isinstance(rule, rules.Include):
        return include(rule.context)
    if isinstance(rule, rules.Region):
        return rule.begin.pattern, _action(rule.begin), _state(rule)
    return rule.pattern, _action(rule)


def _inside(region: rules.Region) -> Iterator[_Rule]:
    """The rows of a region's state: its end, what stands in it, and what they leave."""
    yield region.end.pattern, _action(region.end), "#pop"
    yield from (include(context) for context in region.inside)
    if region.plain:
        yield region.plain, TOKENS[region.kind]
    yield (r"[\s\S]", TOKENS[region.kind]) if region.kind else (r"\s+", Text.Whitespace)


def _state(region: rules.Region) -> str:
    return f"in {region.name}"


def _action(match: rules.Match) -> Any:
    """What becomes of a match; an end that matches nothing makes no token."""
    kinds = [TOKENS[kind] for kind in match.kinds]
    return kinds[0] if kinds and not re.compile(match.pattern).groups else bygroups(*kinds)


class PedalangLexer(RegexLexer):
    """Colours a program; what no program can hold is an error token."""

    name = "Pedalang"
    aliases: ClassVar[Sequence[str]] = ("pedalang", "ped")
    filenames: ClassVar[Sequence[str]] = ("*.ped",)
    tokens: ClassVar[dict[str, list[_Rule]]] = _table()
