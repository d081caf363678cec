"""What can be seen where a mistake was met: the stack, the token that does not fit, and the text around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.stack import Stack, Token
from pedalang.compiler.syntax.tables import NO_ACTION, Tables
from pedalang.diagnostic import Fix, Label
from pedalang.source import Source, Span

OPENS = "([{"
_SPACES = re.compile(r"[ \t]*")
CLOSES = {"(": ")", "[": "]", "{": "}"}


class Block(NamedTuple):
    """A block whose items are being read: `height` symbols of the stack are its finished items and what is before;
    `opening` is where its brace stands, None for the file itself."""

    height: int
    opening: int | None


@dataclass(frozen=True, slots=True)
class Mistake:
    """What to tell, and what to go on with: the blocks inside `into` closed, the stack cut to `height`, `feed` taken
    as read (kept as `texts` where given), and the text from `at`. Without `at`, parsing goes on at the next item."""

    code: str
    span: Span
    message: str
    label: str = ""
    help: str = ""
    also: tuple[Label, ...] = ()
    fixes: tuple[Fix, ...] = ()
    into: Block | None = None
    height: int | None = None
    feed: tuple[Token, ...] = ()
    texts: tuple[str, ...] = ()
    at: int | None = None


@dataclass
class Scene:
    """A mistake as it is met. `stop` is the end of the text that is parsed."""

    source: Source
    stack: Stack
    token: Token
    stop: int
    _found: dict[int, Token] = field(default_factory=dict)

    @property
    def tables(self) -> Tables:
        return self.stack.tables

    @property
    def word(self) -> str:
        """The text of the token."""
        return self.text_of(self.token)

    @property
    def name(self) -> str:
        """The terminal of the token."""
        return self.tables.terminals[self.token.terminal]

    @cached_property
    def expected(self) -> frozenset[str]:
        """The terminals that would fit."""
        return frozenset(self.tables.terminals[terminal] for terminal in self.stack.expected())

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks that are open, the file first, the innermost last."""
        stack, found = self.stack, []
        braces: list[bool] = []
        for place, state in enumerate(stack.states):
            sign = self.sign(place)
            if sign == "{":
                braces.append(False)
            elif sign == "}" and braces.pop():
                found.pop()
            for repeated in self.tables.blocks & self.tables.gotos[state].keys():
                after = self.tables.gotos[state][repeated]
                begun = place + 1 < len(stack.states) and stack.states[place + 1] == after
                opening = stack.starts[place] if braces else None
                if braces:
                    braces[-1] = True
                else:
                    found.clear()
                found.append(Block(place + (2 if begun else 1), opening))
        return found

    def sign(self, place: int) -> str:
        """The bracket at that place of the stack; empty if the symbol there is none."""
        sign = self.tables.texts[self.tables.entered[self.stack.states[place]]]
        return sign if sign and sign in "([{}])" else ""

    def open_brackets(self, height: int) -> list[int]:
        """Where the brackets stand that are open above that height of the stack."""
        found: list[int] = []
        for place in range(height, len(self.stack.states)):
            sign = self.sign(place)
            if sign in CLOSES:
                found.append(self.stack.starts[place])
            elif sign in CLOSES.values() and found:
                found.pop()
        return found

    def item_start(self, block: Block) -> int:
        """Where the item begins that is being read in a block: the token's start, if it is only about to begin."""
        starts = self.stack.starts
        return starts[block.height] if block.height < len(starts) else self.token.start

    @property
    def at_item(self) -> bool:
        """Whether the token stands where an item of a block could begin, or the block end."""
        block = self.blocks[-1] if self.blocks else None
        if block is None or self.open_brackets(block.height):
            return False
        documented = self.tables.terminals[self.stack.last.terminal] == "DOC"
        return documented or ("$END" if block.opening is None else "RBRACE") in self.expected

    @property
    def after_brace(self) -> bool:
        """Whether the token directly follows the brace that opens its block."""
        return bool(self.blocks) and self.blocks[-1].opening == self.stack.last.start

    # ---------------------------------------------------------------- texts and tokens

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    @property
    def token_span(self) -> Span:
        return self.span(self.token.start, self.token.end)

    def text_of(self, token: Token) -> str:
        return self.source.text[token.start : token.end]

    def after(self, at: int) -> Token:
        """The first token from `at` on, comments left out; words are names there."""
        if at not in self._found:
            self._found[at] = read(self.tables, self.source.text, at, self.stop)
        return self._found[at]

    def number(self, name: str) -> int:
        return self.tables.number(name)

    def as_if(self, name: str, token: Token | None = None) -> Token:
        """The token taken for another; without a token, one that is missing after what was read last."""
        if token is None:
            return Token(self.number(name), self.stack.last.end, self.stack.last.end)
        return Token(self.number(name), token.start, token.end)

    def fits(self, *tokens: Token, height: int | None = None) -> bool:
        """Whether these tokens could be read one after the other, here or from that height of the stack."""
        return self._after(tokens, height) is not None

    def opens_block(self, brace: Token) -> bool:
        """Whether a brace read here would open a block of items, and not a list of names or a record."""
        states = self._after((brace,), None)
        return states is not None and states[-1] in self.tables.openings

    def _after(self, tokens: tuple[Token, ...], height: int | None) -> list[int] | None:
        """The states after these tokens; None if they do not fit."""
        tables, states = self.tables, self.stack.states[:height]
        for token in tokens:
            terminal = resolve(tables, tables.actions[states[-1]], token, self.source.text)
            action = tables.actions[states[-1]].get(terminal, NO_ACTION)
            while action < 0:
                production = tables.productions[~action]
                del states[len(states) - production.length :]
                states.append(tables.gotos[states[-1]][production.left])
                action = tables.actions[states[-1]].get(terminal, NO_ACTION)
            if action == NO_ACTION:
                return None
            states.append(action)
        return states

    def before(self, place: int, token: Token) -> Scene:
        """The scene if the token had been met where the stack has its symbol number `place`."""
        stack = Stack(self.tables, self.stack.text, "module")
        stack.states, stack.values = self.stack.states[:place], self.stack.values[:place]
        stack.starts = self.stack.starts[:place]
        stack.last = self.after(stack.starts[-1])
        return Scene(self.source, stack, token, self.stop)

    def superfluous(self) -> bool:
        """Whether all would be well without the token, as far as the next two can tell."""
        following = self.after(self.token.end)
        if self.name == "$END" or self.tables.terminals[following.terminal] == "$END":
            return self.name != "$END" and self.fits(following)
        return self.fits(following, self.after(following.end))

    # ---------------------------------------------------------------- lines

    def indent(self, offset: int) -> int | None:
        """The column, from 0, of what stands first on its line; None for what does not."""
        start = self.line_start(offset)
        return offset - start if self._first_sign(start) >= offset else None

    def next_indent(self, offset: int) -> int:
        """The column of the first sign on a line after the one of an offset."""
        start = self.line_end(offset)
        following = self.after(start).start
        return self.line_indent(following)

    def line_start(self, offset: int) -> int:
        return offset - self.source.place(offset).column + 1

    def line_indent(self, offset: int) -> int:
        """The column of the first sign on the line of an offset."""
        start = self.line_start(offset)
        return min(self._first_sign(start), offset) - start

    def _first_sign(self, line_start: int) -> int:
        found = _SPACES.match(self.source.text, line_start)
        return found.end() if found else line_start

    def line_end(self, offset: int) -> int:
        end = self.source.text.find("\n", offset, self.stop)
        return self.stop if end < 0 else end

    def same_line(self, start: int, end: int) -> bool:
        return self.source.text.find("\n", start, end) < 0

    def key_before(self, place: int) -> tree.Word | None:
        """The key at that place of the stack, if one is there."""
        value = self.stack.values[place] if place < len(self.stack.values) else None
        is_key = isinstance(value, tree.Word) and self.source.text.startswith(":", value.end)
        return value if isinstance(value, tree.Word) and is_key and value.text.isidentifier() else None


def read(tables: Tables, text: str, at: int, stop: int) -> Token:
    """The first token from `at` on, comments left out; words are names."""
    comment = tables.number("COMMENT")
    for found in tables.scan.finditer(text, at, stop):
        terminal = found.lastindex or 0
        if terminal != comment:
            return Token(terminal, *found.span(terminal))
    raise AssertionError("the expression of the tables matches any text, and its end")


def resolve(tables: Tables, row: dict[int, int], token: Token, text: str) -> int:
    """A token's terminal in a state with this row: a keyword where the state knows it."""
    words = tables.soft[token.terminal]
    keyword = (words or {}).get(text[token.start : token.end], 0)
    return keyword if keyword in row else token.terminal
