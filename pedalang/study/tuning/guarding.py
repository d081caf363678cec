"""Watches over weights that learn: general ability, and whether the metric still means what it did.

What the model could do and what the metric was beside its witnesses is taken from the program as it is written, on the
same questions and the same dialogues of the dev set. A candidate that has lost something is kept, and never taken; the
search ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pedalang.overlay import AS_WRITTEN, Tuned
from pedalang.study.tuning import ability, hacking, ledger, rollouts
from pedalang.study.tuning.ability import Answered
from pedalang.study.tuning.checked import Checked
from pedalang.study.tuning.hacking import HELD_OUT, Seen
from pedalang.study.tuning.spending import Stopped
from pedalang.study.tuning.task import Candidate, Rollout, Task


class Guard:
    """Compares candidates with the program as it is written, which was tried before."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._able: dict[str, tuple[Answered, ...]] = {}
        self._seen: list[Seen] | None = None

    def tried(self, tuned: Tuned, *, how: str, parents: Sequence[int] = ()) -> Candidate:
        """A candidate put to the test on the dev set, and checked. Raises `Stopped` where something speaks against it,
        `RunError`."""
        found = self._task.tried(tuned, how=how, parents=parents, checking=self._checked)
        if found.checked is not None and found.checked.broken:
            raise Stopped(found.checked.broken)
        return found

    def _checked(self, tuned: Tuned, found: Sequence[Rollout]) -> Checked:
        able = {who: ability.kept(self._before(who), self._asked(who, adapter.folder))
                for who, adapter in tuned.weights.items()}
        parted = hacking.parted(self._first(), self._dialogues(tuned, found))
        broken = [f"{who}: {each.broken}" for who, each in able.items() if each.broken]
        return Checked(able, parted, "; ".join(filter(None, (*broken, parted.broken))))

    def _before(self, who: str) -> tuple[Answered, ...]:
        if who not in self._able:
            model = self._task.of.models.get(self._task.flow.cast[who].model)
            self._able[who] = self._asked(who, model.adapter if model is not None else "")
        return self._able[who]

    def _asked(self, who: str, adapter: str) -> tuple[Answered, ...]:
        self._task.spending.check()
        return ability.measured(self._task.stage.engines[who], adapter)

    def _first(self) -> list[Seen]:
        """The dialogues of the program as it is written. They are there, and cost nothing."""
        if self._seen is None:
            task = self._task
            found = rollouts.play(task.of, task.stage, task.dev, self._folder(AS_WRITTEN), task.seed)
            self._seen = self._dialogues(AS_WRITTEN, found)
        return self._seen

    def _folder(self, tuned: Tuned) -> Path:
        return self._task.folder / rollouts.FOLDER / f"dev-{ledger.digest(tuned)[:12]}"

    def _dialogues(self, tuned: Tuned, found: Sequence[Rollout]) -> list[Seen]:
        task = self._task
        problems = [rollouts.key(each.item) for each in found]
        checks = hacking.checks([(problem, each.dialogue.turns) for problem, each in zip(problems, found, strict=True)],
                                task.members("weights"))
        said = rollouts.held_out(task.of, task.stage, self._folder(tuned))
        return [Seen(each.episode, problem, each.score,
                     ({} if said is None else {HELD_OUT: said.get(each.episode)}) | check)
                for each, problem, check in zip(found, problems, checks, strict=True)]
