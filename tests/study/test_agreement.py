"""Figures of agreement: each is its reference library's, or its definition's; where it has no meaning, none."""

from __future__ import annotations

import math
import random
import warnings
from collections import Counter
from itertools import combinations

import pytest

from pedalang.compiler.lower.judges import METRICS
from pedalang.study import agreement, resampling
from pedalang.study.agreement import FIGURES
from pedalang.study.figures import resampled
from pedalang.study.figures.ratings import ratings

krippendorff = pytest.importorskip("krippendorff", reason="pip install 'pedalang[study]'")
metrics = pytest.importorskip("sklearn.metrics", reason="pip install 'pedalang[study]'")
stats = pytest.importorskip("scipy.stats", reason="pip install 'pedalang[study]'")
inter_rater = pytest.importorskip("statsmodels.stats.inter_rater", reason="pip install 'pedalang[study]'")

QUICK, ALL = 50, 1_000
"""Random tables."""
N = None
KRIPPENDORFF = (  # Krippendorff (2011), "Computing Krippendorff's alpha-reliability", his example with missing values
    (1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N), (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3),
    (N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N), (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N))
SHROUT_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))  # 1979, table 2


def by_units(raters):
    return [list(row) for row in zip(*raters, strict=True)]


def tables(count, seed=0):
    """Random tables, every kind of degenerate one among them."""
    draw = random.Random(seed)
    for number in range(count):
        raters, units = draw.choice([1, 2, 2, 2, 3, 5]), draw.choice([1, 2, 3, 8, 20])
        size = draw.choice([1, 2, 2, 3, 4, 5])
        gap = draw.choice([0, 0, 0.2, 0.6, 0.95])
        skew = draw.choice([0, 0, 0.7, 0.97])
        sharp = draw.choice([0, 0.5, 0.9, 1])
        rows = []
        for _ in range(units):
            true = 0 if draw.random() < skew else draw.randrange(size)
            said = [true if draw.random() < sharp else draw.randrange(size) for _ in range(raters)]
            rows.append([None if draw.random() < gap else float(each + 1) for each in said])
        levels = tuple(range(1, max(size, 2) + 1)) if number % 3 else ()
        yield rows, levels, draw.choice(["nominal", "ordinal", "interval"])


# ---------------------------------------------------------------- references


def paired(table, one):
    """The mean over pairs of raters who share units; nan where a pair has none."""
    found = []
    for a, b in combinations(range(len(table[0])), 2):
        both = [(row[a], row[b]) for row in table if row[a] is not None and row[b] is not None]
        if both:
            found.append(one(*map(list, zip(*both, strict=True))))
    return sum(found) / len(found) if found else math.nan


def reference(name, table, levels, kind):
    """A figure by its library as it is called by hand, or by its definition."""
    levels = levels or sorted({each for row in table for each in row if each is not None})
    weights = {"cohens_kappa": None, "linear_kappa": "linear", "quadratic_kappa": "quadratic"}
    match name:
        case "cohens_kappa" | "linear_kappa" | "quadratic_kappa":
            return paired(table, lambda a, b: metrics.cohen_kappa_score(a, b, labels=levels, weights=weights[name]))
        case "exact":
            return paired(table, metrics.accuracy_score)
        case "pearson":
            return paired(table, lambda a, b: stats.pearsonr(a, b)[0] if len(a) > 1 else math.nan)
        case "spearman":
            return paired(table, lambda a, b: stats.spearmanr(a, b)[0] if len(a) > 1 else math.nan)
        case "macro_f1" | "lenient_f1":
            if len(table[0]) != 2 or (kind == "nominal" and name == "lenient_f1"):
                return math.nan
            top = levels[1] if name == "lenient_f1" and len(levels) > 1 else math.inf
            return paired(table, lambda a, b: metrics.f1_score([min(each, top) for each in a],
                                                               [min(each, top) for each in b], average="macro"))
        case "fleiss_kappa":
            rows = [[row.count(level) for level in levels] for row in table if None not in row]
            return float(inter_rater.fleiss_kappa(rows)) if rows and len(table[0]) > 1 else math.nan
        case "krippendorff_alpha":
            data = [[math.nan if each is None else each for each in rater] for rater in zip(*table, strict=True)]
            if len({each for row in table for each in row if each is not None}) < 2 \
                    or all(len(row) - row.count(None) < 2 for row in table):
                return math.nan
            return float(krippendorff.alpha(data, value_domain=levels, level_of_measurement=kind))
        case "gwets_ac1" | "gwets_ac2":
            return gwet(table, levels, 0 if name == "gwets_ac1" else 2)
        case "icc_2_1" | "icc_2_k" | "icc_3_1":
            return icc(table, name)
    raise AssertionError(name)


