"""A flow as a DSPy module. Called with the flow's parameters it plays one dialogue; its predictors are what the cast is
asked. How a dialogue goes is the runtime's affair: here its questions are only handed to DSPy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import dspy

from pedalang import journal, plan, voices
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime import session
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.episode import flow, speaker, turns
from pedalang.runtime.episode.state import Level, Setting, begin, complete, setting
from pedalang.runtime.errors import RunError
from pedalang.runtime.program import adapter, lm, saved, signatures
from pedalang.runtime.program.loop import Lent, Loop, Shared
from pedalang.runtime.program.signatures import Step

_ADAPTER = adapter.StepAdapter()

Fit = Callable[[str, Value], Value]
"""Makes what a caller gives for a parameter of the flow, by its name, into a value of its type. Raises `RunError`."""


@dataclass(frozen=True)
class _Stage:
    """What all copies of a program share: the setting of its dialogues but for seed and voices, and who answers."""

    setting: Setting
    name: str
    loop: Loop
    models: Mapping[str, dspy.LM]
    voices: Mapping[Step, voices.Voice]
    fit: Fit
    shield: Level
    tuned: dict[tuple[Step, str, str], nodes.Expr | str | None] = field(default_factory=dict)
    """By instructions and examples. An evaluator keeps what it has met: the same text is to be the same expression."""
    evaluators: threading.local = field(default_factory=threading.local)

    @property
    def flow(self) -> plan.Flow:
        return self.setting.flow

    def setting_for(self, seed: int, voices: Mapping[str, nodes.Expr | str]) -> Setting:
        """The setting of a dialogue that this thread plays. Each thread compiles the plan's expressions once."""
        here: dict[str, Evaluator] = vars(self.evaluators)
        return replace(self.setting, seed=seed, voices=voices, evaluate=here.setdefault("one", Evaluator()))

    def __deepcopy__(self, memo: dict[int, Any]) -> _Stage:
        return self


class Answered(NamedTuple):
    """What a step was asked in a dialogue, and what it answered."""

    step: Step
    request: Request
    reply: Reply


class Frozen(dspy.Module):
    """A predictor that optimizers leave as it is. It stands in traces, but not in what is saved."""

    def __init__(self, predict: dspy.Predict) -> None:
        super().__init__()
        self.predict = predict
        self._compiled = True

    def forward(self, **inputs: Any) -> dspy.Prediction:
        return self.predict(**inputs)

    async def aforward(self, **inputs: Any) -> dspy.Prediction:
        return await self.predict.acall(**inputs)


