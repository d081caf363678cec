"""Where a dialogue stands, and what is the same for all dialogues of a run. Values only: nothing here waits or draws
but the cast's state before the first turn.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct, structs

from pedalang import plan, prompt
from pedalang.diagnostic import did_you_mean
from pedalang.expression import environment, nodes, values
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.masks import Masks
from pedalang.runtime.episode.monitor import Monitor, Watched
from pedalang.runtime.errors import EpisodeError, RunError

Level: TypeAlias = Literal["off", "moves", "full"]
"""How far hard clauses are enforced: not at all, by the choice of moves, by words too."""
LEVELS: tuple[Level, ...] = get_args(Level)
MODEL = "Model"
"""The type of a flow's parameter that says which model answers for a role."""
VARIED = ":"
"""Stands between a member of the cast and its model, where this is varied: `teacher:small`."""
Members = Mapping[str, Mapping[str, Value]]
"""The state of each member of the cast, and of the flow where it has one."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run's dialogues have in common. `engines` has one for each member of the cast that speaks by itself,
    `voices` what takes the place of a member's own (tuning), for all its steps (`teacher`) or one (`teacher.move`)."""

    plan: plan.Plan
    flow: plan.Flow
    engines: Mapping[str, Engine]
    seed: int
    contracts: tuple[plan.Contract, ...] = ()
    voices: Mapping[str, nodes.Expr | str] = field(default_factory=dict)
    evaluate: Evaluator = field(default_factory=Evaluator)
    stream: int | None = None
    """What draws are named by in place of the dialogue's number: dialogues that are compared draw the same."""
    drawing: seeds.Drawing = seeds.drawing
    """Where the draws of rules come from: seeds, or a test that looks for what must not happen."""
    masks: Masks | None = None
    """What keeps the contracts' hard clauses; None where nothing does."""
    carried: Members = field(default_factory=dict)
    """What members begin with in place of what they would draw or compute."""
    monitor: Monitor = field(default_factory=lambda: Monitor(()))
    """Watches the contracts; made of them."""

    def __post_init__(self) -> None:
        if self.monitor.contracts != self.contracts:
            object.__setattr__(self, "monitor", Monitor(self.contracts))

    def drawn_as(self, episode: int) -> int:
        """The number that a dialogue's draws are named by."""
        return episode if self.stream is None else self.stream

    def value(self, expr: nodes.Expr, env: Env, place: str) -> Value:
        """The value of an expression, `None` for a text that shows a `none`. Raises `EpisodeError` without one."""
        try:
            return self.evaluate(expr, env)
        except EvaluationError as error:
            raise no_value(str(error), place) from None

    def holds(self, guard: nodes.Expr | None, env: Env, place: str) -> bool:
        """Whether a guard holds; one that is not there does. Raises `EpisodeError` where it has no value."""
        return guard is None or bool(self.value(guard, env, place))


class State(Struct, frozen=True):
    """Where a dialogue stands between two turns. `turn` is the number of the next one, `env` the environment after the
    latest one, `step` the next step of the phase, `turns_here` how many turns this phase has had, `hints` what is kept
    for a member's next prompt, `written` the members as JSON, `watched` how far the clauses have come, `past` the
    members after each turn. `tokens` is what the engines have read and written, `tokens_here` what of it in this phase;
    `given` are recorded turns before the first,
    `openings` what stands in members' prompts before all turns.
    """

    episode: int
    turn: int
    env: Env
    members: Members
    phase: str
    step: int
    turns_here: int
    voices: Mapping[str, str]
    hints: Mapping[str, tuple[str, ...]]
    initial: Members
    written: dict[str, dict[str, Any]]
    watched: Watched
    past: tuple[Members, ...] = ()
    tokens: int = 0
    tokens_here: int = 0
    given: tuple[Mapping[str, Value], ...] = ()
    openings: Mapping[str, tuple[prompt.Message, ...]] = {}


