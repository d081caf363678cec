"""A moment of a dialogue that was worth little: which turn of a teacher it was, and how it is told to whoever is to say
what would have been better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pedalang import plan
from pedalang.expression import values
from pedalang.expression.values import Value
from pedalang.study.tuning.rollouts import Rollout

BEFORE = 5
"""So many turns before it are told."""
LONGEST = 600
"""Characters of a turn or a value that are told."""


def moment(of: Rollout, who: str) -> int | None:
    """The turn of a member at which a clause was lost, or else its last turn that somebody answered; None where it had
    no turn."""
    turns = of.dialogue.turns
    own = [at for at, turn in enumerate(turns) if turn["speaker"] == who]
    lost = [verdict.broken_at for verdict in of.dialogue.verdicts if not verdict.kept and verdict.broken_at is not None]
    for end in sorted(lost):
        before = [at for at in own if at <= end]
        if before:
            return before[-1]
    answered = [at for at in own if at + 1 < len(turns) and turns[at + 1]["speaker"] != who]
    return answered[-1] if answered else own[-1] if own else None


def told(within: plan.Plan, at: int | None, of: Rollout) -> str:
    """The moment with what came before and after it, what the dialogue was worth, and what was broken."""
    turns = of.dialogue.turns
    at = len(turns) - 1 if at is None else at
    lines = ["Problem: " + "; ".join(f"{name}: {said}" for name, said in _problem(of.item)), "", "Dialogue:"]
    if at > BEFORE:
        lines.append(f"({at - BEFORE} turns before)")
    for place in range(max(0, at - BEFORE), min(len(turns), at + 2)):
        mark = "   <- the moment" if place == at else ""
        lines.append(f"{turns[place]['speaker']}: {_short(turns[place]['text'])}{mark}")
    return "\n".join([*lines, "", *_measured(of), *_broken(within, of)])


def texts(item: Mapping[str, Value]) -> Iterator[str]:
    """All values of a problem, as they are written."""
    return (said for _, said in _problem(item))


def _problem(item: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    for name, value in item.items():
        if isinstance(value, Mapping):
            yield from _problem(value)
        elif value is not None:
            yield name, _short(_text(value))


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(_text(each) for each in value if each is not None)
    return values.to_text(value)


def _measured(of: Rollout) -> Iterator[str]:
    worth = "not known" if of.score is None else f"{of.score:.2f} of 1"
    less = [f"{name} {value:.2f}" for name, value in of.values.items() if value is not None and value < 1]
    yield f"Worth: {worth}" + (f". Not all was reached of: {', '.join(less)}" if less else "")


def _broken(within: plan.Plan, of: Rollout) -> Iterator[str]:
    said = {(contract.name, clause.name): clause.text for contract in within.contracts.values()
            for clause in contract.clauses}
    for verdict in of.dialogue.verdicts:
        if not verdict.kept:
            yield f"Broken promise ({verdict.severity}): {said.get((verdict.contract, verdict.clause), verdict.clause)}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[:LONGEST - 1] + "…"