def gwet(table, levels, power):
    """Gwet (2014), chapters 2 and 3, word for word."""
    def near(a, b):
        if power == 0:
            return float(a == b)
        return 1 - (levels.index(a) - levels.index(b)) ** 2 / (len(levels) - 1) ** 2

    units = [[each for each in row if each is not None] for row in table]
    shared, rated = [unit for unit in units if len(unit) > 1], [unit for unit in units if unit]
    if not shared or len(levels) < 2:
        return math.nan
    seen = sum(sum(near(a, b) for at, a in enumerate(unit) for to, b in enumerate(unit) if at != to)
               / (len(unit) * (len(unit) - 1)) for unit in shared) / len(shared)
    share = {level: sum(Counter(unit)[level] / len(unit) for unit in rated) / len(rated) for level in levels}
    total = sum(near(a, b) for a in levels for b in levels)
    chance = total / (len(levels) * (len(levels) - 1)) * sum(each * (1 - each) for each in share.values())
    return (seen - chance) / (1 - chance)


def icc(table, name):
    """Shrout and Fleiss (1979), from the mean squares of a two-way table."""
    rows = [row for row in table if None not in row]
    n, k = len(rows), len(table[0])
    if n < 2 or k < 2:
        return math.nan
    grand = sum(map(sum, rows)) / (n * k)
    units = [sum(row) / k for row in rows]
    raters = [sum(column) / n for column in zip(*rows, strict=True)]
    between = k * sum((each - grand) ** 2 for each in units) / (n - 1)
    among = n * sum((each - grand) ** 2 for each in raters) / (k - 1)
    rest = sum((rows[i][j] - units[i] - raters[j] + grand) ** 2 for i in range(n) for j in range(k))
    rest /= (n - 1) * (k - 1)
    below = between + {"icc_2_1": (k - 1) * rest + k * (among - rest) / n, "icc_2_k": (among - rest) / n,
                       "icc_3_1": (k - 1) * rest}[name]
    return (between - rest) / below if below > 1e-9 else math.nan


def quiet(name, table, levels, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return reference(name, table, levels, kind)
        except ZeroDivisionError:
            return math.nan


# ---------------------------------------------------------------- the figures


@pytest.mark.parametrize("count", [QUICK, pytest.param(ALL, marks=pytest.mark.full)])
@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.filterwarnings("error")
def test_each_figure_is_its_reference_s(name, count):
    defined = 0
    for table, levels, kind in tables(count, seed=count):
        expected = quiet(name, table, levels, kind)
        found = agreement.figure(name, table, levels, kind)
        if math.isnan(expected):
            assert found is None, (table, levels, kind)
            continue
        defined += 1
        assert found == pytest.approx(expected, abs=1e-9), (table, levels, kind)
        of = ratings(table, levels, kind)
        fast = FIGURES[name].many(of, resampled.once(of.units))
        assert fast == pytest.approx([expected], abs=1e-9), (table, levels, kind)
    assert defined > count / 12


def test_a_contract_can_name_each_figure():
    assert set(METRICS) == set(FIGURES)


def test_published_examples():
    alphas = {kind: agreement.figure("krippendorff_alpha", by_units(KRIPPENDORFF), (1, 2, 3, 4, 5), kind)
              for kind in ("nominal", "ordinal", "interval")}
    assert {kind: round(value, 3) for kind, value in alphas.items()} == {
        "nominal": 0.743, "ordinal": 0.815, "interval": 0.849}
    iccs = [agreement.figure(name, SHROUT_FLEISS) for name in ("icc_2_1", "icc_2_k", "icc_3_1")]
    assert [round(each, 2) for each in iccs] == [0.29, 0.62, 0.71]


def test_gwet_s_paradox():
    """Gwet (2002): two raters agree on 118 of 125 units, and kappa is below 0."""
    table = [[1, 1]] * 118 + [[1, 2]] * 5 + [[2, 1]] * 2
    found = {name: agreement.figure(name, table, (1, 2), "nominal") for name in ("exact", "cohens_kappa", "gwets_ac1")}
    assert {name: round(value, 4) for name, value in found.items()} == {
        "exact": 0.944, "cohens_kappa": -0.0234, "gwets_ac1": 0.9408}


def test_gwet_s_ac1_of_four_raters_with_missing_ratings():
    """For these ratings Gwet's own program, irrCAC, prints 0.77544."""
    assert agreement.figure("gwets_ac1", by_units(KRIPPENDORFF), (1, 2, 3, 4, 5)) == pytest.approx(0.77544, abs=5e-6)


@pytest.mark.parametrize(("name", "table", "levels", "kind", "why"), [
    ("cohens_kappa", [], (), "nominal", "nothing is rated"),
    ("fleiss_kappa", [[1], [2]], (), "nominal", "there is one rater"),
    ("krippendorff_alpha", [[1, N], [N, 2]], (), "ordinal", "no unit is rated twice"),
    ("icc_2_1", [[1, 2, N], [2, N, 1]], (), "interval", "no unit is rated by all raters"),
    ("cohens_kappa", [[1, 1], [1, 1]], (1, 2), "nominal", "all ratings are the same"),
    ("pearson", [[1, 1], [1, 2]], (), "interval", "a rater gives all units the same, or there are too few of them"),
    ("quadratic_kappa", [[1, 1.5], [2, 2]], (1, 2), "ordinal", "1.5 is no level of the scale"),
    ("macro_f1", [[1, 1, 2]], (1, 2), "ordinal",
     "it holds one rater against what is true, and there are more than two"),
    ("lenient_f1", [[1, 2]], (1, 2), "nominal",
     "the levels of a nominal scale have no order, so that none is the upper one"),
])
@pytest.mark.filterwarnings("error")
def test_what_is_not_defined_says_why(name, table, levels, kind, why):
    found = agreement.agreement(name, table, levels, kind)
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)
    assert agreement.figure(name, table, levels, kind) is None


