"""Tuning as people see it: a line for each candidate while it goes on, then what it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

from pedalang.study.statistics import Estimate
from pedalang.study.tuning.ledger import Candidate
from pedalang.study.tuning.outcome import Outcome
from pedalang.study.tuning.task import Task, Watcher
from pedalang.terminal.tables import interval, number, table


class Lines(Watcher):
    """Says a line for each candidate that is tried."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def began(self, task: Task) -> None:
        chosen = task.chosen
        self._say(f"{chosen.name}: {chosen.method} on {chosen.flow}, {len(task.train)} problems to learn from, "
                  f"{len(task.dev)} to try on")

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        mark = "+" if candidate.accepted else " "
        self._say(f"{mark} {candidate.number:>3}  {number(candidate.score.value)}  best {number(best.score.value)}  "
                  f"{candidate.how}")

    def finished(self, why: str) -> None:
        if why:
            self._say(f"stopped: {why}")


def show(found: Outcome, folder: Path) -> None:
    """What tuning came to."""
    console = Console(highlight=False)
    for line in _lines(found, folder):
        console.print(line, markup=False, soft_wrap=True)
    if found.test is not None:
        console.print()
        console.print(f"{found.metric} on the test set, by which nothing was chosen; clauses broken; tokens a dialogue",
                      markup=False, soft_wrap=True)
        made = table("", "score>", "95 % interval", "n>", "missing>", "hard>", "soft>", "tokens>")
        for arm in (found.test.written, *(rival.arm for rival in found.test.rivals), found.test.tuned):
            made.add_row(arm.name, *_cells(arm.score), *map(str, (arm.broken_hard, arm.broken_soft)),
                         f"{arm.tokens:.0f}")
        made.add_row("difference", *_cells(found.test.difference))
        for rival in found.test.rivals:
            made.add_row(f"from {rival.arm.name}", *_cells(rival.difference))
        console.print(made)
    console.print(f"\nplay with it: ped run FILE --tuned {folder / 'tuned'}", markup=False, soft_wrap=True)


def _lines(found: Outcome, folder: Path) -> Iterator[str]:
    best = next(each for each in found.candidates if each.number == found.best)
    yield (f"\n{len(found.candidates)} candidates tried, {found.cost.calls:,} calls, {found.cost.tokens:,} tokens; all "
           f"is in {folder}")
    score = best.score
    yield (f"best on the dev set: {best.number}, {best.how}: {found.metric} {number(score.value)} "
           f"({interval(score.low, score.high)}), n = {score.n}, {score.missing} missing")


def _cells(found: Estimate) -> tuple[str, ...]:
    return number(found.value), interval(found.low, found.high), str(found.n), str(found.missing)
