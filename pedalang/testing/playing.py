"""One dialogue of a property, played by the runtime from choices: what it came to, and what it broke."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pedalang import journal, plan, prompt
from pedalang.diagnostic import Bug
from pedalang.exchange.errors import DataError
from pedalang.expression import environment, nodes
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.runtime.episode import flow, state, turns
from pedalang.runtime.errors import EngineError, EpisodeError
from pedalang.testing import inputs
from pedalang.testing.choices import Asked, Choices, Kind
from pedalang.testing.words import sayable

_DOES: dict[str, Kind] = {"move": "move", "speech": "text"}


@dataclass(frozen=True, slots=True)
class Promise:
    """A formula that every dialogue of a property keeps; `text` and `place` are of what the property expects,
    `clause` is the name of a contract's clause."""

    formula: plan.Formula
    automaton: plan.Automaton
    text: str
    place: str
    clause: str = ""


def _as_drawn(item: Mapping[str, Value]) -> Mapping[str, Value]:
    return item


def _as_answered(who: str, request: Request, reply: Reply) -> Reply:
    return reply


@dataclass(frozen=True, slots=True)
class Change:
    """What is told otherwise in a dialogue: what it is about, and what is answered for a member of the cast."""

    item: Callable[[Mapping[str, Value]], Mapping[str, Value]] = _as_drawn
    reply: Callable[[str, Request, Reply], Reply] = _as_answered


AS_IT_IS = Change()


@dataclass(frozen=True, slots=True)
class Arena:
    """What the dialogues of a property have in common. `engine` answers in the place of what is drawn, `judge` the
    predicates whose answers are compared."""

    plan: plan.Plan
    tested: plan.Property
    rows: inputs.Rows
    promises: tuple[Promise, ...]
    runner: asyncio.Runner
    engine: Engine | None = None
    evaluate: Evaluator = field(default_factory=Evaluator)
    known: dict[tuple[str, int], Reply] = field(default_factory=dict)
    """What the engine answered, by the digest of the prompt and the seed: it is asked once."""
    judge: Engine | None = None
    change: Change = AS_IT_IS

    @property
    def flow(self) -> plan.Flow:
        return self.plan.flows[self.tested.flow]


@dataclass(frozen=True, slots=True)
class Broken:
    """What a dialogue broke. `at` is the last turn that matters, -1 before the first; `code` where it could not go on.
    """

    what: str
    message: str
    at: int
    place: str = ""
    code: str = ""
    promise: Promise | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """A dialogue. `states` stand before the first turn and after each, `passed` are the gotos that were taken: the
    turn before, the phase, the place there. It is no dialogue where `refused` says why the choices make none."""

    choices: Choices
    item: Mapping[str, Value]
    turns: Sequence[journal.Turn] = ()
    states: Sequence[state.State] = ()
    passed: Sequence[tuple[int, str, int]] = ()
    ending: journal.Ending | None = None
    broken: tuple[Broken, ...] = ()
    trace: Sequence[Env] = ()
    reached: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The state of each promise's automaton after each turn, where it has one."""
    refused: str = ""

    @property
    def breach(self) -> Broken:
        """What broke first. Raises `ValueError` where nothing did."""
        return min(self.broken, key=lambda each: each.at)

    @property
    def length(self) -> int:
        """How many turns matter: up to the first one where something broke, else all."""
        return self.breach.at + 1 if self.broken else len(self.turns)


def arena(of: plan.Plan, tested: plan.Property, rows: inputs.Rows, runner: asyncio.Runner,
          engine: Engine | None = None, evaluate: Evaluator | None = None, judge: Engine | None = None) -> Arena:
    """What a property's dialogues are played in."""
    return Arena(of, tested, rows, tuple(_promises(of, tested)), runner, engine, evaluate or Evaluator(), judge=judge)


def _promises(of: plan.Plan, tested: plan.Property) -> Iterable[Promise]:
    """What is expected, but for clauses that ask a judge. Raises `PlanError` for a formula without its automaton."""
    for each in tested.expects:
        clauses = [plan.Clause("", "hard", each.formula, each.text, automaton=each.automaton)] if each.formula else \
            [clause for clause in of.contracts[each.contract].clauses if clause.name in each.clauses]
        for clause in clauses:
            if any(True for _ in plan.judged(clause.formula)):
                continue
            if clause.automaton is None:
                raise plan.PlanError(f"`{clause.text}` has no automaton")
            text = f"{each.contract}.{clause.name}" if each.contract else each.text
            yield Promise(clause.formula, clause.automaton, text, each.place, clause.name)


def played(here: Arena, choices: Choices) -> Played:
    """The dialogue that the choices make. Raises `EngineError` where the engine fails."""
    try:
        item = inputs.drawn(here.plan, here.tested.varied, here.rows, choices.pick, here.evaluate)
    except (DataError, EvaluationError) as error:
        return Played(choices, {}, refused=str(error))
    item = here.change.item(item)
    speaker = _Speaker(here, choices, item)
    setting = state.Setting(here.plan, here.flow, dict.fromkeys(here.flow.cast, speaker), here.tested.seed,
                            evaluate=here.evaluate, drawing=choices.drawing)
    try:
        setting = state.of_dialogue(setting, state.complete(setting, 0, item))
        begun = state.begin(setting, 0, state.complete(setting, 0, item))
        dialogue = turns.Dialogue(setting, begun, speaker.asked, _Nowhere())
    except EpisodeError as error:
        return Played(choices, item, broken=(_failed(error.code, error.message, error.place, -1),))
    under_way = _through(here, setting, dialogue, choices, item)
    return here.runner.run(under_way) if here.engine is not None else _at_once(under_way)


