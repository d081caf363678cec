"""What the module asks is what a run asks, letter by letter, and it makes the same of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dspy
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.expression.nodes import Lit
from pedalang.prompt import Message
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.program import lm, modules, signatures
from tests.runtime import shields

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")

Same = Callable[[plan.Plan, str, Callable[[], Any], int], list[Request]]


@pytest.fixture
def same(kit: SimpleNamespace, tmp_path: Path) -> Same:
    """Asserts that a module and a run ask the same of an engine, and make the same of its answers. Returns what is
    asked."""

    def check(of: plan.Plan, name: str, engine: Callable[[], Any], seed: int) -> list[Request]:
        there, here = engine(), engine()
        run.run(of, name, [{"problem": problem} for problem in kit.PROBLEMS], kit.cast(of, name, there), seed=seed,
                folder=tmp_path)
        events = journal.open_journal(tmp_path)
        program = modules.build(of, name, kit.cast(of, name, here))
        endings = {ending.episode: ending for ending in events.endings()}
        for number, problem in enumerate(kit.PROBLEMS):
            told = program(problem=problem, seed=seed, episode=number)
            assert told.turns == tuple(events.turns(number))
            assert told.ending == endings[number]
            assert told.interventions == tuple(events.interventions(number))
        assert here.requests == sorted(there.requests, key=lambda request: int(request.key.split("/")[0]))
        requests: list[Request] = here.requests
        return requests

    return check


@pytest.mark.parametrize("seed", range(4))
def test_the_module_asks_what_a_run_asks(fractions: plan.Plan, make: SimpleNamespace, seed: int,
                                         same: Same) -> None:
    requests = same(fractions, "demo", make.Picks, seed)
    assert requests
    assert all(request.choices for request in requests)


@pytest.mark.parametrize("seed", range(4))
def test_so_it_does_where_roles_speak_freely(fractions: plan.Plan, make: SimpleNamespace, seed: int, same: Same,
                                             kit: SimpleNamespace) -> None:
    def cutting() -> Any:
        engine = make.Picks(kit.wordy)
        whole = engine.reply
        engine.reply = lambda request: (
            whole(request) if request.choices or request.seed % 3 else Reply(kit.wordy(request), finish="length"))
        return engine

    requests = same(kit.speaking(fractions, "free"), "demo", cutting, seed)
    steps = {request.key.rpartition("/")[2] for request in requests}
    assert {"speech", "speech.again"} <= steps
    assert any(not request.choices for request in requests)


@pytest.mark.parametrize("speak", ["grounded", "free"])
def test_so_it_does_where_a_model_chooses_moves(make: SimpleNamespace, speak: str, same: Same,
                                                kit: SimpleNamespace) -> None:
    of = kit.speaking(make.lesson(teacher=make.tutor(policy=plan.Policy("model"))), speak)
    requests = same(of, "lesson", lambda: make.Picks(kit.wordy), 1)
    assert any(request.purpose == "move" for request in requests)


def test_so_it_does_where_prompts_are_plain(fractions: plan.Plan, make: SimpleNamespace, same: Same,
                                            kit: SimpleNamespace) -> None:
    def plain(role: plan.Role) -> plan.Role:
        opening = (plan.Opened("user", Lit("Here is the task.")), plan.Opened("assistant", Lit("I see.")))
        return msgspec.structs.replace(role, speak="free", layout="plain", window=3, opening=opening)

    flow = fractions.flows["lesson"]
    of = msgspec.structs.replace(fractions, flows={"lesson": msgspec.structs.replace(
        flow, cast={who: plain(role) for who, role in flow.cast.items()})})
    assert same(of, "demo", lambda: make.Picks(kit.wordy), 1)


def test_a_prompt_without_a_system_message_stays_one() -> None:
    request = Request((Message("user", "a"), Message("user", "b"), Message("assistant", "c")), 1)
    assert lm.asked(lm.asking("engine", request)) == request


def test_so_it_does_under_a_shield(same: Same) -> None:
    requests = same(shields.both_ways(), "lesson", shields.leaky, 1)
    assert any(request.key.endswith("speech.kept2") for request in requests)


def test_a_loop_of_ones_own_gets_the_same(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())

    async def both() -> list[dspy.Prediction]:
        return await asyncio.gather(*(program.acall(problem=problem, seed=3) for problem in kit.PROBLEMS[:2]))

    for problem, told in zip(kit.PROBLEMS, asyncio.run(both()), strict=False):
        assert told.turns == program(problem=problem, seed=3).turns


text = st.text(st.characters(codec="utf-8"), max_size=20)
requests = st.builds(
    lambda texts, **fields: Request(
        (Message("system", texts[0]), *(Message("assistant" if n % 2 else "user", each)
                                        for n, each in enumerate(texts[1:]))), **fields),
    texts=st.lists(text, min_size=2, max_size=6), seed=st.integers(0, 2**31 - 1),
    choices=st.lists(text, max_size=3).map(tuple), max_tokens=st.integers(1, 999), temperature=st.floats(0, 2),
    stop=st.lists(text.filter(bool), max_size=2).map(tuple), schema=st.none() | st.just({"type": "object"}),
    purpose=st.sampled_from(["move", "speech"]), key=text, top_p=st.none() | st.floats(0.1, 1), adapter=text)


@given(requests)
def test_a_request_goes_through_dspy_unchanged(request: Request) -> None:
    assert lm.asked(lm.asking("any", request)) == request


@given(text, st.lists(text, min_size=1, max_size=5).filter(lambda texts: len(texts) % 2), st.lists(text, max_size=2))
def test_what_a_trace_holds_is_the_prompt(voice: str, texts: list[str], choices: list[str]) -> None:
    messages = (Message("system", voice), *(Message("assistant" if n % 2 else "user", each)
                                            for n, each in enumerate(texts)))
    inputs = signatures.inputs(messages, choices)
    assert signatures.messages(voice, inputs) == messages
    assert inputs["choices"] == choices
