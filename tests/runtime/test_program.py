"""A flow as a DSPy module: what it asks is what a run asks, letter by letter; what DSPy tunes is what is said."""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dspy
import msgspec
import pytest
from dspy import lm15
from hypothesis import given
from hypothesis import strategies as st

import pedalang
from pedalang import journal, plan
from pedalang.compiler.compile import ProgramError
from pedalang.prompt import Message
from pedalang.runtime import run, session
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.errors import EngineError, EpisodeError, RunError
from pedalang.runtime.program import lm, modules, signatures
from pedalang.runtime.program.modules import Program

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")

PROGRAM = Path(__file__).parents[2] / "programs" / "fractions" / "main.ped"
SUMS = [(Fraction(1, 2), Fraction(1, 3)), (Fraction(2, 5), Fraction(1, 4)), (Fraction(3, 8), Fraction(1, 6)),
        (Fraction(5, 6), Fraction(3, 4))]
PROBLEMS = [{"id": f"p{n}", "a": a, "b": b, "answer": a + b} for n, (a, b) in enumerate(SUMS)]


@pytest.fixture(scope="module")
def fractions() -> plan.Plan:
    return pedalang.compile(PROGRAM)


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


def played(of: plan.Plan, name: str, engine: Engine, seed: int, problems: Sequence[dict[str, Any]],
           folder: Path) -> journal.Journal:
    run.run(of, name, [{"problem": problem} for problem in problems], cast(of, name, engine), seed=seed, folder=folder)
    return journal.open_journal(folder)


def assert_same(of: plan.Plan, name: str, engine: Callable[[], Any], seed: int, folder: Path) -> list[Request]:
    """That a module and a run ask the same of an engine, and make the same of its answers. Returns what is asked."""
    there, here = engine(), engine()
    events = played(of, name, there, seed, PROBLEMS, folder)
    program = modules.build(of, name, cast(of, name, here))
    endings = {ending.episode: ending for ending in events.endings()}
    for number, problem in enumerate(PROBLEMS):
        told = program(problem=problem, seed=seed, episode=number)
        assert told.turns == tuple(events.turns(number))
        assert told.ending == endings[number]
    assert here.requests == sorted(there.requests, key=lambda request: int(request.key.split("/")[0]))
    return here.requests


# What is asked

@pytest.mark.parametrize("seed", range(4))
def test_the_module_asks_what_a_run_asks(fractions: plan.Plan, make: SimpleNamespace, seed: int,
                                         tmp_path: Path) -> None:
    requests = assert_same(fractions, "demo", make.Picks, seed, tmp_path)
    assert requests
    assert all(request.choices for request in requests)


@pytest.mark.parametrize("seed", range(4))
def test_so_it_does_where_roles_speak_freely(fractions: plan.Plan, make: SimpleNamespace, seed: int,
                                             tmp_path: Path) -> None:
    def cutting() -> Any:
        engine = make.Picks(wordy)
        whole = engine.reply
        engine.reply = lambda request: (
            whole(request) if request.choices or request.seed % 3 else Reply(wordy(request), finish="length"))
        return engine

    requests = assert_same(speaking(fractions, "free"), "demo", cutting, seed, tmp_path)
    steps = {request.key.rpartition("/")[2] for request in requests}
    assert {"speech", "speech.again"} <= steps
    assert any(not request.choices for request in requests)


@pytest.mark.parametrize("speak", ["grounded", "free"])
def test_so_it_does_where_a_model_chooses_moves(make: SimpleNamespace, speak: str, tmp_path: Path) -> None:
    of = speaking(make.lesson(teacher=make.tutor(policy=plan.Policy("model"))), speak)
    requests = assert_same(of, "lesson", lambda: make.Picks(wordy), 1, tmp_path)
    assert any(request.purpose == "move" for request in requests)


def test_a_loop_of_ones_own_gets_the_same(fractions: plan.Plan, make: SimpleNamespace) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))

    async def both() -> list[dspy.Prediction]:
        return await asyncio.gather(*(program.acall(problem=problem, seed=3) for problem in PROBLEMS[:2]))

    for problem, told in zip(PROBLEMS, asyncio.run(both()), strict=False):
        assert told.turns == program(problem=problem, seed=3).turns


