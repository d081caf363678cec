"""A lesson built by hand, and engines that answer at once: what the tests of the runtime stand on."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import EngineError
from pedalang.runtime.pool import Observer


def ref(path: str) -> nodes.Expr:
    """`student.attempt` as an expression."""
    name, *fields = path.split(".")
    found: nodes.Expr = nodes.Name(name)
    for field in fields:
        found = nodes.Attr(found, field)
    return found


def text(pattern: str) -> nodes.Text:
    """A template: `How did you get {student.attempt}?`"""
    parts = re.split(r"\{([\w.]+)\}", pattern)
    return nodes.Text(tuple(ref(part) if at % 2 else nodes.Lit(part) for at, part in enumerate(parts) if part))


def binary(symbol: str, left: str | nodes.Expr, right: Any) -> nodes.Binary:
    return nodes.Binary(symbol, ref(left) if isinstance(left, str) else left,
                        right if isinstance(right, nodes._Node) else nodes.Lit(right))


def more(name: str, by: float) -> plan.Assign:
    return plan.Assign(name, binary("+", f"student.{name}", by))


def tutor(**changes: Any) -> plan.Role:
    moves = {
        "generic": plan.Move("generic", say=(text("Let us add {problem.a} and {problem.b}."), text("Well done."))),
        "probing": plan.Move("probing", intent=text("Ask for the steps. Do not tell."), say=(
            text("How did you get {student.attempt}?"), text("Tell me the steps to {student.attempt}."),
            text("Is {student.attempt} more than {problem.a}?"), text("Why {student.attempt}?"),
            text("Where does {student.attempt} come from?"))),
        "focus": plan.Move("focus", options={"target": ("tops", "bottoms")}, defaults={"target": nodes.Lit("tops")},
                           say=(text("Look at the {args.target}."), text("What about the {args.target}?"),
                                text("The {args.target}, please."))),
        "telling": plan.Move("telling", say=(text("It is {problem.answer}."),)),
    }
    policy = plan.Policy("rule", (
        plan.Arm("telling", {}, when=binary(">=", "student.stuck", 3)),
        plan.Arm("probing", {}, when=binary("<", nodes.Call("count_moves", (ref("history"), nodes.Lit("probing"))), 2)),
        plan.Arm("focus", {"target": nodes.Lit("bottoms")}, otherwise=True),
    ))
    role = plan.Role("Tutor", "role", text("You teach {problem.a} + {problem.b}."), ("history",), "grounded",
                     moves=moves, policy=policy)
    return msgspec.structs.replace(role, **changes)


def learner(**changes: Any) -> plan.Role:
    draw = nodes.Distribution("bernoulli", (ref("student.mastery"),))
    low = nodes.Distribution("uniform", (nodes.Lit(0.0), nodes.Lit(0.3)))
    before = plan.Handler("student", "turn", None, (
        plan.Sample("knows", draw),
        plan.Assign("attempt", nodes.If(ref("knows"), ref("problem.answer"), nodes.Call("wrong_near",
                                                                                      (ref("problem.answer"),)))),
        plan.Assign("correct", binary("==", "student.attempt", ref("problem.answer"))),
        plan.Branch(ref("student.correct"), (plan.Assign("stuck", nodes.Lit(0)),), (more("stuck", 1),)),
    ))
    role = plan.Role(
        "Learner", "student", text("You learn to add."), ("history",), "grounded",
        acts=(plan.Act("knows", ref("knows"), (text("Then it is {student.attempt}."), text("{student.attempt}!"))),
              plan.Act("guesses", None, (text("{student.attempt}?"), text("I got {student.attempt}."),
                                         text("Maybe {student.attempt}."), text("I think {student.attempt}.")))),
        carries=ref("student.attempt"),
        state=(plan.Variable("mastery", "Prob", low, 0.0, 1.0),
               plan.Variable("attempt", "Rational?", nodes.Lit(None)),
               plan.Variable("correct", "Bool", nodes.Lit(False)),
               plan.Variable("stuck", "Int", nodes.Lit(0), 0.0, 20.0)),
        handlers=(plan.Handler("teacher", "probing", None, (more("mastery", 0.1),)),
                  plan.Handler("teacher", "focus", None, (more("mastery", 0.2),)), before))
    return msgspec.structs.replace(role, **changes)


def phases() -> dict[str, plan.Phase]:
    solved = plan.Goto("close", ref("student.correct"))
    work = (plan.Turn("teacher", ("probing", "focus", "telling")), plan.Turn("student"), solved,
            plan.Goto("close", at_max=True))
    return {
        "open": plan.Phase("open", (plan.Turn("teacher", ("generic",)), plan.Turn("student"), solved,
                                    plan.Goto("work"))),
        "work": plan.Phase("work", work, max_turns=8, goal=text("add {problem.a} and {problem.b}")),
        "close": plan.Phase("close", (plan.Turn("teacher", ("generic",)),), final=True),
    }


def lesson(*, teacher: plan.Role | None = None, student: plan.Role | None = None,
           flow: dict[str, Any] | None = None, **changes: Any) -> plan.Plan:
    """The program. `flow` replaces fields of its only flow, the rest fields of the plan."""
    made = plan.Flow("lesson", {"problem": "Problem"}, {"teacher": teacher or tutor(), "student": student or learner()},
                     phases(), "open", 12, place="lesson.ped:1")
    whole = plan.Plan("lesson", {"lesson.ped": "0" * 64}, flows={"lesson": msgspec.structs.replace(made, **flow or {})})
    return msgspec.structs.replace(whole, **changes)


def items(count: int) -> list[dict[str, Any]]:
    sums = [(Fraction(1, 2 + n % 5), Fraction(2, 3 + n % 7)) for n in range(count)]
    return [{"problem": {"a": a, "b": b, "answer": a + b}} for a, b in sums]


class Picks:
    """An engine that answers at once: picks by the request's seed, says what `words` gives, and counts."""

    def __init__(self, words: Callable[[Request], str] = lambda request: f"Words {request.seed}.",
                 **abilities: Any) -> None:
        self.name, self.model = "picks", ""
        self.abilities = Abilities(**{"choose": True, "deterministic": True, "slots": 16, **abilities})
        self.words = words
        self.requests: list[Request] = []
        self.batches: list[int] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.requests += requests
        self.batches.append(len(requests))
        return [self.reply(request) for request in requests]

    def reply(self, request: Request) -> Reply | EngineError:
        if not request.choices:
            return Reply(self.words(request), tokens_out=3)
        at = seeds.Draws(request.seed).below(len(request.choices))
        return Reply(request.choices[at], at, tuple(-1.0 - n for n in range(len(request.choices))))

    async def close(self) -> None:
        return None


