"""Contracts over dialogues: what clauses are worth turn by turn, the verdicts at the end, where a clause was lost."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.environment import along, turn_record
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.expression.values import Value
from pedalang.runtime.episode import monitor
from tests.clauses import clause
from tests.ltlf import IN_WORK, TEACHER, P, Q, Step, defined, dialogue, drawn, environments, op, steps


def watching(*formulas: plan.Formula) -> monitor.Monitor:
    return monitor.Monitor((plan.Contract("C", "f", tuple(
        clause(f"c{at}", "hard", formula) for at, formula in enumerate(formulas))),))


def lost_at(formula: plan.Formula, word: Sequence[Step]) -> tuple[bool, int | None]:
    contract = plan.Contract("C", "f", (clause("c", "hard", formula),))
    (verdict,) = monitor.verdicts(contract, environments(word), Evaluator())
    return verdict.kept, verdict.broken_at


def holds(formula: plan.Formula, letters: str) -> bool:
    return lost_at(formula, steps(letters))[0]


def letters(formula: plan.Formula, word: str) -> str:
    """What a clause is worth before the first turn and after each."""
    watching_it = watching(formula)
    watched, found = watching_it.start, [watching_it.letters(watching_it.start)]
    for env in environments(steps(word)):
        watched = watching_it.after(watched, env, Evaluator())
        found.append(watching_it.letters(watched))
    return "".join(found)


@pytest.mark.parametrize("seed", range(120))
def test_verdicts_agree_with_the_definition(seed: int) -> None:
    """And what is lost at a turn is lost there for good: by the definition no beginning after it, and nothing that
    could have come instead, keeps the clause."""
    chance = random.Random(seed)
    formula = drawn(chance, 3)
    for _ in range(5):
        word, more = dialogue(chance, 7), dialogue(chance, 4)
        kept, at = lost_at(formula, word)
        assert kept == defined(formula, word)
        assert (at is None) == (kept or not word)
        if at is not None:
            assert not any(defined(formula, word[:length]) for length in range(at + 1, len(word) + 1))
            assert at == len(word) - 1 or not defined(formula, word[: at + 1] + more)


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


@pytest.mark.parametrize(("formula", "word", "standings"), [
    (op("never", P), "- p -", "kkbb"),
    (op("eventually", P), "- p -", "ppKK"),
    (op("never", op("before", P, Q, number=2)), "q q p", "kkKK"),
    (op("until_finally", P, Q), "p p -", "pppb"),
    (op("whenever", P, op("next", Q)), "- p q p", "kkpkp"),
    (op("last", P), "p - p", "pkpk"),
    (op("at_most", P, number=1), "p - p", "kkkb"),
    (op("exactly", P, number=1), "p - p", "pkkb"),
    (op("during", IN_WORK, op("last", P)), "w wp w -", "kpkpb"),
    (op("or", P, op("not", P)), "p", "KK"),
])
def test_what_a_clause_is_worth_turn_by_turn(formula: plan.Formula, word: str, standings: str) -> None:
    assert letters(formula, word) == standings


def test_a_phase_is_looked_at_as_a_dialogue_of_its_own_past_words_included() -> None:
    asked_first = op("during", IN_WORK, op("whenever", Q, op("since", op("not", Q), P)))
    assert not holds(op("during", IN_WORK, op("always", op("since", Q, P))), "p wq"), "what was before is not there"
    assert holds(op("during", IN_WORK, op("always", op("since", Q, P))), "p wp wq")
    assert holds(op("during", IN_WORK, op("never", op("before", P, Q))), "q wq wp")
    assert not holds(op("during", IN_WORK, op("never", op("before", P, Q))), "q wp")
    assert not holds(asked_first, "p wq")
    assert holds(op("next", op("during", IN_WORK, op("first", Q))), "wp wq w"), "from this turn on, not from before"
    assert not holds(op("during", IN_WORK, op("first", Q)), "wp wq w")


def test_a_row_of_who_speaks_is_one_of_the_dialogue() -> None:
    monologue = op("at_most", TEACHER, number=2, consecutive=True)
    assert holds(monologue, "t t s t t")
    assert not holds(monologue, "t s t t t")
    assert lost_at(monologue, steps("t s t t t s")) == (False, 4)
    assert holds(op("at_most", op("not", TEACHER), number=1, consecutive=True), "t s t s")
    assert not holds(op("at_most", op("not", TEACHER), number=1, consecutive=True), "t s s t")


def test_a_fact_is_looked_at_once_a_turn_and_only_where_it_is_asked_for() -> None:
    class Counting(Evaluator):
        def __init__(self) -> None:
            super().__init__()
            self.asked: list[str] = []

        def __call__(self, expr: nodes.Expr, env: Env) -> Value:
            assert isinstance(expr, nodes.Name)
            self.asked.append(expr.name)
            return super().__call__(expr, env)

    again = plan.Atom(nodes.Name("p"))
    watching_them = watching(op("never", P), op("eventually", again), op("first", Q), op("at_most", P, number=9))
    counting, watched = Counting(), watching_them.start
    for env in environments(steps("- p -")):
        watched = watching_them.after(watched, env, counting)
        counting.asked.append("|")
    assert counting.asked == ["p", "q", "|", "p", "|", "p", "|"]


def test_a_clause_that_asks_a_judge_has_no_standing_while_the_dialogue_runs() -> None:
    judged = plan.Atom(nodes.Judged("kind:1", nodes.Lit("Is it kind?"), ("yes", "no")))
    watching_them = watching(op("always", judged), op("never", P))
    (env,) = environments(steps("-"))
    assert watching_them.letters(watching_them.after(watching_them.start, env, Evaluator())) == "?k"


def test_a_clause_without_an_automaton_is_refused() -> None:
    contract = plan.Contract("C", "f", (plan.Clause("c", "hard", op("never", P), "never p"),))
    with pytest.raises(plan.PlanError):
        monitor.Monitor((contract,))


def test_verdicts_over_a_dialogue() -> None:
    """Clauses in order, over the environments that running and scoring share."""
    told = plan.Atom(nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move"), nodes.Lit("telling")))
    right = plan.Atom(nodes.Attr(nodes.Name("student"), "correct"))
    contract = plan.Contract("Patience", "lesson", (
        clause("no_telling", "hard", op("never", told), "never telling"),
        clause("resolves", "soft", op("within", right, number=4), "eventually student.correct within 4 turns"),
    ))
    turns = [turn_record("teacher", "Tell me.", move="probing"), turn_record("student", "2/5", number=1),
             turn_record("teacher", "It is 5/6.", move="telling", number=2), turn_record("student", "5/6", number=3)]
    states = [{"teacher": {}, "student": {"correct": at == 3}} for at in range(4)]
    found = monitor.verdicts(contract, along({}, {"teacher": {}, "student": {"correct": False}}, turns, states),
                             Evaluator())
    assert [(v.contract, v.clause, v.severity, v.kept, v.broken_at) for v in found] == [
        ("Patience", "no_telling", "hard", False, 2), ("Patience", "resolves", "soft", True, None)]
