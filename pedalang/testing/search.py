"""Tries a property on dialogues until one breaks it, and makes that one as short as it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from msgspec.structs import replace

from pedalang import plan
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.runtime.engines.engine import Engine
from pedalang.testing import choices, coverage, metamorphic, playing
from pedalang.testing.choices import Choices, Script
from pedalang.testing.coverage import Coverage
from pedalang.testing.novelty import Archive
from pedalang.testing.playing import Arena, Broken, Played
from pedalang.testing.shrinking import Shrinking

MOST_REFUSED = 10
"""So many times the examples that are wanted are drawn at most, where what is drawn makes no dialogue."""
AFTERWARDS = 0.25
"""How many more examples, as a share of those asked for, are drawn in search of a shorter dialogue."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A dialogue that breaks the property, as short as was found. `example` is the number of the one that showed it
    first, from 1; `first` how many turns that one took to break it, `tried` how many were played to shrink it."""

    played: Played
    broken: Broken
    example: int
    first: int
    tried: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a property: how many dialogues were tried, where they went, and what broke it."""

    name: str
    place: str
    examples: int
    coverage: Coverage
    failure: Failure | None = None
    refused: int = 0
    """How often what was drawn made no dialogue."""

    @property
    def ok(self) -> bool:
        return self.failure is None


def run(of: plan.Plan, tested: plan.Property, examples: int | None = None, seed: int | None = None, *,
        rows: Mapping[str, Sequence[Value]] | None = None, engine: Engine | None = None,
        evaluate: Evaluator | None = None, judge: Engine | None = None) -> Outcome:
    """Tries the property on dialogues, as many and with such a seed as it says itself where nothing is given. `rows`
    are those of each parameter that is a row of data; `engine` speaks in place of what is drawn, `judge` answers what
    the property asks judges in two ways.

    Raises `EngineError` where the engine fails, `KeyError` where rows are wanted and not given.
    """
    with asyncio.Runner() as runner:
        tested = tested if seed is None else replace(tested, seed=seed)
        here = playing.arena(of, tested, rows or {}, runner, engine, evaluate, judge)
        return _Search(here, Random(tested.seed)).run(examples or tested.runs)


class _Search:
    """One search under way."""

    def __init__(self, here: Arena, draw: Random) -> None:
        self._here = here
        self._archive = Archive(here, draw)
        self._coverage = coverage.coverage(here)
        self._refused = 0

    def run(self, examples: int) -> Outcome:
        tested, number, failure = self._here.tested, 0, None
        if tested.replay:
            return self._again(choices.from_text(tested.replay))
        while number < examples and self._refused < MOST_REFUSED * examples:
            played = self._example(self._archive.next())
            if played is None:
                continue
            number += 1
            if played.broken:
                failure = self._shortest(played, number, examples)
                break
        return Outcome(tested.name, tested.place, number, self._coverage, failure, self._refused)

    def _again(self, script: Script) -> Outcome:
        """The one dialogue that a property plays again."""
        played = self._play(Choices(script))
        if not played.refused:
            self._coverage.add(played, self._here)
        failure = Failure(played, played.breach, 1, played.length, 0) if played.broken else None
        return Outcome(self._here.tested.name, self._here.tested.place, int(not played.refused), self._coverage,
                       failure, int(bool(played.refused)))

    def _example(self, made: Choices) -> Played | None:
        """One more dialogue; None where the choices make none."""
        played = self._play(made)
        if played.refused:
            self._refused += 1
            return None
        self._coverage.add(played, self._here)
        self._archive.learn(played)
        return played

    def _play(self, made: Choices) -> Played:
        return metamorphic.related(self._here, playing.played(self._here, made))

    def _shortest(self, broken: Played, number: int, examples: int) -> Failure:
        """Shrinks, looks whether others that are drawn break it sooner, and shrinks these."""
        shrinking = Shrinking(broken, self._play)
        found = shrinking.shrunk()
        for number_after in range(int(examples * AFTERWARDS)):
            near = number_after % 2 == 0
            other = self._example(self._archive.near(shrinking.script()) if near else self._archive.next())
            if other is not None and shrinking.offer(other):
                found = shrinking.shrunk()
        return Failure(found, found.breach, number, broken.length, shrinking.tried)
