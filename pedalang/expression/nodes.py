"""The nodes of a compiled expression: frozen, typed, JSON. The compiler has resolved every name and checked every type.

Names are keys of the environment that the evaluator is given: the flow's parameters, the members of its cast (each a
record of its state), `history`, `turn`, `phase`, `args` (of the move at hand), and what `Let` or a draw binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

JSONScalar: TypeAlias = bool | int | float | str | None


class _Node(Struct, frozen=True, array_like=True, tag_field="node"):
    """Written as a JSON array whose first item is the class's tag."""


class Lit(_Node, frozen=True, tag="lit"):
    """A number, text, truth value or `none`."""

    value: JSONScalar


class Ratio(_Node, frozen=True, tag="ratio"):
    """An exact fraction."""

    numerator: int
    denominator: int


class Name(_Node, frozen=True, tag="name"):
    """What stands in the environment under a name."""

    name: str


class Attr(_Node, frozen=True, tag="attr"):
    """A field of a record, or a name inside a member of the cast."""

    of: Expr
    field: str


class Index(_Node, frozen=True, tag="index"):
    """An item of a list (from 0) or a map; `none` where there is no such item."""

    of: Expr
    key: Expr


class Call(_Node, frozen=True, tag="call"):
    """A function of `expression/functions.py`."""

    function: str
    arguments: tuple[Expr, ...]


class Extern(_Node, frozen=True, tag="python"):
    """A function of the program's author, `module:function` in Python: with the hash of the module's file, and the type
    that it gives, whose cases are listed where it is an enum."""

    target: str
    sha256: str
    gives: str
    cases: tuple[str, ...]
    arguments: tuple[Expr, ...]


class Unary(_Node, frozen=True, tag="unary"):
    """`not` or `-`."""

    operator: str
    value: Expr


class Binary(_Node, frozen=True, tag="binary"):
    """`+ - * / %`, a comparison, `in`, `not in`, `and`, `or`, `??`; the last three look right only where they must."""

    operator: str
    left: Expr
    right: Expr


class If(_Node, frozen=True, tag="if"):
    """Only the branch that is taken is evaluated."""

    condition: Expr
    then: Expr
    otherwise: Expr


class Items(_Node, frozen=True, tag="list"):
    """A list, item by item."""

    items: tuple[Expr, ...]


class Entries(_Node, frozen=True, tag="record"):
    """A record, field by field."""

    keys: tuple[str, ...]
    values: tuple[Expr, ...]


class Each(_Node, frozen=True, tag="each"):
    """`value` for each item of `over`, bound to `name`, for which `condition` holds."""

    value: Expr
    name: str
    over: Expr
    condition: Expr | None


class Let(_Node, frozen=True, tag="let"):
    """A name that holds in `body`, and nowhere else."""

    name: str
    value: Expr
    body: Expr


class Match(_Node, frozen=True, tag="match"):
    """The case that the subject (a name) picks, or `otherwise`. Only that case is evaluated."""

    subject: Expr
    cases: dict[str, Expr]
    otherwise: Expr


class Text(_Node, frozen=True, tag="text"):
    """A template: its parts, as texts, one after the other. A part that is `none` makes the whole text absent."""

    parts: tuple[Expr, ...]


class Initial(_Node, frozen=True, tag="initial"):
    """What an expression was before the first turn. Only where a whole dialogue is looked at."""

    value: Expr


class Judged(_Node, frozen=True, tag="judged"):
    """Whether a model answers a question about the latest turn by the first of its answers. Only where a dialogue is
    looked at afterwards, once the model was asked; `key` is the name of the predicate with a digest of what is asked.
    Where `when` does not hold nothing is asked, and this does not hold."""

    key: str
    ask: Expr
    answers: tuple[str, ...]
    model: str = ""
    when: Expr | None = None


class Distribution(_Node, frozen=True, tag="draw"):
    """What a seeded draw is from; no expression: `bernoulli(p)`, `one_of(a, b, …)`, `uniform(low, high)`,
    `normal(mean, sd)`."""

    kind: Literal["bernoulli", "one_of", "uniform", "normal"]
    arguments: tuple[Expr, ...]


Expr: TypeAlias = (
    Lit | Ratio | Name | Attr | Index | Call | Extern | Unary | Binary | If | Items | Entries | Each | Let | Match
    | Text | Initial | Judged
)


def children(expr: Expr) -> Iterable[Expr]:
    """The expressions right inside an expression, in the order in which they stand."""
    match expr:
        case Lit() | Ratio() | Name():
            return ()
        case Attr(of, _) | Unary(_, of) | Initial(of):
            return (of,)
        case Index(first, second) | Binary(_, first, second) | Let(_, first, second):
            return (first, second)
        case Call(_, several) | Extern(_, _, _, _, several) | Items(several) | Entries(_, several) | Text(several):
            return several
        case Judged(_, ask, _, _, when):
            return (ask,) if when is None else (ask, when)
        case If(condition, then, otherwise):
            return (condition, then, otherwise)
        case Each(value, _, over, condition):
            return (value, over) if condition is None else (value, over, condition)
        case Match(subject, cases, otherwise):
            return (subject, *cases.values(), otherwise)


def inside(expr: Expr) -> Iterator[Expr]:
    """An expression and all that is in it, from the outside in, in the order in which it stands."""
    left = [expr]
    while left:
        each = left.pop()
        yield each
        left += reversed([*children(each)])


def names(expr: Expr) -> Iterator[str]:
    """The names in an expression."""
    return (each.name for each in inside(expr) if isinstance(each, Name))


def leaves(condition: Expr) -> Iterator[Expr]:
    """The conditions that one is made of by `and`, `or` and `not`."""
    match condition:
        case Binary("and" | "or", left, right):
            yield from leaves(left)
            yield from leaves(right)
        case Unary("not", value):
            yield from leaves(value)
        case _:
            yield condition