def setting(of: plan.Plan, name: str, engines: Mapping[str, Engine], seed: int, *,
            voices: Mapping[str, nodes.Expr | str] | None = None, persons: Sequence[str] = (),
            shield: Level = "full") -> Setting:
    """The setting of a `run`, or of a flow by its name. Raises `RunError` where neither has this name, or where a
    member of the cast that is no person has no engine."""
    run = of.runs.get(name) or of.matrices.get(name) or of.courses.get(name)
    flow = of.flows.get(run.flow if run else name)
    if flow is None:
        raise RunError("PED1211", f"{of.program or 'the program'} has no run and no flow {name}",
                       help=did_you_mean(name, (*of.runs, *of.matrices, *of.courses, *of.flows)))
    for who in flow.cast:
        if not any(key.partition(VARIED)[0] == who for key in engines) and who not in persons:
            raise RunError("PED1212", f"no engine for {who} of flow {flow.name}",
                           help=f"name one for {who}, or one for the whole cast")
    for key, engine in engines.items():
        who, _, varied = key.partition(VARIED)
        if who in flow.cast:
            honoured(of.models.get(varied or flow.cast[who].model), engine)
    checked = dict.fromkeys((*flow.obeys, *(run.check if run else ())))
    contracts = tuple(of.contracts[name] for name in checked)
    used = {key: engine for key, engine in engines.items() if key.partition(VARIED)[0] in flow.cast}
    return Setting(of, flow, used, seed,
                   contracts, {**_told(flow), **(voices or {})}, masks=_masks(of, flow.name, contracts, shield))


def _told(flow: plan.Flow) -> dict[str, nodes.Expr]:
    """What tuning put in place of voices, by member and step."""
    return {f"{who}.{step}": told for who, role in flow.cast.items() for step, told in role.told.items()}


def _masks(of: plan.Plan, flow: str, contracts: Sequence[plan.Contract], level: Level) -> Masks | None:
    """The shield of a flow and just these contracts. Raises `RunError` for a level that is none."""
    if level not in LEVELS:
        raise RunError("PED1241", f"a shield cannot be `{level}`",
                       help=did_you_mean(level, LEVELS) or f"it is one of {', '.join(LEVELS)}")
    names = tuple(contract.name for contract in contracts)
    found = next((each for each in of.shields if (each.flow, each.contracts) == (flow, names)), None)
    if found is None or level == "off":
        return None
    return Masks(found if level == "full" else structs.replace(found, words=()), contracts)


def honoured(model: plan.Model | None, engine: Engine) -> None:
    """Raises `RunError` where a model asks for what its engine cannot do."""
    if model is None:
        return
    asked = {"top_p": model.top_p is not None, "adapter": bool(model.adapter)}
    can = engine.abilities
    for what, wanted in asked.items():
        if wanted and what not in can.honours:
            raise RunError("PED1115", f"the model `{model.name}` asks for `{what}:`, which {engine.name} cannot do",
                           place=model.place, help="leave it out, or use another engine")
    if model.context is not None and can.context is not None and model.context > can.context:
        raise RunError("PED1115", f"the model `{model.name}` asks for a context of {model.context:,} tokens, and "
                       f"{engine.name} reads {can.context:,}", place=model.place, help="ask for fewer")


def of_dialogue(here: Setting, item: Mapping[str, Value], draws: str = "") -> Setting:
    """The setting of one dialogue of a run: models that its item names answer. With `draws`, its draws are named by
    that and the run's seed, not by its number."""
    chosen = {who: str(item[role.model]) for who, role in here.flow.cast.items()
              if here.flow.params.get(role.model) == MODEL}
    if draws:
        here = replace(here, seed=seeds.derived(here.seed, 0, -1, "", draws), stream=0)
    if not chosen:
        return here
    cast = {who: structs.replace(role, model=chosen[who]) if who in chosen else role
            for who, role in here.flow.cast.items()}
    engines = {who: here.engines.get(varied(who, chosen.get(who, "")), here.engines.get(who)) for who in cast}
    return replace(here, flow=structs.replace(here.flow, cast=cast),
                   engines={who: engine for who, engine in engines.items() if engine is not None})


def varied(who: str, model: str) -> str:
    """What the engine of a member is called in a run that varies its model."""
    return f"{who}{VARIED}{model}" if model else who


def no_value(why: str, place: str) -> EpisodeError:
    """For an expression of the program, at a place in it, that came to nothing."""
    where = f" at {place}" if place else ""
    return EpisodeError("PED1201", f"an expression has no value{where}: {why}", place=place,
                        help="guard it, or give the field a value where it can be none")


def complete(setting: Setting, episode: int, item: Mapping[str, Value]) -> dict[str, Value]:
    """The item with the defaults of the parameters that it does not give, each computed from those before it. Raises
    `RunError` for one that does not give the others, or gives something else."""
    flow = setting.flow
    needed = flow.params.keys() - flow.defaults.keys()
    known = flow.params.keys() | ({plan.GIVEN} if flow.given is not None else set())
    if not needed <= item.keys() <= known:
        raise RunError("PED1211", f"dialogue {episode} is given {_list(item)}; flow {flow.name} takes "
                       f"{_list(flow.params)}", place=flow.place, help="bind each parameter of the flow to a value")
    found: dict[str, Value] = {}
    for name in flow.params:
        found[name] = item[name] if name in item else setting.value(flow.defaults[name], found, flow.place)
    return {**found, **{name: item[name] for name in item if name == plan.GIVEN}}