def _at_once(under_way: Coroutine[object, None, Played]) -> Played:
    """What a dialogue comes to that waits for nobody: an event loop would take a quarter of its time."""
    try:
        under_way.send(None)
    except StopIteration as done:
        return done.value
    raise Bug("a drawn dialogue waits")


async def _through(here: Arena, setting: state.Setting, dialogue: turns.Dialogue, choices: Choices,
                   item: Mapping[str, Value]) -> Played:
    """Takes the turns of a dialogue until it ends, or fails."""
    states = [dialogue.state]
    passed: list[tuple[int, str, int]] = []
    broken: tuple[Broken, ...] = ()
    ending = None
    try:
        while True:
            number = len(dialogue.turns) - 1
            dialogue.state, step = flow.advance(setting, dialogue.state,
                                                lambda phase, at, number=number: passed.append((number, phase, at)))
            if isinstance(step, str):
                ending = journal.Ending(0, dialogue.state.phase, step, ())
                break
            await dialogue.take(step)
            states.append(dialogue.state)
    except EpisodeError as error:
        broken = (_failed(error.code, error.message, error.place, len(dialogue.turns) - 1),)
    after = dialogue.state
    trace = environment.along({name: after.env[name] for name in here.flow.params}, after.initial,
                              after.env["history"], after.past)
    reached = {promise.text: tuple(_reached(promise.automaton, trace, here)) for promise in here.promises}
    found = [_lost(promise, reached[promise.text], bool(broken)) for promise in here.promises]
    lost = tuple(each for each in found if each is not None)
    return Played(choices, item, dialogue.turns, states, passed, ending, (*lost, *broken), trace, reached)


def _reached(automaton: plan.Automaton, trace: Sequence[Env], here: Arena) -> Iterator[int]:
    """The automaton's state after each turn."""
    reached = 0
    for env in trace:
        target, facts = automaton.enter[reached], {}
        while target >= 0:
            fact, otherwise, then = automaton.decisions[target]
            if fact not in facts:
                facts[fact] = _holds(automaton.facts[fact], env, here)
            target = then if facts[fact] else otherwise
        reached = ~target
        yield reached


def _holds(fact: nodes.Expr, env: Env, here: Arena) -> bool:
    try:
        return bool(here.evaluate(fact, env))
    except (EvaluationError, Absent):
        return False


def _failed(code: str, message: str, place: str, at: int) -> Broken:
    return Broken("every dialogue comes to its end", f"{code}: {message}", at, place, code)


def _lost(promise: Promise, reached: Sequence[int], failed: bool) -> Broken | None:
    """What is broken of a promise. A dialogue that failed has no end: in it only what no other turn could have mended
    is broken."""
    standings = [promise.automaton.standings[each] for each in (0, *reached)]
    at = standings.index("broken") - 1 if "broken" in standings else len(reached) - 1
    if standings[-1] in ("kept", "holding") or (failed and standings[-1] != "broken"):
        return None
    where = f" at turn {max(at, 0)}" if reached else " in a dialogue without turns"
    return Broken(promise.text, f"it is broken{where}", at, promise.place, promise=promise)


class _Speaker:
    """The engine of a drawn dialogue: moves and words are choices among those that the program offers. With another
    engine it is that one's answer, remembered by what was sent."""

    name = "drawn:"
    model = ""
    abilities = Abilities(choose=True, scores=True, deterministic=True, slots=64,
                          honours=frozenset({"top_p", "adapter"}))

    def __init__(self, here: Arena, choices: Choices, item: Mapping[str, Value]) -> None:
        self._here, self._choices, self._item = here, choices, item
        self._words: dict[str, list[str]] = {}
        if here.engine is not None:
            self.name, self.model, self.abilities = here.engine.name, here.engine.model, here.engine.abilities

    async def asked(self, who: str, request: Request) -> tuple[Reply | EngineError, float]:
        reply, seconds = await (self._drawn(who, request) if self._here.engine is None else
                                self._answered(self._here.engine, request))
        return reply if isinstance(reply, EngineError) else self._here.change.reply(who, request, reply), seconds

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        return [(await self.asked("", request))[0] for request in requests]

    async def close(self) -> None:
        """There is nothing to close."""

    async def _drawn(self, who: str, request: Request) -> tuple[Reply | EngineError, float]:
        _, turn, step = request.key.split("/", 2)
        kind = _DOES.get(request.purpose, "text")
        offers = request.choices or tuple(self._authored(who))
        picked = self._choices.pick(Asked(int(turn), kind, f"{who}/{step}", len(offers), names=offers))
        text = offers[picked]
        return Reply(text, picked if request.choices else None, tokens_out=len(text.split())), 0.0

    async def _answered(self, engine: Engine, request: Request) -> tuple[Reply | EngineError, float]:
        key = prompt.digest(request.messages, request.choices), request.seed
        if key not in self._here.known:
            (reply,) = await engine.answer([request])
            if isinstance(reply, EngineError):
                return reply, 0.0
            self._here.known[key] = reply
        return self._here.known[key], 0.0

    def _authored(self, who: str) -> list[str]:
        if who not in self._words:
            self._words[who] = sayable(self._here.flow.cast[who], self._item)
        return self._words[who]


class _Nowhere:
    """The record of a dialogue that is not kept."""

    def note(self, events: Iterable[journal.Event]) -> None: ...

    async def durable(self, events: Iterable[journal.Event]) -> None: ...
