"""What a program's words look like in a text: contexts of matches and regions, for any highlighter that has both.

A *match* colours what an expression matches, a *region* all from one expression to another, with a context inside.
Expressions stay within a line, and within what Python's `re` and Oniguruma read alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from pedalang.expression.functions import FUNCTIONS
from pedalang.highlight.words import IMPORTS, Follow, Words

KINDS = (
    "attribute", "comment", "constant", "control", "declaration", "declared", "decorator", "documentation", "escape",
    "function", "import", "interpolation", "item", "key", "library", "modifier", "module", "name", "number",
    "operator", "punctuation", "temporal", "text", "type", "unit", "word operator",
)
"""What a part of a program can be. Each dialect says what it calls them."""

NAME = r"[^\W0-9]\w*"
CAPITAL = r"[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]\w*"
GAP = r"[ \t]+"
_BEFORE = r"(?<!\w)(?:(?<!\.)|(?<=\.\.))"
_AFTER = r"(?![\w:])"

_INFIX = ("and", "as", "else", "for", "if", "in", "not", "or", "otherwise", "then", "when", "within", "until", "since",
          "before", "implies")
"""What may go on with an expression, so that the word before it was a name."""

_CONSTANTS = ("false", "none", "true")
_OPERATORS = ("and", "in", "not", "or")
_QUOTED = ("test", "property")
_VERDICTS = ("accepts", "rejects")
_NAMED_ITEMS = ("act", "case", "criterion", "phase")
"""Items that declare a name, as all declarations do but imports, tests and `optimize`."""

_CALLED = {"declared": ((NAME, "declared"),), "name": ((CAPITAL, "type"), (NAME, "name"))}
"""What a name behind a word looks like: one that is declared there, and one that was declared elsewhere."""

HAND_WRITTEN = frozenset((*_INFIX, *_CONSTANTS, *_OPERATORS, *_QUOTED, *_VERDICTS, *_NAMED_ITEMS))


class Match(NamedTuple):
    """Colours the groups of an expression, which together are all of it; without groups, all of it."""

    pattern: str
    kinds: tuple[str, ...]


class Region(NamedTuple):
    """From `begin` to `end`, with the rules of other contexts inside; `kind` colours what they leave."""

    name: str
    begin: Match
    end: Match
    inside: tuple[str, ...]
    kind: str = ""
    plain: str = ""
    """What certainly holds nothing of interest, to go over it at once."""


class Include(NamedTuple):
    """The rules of another context, here."""

    context: str


Rule: TypeAlias = Match | Region | Include
Contexts: TypeAlias = dict[str, tuple[Rule, ...]]


def contexts(words: Words) -> Contexts:
    """All contexts; a file begins in `module`."""
    anew = _anew(words)
    inner = {word: words.inner[word] for word in words.modifiers}
    top = {word: words.follows[word] for word in words.declaring - set(_QUOTED)}
    items = {word: words.inner[word] for word in words.items}
    return {
        "module": (Include("apart"), *_module(words), *_contract(anew), *_test(anew),
                   *_structure(words, inner | top, frozenset(top)), Include("braces"), Include("values")),
        "block": (Include("apart"), *_record(anew), *_structure(words, inner | items),
                  Include("braces"), Include("values")),
        "braces": (Region("block", _sign(r"\{"), _closing(r"\}", anew), ("block",)),),
        "record": (Region("entries", _sign(r"\{"), _closing(r"\}", anew), ("expression",)),),
        "expression": (Include("apart"), Include("record"), Include("values")),
        "contract": (Include("apart"), Region("clauses", _sign(r"\{"), Match(rf"(?=\}})|{anew}", ()), ("formula",)),
                     *_structure(words, inner), Include("values")),
        "formula": (Include("apart"), *_formula(words, anew), Include("values")),
        "test": (Include("apart"), Region("steps", _sign(r"\{"), Match(rf"(?=\}})|{anew}", ()), ("steps",))),
        "steps": (*_expectation(words, anew), Include("block")),
        "verdict": _structure(words, {word: words.inner[word] for word in _VERDICTS}),
        "apart": (*_comments(), *_texts()),
        "brackets": (Region("parentheses", _sign(r"\("), _closing(r"\)", anew), ("expression",)),
                     Region("list", _sign(r"\["), _closing(r"\]", anew), ("expression",))),
        "values": (Include("brackets"), *_expression(words)),
        "short text": (*_escapes(), _interpolation("interpolation", "(?=$)")),
        "long text": (_interpolation("interpolation in a block", r'(?=""")'),),
    }


def _anew(words: Words) -> str:
    """Where a declaration begins at the edge of a line, whatever was left open before it."""
    named = _any(words.declaring - {*IMPORTS, *_QUOTED})
    return rf'^(?=(?:{named}){GAP}{NAME}(?![\w:])|(?:{_any(_QUOTED)}){GAP}")'


