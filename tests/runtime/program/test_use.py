"""The module with DSPy's evaluation and optimizers, and with other language models; what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import dspy
import msgspec
import pytest
from dspy import lm15

from pedalang import plan
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError, EpisodeError, RunError
from pedalang.runtime.program import modules

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning")


def test_an_evaluation_is_the_same_with_any_number_of_threads(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())
    found = [dspy.Evaluate(devset=kit.examples(), metric=kit.solved, num_threads=threads)(program)
             for threads in (1, 4)]
    assert found[0].score == found[1].score
    assert [told.turns for _, told, _ in found[0].results] == [told.turns for _, told, _ in found[1].results]
    assert len({told.transcript for _, told, _ in found[0].results}) == 4


def test_an_optimizer_finds_demonstrations(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    optimizer = dspy.BootstrapFewShot(metric=lambda example, told, trace: kit.solved(example, told) > 0,
                                      max_bootstrapped_demos=2, max_labeled_demos=2)
    better = optimizer.compile(program, trainset=kit.examples())
    assert better.teacher_speech.demos
    assert all(isinstance(demo.utterance, str) for demo in better.teacher_speech.demos)
    (voice,) = kit.systems(engine, "teacher", better)
    assert better.teacher_speech.demos[0].said in voice
    again = optimizer.compile(program, trainset=kit.examples())
    assert again.dump_state() == better.dump_state()


class Proposing:
    """Writes instructions for an optimizer."""

    def complete(self, request: lm15.Request) -> lm15.Response:
        said = "[[ ## proposed_instruction ## ]]\nYou only ask.\n\n[[ ## proposed_prefix_for_output_field ## ]]\nAsk:"
        return lm15.Response(id=None, model=request.model, message=lm15.Message.assistant(said), finish_reason="stop",
                             usage=lm15.Usage())


@pytest.mark.filterwarnings("default::DeprecationWarning")  # COPRO asks its own model in DSPy's old way
def test_an_optimizer_finds_instructions(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)

    def asks(example: dspy.Example, told: dspy.Prediction, trace: object = None) -> float:
        return float(engine.requests[-1].messages[0].text == "You only ask.")

    optimizer = dspy.COPRO(prompt_model=dspy.LM("proposing", engine=Proposing(), cache=False), metric=asks, breadth=2,
                           depth=1)
    better = optimizer.compile(program, trainset=kit.examples(2), eval_kwargs={"num_threads": 1})
    assert kit.systems(engine, "teacher", better) == {"You only ask."}


def test_another_rollout_is_another_seed(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    program = kit.demo(engine)
    program(problem=kit.PROBLEMS[0], seed=2)
    plain = engine.requests[0]
    program.teacher_speech.lm = program.teacher_speech.lm.copy(rollout_id=1, temperature=1.0)
    engine.requests.clear()
    program(problem=kit.PROBLEMS[0], seed=2)
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


def test_any_model_may_speak_but_only_ours_choose(fractions: plan.Plan, make: SimpleNamespace,
                                                  kit: SimpleNamespace) -> None:
    program = kit.demo(make.Picks())
    program.set_lm(dspy.LM("plain", engine=Plain(), cache=False))
    with pytest.raises(RunError, match="PED1213"):
        program(problem=kit.PROBLEMS[0])
    model = Plain()
    free = kit.demo(make.Picks(kit.wordy), kit.speaking(fractions, "free"), shield="off")
    free.set_lm(dspy.LM("plain", engine=model, cache=False, top_p=0.5))
    assert "teacher: Is it 5/6?" in free(problem=kit.PROBLEMS[0]).transcript
    assert all(request.config.extensions is None and request.config.top_p == 0.5 for request in model.requests)


def test_words_of_any_model_are_looked_at(fractions: plan.Plan, make: SimpleNamespace, kit: SimpleNamespace) -> None:
    """What takes their place is not asked of it: it cannot choose."""
    free = kit.demo(make.Picks(kit.wordy), kit.speaking(fractions, "free"))
    free.set_lm(dspy.LM("plain", engine=Plain(), cache=False))
    told = free(problem=kit.PROBLEMS[0])
    assert told.turns[0].text != "Is it 5/6?"
    assert {each.kind for each in told.interventions} >= {"words again", "words replaced"}


def test_other_signatures_are_asked_in_dspys_way(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks(lambda request: "[[ ## answer ## ]]\nfour")
    of = make.lesson()
    program = modules.build(of, "lesson", kit.cast(of, "lesson", engine))
    with dspy.context(adapter=modules.adapter.StepAdapter(), lm=program.teacher_speech.lm):
        assert dspy.Predict("question -> answer")(question="2 + 2?").answer == "four"


class Down:
    """An engine that does not answer."""

    name = "down"
    model = ""
    abilities = Abilities(choose=True, deterministic=True)

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [EngineError("PED1104", "it is down", help="turn it on", retryable=True) for _ in requests]

    async def close(self) -> None: ...


def test_an_engines_failure_is_its_own(kit: SimpleNamespace) -> None:
    program = kit.demo(Down())
    with pytest.raises(EngineError, match="PED1104: it is down") as caught:
        program(problem=kit.PROBLEMS[0])
    assert caught.value.help == "turn it on"


def test_a_choice_that_is_none_is_the_engines_fault(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    engine = make.Picks()
    engine.reply = lambda request: Reply("?", 9)
    with pytest.raises(EpisodeError, match="PED1208"):
        kit.demo(engine)(problem=kit.PROBLEMS[0])


def test_what_a_flow_takes_is_said(make: SimpleNamespace, kit: SimpleNamespace) -> None:
    with pytest.raises(RunError, match="PED1211"):
        kit.demo(make.Picks())(sum="1/2 + 1/3")
