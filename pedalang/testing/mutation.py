"""How good a contract is at noticing mistakes: small changes are made to its flow, one at a time, and each changed flow
is checked and played. A change is caught if the check says more than before, or if a clause breaks that holds in the
program as it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from pedalang import plan
from pedalang.compiler.compile import Compilation
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.source import Source
from pedalang.testing import playing, telling
from pedalang.testing.choices import Choices
from pedalang.testing.inputs import Rows
from pedalang.testing.mutants import Mutant, mutants
from pedalang.testing.novelty import Archive
from pedalang.testing.playing import Arena, Played

EXAMPLES = 30
"""Dialogues that a changed flow is tried on, of each kind: those of the program as it is, and those of its own."""

Fate: TypeAlias = Literal["caught", "missed", "same", "fails"]
"""A clause or the check noticed; nobody did; every dialogue was as before; the dialogues cannot go on."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a changed flow. `by` is the clause, or the codes of what the check says more; `dialogue` the one
    that broke the clause."""

    mutant: Mutant
    fate: Fate
    by: str = ""
    dialogue: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """What a contract noticed of the changes to its flow. `idle` are clauses that break in the program as it is: they
    notice nothing."""

    contract: str
    flow: str
    tried: tuple[Tried, ...]
    idle: tuple[str, ...]

    def of(self, fate: Fate) -> list[Tried]:
        return [each for each in self.tried if each.fate == fate]

    @property
    def share(self) -> float | None:
        """The part that was caught of all that makes a difference and can be played; None where there is none."""
        caught, missed = len(self.of("caught")), len(self.of("missed"))
        return caught / (caught + missed) if caught + missed else None


Compile: TypeAlias = Callable[[Source], Compilation]


def about(of: plan.Plan, contract: plan.Contract) -> plan.Property:
    """The property that every dialogue of the contract's flow keeps it: about the data of a run of the flow, else any
    data set of the right type, else values that are made up."""
    flow = of.flows[contract.flow]
    clauses = tuple(each.name for each in contract.clauses)
    varied = {name: _over(of, flow, name) for name in flow.params if name not in flow.defaults}
    expected = plan.Expectation(contract.name, contract.place, contract=contract.name, clauses=clauses)
    return plan.Property(contract.name, flow.name, varied, (expected,), contract.place)


def _over(of: plan.Plan, flow: plan.Flow, param: str) -> plan.Over:
    for run in of.runs.values():
        if run.flow == flow.name and param in run.arguments:
            return plan.Listed(nodes.Items((run.arguments[param],)))
        if run.flow == flow.name and run.row in ("", param):
            return plan.Rows(run.data)
    for dataset in of.datasets.values():
        if dataset.record == flow.params[param]:
            return plan.Rows(plan.Selection(dataset.name))
    return plan.Typed(flow.params[param])


def score(of: Compilation, contract: plan.Contract, compile_text: Compile, rows: Rows, *, examples: int = EXAMPLES,
          seed: int = 0, evaluate: Evaluator | None = None) -> Score:
    """Changes the contract's flow in every way that `mutants` knows. `compile_text` compiles the changed text; `rows`
    are those of the parameters that `about` takes from data. Raises `EngineError`."""
    assert of.plan is not None
    with asyncio.Runner() as runner:
        def arena(changed: plan.Plan) -> Arena:
            return playing.arena(changed, about(changed, changed.contracts[contract.name]), rows, runner,
                                 evaluate=evaluate)

        trial = _Trial(of, arena, Random(seed), examples)
        tried = [trial.tried(mutant, compile_text(mutant.source))
                 for mutant in mutants(of, of.plan.flows[contract.flow])]
        return Score(contract.name, contract.flow, tuple(tried), tuple(sorted(trial.idle)))


class _Trial:
    """Changed flows, tried one after the other against the program as it is."""

    def __init__(self, of: Compilation, arena: Callable[[plan.Plan], Arena], draw: Random, examples: int) -> None:
        assert of.plan is not None
        self._said = Counter(each.code for each in of.diagnostics)
        self._arena, self._draw, self._examples = arena, draw, examples
        self._here = arena(of.plan)
        self.idle: set[str] = set()
        archive = Archive(self._here, draw)
        self._before: list[Played] = []
        for _ in range(examples):
            played = playing.played(self._here, archive.next())
            if not played.refused:
                archive.learn(played)
                self._before.append(played)
                self.idle |= set(_clauses(played))

    def tried(self, mutant: Mutant, found: Compilation) -> Tried:
        """What comes of one of them."""
        more = Counter(each.code for each in found.diagnostics) - self._said
        if more or found.plan is None:
            return Tried(mutant, "caught", f"`ped check`: {', '.join(sorted(more))}")
        return self._played(mutant, self._arena(found.plan))

    def _played(self, mutant: Mutant, changed: Arena) -> Tried:
        """Plays the dialogues of the program as it is, with the same choices, and then others that are looked for."""
        differs = fails = False
        for before, now in self._pairs(changed):
            for clause in _clauses(now):
                if clause not in self.idle and not self._breaks_anyway(clause, before or self._again(now)):
                    return Tried(mutant, "caught", clause, telling.line(now))
            if not differs or _cannot_go_on(now):
                before = before or self._again(now)
                differs = differs or not _same(before, now)
                fails = fails or (_cannot_go_on(now) and not _cannot_go_on(before))
        return Tried(mutant, "fails" if fails else "missed" if differs else "same")

    def _pairs(self, changed: Arena) -> Iterator[tuple[Played | None, Played]]:
        """Dialogues of the changed flow, with those of the program as it is where these were played."""
        for before in self._before:
            now = playing.played(changed, Choices(before.choices.script()))
            if not now.refused:
                yield before, now
        archive = Archive(changed, self._draw)
        for _ in self._before:
            now = playing.played(changed, archive.next())
            if not now.refused:
                archive.learn(now)
                yield None, now

    def _again(self, now: Played) -> Played:
        """The same choices in the program as it is."""
        return playing.played(self._here, Choices(now.choices.script()))

    def _breaks_anyway(self, clause: str, before: Played) -> bool:
        self.idle |= set(_clauses(before))
        return clause in self.idle


def _clauses(of: Played) -> list[str]:
    """The clauses that a dialogue broke."""
    return [each.promise.clause for each in of.broken if each.promise is not None]


def _cannot_go_on(of: Played) -> bool:
    return of.ending is None


def _same(one: Played, other: Played) -> bool:
    """Whether two dialogues have the same journal."""
    ends: Sequence[object] = [each.ending.why if each.ending is not None else "" for each in (one, other)]
    return list(one.turns) == list(other.turns) and ends[0] == ends[1]


def told(of: Score) -> Iterator[str]:
    """The score, line by line: what was caught by which clause, and what nobody noticed."""
    caught, missed = of.of("caught"), of.of("missed")
    share = f" ({round(100 * of.share)} %)" if of.share is not None else ""
    yield f"{of.contract} over {of.flow}: {len(caught)} of {len(caught) + len(missed)} changes caught{share}"
    for by, number in sorted(Counter(each.by for each in caught).items(), key=lambda each: (-each[1], each[0])):
        yield f"  {number:3} by {by}"
    if of.idle:
        yield f"  catches nothing, since it breaks in the program as it is: {', '.join(of.idle)}"
    for found, what in ((missed, "not caught"), (of.of("same"), "the same dialogues, so not counted"),
                        (of.of("fails"), "the dialogues fail by themselves, so not counted")):
        if found:
            yield f"{what}: {len(found)}"
            yield from (f"  {each.mutant.where}  {each.mutant.what}" for each in found)


def to_json(of: Score) -> dict[str, object]:
    """The same, as one JSON object."""
    return {"contract": of.contract, "flow": of.flow, "share": of.share, "idle": of.idle, "mutants": [
        {"change": each.mutant.what, "place": str(each.mutant.where), "fate": each.fate, "by": each.by,
         "dialogue": each.dialogue} for each in of.tried]}