def test_kappa_of_perfect_and_of_no_agreement():
    assert agreement.figure("cohens_kappa", [[1, 1], [2, 2]]) == 1.0
    assert agreement.figure("cohens_kappa", [[1, 2], [2, 1]]) == -1.0


def test_a_table_has_rows_of_one_length_and_finite_numbers():
    with pytest.raises(ValueError, match="differ in length"):
        agreement.figure("exact", [[1, 2], [1]])
    with pytest.raises(ValueError, match="no finite number"):
        agreement.figure("exact", [[1, math.nan]])


def test_confusion():
    table = [[1, 1], [1, 2], [2, 2], [3, N], [2, 2]]
    assert agreement.confusion(table, (1, 2, 3)) == ((1, 1, 0), (0, 2, 0), (0, 0, 0))


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize("name", FIGURES)
def test_intervals_are_those_of_figures_of_whole_samples(name):
    """All resamples at once give what each resample gives alone, dialogues drawn whole."""
    draw = random.Random(5)
    dialogues = [number // 3 for number in range(36)]
    table = [[true, true if draw.random() < 0.6 else draw.randint(1, 3)] for true in draw.choices((1, 2, 3), k=36)]
    found = agreement.agreement(name, table, (1, 2, 3), "ordinal", dialogues, resamples=20)
    of_samples = resampling.interval(
        dialogues, lambda places: agreement.figure(name, [table[at] for at in places], (1, 2, 3), "ordinal"),
        resamples=20)
    assert (found.low, found.high) == pytest.approx(of_samples, abs=1e-9)
    assert found.low <= found.value <= found.high


def test_units_of_one_dialogue_make_an_interval_wider():
    draw = random.Random(3)
    rows, dialogues = [], []
    for dialogue in range(20):
        right = draw.random() < 0.5
        true = draw.choice((1, 2))
        rows += [[true, true if right else 3 - true]] * 10
        dialogues += [dialogue] * 10
    alone = agreement.agreement("cohens_kappa", rows, (1, 2), "nominal")
    clustered = agreement.agreement("cohens_kappa", rows, (1, 2), "nominal", dialogues)
    assert clustered.value == alone.value
    assert clustered.high - clustered.low > 2 * (alone.high - alone.low)


def test_one_dialogue_has_no_interval_and_missing_units_are_counted():
    found = agreement.agreement("exact", [[1, 1], [1, N], [2, 2]], (1, 2), "nominal", ["a", "a", "a"])
    assert (found.value, found.n, found.missing, found.low, found.raters) == (1.0, 2, 1, None, 2)
