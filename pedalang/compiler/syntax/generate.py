"""Generates the parse tables from `grammar/pedalang.lark`: plain lists and texts, ready for JSON.

The only file that meets Lark, and only its grammar reader and its LALR analysis. Nothing here parses a program;
`tables.py` says where tables are kept, `parse.py` drives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import lark
from lark.grammar import NonTerminal, Rule, Symbol, Terminal
from lark.lexer import PatternStr, TerminalDef
from lark.parsers.lalr_analysis import ParseTableBase, Shift

from pedalang.compiler.syntax.reductions import APPEND, COLLECT, LIST, NODE, PASS, TUPLE, UNIT, WORD

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

STARTS = ("module", "expr", "formula")
END = "$END"
_TUPLES = ("docs", "decorators", "moddocs", "dots", "arguments")
_UNCLOSED_TEXT = '#?"""'
_PYTHON_WORDS = ("True", "False", "None")


class Kept(NamedTuple):
    """A child that a production keeps: its place among the symbols (the length stands for None), and whether it is
    a list whose members are kept one by one."""

    place: int
    many: bool


def generate(grammar: str) -> dict[str, Json]:
    """The tables of a grammar. Raises Lark's `GrammarError` where the grammar is no LALR(1) grammar, and `ValueError`
    where a rule that is no list may be empty."""
    made = lark.Lark(grammar, parser="lalr", lexer="contextual", start=list(STARTS), maybe_placeholders=True)
    names, pattern, soft = _terminals(made)
    rules = list(made.rules)
    nonterminals = sorted({rule.origin.name for rule in rules})
    productions = _productions(rules, nonterminals)
    table = made.parser.parser._parse_table  # Lark has no public way to its tables
    places = _numbers(table)
    rule_number = {rule: number for number, rule in enumerate(rules)}
    actions: list[Json] = [[]]
    gotos: list[Json] = [[]]
    for state in places:
        row, jumps = [], []
        for symbol, (action, to) in sorted(table.states[state].items(), key=lambda row: row[0]):
            if symbol in names:
                row += [names.index(symbol), places[to] if action is Shift else ~rule_number[to]]
            else:
                jumps += [nonterminals.index(symbol), places[to]]
        if state in table.end_states.values():
            row += [names.index(END), 0]
        actions.append(row)
        gotos.append(jumps)
    return {
        "lark": lark.__version__, "pattern": pattern, "terminals": list(names), "soft": soft,
        "kept": _kept_terminals(made, names), "texts": _fixed_texts(made, names),
        "regexes": {t.name: t.pattern.to_regexp() for t in made.terminals if not isinstance(t.pattern, PatternStr)},
        "nonterminals": list(nonterminals), "productions": productions, "actions": actions, "gotos": gotos,
        "starts": {name: places[state] for name, state in table.start_states.items()},
        "blocks": _blocks(rules, nonterminals), "homes": _homes(rules, _words(made)),
    }


def _numbers(table: ParseTableBase[int]) -> dict[int, int]:
    """Numbers for the states, from 1, in the order in which they can be reached: Lark's differ from run to run."""
    found = {table.start_states[name]: number for number, name in enumerate(STARTS, start=1)}
    waiting = list(found)
    for state in waiting:
        for _, (action, to) in sorted(table.states[state].items(), key=lambda row: row[0]):
            if action is Shift and to not in found:
                found[to] = len(found) + 1
                waiting.append(to)
    return found


# ---------------------------------------------------------------- terminals


def _terminals(made: lark.Lark) -> tuple[list[str], str, Json]:
    """All terminals (those of the master expression first: group n is terminal n), the expression, and the words."""
    ignored = [t for t in made.terminals if t.name in made.ignore_tokens]
    spaces = [t for t in ignored if re.fullmatch(t.pattern.to_regexp(), " ")]
    name = next(t for t in made.terminals if t.name == "NAME")
    words, regexes, strings = [], [], []
    for terminal in made.terminals:
        if not isinstance(terminal.pattern, PatternStr):
            regexes.append(terminal)
        elif re.fullmatch(name.pattern.to_regexp(), terminal.pattern.value):
            words.append(terminal)
        else:
            strings.append(terminal)
    inside: dict[str, dict[str, str]] = {"NAME": {word.pattern.value: word.name for word in words}}
    for string in list(strings):
        holder = next((r for r in regexes if r not in ignored and
                       re.fullmatch(r.pattern.to_regexp(), string.pattern.value)), None)
        if holder:
            inside.setdefault(holder.name, {})[string.pattern.value] = string.name
            strings.remove(string)
    scanned = sorted((t for t in regexes + strings if t not in spaces), key=_scan_order)
    groups: list[tuple[str, str]] = []
    for terminal in scanned:
        if terminal.priority <= 2 and "BAD_TEXT" not in [n for n, _ in groups]:
            groups.append(("BAD_TEXT", _UNCLOSED_TEXT))
        groups.append((terminal.name, _group_free(terminal.pattern.to_regexp()) + _ending(terminal)))
    groups += [(END, r"\Z"), ("BAD", r"[\s\S]")]
    gap = "|".join(_group_free(t.pattern.to_regexp()) for t in spaces)
    pattern = f"(?:{gap})?(?:" + "|".join(f"({regex})" for _, regex in groups) + ")"
    swallowed = {text_name for texts in inside.values() for text_name in texts.values()}
    names = ["", *(n for n, _ in groups), *sorted(swallowed)]
    soft: Json = {str(names.index(holder)): {text: names.index(found) for text, found in texts.items()}
                  for holder, texts in inside.items()}
    return names, pattern, soft


