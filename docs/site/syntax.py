"""The grammar as the reference shows it: each rule as text, with what only groups others written out in its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from grammar.ebnf import FILE, Choice, Grammar, Many, Optional, Part, Regex, Rule, Seq, Term, Text

_HEADING = re.compile(r"^// -{20,} (.+)$|^\??(!?\w+)(?:\.\d+)?\s*:", re.MULTILINE)
_SILENT = ("docs",)
"""Not shown: a documentation comment may stand before every item."""


def sections() -> dict[str, list[str]]:
    """The names of rules and terminals below the headings of the grammar's file, in its order."""
    found: dict[str, list[str]] = {"a file": []}
    for heading, name in _HEADING.findall(FILE.read_text(encoding="utf-8")):
        if heading:
            found[heading] = []
        else:
            list(found.values())[-1].append(name.lstrip("!"))
    return found


def shown(grammar: Grammar, name: str) -> bool:
    """Whether a rule has a place of its own: lists and groups are written out where they are used."""
    return name in grammar.rules and not _is_grouping(name) and name not in _SILENT


def _is_grouping(name: str) -> bool:
    return name.startswith("_") or (name.endswith("_list") and name != "param_list")


def written_out(grammar: Grammar, part: Part) -> Part:
    """A part with groupings written out, and without what is not shown."""
    match part:
        case Rule(name) if _is_grouping(name):
            return _joined(Choice, [written_out(grammar, way.part) for way in grammar.rules[name].ways])
        case Term(name) if isinstance(fixed := grammar.terminals.get(name), Text):
            return fixed
        case Seq(parts):
            told = [each for each in parts if not (isinstance(each, Rule) and each.name in _SILENT)]
            return _joined(Seq, [written_out(grammar, each) for each in told])
        case Choice(parts):
            return _joined(Choice, [written_out(grammar, each) for each in parts])
        case Optional(inner):
            return Optional(written_out(grammar, inner))
        case Many(inner, least):
            return Many(written_out(grammar, inner), least)
    return part


def _joined(kind: type[Seq] | type[Choice], parts: list[Part]) -> Part:
    """The parts as one, without a sequence in a sequence or a choice in a choice."""
    flat = [inner for each in parts for inner in (each.parts if isinstance(each, kind) else (each,))]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def ways(grammar: Grammar, name: str) -> list[Part]:
    """The ways to write what a rule stands for."""
    return [written_out(grammar, way.part) for way in grammar.rules[name].ways]


def text(part: Part, inside: bool = False) -> str:
    """A part as text: `[…]` may be left out, `*` is any number of times, `+` at least once."""
    match part:
        case Text(word):
            return json.dumps(word)
        case Regex(pattern):
            return f"/{pattern}/"
        case Term(name) | Rule(name):
            return name
        case Optional(inner):
            return f"[{text(inner)}]"
        case Many(inner, least):
            return text(inner, True) + ("+" if least else "*")
        case Seq(parts):
            return _bracketed(" ".join(text(each, isinstance(each, Choice)) for each in parts), inside)
        case Choice(parts):
            return _bracketed(" | ".join(text(each) for each in parts), inside)
    raise AssertionError(part)


def _bracketed(written: str, inside: bool) -> str:
    return f"({written})" if inside else written


def block(grammar: Grammar, name: str) -> str:
    """A rule, its ways below each other."""
    lines = [text(way) for way in ways(grammar, name)]
    indent = " " * len(name)
    return "\n".join(f"{name if not number else indent} {'=' if not number else '|'} {line}"
                     for number, line in enumerate(lines))


def terminals(grammar: Grammar) -> Iterator[tuple[str, str]]:
    """Each terminal with how it is written."""
    for name, part in grammar.terminals.items():
        yield name, text(part)
