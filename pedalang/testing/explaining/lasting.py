"""Conditions on the cast's state that last from turn to turn: they change only where a handler sets what they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pedalang import plan
from pedalang.expression import environment, nodes
from pedalang.testing.explaining.truth import Assumed, Conditions

Variable = tuple[str, str]
"""A member of the cast, and a variable of its state."""


class Lasting:
    """What lasts in a flow."""

    def __init__(self, flow: plan.Flow, conditions: Conditions) -> None:
        self._flow = flow
        self._conditions = conditions
        self._read: dict[int, frozenset[Variable] | None] = {}
        self._set: dict[Variable, list[tuple[plan.Handler, plan.Assign]]] = {}
        for who, role in flow.cast.items():
            for handler in role.handlers:
                for assign in _assigns(handler.body):
                    self._set.setdefault((who, assign.variable), []).append((handler, assign))

    def variables(self, number: int) -> frozenset[Variable] | None:
        """The variables that a condition reads, if it reads nothing else that changes; else None."""
        if number not in self._read:
            self._read[number] = _variables(self._conditions.expression(number), self._flow)
        return self._read[number]

    def of(self, assumed: Assumed) -> dict[int, bool]:
        """Of what was assumed at a turn, that which lasts."""
        return {number: value for number, value in assumed.items() if self.variables(number)}

    def kept(self, held: Assumed, speaker: str, does: str) -> dict[int, bool]:
        """Of what held after a turn, that which a next turn leaves as it is."""
        return {number: value for number, value in held.items() if not any(
            self._changes(each, number, value, speaker, does) for each in self.variables(number) or ())}

    def _changes(self, variable: Variable, number: int, value: bool, speaker: str, does: str) -> bool:
        owner, name = variable
        own = nodes.Attr(nodes.Name(owner), name)
        stays = value and self._conditions.expression(number) == own
        return any(handler.actor == speaker and handler.event in ("turn", does) and
                   not (stays and _raises(assign.value, own)) for handler, assign in self._set.get(variable, ()))

    def at_first(self, conditions: Iterable[int]) -> dict[int, bool]:
        """What is known of conditions, or of their parts, before the first turn."""
        states = {who: {each.name: each.initial.value for each in role.state if isinstance(each.initial, nodes.Lit)}
                  for who, role in self._flow.cast.items()}
        env = environment.environment({}, states, ())
        found = {leaf: self._conditions.value(self._conditions.expression(leaf), env)
                 for number in conditions for leaf in self._conditions.leaves(number) if self.variables(leaf)}
        return {leaf: bool(value) for leaf, value in found.items() if value is not None}


def _raises(value: nodes.Expr, own: nodes.Expr) -> bool:
    """Whether what holds still does once this is set."""
    match value:
        case nodes.Lit(value=True):
            return True
        case nodes.Binary(operator="or", left=left, right=right):
            return own in (left, right) or _raises(left, own) or _raises(right, own)
    return False


def _assigns(body: Iterable[plan.Statement]) -> Iterator[plan.Assign]:
    for each in body:
        if isinstance(each, plan.Assign):
            yield each
        elif isinstance(each, plan.Branch):
            yield from _assigns(each.then)
            yield from _assigns(each.otherwise)


def _variables(of: nodes.Expr, flow: plan.Flow) -> frozenset[Variable] | None:
    match of:
        case nodes.Attr(of=nodes.Name(name=who), field=field) if who in flow.cast:
            own = {each.name for each in flow.cast[who].state}
            return frozenset({(who, field)}) if field in own else None
        case nodes.Name(name=name) if name not in flow.params:
            return None
        case nodes.Extern() | nodes.Judged() | nodes.Initial() | nodes.Each() | nodes.Let():
            return None
    found: frozenset[Variable] = frozenset()
    for child in nodes.children(of):
        read = _variables(child, flow)
        if read is None:
            return None
        found |= read
    return found
