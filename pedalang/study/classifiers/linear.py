"""Linear models: logistic regression for labels, ridge regression for numbers. Learnt by scikit-learn, used without it.

The logistic regression is multinomial (one set of weights a label, probabilities by softmax) with an L2 penalty, fitted
by Newton's method with conjugate gradients: of scikit-learn's solvers the one that comes closest to the optimum here,
and among the fastest. `c` is the inverse of the penalty; `balanced` weighs examples so that each label counts the same.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from pedalang.runtime.errors import RunError
from pedalang.study.classifiers.sparse import Matrix, Numbers

ROUNDS = 200
"""Newton steps at most; ten are usual."""
ABSENT = -1e30
"""The intercept of a label without an example: its probability is 0."""
CLOSE = 1e-6
"""How small the gradient is where it stops."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A row of weights and an intercept a label; of a number, one of each."""

    weights: Numbers
    intercepts: Numbers

    def scores(self, matrix: Matrix) -> Numbers:
        """A score for each label of each row; of a number, that number."""
        return matrix.times(self.weights) + self.intercepts


def library(name: str) -> ModuleType:
    """A part of scikit-learn or scipy. Raises `RunError` PED1303 where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("sklearn", "scipy", "threadpoolctl"):
            raise
        raise RunError("PED1303", "classifiers are trained with scikit-learn, which is not installed",
                       help="pip install 'pedalang[study]'") from None


def classes(matrix: Matrix, labels: Numbers, number: int, options: Mapping[str, float]) -> Weights:
    """Weights for `number` labels. A label without an example is never the answer."""
    present = np.unique(labels.astype(np.intp))
    weights, intercepts = np.zeros((number, matrix.shape[1])), np.full(number, ABSENT)
    if len(present) == 1:
        intercepts[present] = 0.0
        return Weights(weights, intercepts)
    model = library("sklearn.linear_model").LogisticRegression(
        C=options.get("c", 1.0), class_weight="balanced" if options.get("balanced") else None, solver="newton-cg",
        tol=CLOSE, max_iter=ROUNDS)
    with library("threadpoolctl").threadpool_limits(1):
        model.fit(_csr(matrix), labels.astype(np.intp))
    if len(present) == 2:  # one set of weights: those of the second label, where the first one's are 0
        weights[present[1]], intercepts[present[0]] = model.coef_[0], 0.0
        intercepts[present[1]] = model.intercept_[0]
    else:
        weights[present], intercepts[present] = model.coef_, model.intercept_
    return Weights(weights, intercepts)


def number(matrix: Matrix, values: Numbers, options: Mapping[str, float]) -> Weights:
    """Weights for a number."""
    model = library("sklearn.linear_model").Ridge(alpha=1.0 / options.get("c", 1.0), solver="sparse_cg", tol=1e-8)
    with library("threadpoolctl").threadpool_limits(1):
        model.fit(_csr(matrix), values)
    return Weights(np.asarray(model.coef_, np.float64).reshape(1, -1), np.asarray([model.intercept_], np.float64))


def probabilities(scores: Numbers) -> Numbers:
    """Softmax of each row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _csr(matrix: Matrix) -> object:
    starts = np.searchsorted(matrix.rows, np.arange(matrix.shape[0] + 1))
    return library("scipy.sparse").csr_matrix((matrix.values, matrix.columns, starts), shape=matrix.shape)
