"""A TextMate engine as small as the grammar allows: matches, regions with captures, includes; a line at a time.

It stands in for the editor's own where Node.js is not to be had. That both agree is held by `test_textmate.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

Rule = Mapping[str, Any]


def scopes(grammar: Rule, text: str) -> list[str]:
    """The innermost scope of each character."""
    found: list[str] = []
    open_rules: list[Rule] = [grammar]
    for line in text.splitlines(keepends=True):
        painted = [""] * len(line)
        at = 0
        while at < len(line):
            at = _step(grammar, open_rules, line, at, painted)
        found += painted
    return found


def _step(grammar: Rule, open_rules: list[Rule], line: str, at: int, painted: list[str]) -> int:
    """Goes to the next match of what is open, paints up to its end, and opens or closes a region."""
    current = open_rules[-1]
    best, which, role = None, current, ""
    candidates = [(current, "end")] if "end" in current else []
    candidates += [(rule, "match" if "match" in rule else "begin") for rule in _flat(grammar, current["patterns"])]
    for rule, name in candidates:
        match = _compiled(rule[name]).search(line, at)
        if match and (best is None or match.start() < best.start()):
            best, which, role = match, rule, name
    _paint(painted, at, best.start() if best else len(line), current.get("name", ""))
    if best is None:
        return len(line)
    _paint(painted, best.start(), best.end(), which.get("name", ""))
    _capture(painted, best, which.get("captures" if role == "match" else f"{role}Captures", {}))
    if role == "end":
        open_rules.pop()
    elif role == "begin":
        open_rules.append(which)
    return best.end() if role == "end" else max(best.end(), at + (role == "match" and best.end() == at))


def _capture(painted: list[str], match: re.Match[str], captures: Mapping[str, Rule]) -> None:
    for group, named in captures.items():
        _paint(painted, match.start(int(group)), match.end(int(group)), named["name"])


def _paint(painted: list[str], start: int, end: int, scope: str) -> None:
    if start >= 0:
        painted[start:end] = [scope] * (end - start)


def _flat(grammar: Rule, patterns: Sequence[Rule]) -> Iterator[Rule]:
    """The rules of a context, with included ones in their place."""
    for rule in patterns:
        if "include" in rule:
            yield from _flat(grammar, grammar["repository"][rule["include"][1:]]["patterns"])
        else:
            yield rule


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
