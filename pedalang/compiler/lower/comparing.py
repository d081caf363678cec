"""How systems of a matrix are compared: `compare: paired(by: […], cluster: …, measures: […], correction: holm,
model: mixed, margin: 0.05)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.semantics import numerals
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

TOTAL = "total"
_KEYS = ("by", "cluster", "measures", "correction", "model", "margin")
_EXAMPLE = "write for example `paired(by: [task, seed], correction: holm)`"


def read(of: tree.Expr, axes: Sequence[plan.Axis], scope: Scope) -> plan.Comparison | None:
    """None after a mistake that leaves nothing to compare. Criteria are looked at in `measured`."""
    named = _arguments(of, scope)
    if named is None:
        return None
    known = tuple(axis.name for axis in axes)
    by = _names(named.get("by"), known, "what is varied", scope)
    if "by" not in named:
        scope.error("PED0908", of, "nothing says which dialogues are pairs",
                    "add `by:` with what both dialogues of a pair have in common")
    elif by and not [name for name in known if name not in by]:
        scope.error("PED0908", named["by"], "nothing is left to compare: all that is varied stands in `by:`",
                    "leave out what is compared")
    for axis in axes:
        if by and axis.kind == "seeds" and axis.name not in by:
            scope.error("PED0908", named["by"], f"`{axis.name}` is varied, and would be compared like a system",
                        f"dialogues are pairs where their draws are the same: add `{axis.name}` to `by:`")
    cluster = _names(named.get("cluster"), known, "what is varied", scope)
    for name in cluster:
        if by and name not in by:
            scope.error("PED0908", named["cluster"], f"`{name}` is compared, so no cluster can be the same in it",
                        f"clusters are made of what stands in `by:`: {', '.join(by)}")
    if not by:
        return None
    return plan.Comparison(by, cluster or clusters(axes, by), _names(named.get("measures"), (), "", scope),
                           "none" if _word(named, "correction", ("holm", "none"), scope) == "none" else "holm",
                           "mixed" if _word(named, "model", ("mixed",), scope) == "mixed" else "",
                           _margin(named.get("margin"), scope))


def clusters(axes: Sequence[plan.Axis], among: Sequence[str]) -> tuple[str, ...]:
    """What dialogues that are not independent have in common, where nothing says it: the row of the first data set that
    is varied, else all that is varied but seeds and models, else each by itself."""
    rows = [axis.name for axis in axes if axis.kind == "rows" and axis.name in among]
    others = [axis.name for axis in axes if axis.kind == "values" and axis.name in among]
    return tuple(rows[:1] or others or among)


def measured(of: plan.Comparison | None, report: Mapping[str, tree.Expr], graph: Graph, matrix: str,
             scope: Scope) -> None:
    """Reports a measure of the family that the rubric of a matrix does not have."""
    call = report.get("compare")
    if of is None or not of.measures or not isinstance(call, tree.Call):
        return
    rubrics = list(graph.after(matrix, "scores", plan.Rubric))
    known = (*(each.name for rubric in rubrics for each in rubric.payload.criteria), TOTAL)
    at = next(each.value for each in call.arguments if isinstance(each, tree.Named) and each.key.text == "measures")
    _names(at, known, "the rubric's criteria", scope)


def _arguments(of: tree.Expr, scope: Scope) -> dict[str, tree.Expr] | None:
    match of:
        case tree.Call(function=tree.Name(word=word), arguments=arguments) if word.text == "paired":
            pass
        case _:
            scope.error("PED0309", of, "`compare:` is `paired`", _EXAMPLE)
            return None
    found: dict[str, tree.Expr] = {}
    words: dict[str, tree.Word] = {}
    for each in arguments:
        if not isinstance(each, tree.Named):
            scope.error("PED0307", each, "`paired` takes its arguments by name", _EXAMPLE)
        elif each.key.text not in _KEYS:
            scope.error("PED0307", each.key, f"`paired` has no `{each.key.text}`",
                        did_you_mean(each.key.text, _KEYS, "it has"))
        elif each.key.text in found:
            scope.twice(each.key, f"`{each.key.text}:`", words[each.key.text])
        else:
            found[each.key.text], words[each.key.text] = each.value, each.key
    return found


def _names(of: tree.Expr | None, known: Sequence[str], what: str, scope: Scope) -> tuple[str, ...]:
    """Names, one or a list; each among `known`, where that is not empty, and none twice."""
    found: dict[str, tree.Node] = {}
    for item in of.items if isinstance(of, tree.List) else () if of is None else (of,):
        name = item.word.text if isinstance(item, tree.Name) else ""
        if not name:
            scope.error("PED0309", item, "this is a name, or a list of names", _EXAMPLE)
        elif known and name not in known:
            scope.error("PED0201", item, f"`{name}` is none of {what}", did_you_mean(name, known, "there is"))
        elif name in found:
            scope.twice(item, f"`{name}`", found[name])
        else:
            found[name] = item
    return tuple(found)


def _word(named: Mapping[str, tree.Expr], key: str, among: Sequence[str], scope: Scope) -> str:
    of = named.get(key)
    word = of.word.text if isinstance(of, tree.Name) else ""
    if of is not None and word not in among:
        scope.error("PED0309", of, f"`{key}:` is one of {', '.join(f'`{each}`' for each in among)}",
                    did_you_mean(word, among))
    return word


def _margin(of: tree.Expr | None, scope: Scope) -> float | None:
    """A difference above 0, `0.05` or `5%`."""
    if of is None:
        return None
    numeral = numerals.read(of.word) if isinstance(of, tree.Number | tree.Quantity) else None
    if numeral is None or numeral.type.name not in ("Int", "Float", "Percent") or not 0 < numeral.value < 1e9:
        scope.error("PED0309", of, "`margin:` is a difference above 0", "write for example `margin: 0.05`")
        return None
    return float(numeral.value)
