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
    """The chosen map, fitted to all units, and the values that part the levels after it (`equated`); for each unit the
    value and the level by a map that has not seen its group, and what people say on the whole in the other groups."""

    calibration: Calibration
    cuts: tuple[float, ...]
    held_out: Array
    level: Array
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


def choose(units: Labelled, rated: Array, levels: Sequence[float], groups: Sequence[Hashable], seed: int = 0) -> Choice:
    """Chooses among the maps of `METHODS`; `rated` is the level, of `levels`, that people gave each unit. Raises
    `Unfit` where there is too little to choose by."""
    fold = folds(groups, seed)
    if len(units.told) < FEWEST or len(set(groups)) < 3:
        raise Unfit(f"{len(units.told)} units in {len(set(groups))} groups are too few to choose by: {FEWEST} units in "
                    "3 groups are needed")
    fits = _Fits(units, fold)
    held_out, level, constant = np.empty(len(fold)), np.empty(len(fold)), np.empty(len(fold))
    for each in sorted({*fold.tolist()}):
        here, unseen = fold == each, frozenset({each})
        by = fits.by(fits.best(unseen)[0], unseen)
        held_out[here] = _values(by, units.told[here])
        level[here] = leveled(equated(_values(by, units.told[~here]), rated[~here], levels), held_out[here], levels)
        constant[here] = units.mean[~here].mean()
    method, errors, left_out = fits.best(frozenset())
    by = fits.by(method, frozenset())
    cuts = equated(_values(by, units.told), rated, levels)
    return Choice(by, cuts, held_out, level, constant, errors, left_out)


def unchanged(units: Labelled, chosen: Array) -> Choice:
    """The judge as it is, with the levels that it chose, where nothing can be fitted."""
    return Choice(Identity(), (), units.told, chosen, np.full(len(units.told), units.mean.mean()))


def equated(values: Array, rated: Array, levels: Sequence[float]) -> tuple[float, ...]:
    """The values from which on a judge says the next level, so that it says each as often as people do (equipercentile
    equating: Kolen and Brennan, 2014, chapter 2). The nearest level would not do: values of a judge that knows little
    lie close together, and so all be near one level."""
    ordered = np.sort(values)
    places = [round(float((rated <= level).mean()) * len(ordered)) for level in levels[:-1]]
    return tuple(-1.0 if at == 0 else 2.0 if at == len(ordered) else _between(*map(float, ordered[at - 1:at + 1]))
                 for at in places)


def _between(low: float, high: float) -> float:
    """A value above `low`, as far from it as from `high`; `high` itself where no number is between them."""
    middle = (low + high) / 2
    return middle if middle > low else high


def leveled(cuts: Sequence[float], values: Array, levels: Sequence[float]) -> Array:
    """The level of each value."""
    return np.array(levels)[np.searchsorted(cuts, values, side="right")]


def folds(groups: Sequence[Hashable], seed: int = 0) -> NDArray[np.intp]:
    """The fold of each unit: groups are shuffled and dealt out in turn."""
    numbers: dict[Hashable, int] = {}
    places = [numbers.setdefault(group, len(numbers)) for group in groups]
    dealt = np.empty(len(numbers), dtype=np.intp)
    dealt[np.random.default_rng(seed).permutation(len(numbers))] = np.arange(len(numbers)) % FOLDS
    return dealt[places] if places else np.empty(0, dtype=np.intp)


def _values(by: Calibration, told: Array) -> Array:
    return np.array([maps.calibrated(by, each) for each in told.tolist()])
