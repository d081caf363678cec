"""What is known of a condition where only who speaks, what is done and in which phase is known, and some of the rest is
assumed. What is said, and anybody's state, is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from pedalang.expression import nodes
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent

Assumed: TypeAlias = Mapping[int, bool]
"""Conditions that nothing decides, by their numbers, with how they were assumed to be at a turn."""
_HIDDEN = ("text", "arguments", "start")
"""Fields of a turn that are unknown."""
_OPEN = ("history", "phase")


class _Condition(NamedTuple):
    """A condition taken apart: `not`, `and` and `or` have parts; of others it is known whether they can be read."""

    of: nodes.Expr
    operator: str
    parts: tuple[int, ...]
    readable: bool


class Conditions:
    """Conditions by number: those that are the same have the same."""

    def __init__(self) -> None:
        self._evaluate = Evaluator()
        self._numbers: dict[int, tuple[nodes.Expr, int]] = {}
        self._known: list[_Condition] = []

    def number(self, of: nodes.Expr) -> int:
        """The number of a condition, a new one for one that is new."""
        if id(of) not in self._numbers:
            same = next((number for number, each in enumerate(self._known) if each.of == of), None)
            if same is None:
                same = self._added(of)
            self._numbers[id(of)] = (of, same)
        return self._numbers[id(of)][1]

    def _added(self, of: nodes.Expr) -> int:
        match of:
            case nodes.Unary(operator="not", value=inner):
                made = _Condition(of, "not", (self.number(inner),), False)
            case nodes.Binary(operator="and" | "or" as operator, left=left, right=right):
                made = _Condition(of, operator, (self.number(left), self.number(right)), False)
            case _:
                made = _Condition(of, "", (), readable(of))
        self._known.append(made)
        return len(self._known) - 1

    def known(self, number: int, env: Env, assumed: Assumed) -> bool | None:
        """Whether a condition holds; None where nothing tells. What has no value does not hold."""
        if number in assumed:
            return assumed[number]
        of, operator, parts, can_read = self._known[number]
        if operator == "not":
            found = self.known(parts[0], env, assumed)
            return None if found is None else not found
        if operator:
            decides = operator == "or"
            sides = [self.known(part, env, assumed) for part in parts]
            return decides if decides in sides else None if None in sides else not decides
        return bool(self.value(of, env)) if can_read else None

    def assuming(self, number: int, value: bool, assumed: Assumed) -> dict[int, bool]:
        """The assumptions with one more: in its parts, where these follow."""
        _, operator, parts, _ = self._known[number]
        if operator == "not":
            return self.assuming(parts[0], not value, assumed)
        if operator and (operator == "and") is value:
            for part in parts:
                assumed = self.assuming(part, value, assumed)
            return dict(assumed)
        return {**assumed, number: value}

    def leaves(self, number: int) -> Iterator[int]:
        """The parts of a condition that `not`, `and` and `or` join."""
        if not self._known[number].operator:
            yield number
        for part in self._known[number].parts:
            yield from self.leaves(part)

    def expression(self, number: int) -> nodes.Expr:
        """What a number stands for."""
        return self._known[number].of

    def value(self, of: nodes.Expr, env: Env) -> object:
        """What an expression is worth; None where it has no value."""
        try:
            return self._evaluate(of, env)
        except (EvaluationError, Absent):
            return None

    def values(self, of: Iterable[nodes.Expr], env: Env) -> tuple[str, ...]:
        """What expressions are worth, as texts that can be compared."""
        return tuple([repr(self.value(expr, env)) for expr in of])


def readable(of: nodes.Expr, bound: frozenset[str] = frozenset()) -> bool:
    """Whether an expression reads only what is known."""
    match of:
        case nodes.Extern() | nodes.Judged() | nodes.Initial():
            return False
        case nodes.Attr(of=nodes.Name(name="turn"), field=field):
            return field not in _HIDDEN
        case nodes.Attr(field=field) if field in _HIDDEN:
            return False
        case nodes.Name(name=name):
            return name in _OPEN or name in bound
        case nodes.Each(name=name) | nodes.Let(name=name):
            bound = bound | {name}
    return all(readable(child, bound) for child in nodes.children(of))


def reads(of: nodes.Expr, part: nodes.Expr) -> bool:
    """Whether an expression is, or has in it, another."""
    return of == part or any(reads(child, part) for child in nodes.children(of))


def counts(of: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of a condition that are computed from the turns so far, and are known."""
    if any(child == nodes.Name("history") for child in nodes.children(of)) and readable(of):
        yield of
        return
    for child in nodes.children(of):
        yield from counts(child)
