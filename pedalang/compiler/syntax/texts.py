"""Reads a text literal: its escapes, its indentation, and the expressions that it interpolates.

`"…"` stands on one line and has escapes; `\"""…\"""` is dedented and keeps backslashes; both interpolate `{{ … }}`.
`#\"""…\"""#` is dedented and interpolates nothing. What the expressions mean is not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pedalang.compiler.syntax import parse, tables, tree
from pedalang.diagnostic import Report
from pedalang.source import Source, Span

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "{": "{", "}": "}"}
_ESCAPE = re.compile(r'\\(["\\nt{}])')
_ESCAPE_OR_OPENING = re.compile(r'\\["\\nt{}]|\{\{')
_OPENING = re.compile(r"\{\{")


def read(source: Source, word: tree.Word, report: Report) -> tuple[str | tree.Expr, ...]:
    """The parts of a text, in order, at least one: what is said as it stands, and expressions.

    An interpolation that cannot be read is reported and left out.
    """
    if source.text[word.start : word.end] != word.text or word.text.startswith("#"):
        return (plain(source, word),)
    kept = source.texts.get(word.start)
    if kept is not None:
        return kept
    mistakes = Report()
    parts = _parts(source, word, mistakes)
    for each in mistakes.found:
        report.add(each)
    if not mistakes.found:  # else the next reader is to hear of it too
        source.texts[word.start] = parts
    return parts


def _parts(source: Source, word: tree.Word, report: Report) -> tuple[str | tree.Expr, ...]:
    found: list[str | tree.Expr] = []
    start, end = _inside(word)
    at, blocks = start, _is_block(word)
    margin = _margin(word.text[3:-3]) if blocks else ""
    for opening in _openings(source, word, start, end):
        if opening < at:
            continue  # inside the interpolation before
        closing = _closing(source, opening + 2, end)
        found.append(_literal(source.text[at:opening], blocks, margin, at == start, False))
        at = opening
        if closing is None:
            report.error("PED0117", Span(source, opening, opening + 2), "this `{{` is not closed in its text",
                         help='write `}}` where the interpolation ends; `#"""…"""#` shows braces as they are')
            break
        at = closing + 2
        expr = _expression(source, opening + 2, closing, report)
        if expr is not None:
            found.append(expr)
    found.append(_literal(source.text[at:end], blocks, margin, at == start, True))
    return _joined(found)


def plain(source: Source, word: tree.Word) -> str:
    """A text as it stands: escapes read, dedented, nothing interpolated. `source` is the one that holds the word."""
    start, end = _inside(word)
    inside = word.text[start - word.start : end - word.start]
    if _is_block(word):
        return _literal(inside, True, _margin(inside), True, True)
    return _literal(inside, False, "", True, True)


# ---------------------------------------------------------------- what is said as it stands


def _is_block(word: tree.Word) -> bool:
    return word.text.startswith(('"""', "#"))


def _inside(word: tree.Word) -> tuple[int, int]:
    """Where the text between the quotation marks begins and ends, as offsets into the source."""
    marks = 4 if word.text.startswith("#") else 3 if word.text.startswith('"""') else 1
    return word.start + marks, max(word.start + marks, word.start + len(word.text) - marks)


def _margin(inside: str) -> str:
    """The white space that all lines of a block begin with; what stands right after the opening marks aside."""
    margins = [line[: len(line) - len(line.lstrip())] for line in inside.split("\n")[1:] if line.strip()]
    common = min(margins, key=len, default="")
    while not all(margin.startswith(common) for margin in margins):
        common = common[:-1]
    return common


def _literal(written: str, block: bool, margin: str, first: bool, last: bool) -> str:
    """A part of a text between interpolations. A block's first and last line go where nothing stands on them."""
    if not block:
        return _ESCAPE.sub(lambda found: _ESCAPES[found[1]], written)
    head, *rest = written.replace("\r\n", "\n").split("\n")
    lines = [head] + [line.removeprefix(margin) for line in rest]
    for place, line in enumerate(rest, start=1):
        if not line.strip() and (last or place < len(rest)):
            lines[place] = ""
    if last and rest and not lines[-1]:
        lines.pop()
    if first and rest and not head.strip():
        lines.pop(0)
    return "\n".join(lines)


def _joined(parts: list[str | tree.Expr]) -> tuple[str | tree.Expr, ...]:
    """The parts without empty texts, and with one text where two meet."""
    found: list[str | tree.Expr] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found) or ("",)


# ---------------------------------------------------------------- what is interpolated


def _openings(source: Source, word: tree.Word, start: int, end: int) -> Iterator[int]:
    """Where `{{` stands in a text, escaped ones aside."""
    pattern = _OPENING if _is_block(word) else _ESCAPE_OR_OPENING
    return (found.start() for found in pattern.finditer(source.text, start, end) if found[0] == "{{")


def _closing(source: Source, start: int, end: int) -> int | None:
    """Where the `}}` stands that closes what is interpolated from `start` on: texts in it may hold braces too."""
    own, depth = tables.load(), 0
    for found in own.scan.finditer(source.text, start, end):
        terminal = found.lastindex or 0
        at = found.start(terminal)
        sign = source.text[at : min(at + 2, end)] if own.texts[terminal] in ("{", "}") else ""
        if sign == "}}" and depth == 0:
            return at
        if sign[:1] == "{":
            depth += 1
        elif sign:
            depth -= 1
        if depth < 0 or sign == "{{":
            return None
    return None


def _expression(source: Source, start: int, end: int, report: Report) -> tree.Expr | None:
    if not source.text[start:end].strip():
        report.error("PED0118", Span(source, start - 2, end + 2), "nothing stands between `{{` and `}}`",
                     help="name what is to be shown, or leave the braces out")
        return None
    return parse.parse_expr(source, start, end, report)