def _scan_order(terminal: TerminalDef) -> tuple[int, int, bool, int, str]:
    """Lark's own order, but for one thing: of equal width a fixed text goes before a pattern, as `<-` before CMP."""
    fixed = isinstance(terminal.pattern, PatternStr)
    return -terminal.priority, -terminal.pattern.max_width, not fixed, -len(terminal.pattern.value), terminal.name


def _ending(terminal: TerminalDef) -> str:
    """A quantity ends where its word ends: `2 turning` and `2 tokens: 5` hold none."""
    return r"(?![\w:])" if terminal.name == "QUANTITY" else ""


def _group_free(regex: str) -> str:
    """The expression with its groups made non-capturing, so that the number of a match's group is the terminal's."""
    parts, at, in_class = [], 0, False
    while at < len(regex):
        char = regex[at]
        if char == "\\":
            parts.append(regex[at : at + 2])
            at += 2
            continue
        in_class = char == "[" or (in_class and char != "]")
        opens = char == "(" and not in_class and regex[at + 1 : at + 2] != "?"
        parts.append("(?:" if opens else char)
        at += 1
    return "".join(parts)


def _kept_terminals(made: lark.Lark, names: list[str]) -> Json:
    """For each terminal whether a production keeps it as a word."""
    kept = {symbol.name for rule in made.rules for symbol in rule.expansion
            if isinstance(symbol, Terminal) and not symbol.filter_out and not rule.options.keep_all_tokens}
    return [name in kept for name in names]


def _fixed_texts(made: lark.Lark, names: list[str]) -> Json:
    """For each terminal its text, where it is always the same."""
    texts = {t.name: t.pattern.value for t in made.terminals if isinstance(t.pattern, PatternStr)}
    return [texts.get(name) for name in names]


def _words(made: lark.Lark) -> dict[str, str]:
    """The keywords: what is written by the name of its terminal."""
    return {t.name: t.pattern.value for t in made.terminals
            if isinstance(t.pattern, PatternStr) and t.pattern.value.isidentifier()}


# ---------------------------------------------------------------- productions


def _productions(rules: list[Rule], nonterminals: list[str]) -> list[Json]:
    """One row a production: left side, length, kind, name of the class, places kept, depth."""
    many = _many_valued(rules)
    recursive = _recursive(rules)
    variadic = {_name(rule) for rule in rules if not _is_list(rule.origin.name) and
                any(kept.many for kept in _kept(rule, many))}
    rows: list[Json] = []
    for rule in rules:
        kept = _kept(rule, many)
        kind = _kind(rule, kept, many, variadic)
        if not rule.expansion and kind != TUPLE:
            raise ValueError(f"`{rule.origin.name}` may be empty, and only lists may")
        deep = rule.origin.name in recursive and kind in (PASS, NODE, COLLECT) and any(
            isinstance(symbol, NonTerminal) for symbol in rule.expansion)
        places: Json = [[k.place, k.many] for k in kept]
        rows.append([nonterminals.index(rule.origin.name), len(rule.expansion), kind, _class_name(_name(rule)),
                     places, deep])
    return rows


def _name(rule: Rule) -> str:
    return rule.alias or rule.origin.name


def _class_name(name: str) -> str:
    """`from_import` gives FromImport, `true` gives True_."""
    made = "".join(part.capitalize() for part in name.split("_"))
    return f"{made}_" if made in _PYTHON_WORDS else made


def _is_list(name: str) -> bool:
    return name.endswith("_list") or name in _TUPLES or name.startswith("_")


def _kept(rule: Rule, many: set[str]) -> list[Kept]:
    """What a production keeps, in order."""
    found: list[Kept] = []
    empty = rule.options.empty_indices or (False,) * (len(rule.expansion) + 1)
    symbols = iter(enumerate(rule.expansion))
    if rule.options.empty_indices:
        for is_none in empty:
            if is_none:
                found.append(Kept(len(rule.expansion), False))
            else:
                found += _kept_symbol(rule, *next(symbols), many)
    for place, symbol in symbols:
        found += _kept_symbol(rule, place, symbol, many)
    return found