text = st.text(st.characters(codec="utf-8"), max_size=20)
requests = st.builds(
    lambda texts, **fields: Request(
        (Message("system", texts[0]), *(Message("assistant" if n % 2 else "user", each)
                                        for n, each in enumerate(texts[1:]))), **fields),
    texts=st.lists(text, min_size=2, max_size=6), seed=st.integers(0, 2**31 - 1),
    choices=st.lists(text, max_size=3).map(tuple), max_tokens=st.integers(1, 999), temperature=st.floats(0, 2),
    stop=st.lists(text.filter(bool), max_size=2).map(tuple), schema=st.none() | st.just({"type": "object"}),
    purpose=st.sampled_from(["move", "speech"]), key=text)


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


# What there is to tune

def test_each_step_has_a_predictor(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    ruled = modules.build(fractions, "demo", cast(fractions, "demo", engine), frozen=[])
    assert [name for name, _ in ruled.named_predictors()] == ["teacher_speech", "student_speech"]
    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model")))
    asked = modules.build(of, "lesson", cast(of, "lesson", engine))
    assert [name for name, _ in asked.named_predictors()] == ["teacher_move", "teacher_speech"]
    assert "add fractions" in ruled.student_speech.signature.instructions


def test_students_are_frozen_but_stand_in_traces(fractions: plan.Plan, make: SimpleNamespace) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))
    assert [name for name, _ in program.named_predictors()] == ["teacher_speech"]
    assert list(program.dump_state()) == ["teacher_speech"]
    with dspy.context(trace=[]):
        program(problem=PROBLEMS[0], seed=2)
        traced = [predict for predict, _, _ in dspy.settings.trace]
    assert program.predictor("student", "speech") in traced
    assert program.predictor("teacher", "speech") in traced


def test_nobody_unknown_is_frozen(fractions: plan.Plan, make: SimpleNamespace) -> None:
    with pytest.raises(RunError, match="PED1212"):
        modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()), frozen=["pupil"])


def systems(engine: Any, who: str, program: Program) -> set[str]:
    """The system messages that a member's steps were given in a dialogue."""
    engine.requests.clear()
    turns = program(problem=PROBLEMS[0], seed=2).turns
    return {request.messages[0].text for request in engine.requests
            if turns[int(request.key.split("/")[1])].role == who}


def tune(predict: dspy.Predict, instructions: str) -> None:
    predict.signature = predict.signature.with_instructions(instructions)  # type: ignore[union-attr]


