"""How a matrix or an observe is told: `report: { rows: …, columns: […], value: mean, interval: bootstrap(2000, level:
95%) }`. A matrix has its axes in rows and columns, an observe the fields of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang import plan
from pedalang.compiler.lower import comparing, fields
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

CRITERION = "criterion"
"""Stands in a table for the measures of the rubric."""
MOST_RESAMPLES = 100_000
_KEYS = ("rows", "columns", "value", "interval", "compare")


def read(field: tree.Field | None, varied: Sequence[plan.Axis], scope: Scope) -> plan.Table:
    """The table; by default the first axis in rows, the measures in columns."""
    axes = tuple(axis.name for axis in varied)
    values = fields.entries(field, scope)
    for key, value in values.items():
        if key not in _KEYS:
            scope.error("PED0210", value, f"`report:` has no `{key}`", did_you_mean(key, _KEYS, "it has"))
    rows, columns = _layout(values, axes, "nothing is varied as", scope)
    percent = _percent(values.get("value"), scope)
    resamples, level = _interval(values.get("interval"), scope)
    compare = comparing.read(values["compare"], varied, scope) if "compare" in values else None
    return plan.Table(rows or axes[:1], columns or (() if CRITERION in rows else (CRITERION,)), resamples, level,
                      compare.cluster if compare is not None else comparing.clusters(varied, axes), compare, percent)


def of_fields(field: tree.Field, names: tuple[str, ...], scope: Scope) -> plan.Table:
    """The table of an observe, by the fields of its rows that are named; by default the measures in columns."""
    values = fields.entries(field, scope)
    keys = [key for key in _KEYS if key != "compare"]
    for key, value in values.items():
        if key not in keys:
            scope.error("PED0210", value, f"`report:` of an observe has no `{key}`", did_you_mean(key, keys, "it has"))
    rows, columns = _layout(values, names, "the rows have no field", scope)
    percent = _percent(values.get("value"), scope)
    resamples, level = _interval(values.get("interval"), scope)
    return plan.Table(rows, columns or (() if CRITERION in rows else (CRITERION,)), resamples, level, percent=percent)


def _layout(values: Mapping[str, tree.Expr], names: Sequence[str], unknown: str,
            scope: Scope) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known, seen = (*names, CRITERION), dict[str, tree.Node]()
    return (_among(values.get("rows"), known, seen, unknown, scope),
            _among(values.get("columns"), known, seen, unknown, scope))


def _among(of: tree.Expr | None, known: Sequence[str], seen: dict[str, tree.Node], unknown: str,
           scope: Scope) -> tuple[str, ...]:
    """Names, one or a list; none stands twice in a table."""
    found: list[str] = []
    for item in of.items if isinstance(of, tree.List) else () if of is None else (of,):
        name = item.word.text if isinstance(item, tree.Name) else ""
        if name not in known:
            scope.error("PED0201" if name else "PED0309", item, f"{unknown} `{name}`" if name else
                        "rows and columns of a table are names", did_you_mean(name, known, "there is"))
        elif name in seen:
            scope.twice(item, f"`{name}`", seen[name])
        else:
            seen[name] = item
            found.append(name)
    return tuple(found)


def _percent(of: tree.Expr | None, scope: Scope) -> bool:
    """Whether means are told as percentages: `value: percent`, where `value: mean` is usual."""
    given = of.word.text if isinstance(of, tree.Name) else ""
    if of is not None and given not in ("mean", "percent"):
        scope.error("PED0309", of, "`value:` is `mean` or `percent`", "write `value: mean`, or leave it out")
    return given == "percent"


def _interval(of: tree.Expr | None, scope: Scope) -> tuple[int | None, float]:
    """`bootstrap(N, level: P)`: how many resamples, and the level."""
    match of:
        case None:
            return None, 0.95
        case tree.Call(function=tree.Name(word=word), arguments=arguments) if word.text == "bootstrap":
            return _bootstrap(arguments, scope)
    scope.error("PED0309", of, "`interval:` is a bootstrap", "write for example `bootstrap(2000, level: 95%)`")
    return None, 0.95


def _bootstrap(arguments: Sequence[tree.Argument], scope: Scope) -> tuple[int | None, float]:
    resamples, level = None, 0.95
    for argument in arguments:
        match argument:
            case tree.Named(key=key, value=tree.Quantity(word=word) | tree.Number(word=word)) if key.text == "level":
                numeral = numerals.read(word)
                if numeral is None or not 0 < numeral.value < 1:
                    scope.error("PED0305", word, "a level is between 0% and 100%", "write for example `level: 95%`")
                else:
                    level = float(numeral.value)
            case tree.Number() if resamples is None:
                resamples = fields.whole(argument, scope, "the number of resamples")
                if resamples is not None and resamples > MOST_RESAMPLES:
                    scope.error("PED0305", argument, f"{resamples} are more than {MOST_RESAMPLES:,} resamples",
                                "2000 are usual")
            case _:
                scope.error("PED0307", argument, "`bootstrap` takes a number of resamples and `level:`",
                            "write for example `bootstrap(2000, level: 95%)`")
    return resamples or 2000, level
