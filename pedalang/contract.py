"""Contracts as a plan holds them: formulas over the turns of a dialogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from pedalang.expression.nodes import Expr, Judged, children


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Atom(_Part, frozen=True, tag_field="is", tag="atom"):
    """Holds at a turn if the expression does; the environment is that after the turn."""

    holds: Expr


class Op(_Part, frozen=True, tag_field="is", tag="op"):
    """A connective or temporal operator: `not and or implies always never eventually next first last until
    until_finally since before whenever during at_most at_least exactly within`; `number` is its bound, if it has one.
    """

    op: str
    of: tuple[Formula, ...]
    number: int | None = None
    consecutive: bool = False


Formula: TypeAlias = Atom | Op


class Clause(_Part, frozen=True):
    """One line of a contract: a formula, and how much a breach matters."""

    name: str
    severity: Literal["hard", "soft"]
    formula: Formula
    text: str
    """The clause as the author wrote it."""
    place: str = ""


class Contract(_Part, frozen=True):
    """Clauses over the turns of one flow, whose parameters their expressions use."""

    name: str
    flow: str
    clauses: tuple[Clause, ...]
    place: str = ""
    judged: bool = False
    """Whether a clause asks a judge: it is then looked at when the dialogue is scored."""


def judged(of: Formula | Expr) -> Iterator[Judged]:
    """The predicates by judge that a formula or expression reads."""
    if isinstance(of, Judged):
        yield of
    inside = (of.holds,) if isinstance(of, Atom) else of.of if isinstance(of, Op) else children(of)
    for each in inside:
        yield from judged(each)


class Heard(_Part, frozen=True):
    """A turn of a fixed trace: who speaks, the move or act, the words, the phase, and the variables of the speaker's
    state that have another value from then on."""

    speaker: str
    does: str = ""
    text: str = ""
    phase: str = ""
    state: dict[str, Expr] = {}


class Expectation(_Part, frozen=True):
    """What a test expects: of a trace that a contract accepts or rejects it, or of every trace that a formula holds.
    `text` is what the author wrote."""

    text: str
    place: str = ""
    contract: str = ""
    trace: str = ""
    accepts: bool = True
    formula: Formula | None = None


class Test(_Part, frozen=True):
    """Fixed traces of a flow, and what is expected of them. `given` has values of the flow's parameters."""

    name: str
    flow: str
    given: dict[str, Expr]
    traces: dict[str, tuple[Heard, ...]]
    expects: tuple[Expectation, ...]
    place: str = ""
