"""Flows, texts and values under a change: what a metamorphic relation plays in place of the program as it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from pedalang import plan

NAMES = ("Amara", "Chiara", "Emeka", "Priya", "Tomás")
"""Names that are put in the place of others."""
LONG = 10_000
"""A limit of tokens that cuts no authored text."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_SAID = frozenset({"voice", "carries", "say", "intent", "goal", "initial", "defaults"})
"""Parts of a flow that become words, or a state that may be shown; guards are none."""


def misspelt(text: str) -> str:
    """The text with two neighbouring letters of its longest word exchanged; without such a word, as it is."""
    for found in sorted(_WORD.finditer(text), key=lambda each: (-len(each[0]), each.start())):
        word = found[0]
        for at in range(1, len(word) - 1):
            if word[at] != word[at + 1]:
                wrong = word[:at] + word[at + 1] + word[at] + word[at + 2:]
                return text[:found.start()] + wrong + text[found.end():]
    return text


def speaking_freely(flow: plan.Flow, members: Collection[str]) -> plan.Flow:
    """The flow in which some members may say any words in place of their authored ones."""
    return replace(flow, cast={who: replace(role, speak="free", carries=None, limit=LONG) if who in members else role
                               for who, role in flow.cast.items()})


def renaming(names: Sequence[str], item: Mapping[str, object]) -> dict[str, str]:
    """For each name another one, that nothing which is known of the dialogue holds."""
    known = str(item)
    free = [each for each in NAMES if each not in names and each not in known]
    return dict(zip(dict.fromkeys(names), free, strict=False))


def renamed(value: Any, renaming: Mapping[str, str]) -> Any:
    """A value with other names in all its texts."""
    if isinstance(value, str):
        for old, new in renaming.items():
            value = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _, new=new: new, value)
        return value
    if isinstance(value, Mapping):
        return {key: renamed(each, renaming) for key, each in value.items()}
    return type(value)(renamed(each, renaming) for each in value) if isinstance(value, tuple | list) else value


def called(flow: plan.Flow, renaming: Mapping[str, str]) -> plan.Flow:
    """The flow with other names in what it says, and in the first values of states."""
    return msgspec.convert(_in_what_is_said(msgspec.to_builtins(flow), renaming, False), plan.Flow)


def _in_what_is_said(part: Any, renaming: Mapping[str, str], said: bool) -> Any:
    match part:
        case dict():
            return {key: _in_what_is_said(each, renaming, said or key in _SAID) for key, each in part.items()}
        case ["lit", str() as text] | ("lit", str() as text) if said:
            return ["lit", renamed(text, renaming)]
        case list() | tuple():
            return [_in_what_is_said(each, renaming, said) for each in part]
    return part


def permuted(flow: plan.Flow, members: Collection[str]) -> tuple[plan.Flow, dict[tuple[str, int], int]]:
    """The flow in which turns of the members that stand next to each other come in the other order; and where such rows
    begin, by phase and step, with how many turns they have."""
    rows: dict[tuple[str, int], int] = {}
    phases = {}
    for name, phase in flow.phases.items():
        steps, at = list(phase.steps), 0
        while at < len(steps):
            size = 0
            while at + size < len(steps) and _is_of(steps[at + size], members):
                size += 1
            if size > 1:
                rows[name, at] = size
                steps[at:at + size] = reversed(steps[at:at + size])
            at += max(size, 1)
        phases[name] = replace(phase, steps=tuple(steps))
    return replace(flow, phases=phases), rows


def _is_of(step: plan.Turn | plan.Goto, members: Collection[str]) -> bool:
    return isinstance(step, plan.Turn) and step.role in members
