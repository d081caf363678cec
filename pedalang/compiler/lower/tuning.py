"""Optimizations: what is tuned, what is frozen, by which figure, on which rows. All of it is checked; it cannot be run
yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.lower import contracts, data, fields, rubric
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.lower.trials import StageOf
from pedalang.compiler.semantics import declarations, numerals, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_FIELDS = ("method", "auto", "metric", "reject", "trainset", "devset", "testset", "tune", "freeze", "budget", "save",
           "load", "seed", "curriculum")
_NEEDED = {"metric": "RUBRIC.total", "trainset": "DATA.SPLIT", "tune": "[ROLE.voice]"}
METHODS = ("gepa", "mipro_v2", "bootstrap", "random_search", "copro", "simba", "strategies", "exemplars", "thresholds",
           "bandit", "fitted_value", "sft", "dpo", "kto", "grpo")
"""Ways to tune: prompts, then policies, then weights."""
_AUTO = ("light", "medium", "heavy")
_SLOTS: dict[type[tree.Node], tuple[str, ...]] = {
    tree.RoleDecl: ("voice", "examples", "thresholds", "policy", "weights"),
    tree.StudentDecl: ("voice", "persona", "examples", "thresholds", "policy", "weights"),
    tree.MoveDecl: ("intent", "examples"), tree.ModelDecl: ("weights",),
}
"""What can be tuned of whom."""
_BUDGET = {"tokens": ("Tokens",), "calls": ("Int",), "usd": ("Usd",), "wall": ("Seconds", "Minutes", "Hours")}
_EXAMPLES = {"tokens": "2_000_000 tokens", "calls": "500", "usd": "5 usd", "wall": "2 hours"}


class _Slot(NamedTuple):
    """Part of a program that can be tuned or kept: whose, and which (none for all of it)."""

    owner: references.Reference[tree.Node]
    slot: str
    at: tree.Node


def optimize(graph: Graph, found: Declared[tree.OptimizeDecl], stage_of: StageOf, scope: Scope) -> None:
    """Checks an optimization; if nothing is wrong with it, it is said that it cannot be run yet."""
    decl = found.decl
    before = len(scope.report.found)
    known = fields.read(decl.items, _FIELDS, scope, "an optimization")
    for item in decl.items:
        if not isinstance(item, tree.Field):
            scope.error("PED0210", item, "an optimization varies nothing by itself",
                        "say in `tune:` what it may change")
    for key, example in _NEEDED.items():
        if key not in known:
            scope.error("PED0702", decl.flow, f"this optimization has no `{key}:`", f"add `{key}: {example}`")
    _plain_fields(known, scope)
    flow = references.resolve(decl.flow, scope, "a flow", tree.FlowDecl)
    stage = stage_of(flow.found) if flow is not None else None
    if stage is not None:
        rejected = _rejected(graph, known.get("reject"), stage, scope)
        if "metric" in known:
            _metric(graph, known["metric"], stage, rejected, scope)
        _slots(graph, known, stage, scope)
    _rows(graph, known, scope)
    if len(scope.report.found) == before:
        declarations.not_run(decl, scope)


def _plain_fields(known: Mapping[str, tree.Field], scope: Scope) -> None:
    """Words, numbers, files and the budget."""
    fields.word(known.get("method"), scope, METHODS, "gepa")
    fields.word(known.get("auto"), scope, _AUTO, "light")
    fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    for key in ("save", "load"):
        fields.string(known.get(key), scope)
    if "curriculum" in known:
        references.resolve(known["curriculum"].value, scope, "a curriculum", tree.CurriculumDecl)
    budget(known.get("budget"), scope)


def budget(field: tree.Field | None, scope: Scope) -> None:
    """Reports what is no budget: `{ tokens: 2_000_000 tokens, calls: 500, usd: 5 usd, wall: 2 hours }`."""
    for key, value in fields.entries(field, scope).items():
        if key not in _BUDGET:
            scope.error("PED0210", value, f"a budget has no entry `{key}`",
                        did_you_mean(key, _BUDGET, "its entries are"))
            continue
        numeral = numerals.read(value.word) if isinstance(value, tree.Number | tree.Quantity) else None
        if numeral is None or numeral.type.name not in _BUDGET[key] or numeral.value <= 0:
            scope.error("PED0309", value, f"`{key}:` of a budget is an amount of its own unit",
                        f"write for example `{_EXAMPLES[key]}`")


# ---------------------------------------------------------------- what is better


def _metric(graph: Graph, field: tree.Field, stage: Stage, rejected: frozenset[str] | None, scope: Scope) -> None:
    """`RUBRIC.total`, or a criterion of a rubric. It must not be raised by breaking a hard promise of the flow."""
    if not isinstance(field.value, tree.Attribute):
        scope.error("PED0309", field.value, "`metric:` is a rubric's total, or one of its criteria",
                    "write for example `Quality.total`")
        return
    reference = rubric.resolve(field.value.of, scope)
    if reference is None:
        return
    node = rubric.rubric(graph, reference, field.value.of, stage, scope)
    name = field.value.name
    criteria = {each.name: each for each in node.payload.criteria}
    if name.text != "total" and name.text not in criteria:
        scope.error("PED0304", name, f"the rubric `{node.name}` has no criterion `{name.text}`",
                    did_you_mean(name.text, ("total", *criteria), "there is"))
        return
    if rejected is None:
        return
    gated = frozenset(each.contract for each in node.payload.criteria
                      if each.gate and each.contract and each.units is None) if name.text == "total" else frozenset()
    for contract in graph.after(f"flow:{stage.name}", "obeys", plan.Contract):
        if contract.name not in gated | rejected and _is_hard(contract):
            scope.warning("PED0904", field.value, "this can be raised by breaking hard clauses of the contract "
                          f"`{contract.name}`", f"add `reject: violates({contract.name}, hard)`, or use the contract "
                          "as the rubric's `gate`")
            return


def _is_hard(contract: Node[plan.Contract]) -> bool:
    return any(clause.severity == "hard" for clause in contract.payload.clauses)


def _rejected(graph: Graph, field: tree.Field | None, stage: Stage, scope: Scope) -> frozenset[str] | None:
    """The contracts whose hard clauses may not break: `violates(CONTRACT, hard)`, or a list of these. None after a
    mistake."""
    if field is None:
        return frozenset()
    found: set[str] = set()
    before = len(scope.report.errors)
    for each in field.value.items if isinstance(field.value, tree.List) else (field.value,):
        match each:
            case tree.Call(function=tree.Name(word=word), arguments=(of, tree.Name(word=which))) \
                    if word.text == "violates" and which.text in ("hard", "soft", "any") and \
                    not isinstance(of, tree.Named | tree.Comprehension):
                contract = contracts.resolve(of, scope)
                node = contracts.contract(graph, contract, of, stage, scope) if contract is not None else None
                if node is not None and which.text != "soft":
                    found.add(node.name)
            case _:
                scope.error("PED0309", each, "`reject:` says which broken promises end a try",
                            "write `violates(CONTRACT, hard)`")
    return frozenset(found) if len(scope.report.errors) == before else None


# ---------------------------------------------------------------- what is tuned


def _slots(graph: Graph, known: Mapping[str, tree.Field], stage: Stage, scope: Scope) -> None:
    frozen = [slot for each in _listed(known.get("freeze"), scope) if (slot := _slot(each, True, scope)) is not None]
    seen: dict[tuple[tree.Node, str], tree.Node] = {}
    for each in _listed(known.get("tune"), scope):
        slot = _slot(each, False, scope)
        if slot is None:
            continue
        decl = slot.owner.found.decl
        if (decl, slot.slot) in seen:
            scope.twice(each, f"`{scope.span(each).text}`", seen[decl, slot.slot])
        seen[decl, slot.slot] = each
        kept = next((one for one in frozen if one.owner.found.decl is decl and one.slot in ("", slot.slot)), None)
        if kept is not None:
            scope.error("PED0903", each, f"`{scope.span(each).text}` is tuned and frozen",
                        "take it out of `tune:`, or out of `freeze:`", also=(kept.at, "frozen here"))
        elif _measures(graph, slot, stage):
            scope.error("PED0903", each, f"`{slot.owner.word.text}` is what the teacher is measured by",
                        "tune what the teacher says: a learner or judge that is tuned measures nothing")
        else:
            _taken_part(slot, stage, scope)


def _listed(field: tree.Field | None, scope: Scope) -> tuple[tree.Expr, ...]:
    if field is None:
        return ()
    if isinstance(field.value, tree.List):
        return field.value.items
    scope.error("PED0309", field.value, f"`{field.key.text}:` is a list", "write for example `[Tutor.voice]`")
    return ()


def _slot(expr: tree.Expr, whole: bool, scope: Scope) -> _Slot | None:
    """`Tutor.voice`; with `whole` also `Tutor`, for all of it."""
    kinds = tuple(_SLOTS)
    of, slot = (expr.of, expr.name) if isinstance(expr, tree.Attribute) and not data.is_module(expr.of, scope) \
        else (expr, None)
    owner: references.Reference[tree.Node] | None = references.resolve(of, scope, "a role, move or model", *kinds)
    if owner is None:
        return None
    slots = _SLOTS[type(owner.found.decl)]
    if slot is None and whole:
        return _Slot(owner, "", expr)
    if slot is None:
        scope.error("PED0309", expr, f"this does not say what of `{owner.word.text}` is tuned",
                    f"write for example `{owner.word.text}.{slots[0]}`")
        return None
    if slot.text not in slots:
        scope.error("PED0304", slot, f"`{slot.text}` of `{owner.word.text}` cannot be tuned",
                    did_you_mean(slot.text, slots, "what can be is"))
        return None
    return _Slot(owner, "voice" if slot.text == "persona" else slot.text, expr)


def _measures(graph: Graph, slot: _Slot, stage: Stage) -> bool:
    """Whether a slot is a learner's, or a judge's: these are what the tuned are measured by."""
    decl = slot.owner.found.decl
    if isinstance(decl, tree.StudentDecl):
        return True
    if not isinstance(decl, tree.ModelDecl):
        return False
    name = decl.name.text
    judges = {each.judge.model for node in graph.nodes(plan.Rubric) for each in node.payload.criteria if each.judge}
    return name in judges or any(role.model == name and role.kind == "student" for role in stage.roles.values())


def _taken_part(slot: _Slot, stage: Stage, scope: Scope) -> None:
    """Reports a slot of what has no part in the flow."""
    name, decl = slot.owner.word.text, slot.owner.found.decl
    roles = stage.roles.values()
    match decl:
        case tree.MoveDecl():
            there = any(name in role.moves for role in roles)
        case tree.ModelDecl():
            there = any(role.model == name for role in roles)
        case _:
            there = any(role.name == name for role in roles)
    if not there and not stage.failed:
        scope.error("PED0201", slot.at, f"`{name}` has no part in the flow `{stage.name}`",
                    "tune what somebody in it says or does")


# ---------------------------------------------------------------- on which rows


def _rows(graph: Graph, known: Mapping[str, tree.Field], scope: Scope) -> None:
    """Rows that are learnt from and rows that are tried are others."""
    earlier: list[tuple[str, tree.Field, plan.Selection, plan.Dataset]] = []
    for key in ("trainset", "devset", "testset"):
        if key not in known:
            continue
        selected = data.selection(graph, known[key].value, scope)
        if selected is None:
            continue
        selection, node = selected
        for name, field, other, dataset in earlier:
            if other.dataset == selection.dataset and _overlap(dataset, other.split, selection.split):
                scope.error("PED0823", known[key].value, f"`{key}:` has rows of `{name}:`",
                            f"take rows that `{name}:` does not have", also=(field.value, "the same rows"))
                break
        earlier.append((key, known[key], selection, node.payload))


def _overlap(dataset: plan.Dataset, one: str, other: str) -> bool:
    """Whether two splits can share a row: those by share never do; no split is all rows."""
    if one == other or not one or not other:
        return True
    if one in dataset.shares or other in dataset.shares:
        return False
    (low, high), (start, stop) = dataset.splits[one], dataset.splits[other]
    return low < stop and start < high
