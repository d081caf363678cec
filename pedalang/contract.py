"""Contracts as a plan holds them: formulas over the turns of a dialogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from pedalang.expression.nodes import Expr, Judged, inside


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Atom(_Part, frozen=True, tag_field="is", tag="atom"):
    """Holds at a turn if the expression does; the environment is that after the turn. `text` is what the author wrote.
    """

    holds: Expr
    text: str = ""


class Op(_Part, frozen=True, tag_field="is", tag="op"):
    """A connective or temporal operator: `not and or implies always never eventually next first last until
    until_finally since before whenever during at_most at_least exactly within`; `number` is its bound, if it has one.
    """

    op: str
    of: tuple[Formula, ...]
    number: int | None = None
    consecutive: bool = False


Formula: TypeAlias = Atom | Op


Standing: TypeAlias = Literal["kept", "holding", "pending", "broken"]
"""What a clause is worth after a turn: kept for good, whatever comes; kept if the dialogue ended here; not yet kept;
broken for good."""


class Automaton(_Part, frozen=True):
    """A formula as the smallest deterministic automaton over finite dialogues. It begins in state 0.

    A target is a state or a decision: `~target` is the state where it is below 0, else it is the index of a decision.
    """

    facts: tuple[Expr, ...]
    """What is looked at after a turn; what has no value there does not hold."""
    enter: tuple[int, ...]
    """State to the target that its next turn leads to."""
    decisions: tuple[tuple[int, int, int], ...]
    """(index of a fact, target where it does not hold, target where it does). A decision leads to earlier ones alone,
    so that each turn ends in a state."""
    standings: tuple[Standing, ...]
    """What the formula is worth in each state."""

    @property
    def sound(self) -> bool:
        """Whether all that it names is there."""
        states = len(self.standings)
        return bool(states) and len(self.enter) == states and \
            all(-states <= target < len(self.decisions) for target in self.enter) and \
            all(0 <= fact < len(self.facts) and -states <= no < own and -states <= yes < own
                for own, (fact, no, yes) in enumerate(self.decisions))


Assurance: TypeAlias = Literal["proved", "shieldable", "monitored"]
"""What is known of a clause before any dialogue: no run can break it; the teacher's choices can keep it, whatever the
others do; neither."""


class Clause(_Part, frozen=True):
    """One line of a contract: a formula, and how much a breach matters."""

    name: str
    severity: Literal["hard", "soft"]
    formula: Formula
    text: str
    """The clause as the author wrote it."""
    place: str = ""
    automaton: Automaton | None = None
    """Every clause of a program that compiles has one. Of a clause that asks a judge, facts are known only when the
    dialogue is scored."""
    assurance: Assurance = "monitored"


class Contract(_Part, frozen=True):
    """Clauses over the turns of one flow, whose parameters their expressions use."""

    name: str
    flow: str
    clauses: tuple[Clause, ...]
    place: str = ""
    judged: bool = False
    """Whether a clause asks a judge: it is then looked at when the dialogue is scored."""


class ClauseState(_Part, frozen=True, tag_field="is", tag="clause"):
    """The state of a clause's automaton."""

    contract: str
    clause: str


class Position(_Part, frozen=True, tag_field="is", tag="position"):
    """Where the flow stands: its phase, the index of the step there, how many turns the phase has had (0 where it has
    no `max`), the number of the turn that comes."""

    what: Literal["phase", "step", "turns_here", "turn"]


class Reading(_Part, frozen=True, tag_field="is", tag="reading"):
    """The value of an expression before the move is chosen; `most` where more is as good as that."""

    of: Expr
    most: int | None = None


Look: TypeAlias = ClauseState | Position | Reading


class Shield(_Part, frozen=True):
    """Which moves a teacher may not make, so that clauses cannot be broken: a table of where the dialogue stands.

    `contracts` are those that a run checks; the shield with just these is its own. `keeps` are the clauses
    (contract, clause) that it keeps by moves, `words` those for which words are looked at before they are said.
    `masked` maps the values of `looks`, as a JSON array, to the moves that are not made there; where nothing stands,
    nothing is masked.
    """

    flow: str
    contracts: tuple[str, ...]
    keeps: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    looks: tuple[Look, ...] = ()
    masked: dict[str, tuple[str, ...]] = {}


def atoms(formula: Formula) -> Iterator[Atom]:
    """The atoms of a formula, in the order in which they stand."""
    if isinstance(formula, Atom):
        yield formula
        return
    for part in formula.of:
        yield from atoms(part)


def judged(of: Formula | Expr) -> Iterator[Judged]:
    """The predicates by judge that a formula or expression reads."""
    exprs = [atom.holds for atom in atoms(of)] if isinstance(of, Atom | Op) else [of]
    return (each for expr in exprs for each in inside(expr) if isinstance(each, Judged))
