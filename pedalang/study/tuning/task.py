"""What an optimizer is given: a program, items to learn from and to be tried on, engines, and what it may spend."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from msgspec import structs

from pedalang import overlay, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.overlay import AS_WRITTEN, Tuned
from pedalang.runtime.engines.engine import Engine
from pedalang.study import statistics
from pedalang.study.tuning import ledger, rollouts
from pedalang.study.tuning.checked import Checked
from pedalang.study.tuning.ledger import Candidate, Ledger
from pedalang.study.tuning.rollouts import Item, Rollout, Stage
from pedalang.study.tuning.spending import Cost, Spending

Checking: TypeAlias = Callable[[Tuned, Sequence[Rollout]], Checked]
"""Looks at a candidate and at its dialogues on the dev set."""


class Watcher:
    """Is told how tuning gets on; here it does nothing with that."""

    def began(self, task: Task) -> None: ...

    def played(self, name: str, dialogues: int) -> None:
        """So many dialogues were played, in the folder `name`."""

    def learnt(self, method: str, step: int, steps: int, figures: Mapping[str, float]) -> None:
        """Weights took a step, counted from 1, of so many, and these were its `loss` and the like."""

    def tried(self, candidate: Candidate, best: Candidate) -> None:
        """A candidate was put to the test; `best` is the best one now."""

    def finished(self, why: str) -> None:
        """The search is over: `why` says what stopped it, or is empty."""

    def follows(self, what: str) -> None:
        """The search is over, and this is done yet."""


@dataclass(frozen=True, slots=True)
class Task:
    """`train` is learnt from, on `dev` candidates are compared; candidate 0 is the program as it is written. `writer`
    writes prompts where a method needs that. All that is kept lies in `folder`."""

    of: plan.Plan
    chosen: plan.Optimize
    train: Sequence[Item]
    dev: Sequence[Item]
    stage: Stage
    writer: Engine
    spending: Spending
    kept: Ledger
    folder: Path
    watcher: Watcher = field(default_factory=Watcher)

    @property
    def flow(self) -> plan.Flow:
        return self.of.flows[self.chosen.flow]

    @property
    def seed(self) -> int:
        return self.chosen.seed

    @property
    def evaluate(self) -> Evaluator:
        return self.stage.evaluate

    @property
    def best(self) -> Candidate:
        """The best candidate up to now: the highest mean on the dev set, of equals the one that broke fewer clauses,
        took fewer tokens, came first. Raises `ValueError` where none was tried."""
        return max(self.kept.candidates, key=worth)

    def members(self, part: str) -> tuple[str, ...]:
        """The members of the cast of whom a part (`voice`, `policy` …) is tuned: of their role, or of its model."""
        owners = {slot.owner for slot in self.chosen.tune if slot.part == part}
        return tuple(who for who, role in self.flow.cast.items() if role.name in owners or role.model in owners)

    def moves(self, part: str) -> tuple[tuple[str, str], ...]:
        """The members and their moves of which a part (`intent`, `examples`) is tuned."""
        owners = {slot.owner for slot in self.chosen.tune if slot.kind == "move" and slot.part == part}
        return tuple((who, move) for who, role in self.flow.cast.items() for move in role.moves if move in owners)

    def played(self, tuned: Tuned, items: Sequence[Item], *, name: str, seed: int | None = None) -> tuple[Rollout, ...]:
        """Dialogues with a candidate, in the folder `name`; by default with the draws of the tuning's seed. Raises
        `Spent`, `RunError`."""
        self.spending.check()
        folder = self.folder / rollouts.FOLDER / name
        self.spending.recall(rollouts.cost(folder))
        found = rollouts.play(self.applied(tuned), self.stage, items, folder, self.seed if seed is None else seed)
        self.watcher.played(name, len(found))
        return found

    def tried(self, tuned: Tuned, *, how: str, parents: Sequence[int] = (),
              checking: Checking | None = None) -> Candidate:
        """A candidate put to the test on the dev set, and kept; one that was there before as it was found then.
        `checking` says whether something speaks against it. Raises `Spent`, `RunError`."""
        digest = ledger.digest(tuned)
        known = self.kept.known(digest)
        if known is None:
            known = self.kept.recall(digest)
            if known is not None:
                self.spending.check()
                self.spending.recall(known.cost)
            else:
                known = self._compared(tuned, how, tuple(parents), digest, checking)
            if all(worth(known) > worth(each) for each in self.kept.candidates):
                known = structs.replace(known, accepted=True)
            self.kept.keep(known)
        self.watcher.tried(known, self.best)
        return known

    def _compared(self, tuned: Tuned, how: str, parents: tuple[int, ...], digest: str,
                  checking: Checking | None) -> Candidate:
        before = self.spending.cost
        found = self.played(tuned, self.dev, name=f"dev-{digest[:12]}")
        checked = checking(tuned, found) if checking is not None else None
        return _candidate(len(self.kept.candidates), tuned, how, parents, found, digest, self.spending.cost - before,
                          checked)

    def applied(self, tuned: Tuned) -> plan.Plan:
        """The program with what was found. Raises `overlay.Unfit`."""
        return overlay.applied(self.of, self.chosen.flow, tuned)


def worth(candidate: Candidate) -> tuple[float, float, float, int]:
    """What candidates are compared by; more is better. One that something speaks against is worth nothing."""
    score = candidate.score.value
    return (-math.inf if score is None or candidate.refused else score, -candidate.broken_hard - candidate.broken_soft,
            -candidate.tokens, -candidate.number)


def _candidate(number: int, tuned: Tuned, how: str, parents: tuple[int, ...], found: Sequence[Rollout],
               digest: str, cost: Cost, checked: Checked | None) -> Candidate:
    scores = tuple(each.score for each in found)
    return Candidate(number, tuned, how, parents, statistics.estimate(scores), scores,
                     sum(each.tokens for each in found) / max(len(found), 1),
                     sum(each.broken_hard for each in found), sum(each.broken_soft for each in found),
                     sum(bool(each.rejected) for each in found), accepted=False, cost=cost, digest=digest,
                     checked=checked)


__all__ = ["AS_WRITTEN", "Candidate", "Item", "Rollout", "Task", "Tuned", "Watcher", "worth"]