def read(folder: Path) -> tuple[list[journal.Turn], list[journal.Ending]]:
    """What a run's journal says."""
    events = journal.open_journal(folder)
    try:
        return events.turns(), events.endings()
    finally:
        events.close()


def canonical(folder: Path) -> list[str]:
    """The journal's canonical form."""
    events = journal.open_journal(folder)
    try:
        return [line.decode() for line in journal.canonical(events)]
    finally:
        events.close()


class Stop(Exception):
    """What an observer raises to stop a run."""


class StopsAt(Observer):
    """Stops a run when so many turns are durable."""

    def __init__(self, turns: int, stop: Callable[[], None]) -> None:
        self.left = turns
        self.stop = stop

    def spoke(self, turn: journal.Turn) -> None:
        self.left -= 1
        if self.left == 0:
            self.stop()


def stop() -> None:
    raise Stop


def both(engine: Any) -> dict[str, Any]:
    """One engine for the whole cast."""
    return {"teacher": engine, "student": engine}


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., Path]:
    """Runs the lesson over some items into a folder of this name."""

    def begun(name: str, engine: Any, *, count: int = 6, of: plan.Plan | None = None, **options: Any) -> Path:
        return run.run(of or lesson(), "lesson", items(count), both(engine), seed=4, folder=tmp_path / name, **options)

    return begun


@pytest.fixture
def make() -> SimpleNamespace:
    """The builders above."""
    return SimpleNamespace(ref=ref, text=text, binary=binary, more=more, tutor=tutor, learner=learner, phases=phases,
                           lesson=lesson, items=items, Picks=Picks, read=read, canonical=canonical,
                           both=both, Stop=Stop, StopsAt=StopsAt, stop=stop)


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Plays dialogues of a plan; gives their turns, endings, the engine with its requests, and the folder."""
    numbers = itertools.count()

    def played(of: plan.Plan, *, count: int = 1, engine: Picks | None = None, seed: int = 1,
               **options: Any) -> SimpleNamespace:
        engine = engine or Picks()
        folder = tmp_path / f"run{next(numbers)}"
        run.run(of, "lesson", items(count), both(engine), seed=seed, folder=folder, **options)
        turns, endings = read(folder)
        return SimpleNamespace(turns=turns, endings=endings, engine=engine, folder=folder)

    return played
