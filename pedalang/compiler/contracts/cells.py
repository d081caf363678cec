"""What is kept of a dialogue's state while a flow is looked at: the variables, counts and conditions that decide where
it goes and what its clauses are worth. The rest is left open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from msgspec import Struct

from pedalang import plan
from pedalang.compiler.contracts import reads
from pedalang.compiler.contracts.reads import Variable
from pedalang.expression import nodes

_CANNOT_BE_KEPT = re.compile(r"(List|Map)\b.*")


class Cells(Struct, frozen=True):
    """`variables` and `counts` (move, with the count from which on nothing changes) that are kept; `conditions` on
    variables that are not kept, each under a name, with the variables that it reads; whether the `latest` turn and the
    `number` of turns are. `changed` is every variable whose changes matter."""

    variables: tuple[Variable, ...]
    counts: tuple[tuple[str, int | None], ...]
    conditions: tuple[tuple[str, nodes.Expr, frozenset[Variable]], ...]
    latest: bool
    number: bool
    changed: frozenset[Variable]

    @property
    def names(self) -> Mapping[bytes, str]:
        """The conditions, as written, to their names."""
        return {reads.written(expr): name for name, expr, _ in self.conditions}


class Detail(Enum):
    """How much of a state is kept: all that decides something, what clauses read, or nothing."""

    ALL = "all"
    FACTS = "facts"
    NOTHING = "nothing"


def of(flow: plan.Flow, facts: Sequence[nodes.Expr], detail: Detail = Detail.ALL,
       left_out: frozenset[Variable] = frozenset()) -> Cells:
    """What is kept of a flow for clauses with these facts; the variables that are `left_out` are not."""
    members = (*flow.cast, plan.FLOW)
    guards = list(reads.guards(flow))
    read = reads.of([*guards, *facts], members)
    wanted = {Detail.ALL: read.variables, Detail.FACTS: reads.of(facts, members).variables, Detail.NOTHING: set()}
    kept = _closed(flow, read, wanted[detail], members, left_out, detail)
    conditions = _conditions(guards, facts, members, set(flow.params), kept) if detail is Detail.ALL else []
    changed = kept | {variable for _, _, variables in conditions for variable in variables}
    counts = sorted(read.counts.items(), key=lambda count: count[0])
    return Cells(tuple(sorted(kept)), tuple(counts), tuple(conditions),
                 reads.of(_before_a_turn(flow), members).latest, read.number, frozenset(changed))


def _kinds(flow: plan.Flow) -> dict[Variable, str]:
    states = {**{who: role.state for who, role in flow.cast.items()}, plan.FLOW: flow.state}
    return {(who, variable.name): variable.type for who, state in states.items() for variable in state}


def _closed(flow: plan.Flow, read: reads.Reads, wanted: set[Variable], members: Sequence[str],
            left_out: frozenset[Variable], detail: Detail) -> set[Variable]:
    """The variables to keep: those that are wanted, and with all detail those that decide what these are. What handlers
    read for that is added to `read`."""
    kinds = _kinds(flow)
    kept: set[Variable] = set()
    waiting = set(wanted)
    while waiting:
        variable = waiting.pop()
        if variable in kept or variable in left_out or _CANNOT_BE_KEPT.fullmatch(kinds.get(variable, "List")):
            continue
        kept.add(variable)
        for who, handler in reads.handlers(flow):
            for expr in _behind(who, handler, variable):
                more = reads.of([expr], members)
                read.add(more)
                waiting |= more.variables if detail is Detail.ALL else set()
    return kept


def _behind(who: str, handler: plan.Handler, variable: Variable) -> Iterator[nodes.Expr]:
    """What decides about the value that a handler gives a variable."""
    if who != variable[0] or variable[1] not in set(_assigned(handler.body)):
        return
    if handler.when is not None:
        yield handler.when
    yield from _expressions(handler.body, variable[1])


def _expressions(body: Iterable[plan.Statement], name: str) -> Iterator[nodes.Expr]:
    for statement in body:
        match statement:
            case plan.Assign(variable, value, _, path) if variable == name:
                yield from (value, *path)
            case plan.Sample(_, distribution) if distribution.kind == "one_of":  # a chance can be taken or not
                yield from distribution.arguments
            case plan.Branch(condition, then, otherwise) if name in {*_assigned(then), *_assigned(otherwise)}:
                yield condition
                yield from _expressions(then, name)
                yield from _expressions(otherwise, name)


def _assigned(body: Iterable[plan.Statement]) -> Iterator[str]:
    for statement in body:
        match statement:
            case plan.Assign(variable):
                yield variable
            case plan.Branch(_, then, otherwise):
                yield from _assigned(then)
                yield from _assigned(otherwise)


def _conditions(guards: Sequence[nodes.Expr], facts: Sequence[nodes.Expr], members: Sequence[str],
                params: set[str], kept: set[Variable]) -> list[tuple[str, nodes.Expr, frozenset[Variable]]]:
    """The conditions that a guard reads, or two facts do, and that only variables and parameters decide, one at least
    of which is not kept. What a handler draws is another thing at every turn, so that no condition on it lasts."""
    uses: dict[bytes, list[nodes.Expr]] = {}
    for exprs, weight in ((guards, 2), (facts, 1)):
        for expr in exprs:
            for leaf in nodes.leaves(expr):
                uses.setdefault(reads.written(leaf), []).extend([leaf] * weight)
    found = []
    for leaf in (leaves[0] for leaves in uses.values() if len(leaves) > 1):
        read, names = reads.of([leaf], members), set(nodes.names(leaf))
        computed = read.variables <= kept and names <= {*members}
        if not (computed or read.counts or read.number or read.latest or read.other) and names <= {*members, *params}:
            found.append((f"?{len(found)}", leaf, frozenset(read.variables)))
    return found


def _before_a_turn(flow: plan.Flow) -> Iterator[nodes.Expr]:
    """What is looked at between two turns, when the latest one is that before."""
    yield from reads.guards(flow)
    for _, handler in reads.handlers(flow):
        if handler.event == "turn":
            if handler.when is not None:
                yield handler.when
            yield from _all(handler.body)


def _all(body: Iterable[plan.Statement]) -> Iterator[nodes.Expr]:
    for statement in body:
        match statement:
            case plan.Assign(_, value, _, path):
                yield from (value, *path)
            case plan.Sample(_, distribution):
                yield from distribution.arguments
            case plan.Branch(condition, then, otherwise):
                yield condition
                yield from _all(then)
                yield from _all(otherwise)
