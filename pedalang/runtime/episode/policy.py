"""Which moves a teacher may make now, and which of them the program's policy takes. A model is not asked here: for a
model's policy this says what it can choose from."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.expression import nodes
from pedalang.expression.evaluate import Env
from pedalang.expression.values import Value
from pedalang.runtime.episode import seeds
from pedalang.runtime.episode.state import Setting
from pedalang.runtime.errors import EpisodeError


class Option(NamedTuple):
    """A move with its arguments."""

    move: plan.Move
    arguments: Mapping[str, Value]


class Available(NamedTuple):
    """What may be done in a turn: `allowed` by the flow and the program, `left` where the shield masks some of it, and
    `masked`, those that were allowed and are not left. Where all is masked, all is left."""

    allowed: list[plan.Move]
    left: list[plan.Move]
    masked: tuple[str, ...]


class Choice(NamedTuple):
    """What can be done in a turn: one thing if a rule or a table decides, several for a model to choose from. `left`
    are the moves that may be made, `masked` those that were allowed and would else have been chosen from or taken."""

    options: list[Option]
    left: list[plan.Move]
    masked: tuple[str, ...] = ()


def available(setting: Setting, role: plan.Role, step: plan.Turn, env: Env,
              masked: Collection[str] = ()) -> Available:
    """The moves that may be made in this turn. Raises `EpisodeError` PED1203 where nothing is allowed."""
    allowed = [role.moves[name] for name in step.moves or role.moves]
    allowed = [move for move in allowed if setting.holds(move.allow, env, move.place)]
    if not allowed:
        number = env["turn"]["number"] + 1
        raise EpisodeError("PED1203", f"no move of {step.role} is allowed in turn {number}, phase {env['phase']}"
                           + (f" at {step.place}" if step.place else ""), place=step.place,
                           help="let one move of the turn be allowed whatever has happened")
    away = tuple(move.name for move in allowed if move.name in masked)
    return Available(allowed, [move for move in allowed if move.name not in masked] or allowed, away)


def options(setting: Setting, role: plan.Role, step: plan.Turn, env: Env, draws: Callable[[], seeds.Draws],
            masked: Collection[str] = ()) -> Choice:
    """What can be done in this turn without the moves that are masked; where they are all that there is, with them.
    `draws` are for what is left to chance: the first choice is from all that is allowed, and where that is masked
    another one is from what is left. Raises `EpisodeError` PED1203 where nothing is allowed."""
    allowed, left, away = available(setting, role, step, env, masked)
    if role.policy.kind == "model":
        return Choice([option for move in left for option in _listed(setting, move, env)], left, away)
    taken = _taking(setting, role, env, draws)
    free = taken(allowed)
    if free.move not in masked or left is allowed:
        return Choice([_made(setting, role, free, env)], left, away if free.move in masked else ())
    return Choice([_made(setting, role, taken(left), env)], left, away)


def defaults(setting: Setting, move: plan.Move, env: Env) -> Option:
    """A move with the arguments that it has where nobody gives it any."""
    return Option(move, _arguments(setting, move.defaults, env, move.place))


def _first(weights: Sequence[float]) -> int:
    return 0


def _taking(setting: Setting, role: plan.Role, env: Env,
            draws: Callable[[], seeds.Draws]) -> Callable[[Sequence[plan.Move]], plan.Arm]:
    """How a role takes one of the moves that it may make."""
    if role.policy.kind != "trained":
        place = draws().weighted if role.policy.kind == "table" else _first
        return lambda moves: _taken(setting, role, moves, env, place)
    chance = draws() if role.policy.explore else None
    by_chance = chance is not None and chance.chance(role.policy.explore)
    worth = {} if by_chance else scores(setting, role, env)

    def best(moves: Sequence[plan.Move]) -> plan.Arm:
        if by_chance and chance is not None:
            move = moves[chance.below(len(moves))]
        else:
            move = max(moves, key=lambda each: worth.get(each.name, -math.inf))
        return _taken(setting, role, [move], env, _first)

    return best


def seen(setting: Setting, cues: Sequence[plan.Cue], env: Env, place: str) -> list[float]:
    """What each cue is now; a truth value is 1 or 0. Raises `EpisodeError` where one has no value."""
    return [float(setting.value(cue.of, env, place)) for cue in cues]


def scores(setting: Setting, role: plan.Role, env: Env) -> dict[str, float]:
    """How much speaks for each move now, by the role's trained policy."""
    cues = [*seen(setting, role.policy.cues, env, role.place), 1.0]
    return {move: math.fsum(map(operator.mul, weights, cues)) for move, weights in role.policy.scores.items()}


def _taken(setting: Setting, role: plan.Role, allowed: Sequence[plan.Move], env: Env,
           place: Callable[[Sequence[float]], int]) -> plan.Arm:
    """The arm that a rule or a table takes, by its place among those that hold; the first move where none does."""
    arms = _holding(setting, role.policy, {move.name for move in allowed}, env)
    if not arms:
        return plan.Arm(allowed[0].name, {}, place=allowed[0].place)
    return arms[place([arm.weight for arm in arms])]


def _made(setting: Setting, role: plan.Role, arm: plan.Arm, env: Env) -> Option:
    move = role.moves[arm.move]
    return Option(move, _arguments(setting, {**move.defaults, **arm.arguments}, env, arm.place))


def _holding(setting: Setting, policy: plan.Policy, allowed: set[str], env: Env) -> Sequence[plan.Arm]:
    """The arms that hold, of allowed moves; those with `otherwise` only where none with a guard does."""
    arms = [arm for arm in policy.arms if arm.move in allowed]
    held = {id(arm) for arm in arms if arm.when is not None and setting.holds(arm.when, env, arm.place)}
    return [arm for arm in arms if id(arm) in held or (arm.when is None and not (arm.otherwise and held))]


def _arguments(setting: Setting, given: Mapping[str, nodes.Expr], env: Env, place: str) -> dict[str, Value]:
    return {name: setting.value(expr, env, place) for name, expr in given.items()}


def _listed(setting: Setting, move: plan.Move, env: Env) -> list[Option]:
    """The move once for each combination of the arguments that can be listed."""
    rest = {name: expr for name, expr in move.defaults.items() if name not in move.options}
    fixed = _arguments(setting, rest, env, move.place)
    return [Option(move, {**fixed, **dict(zip(move.options, cases, strict=True))})
            for cases in itertools.product(*move.options.values())]
