"""Where the cursor is: the word that is being written, and what the parser would take in its place."""

from __future__ import annotations

import re
from typing import NamedTuple

from pedalang.compiler.syntax import tables
from pedalang.compiler.syntax.recovery import Recovery
from pedalang.compiler.syntax.stack import Stack, Token
from pedalang.diagnostic import Report
from pedalang.source import Source

_WORD = re.compile(r"\w*")
_TEXTS = ("STRING", "TEXT")
_COMMENTS = ("COMMENT", "DOC", "MODDOC", "RAWTEXT")
NOWHERE = frozenset[str]()


_MIDDLES = ("", "= none", "{ }", "<- none", "in none", "~ none", "then none else none", "-> Int = none")
"""What may be missing of an item whose name was written just now, beside brackets."""
_CLOSING = (")", "]", "}")
MAX_OPEN = 4
"""Brackets that are closed behind the cursor to make an item of it."""


class Cursor(NamedTuple):
    """The word around the cursor (`start` to `end`), and the parser before it; none in the middle of a text or
    comment."""

    start: int
    end: int
    stack: Stack | None
    following: int

    @property
    def expected(self) -> frozenset[str]:
        """The terminals that would fit, by name."""
        if self.stack is None:
            return NOWHERE
        return frozenset(self.stack.tables.terminals[terminal] for terminal in self.stack.expected())

    def completed(self, word: str) -> str | None:
        """The word with what makes an item of it that the text can go on behind; None where it does not fit."""
        for middle in _MIDDLES if self.stack is not None else ():
            stack = _copy(self.stack)
            found = f"{word} {middle}"
            if _feed_text(stack, found):
                for _ in range(MAX_OPEN):
                    if _takes(stack, self.following):
                        return found
                    sign = next((each for each in _CLOSING if _feed_text(stack, each)), None)
                    if sign is None:
                        break
                    found += sign
        return None

    @property
    def keywords(self) -> list[str]:
        """The words of the language that would fit."""
        own = tables.load()
        words = (own.texts[own.number(name)] for name in self.expected)
        return sorted(word for word in words if word and word.isidentifier())


def at(text: str, offset: int) -> Cursor:
    """The cursor at an offset of a text."""
    start = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    found = _WORD.match(text, offset)
    end = found.end() if found else offset
    begin, symbol = _begin(text, start)
    stack = _before(text, begin, start, symbol) if begin is not None else None
    return Cursor(start, end, stack, _following(text, end) if symbol == "module" else tables.load().number("$END"))


def _following(text: str, offset: int) -> int:
    """The terminal that stands behind the cursor."""
    own = tables.load()
    quiet = [own.number(name) for name in ("COMMENT", "DOC", "MODDOC")]
    for found in own.scan.finditer(text, offset):
        terminal = found.lastindex or 0
        if terminal not in quiet:
            words = own.soft[terminal]
            return words.get(found[terminal], terminal) if words else terminal
    return own.number("$END")


def _begin(text: str, offset: int) -> tuple[int | None, str]:
    """Where to parse from to know what fits at an offset: the file's beginning, or that of an interpolation; nowhere in
    a text or a comment."""
    own = tables.load()
    line = text.rfind("\n", 0, offset) + 1
    for found in own.scan.finditer(text):
        terminal = found.lastindex or 0
        start, end = found.span(terminal)
        if start >= offset:
            break
        name = own.terminals[terminal]
        unclosed = name.startswith("BAD") and text[start] == '"' and (start >= line or name == "BAD_TEXT")
        if unclosed or (name in _TEXTS and end > offset):
            opening = text.rfind("{{", start, offset)
            return (opening + 2, "expr") if opening > text.rfind("}}", start, offset) else (None, "")
        if name in _COMMENTS and (end > offset or (end == offset and name != "RAWTEXT")):
            return None, ""
    return 0, "module"


def _before(text: str, begin: int, stop: int, symbol: str) -> Stack | None:
    """The parser at `stop`, of a text that is parsed from `begin` on; None where it has given up."""
    own = tables.load()
    stack = Stack(own, text, symbol, begin)
    recovery = Recovery(Source("", text[:stop]), stack, stop, Report())
    at: int | None = begin
    while at is not None:
        misfit = _feed(stack, at, stop)
        if misfit is None:
            return stack
        at = recovery.resume(misfit)
    return None


def _copy(stack: Stack | None) -> Stack:
    assert stack is not None
    made = Stack(stack.tables, stack.text, "module")
    made.states, made.values, made.starts = [*stack.states], [*stack.values], [*stack.starts]
    made.last = stack.last
    return made


def _feed_text(stack: Stack, text: str) -> bool:
    """Feeds the tokens of a piece of text; false, and nothing is lost, where the first does not fit."""
    own = stack.tables
    for found in own.scan.finditer(text):
        terminal = found.lastindex or 0
        if terminal == own.number("$END"):
            return True
        words = own.soft[terminal]
        keyword = words.get(found[terminal], terminal) if words else terminal
        fitting = next((each for each in (keyword, terminal) if stack.accepts(each)), None)
        if fitting is None:
            return False
        stack.feed(Token(fitting, stack.last.end, stack.last.end))
    return True


def _takes(stack: Stack, terminal: int) -> bool:
    """Whether the parser can go on with a terminal, or with the word of the language that it is as a name."""
    return stack.accepts(terminal) or ((stack.tables.texts[terminal] or "").isidentifier() and \
        stack.accepts(stack.tables.number("NAME")))


def _feed(stack: Stack, at: int, stop: int) -> Token | None:
    """Feeds the tokens up to `stop`, but not the end; the one that does not fit."""
    own, text = stack.tables, stack.text
    over, comment = own.number("$END"), own.number("COMMENT")
    for found in own.scan.finditer(text, at, stop):
        terminal = found.lastindex or 0
        start, end = found.span(terminal)
        if terminal == over:
            return None
        words = own.soft[terminal]
        if words is not None:
            keyword = words.get(text[start:end], 0)
            if keyword in own.actions[stack.states[-1]]:
                terminal = keyword
            elif not words and not stack.accepts(terminal):
                continue  # documentation of nothing
        if terminal != comment and not stack.feed(Token(terminal, start, end)):
            return Token(terminal, start, end)
    return None
