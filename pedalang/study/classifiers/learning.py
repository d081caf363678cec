"""Ways to learn: from examples at some places, with what was computed once for all of them, to what labels others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pedalang import plan
from pedalang.study.classifiers import features, linear, sparse
from pedalang.study.classifiers.examples import Column, Examples
from pedalang.study.classifiers.features import Counts, Scheme
from pedalang.study.classifiers.linear import Weights
from pedalang.study.classifiers.sparse import Matrix, Numbers, Places

ENCODERS = {"embeddings": "minilm", "tuned": "smollm2"}
"""Ways to learn that encode texts, each with what encodes them."""
DEFAULTS: Mapping[str, Mapping[str, float]] = {"embeddings": {"c": 3.0}, "tuned": {"c": 100.0}}
"""What is set of a way to learn where the program sets nothing: embeddings are small numbers, and want less
penalty."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trained classifier: how values become numbers, and the weights of these."""

    of: plan.Classifier
    scheme: Scheme
    weights: Weights

    def scores(self, columns: Mapping[str, Column], environment: Mapping[str, str]) -> Numbers:
        """A probability for each label of each example; for a number, the estimate, which stays on the scale."""
        return answered(self.of, self.weights.scores(features.applied(self.scheme, columns, environment)))


@dataclass(frozen=True, slots=True)
class Bench:
    """Examples with what is the same in all folds: pieces of texts counted, or texts encoded."""

    of: plan.Classifier
    features: Sequence[plan.Feature]
    columns: Mapping[str, Column]
    labels: Numbers
    options: Mapping[str, float]
    counts: Sequence[Counts] = ()
    encoding: Scheme | None = None
    encoded: Matrix | None = None

    def fit(self, places: Places) -> tuple[Fitted, Matrix]:
        """What is learnt from the examples at some places, and all examples as numbers."""
        scheme, matrix = features.learnt(self.counts, self.features, self.columns, places, self.options)
        if self.encoding is not None and self.encoded is not None:
            scheme = replace(scheme, encoder=self.encoding.encoder, encoded=self.encoding.encoded,
                             last=self.encoding.last)
            matrix = sparse.beside([self.encoded, matrix], matrix.shape[0])
        inside, labels = matrix.at(places), self.labels[places]
        weights = linear.classes(inside, labels, len(self.of.labels), self.options) if self.of.labels \
            else linear.number(inside, labels, self.options)
        return Fitted(self.of, scheme, weights), matrix

    def held_out(self, places: Places, others: Places) -> Numbers:
        """What is said of other examples by what was learnt from those at some places."""
        fitted, matrix = self.fit(places)
        return answered(self.of, fitted.weights.scores(matrix.at(others)))


def bench(of: plan.Classifier, examples: Examples, environment: Mapping[str, str]) -> Bench:
    """The classifier's own bench. Raises `RunError` where its encoder is not installed."""
    options = {**DEFAULTS.get(of.method.name, {}), **of.method.options}
    if of.method.name not in ENCODERS:
        counted = features.counts(of.features, examples.columns)
        return Bench(of, of.features, examples.columns, examples.labels, options, counted)
    texts = tuple(each.name for each in of.features if each.kind == "text")
    encoding = Scheme((), (), encoder=ENCODERS[of.method.name], encoded=texts,
                      last=min(int(options.get("last", 0)), len(texts)))
    return Bench(of, of.features, examples.columns, examples.labels, options, (), encoding,
                 features.encoded(encoding, examples.columns, environment))


def plain_bench(of: plan.Classifier, examples: Examples) -> Bench:
    """That of its baseline: the plain recipe."""
    return Bench(of, of.baseline, examples.plain, examples.labels, {}, features.counts(of.baseline, examples.plain))


def answered(of: plan.Classifier, scores: Numbers) -> Numbers:
    """Scores as answers: probabilities, or a number that stays on the scale."""
    if of.labels:
        return linear.probabilities(scores)
    assert of.scale is not None
    return np.clip(scores, *of.scale)


def chosen(of: plan.Classifier, answers: Numbers) -> Numbers:
    """The place of the likeliest label of each example, the first of equals; or the number."""
    return np.argmax(answers, axis=1).astype(np.float64) if of.labels else answers[:, 0]