def begin(setting: Setting, episode: int, item: Mapping[str, Value]) -> State:
    """A dialogue before its first turn; `item` gives the flow's parameters, all of them. Raises `EpisodeError` where a
    state or a voice cannot be computed."""
    flow = setting.flow
    members = initial(setting, episode, item)
    start = environment.environment(item, members, ())
    env = {**start, "phase": flow.start, "initial": start}
    voices = {of: _voice(setting, of, env) for of in (*flow.cast, *setting.voices)}
    return State(episode, 0, env, members, flow.start, 0, 0, voices, {}, members, values.to_json(members),
                 setting.monitor.start, given=_given(flow, item),
                 openings={who: _opening(setting, who, env) for who, role in flow.cast.items() if role.opening})


def _given(flow: plan.Flow, item: Mapping[str, Value]) -> tuple[Mapping[str, Value], ...]:
    """The recorded turns that the flow takes from its item."""
    if flow.given is None or plan.GIVEN not in item:
        return ()
    turns: tuple[Mapping[str, Value], ...] = item[plan.GIVEN]
    return turns[:flow.given or None]


def initial(setting: Setting, episode: int, item: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """The cast's state before the first turn, and then the flow's: variables in the order of their declaration, each
    sees those before it. Raises `EpisodeError` where one cannot be computed."""
    flow = setting.flow
    members: dict[str, dict[str, Value]] = {who: {} for who in (*flow.cast, *((plan.FLOW,) if flow.state else ()))}
    env = environment.environment(item, members, (), phase=flow.start)
    for who in members:
        draws = setting.drawing(setting.seed, setting.drawn_as(episode), -1, who, "state")
        place = flow.cast[who].place if who in flow.cast else flow.place
        for variable in variables(flow, who):
            brought = setting.carried.get(who, {})
            value = brought[variable.name] if variable.name in brought else \
                drawn_or_computed(setting, variable.initial, env, draws, place)
            members[who][variable.name] = bounded(value, variable)
            env[who] = {**env[who], variable.name: members[who][variable.name]}
    return members


def variables(flow: plan.Flow, who: str) -> tuple[plan.Variable, ...]:
    """The state of a member of the cast, or of the flow."""
    return flow.cast[who].state if who in flow.cast else flow.state


def drawn_or_computed(setting: Setting, what: nodes.Expr | nodes.Distribution, env: Env, draws: seeds.Draws,
                      place: str) -> Value:
    """The value of an expression, or a draw. Raises `EpisodeError` where it has none."""
    if not isinstance(what, nodes.Distribution):
        return setting.value(what, env, place)
    try:
        return seeds.draw(what, lambda expr: setting.value(expr, env, place), draws)
    except (TypeError, ValueError, OverflowError) as error:
        raise no_value(str(error), place) from None


def bounded(value: Value, variable: plan.Variable) -> Value:
    """The value, or what a list or map holds, kept within the variable's bounds; it stays a whole number or a fraction
    where it is one. What is within them is given back as it is."""
    if variable.low is None and variable.high is None:
        return value
    if isinstance(value, tuple):
        items = tuple([bounded(item, variable) for item in value])
        return value if all(map(operator.is_, items, value)) else items
    if isinstance(value, dict):
        inside = {key: bounded(item, variable) for key, item in value.items()}
        return value if all(inside[key] is value[key] for key in inside) else inside
    if not values.is_number(value):
        return value
    if variable.low is not None and value < variable.low:
        return type(value)(variable.low)
    if variable.high is not None and value > variable.high:
        return type(value)(variable.high)
    return value


def _voice(setting: Setting, of: str, env: Env) -> str:
    """The voice of a member (`teacher`), or of one of its steps (`teacher.move`)."""
    role = setting.flow.cast[of.partition(".")[0]]
    with _shown("a voice", role.place):
        return prompt.voice(role, env, setting.evaluate, setting.voices.get(of))


def _opening(setting: Setting, who: str, env: Env) -> tuple[prompt.Message, ...]:
    role = setting.flow.cast[who]
    with _shown("an opening", role.place):
        return prompt.opening(role, env, setting.evaluate)


@contextmanager
def _shown(what: str, place: str) -> Iterator[None]:
    try:
        yield
    except EvaluationError as error:
        raise no_value(str(error), place) from None
    except Absent:
        raise no_value(f"{what} shows what is none", place) from None


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
