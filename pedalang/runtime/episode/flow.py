"""Where a dialogue goes next: the steps of phases, and how it ends. Nobody speaks here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec.structs import replace

from pedalang import plan
from pedalang.runtime.episode.state import Setting, State
from pedalang.runtime.errors import EpisodeError

MAX_STEPS = 1_000
"""Steps without a turn after which a dialogue goes round in circles."""

Why: TypeAlias = Literal["final", "limit", "budget"]
"""Why a dialogue is over."""
Next: TypeAlias = plan.Turn | Why
"""Whose turn it is, or why the dialogue is over."""


def advance(setting: Setting, state: State, passed: Callable[[str, int], None] | None = None) -> tuple[State, Next]:
    """The next turn, and the state that stands before it. The same again for the state that it returns. `passed` is
    told each goto that is taken, by its phase and its place there.

    The flow's limits cut before a turn, so that a goto after the last one still leads to a final phase without turns.
    Raises `EpisodeError` PED1204 for a dialogue that never comes to a turn.
    """
    for _ in range(MAX_STEPS):
        phase = setting.flow.phases[state.phase]
        if state.step < len(phase.steps):
            step = phase.steps[state.step]
            if isinstance(step, plan.Turn):
                return state, _cut(setting.flow, state) or step
            leaves = _leaves(setting, state, phase, step)
            if leaves and passed is not None:
                passed(state.phase, state.step)
            state = _enter(state, step.phase) if leaves else replace(state, step=state.step + 1)
        elif phase.final:
            return state, "final"
        elif _used_up(phase, state):
            return state, "limit" if _had_its_turns(phase, state) else "budget"
        else:
            state = replace(state, step=0)
    raise EpisodeError("PED1204", f"no turn after {MAX_STEPS} steps in phase {state.phase}",
                       help="give the phases a turn, or let one of the gotos lead to a final phase",
                       place=setting.flow.phases[state.phase].place)


def _leaves(setting: Setting, state: State, phase: plan.Phase, step: plan.Goto) -> bool:
    if step.at_max and not _used_up(phase, state):
        return False
    return setting.holds(step.when, state.env, step.place)


def _cut(flow: plan.Flow, state: State) -> Why | None:
    """Why no turn comes any more, if none does. Turns that were given count for nothing."""
    if state.turn - len(state.given) >= flow.max_turns:
        return "limit"
    return "budget" if flow.budget is not None and state.tokens >= flow.budget else None


def _used_up(phase: plan.Phase, state: State) -> bool:
    spent = phase.budget is not None and state.tokens_here >= phase.budget
    return spent or _had_its_turns(phase, state)


def _had_its_turns(phase: plan.Phase, state: State) -> bool:
    return phase.max_turns is not None and state.turns_here >= phase.max_turns


def _enter(state: State, phase: str) -> State:
    return replace(state, phase=phase, step=0, turns_here=0, tokens_here=0, env={**state.env, "phase": phase})
