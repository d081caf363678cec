"""What expressions read of a dialogue, as far as that decides where a flow goes and what a clause is worth."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct, field

from pedalang import plan
from pedalang.expression import nodes

_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_OF_A_TURN = ("speaker", "move", "act", "phase")

Variable = tuple[str, str]
"""A member of the cast, or the flow, and a name of its state."""


class Reads(Struct):
    """`variables` of the state; moves that are counted, each with the count from which on nothing changes, or None
    where there is none; whether the number of turns, the latest turn, or anything else of the dialogue is read."""

    variables: set[Variable] = field(default_factory=set)
    counts: dict[str, int | None] = field(default_factory=dict)
    number: bool = False
    latest: bool = False
    other: bool = False

    def add(self, more: Reads) -> None:
        """Adds what something else reads."""
        self.variables |= more.variables
        for move, most in more.counts.items():
            self._count(move, most)
        self.number |= more.number
        self.latest |= more.latest
        self.other |= more.other

    def _count(self, move: str, most: int | None) -> None:
        known = self.counts.get(move, 0)
        self.counts[move] = None if known is None or most is None else max(known, most)

    def of(self, expr: nodes.Expr, members: Container[str], bound: frozenset[str] = frozenset()) -> None:
        """Adds what an expression reads; `members` have a state, `bound` names belong to the expression."""
        match expr:
            case nodes.Attr(nodes.Name(who), name) if who in members and who not in bound:
                self.variables.add((who, name))
                return
            case nodes.Attr(nodes.Name("turn"), "number") | nodes.Call("count", (nodes.Name("history"),)):
                self.number = True
                return
            case nodes.Attr(nodes.Name("turn"), name) if name in _OF_A_TURN:
                self.latest = True
                return
            case nodes.Call("count_moves", (nodes.Name("history"), nodes.Lit(str(move)))):
                self._count(move, None)
                return
            case nodes.Binary(symbol, left, right) if symbol in _COMPARISONS and _counted(left, right):
                for move, most in _counted(left, right):
                    self._count(move, most)
                return
            case nodes.Name(name) if name in members or name in ("turn", "history"):
                self.other |= name not in bound
            case nodes.Let(name, value, body):
                self.of(value, members, bound)
                self.of(body, members, bound | {name})
                return
            case nodes.Each(value, name, over, condition):
                self.of(over, members, bound)
                for part in (value, condition):
                    if part is not None:
                        self.of(part, members, bound | {name})
                return
            case nodes.Judged() | nodes.Initial() | nodes.Extern():
                self.other = True
        for part in nodes.children(expr):
            self.of(part, members, bound)


def _counted(left: nodes.Expr, right: nodes.Expr) -> list[tuple[str, int]]:
    """Moves whose counts, or the sum of them, are compared with a number: each with the count from which on nothing
    changes."""
    for counts, number in ((left, right), (right, left)):
        if isinstance(number, nodes.Lit) and isinstance(number.value, int) and (moves := _summed(counts)):
            return [(move, max(0, number.value + 1)) for move in moves]
    return []


def _summed(expr: nodes.Expr) -> list[str]:
    match expr:
        case nodes.Call("count_moves", (nodes.Name("history"), nodes.Lit(str(move)))):
            return [move]
        case nodes.Binary("+", left, right) if (one := _summed(left)) and (other := _summed(right)):
            return [*one, *other]
    return []


def of(exprs: Iterable[nodes.Expr], members: Container[str]) -> Reads:
    """What expressions read."""
    found = Reads()
    for expr in exprs:
        found.of(expr, members)
    return found


def in_words(expr: nodes.Expr) -> bool:
    """Whether an expression reads the words of the latest turn."""
    return nodes.Attr(nodes.Name("turn"), "text") in nodes.inside(expr)


def written(expr: nodes.Expr) -> bytes:
    """An expression as a key: alike are those that read and compute the same in the same way."""
    return msgspec.json.encode(expr)


def replaced(condition: nodes.Expr, names: Mapping[bytes, str]) -> nodes.Expr:
    """A condition with some of its leaves, as `written`, under a name."""
    name = names.get(written(condition)) if names else None
    if name is not None:
        return nodes.Name(name)
    match condition:
        case nodes.Binary("and" | "or" as symbol, left, right):
            return nodes.Binary(symbol, replaced(left, names), replaced(right, names))
        case nodes.Unary("not", value):
            return nodes.Unary("not", replaced(value, names))
    return condition


def guards(flow: plan.Flow) -> Iterator[nodes.Expr]:
    """The conditions that decide where a flow goes and what is done in it."""
    for phase in flow.phases.values():
        for step in phase.steps:
            if isinstance(step, plan.Goto) and step.when is not None:
                yield step.when
    for role in flow.cast.values():
        yield from (move.allow for move in role.moves.values() if move.allow is not None)
        yield from (act.when for act in role.acts if act.when is not None)


def handlers(flow: plan.Flow) -> Iterator[tuple[str, plan.Handler]]:
    """Each handler with whose state it changes."""
    for who, role in flow.cast.items():
        yield from ((who, handler) for handler in role.handlers)
    yield from ((plan.FLOW, handler) for handler in flow.handlers)
    for phase in flow.phases.values():
        yield from ((plan.FLOW, handler) for handler in phase.handlers)
