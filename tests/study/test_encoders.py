"""Texts as models see them: what is there of them, what is learnt from them, where they are kept."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from pedalang import plan
from pedalang.exchange import trained
from pedalang.exchange.errors import DataError
from pedalang.runtime.errors import RunError
from pedalang.study.classifiers import keeping, learning, minilm, small, trial, using
from tests.study.sayings import PROGRAM, attribute, declared, gathered, rows

pytest.importorskip("sklearn", reason="scikit-learn is not installed")


def test_an_encoder_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    minilm._opened.cache_clear()
    of = declared(method=plan.Method("embeddings"))
    with pytest.raises(RunError) as raised:
        learning.bench(of, gathered(of, rows(10)), {})
    assert raised.value.code == "PED1308" and "pip install" in raised.value.help
    minilm._opened.cache_clear()


@pytest.mark.skipif(importlib.util.find_spec(minilm.PACKAGE) is None, reason=f"{minilm.REQUIREMENT} is not installed")
def test_embeddings_are_learnt_from_and_kept(tmp_path: Path) -> None:
    """What means the same is near; and a classifier of embeddings is kept and used again."""
    found = minilm.embedded(["How did you get that?", "The answer is 12."])
    assert found.shape == (2, minilm.WIDTH)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    one, other = minilm.embedded(["How did you find it?", "Bananas are yellow."])
    assert found[0] @ one > found[0] @ other
    of = declared(method=plan.Method("embeddings"))
    told, fitted = trial.trained(of, gathered(of, rows(40)), {})
    keeping.keep(tmp_path, fitted, told, PROGRAM, {})
    again = keeping.opened(trained.load(tmp_path))
    others = gathered(of, rows(5, 1))
    np.testing.assert_allclose(again.scores(others.columns, {}), fitted.scores(others.columns, {}), atol=1e-6)


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="torch is installed")
def test_a_language_model_that_cannot_be_read_is_told() -> None:
    of = declared(method=plan.Method("tuned"))
    with pytest.raises(RunError) as raised:
        learning.bench(of, gathered(of, rows(10)), {})
    assert raised.value.code == "PED1309" and "pedalang[study,transformers]" in raised.value.help


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_unpacked_model_lies_where_caches_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Learning, and what was learnt, both look there."""
    looked_in: list[Path] = []
    monkeypatch.setattr("pedalang.runtime.generation.embedded.folder", lambda caches: looked_in.append(caches))
    monkeypatch.setattr("pedalang.runtime.generation.hidden.states",
                        lambda _, texts: np.ones((len(texts), small.WIDTH)))
    of, environment = declared(method=plan.Method("tuned")), {"XDG_CACHE_HOME": str(tmp_path)}
    _, fitted = trial.trained(of, gathered(of, rows(20)), environment)
    using.classifier(fitted, environment)([{"text": "why", "long": 1}])
    assert set(looked_in) == {tmp_path / "pedalang"}


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_the_last_texts_are_learnt_from_after_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def after(_: object, texts: Sequence[Sequence[str]], last: int) -> np.ndarray:
        assert last == 1 and all(one.startswith("p") for one, _ in texts)
        return np.asarray([np.resize([len(text), text.count("?"), text.count("!") - 0.5], small.WIDTH)
                           for _, text in texts])

    monkeypatch.setattr("pedalang.runtime.generation.embedded.folder", lambda caches: caches)
    monkeypatch.setattr("pedalang.runtime.generation.hidden.after", after)
    of = declared(features=(plan.Feature("before", attribute("problem"), "text"),
                            plan.Feature("text", attribute("text"), "text")),
                  method=plan.Method("tuned", {"last": 1.0, "c": 100.0}))
    told, fitted = trial.trained(of, gathered(of, rows(60)), {})
    value = told.measures["f1"].value
    assert value is not None and value > 0.6
    keeping.keep(tmp_path / "kept", fitted, told, PROGRAM, {})
    loaded, others = trained.load(tmp_path / "kept"), gathered(of, rows(5, 1))
    again = keeping.opened(loaded)
    np.testing.assert_array_equal(again.scores(others.columns, {}), fitted.scores(others.columns, {}))
    for last in (0, 2, 3, -1):
        content = {**loaded.artefact.content, "last": last}
        trained.save(tmp_path / "other", structs.replace(loaded.artefact, content=content), loaded.arrays)
        with pytest.raises(DataError) as raised:
            keeping.opened(trained.load(tmp_path / "other"))
        assert raised.value.code == "PED1304"


def test_states_are_evened_row_by_row() -> None:
    states = np.random.default_rng(0).normal(size=(4, 200)) * np.asarray([1e2, *[1.0] * 199])
    found = small.evened(states)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-9)
    assert np.abs(found).max() < 0.9
    np.testing.assert_allclose(small.evened(states[:1]), found[:1], atol=1e-12)
