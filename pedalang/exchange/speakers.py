"""Whom of a flow's cast the speakers of a recording stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from pedalang import diagnostic, plan
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance
from pedalang.runtime.errors import RunError

OTHERWISE = "otherwise"
"""The label that means all others."""
_NAMED = 12
"""How many labels a message names."""


class Spoken(NamedTuple):
    """An utterance of a member of the cast; `voice` as in a journal's turn."""

    member: str
    utterance: Utterance
    voice: int = 0


def named(of: plan.Plan, chosen: plan.Observe, given: Mapping[str, str]) -> plan.Observe:
    """An observe whose labels stand for whom the caller says; `otherwise` is all that are not named. Raises `RunError`
    for a member that the flow does not cast."""
    cast = of.flows[chosen.flow].cast
    for who in given.values():
        if who not in cast:
            raise RunError("PED1442", f"nobody is cast as `{who}` in the flow `{chosen.flow}`",
                           help=diagnostic.did_you_mean(who, cast) or f"the cast is {', '.join(cast)}")
    labels = {label: who for label, who in given.items() if label != OTHERWISE}
    return replace(chosen, speakers={**chosen.speakers, **labels}, otherwise=given.get(OTHERWISE, chosen.otherwise))


def check(chosen: plan.Observe, number: int, utterances: Sequence[Utterance]) -> None:
    """Raises `DataError` for a speaker of a dialogue that nobody is; where all other labels stand for one member, also
    for a dialogue in which another member says nothing: a label may be written otherwise there."""
    labels = dict.fromkeys(each.speaker for each in utterances)
    for place, utterance in enumerate(utterances if not chosen.otherwise else ()):
        if utterance.speaker not in chosen.speakers:
            near = diagnostic.did_you_mean(utterance.speaker, chosen.speakers)
            raise DataError("PED0811", f"dialogue {number}, turn {place}: `{utterance.speaker}` is none of the "
                            f"speakers of `{chosen.name}`", place=chosen.place,
                            help=near or "say in `speakers`, or by `--speaker LABEL=MEMBER`, whom of the cast it "
                            f"stands for; known: {_listed(chosen.speakers)}")
    silent = set(chosen.speakers.values()) - {chosen.otherwise} - {chosen.speakers.get(label) for label in labels}
    if chosen.otherwise and silent:
        who = min(silent)
        raise DataError("PED0834", f"dialogue {number}: nobody in it stands for `{who}`; its speakers are "
                        f"{_listed(labels)}", place=chosen.place,
                        help=f"say who that is: `--speaker LABEL={who}`, or in `speakers`")


def _listed(labels: Iterable[str]) -> str:
    named = [f"`{label}`" for label in labels]
    return ", ".join(named[:_NAMED]) + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")


def spoken(chosen: plan.Observe, utterances: Sequence[Utterance]) -> list[Spoken]:
    """The utterances as those of members of the cast; where several labels stand for one member, with their number."""
    members = [chosen.speakers.get(each.speaker, chosen.otherwise) for each in utterances]
    voices: dict[str, dict[str, int]] = {}
    for member, each in zip(members, utterances, strict=True):
        own = voices.setdefault(member, {})
        own.setdefault(each.speaker, len(own) + 1)
    return [Spoken(member, each, voices[member][each.speaker] if len(voices[member]) > 1 else 0)
            for member, each in zip(members, utterances, strict=True)]