def test_tuned_instructions_take_the_place_of_the_voice(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    assert program.voices() == {}
    before = systems(engine, "student", program)
    tune(program.teacher_speech, "You only ask.")
    assert systems(engine, "teacher", program) == {"You only ask."}
    assert systems(engine, "student", program) == before
    assert program.voices() == {"teacher.speech": "You only ask."}


def test_steps_of_one_role_are_tuned_apart(make: SimpleNamespace) -> None:
    engine = make.Picks(wordy)
    of = make.lesson(teacher=make.tutor(policy=plan.Policy("model"), speak="free"))
    program = modules.build(of, "lesson", cast(of, "lesson", engine))
    tune(program.teacher_move, "Choose well.")
    program(problem=PROBLEMS[0])
    by_purpose = {request.purpose: request.messages[0].text for request in engine.requests
                  if request.messages[0].text != "You learn to add."}
    assert by_purpose == {"move": "Choose well.", "speech": "You teach 1/2 + 1/3."}


def test_what_a_voice_shows_can_be_shown_by_tuned_instructions(make: SimpleNamespace) -> None:
    engine = make.Picks()
    of = make.lesson()
    program = modules.build(of, "lesson", cast(of, "lesson", engine))
    assert program.teacher_speech.signature.instructions == "You teach {{ problem.a }} + {{ problem.b }}."
    assert systems(engine, "teacher", program) == {"You teach 1/2 + 1/3."}
    tune(program.teacher_speech, "First {{ problem.b }}, {{ then }} {{ problem.a }}.")
    assert systems(engine, "teacher", program) == {"First 1/3, {{ then }} 1/2."}


def test_demonstrations_stand_at_the_end_of_the_voice(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    (voice,) = systems(engine, "teacher", program)
    program.teacher_speech.demos = [dspy.Example(said="1/3?", utterance="Why?"), dspy.Example(problem=PROBLEMS[0])]
    assert systems(engine, "teacher", program) == {
        f"{voice}\n\nExamples of how you answer:\n\nYou hear: 1/3?\nYou answer: Why?"}


# Copies, and what is saved

def test_copies_are_tuned_alone_and_share_their_engines(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    for copied in (copy.deepcopy(program), program.deepcopy(), program.reset_copy()):
        tune(copied.teacher_speech, "You only ask.")
        assert systems(engine, "teacher", copied) == {"You only ask."}
        assert systems(engine, "teacher", program) != {"You only ask."}
        assert copied(problem=PROBLEMS[1], seed=5).turns == program(problem=PROBLEMS[1], seed=5).turns
    assert copy.deepcopy(program).teacher_speech.lm.engine is program.teacher_speech.lm.engine


def test_instructions_and_demonstrations_are_saved_and_loaded(fractions: plan.Plan, make: SimpleNamespace,
                                                              tmp_path: Path) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    tune(program.teacher_speech, "You only ask.")
    said = dspy.Example(conversation=dspy.History(messages=[]), said="1/3?", choices=[], utterance="Why?")
    program.teacher_speech.demos = [said, dspy.Example(problem=PROBLEMS[0])]
    program.save(tmp_path / "tuned.json")
    fresh = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    fresh.load(tmp_path / "tuned.json")
    assert systems(engine, "teacher", fresh) == systems(engine, "teacher", program)
    assert fresh.dump_state() == program.dump_state()
    assert "lm" in fresh.dump_state()["teacher_speech"]


@pytest.mark.parametrize("change", [
    lambda state: state.pop("teacher_speech"),
    lambda state: state["teacher_speech"].pop("signature"),
    lambda state: state["teacher_speech"]["signature"].update(instructions=3),
    lambda state: state["teacher_speech"].update(demos=[{"said": "1/3?"}]),
    lambda state: state.update(teacher_speech=None),
])
def test_what_does_not_fit_is_refused_and_nothing_taken(fractions: plan.Plan, make: SimpleNamespace,
                                                        change: Callable[[Any], Any]) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))
    before = program.dump_state()
    state = json.loads(json.dumps(before))
    state["teacher_speech"]["signature"]["instructions"] = "You only ask."
    change(state)
    with pytest.raises(RunError, match="PED1301"):
        program.load_state(state)
    assert program.dump_state() == before


def test_a_saved_file_sets_nothing_else(fractions: plan.Plan, make: SimpleNamespace) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))
    state = program.dump_state()
    own = program.teacher_speech.lm
    state["teacher_speech"] |= {"forward": "?", "config": {"n": 9}, "lm": {"model": "openai/other"}}
    program.load_state(state)
    assert "forward" not in vars(program.teacher_speech)
    assert program.teacher_speech.config == {}
    assert program.teacher_speech.lm is own


# What optimizers do

def examples(count: int = 4) -> list[dspy.Example]:
    return [dspy.Example(problem=problem, episode=number).with_inputs("problem", "episode")
            for number, problem in enumerate(PROBLEMS[:count])]


def solved(example: dspy.Example, told: dspy.Prediction, trace: object = None) -> float:
    return sum(verdict.kept for verdict in told.verdicts) / len(told.verdicts)


def test_an_evaluation_is_the_same_with_any_number_of_threads(fractions: plan.Plan, make: SimpleNamespace) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))
    found = [dspy.Evaluate(devset=examples(), metric=solved, num_threads=threads)(program) for threads in (1, 4)]
    assert found[0].score == found[1].score
    assert [told.turns for _, told, _ in found[0].results] == [told.turns for _, told, _ in found[1].results]
    assert len({told.transcript for _, told, _ in found[0].results}) == 4


