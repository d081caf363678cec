"""Which map, and how well it does: by cross-validation over groups, so that no dialogue judges its own map.

The measure is the mean square error of the value, which a mean of people's ratings makes least, whatever the scale.
What a map is worth is told by values that neither it nor its choice has seen: for each fold the choice is made anew on
the others (nested cross-validation: Stone, 1974).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pedalang.study.calibration import maps
from pedalang.study.calibration.fitting import METHODS, Array, Labelled, Unfit, fit
from pedalang.study.calibration.maps import Calibration, Identity

FOLDS = 5
FEWEST = 10
"""Units; with fewer, or with fewer than three groups, nothing is fitted."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen map, fitted to all units; for each unit the value by a map that has not seen its group, and what
    people say on the whole in the other groups."""

    calibration: Calibration
    held_out: Array
    constant: Array
    errors: dict[str, float] = field(default_factory=dict)
    """Method to its mean square error in units that it was not fitted to."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Method to why it could not be fitted."""


@dataclass
class _Fits:
    """Maps by method and by the folds that they have not seen, each fitted once."""

    units: Labelled
    fold: NDArray[np.intp]
    made: dict[tuple[str, frozenset[int]], Calibration | Unfit] = field(default_factory=dict)

    def by(self, method: str, unseen: frozenset[int]) -> Calibration:
        """Raises `Unfit`."""
        key = method, unseen
        if key not in self.made:
            try:
                self.made[key] = fit(method, self.units.only(~np.isin(self.fold, list(unseen))))
            except Unfit as error:
                self.made[key] = error
        found = self.made[key]
        if isinstance(found, Unfit):
            raise found
        return found

    def errors(self, method: str, unseen: frozenset[int]) -> Array:
        """The errors of each fold but the unseen ones, by the map that has seen the others. Raises `Unfit`."""
        found: list[Array] = []
        for each in sorted({*self.fold.tolist()} - unseen):
            here = self.fold == each
            found.append(_values(self.by(method, unseen | {each}), self.units.told[here]) - self.units.mean[here])
        return np.concatenate(found)

    def best(self, unseen: frozenset[int]) -> tuple[str, dict[str, float], dict[str, str]]:
        """The method of the least error, with all errors, and why methods have none."""
        errors: dict[str, float] = {}
        left_out: dict[str, str] = {}
        for method in METHODS:
            try:
                errors[method] = round(float(np.mean(self.errors(method, unseen) ** 2)), 9)
                self.by(method, unseen)
            except Unfit as error:
                errors.pop(method, None)
                left_out[method] = str(error)
        return min(errors, key=errors.__getitem__), errors, left_out


def choose(units: Labelled, groups: Sequence[Hashable], seed: int = 0) -> Choice:
    """Chooses among the maps of `METHODS`. Raises `Unfit` where there is too little to choose by."""
    fold = folds(groups, seed)
    if len(units.told) < FEWEST or len(set(groups)) < 3:
        raise Unfit(f"{len(units.told)} units in {len(set(groups))} groups are too few to choose by: {FEWEST} units in "
                    "3 groups are needed")
    fits = _Fits(units, fold)
    held_out, constant = np.empty(len(fold)), np.empty(len(fold))
    for each in sorted({*fold.tolist()}):
        here, unseen = fold == each, frozenset({each})
        held_out[here] = _values(fits.by(fits.best(unseen)[0], unseen), units.told[here])
        constant[here] = units.mean[~here].mean()
    method, errors, left_out = fits.best(frozenset())
    return Choice(fits.by(method, frozenset()), held_out, constant, errors, left_out)


def unchanged(units: Labelled) -> Choice:
    """The judge as it is, where nothing can be fitted."""
    return Choice(Identity(), units.told, np.full(len(units.told), units.mean.mean() if len(units.told) else np.nan))


def folds(groups: Sequence[Hashable], seed: int = 0) -> NDArray[np.intp]:
    """The fold of each unit: groups are shuffled and dealt out in turn."""
    numbers: dict[Hashable, int] = {}
    places = [numbers.setdefault(group, len(numbers)) for group in groups]
    dealt = np.empty(len(numbers), dtype=np.intp)
    dealt[np.random.default_rng(seed).permutation(len(numbers))] = np.arange(len(numbers)) % FOLDS
    return dealt[places] if places else np.empty(0, dtype=np.intp)


def _values(by: Calibration, told: Array) -> Array:
    return np.array([maps.calibrated(by, each) for each in told.tolist()])
