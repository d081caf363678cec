"""Contracts over finished dialogues: the operators against their definition, and where a clause was lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import along, turn_record
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.runtime.episode import monitor

P, Q = plan.Atom(nodes.Name("p")), plan.Atom(nodes.Name("q"))
IN_WORK = plan.Atom(nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "phase"), nodes.Lit("work")))


class Step(NamedTuple):
    """A turn of a made-up dialogue, as the definition below sees it."""

    p: bool
    q: bool
    speaker: str
    work: bool


def trace(steps: Sequence[Step]) -> list[Env]:
    return [
        {"p": s.p, "q": s.q, "turn": {"speaker": s.speaker, "phase": "work" if s.work else "rest"}} for s in steps
    ]


def steps(letters: str) -> list[Step]:
    """A dialogue from one word a turn: `p`, `q`, `pq` or `-`, `w` for the phase; teacher and student in turn."""
    return [
        Step("p" in word, "q" in word, "teacher" if at % 2 == 0 else "student", "w" in word)
        for at, word in enumerate(letters.split())
    ]


def op(name: str, *parts: plan.Formula, number: int | None = None, consecutive: bool = False) -> plan.Op:
    return plan.Op(name, parts, number, consecutive)


def holds(formula: plan.Formula, letters: str) -> bool:
    return monitor.holds(formula, trace(steps(letters)), Evaluator())


def lost_at(formula: plan.Formula, word: Sequence[Step]) -> tuple[bool, int | None]:
    contract = plan.Contract("C", "f", (plan.Clause("c", "hard", formula, ""),))
    (verdict,) = monitor.verdicts(contract, trace(word), Evaluator())
    return verdict.kept, verdict.broken_at


# ---------------------------------------------------------------- the definition, by recursion over turn and formula


def defined(f: plan.Formula, word: Sequence[Step], i: int) -> bool:
    n = len(word)
    if isinstance(f, plan.Atom):
        return i < n and (word[i].work if f is IN_WORK else word[i].p if f is P else word[i].q)

    def at(part: int, j: int) -> bool:
        return defined(f.of[part], word, j)

    rest = range(i, n)
    match f.op:
        case "not":
            return not at(0, i)
        case "and":
            return all(at(part, i) for part in range(len(f.of)))
        case "or":
            return any(at(part, i) for part in range(len(f.of)))
        case "implies":
            return not at(0, i) or at(1, i)
        case "always":
            return all(at(0, j) for j in rest)
        case "never":
            return not any(at(0, j) for j in rest)
        case "eventually":
            return any(at(0, j) for j in rest)
        case "next":
            return i + 1 < n and at(0, i + 1)
        case "first":
            return n > 0 and at(0, 0)
        case "last":
            return n > 0 and at(0, n - 1)
        case "whenever":
            return all(at(1, j) for j in rest if at(0, j))
        case "until":
            return all(at(0, j) for j in rest) or defined(op("until_finally", *f.of), word, i)
        case "until_finally":
            return any(at(1, j) and all(at(0, k) for k in range(i, j)) for j in rest)
        case "since":
            return i < n and any(at(1, j) and all(at(0, k) for k in range(j + 1, i + 1)) for j in range(i + 1))
        case "before":
            return i < n and at(0, i) and sum(at(1, j) for j in range(i)) < (1 if f.number is None else f.number)
        case "within":
            return any(at(0, j) for j in range(i, min(n, i + f.number)))
        case "during":
            runs = [(start, run) for start, run in work_runs(word) if start + len(run) > i]
            return all(defined(f.of[1], run, max(i - start, 0)) for start, run in runs)
        case "at_most" | "at_least" | "exactly":
            found = longest_row(f.of[0], word, i) if f.consecutive else sum(at(0, j) for j in rest)
            return {"at_most": found <= f.number, "at_least": found >= f.number, "exactly": found == f.number}[f.op]
    raise AssertionError(f.op)


def work_runs(word: Sequence[Step]) -> list[tuple[int, list[Step]]]:
    starts = [j for j, step in enumerate(word) if step.work and (j == 0 or not word[j - 1].work)]
    found = []
    for start in starts:
        stop = next((j for j in range(start, len(word)) if not word[j].work), len(word))
        found.append((start, list(word[start:stop])))
    return found


def longest_row(f: plan.Formula, word: Sequence[Step], i: int) -> int:
    best = 0
    for speaker in {step.speaker for step in word}:
        marks = "".join("x" if defined(f, word, j) else " " for j in range(i, len(word)) if word[j].speaker == speaker)
        best = max([best, *map(len, marks.split())])
    return best


atoms = st.sampled_from([P, Q])
counts = st.integers(0, 3)


def compound(inner: st.SearchStrategy[plan.Formula]) -> st.SearchStrategy[plan.Formula]:
    one = st.sampled_from(["not", "always", "never", "eventually", "next", "first", "last"])
    two = st.sampled_from(["and", "or", "implies", "whenever", "until", "until_finally", "since"])
    bound = st.sampled_from(["at_most", "at_least", "exactly"])
    return st.one_of(
        st.builds(lambda o, f: op(o, f), one, inner),
        st.builds(lambda o, f, g: op(o, f, g), two, inner, inner),
        st.builds(lambda f, g, k: op("before", f, g, number=k), inner, inner, st.none() | counts),
        st.builds(lambda o, f, k, row: op(o, f, number=k, consecutive=row), bound, inner, counts, st.booleans()),
        st.builds(lambda f, k: op("within", f, number=k + 1), inner, counts),
        st.builds(lambda f: op("during", IN_WORK, f), inner),
    )


formulas = st.recursive(atoms, compound, max_leaves=5)
words = st.lists(st.builds(Step, st.booleans(), st.booleans(), st.sampled_from("ts"), st.booleans()), max_size=7)


@settings(max_examples=600, deadline=None)
@given(formulas, words)
def test_agrees_with_the_definition(formula: plan.Formula, word: list[Step]) -> None:
    assert monitor.holds(formula, trace(word), Evaluator()) == defined(formula, word, 0)


@settings(max_examples=400, deadline=None)
@given(formulas, words, words)
def test_what_is_lost_stays_lost(formula: plan.Formula, word: list[Step], more: list[Step]) -> None:
    kept, at = lost_at(formula, word)
    if kept or not word:
        assert at is None
        return
    assert at is not None
    assert not any(defined(formula, word[:length], 0) for length in range(at + 1, len(word) + 1))
    if at < len(word) - 1:
        assert not defined(formula, word[: at + 1] + more, 0)


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize(("formula", "letters", "expected"), [
    (op("always", P), "p p p", True),
    (op("always", P), "p - p", False),
    (op("never", P), "q q", True),
    (op("eventually", P), "- - p", True),
    (op("next", P), "- p", True),
    (op("next", P), "p", False),
    (op("first", P), "p -", True),
    (op("always", op("first", P)), "p - -", True),
    (op("last", P), "- p", True),
    (op("last", P), "p -", False),
    (op("whenever", P, op("next", Q)), "p q p q", True),
    (op("whenever", P, op("next", Q)), "p q p", False),
    (op("until", P, Q), "p p p", True),
    (op("until_finally", P, Q), "p p p", False),
    (op("until_finally", P, Q), "p p q -", True),
    (op("until", op("not", P), Q), "- pq p", True),
    (op("always", op("since", P, Q)), "q p p", True),
    (op("always", op("since", P, Q)), "p q p", False),
    (op("within", P, number=2), "- p -", True),
    (op("within", P, number=2), "- - p", False),
    (op("whenever", Q, op("within", P, number=2)), "q p q - p", False),
    (op("during", IN_WORK, op("never", P)), "p w w p", True),
    (op("during", IN_WORK, op("never", P)), "p w wp p", False),
    (op("during", IN_WORK, op("first", P)), "- wp w - wp", True),
    (op("during", IN_WORK, op("first", P)), "- wp w - w", False),
    (op("during", IN_WORK, op("eventually", P)), "- -", True),
    (op("at_most", P, number=2), "p - p -", True),
    (op("at_most", P, number=2), "p p p", False),
    (op("at_least", P, number=2), "p - -", False),
    (op("exactly", P, number=2), "p - p", True),
])
def test_operators(formula: plan.Formula, letters: str, expected: bool) -> None:
    assert holds(formula, letters) is expected


def test_never_before_two() -> None:
    clause = op("never", op("before", P, Q, number=2))
    assert holds(clause, "q - q - p")
    assert not holds(clause, "q - p - q")
    assert not holds(clause, "q - pq -"), "the turns before count, not the turn itself"
    assert holds(clause, "- - -"), "and the second need not come"


def test_before_needs_one_where_no_number_is_given() -> None:
    assert holds(op("never", op("before", P, Q)), "q p")
    assert not holds(op("never", op("before", P, Q)), "p q")


def test_consecutive_means_in_one_speakers_turns() -> None:
    row = op("at_most", P, number=2, consecutive=True)
    assert not holds(row, "p - p - p"), "the student's turns in between do not break the row"
    assert holds(row, "p - p - - - p"), "a teacher's turn without it does"
    assert holds(row, "p p p p"), "two speakers' turns are no row"
    assert holds(op("at_least", P, number=2, consecutive=True), "p - p")
    assert not holds(op("exactly", P, number=2, consecutive=True), "p - p - p")


@pytest.mark.parametrize(("formula", "expected"), [
    (P, False), (op("not", P), True), (op("always", P), True), (op("never", P), True), (op("eventually", P), False),
    (op("next", P), False), (op("first", op("always", P)), False), (op("last", op("always", P)), False),
    (op("whenever", P, Q), True), (op("until", P, Q), True), (op("until_finally", P, Q), False),
    (op("since", P, Q), False), (op("before", P, Q), False), (op("within", P, number=3), False),
    (op("during", IN_WORK, P), True), (op("at_most", P, number=0), True), (op("at_least", P, number=1), False),
    (op("at_least", P, number=0), True), (op("exactly", P, number=0), True),
])
def test_dialogue_without_turns(formula: plan.Formula, expected: bool) -> None:
    assert holds(formula, "") is expected
    assert lost_at(formula, []) == (expected, None)


@pytest.mark.parametrize(("formula", "letters", "turn"), [
    (op("never", P), "- - p - p", 2),
    (op("always", P), "p - p", 1),
    (op("first", P), "- p p", 0),
    (op("eventually", P), "- - - -", 3),
    (op("within", P, number=2), "- - p -", 1),
    (op("last", P), "p p -", 2),
    (op("whenever", P, op("next", Q)), "p q p - q", 3),
    (op("whenever", P, op("next", Q)), "- - p", 2),
    (op("until_finally", P, Q), "p p - q", 2),
    (op("never", op("before", P, Q, number=2)), "q p q p", 1),
    (op("at_most", P, number=1), "p - p - p", 2),
    (op("at_least", P, number=2), "p - - -", 3),
    (op("exactly", P, number=1), "p p - -", 1),
    (op("at_most", P, number=2, consecutive=True), "p - p - p - -", 4),
    (op("during", IN_WORK, op("eventually", P)), "- w w - -", 3),
    (op("during", IN_WORK, op("eventually", P)), "- w w", 2),
])
def test_where_it_was_lost(formula: plan.Formula, letters: str, turn: int) -> None:
    assert lost_at(formula, steps(letters)) == (False, turn)


def test_an_atom_without_a_value_does_not_hold() -> None:
    divides = plan.Atom(nodes.Binary("/", nodes.Lit(1), nodes.Lit(0)))
    absent = plan.Atom(nodes.Text((nodes.Lit("a "), nodes.Lit(None))))
    for atom in (divides, absent, plan.Atom(nodes.Name("nobody"))):
        assert holds(op("never", atom), "p q")
        assert not holds(op("eventually", atom), "p q")


def test_verdicts_over_a_dialogue() -> None:
    """Clauses in order, over the environments that running and scoring share."""
    told = plan.Atom(nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move"), nodes.Lit("telling")))
    right = plan.Atom(nodes.Attr(nodes.Name("student"), "correct"))
    contract = plan.Contract("Patience", "lesson", (
        plan.Clause("no_telling", "hard", op("never", told), "never telling"),
        plan.Clause("resolves", "soft", op("within", right, number=4), "eventually student.correct within 4 turns"),
    ))
    turns = [turn_record("teacher", "Tell me.", move="probing"), turn_record("student", "2/5", number=1),
             turn_record("teacher", "It is 5/6.", move="telling", number=2), turn_record("student", "5/6", number=3)]
    states = [{"teacher": {}, "student": {"correct": at == 3}} for at in range(4)]
    found = monitor.verdicts(contract, along({}, {"teacher": {}, "student": {"correct": False}}, turns, states),
                             Evaluator())
    assert [(v.contract, v.clause, v.severity, v.kept, v.broken_at) for v in found] == [
        ("Patience", "no_telling", "hard", False, 2), ("Patience", "resolves", "soft", True, None)]


@pytest.mark.parametrize("formula", [
    op("sometimes", P), op("until", P), op("within", P), op("at_most", P), op("during", op("not", IN_WORK), P),
])
def test_a_formula_of_no_known_form_is_refused(formula: plan.Formula) -> None:
    with pytest.raises(plan.PlanError):
        holds(formula, "p")