def test_an_optimizer_finds_demonstrations(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    optimizer = dspy.BootstrapFewShot(metric=lambda example, told, trace: solved(example, told) > 0,
                                      max_bootstrapped_demos=2, max_labeled_demos=2)
    better = optimizer.compile(program, trainset=examples())
    assert better.teacher_speech.demos
    assert all(isinstance(demo.utterance, str) for demo in better.teacher_speech.demos)
    (voice,) = systems(engine, "teacher", better)
    assert better.teacher_speech.demos[0].said in voice
    again = optimizer.compile(program, trainset=examples())
    assert again.dump_state() == better.dump_state()


class Proposing:
    """Writes instructions for an optimizer."""

    def complete(self, request: lm15.Request) -> lm15.Response:
        said = "[[ ## proposed_instruction ## ]]\nYou only ask.\n\n[[ ## proposed_prefix_for_output_field ## ]]\nAsk:"
        return lm15.Response(id=None, model=request.model, message=lm15.Message.assistant(said), finish_reason="stop",
                             usage=lm15.Usage())


@pytest.mark.filterwarnings("default::DeprecationWarning")  # COPRO asks its own model in DSPy's old way
def test_an_optimizer_finds_instructions(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))

    def asks(example: dspy.Example, told: dspy.Prediction, trace: object = None) -> float:
        return float(engine.requests[-1].messages[0].text == "You only ask.")

    optimizer = dspy.COPRO(prompt_model=dspy.LM("proposing", engine=Proposing(), cache=False), metric=asks, breadth=2,
                           depth=1)
    better = optimizer.compile(program, trainset=examples(2), eval_kwargs={"num_threads": 1})
    assert systems(engine, "teacher", better) == {"You only ask."}


def test_another_rollout_is_another_seed(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    first = program(problem=PROBLEMS[0], seed=2).turns[0]
    plain = engine.requests[0]
    program.teacher_speech.lm = program.teacher_speech.lm.copy(rollout_id=1, temperature=1.0)
    engine.requests.clear()
    program(problem=PROBLEMS[0], seed=2)
    assert first.role == "teacher"
    assert engine.requests[0] == msgspec.structs.replace(plain, seed=engine.requests[0].seed, temperature=1.0)
    assert engine.requests[0].seed != plain.seed


class Plain:
    """A model that writes, as a provider's does."""

    def __init__(self) -> None:
        self.requests: list[lm15.Request] = []

    def complete(self, request: lm15.Request) -> lm15.Response:
        self.requests.append(request)
        return lm15.Response(id=None, model=request.model, message=lm15.Message.assistant("Is it 5/6?"),
                             finish_reason="stop", usage=lm15.Usage())


def test_any_model_may_speak_but_only_ours_choose(fractions: plan.Plan, make: SimpleNamespace) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))
    program.set_lm(dspy.LM("plain", engine=Plain(), cache=False))
    with pytest.raises(RunError, match="PED1213"):
        program(problem=PROBLEMS[0])
    model = Plain()
    free = modules.build(speaking(fractions, "free"), "demo", cast(fractions, "demo", make.Picks(wordy)))
    free.set_lm(dspy.LM("plain", engine=model, cache=False, top_p=0.5))
    assert "teacher: Is it 5/6?" in free(problem=PROBLEMS[0]).transcript
    assert all(request.config.extensions is None and request.config.top_p == 0.5 for request in model.requests)


def test_other_signatures_are_asked_in_dspys_way(make: SimpleNamespace) -> None:
    engine = make.Picks(lambda request: "[[ ## answer ## ]]\nfour")
    of = make.lesson()
    program = modules.build(of, "lesson", cast(of, "lesson", engine))
    with dspy.context(adapter=modules.adapter.StepAdapter(), lm=program.teacher_speech.lm):
        assert dspy.Predict("question -> answer")(question="2 + 2?").answer == "four"


# What goes wrong

class Down:
    """An engine that does not answer."""

    name = "down"
    abilities = Abilities(choose=True, deterministic=True)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [EngineError("PED1104", "it is down", help="turn it on", retryable=True) for _ in requests]

    async def close(self) -> None: ...


def test_an_engines_failure_is_its_own(fractions: plan.Plan) -> None:
    program = modules.build(fractions, "demo", cast(fractions, "demo", Down()))
    with pytest.raises(EngineError, match="PED1104: it is down") as caught:
        program(problem=PROBLEMS[0])
    assert caught.value.help == "turn it on"


