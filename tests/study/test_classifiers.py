"""Classifiers: the same weights and answers as scikit-learn's, folds that part no group, measures as libraries have
them, what is kept the same byte for byte, and refused where it was changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pedalang import plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.expression import nodes
from pedalang.runtime.errors import RunError
from pedalang.study.classifiers import (
    features,
    figures,
    folds,
    grams,
    keeping,
    learning,
    trial,
    using,
)
from pedalang.study.classifiers.examples import Source
from pedalang.study.classifiers.results import Trained
from tests.study.sayings import PROGRAM, attribute, declared, gathered, rows

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed")


@given(some.lists(some.text(max_size=30), min_size=2, max_size=8))
@settings(max_examples=30, deadline=None)
def test_texts_become_what_scikit_learn_makes_of_them(texts: list[str]) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    found = features.counts((plan.Feature("text", attribute("text"), "text"),), {"text": texts})
    wanted_of = ({"ngram_range": (1, 2)}, {"analyzer": "char", "ngram_range": (2, 4)})
    for each, options in zip(found, wanted_of, strict=True):
        theirs = TfidfVectorizer(**options)
        try:
            wanted = theirs.fit_transform(texts).toarray()
        except ValueError:  # no piece in any text
            assert not each.terms
            continue
        column = {"text": texts}
        scheme, _ = features.learnt([each], (), column, np.arange(len(texts)), {})
        matrix = features.applied(scheme, column, {})
        dense = np.zeros(matrix.shape)
        dense[matrix.rows, matrix.columns] = matrix.values
        assert list(each.terms) == sorted(theirs.vocabulary_)
        order = [theirs.vocabulary_[term] for term in each.terms]
        np.testing.assert_allclose(dense, wanted[:, order], atol=1e-12)


def test_a_number_weighs_what_is_said_beside_a_text() -> None:
    column = {"long": np.asarray([1.0, 3.0, np.nan, 5.0])}
    features_of = (plan.Feature("long", attribute("long"), "number"),)
    for weight in (1.0, 0.25):
        scheme, matrix = features.learnt([], features_of, column, np.arange(4), {"numbers": weight})
        assert matrix.values == pytest.approx(weight * np.asarray([-2, 0, 0, 2]) / np.std([1, 3, 5]))
        assert features.applied(scheme, column, {}).values == pytest.approx(matrix.values)


def test_a_classifier_says_what_scikit_learn_s_says(tmp_path: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, make_pipeline

    of = declared(features=(plan.Feature("text", attribute("text"), "text"),))
    learnt, others = gathered(of, rows()), gathered(of, rows(40, 1))
    fitted, _ = learning.bench(of, learnt, {}).fit(np.arange(len(learnt)))
    union = FeatureUnion([("w", TfidfVectorizer(ngram_range=(1, 2))),
                          ("c", TfidfVectorizer(analyzer="char", ngram_range=(2, 4)))])
    theirs = make_pipeline(union, LogisticRegression(solver="newton-cg", tol=1e-6, max_iter=200))
    theirs.fit(learnt.columns["text"], learnt.labels.astype(int))
    wanted = theirs.predict_proba(others.columns["text"])
    np.testing.assert_allclose(fitted.scores(others.columns, {}), wanted, atol=2e-6)
    coefficients, scheme = theirs[-1].coef_, fitted.scheme
    order = np.concatenate([[space.places[term] for term in sorted(space.places)] for space in scheme.spaces])
    assert len(order) == coefficients.shape[1]
    # the same weights give the same answers, without scikit-learn
    same = learning.Fitted(of, scheme, learning.Weights(_in_order(union, fitted, coefficients), theirs[-1].intercept_))
    np.testing.assert_allclose(same.scores(others.columns, {}), wanted, atol=1e-9)


def _in_order(union: object, fitted: learning.Fitted, coefficients: np.ndarray) -> np.ndarray:
    start, parts = 0, []
    for (_, vectorizer), space in zip(union.transformer_list, fitted.scheme.spaces, strict=True):
        parts.append(coefficients[:, [start + vectorizer.vocabulary_[term] for term in space.terms]])
        start += len(space.terms)
    return np.hstack(parts)


@given(some.lists(some.integers(0, 9), min_size=2, max_size=60), some.integers(2, 8), some.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_folds_part_no_group_and_hold_each_example_out_once(groups: list[int], wanted: int, seed: int) -> None:
    of = np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.intp)
    found = [*folds.folds(of, wanted, seed)]
    assert len(found) == min(wanted, len(set(groups)))
    assert sorted(np.concatenate([held_out for _, held_out in found])) == [*range(len(of))]
    for learnt, held_out in found:
        assert not set(of[learnt]) & set(of[held_out]) and len(held_out)


@given(some.lists(some.tuples(some.integers(0, 3), some.integers(0, 3)), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_measures_are_those_of_the_libraries(pairs: list[tuple[int, int]]) -> None:
    from sklearn import metrics

    truth, said = (np.asarray(each, np.float64) for each in zip(*pairs, strict=True))
    labels = ("a", "b", "c", "d")

    def ours(metric: str, **more: object) -> float | None:
        return figures.measure(plan.Figure("m", metric, **more), labels)(truth, said)

    assert ours("macro_f1") == pytest.approx(metrics.f1_score(truth, said, average="macro", zero_division=0))
    assert ours("weighted_f1") == pytest.approx(metrics.f1_score(truth, said, average="weighted", zero_division=0))
    assert ours("accuracy") == pytest.approx(metrics.accuracy_score(truth, said))
    merged = {0.0: 0, 1.0: 1, 2.0: 0, 3.0: 3}
    one, other = ([merged[each] for each in column] for column in (truth, said))
    assert ours("macro_f1", merge=(("a", "c"),)) == pytest.approx(
        metrics.f1_score(one, other, average="macro", zero_division=0))
    if len(set(truth) | set(said)) > 1:
        assert ours("cohens_kappa") == pytest.approx(metrics.cohen_kappa_score(truth, said))
        assert ours("quadratic_kappa") == pytest.approx(
            metrics.cohen_kappa_score(truth, said, weights="quadratic", labels=[0, 1, 2, 3]))
        expected = metrics.matthews_corrcoef(truth, said)
        assert (ours("matthews") or 0.0) == pytest.approx(expected, abs=1e-12)


@given(some.lists(some.tuples(some.integers(-5, 5), some.floats(-3, 3)), min_size=3, max_size=30))
@settings(max_examples=100, deadline=None)
def test_measures_of_numbers_are_those_of_the_libraries(pairs: list[tuple[int, float]]) -> None:
    from scipy import stats

    truth, said = (np.round(np.asarray(each, np.float64), 3) for each in zip(*pairs, strict=True))
    for metric, theirs in (("spearman", stats.spearmanr), ("pearson", stats.pearsonr)):
        ours = figures.measure(plan.Figure("m", metric), ())(truth, said)
        if np.ptp(truth) and np.ptp(said):
            assert ours == pytest.approx(theirs(truth, said).statistic, abs=1e-9)
        else:
            assert ours is None


def test_what_is_no_example_is_left_out_and_counted() -> None:
    of = declared()
    odd = [Source({"text": "so", "long": 1, "label": each, "problem": "q"}) for each in (None, "", "other", "asks")]
    bare = Source({"text": None, "long": None, "label": "tells", "problem": None})
    found = gathered(of, [*odd, Source({"text": "no label field"}), bare])
    assert found.left_out == {"no label": 3, "the label `other` is none of those that are told apart": 1}
    assert (len(found), found.columns["text"][-1], found.groups.tolist()) == (2, "", [0, 1])
    assert np.isnan(found.columns["long"][-1])
    number = declared(labels=(), scale=(0.0, 2.0))
    found = gathered(number, [Source({"text": "", "long": 1, "label": each}) for each in (1, 3, "x", True)])
    assert found.left_out == {"the label 3 is not on the scale from 0 to 2": 1, "the label is no number": 1}


def test_turns_are_examples_of_recorded_dialogues() -> None:
    of = declared(unit="turn", features=(plan.Feature("text", nodes.Attr(nodes.Name("turn"), "text"), "text"),),
                  label=nodes.Attr(nodes.Name("turn"), "move"), group=None,
                  when=nodes.Binary("!=", nodes.Name("previous"), nodes.Lit(None)))
    turns = [{"text": f"t{at}", "move": "asks"} for at in range(3)]
    found = gathered(of, [Source({}, turns), Source({}, turns[:2])])
    assert (found.columns["text"], found.groups.tolist()) == (["t1", "t2", "t1"], [0, 0, 1])


def test_a_classifier_is_told_beside_its_baseline() -> None:
    of = declared(baseline=(plan.Feature("long", attribute("long"), "number"),))
    found, _ = trial.trained(of, gathered(of, rows()), {})
    assert (found.n, found.groups, found.folds, found.baseline_is) == (90, 12, 3, "`long` by tfidf")
    f1, plain, less = (part["f1"] for part in (found.measures, found.baseline, found.difference))
    assert f1.value is not None and f1.low is not None and f1.high is not None and f1.low < f1.value < f1.high
    assert plain.value is not None and less.value == pytest.approx(f1.value - plain.value) and (less.low or 0) > 0
    assert sum(map(sum, found.confusion)) == 90
    assert [each.there for each in found.labels] == [sum(row) for row in found.confusion]


def test_a_number_is_estimated_beside_one_that_is_taken_as_it_is() -> None:
    of = declared(labels=(), scale=(0.0, 12.0), label=attribute("long"), plain=True, measures=(
        plan.Figure("rank", "spearman"),), features=(plan.Feature("text", attribute("text"), "text"),),
        baseline=(plan.Feature("long", attribute("long"), "number"),))
    found, fitted = trial.trained(of, gathered(of, rows()), {})
    assert found.baseline["rank"].value == pytest.approx(1.0)
    assert (found.measures["rank"].value or 0) > 0.5
    said = using.classifier(fitted, {})([{"text": "why " * 500}])[0]
    assert said.number is not None and 0 <= said.number <= 12


def test_other_records_are_held_out() -> None:
    of = declared()
    found, _ = trial.trained(of, gathered(of, rows()), {}, gathered(of, rows(30, 1)))
    assert (found.n, found.trained_on, found.folds) == (30, 90, 0)


def test_records_of_one_group_have_no_interval() -> None:
    of = declared(group=None)
    alone = msgspec.structs.replace(of, group=nodes.Lit("lesson"))
    found, _ = trial.trained(of, gathered(of, rows()), {}, gathered(alone, rows(30, 1)))
    assert (found.n, found.groups) == (30, 1)
    for part in (found.measures, found.baseline, found.difference):
        assert part["f1"].value is not None and part["f1"].low is None and part["f1"].high is None


@pytest.mark.parametrize("labels", [[], ["asks"] * 5, ["asks", "tells"]])
def test_too_little_to_learn_from_is_refused(labels: list[str]) -> None:
    of = declared()
    few = [Source({"text": "so", "long": 1, "label": each, "problem": "p"}) for each in labels]
    with pytest.raises(RunError) as raised:
        trial.trained(of, gathered(of, few), {})
    assert raised.value.code == "PED1302"


# ---------------------------------------------------------------- kept


def learnt() -> tuple[Trained, learning.Fitted]:
    of = declared()
    return trial.trained(of, gathered(of, rows()), {})


once = cache(learnt)


def kept(folder: Path, by: Callable[[], tuple[Trained, learning.Fitted]] = once) -> learning.Fitted:
    found, fitted = by()
    keeping.keep(folder, fitted, found, PROGRAM, {"rows": "0" * 64})
    return fitted


def test_what_is_kept_is_the_same_each_time_and_says_the_same(tmp_path: Path) -> None:
    fitted = kept(tmp_path / "one")
    kept(tmp_path / "two", learnt)
    for name in (trained.ARTEFACT, trained.WEIGHTS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    again = keeping.opened(trained.load(tmp_path / "one"))
    others = gathered(declared(), rows(40, 1))
    np.testing.assert_array_equal(again.scores(others.columns, {}), fitted.scores(others.columns, {}))
    said = using.classifier(again, {})([{"text": "well done !", "long": 3}, {"text": None, "long": None}])
    assert said[0].label == "praises" and sum(said[1].probabilities.values()) == pytest.approx(1)


def test_changed_artefacts_are_refused(tmp_path: Path) -> None:
    """Two hundred changes: of fields, digests, kinds, names, and of bytes of the weights."""
    kept(tmp_path / "made")
    text, weights = ((tmp_path / "made" / name).read_bytes() for name in (trained.ARTEFACT, trained.WEIGHTS))
    places = [*_places(json.loads(text))]
    draw = np.random.default_rng(3)
    folder = tmp_path / "changed"
    folder.mkdir()
    for number in range(200):
        other, bytes_ = text, bytearray(weights)
        if number % 4 == 0:
            at = int(draw.integers(len(bytes_)))
            bytes_[at] ^= 1 << int(draw.integers(8))
        else:
            changed = json.loads(text)
            _change(changed, places[int(draw.integers(len(places)))], draw)
            other = msgspec.json.format(msgspec.json.encode(changed, order="sorted"), indent=1) + b"\n"
        (folder / trained.ARTEFACT).write_bytes(other)
        (folder / trained.WEIGHTS).write_bytes(bytes_)
        with pytest.raises(DataError):
            keeping.opened(trained.load(folder))


def _places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value[:5]) if isinstance(value, list) else ()
    return [place for key, each in inside for place in ((*path, key), *_places(each, (*path, key)))]


def _change(value: object, path: tuple[object, ...], draw: np.random.Generator) -> None:
    for key in path[:-1]:
        value = value[key]  # type: ignore[index]
    known = value[path[-1]]  # type: ignore[index]
    choices = [None, 1, "../x", [], {}, not known] if not isinstance(known, str) else [known + "x", "", None, 7]
    value[path[-1]] = next(each for at in draw.permutation(len(choices))  # type: ignore[index]
                           if (each := choices[at]) != known or type(each) is not type(known))


def test_numbers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    kept(tmp_path)
    loaded = trained.load(tmp_path)
    for name, other in (("weights", np.zeros((3, 2))), ("intercepts", np.zeros(3, np.float32)),
                        ("means", np.asarray([np.nan])), ("deviations", np.asarray([0.0])), ("more", np.zeros(1))):
        trained.save(tmp_path / "other", loaded.artefact, {**loaded.arrays, name: other})
        with pytest.raises(DataError) as raised:
            keeping.opened(trained.load(tmp_path / "other"))
        assert raised.value.code == "PED1304"


def test_a_classifier_of_another_program_is_refused(tmp_path: Path) -> None:
    fitted = kept(tmp_path)
    using.fitting(msgspec.structs.replace(PROGRAM, classifiers={"move": declared(folds=9)}), fitted)
    for classifiers in ({}, {"move": declared(labels=("asks", "tells"))}, {"move": declared(features=())}):
        with pytest.raises(DataError) as raised:
            using.fitting(msgspec.structs.replace(PROGRAM, classifiers=classifiers), fitted)
        assert raised.value.code == "PED1305"


def test_pieces_of_texts() -> None:
    assert grams.counted("words", "Why, a why?") == {"why": 2, "why why": 1}
    assert grams.counted("characters", "a  B") == {"a ": 1, " b": 1, "a b": 1}
