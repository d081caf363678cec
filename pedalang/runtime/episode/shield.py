"""The shield: what the teacher's side does not do, so that hard clauses hold. Its table comes with the plan
(`contract.Shield`); here it is looked up where a dialogue stands, and clauses are looked at after a turn that might be
taken. Nothing here chooses, speaks or asks an engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from pedalang import plan
from pedalang.expression import environment
from pedalang.expression.evaluate import Env
from pedalang.runtime.episode.masks import Where
from pedalang.runtime.episode.monitor import Watched
from pedalang.runtime.episode.state import Setting, State

MOST_AGAIN = 2
"""How often generated words that would break a clause are asked for again, before others take their place."""
SILENCE = "…"
"""What is said where nothing else can be: it is of no language, and says nothing."""

Clauses: TypeAlias = tuple[tuple[str, str], ...]
"""Contract and clause, as a shield names them."""


def masked(setting: Setting, state: State, env: Env) -> Collection[str]:
    """The moves that are not made in the turn that comes. `env` is the environment after the speaker's own handlers."""
    if setting.masks is None:
        return ()
    limited = setting.flow.phases[state.phase].max_turns is not None
    where = Where(state.watched.states, state.phase, state.step, state.turns_here if limited else 0, state.turn)
    return setting.masks.at(where, env, setting.evaluate)


def at_stake(setting: Setting, state: State) -> Clauses:
    """The clauses for which words are looked at, and that words can still break."""
    if setting.masks is None or not setting.masks.shield.words:
        return ()
    return _worth(setting, state.watched, setting.masks.shield.words, ("holding", "pending"))


def broken(setting: Setting, after: State, among: Clauses) -> Clauses:
    """Those of the clauses that are broken for good after a turn."""
    return _worth(setting, after.watched, among, ("broken",))


def kept(setting: Setting, state: State, who: str, moves: Iterable[str]) -> Clauses:
    """What is kept by not making some moves: the clauses that one of them would break at once, whatever its words; else
    those that are still open, one of which it would lose later."""
    if setting.masks is None:
        return ()
    shield = setting.masks.shield
    still = _worth(setting, state.watched, (*shield.keeps, *shield.words), ("holding", "pending"))
    lost = {each for move in moves for each in _lost(setting, state, who, move, still)}
    return tuple(each for each in still if each in lost) or still


def clauses(setting: Setting, named: Clauses) -> list[plan.Clause]:
    """The clauses of these names."""
    return [setting.masks.clauses[name] for name in named] if setting.masks is not None else []


def _lost(setting: Setting, state: State, who: str, move: str, among: Clauses) -> Clauses:
    turn = environment.turn_record(who, "", move=move, phase=state.phase, number=state.turn)
    env = environment.after(state.env, turn, state.members)
    return _worth(setting, setting.monitor.after(state.watched, env, setting.evaluate), among, ("broken",))


def _worth(setting: Setting, watched: Watched, among: Clauses, what: Collection[plan.Standing]) -> Clauses:
    """Those of the clauses whose standing is one of these."""
    if setting.masks is None:
        return ()
    standings, places = setting.monitor.standings(watched), setting.masks.places
    return tuple([each for each in among if standings[places[each]] in what])
