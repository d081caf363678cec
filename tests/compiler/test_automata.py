"""Automata of clauses: against the definition of the temporal words, smallest, and with standings for good."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from pedalang import plan
from pedalang.compiler import automata
from pedalang.expression import nodes
from tests.ltlf import (
    EVERY_STEP,
    IN_WORK,
    SPEAKERS,
    STUDENT,
    TEACHER,
    P,
    Q,
    Step,
    defined,
    dialogue,
    drawn,
    fact,
    op,
    steps,
)


def made(formula: plan.Formula) -> plan.Automaton:
    return automata.of(formula, SPEAKERS)


def after(of: plan.Automaton, state: int, step: Step) -> int:
    target = of.enter[state]
    while target >= 0:
        asked, no, yes = of.decisions[target]
        target = yes if fact(of.facts[asked], step) else no
    return ~target


def state(of: plan.Automaton, word: Sequence[Step]) -> int:
    found = 0
    for step in word:
        found = after(of, found, step)
    return found


def accepts(of: plan.Automaton, at: int) -> bool:
    return of.standings[at] in ("kept", "holding")


def agree(seed: int, depth: int, dialogues: int) -> int:
    """Compares a drawn formula with its definition in drawn dialogues. Gives how many were compared."""
    chance = random.Random(seed)
    formula = drawn(chance, depth)
    automaton = made(formula)
    for _ in range(dialogues):
        word = dialogue(chance, 7)
        assert accepts(automaton, state(automaton, word)) == defined(formula, word), (seed, formula, word)
    return dialogues


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_agrees_with_the_definition(depth: int) -> None:
    assert sum(agree(seed, depth, 4) for seed in range(250)) == 1_000


@pytest.mark.full
def test_20_000_formulas_and_dialogues_agree_with_the_definition() -> None:
    """Of formulas that are four deep, few are too large, and others take their place."""
    compared = too_large = 0
    seeds = iter(range(1_000_000, 1_010_000))
    while compared < 20_000:
        seed = next(seeds)
        try:
            compared += agree(seed, 2 + seed % 3, 4)
        except automata.TooLarge:
            too_large += 1
    assert too_large < 100


ALONE = [
    op(name, P) for name in ("not", "always", "never", "eventually", "next", "first", "last")] + [
    op(name, P, Q) for name in ("and", "or", "implies", "whenever", "until", "until_finally", "since", "before")] + [
    op("before", P, Q, number=2), op("within", P, number=3), op("during", IN_WORK, op("at_most", P, number=1)),
    op("at_most", P, number=2), op("at_least", P, number=2), op("exactly", P, number=2),
    op("at_most", P, number=1, consecutive=True), op("at_least", TEACHER, number=2, consecutive=True),
    op("at_most", op("not", STUDENT), number=1, consecutive=True),
]
NESTED = [
    op("whenever", P, op("eventually", Q)), op("whenever", P, op("within", Q, number=3)),
    op("never", op("before", P, Q, number=2)), op("whenever", P, op("next", op("not", P))),
    op("whenever", P, op("since", op("not", P), Q)), op("always", op("since", op("eventually", P), op("next", Q))),
    op("always", op("first", op("eventually", P))), op("first", op("last", P)),
    op("eventually", op("during", IN_WORK, op("last", P))),
    op("during", IN_WORK, op("whenever", P, op("since", Q, op("first", Q)))),
    op("and", op("first", P), op("never", op("before", Q, P))),
    op("at_least", op("since", P, op("eventually", Q)), number=2), op("always", op("at_most", P, number=2)),
    op("before", op("next", P), op("last", Q), number=2),
]


@pytest.mark.parametrize("formula", ALONE + NESTED)
def test_every_dialogue_of_up_to_three_turns(formula: plan.Formula) -> None:
    automaton, words = made(formula), [[]]
    for length in range(4):
        for word in words:
            assert accepts(automaton, state(automaton, word)) == defined(formula, word), word
        words = [[*word, step] for word in words for step in EVERY_STEP] if length < 2 else \
            [[*word, step] for word in words[::7] for step in EVERY_STEP]


@pytest.mark.parametrize("formula", [drawn(random.Random(seed), 3) for seed in range(60)] + ALONE + NESTED)
def test_no_two_states_say_the_same_and_none_is_out_of_reach(formula: plan.Formula) -> None:
    automaton = made(formula)
    states = range(len(automaton.enter))
    leads = [tuple(walk(automaton, at, valued) for valued in valuations(automaton)) for at in states]
    classes = [accepts(automaton, at) for at in states]
    while True:
        finer = [(classes[at], *(classes[later] for later in leads[at])) for at in states]
        if len(set(finer)) == len(set(classes)):
            break
        names = {each: number for number, each in enumerate(dict.fromkeys(finer))}
        classes = [names[each] for each in finer]
    assert len(set(classes)) == len(states)
    met = [0]
    for at in met:
        met += [later for later in dict.fromkeys(leads[at]) if later not in met]
    assert sorted(met) == [*states]


def valuations(of: plan.Automaton) -> list[tuple[bool, ...]]:
    return [tuple(bool(bits >> at & 1) for at in range(len(of.facts))) for bits in range(1 << len(of.facts))]


def walk(of: plan.Automaton, at: int, valued: tuple[bool, ...]) -> int:
    target = of.enter[at]
    while target >= 0:
        asked, no, yes = of.decisions[target]
        target = yes if valued[asked] else no
    return ~target


@pytest.mark.parametrize("formula", [drawn(random.Random(seed), 3) for seed in range(60)] + ALONE + NESTED)
def test_standings_are_for_good_where_they_say_so(formula: plan.Formula) -> None:
    automaton = made(formula)
    for at, standing in enumerate(automaton.standings):
        reached = {at}
        frontier = [at]
        for one in frontier:
            new = {walk(automaton, one, valued) for valued in valuations(automaton)} - reached
            reached |= new
            frontier += new
        worth = {accepts(automaton, each) for each in reached}
        assert (standing in ("kept", "broken")) == (len(worth) == 1)
        assert accepts(automaton, at) == (standing in ("kept", "holding"))


@pytest.mark.parametrize("seed", range(25))
def test_what_is_for_good_stays_so_by_the_definition(seed: int) -> None:
    chance = random.Random(seed)
    formula = drawn(chance, 2)
    automaton = made(formula)
    for _ in range(12):
        word = dialogue(chance, 4)
        standing = automaton.standings[state(automaton, word)]
        for _ in range(8):
            more = dialogue(chance, 4)
            if standing in ("kept", "broken"):
                assert defined(formula, word + more) == (standing == "kept")


@pytest.mark.parametrize("formula", [drawn(random.Random(seed), 3) for seed in range(40)])
def test_the_form_is_canonical(formula: plan.Formula) -> None:
    """A decision leads on to earlier ones, no fact is asked twice on a way, and each fact is asked for."""
    automaton = made(formula)
    for number, (asked, no, yes) in enumerate(automaton.decisions):
        assert no != yes
        for target in (no, yes):
            assert target < number
            if target < 0:
                assert ~target < len(automaton.enter)
        assert 0 <= asked < len(automaton.facts)
    assert {asked for asked, _, _ in automaton.decisions} == {*range(len(automaton.facts))}
    assert len(set(automaton.decisions)) == len(automaton.decisions)
    assert made(formula) == automaton


@pytest.mark.parametrize(("one", "other"), [
    (op("never", P), op("always", op("not", P))),
    (op("not", op("eventually", P)), op("never", P)),
    (op("whenever", P, Q), op("always", op("implies", P, Q))),
    (op("at_most", P, number=0), op("never", P)),
    (op("at_least", P, number=1), op("eventually", P)),
    (op("exactly", P, number=2), op("and", op("at_most", P, number=2), op("at_least", P, number=2))),
    (op("always", op("eventually", op("eventually", P))), op("always", op("eventually", P))),
    (op("until_finally", P, Q), op("and", op("until", P, Q), op("eventually", Q))),
    (op("eventually", op("first", P)), op("first", P)),
    (op("last", P), op("eventually", op("last", P))),
    (op("never", op("before", P, Q)), op("until", op("not", P), op("and", Q, op("not", P)))),
    (op("always", op("at_most", P, number=3)), op("at_most", P, number=3)),
    (op("and", P, Q), op("and", Q, P)),
])
def test_formulas_that_say_the_same_have_automata_of_one_size(one: plan.Formula, other: plan.Formula) -> None:
    assert len(made(one).enter) == len(made(other).enter)
    same = made(op("or", op("and", one, other), op("and", op("not", one), op("not", other))))
    assert same.standings == ("kept",)


@pytest.mark.parametrize(("formula", "states"), [
    (op("or", P, op("not", P)), 1), (op("never", P), 2), (op("eventually", P), 2),
    (op("never", op("before", P, Q, number=2)), 4), (op("within", P, number=12), 14),
    (op("whenever", P, op("within", Q, number=10)), 11), (op("at_most", P, number=100), 102),
    (op("last", P), 2), (op("first", P), 3), (op("at_most", P, number=2, consecutive=True), 10),
    (op("at_most", TEACHER, number=2, consecutive=True), 4),
    (op("never", op("before", P, Q, number=300)), 302),
])
def test_how_many_states(formula: plan.Formula, states: int) -> None:
    assert len(made(formula).enter) == states


def test_numbers_are_met_breadth_first_and_facts_as_they_are_asked() -> None:
    found = made(op("never", op("before", P, Q, number=2)))
    assert found == plan.Automaton(
        (P.holds, Q.holds), (1, 3, -3, -4), ((1, -1, -2), (0, 0, -3), (1, -2, -4), (0, 2, -3)),
        ("holding", "holding", "broken", "kept"))
    assert [found.standings[state(found, steps(word))] for word in ("q", "q q", "q p", "")] == [
        "holding", "kept", "broken", "holding"]


def test_a_fact_is_known_by_what_it_says() -> None:
    """Written twice it is one fact; `1` and `true` are two."""
    again = plan.Atom(nodes.Name("p"))
    assert len(made(op("and", op("eventually", P), op("eventually", again))).facts) == 1
    one, true = (plan.Atom(nodes.Binary("==", nodes.Name("p"), nodes.Lit(value))) for value in (1, True))
    assert len(made(op("and", op("eventually", one), op("eventually", true))).facts) == 2


def test_truth_values_are_no_facts() -> None:
    always = plan.Atom(nodes.Lit(True))
    assert made(op("at_most", always, number=3)).facts == ()
    assert made(op("always", always)).standings == ("kept",)
    assert made(op("eventually", plan.Atom(nodes.Lit(False)))).standings == ("broken",)


@pytest.mark.parametrize("formula", [
    op("sometimes", P), op("until", P), op("within", P), op("at_most", P), op("during", op("not", IN_WORK), P),
])
def test_a_formula_of_no_known_form_is_refused(formula: plan.Formula) -> None:
    with pytest.raises(plan.PlanError):
        made(formula)


@pytest.mark.parametrize(("formula", "what"), [
    (op("at_most", P, number=1_000_000), "2,000 states"),
    (op("and", op("at_most", P, number=90), op("at_most", Q, number=80)), "2,000 states"),
    (op("never", op("before", P, op("next", Q), number=999_999)), "2,000 states"),
    (op("or", *(plan.Atom(nodes.Name(f"p{at}")) for at in range(101))), "100 facts"),
    (op("and", *(op("whenever", plan.Atom(nodes.Name(f"p{at}")), op("eventually", plan.Atom(nodes.Name(f"q{at}"))))
                 for at in range(40))), "50,000 choices"),
])
def test_what_is_too_large_is_said(formula: plan.Formula, what: str) -> None:
    with pytest.raises(automata.TooLarge, match=f"more than {what}"):
        made(formula)
