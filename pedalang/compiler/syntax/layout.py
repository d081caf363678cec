"""A program as the formatter sees it: tokens and comments, nested in blocks and brackets, without white space.

Which brace opens a block of items, and where an item begins, the parser's own states tell; no tree is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from pedalang.compiler.syntax import tables
from pedalang.compiler.syntax.stack import Stack, Token
from pedalang.compiler.syntax.tables import NO_ACTION, Tables

COMMENTS = ("COMMENT", "DOC", "MODDOC")
_DOTS = ("DOT", "RANGE")
_OPENING, _CLOSING = ("LBRACE", "LPAR", "LSQB"), ("RBRACE", "RPAR", "RSQB")


@dataclass(frozen=True, slots=True)
class Piece:
    """A token or a comment, after `breaks` line breaks. `kind` is its terminal; a keyword's is the keyword's own."""

    text: str
    kind: str
    breaks: int
    begins_item: bool = False
    opens_block: bool = False
    is_sign: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A pair of brackets in an expression, a list of names or of parameters, and what stands between them."""

    opening: Piece
    parts: list[Part]
    closing: Piece


@dataclass(frozen=True, slots=True)
class Block:
    """A pair of braces and the items between them; `note` is a comment right behind the opening one."""

    opening: Piece
    items: list[Item]
    closing: Piece
    note: Piece | None = None


@dataclass(slots=True)
class Item:
    """An item of a block, or a comment between items; `note` is a comment behind it."""

    parts: list[Part] = field(default_factory=list)
    note: Piece | None = None


Part: TypeAlias = "Piece | Group | Block"


def first(part: Part) -> Piece:
    """The piece that a part begins with."""
    return part if isinstance(part, Piece) else part.opening


def read(text: str) -> list[Item] | None:
    """The items of a file; None where it is not a program."""
    found = list(_pieces(text))
    return _Reader(found).items() if found and found[-1].kind == "$END" else None


def pieces(text: str) -> list[tuple[str, str]]:
    """The tokens and comments of a text, each with its kind: what formatting must not change.

    The dots of an import count together: `..` and `. .` lead to the same place.
    """
    found: list[tuple[str, str]] = []
    for piece in _pieces(text):
        if piece.kind in _DOTS and found and found[-1][0] == _DOTS[0]:
            found[-1] = (_DOTS[0], found[-1][1] + piece.text)
        else:
            found.append((_DOTS[0] if piece.kind in _DOTS else piece.kind, piece.text))
    return found


# ---------------------------------------------------------------- tokens


def _pieces(text: str) -> Iterator[Piece]:
    """The pieces, in order, to the end or to one that does not fit."""
    own = tables.load()
    stack, at = Stack(own, text, "module"), 0
    while True:
        token = _next(own, text, at)
        breaks = text.count("\n", at, token.start)
        if own.terminals[_contextual(own, stack, token)] == "COMMENT":
            at = token.end
            yield Piece(text[token.start : at].rstrip(), "COMMENT", breaks)
            continue
        fitting, action = _settled(own, stack, token)
        if fitting is None:
            return
        at = fitting.end
        yield _piece(stack, fitting, action, breaks)
        if action == 0:
            return


def _next(own: Tables, text: str, at: int) -> Token:
    found = own.scan.match(text, at)
    if found is None or not found.lastindex:
        raise AssertionError("the expression of the tables matches any text, and its end")
    return Token(found.lastindex, *found.span(found.lastindex))


def _contextual(own: Tables, stack: Stack, token: Token) -> int:
    """What the token is here: a keyword or a name, documentation or a comment."""
    row = own.actions[stack.states[-1]]
    keyword = (own.soft[token.terminal] or {}).get(stack.text[token.start : token.end], 0)
    if keyword in row:
        return keyword
    documents = own.terminals[token.terminal] in tables.DOCUMENTATION
    return own.number("COMMENT") if documents and not stack.accepts(token.terminal) else token.terminal


def _settled(own: Tables, stack: Stack, token: Token) -> tuple[Token | None, int]:
    """The token as it fits, and what the stack is to do with it; None if it does not fit."""
    fitting = token._replace(terminal=_contextual(own, stack, token))
    action = stack.settle(fitting)
    if action == NO_ACTION and stack.too_deep is None:
        again = stack.reread(token, len(stack.text))
        if again is not None:
            return again, stack.settle(again)
    return (None if action == NO_ACTION else fitting), action


def _piece(stack: Stack, token: Token, action: int, breaks: int) -> Piece:
    """The token as a piece; the stack takes it."""
    own = stack.tables
    written, kind = stack.text[token.start : token.end], own.terminals[token.terminal]
    begins, sign = stack.begins_item(), kind == "MINUS" and not stack.accepts(own.number("PLUS"))
    if action > 0:
        stack.shift(action, token)
    text = written.rstrip() if kind in COMMENTS else written
    return Piece(text, kind, breaks, begins, action in own.openings, sign)


# ---------------------------------------------------------------- nesting


class _Reader:
    """Nests pieces. `at` is the next one."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces, self.at = pieces, 0

    @property
    def next(self) -> Piece:
        return self.pieces[self.at]

    def take(self) -> Piece:
        self.at += 1
        return self.pieces[self.at - 1]

    def items(self) -> list[Item]:
        """Items up to the brace that closes their block, or to the end."""
        found: list[Item] = []
        while self.next.kind not in ("RBRACE", "$END"):
            if self.next.kind == "COMMENT" and self.next.breaks == 0 and found and not found[-1].note:
                found[-1].note = self.take()
            elif self.next.kind == "COMMENT":
                found.append(Item([self.take()]))
            else:
                found.append(Item([self.part(), *self._rest_of_item()]))
        return found

    def _rest_of_item(self) -> Iterator[Part]:
        while not (self.next.begins_item or self.next.kind in ("RBRACE", "$END") or self._comment_between()):
            yield self.part()

    def _comment_between(self) -> bool:
        """Whether the next piece is a comment behind or after an item, and not inside one."""
        at = self.at
        while self.pieces[at].kind == "COMMENT":
            at += 1
        after = self.pieces[at]
        return at > self.at and (after.begins_item or after.kind in ("RBRACE", "$END"))

    def part(self) -> Part:
        piece = self.take()
        if piece.opens_block:
            note = self.take() if self.next.kind == "COMMENT" and self.next.breaks == 0 else None
            return Block(piece, self.items(), self.take(), note)
        if piece.kind not in _OPENING:
            return piece
        parts: list[Part] = []
        while self.next.kind not in _CLOSING:
            parts.append(self.part())
        return Group(piece, parts, self.take())