class Program(dspy.Module):
    """Made by `build`. Each step of the cast is an attribute (`teacher_move`, `teacher_speech`): a `dspy.Predict`, or a
    `Frozen` one. Instructions that are changed take the place of the role's voice.

    Copies share the engines. Where an optimizer has taken a predictor's language model away, that of its engine is
    used.
    """

    def __init__(self, stage: _Stage, frozen: Iterable[str]) -> None:
        super().__init__()
        self._stage = stage
        left = frozenset(frozen)
        for step, voice in stage.voices.items():
            predict = dspy.Predict(signatures.signature(step, voice.text))
            predict.lm = stage.models[step.who]
            setattr(self, step.name, Frozen(predict) if step.who in left else predict)

    def forward(self, *, seed: int = 0, episode: int = 0, **item: Value) -> dspy.Prediction:
        """Plays the dialogue that a run with this seed plays as its `episode`. `item` gives the flow's parameters.

        The prediction has `turns`, `interventions` and the `ending` as a journal has them, its `verdicts`, the `item`
        that it was about, the cast's state before the first turn (`initial`) and at the end (`state`), and the
        `transcript` as text. Raises `RunError` where the dialogue cannot go on.
        """
        calls = self._calls(seed, episode, item)
        with _asked_our_way():
            try:
                step, given = next(calls)
                while True:
                    with _own_errors():
                        prediction = getattr(self, step.name)(**given)
                    step, given = calls.send(prediction)
            except StopIteration as done:
                return done.value

    async def aforward(self, *, seed: int = 0, episode: int = 0, **item: Value) -> dspy.Prediction:
        """As `forward`."""
        calls = self._calls(seed, episode, item)
        with _asked_our_way():
            try:
                step, given = next(calls)
                while True:
                    with _own_errors():
                        prediction = await getattr(self, step.name).acall(**given)
                    step, given = calls.send(prediction)
            except StopIteration as done:
                return done.value

    def predictor(self, who: str, purpose: str) -> dspy.Predict:
        """The predictor of a member's `move` or `speech`, frozen or not."""
        found = getattr(self, Step(who, purpose).name)
        return found.predict if isinstance(found, Frozen) else found

    def model(self, name: str) -> dspy.LM:
        """The language model of a predictor's engine."""
        return next(self._stage.models[step.who] for step in self._stage.voices if step.name == name)

    def voices(self) -> dict[str, nodes.Expr | str]:
        """What tuning put in place of voices, by member and step (`teacher.move`): the `voices` of a run's setting."""
        found = {f"{step.who}.{step.purpose}": self._tuned(step, voice) for step, voice in self._stage.voices.items()}
        return {of: voice for of, voice in found.items() if voice is not None}

    def session(self, *, person: str = "", seed: int = 0, folder: Path | None = None,
                **item: Value) -> session.Session:
        """A dialogue with a person in it, turn by turn, with this program's voices; by default the person is the only
        student of the cast. With a folder it is durable, and `runtime.session.reopen` goes on with it. Raises
        `RunError`."""
        stage = self._stage
        who = person or _only_student(stage.flow)
        others = {member: engine for member, engine in stage.setting.engines.items() if member != who}
        opening = session.start_async(stage.setting.plan, stage.name, self._item(item), others, person=who, seed=seed,
                                      folder=folder, voices=self.voices(), shield=stage.shield)
        return session.Session(Lent(stage.loop), stage.loop.run(opening))

    def close(self) -> None:
        """Closes the engines, for all copies."""
        stage = self._stage
        for engine in {id(engine): engine for engine in stage.setting.engines.values()}.values():
            stage.loop.run(engine.close())
        stage.loop.close()

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """The instructions and demonstrations of what is not frozen, each with the digest of the prompt that it was
        tuned for. Engines and their models are no part of it."""
        cast = self._stage.flow.cast
        written = {step.name: plan.voice_digest(cast[step.who]) for step in self._stage.voices}
        return {name: {**saved.dumped(predict), "prompt": written.get(name, "")}
                for name, predict in self.named_predictors()}

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Takes instructions and demonstrations, and nothing else that may stand there. Raises `RunError` PED1301 for
        what another program saved."""
        found = saved.read(state, {name: signatures.current(predict) for name, predict in self.named_predictors()})
        for name, predict in self.named_predictors():
            predict.signature = signatures.current(predict).with_instructions(found[name].signature.instructions)
            predict.demos = list(found[name].demos)

    def _calls(self, seed: int, episode: int, item: Mapping[str, Value]
               ) -> Generator[tuple[Step, dict[str, Any]], dspy.Prediction, dspy.Prediction]:
        """A dialogue as calls of predictors: which one with what, and what it answered."""
        playing = _played(self._stage.setting_for(seed, self.voices()), episode, self._item(item))
        answers: list[Answered] = []
        try:
            ask = next(playing)
            while True:
                answered = yield Step(ask.who, ask.request.purpose), self._given(ask)
                reply = _reply(ask, answered)
                answers.append(Answered(Step(ask.who, ask.request.purpose), ask.request, reply))
                ask = playing.send(reply)
        except StopIteration as done:
            done.value["answers"] = tuple(answers)
            return done.value

    def _item(self, given: Mapping[str, Value]) -> dict[str, Value]:
        fit = self._stage.fit
        return complete(self._stage.setting, 0, {name: value if name == plan.GIVEN else fit(name, value)
                                                 for name, value in given.items()})

    def _given(self, ask: speaker.Ask) -> dict[str, Any]:
        """What a predictor is called with."""
        predict = self.predictor(ask.who, ask.request.purpose)
        return {**signatures.inputs(ask.request.messages, ask.request.choices),
                "config": adapter.options(ask.request), "lm": predict.lm or self._stage.models[ask.who]}

    def _tuned(self, step: Step, voice: voices.Voice) -> nodes.Expr | str | None:
        predict = self.predictor(step.who, step.purpose)
        shown = voices.examples(predict.demos, signatures.OUTPUTS[step.purpose])
        key = (step, signatures.current(predict).instructions, shown)
        known = self._stage.tuned
        if key not in known:
            known[key] = voices.tuned(voice, *key[1:])
        return known[key]


def build(of: plan.Plan, name: str, engines: Mapping[str, Engine], *, frozen: Iterable[str] | None = None,
          fit: Fit = lambda name, value: value, shield: Level = "full") -> Program:
    """The program of a run, or of a flow. `engines` has one for each member of the cast; `frozen` names the members
    that optimizers leave as they are, by default the students; `shield` is how far hard clauses are enforced. Raises
    `RunError`."""
    loop = Loop()
    shared = {id(engine): Shared(engine) for engine in engines.values()}
    cast = {who: shared[id(engine)] for who, engine in engines.items()}
    here = setting(of, name, cast, 0, shield=shield)
    found = here.flow
    left = [who for who, role in found.cast.items() if role.kind == "student"] if frozen is None else list(frozen)
    for who in left:
        if who not in found.cast:
            raise RunError("PED1212", f"nobody is cast as {who} in flow {found.name}, who was to be frozen",
                           help=f"its cast is {', '.join(found.cast)}")
    models = {id(engine): lm.model(engine, loop) for engine in cast.values()}
    own = {step: voices.voice(found.cast[step.who].voice) for step in _steps(found)}
    answering = {who: models[id(engine)] for who, engine in cast.items()}
    return Program(_Stage(here, name, loop, answering, own, fit, shield), left)


def _steps(of: plan.Flow) -> Iterator[Step]:
    """What the cast can be asked: moves of those whose policy is a model, words of all who have turns."""
    speaking = {step.role for phase in of.phases.values() for step in phase.steps if isinstance(step, plan.Turn)}
    for who, role in of.cast.items():
        if who in speaking:
            if role.moves and role.policy.kind == "model":
                yield Step(who, "move")
            yield Step(who, "speech")


def _only_student(of: plan.Flow) -> str:
    students = [who for who, role in of.cast.items() if role.kind == "student"]
    if len(students) == 1:
        return students[0]
    raise RunError("PED1211", f"flow {of.name} has {len(students)} students in its cast",
                   help=f"say who the person is: `person=`, one of {', '.join(of.cast)}")


def _played(here: Setting, episode: int, item: Mapping[str, Value]) -> Generator[speaker.Ask, Reply, dspy.Prediction]:
    """A dialogue from its first turn to its end; what it asks is to be answered."""
    state = begin(here, episode, item)
    initial = state.initial
    state, taken = speaker.given(here, state) if state.given else (state, [])
    state, following = flow.advance(here, state)
    interventions: list[journal.Intervention] = []
    while not isinstance(following, str):
        state, turn, done = yield from speaker.simulated(here, state, following)
        taken.append(turn)
        interventions += done
        state, following = flow.advance(here, state)
    ending = journal.Ending(episode, state.phase, following, turns.verdicts(here, state))
    return dspy.Prediction(
        turns=tuple(taken), interventions=tuple(interventions), ending=ending, verdicts=ending.verdicts,
        item=item, initial=initial, state=state.members,
        transcript="\n".join(f"{turn.role}: {turn.text}" for turn in taken))


@contextmanager
def _asked_our_way() -> Iterator[None]:
    """The prompts as they are rendered. Each call stands in DSPy's own history; those of programs and models, which are
    copied with every candidate, stay empty."""
    with dspy.context(adapter=_ADAPTER, max_history_size=0):
        yield


@contextmanager
def _own_errors() -> Iterator[None]:
    """An engine's error, in place of the one that DSPy makes of it."""
    try:
        yield
    except dspy.LMError as error:
        raise lm.own_error(error) or error from None


def _reply(ask: speaker.Ask, prediction: dspy.Prediction) -> Reply:
    text = prediction[signatures.OUTPUTS[ask.request.purpose]]
    choices = ask.request.choices
    return Reply(text, choices.index(text) if text in choices else None, tokens_out=prediction.get("tokens", 0),
                 finish=prediction.get("finish", "stop"))