def _kept_symbol(rule: Rule, place: int, symbol: Symbol, many: set[str]) -> list[Kept]:
    if isinstance(symbol, Terminal) and symbol.filter_out and not rule.options.keep_all_tokens:
        return []
    return [Kept(place, symbol.name in many)]


def _many_valued(rules: list[Rule]) -> set[str]:
    """The rules without a node of their own that do not stand for exactly one value."""
    inline = {rule.origin.name for rule in rules if rule.origin.name.startswith("_")}
    many = {name for name in inline if name.startswith("__")}
    while True:
        more = {rule.origin.name for rule in rules if rule.origin.name in inline - many
                and (len(kept := _kept(rule, many)) != 1 or kept[0].many)}
        if not more:
            return many
        many |= more


def _kind(rule: Rule, kept: list[Kept], many: set[str], variadic: set[str]) -> int:
    origin = rule.origin.name
    one = len(kept) == 1 and not kept[0].many
    if rule.options.keep_all_tokens:
        return WORD
    if origin in many:
        appends = len(kept) == 2 and kept == [(0, True), (len(rule.expansion) - 1, False)]
        return APPEND if appends else LIST
    if _is_list(origin) and not origin.startswith("_"):
        return TUPLE
    if origin.startswith("_") or (rule.options.expand1 and not rule.alias and one):
        return UNIT if len(rule.expansion) == 1 else PASS
    return COLLECT if _name(rule) in variadic else NODE


def _recursive(rules: list[Rule]) -> set[str]:
    """The rules that can stand inside themselves, at any depth."""
    inside: dict[str, set[str]] = {}
    for rule in rules:
        parts = {symbol.name for symbol in rule.expansion if isinstance(symbol, NonTerminal)}
        inside.setdefault(rule.origin.name, set()).update(parts)
    while True:
        before = sum(map(len, inside.values()))
        for parts in inside.values():
            parts.update(*(inside[part] for part in list(parts)))
        if sum(map(len, inside.values())) == before:
            return {name for name, parts in inside.items() if name in parts and not name.startswith("__")}


# ---------------------------------------------------------------- what messages and recovery need


def _blocks(rules: list[Rule], nonterminals: list[str]) -> Json:
    """The repetitions (as numbers) of a file's or a block's items: after a mistake, parsing goes on at the next."""
    enclosed = {rule.expansion[place].name for rule in rules for place in range(1, len(rule.expansion) - 1)
                if rule.expansion[place - 1].name == "LBRACE" and rule.expansion[place + 1].name == "RBRACE"}
    top = {symbol.name for rule in rules if rule.origin.name == "module" for symbol in rule.expansion}
    empty = {rule.origin.name for rule in rules if not rule.expansion}
    return sorted(nonterminals.index(rule.expansion[0].name) for rule in rules
                  if rule.origin.name in (enclosed | top) & empty and len(rule.expansion) == 1)


def _homes(rules: list[Rule], words: dict[str, str]) -> Json:
    """For each word that begins an item, the words that begin what it can stand in; the empty word is the file."""
    by_origin: dict[str, list[Rule]] = {}
    for rule in rules:
        by_origin.setdefault(rule.origin.name, []).append(rule)
    homes: dict[str, set[str]] = {}
    for rule in rules:
        owner = words.get(_first_terminal(rule) or "", "")
        if not owner and rule.origin.name != "module":
            continue
        for place, part in enumerate(symbol.name for symbol in rule.expansion):
            enclosed = rule.origin.name == "module" or rule.expansion[place - 1].name == "LBRACE"
            for item in _items(part, by_origin) if enclosed and part.endswith("_list") else ():
                word = words.get(_first_terminal(item) or "")
                if word:
                    homes.setdefault(word, set()).add(owner)
    return {word: sorted(owners) for word, owners in sorted(homes.items())}


def _items(list_name: str, by_origin: dict[str, list[Rule]]) -> Iterator[Rule]:
    """What a repetition without separators repeats."""
    for rule in by_origin[list_name]:
        for star in (s.name for s in rule.expansion if s.name.startswith("__") and len(rule.expansion) == 1):
            for repeated in by_origin[star]:
                for symbol in repeated.expansion:
                    yield from _alternatives(symbol.name, by_origin)


def _alternatives(name: str, by_origin: dict[str, list[Rule]]) -> Iterator[Rule]:
    for rule in by_origin.get(name, []):
        last = rule.expansion[-1].name if rule.expansion else ""
        if last.startswith("_") and not last.startswith("__"):
            for inner in by_origin[last]:
                yield from by_origin.get(inner.expansion[0].name, [])
        yield rule


def _first_terminal(rule: Rule) -> str | None:
    """The terminal that a production begins with, documentation aside, if the production does not keep it."""
    for symbol in rule.expansion:
        if isinstance(symbol, Terminal):
            return symbol.name if symbol.filter_out else None
        if symbol.name not in _TUPLES:
            return None
    return None
