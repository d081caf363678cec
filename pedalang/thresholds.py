"""The numbers that a teacher's guards compare with: found in a plan, and replaced.

`telling when student.stuck >= 3` compares with 3. Those of a policy's arms can all be replaced: what is proved of a
contract holds whatever a policy takes. What a move's `allow` says decides which moves there are at all, and clauses are
proved and shields made with that; so its numbers can be replaced only where nothing of the kind rests on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.written import written

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_Met = Callable[[nodes.Binary], nodes.Binary]


class Threshold(NamedTuple):
    """A number of a guard. `measured operator value` is the comparison, whichever side the number was written on;
    `text` says what it decides, as the author wrote it; `name` is `MEMBER.policy.ARM.PLACE` or
    `MEMBER.allow.MOVE.PLACE`, arms and places counted from 1."""

    name: str
    member: str
    text: str
    measured: nodes.Expr
    operator: str
    value: int | float
    place: str


def of(within: plan.Plan, flow: str) -> dict[str, Threshold]:
    """The numbers that can be replaced in a flow, by their names, in the order in which they stand."""
    found: dict[str, Threshold] = {}
    chosen = within.flows[flow]
    for who, role in chosen.cast.items():
        for stem, said, guard, place in _guards(who, role, allow=not _promised(within, chosen)):
            for name, each in _numbered(stem, guard):
                measured, operator, value = _compared(each)
                found[name] = Threshold(name, who, f"{said}{written(guard)}", measured, operator, value, place)
    return found


def replaced(within: plan.Plan, flow: str, numbers: Mapping[str, int | float]) -> plan.Plan:
    """The plan with other numbers in a flow's guards, by their names. Raises `KeyError` for a name that `of` does not
    know."""
    known = of(within, flow)
    for name in numbers:
        if name not in known:
            raise KeyError(name)
    chosen = within.flows[flow]
    cast = {who: _with(who, role, numbers) for who, role in chosen.cast.items()}
    return replace(within, flows={**within.flows, flow: replace(chosen, cast=cast)})


def told(threshold: Threshold, value: int | float) -> str:
    """What a number decides, with another value in its place: `student.stuck >= 2`."""
    return f"{written(threshold.measured)} {threshold.operator} {value:g}"


def _promised(within: plan.Plan, flow: plan.Flow) -> bool:
    """Whether anything that is known of a clause of the flow before a dialogue rests on what its moves allow."""
    return any(clause.assurance != "monitored" for contract in within.contracts.values()
               if contract.flow == flow.name for clause in contract.clauses)


def _guards(who: str, role: plan.Role, *, allow: bool) -> Iterator[tuple[str, str, nodes.Expr, str]]:
    """The name of each guard of a teacher, what it is a guard of, the guard, its place."""
    if role.kind == "student":
        return
    for at, arm in enumerate(role.policy.arms, 1):
        if arm.when is not None:
            yield f"{who}.policy.{at}", f"{arm.move} when ", arm.when, arm.place
    for move in role.moves.values() if allow else ():
        if move.allow is not None:
            yield f"{who}.allow.{move.name}", f"{move.name} allowed when ", move.allow, move.place


def _numbered(stem: str, guard: nodes.Expr) -> Iterator[tuple[str, nodes.Binary]]:
    comparisons = (each for each in nodes.inside(guard) if isinstance(each, nodes.Binary) and _is_threshold(each))
    for at, each in enumerate(comparisons, 1):
        yield f"{stem}.{at}", each


def _is_threshold(each: nodes.Binary) -> bool:
    """Whether a comparison of more and less is with a number, on one side."""
    return each.operator in _FLIPPED and (_number(each.left) is None) != (_number(each.right) is None)


def _compared(each: nodes.Binary) -> tuple[nodes.Expr, str, int | float]:
    right = _number(each.right)
    if right is not None:
        return each.left, each.operator, right
    left = _number(each.left)
    assert left is not None, "one side is a number"
    return each.right, _FLIPPED[each.operator], left


def _number(expr: nodes.Expr) -> int | float | None:
    match expr:
        case nodes.Lit(bool()):
            return None
        case nodes.Lit(int() | float() as value):
            return value
        case nodes.Unary("-", nodes.Lit(int() | float() as value)) if not isinstance(value, bool):
            return -value
    return None


# ---------------------------------------------------------------- put in place


def _with(who: str, role: plan.Role, numbers: Mapping[str, int | float]) -> plan.Role:
    """A role with the numbers of its guards replaced."""
    arms = tuple(arm if arm.when is None else replace(arm, when=_in(f"{who}.policy.{at}", arm.when, numbers))
                 for at, arm in enumerate(role.policy.arms, 1))
    moves = {name: move if move.allow is None else replace(move, allow=_in(f"{who}.allow.{name}", move.allow, numbers))
             for name, move in role.moves.items()}
    same = arms == role.policy.arms and moves == role.moves
    return role if same else replace(role, policy=replace(role.policy, arms=arms), moves=moves)


def _in(stem: str, guard: nodes.Expr, numbers: Mapping[str, int | float]) -> nodes.Expr:
    """The guard with its numbers replaced, each by its place in it."""
    met = 0

    def number(each: nodes.Binary) -> nodes.Binary:
        nonlocal met
        met += 1
        value = numbers.get(f"{stem}.{met}")
        if value is None:
            return each
        side = "right" if _number(each.right) is not None else "left"
        return replace(each, **{side: nodes.Lit(value)})

    return _rebuilt(guard, number)


def _rebuilt(value: Any, number: _Met) -> Any:
    """The same expression, from the outside in, with its thresholds as `number` gives them."""
    if isinstance(value, nodes.Binary) and _is_threshold(value):
        value = number(value)
    if isinstance(value, tuple):
        return tuple(_rebuilt(each, number) for each in value)
    if isinstance(value, dict):
        return {key: _rebuilt(each, number) for key, each in value.items()}
    if not isinstance(value, Struct):
        return value
    return type(value)(*(_rebuilt(getattr(value, name), number) for name in value.__struct_fields__))
