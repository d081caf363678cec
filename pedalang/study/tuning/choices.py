"""Choices of moves that were made in dialogues, and what speaks for each move by the cues: to learn a policy from.

What speaks for a move is linear in the cues, so that a learnt policy can be read. It is fitted by ridge regression on
cues of unit variance; sums are taken in one order whatever the machine, so that the same dialogues give the same
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from pedalang import journal, overlay, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime import folder as folders
from pedalang.runtime.faced import Faced, faced

RIDGE = 10.0
"""What a squared weight costs, in squared errors. With 1 a policy of a few hundred choices is worse than a rule."""
FEWEST = 2
"""With fewer choices of a move there is nothing to be said of it."""
_DIGITS = 6
_NOTHING = 1e-9

Numbers: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = dict[str, tuple[float, ...]]
"""By move: what each cue counts, and last what the move has without any."""


class Choice(NamedTuple):
    """A move that was made where others could be, what the dialogue was worth in the end (0 to 1), and the next choice
    in it, by its place in the list; None where it was the last."""

    cues: tuple[float, ...]
    moves: tuple[str, ...]
    made: str
    worth: float
    following: int | None


def gathered(folder: Path, who: str, cues: Sequence[plan.Cue], scores: Mapping[int, float | None],
             evaluate: Evaluator) -> list[Choice]:
    """The choices of a member in a run's dialogues, by the score of each; a dialogue without one tells nothing. Raises
    `RunError`."""
    of, events = folders.reading(folder, journal.open_journal)
    try:
        by_dialogue: dict[int, list[Faced]] = {}
        for each in faced(of, events, who, cues, evaluate):
            by_dialogue.setdefault(each.episode, []).append(each)
    finally:
        events.close()
    found: list[Choice] = []
    for episode, turns in by_dialogue.items():
        worth = scores.get(episode)
        if worth is not None:
            found += _chained(turns, worth, len(found))
    return found


def joined(parts: Iterable[Sequence[Choice]]) -> list[Choice]:
    """The choices of several runs as one list."""
    found: list[Choice] = []
    for part in parts:
        start = len(found)
        found += [each if each.following is None else each._replace(following=each.following + start) for each in part]
    return found


def _chained(turns: Sequence[Faced], worth: float, start: int) -> Iterator[Choice]:
    for at, (each, following) in enumerate(pairwise([*turns, None])):
        assert each is not None
        yield Choice(each.cues, each.moves, each.made, worth, None if following is None else start + at + 1)


class Table:
    """Choices as arrays, made once for several fits."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.moves = tuple(dict.fromkeys(move for each in choices for move in each.moves))
        self.worth = np.array([each.worth for each in choices], dtype=np.float64)
        self._cues = np.array([each.cues for each in choices], dtype=np.float64).reshape(len(choices), -1)
        self._made = [np.array([each.made == move for each in choices]) for move in self.moves]
        self._later = np.array([-1 if each.following is None else each.following for each in choices])
        self._open = np.array([[move in each.moves for move in self.moves] for each in choices])
        self._mean, spread = self._cues.mean(axis=0), self._cues.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)

    def fitted(self, aims: Numbers) -> Weights:
        """What speaks for each move, where `aims` is what each choice came to. A move that was hardly ever made has
        nothing."""
        return {move: self._ridge(made, aims[made]) for move, made in zip(self.moves, self._made, strict=True)
                if made.sum() >= FEWEST}

    def ahead(self, weights: Weights, trace: float) -> Numbers:
        """What each choice came to, seen from the next one: `trace` of it what that came to, the rest the most that
        speaks there for a move that could be made; of the last choice what the dialogue was worth (Peng and Williams,
        1996: Q(λ), λ being `trace`, from 0 to 1)."""
        best = self._best(weights)
        found = self.worth.copy()
        for place in reversed(range(len(found))):
            later = self._later[place]
            if later >= 0:
                found[place] = trace * found[later] + (1 - trace) * best[later]
        return found

    def _best(self, weights: Weights) -> Numbers:
        """The most that speaks at each choice for a move that could be made; where there is none, the worth."""
        speaks = np.full(self._open.shape, -np.inf)
        for at, move in enumerate(self.moves):
            if move in weights:
                *counts, constant = weights[move]
                speaks[:, at] = np.einsum("ni,i->n", self._cues, np.array(counts)) + constant
        best = np.where(self._open, speaks, -np.inf).max(axis=1)
        return np.where(np.isfinite(best), best, self.worth)

    def _ridge(self, made: npt.NDArray[np.bool_], aims: Numbers) -> tuple[float, ...]:
        cues = (self._cues[made] - self._mean) / self._spread
        level = aims.sum() / len(aims)
        middle = cues.sum(axis=0) / len(cues)
        cues = cues - middle
        square = np.einsum("ni,nj->ij", cues, cues) + RIDGE * np.eye(cues.shape[1])
        found = np.linalg.solve(square, np.einsum("ni,n->i", cues, aims - level)) / self._spread
        constant = level - float((found * (self._mean + middle * self._spread)).sum())
        return tuple(_rounded(value) for value in (*found, constant))


def _rounded(value: float) -> float:
    """To a few digits; what is but an error of computing is nothing."""
    return 0.0 if abs(value) < _NOTHING else float(f"{value:.{_DIGITS}g}")


def as_learnt(by: str, cues: Sequence[plan.Cue], weights: Weights, explore: float = 0.0) -> overlay.Learnt:
    """Weights as what an overlay puts on a plan."""
    return overlay.Learnt(by, tuple(cue.name for cue in cues), weights, explore)
