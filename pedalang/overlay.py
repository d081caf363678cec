"""What tuning found, and a plan with it in place.

A tuned program is a plan like any other: whoever runs, resumes, scores or shows it needs to know nothing of tuning.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from pedalang import plan, thresholds, voices
from pedalang.expression import nodes


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Demo(_Part, frozen=True):
    """An example of how a member answers: the last message that it hears, and its answer."""

    said: str
    answered: str


class Voice(_Part, frozen=True):
    """What a member is told in one of its steps, in place of its voice. Braces that stand in the voice show the same
    here."""

    instructions: str
    examples: tuple[Demo, ...] = ()


class Tuned(_Part, frozen=True):
    """What tuning found for the cast of a flow; nothing in it is the program as it is written."""

    voices: dict[str, Voice] = {}
    """By `MEMBER.STEP`; a step is `speech` or `move`."""
    intents: dict[str, str] = {}
    """By `MEMBER.MOVE`."""
    thresholds: dict[str, int | float] = {}
    """By the name of a number in a guard, as `thresholds.of` has it."""


AS_WRITTEN = Tuned()


class Unfit(Exception):
    """What was tuned is for another program."""


def applied(of: plan.Plan, flow: str, tuned: Tuned) -> plan.Plan:
    """The plan whose flow has what was found. Raises `Unfit` where that has no place in it."""
    if tuned == AS_WRITTEN:
        return of
    of = _compared(of, flow, tuned)
    found = of.flows[flow]
    cast = dict(found.cast)
    for key, voice in tuned.voices.items():
        who, _, step = key.partition(".")
        role = _member(cast, who, flow)
        if step not in ("speech", "move"):
            raise Unfit(f"`{key}` names no step: it is `speech` or `move`")
        cast[who] = replace(role, told={**role.told, step: _told(role, voice)})
    for key, intent in tuned.intents.items():
        who, _, name = key.partition(".")
        role = _member(cast, who, flow)
        if name not in role.moves:
            raise Unfit(f"`{who}` has no move `{name}`")
        cast[who] = replace(role, moves={**role.moves, name: replace(role.moves[name], intent=_intent(
            role.moves[name], intent))})
    return replace(of, flows={**of.flows, flow: replace(found, cast=cast)})


def written(role: plan.Role) -> Voice:
    """A role's voice as tuning sees it: its text, with braces where it shows something."""
    return Voice(voices.voice(role.voice).text)


def intent(move: plan.Move) -> str:
    """A move's intent as tuning sees it: its text, with braces where it shows something; empty where it has none."""
    return "" if move.intent is None else voices.voice(move.intent).text


def _member(cast: Mapping[str, plan.Role], who: str, flow: str) -> plan.Role:
    if who not in cast:
        raise Unfit(f"nobody is cast as `{who}` in the flow `{flow}`")
    return cast[who]


def _compared(of: plan.Plan, flow: str, tuned: Tuned) -> plan.Plan:
    """The plan with other numbers in its guards."""
    try:
        return thresholds.replaced(of, flow, tuned.thresholds)
    except KeyError as error:
        raise Unfit(f"no guard of a teacher in the flow `{flow}` has the number `{error.args[0]}`") from None


def _told(role: plan.Role, voice: Voice) -> nodes.Expr:
    shown = voices.examples([{"said": demo.said, "answered": demo.answered} for demo in voice.examples], "answered")
    found = voices.tuned(voices.voice(role.voice), voice.instructions, shown)
    return role.voice if found is None else nodes.Lit(found) if isinstance(found, str) else found


def _intent(move: plan.Move, text: str) -> nodes.Expr:
    if move.intent is None:
        return nodes.Lit(text)
    found = voices.tuned(voices.voice(move.intent), text, "")
    return move.intent if found is None else nodes.Lit(found) if isinstance(found, str) else found
