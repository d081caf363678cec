"""What a policy can be learnt from: the numbers and truth values that a member of the cast sees before it chooses.

Each is an expression over the same environment as guards, but reads only what the member's `sees:` covers, or what a
program's `features:` say, which were checked against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pedalang import plan
from pedalang.expression import nodes

_MEASURED = ("Bool", "Int", "Float", "Prob", "Percent", "Rational", "Turns", "Exchanges", "Tokens", "Points", "Seconds",
             "Minutes", "Hours", "Usd")
"""Types of state that are a number or a truth value, always."""
_HISTORY, _TURN, _PHASE = nodes.Name("history"), nodes.Name("turn"), nodes.Name("phase")


def known(flow: plan.Flow, who: str, features: Mapping[str, nodes.Expr]) -> tuple[plan.Cue, ...]:
    """The cues of a member, by names that say what they are: the phase, how long the dialogue is, how often each move
    was made, what was done last, the state that it sees, and the features that the program gives it."""
    role = flow.cast[who]
    found = [*_phases(flow, who)]
    if "history" in role.sees:
        found += _dialogue(flow, role)
    for member in flow.cast:
        found += _state(flow, role, who, member)
    return (*found, *(plan.Cue(name, of) for name, of in features.items()))


def contested(flow: plan.Flow, who: str) -> tuple[str, ...]:
    """The moves that stand in some turn of a member beside others, in the order of its moves."""
    role = flow.cast[who]
    found = {move for phase in flow.phases.values() for step in phase.steps
             if isinstance(step, plan.Turn) and step.role == who for move in step.moves or role.moves
             if len(step.moves or role.moves) > 1}
    return tuple(move for move in role.moves if move in found)


def _phases(flow: plan.Flow, who: str) -> Iterator[plan.Cue]:
    """In which of the phases the dialogue is where the member has something to choose; nothing where there is one."""
    chosen_in = [name for name, phase in flow.phases.items() if any(
        isinstance(step, plan.Turn) and step.role == who and len(step.moves or flow.cast[who].moves) > 1
        for step in phase.steps)]
    for name in chosen_in if len(chosen_in) > 1 else ():
        yield plan.Cue(f"phase {name}", _is(_PHASE, name))


def _dialogue(flow: plan.Flow, role: plan.Role) -> Iterator[plan.Cue]:
    yield plan.Cue("turns", nodes.Call("count", (_HISTORY,)))
    for move in role.moves:
        yield plan.Cue(f"made {move}", nodes.Call("count_moves", (_HISTORY, nodes.Lit(move))))
    for other in flow.cast.values():
        for act in other.acts if not other.moves else ():
            yield plan.Cue(f"last {act.name}", _is(nodes.Attr(_TURN, "act"), act.name))


def _state(flow: plan.Flow, role: plan.Role, who: str, member: str) -> Iterator[plan.Cue]:
    for variable in flow.cast[member].state:
        path = f"{member}.{variable.name}"
        if variable.type.partition(" in ")[0] in _MEASURED and (member == who or member in role.sees
                                                                or path in role.sees):
            yield plan.Cue(path, nodes.Attr(nodes.Name(member), variable.name))


def _is(of: nodes.Expr, word: str) -> nodes.Expr:
    return nodes.Binary("==", of, nodes.Lit(word))
