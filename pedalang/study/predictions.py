"""What a trained classifier says where a criterion looks, and what that is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pedalang import plan
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.expression.values import Value
from pedalang.study import criteria
from pedalang.study.criteria import Missing
from pedalang.study.given import Classifier, Prediction


def said(model: plan.Classified, classifiers: Mapping[str, Classifier], env: Env,
         evaluate: Evaluator) -> Prediction | Missing:
    """The prediction for what a criterion reads there."""
    classifier = classifiers.get(model.uses)
    if classifier is None:
        return Missing("PED1238", f"the classifier `{model.uses}` was not brought")
    read: dict[str, Value] = {}
    for name, expr in model.reads.items():
        value = criteria.evaluated(expr, env, evaluate)
        if isinstance(value, Missing):
            return value
        read[name] = value
    return classifier([read])[0]


def value(of: plan.Classifier, model: plan.Classified, prediction: Prediction) -> float:
    """How likely a desired label is; of a number, where it lies on its scale, 0 to 1."""
    if of.scale is None:
        return min(math.fsum(prediction.probabilities.get(label, 0.0) for label in model.desired), 1.0)
    assert prediction.number is not None
    low, high = of.scale
    return min(max((prediction.number - low) / (high - low), 0.0), 1.0)
