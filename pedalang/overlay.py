"""What tuning found, and a plan with it in place.

A tuned program is a plan like any other: whoever runs, resumes, scores or shows it needs to know nothing of tuning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from pedalang import cues, plan, thresholds, voices
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


class Learnt(_Part, frozen=True):
    """A choice of moves that was learnt: what each cue counts for each move. Cues stand by their names, so that what
    they are is said by the program alone, as its own cues or as `features:` of the optimization `by`."""

    by: str
    cues: tuple[str, ...]
    scores: dict[str, tuple[float, ...]]
    """By move: a number a cue, and last what the move has without any."""
    explore: float = 0.0
    """In which share of its turns a move is made by chance, from 0 to 1."""


class Adapter(_Part, frozen=True):
    """Weights that a member answers with besides its model's own: the SHA-256 of their numbers and of the model's, and
    the folder that they lie in, which an artefact leaves out: there they lie beside it."""

    sha256: str
    base: str
    folder: str = ""


class Tuned(_Part, frozen=True, omit_defaults=True):
    """What tuning found for the cast of a flow; nothing in it is the program as it is written."""

    voices: dict[str, Voice] = {}
    """By `MEMBER.STEP`; a step is `speech` or `move`."""
    intents: dict[str, str] = {}
    """By `MEMBER.MOVE`."""
    thresholds: dict[str, int | float] = {}
    """By the name of a number in a guard, as `thresholds.of` has it."""
    policies: dict[str, Learnt] = {}
    """By `MEMBER`."""
    weights: dict[str, Adapter] = {}
    """By member."""


AS_WRITTEN = Tuned()
EMBEDDED = "transformers:"
"""The engine of the embedded model that takes adapters."""


class Unfit(Exception):
    """What was tuned is for another program."""


def applied(of: plan.Plan, flow: str, tuned: Tuned) -> plan.Plan:
    """The plan whose flow has what was found. Raises `Unfit` where that has no place in it."""
    if tuned == AS_WRITTEN:
        return of
    of = _adapted(_compared(of, flow, tuned), flow, tuned)
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
    for who, learnt in tuned.policies.items():
        role = _member(cast, who, flow)
        cast[who] = replace(role, policy=_choosing(of, flow, who, role, learnt))
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


def _choosing(of: plan.Plan, flow: str, who: str, role: plan.Role, learnt: Learnt) -> plan.Policy:
    """The policy that was learnt. With which arguments a move is made the role's own lines still say."""
    chosen = of.optimizations.get(learnt.by)
    if chosen is None or chosen.flow != flow:
        raise Unfit(f"the flow `{flow}` has no optimization `{learnt.by}`")
    known = {cue.name: cue for cue in cues.known(of.flows[flow], who, chosen.features)}
    for name in learnt.cues:
        if name not in known:
            raise Unfit(f"`{who}` has no cue `{name}`")
    for move, counts in learnt.scores.items():
        if move not in role.moves:
            raise Unfit(f"`{who}` has no move `{move}`")
        if len(counts) != len(learnt.cues) + 1 or not all(map(math.isfinite, counts)):
            raise Unfit(f"`{move}` of `{who}` has not a number for each of {len(learnt.cues)} cues, and one without")
    if len(set(learnt.cues)) < len(learnt.cues) or not learnt.scores or not 0 <= learnt.explore <= 1:
        raise Unfit(f"the policy of `{who}` cannot choose: it names a cue twice, scores no move, or explores too much")
    return plan.Policy("trained", role.policy.arms, tuple(known[name] for name in learnt.cues), learnt.scores,
                       learnt.explore)


def _adapted(of: plan.Plan, flow: str, tuned: Tuned) -> plan.Plan:
    """The plan whose members answer with other weights: each has a model of its own, which is its role's with an
    adapter, or, where its role names none, the embedded one by the engine that takes adapters."""
    if not tuned.weights:
        return of
    found = of.flows[flow]
    cast, models = dict(found.cast), dict(of.models)
    for who, adapter in tuned.weights.items():
        role, name = _member(cast, who, flow), f"{who}.tuned"
        if role.model in found.params:
            raise Unfit(f"the model of `{who}` is a parameter of the flow, and weights are one model's")
        if not adapter.folder:
            raise Unfit(f"the weights of `{who}` lie nowhere")
        model = models[role.model] if role.model else plan.Model("", EMBEDDED, place=role.place)
        models[name] = replace(model, name=name, adapter=adapter.folder)
        cast[who] = replace(role, model=name)
    return replace(of, models=models, flows={**of.flows, flow: replace(found, cast=cast)})


def _told(role: plan.Role, voice: Voice) -> nodes.Expr:
    shown = voices.examples([{"said": demo.said, "answered": demo.answered} for demo in voice.examples], "answered")
    found = voices.tuned(voices.voice(role.voice), voice.instructions, shown)
    return role.voice if found is None else nodes.Lit(found) if isinstance(found, str) else found


def _intent(move: plan.Move, text: str) -> nodes.Expr:
    if move.intent is None:
        return nodes.Lit(text)
    found = voices.tuned(voices.voice(move.intent), text, "")
    return move.intent if found is None else nodes.Lit(found) if isinstance(found, str) else found
