"""How a classifier learns and is measured: `method: tfidf(c: 2)`, `measures: { NAME: macro_f1(merge: [a, b]) }`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.lower import fields
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

OF_LABELS = ("macro_f1", "weighted_f1", "accuracy", "balanced_accuracy", "cohens_kappa", "matthews")
"""Figures of labels, whatever their order."""
OF_LABEL = ("precision", "recall", "f1")
"""Figures of one label: `f1(of: LABEL)`."""
OF_ORDER = ("quadratic_kappa", "spearman", "pearson")
"""Figures of numbers, and of labels in the order in which they are named."""
OF_NUMBERS = ("mean_absolute_error", "root_mean_squared_error", "r2")
METHODS = {
    "tfidf": {"c": (1e-6, 1e6), "balanced": (0, 1), "sublinear": (0, 1), "least": (1, 1000), "numbers": (0.001, 100)},
    "tuned": {"c": (1e-6, 1e6), "balanced": (0, 1), "numbers": (0.001, 100), "last": (1, 20)},
    "embeddings": {"c": (1e-6, 1e6), "balanced": (0, 1), "numbers": (0.001, 100)},
}
"""Ways to learn, each with what can be set of it and between which numbers."""

_WHOLE = ("least", "last")


class _Called(NamedTuple):
    """A word with named arguments, or alone."""

    word: tree.Word
    arguments: tuple[tree.Named, ...]


def _called(value: tree.Expr) -> _Called | None:
    match value:
        case tree.Name(word=word):
            return _Called(word, ())
        case tree.Call(function=tree.Name(word=word), arguments=arguments):
            named = tuple(each for each in arguments if isinstance(each, tree.Named))
            return _Called(word, named) if len(named) == len(arguments) else None
    return None


def measures(field: tree.Field | None, name: tree.Word, labels: Sequence[str], scope: Scope) -> tuple[plan.Figure, ...]:
    """The measures of a classifier; without any, the usual ones of its kind under its own name."""
    if field is None:
        usual = ("macro_f1", "accuracy") if labels else ("spearman", "mean_absolute_error")
        return tuple(plan.Figure(f"{name.text}.{metric}", metric) for metric in usual)
    made = (_figure(key, value, labels, scope) for key, value in fields.entries(field, scope).items())
    return tuple(each for each in made if each is not None)


def _figure(name: str, value: tree.Expr, labels: Sequence[str], scope: Scope) -> plan.Figure | None:
    called = _called(value)
    known = (*OF_LABELS, *OF_LABEL, *OF_ORDER) if labels else (*OF_ORDER, *OF_NUMBERS)
    if called is None or called.word.text not in (*OF_LABELS, *OF_LABEL, *OF_ORDER, *OF_NUMBERS):
        given = called.word.text if called is not None else ""
        scope.error("PED0309", value, f"`{name}:` is a measure", did_you_mean(given, known, "there is"))
        return None
    metric = called.word.text
    if metric not in known:
        what = "labels" if labels else "a number"
        scope.error("PED0714", called.word, f"`{metric}` is no measure of a classifier that gives {what}",
                    f"it can be measured by {', '.join(known)}")
        return None
    merge: tuple[tuple[str, ...], ...] = ()
    of = ""
    for argument in called.arguments:
        match argument.key.text:
            case "merge" if metric not in OF_LABEL and labels:
                merge = tuple(_groups(argument.value, labels, scope))
            case "of" if metric in OF_LABEL:
                of = next(iter(fields.labels(argument.value, labels, scope)), "")
            case key:
                scope.error("PED0714", argument.key, f"`{metric}` has no `{key}:`",
                            "labels are taken for one by `merge: [LABEL, LABEL]`, and named by `of: LABEL`")
                return None
    if metric in OF_LABEL and not of:
        scope.error("PED0714", called.word, f"`{metric}` is the figure of one label", f"write `{metric}(of: LABEL)`")
        return None
    return plan.Figure(name, metric, merge, of)


def _groups(value: tree.Expr, labels: Sequence[str], scope: Scope) -> Iterator[tuple[str, ...]]:
    """Labels that are taken for one: a list of them, or a list of such lists."""
    lists = value.items if isinstance(value, tree.List) and all(isinstance(each, tree.List) for each in value.items) \
        else (value,)
    seen: set[str] = set()
    for each in lists:
        found = fields.labels(each, labels, scope)
        if len(found) < 2 or seen & set(found):
            scope.error("PED0714", each, "`merge:` names two labels or more, each once", "write for example "
                        f"`merge: [{', '.join(labels[:2])}]`")
        seen |= set(found)
        yield found


def method(field: tree.Field | None, scope: Scope) -> plan.Method:
    """How a classifier learns."""
    if field is None:
        return plan.Method("tfidf")
    called = _called(field.value)
    if called is None or called.word.text not in METHODS:
        given = called.word.text if called is not None else ""
        scope.error("PED0309", field.value, "`method:` is a way to learn", did_you_mean(given, METHODS, "there is"))
        return plan.Method("tfidf")
    name = called.word.text
    options: dict[str, float] = {}
    for argument in called.arguments:
        key = argument.key.text
        if key not in METHODS[name]:
            scope.error("PED0210", argument.key, f"`{name}` has nothing called `{key}`",
                        did_you_mean(key, METHODS[name], "what can be set is"))
            continue
        low, high = METHODS[name][key]
        options[key] = _option(key, argument.value, (low, high), scope)
    return plan.Method(name, options)


def _option(key: str, value: tree.Expr, bounds: tuple[float, float], scope: Scope) -> float:
    if bounds == (0, 1):
        if isinstance(value, tree.True_ | tree.False_):
            return float(isinstance(value, tree.True_))
        scope.error("PED0309", value, f"`{key}:` is true or false")
        return 0.0
    number = numerals.signed(value)
    whole = "whole " if key in _WHOLE else ""
    if number is None or not bounds[0] <= number <= bounds[1] or (whole and number != int(number)):
        scope.error("PED0309", value, f"`{key}:` is a {whole}number from {bounds[0]:g} to {bounds[1]:g}")
        return bounds[0]
    return float(number)
