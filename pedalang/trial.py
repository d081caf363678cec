"""Tests as a plan holds them: fixed traces and what is expected of them, and properties of all dialogues of a flow."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from pedalang.contract import Automaton, Formula
from pedalang.expression.nodes import Expr, Judged
from pedalang.work import Selection


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Heard(_Part, frozen=True):
    """A turn of a fixed trace: who speaks, the move or act, the words, the phase, and the variables of the speaker's
    state, and of `others` and the flow, that have another value from then on."""

    speaker: str
    does: str = ""
    text: str = ""
    phase: str = ""
    state: dict[str, Expr] = {}
    others: dict[str, dict[str, Expr]] = {}


class Expectation(_Part, frozen=True):
    """What is expected: of a trace that a contract accepts or rejects it; or of every trace, or dialogue, that a
    formula holds, or some `clauses` of a contract. `text` is what the author wrote."""

    text: str
    place: str = ""
    contract: str = ""
    trace: str = ""
    accepts: bool = True
    formula: Formula | None = None
    automaton: Automaton | None = None
    """Of the formula."""
    clauses: tuple[str, ...] = ()


class Test(_Part, frozen=True):
    """Fixed traces of a flow, and what is expected of them. `given` has values of the flow's parameters."""

    name: str
    flow: str
    given: dict[str, Expr]
    traces: dict[str, tuple[Heard, ...]]
    expects: tuple[Expectation, ...]
    place: str = ""


class Rows(_Part, frozen=True, tag_field="is", tag="rows"):
    """A parameter of the flow is any of these rows."""

    rows: Selection


class Listed(_Part, frozen=True, tag_field="is", tag="listed"):
    """A parameter of the flow is any item of a list."""

    items: Expr


class Typed(_Part, frozen=True, tag_field="is", tag="typed"):
    """A parameter of the flow is any value of a type, as the plan's records write it."""

    type: str
    cases: tuple[str, ...] = ()
    """What it may be, where the type is an enum."""


Over: TypeAlias = Rows | Listed | Typed


Change: TypeAlias = Literal["misspelt", "paraphrased", "permuted", "renamed", "reordered"]


class Related(_Part, frozen=True):
    """That a dialogue stays the same under a change that ought not to matter: turns of `members` in other words or
    another order, another name in the place of `names`, the answers of the predicates `asked` in another order. `text`
    is what the author wrote."""

    change: Change
    text: str
    place: str = ""
    members: tuple[str, ...] = ()
    names: tuple[Expr, ...] = ()
    asked: tuple[Judged, ...] = ()


class Property(_Part, frozen=True):
    """What holds of every dialogue of a flow, whatever is drawn. `varied` says what each parameter of the flow may be,
    `runs` how many dialogues are tried, `model` who speaks in them where they are not drawn from the program itself,
    `same` what a dialogue is compared with. With `replay` it is this one dialogue that is tried, by its choices."""

    name: str
    flow: str
    varied: dict[str, Over]
    expects: tuple[Expectation, ...]
    place: str = ""
    model: str = ""
    runs: int = 200
    seed: int = 0
    replay: str = ""
    same: tuple[Related, ...] = ()
