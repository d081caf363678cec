"""A new text for a place, written by a model that reads what happened under the old one. It answers in plain words and
nothing is parsed, so that small models can do it; what does not fit is no proposal."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pedalang.prompt import Message
from pedalang.study.prompting import places
from pedalang.study.prompting.places import Place
from pedalang.study.prompting.writer import Writer

Texts: TypeAlias = Mapping[str, str]
"""By the names of their predictors."""
VOICE = "You improve what a tutor in teaching dialogues is told."
TRIES = 2
_BRACES = re.compile(r"\{\{.*?\}\}")
_FENCE = re.compile(r"\A```\w*\n(.*)\n```\Z", re.DOTALL)


class Unusable(Exception):
    """What was written is no text for its place."""


class Proposer:
    """What GEPA asks for new instructions: those of the components, from what it saw of them. `born` is told the texts
    that were rewritten, and all texts after that."""

    def __init__(self, writer: Writer, found: Sequence[Place], born: Callable[[Texts, Texts], None]) -> None:
        self._writer = writer
        self._born = born
        self._why = ""
        self._written_at_all = False
        self._places = {place.name: place for place in found}

    def __call__(self, candidate: Texts, reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
                 components_to_update: Sequence[str]) -> dict[str, str]:
        """Raises `Unusable`, which ends this proposal and no more; `Stop`."""
        new = {name: self._written(self._places[name], candidate[name], reflective_dataset[name])
               for name in components_to_update if name in reflective_dataset}
        self._born(candidate, {**candidate, **new})
        return new

    def _written(self, place: Place, current: str, seen: Sequence[Mapping[str, Any]]) -> str:
        asked = question(place, current, [str(each["Feedback"]) for each in seen])
        why = ""
        for _ in range(TRIES):
            text = cleaned(self._writer.write(asked))
            why = unusable(text, current)
            if not why:
                self._written_at_all = True
                return text
        self._why = why
        raise Unusable(why)

    def check(self) -> None:
        """Raises `Unusable` where texts were asked for and none of them can be used."""
        if self._why and not self._written_at_all:
            raise Unusable(f"of what was written nothing can be used: {self._why}")


def question(place: Place, current: str, feedback: Sequence[str]) -> tuple[Message, ...]:
    """The prompt: what is told now, what happened, what to write."""
    what = f"what `{place.who}` is told" if place.kind == "voice" else \
        f"what `{place.who}` is told when it makes the move `{place.of}`"
    seen = "\n\n".join(f"Dialogue {number}\n{text}" for number, text in enumerate(feedback, 1))
    braces = " ".join(dict.fromkeys(_BRACES.findall(current)))
    keep = f" {braces} stand for what differs from problem to problem: keep them as they are." if braces else ""
    return (Message("system", VOICE), Message("user", f"""This is {what}:

{current}

This is what happened under it:

{seen}

Write anew {what}. Keep what works, and mend what was lacking, in words that also fit other problems.{keep} Write only \
the new text."""))


def cleaned(text: str) -> str:
    """A text without what models put around it."""
    found = places.fitting(text)
    if fenced := _FENCE.match(found):
        found = fenced.group(1).strip()
    if len(found) > 1 and found[0] == found[-1] == '"' and '"' not in found[1:-1]:
        found = found[1:-1].strip()
    return found


def unusable(text: str, current: str) -> str:
    """Why a text cannot stand in the place of another; empty where it can."""
    if not text:
        return "nothing was written"
    lost = [each for each in dict.fromkeys(_BRACES.findall(current)) if each not in text]
    return f"{', '.join(lost)} is lost" if lost else ""
