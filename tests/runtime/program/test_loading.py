"""Programs from files: dialogues, runs, sessions with a person, and what an import loads."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

import pedalang
from pedalang.compiler.compile import ProgramError
from pedalang.runtime import session
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError, RunError
from pedalang.runtime.program import modules

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")


def test_a_file_is_loaded_and_takes_plain_records(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = pedalang.load(kit.PROGRAM, engine=engine)
    told = program(problem={"id": "x", "a": "1/2", "b": "1/3"}, seed=4)
    assert told.turns == program(problem=kit.PROBLEMS[0] | {"id": "x"}, seed=4).turns
    assert told.state["student"]["attempt"] is not None
    assert told.initial["student"]["attempt"] is None
    with pytest.raises(RunError, match="PED08"):
        program(problem={"id": "x", "a": "half", "b": "1/3"})


def test_engines_are_opened_by_address(kit: SimpleNamespace) -> None:
    program = pedalang.load(kit.PROGRAM, flow="lesson", engine="random:", roles={"teacher": "random:"})
    assert program(problem={"id": "x", "a": "1/2", "b": "1/3"}).turns
    program.close()
    with pytest.raises(RunError, match="PED1408"):
        pedalang.load(kit.PROGRAM, engine="random:", roles={"tutor": "random:"})
    with pytest.raises(RunError, match="PED1403"):
        pedalang.load(kit.PROGRAM, run="demos", engine="random:")


def test_a_program_with_errors_is_not_loaded(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ped"
    bad.write_text("pedalang 1\nflow lesson(x: Nothing) { }\n", encoding="utf-8")
    with pytest.raises(ProgramError, match="PED03"):
        pedalang.load(bad, engine="random:")
    with pytest.raises(ProgramError, match="PED1402"):
        pedalang.load(tmp_path / "none.ped", engine="random:")


def test_a_run_and_its_scores(tmp_path: Path, kit: SimpleNamespace) -> None:
    folder = pedalang.run(kit.PROGRAM, "demo", engine="random:", limit=2, folder=tmp_path / "run")
    found = pedalang.score(folder)
    assert found.measures["total"].n == 2
    assert (folder / "report.html").exists()


def test_a_session_speaks_as_the_program_is_tuned(make: SimpleNamespace, tmp_path: Path, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = pedalang.load(kit.PROGRAM, engine=engine)
    kit.tune(program.teacher_speech, "You only ask about {{ problem.a }}.")
    with program.session(seed=7, problem=kit.PROBLEMS[0], folder=tmp_path / "talk") as talk:
        assert talk.person == "student"
        assert [turn.role for turn in talk.turns] == ["teacher"]
        answer = talk.send("Is it 2/5?")
        assert answer is not None
        assert answer.role == "teacher"
    assert {request.messages[0].text for request in engine.requests} == {"You only ask about {{ problem.a }}."}
    with session.reopen(tmp_path / "talk", {"teacher": engine}) as again:
        assert again.turns[-1] == answer
        again.send("Then 5/6.")
        assert again.done


class Counting:
    """Counts how many requests it works on at a time."""

    name = "counting"
    model = ""
    abilities = Abilities(choose=True, deterministic=True, slots=3)

    def __init__(self) -> None:
        self.now = self.most = 0

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.now += len(requests)
        self.most = max(self.most, self.now)
        for _ in range(20):
            await asyncio.sleep(0)
        self.now -= len(requests)
        return [Reply(request.choices[0], 0) if request.choices else Reply("Why?") for request in requests]

    async def close(self) -> None: ...


def test_sessions_and_dialogues_share_the_slots_of_an_engine(kit: SimpleNamespace) -> None:
    engine = Counting()
    program = kit.demo(engine)
    talks = [program.session(seed=seed, problem=problem) for seed, problem in enumerate(kit.PROBLEMS)]
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda problem: program(problem=problem), kit.PROBLEMS))
        sent = list(threads.map(lambda talk: talk.send("I do not know."), talks))
        both = [threads.submit(program, problem=kit.PROBLEMS[0]), *(threads.submit(talk.send, "5/6") for talk in talks)]
    assert all(told) and all(sent) and all(each.result() for each in both)
    assert 1 < engine.most <= 3
    for talk in talks:
        talk.close()
    assert program(problem=kit.PROBLEMS[0]).turns, "the program goes on after its sessions"


def test_who_the_person_is_must_be_clear(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    of = make.lesson()
    flow = of.flows["lesson"]
    two = {"teacher": msgspec.structs.replace(flow.cast["teacher"], kind="student"), "student": flow.cast["student"]}
    of = msgspec.structs.replace(of, flows={"lesson": msgspec.structs.replace(flow, cast=two)})
    program = modules.build(of, "lesson", kit.cast(of, "lesson", make.Picks()))
    with pytest.raises(RunError, match="2 students"):
        program.session(problem=kit.PROBLEMS[0])
    with program.session(problem=kit.PROBLEMS[0], person="teacher") as talk:
        assert talk.person == "teacher"


def test_dspy_is_loaded_late_and_reaches_no_network() -> None:
    program = """
import socket, sys
import pedalang, pedalang.compiler.compile, pedalang.api
assert "dspy" not in sys.modules
def refused(*_, **__): raise AssertionError("the network was asked")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refused
import pedalang.runtime.program.modules
assert "dspy" in sys.modules
assert not {"litellm", "torch", "openai"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