def test_a_choice_that_is_none_is_the_engines_fault(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks()
    engine.reply = lambda request: Reply("?", 9)
    with pytest.raises(EpisodeError, match="PED1208"):
        modules.build(fractions, "demo", cast(fractions, "demo", engine))(problem=PROBLEMS[0])


def test_what_a_flow_takes_is_said(fractions: plan.Plan, make: SimpleNamespace) -> None:
    with pytest.raises(RunError, match="PED1211"):
        modules.build(fractions, "demo", cast(fractions, "demo", make.Picks()))(sum="1/2 + 1/3")


# Loaded from a file

def test_a_file_is_loaded_and_takes_plain_records(make: SimpleNamespace) -> None:
    engine = make.Picks()
    program = pedalang.load(PROGRAM, engine=engine)
    told = program(problem={"id": "x", "a": "1/2", "b": "1/3"}, seed=4)
    assert told.turns == program(problem=PROBLEMS[0] | {"id": "x"}, seed=4).turns
    assert told.state["student"]["attempt"] is not None
    assert told.initial["student"]["attempt"] is None
    with pytest.raises(RunError, match="PED08"):
        program(problem={"id": "x", "a": "half", "b": "1/3"})


def test_engines_are_opened_by_address() -> None:
    program = pedalang.load(PROGRAM, flow="lesson", engine="random:", roles={"teacher": "random:"})
    assert program(problem={"id": "x", "a": "1/2", "b": "1/3"}).turns
    program.close()
    with pytest.raises(RunError, match="PED1408"):
        pedalang.load(PROGRAM, engine="random:", roles={"tutor": "random:"})
    with pytest.raises(RunError, match="PED1403"):
        pedalang.load(PROGRAM, run="demos", engine="random:")


def test_a_program_with_errors_is_not_loaded(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ped"
    bad.write_text("pedalang 1\nflow lesson(x: Nothing) { }\n", encoding="utf-8")
    with pytest.raises(ProgramError, match="PED03"):
        pedalang.load(bad, engine="random:")
    with pytest.raises(ProgramError, match="PED1402"):
        pedalang.load(tmp_path / "none.ped", engine="random:")


def test_a_run_and_its_scores(tmp_path: Path) -> None:
    folder = pedalang.run(PROGRAM, "demo", engine="random:", limit=2, folder=tmp_path / "run")
    found = pedalang.score(folder)
    assert found.measures["total"].n == 2
    assert (folder / "report.html").exists()


# A person in it

def test_a_session_speaks_as_the_program_is_tuned(make: SimpleNamespace, tmp_path: Path) -> None:
    engine = make.Picks()
    program = pedalang.load(PROGRAM, engine=engine)
    tune(program.teacher_speech, "You only ask about {{ problem.a }}.")
    with program.session(seed=7, problem=PROBLEMS[0], folder=tmp_path / "talk") as talk:
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


def test_sessions_and_dialogues_share_the_slots_of_an_engine(fractions: plan.Plan, make: SimpleNamespace) -> None:
    engine = make.Picks(slots=1)
    program = modules.build(fractions, "demo", cast(fractions, "demo", engine))
    talks = [program.session(seed=seed, problem=problem) for seed, problem in enumerate(PROBLEMS)]
    dspy.Evaluate(devset=examples(), metric=solved, num_threads=4)(program)
    for talk in talks:
        talk.send("I do not know.")
        talk.close()
    assert set(engine.batches) == {1}
    assert program(problem=PROBLEMS[0]).turns, "the program goes on after its sessions"


def test_who_the_person_is_must_be_clear(make: SimpleNamespace) -> None:
    of = make.lesson()
    flow = of.flows["lesson"]
    two = {"teacher": msgspec.structs.replace(flow.cast["teacher"], kind="student"), "student": flow.cast["student"]}
    of = msgspec.structs.replace(of, flows={"lesson": msgspec.structs.replace(flow, cast=two)})
    program = modules.build(of, "lesson", cast(of, "lesson", make.Picks()))
    with pytest.raises(RunError, match="2 students"):
        program.session(problem=PROBLEMS[0])
    with program.session(problem=PROBLEMS[0], person="teacher") as talk:
        assert talk.person == "teacher"


# What is loaded

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
                          cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
