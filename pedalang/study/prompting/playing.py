"""What DSPy's optimizers ask for, played: whole batches as they are announced, each once.

DSPy calls a program example by example, from however many threads. What it is about to evaluate it says before, so a
batch is played at once as a run of its own, and the threads find their dialogues ready. A batch that is the dev set is
a candidate, and stands in the ledger. All candidates play a batch with the same draws.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pedalang import journal
from pedalang.expression import values
from pedalang.overlay import Tuned
from pedalang.runtime import folder as folders
from pedalang.runtime.episode import seeds
from pedalang.runtime.recalled import Call, recalled
from pedalang.study.prompting import places
from pedalang.study.prompting.places import Place
from pedalang.study.prompting.quiet import Quiet
from pedalang.study.prompting.stopping import Stop
from pedalang.study.tuning import ledger, rollouts
from pedalang.study.tuning.task import Rollout, Task


class Heard(NamedTuple):
    """A dialogue, and the run that it stands in."""

    rollout: Rollout
    run: Path


class Playing:
    """The dialogues of one search, which begins with the candidate `first`. Copies of a program share it. Problems are
    known by their number, those of the train set first."""

    def __init__(self, task: Task, method: str, found: Sequence[Place], quiet: Quiet) -> None:
        self.task = task
        self.first = task.best
        self.train = range(len(task.train))
        self.dev = range(len(task.train), len(task.train) + len(task.dev))
        self._items = (*task.train, *task.dev)
        self._method = method
        self._places = found
        self._quiet = quiet
        self._lock = threading.RLock()
        self._played: dict[tuple[str, tuple[int, ...], int], list[Heard]] = {}
        self._ready: dict[str, dict[int, Heard]] = {}
        self._calls: dict[Path, dict[int, list[Call]]] = {}
        self._best_trained = -math.inf
        self._parents: dict[str, str] = {}
        self._ended: Exception | None = None

    def batch(self, tuned: Tuned, numbers: Sequence[int]) -> list[Heard]:
        """Plays what is about to be asked for. Raises `Stop`."""
        with self._lock:
            found = self._batch(tuned, tuple(numbers), self.task.seed)
            self._ready[ledger.digest(tuned)] = dict(zip(numbers, found, strict=True))
            return found

    def one(self, tuned: Tuned, number: int, again: int = 0) -> Heard:
        """A dialogue of the batch that was announced, or one by itself; `again` counts other draws of the same. Raises
        `Stop`."""
        with self._lock:
            ready = self._ready.get(ledger.digest(tuned), {})
            if not again and number in ready:
                return ready[number]
            return self._batch(tuned, (number,), seeds.derived(self.task.seed, number, again, "", "alone"))[0]

    def compared(self, tuned: Tuned, numbers: Sequence[int]) -> None:
        """Has a candidate that was better on all of the train set than those before tried on the dev set. Raises
        `Stop`."""
        if sorted(numbers) != list(self.train):
            return
        with self._lock:
            self._best_trained = max(self._best_trained, self._mean(self.first.tuned))
            if (mean := self._mean(tuned)) > self._best_trained:
                self._best_trained = mean
                self.tried(tuned)

    def born(self, parent: Tuned, child: Tuned) -> None:
        """Notes what a candidate was made from; it is the first one where nothing is noted."""
        with self._lock:
            self._parents.setdefault(ledger.digest(child), ledger.digest(parent))

    def tried(self, tuned: Tuned) -> None:
        """Has a candidate tried on the dev set, if it was not yet. Raises `Stop`."""
        with self._lock:
            self._batch(tuned, tuple(self.dev), self.task.seed)

    def calls(self, heard: Heard) -> list[Call]:
        """What was asked in a dialogue, in order."""
        with self._lock:
            if heard.run not in self._calls:
                self._calls[heard.run] = _calls(heard.run, self.task)
            return self._calls[heard.run].get(heard.rollout.episode, [])

    def described(self, number: int) -> str:
        """A problem in words."""
        return "; ".join(f"{name}: {values.to_text(value)}" for name, value in self._items[number].items())

    def _mean(self, tuned: Tuned) -> float:
        scores = [each.rollout.score for each in self._batch(tuned, tuple(self.train), self.task.seed)]
        return math.fsum(score or 0.0 for score in scores) / len(scores)

    def _batch(self, tuned: Tuned, numbers: tuple[int, ...], seed: int) -> list[Heard]:
        key = (ledger.digest(tuned), numbers, seed)
        if self._ended is not None:  # DSPy's other threads do not know yet
            raise Stop from self._ended
        if key not in self._played:
            try:
                with self._quiet.aloud():
                    self._played[key] = self._heard(tuned, *key)
            except Exception as error:
                self._ended = error
                raise Stop from error
        return self._played[key]

    def _heard(self, tuned: Tuned, digest: str, numbers: tuple[int, ...], seed: int) -> list[Heard]:
        task, runs = self.task, self.task.folder / rollouts.FOLDER
        if numbers == tuple(self.dev) and seed == task.seed:
            if task.kept.known(digest) is None:
                parent = task.kept.known(self._parents.get(digest, "")) or self.first
                how = f"{self._method}: {places.changes(self._places, parent.tuned, tuned)}"
                task.tried(tuned, how=how, parents=(parent.number,))
            run = runs / f"dev-{digest[:12]}"
            found = rollouts.play(task.applied(tuned), task.stage, task.dev, run, seed)
        else:
            batch = hashlib.sha256(f"{list(numbers)} {seed}".encode()).hexdigest()
            run = runs / f"{self._method}-{digest[:12]}-{batch[:8]}"
            found = task.played(tuned, [self._items[number] for number in numbers], name=run.name, seed=seed)
        return [Heard(rollout, run) for rollout in found]

    def __deepcopy__(self, memo: dict[int, Any]) -> Playing:
        return self


def _calls(run: Path, task: Task) -> dict[int, list[Call]]:
    of, events = folders.reading(run, journal.open_journal)
    try:
        found: dict[int, list[Call]] = {}
        for call in recalled(of, events, task.evaluate):
            found.setdefault(call.episode, []).append(call)
        return found
    finally:
        events.close()
