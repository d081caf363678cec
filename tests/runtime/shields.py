"""Clauses with their automata, and shields for them, written by hand; and dialogues under them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.expression.nodes import Lit
from pedalang.runtime.engines.engine import Reply
from pedalang.runtime.episode import flow, speaker, state
from tests.runtime import conftest as made

MOVES = ("generic", "probing", "focus", "telling")
ASK_FIRST = ("Rules", "ask_first")
NO_ANSWER = ("Rules", "no_answer")
HERE = made.binary


def does(move: str) -> nodes.Expr:
    return HERE("==", "turn.move", move)


def ask_first() -> plan.Clause:
    """`never telling before 2 generic`: none, one, two of them, or broken."""
    automaton = plan.Automaton(
        (does("telling"), does("generic")), (1, 3, ~2, ~3), ((1, ~0, ~1), (0, 0, ~3), (1, ~1, ~2), (0, 2, ~3)),
        ("holding", "holding", "kept", "broken"))
    telling, generic = plan.Atom(does("telling")), plan.Atom(does("generic"))
    formula = plan.Op("never", (plan.Op("before", (telling, generic), 2),))
    return plan.Clause("ask_first", "hard", formula, "never telling before 2 generic", automaton=automaton)


def never(name: str, fact: nodes.Expr, text: str) -> plan.Clause:
    automaton = plan.Automaton((fact,), (0, ~1), ((0, ~0, ~1),), ("holding", "broken"))
    return plan.Clause(name, "hard", plan.Op("never", (plan.Atom(fact),)), text, automaton=automaton)


def no_answer() -> plan.Clause:
    """The teacher's words do not show the answer."""
    said = nodes.Call("mentions_number", (made.ref("turn.text"), made.ref("problem.answer")))
    fact = nodes.Binary("and", HERE("==", "turn.speaker", "teacher"), said)
    return never("no_answer", fact, "never teacher and leaks(problem.answer)")


BY_MOVES = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), looks=(plan.ClauseState(*ASK_FIRST),),
                       masked={"[0]": ("telling",), "[1]": ("telling",)})
BY_WORDS = plan.Shield("lesson", ("Rules",), words=(NO_ANSWER,))


def lesson(by: plan.Shield, *clauses: plan.Clause, turns: int = 8, flow: Mapping[str, Any] | None = None,
           **role: Any) -> plan.Plan:
    """A lesson in which every move is always allowed, and its shield."""
    phase = plan.Phase("work", (plan.Turn("teacher", MOVES), plan.Turn("student")), max_turns=turns)
    role.setdefault("moves", {name: plan.Move(name, say=(Lit(f"A {name}."), Lit(f"One {name}."))) for name in MOVES})
    where = {"phases": {"work": phase}, "start": "work", "max_turns": turns, "obeys": ("Rules",), **(flow or {})}
    return made.lesson(teacher=made.tutor(**role), flow=where, shields=(by,),
                       contracts={"Rules": plan.Contract("Rules", "lesson", clauses)})


def dialogue(of: plan.Plan, engine: made.Picks, seed: int, level: state.Level = "full"
             ) -> tuple[list[journal.Turn], list[journal.Intervention]]:
    """A dialogue, and what the shield did in it. Nothing is written."""
    here = state.setting(of, "lesson", made.both(engine), seed, shield=level)
    at, (following, turns, done) = state.begin(here, 0, made.items(1)[0]), (None, [], [])
    at, following = flow.advance(here, at)
    while not isinstance(following, str):
        taking = speaker.simulated(here, at, following)
        try:
            ask = next(taking)
            while True:
                answer = engine.reply(ask.request)
                assert isinstance(answer, Reply)
                ask = taking.send(answer)
        except StopIteration as over:
            taken = over.value
        turns.append(taken.turn)
        done += taken.interventions
        at, following = flow.advance(here, taken.state)
    return turns, done


def interventions(folder: Path) -> list[journal.Intervention]:
    events = journal.open_journal(folder)
    try:
        return events.interventions()
    finally:
        events.close()


def says(*replies: str) -> made.Picks:
    """An engine whose generated replies are these, one after the other, the last one again and again."""
    left: Iterator[str] = itertools.chain(replies, itertools.repeat(replies[-1]))
    return made.Picks(lambda request: next(left))


def both_ways(**role: Any) -> plan.Plan:
    """Masked moves, and words that are generated and often show the answer."""
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), (NO_ANSWER,), BY_MOVES.looks, BY_MOVES.masked)
    return lesson(by, ask_first(), no_answer(), policy=plan.Policy("model"), speak="free", turns=6, **role)


def leaky(**more: Any) -> made.Picks:
    """Two of three replies of the teacher show every answer that there may be."""
    answers = ", ".join(str(item["problem"]["answer"]) for item in made.items(6))
    return made.Picks(lambda request: f"It is one of {answers}." if request.seed % 3 else f"Think {request.seed}!",
                      **more)