def _sign(pattern: str) -> Match:
    return Match(pattern, ("punctuation",))


def _closing(pattern: str, anew: str) -> Match:
    return Match(rf"({pattern})|{anew}", ("punctuation",))


def _any(words: Iterable[str]) -> str:
    """An alternation, what is longer first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def _bare(pattern: str) -> str:
    """An expression of the grammar whose groups do not count."""
    return re.sub(r"\((?!\?)", "(?:", pattern)


# ---------------------------------------------------------------- what stands for itself


def _comments() -> tuple[Rule, ...]:
    return Match(r"//[/!][^\n]*", ("documentation",)), Match(r"//[^\n]*", ("comment",))


def _texts() -> tuple[Rule, ...]:
    return (
        Region("raw text", Match(r'#"""', ("text",)), Match(r'"""+#', ("text",)), (), "text", r'[^"]+'),
        Region("block text", Match(r'"""', ("text",)), Match(r'"""+', ("text",)), ("long text",), "text", r'[^"{]+'),
        Region("text", Match(r'"', ("text",)), Match(r'(")|(?=$)', ("text",)), ("short text",), "text",
               r'[^"\\{\n]+'),
    )


def _escapes() -> tuple[Rule, ...]:
    return (Match(r'\\["\\nt{}]', ("escape",)),)


def _interpolation(name: str, limit: str) -> Region:
    return Region(name, Match(r"\{\{", ("interpolation",)), Match(rf"(\}}\}})|{limit}", ("interpolation",)),
                  ("expression",))


def _expression(words: Words) -> tuple[Rule, ...]:
    """What a value is written with; the last rules take any name and any sign."""
    number = _bare(words.terminals["NUMBER"])
    unit = _bare(words.terminals["QUANTITY"].removeprefix(words.terminals["NUMBER"]))
    control = words.expression - {*_CONSTANTS, *_OPERATORS} | {"otherwise", "when"}
    return (
        Match(rf"(@)({NAME})", ("decorator", "decorator")),
        Match(rf"({number})({unit}){_AFTER}", ("number", "unit")),
        Match(number, ("number",)),
        Match(rf"({NAME})(:)", ("key", "punctuation")),
        Match(rf"(\.)([ \t]*)({NAME})(?=\()", ("punctuation", "", "function")),
        Match(rf"(?<!\.)(\.)({NAME})", ("punctuation", "attribute")),
        Match(rf"{_BEFORE}(?:{_any(_CONSTANTS)}){_AFTER}", ("constant",)),
        Match(rf"{_BEFORE}(?:{_any(_OPERATORS)}){_AFTER}", ("word operator",)),
        Match(rf"{_BEFORE}(?:{_any(control)}){_AFTER}", ("control",)),
        Match(rf"(?:{_any(FUNCTIONS)})(?=\()", ("library",)),
        Match(rf"{CAPITAL}", ("type",)),
        Match(rf"{NAME}(?=\()", ("function",)),
        Match(NAME, ("name",)),
        Match(_any(sign for sign in words.signs if sign not in "(){}[],:.@"), ("operator",)),
        Match(_any(sign for sign in words.signs if sign in "(){}[],:."), ("punctuation",)),
    )


# ---------------------------------------------------------------- declarations and items


def _module(words: Words) -> tuple[Rule, ...]:
    """What stands at the top of a file, and nowhere else."""
    path = rf"[.]*{NAME}(?:\.{NAME})*|[.]+"
    return (
        Match(rf"^(pedalang)({GAP})([0-9]+)", ("import", "", "number")),
        Match(rf"^(from)({GAP})({path})({GAP})(import)(?!\w)", ("import", "", "module", "", "import")),
        Match(rf"^(import)([ \t]*)((?<=[ \t]){NAME}(?:\.{NAME})*|[.]+(?:{path})?)", ("import", "", "module")),
    )


def _record(anew: str) -> tuple[Rule, ...]:
    """Braces behind a field are a value, so that no word in them begins an item."""
    return (Region("value", Match(r"(?<=[:=,])([ \t]*)(\{)", ("", "punctuation")), _closing(r"\}", anew),
                   ("expression",)),)


def _structure(words: Words, among: dict[str, frozenset[Follow]],
               top: frozenset[str] = frozenset()) -> tuple[Rule, ...]:
    """Matches of words that are known by what stands behind them on their line; those of `top` declare."""
    ahead: dict[tuple[str, str], set[str]] = {}
    naming: dict[tuple[str, str], set[str]] = {}
    seconds = {second for _, second in words.phrases}
    for word in among.keys() - {"otherwise", "when"}:
        for behind in among[word]:
            kind = _kind(words, word, top)
            if "NAME" in behind and not behind & {"NUMBER", "."}:
                naming.setdefault((kind, "declared" if _names(word, top) else "name"), set()).add(word)
                behind -= {"NAME"}
            elif word in seconds and behind != {"QUANTITY"}:
                continue
            if _ahead(behind):
                ahead.setdefault((_ahead(behind), kind), set()).add(word)
    return (
        *_phrases(words),
        *(Match(rf"{_BEFORE}({_any(group)})({GAP})(?!{_infix()})({called}){_AFTER}", (kind, "", looks))
          for (kind, named), group in sorted(naming.items()) for called, looks in _CALLED[named]),
        *(Match(rf"{_BEFORE}(?:{_any(group)})(?={behind})", (kind,))
          for (behind, kind), group in sorted(ahead.items())),
    )


def _phrases(words: Words) -> tuple[Rule, ...]:
    """Pairs of words, `at max` among them, which only a transition ends with."""
    pairs = sorted(pair for pair in words.phrases if pair[0] not in words.formula)
    return (
        Match(rf"(->)([ \t]*)({NAME})({GAP})(at)({GAP})(max){_AFTER}",
              ("operator", "", "name", "", "modifier", "", "modifier")),
        *(Match(rf"{_BEFORE}({first})({GAP})({second}){_AFTER}{_behind(words, second)}",
                (_kind(words, first, frozenset()), "", "modifier")) for first, second in pairs),
    )


def _names(word: str, top: frozenset[str]) -> bool:
    return word in _NAMED_ITEMS or word in top - {"optimize"}


def _kind(words: Words, word: str, top: frozenset[str]) -> str:
    if word in top:
        return "import" if word in IMPORTS else "declaration"
    return "item" if word in words.items else "modifier"


def _infix() -> str:
    return rf"(?:{_any(_INFIX)}){_AFTER}"


def _behind(words: Words, word: str) -> str:
    """What has to stand behind the second word of a phrase: nothing, where an item may end with it."""
    sets = [behind for behind in words.follows[word] if "NAME" not in behind]
    return "" if any("}" in behind for behind in sets) else f"(?={'|'.join(map(_ahead, sets))})"


def _ahead(follow: Follow) -> str:
    """An expression for what can stand behind a word, on the same line."""
    found = []
    if follow & {"STRING", "TEXT", "RAWTEXT"}:
        found.append(r'[ \t]*#?"')
    if "KEY" in follow:
        found.append(rf"{GAP}{NAME}:")
    if "NAME" in follow:
        found.append(rf"{GAP}(?!{_infix()}){NAME}{_AFTER}")
    if follow & {"NUMBER", "QUANTITY"}:
        found.append(rf"{GAP}[0-9]")
    found += [rf"[ \t]*{re.escape(sign)}(?!=)" for sign in sorted(follow & set("{=([-"))]
    known = {each for each in follow if each.isidentifier() and each.islower()}
    if known:
        found.append(rf"{GAP}(?:{_any(known)}){_AFTER}")
    return "|".join(found)


# ---------------------------------------------------------------- formulas over time


def _contract(anew: str) -> tuple[Rule, ...]:
    return (Region("contract", Match(rf"{_BEFORE}(contract)({GAP})({NAME}){_AFTER}", ("declaration", "", "declared")),
                   _closing(r"\}", anew), ("contract",)),)


def _test(anew: str) -> tuple[Rule, ...]:
    return (Region("test", Match(rf'{_BEFORE}({_any(_QUOTED)})(?={GAP}")', ("declaration",)), _closing(r"\}", anew),
                   ("test",)),)


def _expectation(words: Words, anew: str) -> tuple[Rule, ...]:
    """What a test expects, up to its next item."""
    others = _any(word for word in words.items if {"test", "property"} & set(words.homes[word]))
    end = rf"(?=\}}|///|(?<!\w){NAME}:|(?<![\w.])(?:{others}){GAP}{NAME})"
    return (Region("expectation", Match(rf"{_BEFORE}(expect)(?={GAP}\S)", ("item",)), Match(f"{end}|{anew}", ()),
                   ("verdict", "formula")),)


def _formula(words: Words, anew: str) -> tuple[Rule, ...]:
    severity = [word for word in words.modifiers if words.follows[word] == {frozenset({"KEY"})}]
    return (
        Match(rf"{_BEFORE}(?:{_any(severity)})(?={GAP}{NAME}:)", ("item",)),
        Region("group", _sign(r"(?<![\w\])])\("), _closing(r"\)", anew), ("formula",)),
        Match(rf"{_BEFORE}(during)({GAP})({NAME})(:)", ("temporal", "", "name", "punctuation")),
        Match(rf"(==|!=|<=|>=|<|>)([ \t]*)({NAME})(?![\w(])", ("operator", "", "name")),
        Match(rf"{_BEFORE}(?:{_any(words.formula | {'then'})}){_AFTER}(?!\.)", ("temporal",)),
    )
