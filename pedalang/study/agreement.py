"""How far raters agree: people with one another, a judge with people, a judge with itself.

Each figure has a value by a well-kept library, where one has it, and a bootstrap interval over clusters, which are
dialogues as a rule. What a figure is, its source and where it misleads stand in `docs/agreement.md`. A figure that is
not defined is None, with the reason: it is never 0.

With more than two raters, what is defined for two is the mean over each two who rated a unit in common (Light, 1971).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pedalang.rubric import Kind
from pedalang.runtime.errors import RunError
from pedalang.study import resampling
from pedalang.study.figures import libraries, resampled
from pedalang.study.figures.ratings import MOST_LEVELS, Array, Ratings, Table, ratings
from pedalang.study.figures.resampled import Draws
from pedalang.study.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of agreement: what it is called; its values for resamples; its value by a library, where one has it.

    `about` is what it compares: `levels` of a scale, `numbers`, or one level with `truth`; `units` which of them count:
    those that two raters rated, or `all` raters, or any."""

    title: str
    many: Callable[[Ratings, Draws], Array]
    library: Callable[[Ratings], float] | None = None
    about: Literal["levels", "numbers", "truth"] = "levels"
    units: Literal["shared", "complete"] = "shared"


FIGURES: Mapping[str, Figure] = {
    "exact": Figure("exact agreement", resampled.exact, libraries.exact),
    "cohens_kappa": Figure("Cohen's kappa", lambda of, draws: resampled.kappa(of, draws, 0),
                           lambda of: libraries.kappa(of, None)),
    "linear_kappa": Figure("linearly weighted kappa", lambda of, draws: resampled.kappa(of, draws, 1),
                           lambda of: libraries.kappa(of, "linear")),
    "quadratic_kappa": Figure("quadratically weighted kappa", lambda of, draws: resampled.kappa(of, draws, 2),
                              lambda of: libraries.kappa(of, "quadratic")),
    "fleiss_kappa": Figure("Fleiss' kappa", resampled.fleiss, libraries.fleiss, units="complete"),
    "krippendorff_alpha": Figure("Krippendorff's alpha", resampled.alpha, libraries.alpha, about="numbers"),
    "gwets_ac1": Figure("Gwet's AC1", lambda of, draws: resampled.gwet(of, draws, 0)),
    "gwets_ac2": Figure("Gwet's AC2, quadratic weights", lambda of, draws: resampled.gwet(of, draws, 2)),
    "icc_2_1": Figure("ICC(2,1)", lambda of, draws: resampled.icc(of, draws, "2,1"), about="numbers", units="complete"),
    "icc_2_k": Figure("ICC(2,k)", lambda of, draws: resampled.icc(of, draws, "2,k"), about="numbers", units="complete"),
    "icc_3_1": Figure("ICC(3,1)", lambda of, draws: resampled.icc(of, draws, "3,1"), about="numbers", units="complete"),
    "pearson": Figure("Pearson's r", resampled.pearson, libraries.pearson, about="numbers"),
    "spearman": Figure("Spearman's rho", resampled.spearman, libraries.spearman, about="numbers"),
    "macro_f1": Figure("macro F1", resampled.macro_f1, libraries.macro_f1, about="truth"),
    "lenient_f1": Figure("lenient macro F1", resampled.lenient_f1, libraries.lenient_f1, about="truth"),
}


class Agreement(Estimate, frozen=True):
    """A figure with its interval: `n` units count in it, `missing` have too few ratings. Where the value is None, `why`
    says the reason."""

    figure: str = ""
    raters: int = 0
    why: str = ""


def figure(name: str, table: Table, levels: Sequence[float] = (), kind: Kind = "interval") -> float | None:
    """A figure of a table (a row a unit, a column a rater, None where a unit is not rated); None where it is not
    defined. `levels` are those of the scale, by default the values seen. Raises `RunError` PED1313 where its library is
    not installed, `ValueError` for rows of different lengths."""
    of = ratings(table, levels, kind)
    return None if undefined(name, of) else _value(name, of)


def agreement(name: str, table: Table, levels: Sequence[float] = (), kind: Kind = "interval",
              clusters: Sequence[Hashable] | None = None, *, resamples: int = resampling.RESAMPLES,
              seed: int = 0) -> Agreement:
    """The same with its 95 % interval over `clusters`, one a unit; by default each unit is its own."""
    of = ratings(table, levels, kind)
    n = int((of.complete if FIGURES[name].units == "complete" else of.shared).sum()) if of.raters > 1 else 0
    why = undefined(name, of)
    if why:
        return Agreement(None, n, of.units - n, figure=name, raters=of.raters, why=why)
    low, high = _interval(name, of, clusters if clusters is not None else range(of.units), resamples, seed)
    return Agreement(_value(name, of), n, of.units - n, low, high, name, of.raters)


def confusion(table: Table, levels: Sequence[float] = ()) -> tuple[tuple[int, ...], ...]:
    """How often the first of two raters gave one level (row) and the second another (column)."""
    of = ratings(table, levels, "nominal")
    if of.raters != 2:
        return ()
    found = resampled.confusions(of, resampled.once(of.units), 0, 1)[0]
    return tuple(tuple(int(each) for each in row) for row in found)


def undefined(name: str, of: Ratings) -> str:
    """Why a figure has no value for these ratings; empty where it has one."""
    about, units = FIGURES[name].about, FIGURES[name].units
    if of.raters < 2:
        return "there is one rater" if of.raters else "nothing is rated"
    if not (of.complete if units == "complete" else of.shared).any():
        return "no unit is rated by all raters" if units == "complete" else "no unit is rated twice"
    if about == "truth" and of.raters > 2:
        return "it holds one rater against what is true, and there are more than two"
    by_level = about != "numbers" or (name == "krippendorff_alpha" and of.kind != "interval")
    if by_level and (of.places == -2).any():
        between = of.values[of.places == -2][0]
        return f"{between:g} is no level of the scale"
    if by_level and len(of.levels) > MOST_LEVELS:
        return f"{len(of.levels)} different ratings are too many levels"
    if name == "lenient_f1" and of.kind == "nominal":
        return "the levels of a nominal scale have no order, so that none is the upper one"
    if np.isnan(FIGURES[name].many(of, resampled.once(of.units))[0]):
        return _nothing_varies(of)
    return ""


def _nothing_varies(of: Ratings) -> str:
    seen = of.values[of.shared[:, None] & of.known]
    if (seen == seen[0]).all():
        return "all ratings are the same"
    return "a rater gives all units the same, or there are too few of them"


def _value(name: str, of: Ratings) -> float:
    chosen = FIGURES[name]
    if chosen.library is None:
        return float(chosen.many(of, resampled.once(of.units))[0])
    try:
        return chosen.library(of)
    except ModuleNotFoundError as error:
        raise RunError("PED1313", f"{chosen.title} is computed by the library {error.name}, which is not installed",
                       help="pip install 'pedalang[study]'") from None


def _interval(name: str, of: Ratings, clusters: Sequence[Hashable], resamples: int,
              seed: int) -> tuple[float, float] | tuple[None, None]:
    if len(set(clusters)) < 2:
        return None, None
    draws = Draws(*resampling.counts(clusters, resamples, seed))
    found = resampling.middle(FIGURES[name].many(of, draws))
    return found if found is not None else (None, None)
