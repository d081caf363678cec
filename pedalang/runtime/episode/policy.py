"""Which moves a teacher may make now, and which of them the program's policy takes. A model is not asked here: for a
model's policy this says what it can choose from."""

from __future__ import annotations

import itertools
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


class Choice(NamedTuple):
    """What can be done in a turn: one thing if a rule or a table decides, several for a model to choose from. `left`
    are the moves that may be made, `masked` those that were allowed and would else have been chosen from or taken."""

    options: list[Option]
    left: list[plan.Move]
    masked: tuple[str, ...] = ()


def options(setting: Setting, role: plan.Role, step: plan.Turn, env: Env, draws: Callable[[], seeds.Draws],
            masked: Collection[str] = ()) -> Choice:
    """What can be done in this turn without the moves that are masked; where they are all that there is, with them.
    `draws` are for a table: its first draw is from all that is allowed, and where that is masked another one is from
    what is left. Raises `EpisodeError` PED1203 where nothing is allowed."""
    allowed = [role.moves[name] for name in step.moves or role.moves]
    allowed = [move for move in allowed if setting.holds(move.allow, env, move.place)]
    if not allowed:
        number = env["turn"]["number"] + 1
        raise EpisodeError("PED1203", f"no move of {step.role} is allowed in turn {number}, phase {env['phase']}"
                           + (f" at {step.place}" if step.place else ""), place=step.place,
                           help="let one move of the turn be allowed whatever has happened")
    away = tuple(move.name for move in allowed if move.name in masked)
    left = [move for move in allowed if move.name not in masked] or allowed
    if role.policy.kind == "model":
        return Choice([option for move in left for option in _listed(setting, move, env)], left, away)
    place = draws().weighted if role.policy.kind == "table" else _first
    free = _taken(setting, role, allowed, env, place)
    if free.move not in masked or left is allowed:
        return Choice([_made(setting, role, free, env)], left, away if free.move in masked else ())
    return Choice([_made(setting, role, _taken(setting, role, left, env, place), env)], left, away)


def defaults(setting: Setting, move: plan.Move, env: Env) -> Option:
    """A move with the arguments that it has where nobody gives it any."""
    return Option(move, _arguments(setting, move.defaults, env, move.place))


def _first(weights: Sequence[float]) -> int:
    return 0


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
