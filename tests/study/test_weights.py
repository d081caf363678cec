"""Adapters learn: on a model of a few thousand random weights, until the loss has gone where it should by a stated
margin, and the engine chooses what was taught. Runs where torch, peft and trl are installed.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
import time
from pathlib import Path

import dspy
import pytest
from dspy.teleprompt import Teleprompter

import pedalang
from pedalang import api, material, optimizing
from pedalang.compiler import compile
from pedalang.prompt import Message
from pedalang.runtime.engines import opening, processor
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError, RunError
from pedalang.runtime.generation import folders
from pedalang.runtime.program.modules import Program
from pedalang.study.prompting.training import Adapters, KeptTurns
from pedalang.study.tuning import keeping
from pedalang.study.tuning.outcome import Outcome
from pedalang.study.weights import adapters, lasting
from pedalang.study.weights.lasting import Method
from pedalang.study.weights.lessons import Lesson, Pair, Verdict
from pedalang.study.weights.settings import Settings
from tests import late, tiny
from tests.study.tuning.patience import written

torch, *_ = (late.library(name, "train") for name in ("torch", "peft", "trl"))

MOVES = ("ask how they think", "tell them the sum", "say nothing")
SETTINGS = Settings(rank=4, alpha=8, rate=0.02, steps=12, batch=4)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny") / "llama")


def prompt(place: int) -> tuple[Message, ...]:
    return (Message("system", "You teach."), Message("user", f"I think it is {place}/5."))


def chosen(model: Path, adapter: str, wanted: int = 5) -> list[int]:
    """What the engine chooses, with an adapter or without."""
    engine = opening.open_engine(f"transformers:{model}?threads=1", {})
    try:
        replies = asyncio.run(engine.answer([Request(prompt(place), choices=MOVES, adapter=adapter)
                                             for place in range(wanted)]))
    finally:
        asyncio.run(engine.close())
    assert all(isinstance(reply, Reply) for reply in replies), replies
    return [reply.choice for reply in replies if isinstance(reply, Reply) and reply.choice is not None]


def taught(method: Method, right: int) -> list[Lesson | Pair | Verdict]:
    """Lessons by which one move is the right one."""
    wrong = [move for move in MOVES if move != MOVES[right]]
    match method:
        case "sft":
            return [Lesson(prompt(place), MOVES[right], False) for place in range(8)]
        case "dpo":
            return [Pair(prompt(place), MOVES[right], move, False) for place in range(4) for move in wrong]
        case "kto":
            return [Verdict(prompt(place), move, False, wanted) for place in range(4)
                    for move, wanted in ((MOVES[right], True), (wrong[place % 2], False))]


MARGINS = {"sft": 1.0, "dpo": 0.3, "kto": 0.1}
"""How far the loss has to fall: from about 6 nats a token, from 0.69 (the logarithm of 2), from 0.5."""


@pytest.mark.parametrize("method", list(MARGINS))
def test_the_loss_falls_and_the_engine_chooses_what_was_taught(tmp_path: Path, model: Path, method: Method) -> None:
    before = chosen(model, "")
    right = next(place for place in range(3) if place not in before)
    steps: list[tuple[int, float]] = []
    found = lasting.learnt(method, model, taught(method, right), SETTINGS, tmp_path,
                           watch=lambda step, loss: steps.append((step, loss)))
    assert found.before - found.after > MARGINS[method]
    assert found.losses[0] - found.losses[-1] > MARGINS[method]
    assert steps == list(enumerate(found.losses, 1))
    assert chosen(model, found.folder) == [right] * 5
    assert adapters.read(Path(found.folder), found.sha256)[0].base == found.base


def test_the_same_lessons_teach_the_same_and_only_once(tmp_path: Path, model: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    short = Settings(rank=2, alpha=4, rate=0.02, steps=2)
    one, other = (lasting.learnt("sft", model, taught("sft", 0), short, tmp_path / name, seed=3)
                  for name in ("one", "other"))
    assert one.sha256 == other.sha256
    names = (adapters.TENSORS, adapters.CONFIG, lasting.RECORD)
    assert [Path(one.folder, name).read_bytes() for name in names] == [
        Path(other.folder, name).read_bytes() for name in names]
    again = lasting.learnt("sft", model, taught("sft", 0), short, tmp_path / "one", seed=3, watch=never)
    assert again == one
    assert lasting.known(Path(one.folder)) == one
    assert str(tmp_path) not in Path(one.folder, lasting.RECORD).read_text()
    assert lasting.learnt("sft", model, taught("sft", 0), short, tmp_path / "one", seed=4).sha256 != one.sha256
    assert capsys.readouterr() == ("", ""), "the libraries keep quiet"


def never(step: int, loss: float) -> None:
    raise AssertionError(f"step {step} was taken again")


def test_what_a_kill_left_half_done_is_done_anew(tmp_path: Path, model: Path) -> None:
    short = Settings(rank=2, alpha=4, steps=1)
    found = lasting.learnt("sft", model, taught("sft", 0), short, tmp_path)
    folder = Path(found.folder)
    (folder / lasting.RECORD).unlink()
    (folder / adapters.TENSORS).write_bytes(b"")
    folder.rename(tmp_path / f".{folder.name}")
    assert lasting.learnt("sft", model, taught("sft", 0), short, tmp_path) == found


def test_learning_goes_on_from_an_adapter(tmp_path: Path, model: Path) -> None:
    short = Settings(rank=4, alpha=8, rate=0.02, steps=4)
    first = lasting.learnt("sft", model, taught("sft", 0), short, tmp_path)
    second = lasting.learnt("sft", model, taught("sft", 0), short, tmp_path, start=Path(first.folder))
    assert second.before == pytest.approx(first.after, abs=1e-4)
    assert second.after < first.after
    assert second.sha256 != first.sha256


def test_lessons_that_are_too_long_are_left_out_and_counted(tmp_path: Path, model: Path) -> None:
    told = [*taught("sft", 0)[:2], Lesson((Message("system", "long " * 300),), "x", True)]
    found = lasting.learnt("sft", model, told, Settings(rank=2, alpha=4, steps=1, tokens=400), tmp_path)
    assert (found.lessons, found.left_out) == (2, 1)


def test_nothing_is_learnt_from_nothing(tmp_path: Path, model: Path) -> None:
    with pytest.raises(RunError) as error:
        lasting.learnt("dpo", model, [], SETTINGS, tmp_path)
    assert (error.value.code, list(tmp_path.iterdir())) == ("PED1343", [])


def test_an_adapter_is_never_put_on_another_model(tmp_path: Path, model: Path) -> None:
    found = lasting.learnt("sft", model, taught("sft", 0), Settings(rank=2, alpha=4, steps=1), tmp_path / "learnt")
    other = tiny.model(tmp_path / "other", seed=2)
    with pytest.raises(EngineError) as error:
        opening.open_engine(f"transformers:{other}?threads=1&adapter={found.folder}", {})
    assert error.value.code == "PED1342"
    with pytest.raises(EngineError):
        lasting.learnt("sft", other, taught("sft", 0), SETTINGS, tmp_path / "learnt", start=Path(found.folder))


def test_generated_words_are_taught_with_their_end(tmp_path: Path, model: Path) -> None:
    said: list[Lesson | Pair | Verdict] = [Lesson(prompt(1), "Hm?", True)]
    found = lasting.learnt("sft", model, said, Settings(rank=8, alpha=32, rate=0.03, steps=25, batch=1), tmp_path)
    engine = opening.open_engine(f"transformers:{model}?threads=1", {})
    try:
        (reply,) = asyncio.run(engine.answer([Request(prompt(1), max_tokens=6, adapter=found.folder)]))
    finally:
        asyncio.run(engine.close())
    assert isinstance(reply, Reply) and (reply.text, reply.finish) == ("Hm?", "stop")


# ---------------------------------------------------------------- a program whose tutor learns which move helps

PROGRAM = """
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum {
  licence: "CC0-1.0"
  splits: { train: 0..4, dev: 4..6, exam: 6..11 }
}
move ask { intent: "Ask how the student thinks." }
move hint { intent: "Point at the next step." }
move wait { intent: "Say nothing of use." }
role Tutor(sum: Sum) {
  moves: [ask, hint, wait]
  policy model
  sees: [sum, history]
  speak: grounded
  voice: "You teach."
  say ask: ["How?"]
  say hint: ["Look at {{ sum.a }}."]
  say wait: ["Hm."]
}
student Learner(sum: Sum) {
  state { knows: Prob = 0.1  wrote: Int = 0 }
  on teacher.hint { set knows += 0.3 }
  on teacher.ask { set knows += 0.1 }
  on self.turn { draw right ~ bernoulli(knows)  set wrote = if right then sum.answer else sum.a }
  act answers { say: ["{{ wrote }}"] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase talk max 4 turns { turn teacher  turn student  -> close at max }
  phase close final {}
}
rubric Outcome { criterion gain by code { score: student.knows } }
optimize lesson as taught {
  method: METHOD
  metric: Outcome.gain
  trainset: sums.train
  devset: sums.dev
  testset: sums.exam
  tune: [Tutor.weights]
  settings: { rank: 4, alpha: 16, rate: 0.02, steps: 12, rounds: 1, tries: 2 }
}
run exam { flow: lesson  data: sums.exam  score: Outcome }
"""


def optimized(folder: Path, model: Path, method: str, out: Path) -> Outcome:
    file = written(folder, PROGRAM.replace("METHOD", method))
    of = compile.compile_file(file)
    chosen = of.optimizations["taught"]
    uris = optimizing.uris(of, chosen, "random:", {"teacher": f"transformers:{model}?threads=1"})
    return optimizing.optimize(of, chosen, material.sources(of, folder, {}), uris, {}, out, clock=lambda: 0.0)


GAINS = {"sft": 0.05, "dpo": 0.3, "kto": 0.3}
"""How much more the learner has to know: it can be 0.1 at the least and 0.7 at the most."""


@pytest.mark.full
@pytest.mark.parametrize("method", list(GAINS))
def test_a_tutor_learns_which_move_helps(tmp_path: Path, model: Path, method: str) -> None:
    gained(optimized(tmp_path / "p", model, method, tmp_path / "out"), GAINS[method])


def gained(found: Outcome, least: float) -> None:
    before, after = (each.score.value for each in found.candidates)
    assert before is not None and after is not None and after - before > least
    assert found.test is not None and found.test.difference.low is not None and found.test.difference.low > 0


def test_tuned_weights_play_on_and_what_was_done_is_not_done_again(tmp_path: Path, model: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    first = optimized(tmp_path / "p", model, "dpo", out)
    gained(first, GAINS["dpo"])
    text = (out / "tuned" / "artefact.json").read_bytes()
    (out / "tuning.json").unlink()
    monkeypatch.setattr(lasting, "_teaching", lambda method: pytest.fail("it was learnt already"))
    again = optimized(tmp_path / "p", model, "dpo", out)
    assert (again, (out / "tuned" / "artefact.json").read_bytes()) == (first, text)
    of = keeping.put_on(compile.compile_file(tmp_path / "p" / "main.ped"), out / "tuned")
    where = material.sources(of, tmp_path / "p", {})
    told = api.work_items(of, of.runs["exam"], where)
    cast = {"teacher": f"transformers:{model}?threads=1", "student": "random:"}
    run = api.play(of, of.runs["exam"], told, where, cast, "random:", {}, seed=0, folder=tmp_path / "run")
    gains = [row.values["gain"] for row in api.settle(run, {}).dialogues]
    assert first.test is not None and gains == [first.test.tuned.score.value] * 5


def test_prompts_and_weights_are_tuned_in_turns_through_dspy(tmp_path: Path, model: Path) -> None:
    file = written(tmp_path / "p", PROGRAM.replace("METHOD", "sft"))
    program = pedalang.load(file, flow="lesson", roles={
        "teacher": f"transformers:{model}?threads=1", "student": "random:"})
    teacher = pedalang.load(file, flow="lesson", engine="random:")
    examples = [dspy.Example(sum={"a": a, "b": 2}, episode=a).with_inputs("sum", "episode") for a in range(12)]

    def hints(example: dspy.Example, told: dspy.Prediction, trace: object = None) -> float:
        return sum(turn.move == "hint" for turn in told.turns) / 2

    provider = Adapters(model, Settings(rank=4, alpha=16, rate=0.02, steps=12), tmp_path / "weights")
    both = dspy.BetterTogether(metric=hints, p=Saying("Point at what comes next."),
                               w=KeptTurns(hints, provider, least=1))
    try:
        better = both.compile(program, trainset=examples, valset=examples, strategy="p -> w",
                              shuffle_trainset_between_steps=False, num_threads=1,
                              optimizer_compile_args={"w": {"teacher": teacher}})
        assert not better.flag_compilation_error_occurred
        assert better.candidate_programs[0]["strategy"] == "p -> w"
        assert better.teacher_move.signature.instructions == "Point at what comes next."
        learnt = Path(better.teacher_move.lm.model.partition(" adapter=")[2])
        assert adapters.read(learnt)[0].base and better.teacher_speech.lm is better.teacher_move.lm
        told = [better(**each.inputs()) for each in examples]
        assert sum(hints(each, found) for each, found in zip(examples, told, strict=True)) / 12 == 1
    finally:
        program.close()
        teacher.close()


class Saying(Teleprompter):
    """Tells the tutor something."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def compile(self, student: Program, *, trainset: list[dspy.Example], **_: object) -> Program:
        tuned = student.deepcopy()
        for _, predict in tuned.named_predictors():
            predict.signature = predict.signature.with_instructions(self._what)
        tuned._compiled = True
        return tuned


# ---------------------------------------------------------------- at full size

TALKS = 4
"""Problems that the embedded model learns from."""


def conversation(place: int) -> tuple[Message, ...]:
    """A dialogue of about 200 tokens."""
    a, b = 2 + place % 5, 3 + place % 4
    return (
        Message("system", "You are a patient maths tutor for eleven-year-olds. One idea a turn, one question at most."),
        Message("user", "(The dialogue begins.)"),
        Message("assistant", f"What is 1/{a} + 1/{b}? Tell me how you think."),
        Message("user", f"It's 2/{a + b}, because 1 + 1 = 2 and {a} + {b} = {a + b}. Tops and bottoms added."),
        Message("assistant", f"Is 2/{a + b} more or less than 1/{a}? Should it be?"),
        Message("user", f"I still think it is 2/{a + b}. Plus means add, so I add everything."))


def lessons_of_full_size(method: Method) -> list[Lesson | Pair | Verdict]:
    right = [f"Can you write 1/{2 + place % 5} in parts of {(2 + place % 5) * (3 + place % 4)}?"
             for place in range(TALKS)]
    wrong = [f"The answer is {place}. Remember it." for place in range(TALKS)]
    match method:
        case "sft":
            return [Lesson(conversation(place), right[place], True) for place in range(TALKS)]
        case "dpo":
            return [Pair(conversation(place), right[place], wrong[place], True) for place in range(TALKS)]
        case "kto":
            return [Verdict(conversation(place), text, True, text == right[place]) for place in range(TALKS)
                    for text in (right[place], wrong[place])]


FALLS = {"sft": 0.3, "dpo": 0.1, "kto": 0.02}
"""How far the loss has to fall in six steps of two lessons."""


@pytest.mark.full
@pytest.mark.parametrize("method", list(FALLS))
def test_six_steps_on_the_embedded_model(tmp_path: Path, method: Method, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gguf")
    model = importlib.import_module("pedalang.runtime.generation.embedded").folder(folders.caches(os.environ))
    torch.set_num_threads(processor.cores())
    stamps = [time.monotonic()]
    found = lasting.learnt(method, model, lessons_of_full_size(method), Settings(rate=5e-4, steps=6, batch=2), tmp_path,
                           watch=lambda step, loss: stamps.append(time.monotonic()))
    steps = sorted(after - before for before, after in itertools.pairwise(stamps[1:]))
    with capsys.disabled():
        print(f"\n{method}: loss {found.before:.3f} -> {found.after:.3f} in 6 steps of 2 lessons, "
              f"{steps[len(steps) // 2]:.1f} s a step on {found.device}")
    assert found.before - found.after > FALLS[method]
