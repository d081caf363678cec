"""Formulas as terms, each made once, of few forms: `always` is `not eventually not`, and so on.

A term is a number; `Terms.shape` gives its form, `Terms.empty` what it is worth in a dialogue without turns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from pedalang import plan
from pedalang.compiler.automata.diagrams import TooLarge
from pedalang.expression import nodes

MOST_FACTS = 100
"""How many different facts a clause reads at most."""
_PAST = ("since", "first", "seen")
_TIMELESS = ("not", "and", "or", "implies")


class Shape(NamedTuple):
    """What a term is.

    `no yes turn` (false; true; there is this turn) · `fact` (by its number) · `not and or` · `eventually next last` ·
    `until` (the second has to come) · `within` (so many turns) · `at_most` (so many turns) · `row` (from here on so
    many turns of a speaker; of all where none is given) · `during` (a phase; an automaton, by its number, in a state,
    or None outside) · `since` · `first` · `seen` (at so many turns before this one, at least)
    """

    form: str
    of: tuple[int, ...] = ()
    number: int = 0
    speaker: int | None = None
    """The fact that the speaker speaks."""
    inside: int | None = None


class Terms:
    """The terms of a clause, and the facts that they read. `inner` are the formulas that phases are looked at with."""

    def __init__(self, speakers: tuple[str, ...]) -> None:
        self.shapes: list[Shape] = []
        self.facts: list[nodes.Expr] = []
        self.inner: list[int] = []
        self.past: list[frozenset[int]] = []
        """For each term those inside it, itself too, that remember turns before."""
        self._empty: list[bool] = []
        self._terms: dict[Shape, int] = {}
        self._facts: dict[bytes, int] = {}
        self._speakers = speakers
        self.no, self.yes = self.term(Shape("no")), self.term(Shape("yes"))
        self.turn = self.term(Shape("turn"))

    def term(self, shape: Shape) -> int:
        """The term of a shape."""
        found = self._terms.get(shape)
        if found is None:
            found = self._terms[shape] = len(self.shapes)
            inside = frozenset[int]().union(*(self.past[part] for part in shape.of))
            self.shapes.append(shape)
            self.past.append(inside | {found} if shape.form in _PAST else inside)
            self._empty.append(self._worth(shape))
        return found

    def empty(self, term: int) -> bool:
        """What a term is worth in a dialogue without turns."""
        return self._empty[term]

    def read(self, formula: plan.Formula) -> int:
        """The term of a formula. Raises `TooLarge`, and `PlanError` for what is no formula of this version."""
        if isinstance(formula, plan.Atom):
            return self._fact(formula.holds)
        known = _READINGS.get(formula.op)
        if known is None:
            raise plan.PlanError(f"unknown operator {formula.op!r} in a formula")
        parts, numbered, reading = known
        if parts not in (len(formula.of), None) or (numbered and formula.number is None):
            raise plan.PlanError(f"operator {formula.op!r} lacks a part or a number")
        return reading(self, formula, *(self.read(part) for part in formula.of))

    def not_(self, one: int) -> int:
        """The opposite of a term. Other methods by the name of a form give the term of that form."""
        shape = self.shapes[one]
        if shape.form == "not":
            return shape.of[0]
        if one in (self.no, self.yes):
            return self.yes if one == self.no else self.no
        return self.term(Shape("not", (one,)))

    def and_(self, *several: int) -> int:
        return self._joined("and", several, self.yes, self.no)

    def or_(self, *several: int) -> int:
        return self._joined("or", several, self.no, self.yes)

    def always(self, one: int) -> int:
        return self.not_(self.term(Shape("eventually", (self.not_(one),))))

    def weakly(self, one: int, other: int) -> int:
        """`one` until `other`, which need not come."""
        lost = self.and_(self.not_(one), self.not_(other))
        return self.not_(self.term(Shape("until", (self.not_(other), lost))))

    def within(self, one: int, turns: int) -> int:
        return self.term(Shape("within", (one,), turns)) if turns > 0 else self.no

    def at_most(self, one: int, times: int) -> int:
        return self.term(Shape("at_most", (one,), times)) if times >= 0 else self.no

    def before(self, one: int, other: int, times: int) -> int:
        enough = self.term(Shape("seen", (other,), times)) if times > 0 else self.yes
        return self.and_(self.turn, one, self.not_(enough))

    def row(self, one: int, length: int, speaker: int | None) -> int:
        return self.term(Shape("row", (one,), length, speaker)) if length > 0 else self.yes

    def during(self, phase: int, inner: int, state: int | None) -> int:
        return self.term(Shape("during", (phase,), inner, inside=state))

    def rows_at_most(self, formula: plan.Formula, one: int, length: int) -> int:
        """No speaker has a row of more than so many turns; where a formula is about nothing but who speaks, the
        dialogue has none."""
        if length < 0:
            return self.no
        speakers = [None] if _about_speakers(formula) else [self._fact(speaks(who)) for who in self._speakers]
        return self.and_(*(self.not_(self.term(Shape("eventually", (self.row(one, length + 1, who),))))
                           for who in speakers))

    def _joined(self, form: str, several: tuple[int, ...], neutral: int, final: int) -> int:
        parts = tuple(dict.fromkeys(each for each in several if each != neutral))
        if final in parts:
            return final
        return neutral if not parts else parts[0] if len(parts) == 1 else self.term(Shape(form, parts))

    def _fact(self, expr: nodes.Expr) -> int:
        if isinstance(expr, nodes.Lit) and isinstance(expr.value, bool):
            return self.and_(self.turn, self.yes if expr.value else self.no)
        key = msgspec.json.encode(expr, order="deterministic")
        number = self._facts.setdefault(key, len(self.facts))
        if number == len(self.facts):
            if number == MOST_FACTS:
                raise TooLarge(MOST_FACTS, "facts")
            self.facts.append(expr)
        return self.term(Shape("fact", (), number))

    def _worth(self, shape: Shape) -> bool:
        match shape.form:
            case "not":
                return not self._empty[shape.of[0]]
            case "and":
                return all(self._empty[part] for part in shape.of)
            case "or":
                return any(self._empty[part] for part in shape.of)
        return shape.form in ("yes", "at_most", "during")


def speaks(member: str) -> nodes.Expr:
    """A member of the cast speaks."""
    return nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit(member))


def _about_speakers(formula: plan.Formula) -> bool:
    """Whether a formula is about nothing but who speaks at a turn."""
    if isinstance(formula, plan.Op):
        return formula.op in _TIMELESS and all(map(_about_speakers, formula.of))
    match formula.holds:
        case nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit()):
            return True
    return False


def _during(terms: Terms, op: plan.Op, phase: int, inner: int) -> int:
    if terms.shapes[phase].form not in ("fact", "no", "turn"):
        raise plan.PlanError("operator 'during' needs a plain test of the phase")
    if inner not in terms.inner:
        terms.inner.append(inner)
    return terms.during(phase, terms.inner.index(inner), None)


def _counted(terms: Terms, op: plan.Op, one: int) -> int:
    number = op.number or 0

    def most(times: int) -> int:
        return terms.rows_at_most(op.of[0], one, times) if op.consecutive else terms.at_most(one, times)

    match op.op:
        case "at_most":
            return most(number)
        case "at_least":
            return terms.not_(most(number - 1))
    return terms.and_(most(number), terms.not_(most(number - 1)))


def _plain(form: str) -> Callable[..., int]:
    return lambda terms, op, *parts: terms.term(Shape(form, parts))


_READINGS: dict[str, tuple[int | None, bool, Callable[..., int]]] = {
    "not": (1, False, lambda terms, op, f: terms.not_(f)),
    "and": (None, False, lambda terms, op, *parts: terms.and_(*parts)),
    "or": (None, False, lambda terms, op, *parts: terms.or_(*parts)),
    "implies": (2, False, lambda terms, op, p, q: terms.or_(terms.not_(p), q)),
    "always": (1, False, lambda terms, op, f: terms.always(f)),
    "never": (1, False, lambda terms, op, f: terms.always(terms.not_(f))),
    "eventually": (1, False, _plain("eventually")),
    "next": (1, False, _plain("next")),
    "first": (1, False, _plain("first")),
    "last": (1, False, _plain("last")),
    "whenever": (2, False, lambda terms, op, p, q: terms.always(terms.or_(terms.not_(p), q))),
    "during": (2, False, _during),
    "until": (2, False, lambda terms, op, f, g: terms.weakly(f, g)),
    "until_finally": (2, False, _plain("until")),
    "since": (2, False, _plain("since")),
    "before": (2, False, lambda terms, op, a, b: terms.before(a, b, 1 if op.number is None else op.number)),
    "within": (1, True, lambda terms, op, f: terms.within(f, op.number)),
    "at_most": (1, True, _counted),
    "at_least": (1, True, _counted),
    "exactly": (1, True, _counted),
}
"""Name to how many parts an operator has (None: one or more), whether it needs a number, and its term."""
