"""What tuning changed, for people: each thing that was tuned as a text, and where two versions of it differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from pedalang import overlay, plan, thresholds
from pedalang.expression.written import written
from pedalang.overlay import Learnt, Tuned
from pedalang.study.tuning.differing import Piece, pieces

DIGITS = 12
"""Of a digest."""


class Change(Struct, frozen=True):
    """Something that is not the same in two versions of a program: what it is, and both texts as one."""

    slot: str
    pieces: tuple[Piece, ...]


def changes(before: Tuned, after: Tuned, of: plan.Plan | None = None, flow: str = "") -> tuple[Change, ...]:
    """What differs. Where only one of them says something, the other is the program as it is written, if there is one
    at hand."""
    program = as_written(of, flow) if of is not None else {}
    first, second = texts(before, program), texts(after, program)
    found = []
    for slot in dict.fromkeys((*first, *second)):
        one, other = (each.get(slot, program.get(slot, "")) for each in (first, second))
        if one != other:
            found.append(Change(slot, pieces(one, other)))
    return tuple(found)


def texts(of: Tuned, program: Mapping[str, str] | None = None) -> dict[str, str]:
    """What was tuned, by what it is; of a threshold what it decides, where the `program` says that."""
    found: dict[str, str] = {}
    for key, voice in of.voices.items():
        found[f"{key}: instructions"] = voice.instructions
        if voice.examples:
            found[f"{key}: examples"] = "\n\n".join(f"{each.said}\n→ {each.answered}" for each in voice.examples)
    found |= {f"{key}: intent": intent for key, intent in of.intents.items()}
    for name, number in of.thresholds.items():
        found[name] = _threshold((program or {}).get(name, ""), number)
    found |= {f"{who}: policy": "\n".join(_learnt(learnt)) for who, learnt in of.policies.items()}
    return found | {f"{who}: weights": f"adapter {each.sha256[:DIGITS]} of weights {each.base[:DIGITS]}"
                    for who, each in of.weights.items()}


def as_written(of: plan.Plan, flow: str) -> dict[str, str]:
    """The same of a program: all that could be tuned of the cast of a flow."""
    found: dict[str, str] = {}
    for who, role in of.flows[flow].cast.items():
        if role.kind == "student":
            continue
        for step in ("speech", "move"):
            found[f"{who}.{step}: instructions"] = overlay.written(role).instructions
        for move in role.moves.values():
            if move.intent is not None:
                found[f"{who}.{move.name}: intent"] = overlay.intent(move)
        found[f"{who}: policy"] = _policy(role.policy)
    return found | {name: thresholds.told(each, each.value) for name, each in thresholds.of(of, flow).items()}


def _threshold(said: str, number: float) -> str:
    """`student.stuck >= 2`, in the place of another number."""
    return f"{said.rpartition(' ')[0]} {number:g}".strip()


def _learnt(of: Learnt) -> Iterator[str]:
    """What counts how much for each move, of a policy that was learnt."""
    by_chance = f", by chance in {of.explore:.0%} of its turns" if of.explore else ""
    yield f"policy learnt by {of.by}{by_chance}"
    for move, counts in of.scores.items():
        told = [f"{cue} {number:+.3g}" for cue, number in zip(of.cues, counts, strict=False)]
        yield f"  {move}: " + ", ".join([*told, f"always {counts[-1]:+.3g}"] if counts else told)


def _policy(of: plan.Policy) -> str:
    return "\n".join([f"policy {of.kind}", *_arms(of)])


def _arms(of: plan.Policy) -> Iterator[str]:
    for arm in of.arms:
        given = ", ".join(f"{name}: {written(value)}" for name, value in arm.arguments.items())
        when = f" when {written(arm.when)}" if arm.when is not None else " otherwise" if arm.otherwise else ""
        weight = f" weight {arm.weight:g}" if arm.weight != 1 else ""
        yield f"  {arm.move}({given}){weight}{when}"
