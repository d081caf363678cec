"""Trained classifiers where a rubric uses them: examples as expressions give them, to predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pedalang import plan
from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value
from pedalang.study.classifiers import examples
from pedalang.study.classifiers.learning import Fitted
from pedalang.study.given import Classifier, Prediction


def classifier(fitted: Fitted, environment: Mapping[str, str]) -> Classifier:
    """What labels examples."""
    def label(found: Sequence[Mapping[str, Value]], /) -> list[Prediction]:
        if not found:
            return []
        features = fitted.of.features
        read = {each.name: [examples.as_read(each.kind, one[each.name]) for one in found] for each in features}
        answers = fitted.scores(examples.columns(features, read), environment)
        return [_prediction(fitted.of, row) for row in answers.tolist()]

    return label


def _prediction(of: plan.Classifier, row: Sequence[float]) -> Prediction:
    if not of.labels:
        return Prediction("", {}, row[0])
    return Prediction(of.labels[int(np.argmax(row))], dict(zip(of.labels, row, strict=True)))


def fitting(program: plan.Plan, fitted: Fitted) -> None:
    """Raises `DataError` PED1305 for a classifier that is not the one of its name in a program: it was trained to read
    or to tell apart something else."""
    declared = program.classifiers.get(fitted.of.name)
    if declared is None:
        known = ", ".join(f"`{name}`" for name in program.classifiers) or "none"
        raise DataError("PED1305", f"the program declares no classifier `{fitted.of.name}`", help=f"it has {known}")
    for what, one, other in (
        ("features", declared.features, fitted.of.features), ("labels", declared.labels, fitted.of.labels),
        ("scale", declared.scale, fitted.of.scale),
    ):
        if one != other:
            raise DataError("PED1305", f"`{fitted.of.name}` was trained with other {what} than the program has now",
                            help="train it anew: `ped train`", place=declared.place)
