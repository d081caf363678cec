"""Reads a program: text to tree, by the tables of `tables.py`. Always a tree; mistakes are reported, never raised.

How a mistake is worded stands in `mistakes.py`, where parsing goes on after it in `recovery.py`; texts are read by
`texts.py`, which calls `parse_expr` for what they interpolate.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from pedalang.compiler.syntax import tables, tree
from pedalang.compiler.syntax.recovery import Recovery
from pedalang.compiler.syntax.stack import MAX_HEIGHT, Stack, Token
from pedalang.compiler.syntax.tables import KEEP_KEY, NO_ACTION
from pedalang.diagnostic import Report
from pedalang.source import Source


def parse(source: Source, report: Report) -> tree.Module:
    """The tree of a file, from its first character to its last. What cannot be read is left out, and reported."""
    stack = Stack(tables.load(), source.text, "module")
    if not _run(source, stack, 0, len(source.text), report):
        _finish(stack, len(source.text))
    made: tree.Module = stack.values[-1]
    return tree.Module(0, len(source.text), made.edition, made.moddocs, made.imports, made.decls)


def parse_expr(source: Source, start: int, end: int, report: Report) -> tree.Expr | None:
    """The expression between two offsets of a source; None, and reported, if there is none."""
    stack = Stack(tables.load(), source.text, "expr", start)
    return stack.values[-1] if _run(source, stack, start, end, report) else None


def parse_formula(source: Source, report: Report) -> tree.Formula | None:
    """The formula that a whole source is, as on a command line; None, and reported, if it is none."""
    stack = Stack(tables.load(), source.text, "formula")
    return stack.values[-1] if _run(source, stack, 0, len(source.text), report) else None


def _run(source: Source, stack: Stack, at: int, stop: int, report: Report) -> bool:
    """Parses to the end; False where too many mistakes, or the first one of an expression, ended it early."""
    recovery = Recovery(source, stack, stop, report)
    with collector_off():
        while True:
            token = scan(stack, at, stop)
            if token is None:
                return True
            place = recovery.resume(token)
            if place is None:
                return False
            at = place


def _finish(stack: Stack, end: int) -> None:
    """Makes a module of what a file holds up to the mistake at which parsing was given up."""
    stack.too_deep = None
    over = Token(stack.tables.number("$END"), end, end)
    while not (stack.accepts(over.terminal) and stack.states[-1] in stack.tables.boundaries):
        stack.cut(len(stack.states) - 1)
    stack.feed(over)


@contextmanager
def collector_off() -> Iterator[None]:
    """The cyclic garbage collector finds nothing in a growing tree, or in what is made of one, and takes up to half of
    the time to find it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def scan(stack: Stack, at: int, stop: int) -> Token | None:
    """Reads tokens from `at` on and feeds them to the stack: to the end (None), or to one that does not fit.

    This is the parser's inner loop: `Stack.feed` for each token, unrolled.
    """
    own, text, word = stack.tables, stack.text, tree.Word
    actions, soft, keep, comment = own.actions, own.soft, own.keep, own.number("COMMENT")
    states, values, starts, reduce = stack.states, stack.values, stack.starts, stack.reduce
    last, last_start, last_end = stack.last
    for found in own.scan.finditer(text, at, stop):
        terminal = found.lastindex or 0
        start, end = found.span(terminal)
        row = actions[states[-1]]
        words = soft[terminal]
        if words is not None:
            keyword = words.get(text[start:end], 0)
            if keyword in row:
                terminal = keyword
            elif not words and not stack.accepts(terminal):
                continue  # documentation of nothing is a comment
        action = row.get(terminal, NO_ACTION)
        while action < 0:
            action = reduce(action, terminal, start, last_end)
        if action == NO_ACTION or action == 0:
            if terminal == comment:
                continue
            stack.last = Token(last, last_start, last_end)
            return Token(terminal, start, end) if action else None
        kept = keep[terminal]
        if not kept:
            values.append(None)
        elif kept == KEEP_KEY:
            values.append(word(start, end - 1, text[start : end - 1]))
        else:
            values.append(word(start, end, text[start:end]))
        states.append(action)
        starts.append(start)
        last, last_start, last_end = terminal, start, end
        if len(states) > MAX_HEIGHT:
            stack.last, stack.too_deep = Token(last, last_start, last_end), start
            return Token(terminal, end, end)
    raise AssertionError("the expression of the tables matches any text, and its end")
