"""What the tests of the DSPy module share: the demo, sums for it, and how a program is tuned and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dspy
import msgspec
import pytest

import pedalang
from pedalang import plan
from pedalang.runtime.engines.engine import Engine, Request
from pedalang.runtime.program import modules
from pedalang.runtime.program.modules import Program

PROGRAM = Path(__file__).parents[3] / "programs" / "fractions" / "main.ped"
SUMS = [(Fraction(1, 2), Fraction(1, 3)), (Fraction(2, 5), Fraction(1, 4)), (Fraction(3, 8), Fraction(1, 6)),
        (Fraction(5, 6), Fraction(3, 4))]
PROBLEMS = [{"id": f"p{n}", "a": a, "b": b, "answer": a + b} for n, (a, b) in enumerate(SUMS)]


def speaking(of: plan.Plan, how: str) -> plan.Plan:
    """The program with all roles speaking freely, or however."""
    flows = {name: msgspec.structs.replace(flow, cast={
        who: msgspec.structs.replace(role, speak=how) for who, role in flow.cast.items()})
        for name, flow in of.flows.items()}
    return msgspec.structs.replace(of, flows=flows)


def wordy(request: Request) -> str:
    """Words that are cleaned, refused, taken: by the request alone."""
    if request.seed % 4 == 0 and request.key.endswith("speech"):
        return " "
    return (f"teacher: So what is {request.seed % 9}?\n", "I think 5/6", " Five, then.")[request.seed % 3]


def cast(of: plan.Plan, name: str, engine: Engine) -> dict[str, Engine]:
    flow = of.flows[of.runs[name].flow if name in of.runs else name]
    return dict.fromkeys(flow.cast, engine)


def systems(engine: Any, who: str, program: Program) -> set[str]:
    """The system messages that a member's steps were given in a dialogue."""
    engine.requests.clear()
    turns = program(problem=PROBLEMS[0], seed=2).turns
    return {request.messages[0].text for request in engine.requests
            if turns[int(request.key.split("/")[1])].role == who}


def tune(predict: dspy.Predict, instructions: str) -> None:
    predict.signature = predict.signature.with_instructions(instructions)  # type: ignore[union-attr]


def examples(count: int = 4) -> list[dspy.Example]:
    return [dspy.Example(problem=problem, episode=number).with_inputs("problem", "episode")
            for number, problem in enumerate(PROBLEMS[:count])]


def solved(example: dspy.Example, told: dspy.Prediction, trace: object = None) -> float:
    return sum(verdict.kept for verdict in told.verdicts) / len(told.verdicts)


@pytest.fixture(scope="session")
def fractions() -> plan.Plan:
    return pedalang.compile(PROGRAM)


@pytest.fixture
def kit(fractions: plan.Plan) -> Iterator[SimpleNamespace]:
    """The names above, and `demo`, the demo as a module over an engine."""

    def demo(engine: Engine, of: plan.Plan = fractions, **options: Any) -> Program:
        return modules.build(of, "demo", cast(of, "demo", engine), **options)

    yield SimpleNamespace(demo=demo, PROGRAM=PROGRAM, PROBLEMS=PROBLEMS, speaking=speaking, wordy=wordy, cast=cast,
                          systems=systems, tune=tune, examples=examples, solved=solved)
