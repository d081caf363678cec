"""The parser's stack: an LR automaton in the middle of its work. What it is fed, and what mistakes do to it, is
decided elsewhere."""

from __future__ import annotations

from typing import Any, NamedTuple

from pedalang.compiler.syntax import reductions
from pedalang.compiler.syntax.tables import KEEP_KEY, NO_ACTION, Tables
from pedalang.compiler.syntax.tree import Node, Word

_UNIT, _NODE, _APPEND = reductions.UNIT, reductions.NODE, reductions.APPEND
MAX_DEPTH = 150
"""Levels of nesting that a tree may have: all that reads trees may recurse."""

MAX_HEIGHT = 4000
"""Symbols that may lie on the stack: more than any text within `MAX_DEPTH` needs."""


_NEVER_SPLIT = ("KEY", "TEXT", "RAWTEXT", "BAD_TEXT", "BAD", "$END", "DOC", "MODDOC", "COMMENT")


class Token(NamedTuple):
    """What was read: which terminal, from where to where."""

    terminal: int
    start: int
    end: int


class Stack:
    """States, with the value and the start of the symbol that led to each. `last` is the token shifted last.

    Invariant: the three lists have one length, and each state follows from the one before.
    """

    __slots__ = ("depths", "last", "starts", "states", "tables", "text", "too_deep", "values")

    def __init__(self, tables: Tables, text: str, start: str, at: int = 0) -> None:
        self.tables = tables
        self.text = text
        self.states = [tables.starts[start]]
        self.values: list[Any] = [None]
        self.starts = [at]
        self.depths: dict[Node, int] = {}
        self.last = Token(0, at, at)
        self.too_deep: int | None = None

    def reduce(self, action: int, terminal: int, start: int, end: int) -> int:
        """Ends the production of an action below 0 before a terminal that begins at `start`; gives the next action.

        `end` is where the last token ended.
        """
        tables, states, values, starts = self.tables, self.states, self.values, self.starts
        production = tables.productions[~action]
        left, length, kind, make, pick, _, deep = production
        if not length:
            kids, value = [], ()
            starts.append(start)
        else:
            kids = values[-length:]
            start = starts[-length]
            del values[-length:], states[-length:]
            if length > 1:
                del starts[1 - length :]
            if kind == _NODE:
                if pick is None:
                    value = make(start, end, *kids)
                else:
                    kids.append(None)
                    value = make(start, end, *pick(kids))
            elif kind == _APPEND:
                value = kids[0]
                value.append(kids[-1])
            elif kind == _UNIT:
                value = kids[0]
            else:
                value = reductions.value(production, kids, start, end, self.text)
        base = states[-1]
        state, following = tables.steps.get((base << 20) | (left << 10) | terminal) or tables.step(base, left, terminal)
        states.append(state)
        values.append(value)
        if deep:
            self._measure(value, kids)
        return following if self.too_deep is None else NO_ACTION

    def _measure(self, value: Any, kids: list[Any]) -> None:
        """Notes how deep a value is nested."""
        known, most = self.depths, 0
        for kid in kids:
            for inner in kid if isinstance(kid, (list, tuple)) else (kid,):
                if isinstance(inner, Node):
                    most = max(most, known.get(inner, 0))
        if isinstance(value, Node):
            known[value] = most + 1
            if most >= MAX_DEPTH and self.too_deep is None:
                self.too_deep = value.start

    def settle(self, token: Token) -> int:
        """Reduces all that ends before a token; what is to be done with it then."""
        action = self.tables.actions[self.states[-1]].get(token.terminal, NO_ACTION)
        while action < 0:
            action = self.reduce(action, token.terminal, token.start, self.last.end)
        return action

    def feed(self, token: Token) -> bool:
        """Takes one token, as the parser does for each that it reads; False if it does not fit."""
        action = self.settle(token)
        if action == NO_ACTION or action == 0:
            return action == 0
        self.shift(action, token)
        return True

    def reread(self, token: Token, stop: int) -> Token | None:
        """The token as something that fits here: `2 turns` as a number, `<-` as a sign, a word as a name."""
        name = self.tables.terminals[token.terminal]
        if name in _NEVER_SPLIT:
            return None
        if self.accepts(token.terminal):
            return token
        for terminal, regex in self.tables.regexes.items():
            found = regex.match(self.text, token.start, stop)
            if found and found.end() < token.end:
                words = self.tables.soft[terminal] or {}
                keyword = words.get(found[0], 0)
                fitting = keyword if keyword in self.tables.actions[self.states[-1]] else terminal
                if self.accepts(fitting):
                    return Token(fitting, token.start, found.end())
        return None

    def shift(self, state: int, token: Token) -> None:
        """Lays a token upon the stack."""
        terminal, start, end = token
        keep = self.tables.keep[terminal]
        if keep:
            end = end - 1 if keep == KEEP_KEY else end
            self.values.append(Word(start, end, self.text[start:end]))
        else:
            self.values.append(None)
        self.states.append(state)
        self.starts.append(start)
        self.last = token

    def cut(self, height: int) -> None:
        """Forgets all above the first `height` symbols."""
        del self.states[height:], self.values[height:], self.starts[height:]

    def accepts(self, terminal: int, height: int | None = None) -> bool:
        """Whether a token of that kind would fit, here or after `cut(height)`."""
        tables = self.tables
        below = len(self.states) if height is None else height
        above: list[int] = []
        while True:
            state = above[-1] if above else self.states[below - 1]
            action = tables.actions[state].get(terminal, NO_ACTION)
            if action >= 0:
                return action != NO_ACTION
            production = tables.productions[~action]
            from_above = min(len(above), production.length)
            if from_above:
                del above[-from_above:]
            below -= production.length - from_above
            base = above[-1] if above else self.states[below - 1]
            above.append(tables.gotos[base][production.left])

    def item_starts(self, height: int) -> frozenset[int]:
        """The terminals that an item can begin with in the block whose finished items reach to that height."""
        state = self.states[height - 1]
        if state not in self.tables.item_starts:
            row = self.tables.actions[state]
            self.tables.item_starts[state] = frozenset(
                terminal for terminal in row if self.tables.terminals[terminal] not in ("$END", "RBRACE")
                and self.accepts(terminal, height))
        return self.tables.item_starts[state]

    def begins_item(self) -> bool:
        """Whether nothing is on the stack yet of the item that is to be read next."""
        for place in range(len(self.states) - 1, -1, -1):
            if self.states[place] in self.tables.boundaries:
                return True
            if self.values[place] != ():
                return False
        return False

    def expected(self) -> set[int]:
        """The terminals that would fit here."""
        return {terminal for terminal in self.tables.actions[self.states[-1]] if self.accepts(terminal)}
