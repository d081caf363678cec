"""Optimizations: what is tuned, what is frozen, by which figure, on which rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import budget as budgets
from pedalang.compiler.lower import contracts, data, fields, rubric, runs, seeing, settings, speech, splits
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.lower.trials import StageOf
from pedalang.compiler.semantics import elaborate, operators, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes
from pedalang.tuning import SETTINGS

_FIELDS = ("method", "auto", "metric", "reject", "trainset", "devset", "testset", "tune", "freeze", "budget", "save",
           "load", "seed", "curriculum", "settings", "features", "monitor")
_NEEDED = {"metric": "RUBRIC.total", "trainset": "DATA.SPLIT", "tune": "[ROLE.voice]"}
_TEXTS, _BOTH, _WEIGHTS = ("voice", "intent"), ("voice", "intent", "examples"), ("weights",)
CHANGES = {
    "gepa": _TEXTS, "mipro_v2": _BOTH, "bootstrap": ("examples",), "random_search": ("examples",), "copro": _TEXTS,
    "simba": _BOTH, "strategies": ("voice",), "exemplars": ("examples",), "thresholds": ("thresholds",),
    "bandit": ("policy",), "fitted_value": ("policy",),
    "sft": _WEIGHTS, "dpo": _WEIGHTS, "kto": _WEIGHTS, "grpo": _WEIGHTS,
}
"""What each way to tune changes: prompts, then policies, then weights."""
METHODS = tuple(CHANGES)
_NAMED = {"voice": "voices", "intent": "intents", "examples": "examples", "thresholds": "numbers in guards",
          "policy": "the choice of moves", "weights": "weights"}
_MEASURED = ("Bool", "Int", "Float", "Prob", "Percent", "Rational")
_Auto = Literal["light", "medium", "heavy"]
_AUTO: tuple[_Auto, ...] = ("light", "medium", "heavy")
_SLOTS: dict[type[tree.Node], tuple[str, ...]] = {
    tree.RoleDecl: ("voice", "examples", "thresholds", "policy", "weights"),
    tree.StudentDecl: ("voice", "persona", "examples", "thresholds", "policy", "weights"),
    tree.MoveDecl: ("intent", "examples"), tree.ModelDecl: ("weights",),
}
"""What can be tuned of whom."""


class _Slot(NamedTuple):
    """Part of a program that can be tuned or kept: whose, and which (none for all of it)."""

    owner: references.Reference[tree.Node]
    slot: str
    at: tree.Node


def optimize(graph: Graph, found: Declared[tree.OptimizeDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds an optimization."""
    decl = found.decl
    before = len(scope.report.errors)
    known = fields.read(decl.items, _FIELDS, scope, "an optimization")
    for item in decl.items:
        if not isinstance(item, tree.Field):
            scope.error("PED0210", item, "an optimization varies nothing by itself",
                        "say in `tune:` what it may change")
    for key, example in _NEEDED.items():
        if key not in known:
            scope.error("PED0702", decl.flow, f"this optimization has no `{key}:`", f"add `{key}: {example}`")
    plain = _plain_fields(known, scope)
    flow = references.resolve(decl.flow, scope, "a flow", tree.FlowDecl)
    stage = stage_of(flow.found) if flow is not None else None
    metric, monitor, rejected, tuned, features = None, None, None, _Slots(), {}
    if stage is not None:
        rejected = _rejected(graph, known.get("reject"), stage, scope)
        if "metric" in known:
            metric = _metric(graph, known["metric"], stage, rejected, scope)
        monitor = _monitor(graph, known.get("monitor"), metric, stage, scope)
        tuned = _slots(graph, known, stage, scope)
        features = _features(known.get("features"), tuned.tune, stage, scope)
        _changes(known, plain.method, tuned.tune, scope)
    rows = _rows(graph, known, scope)
    if len(scope.report.errors) > before or flow is None or stage is None or metric is None or "trainset" not in rows:
        return
    bound = runs.bound(graph, flow, decl.flow, stage, known["trainset"], rows["trainset"], scope)
    if bound is None:
        return
    name = decl.name or flow.word
    if f"optimization:{name.text}" in graph:
        scope.error("PED0202", name, f"two optimizations are called `{name.text}`",
                    f"give this one a name: `optimize {stage.name} as NAME`")
        return
    selected = {key: selection for key, (selection, _) in rows.items()}
    node = graph.add(carrying(plan.Optimize(
        name.text, stage.name, plain.method, metric.rubric.name, selected["trainset"], tuned.tune, metric.criterion,
        dev=selected.get("devset"), test=selected.get("testset"), row=bound.row,
        arguments={name: typed.expr for name, typed in bound.arguments.items()}, frozen=tuned.frozen,
        reject=tuple(sorted(rejected or ())), budget=plain.budget, seed=plain.seed, auto=plain.auto,
        curriculum=plain.curriculum, features=features,
        monitor=monitor.rubric.name if monitor else "", monitor_criterion=monitor.criterion if monitor else "",
        save=plain.save, load=plain.load, settings=plain.settings,
        place=scope.module.place(name)), name.text, scope.span(name)))
    graph.link(node.id, "plays", f"flow:{stage.name}")
    for figure in filter(None, (metric, monitor)):
        graph.link(node.id, "scores", figure.rubric.id)
    for id in dict.fromkeys(dataset.id for _, dataset in rows.values()):
        graph.link(node.id, "reads", id)


class _Plain(NamedTuple):
    """What is said in words and numbers."""

    method: str
    auto: _Auto
    seed: int
    save: str
    load: str
    curriculum: str
    budget: plan.Budget
    settings: dict[str, float]


def _plain_fields(known: Mapping[str, tree.Field], scope: Scope) -> _Plain:
    """Words, numbers, files and the budget."""
    method = fields.word(known.get("method"), scope, METHODS, "gepa")
    auto: _Auto = fields.word(known.get("auto"), scope, _AUTO, "light")
    seed = fields.whole(known["seed"].value, scope, "a seed", least=0) if "seed" in known else 0
    save, load = (fields.string(known.get(key), scope) or "" for key in ("save", "load"))
    curriculum = references.resolve(known["curriculum"].value, scope, "a curriculum", tree.CurriculumDecl) \
        if "curriculum" in known else None
    name = curriculum.found.decl.name.text if curriculum is not None else ""
    budget = budgets.read(known.get("budget"), scope, budgets.OF_TUNING)
    numbers = settings.read(known.get("settings"), SETTINGS.get(method, {}), f"the method `{method}`", scope)
    return _Plain(method, auto, seed or 0, save, load, name, budget, numbers)


# ---------------------------------------------------------------- what is better


class _Metric(NamedTuple):
    """A rubric and one of its criteria, or none for its total."""

    rubric: Node[plan.Rubric]
    criterion: str


def _metric(graph: Graph, field: tree.Field, stage: Stage, rejected: frozenset[str] | None,
            scope: Scope) -> _Metric | None:
    """What is optimized. It must not be raised by breaking a hard promise of the flow."""
    found = _figure(graph, field, stage, scope)
    if found is None or rejected is None:
        return found
    gated = frozenset(each.contract for each in found.rubric.payload.criteria
                      if each.gate and each.contract and each.units is None) if not found.criterion else frozenset()
    for contract in graph.after(f"flow:{stage.name}", "obeys", plan.Contract):
        if contract.name not in gated | rejected and _is_hard(contract):
            scope.warning("PED0904", field.value, "this can be raised by breaking hard clauses of the contract "
                          f"`{contract.name}`", f"add `reject: violates({contract.name}, hard)`, or use the contract "
                          "as the rubric's `gate`")
            break
    return found


def _monitor(graph: Graph, field: tree.Field | None, metric: _Metric | None, stage: Stage,
             scope: Scope) -> _Metric | None:
    """What the metric is held against. It must see what the metric does not."""
    found = _figure(graph, field, stage, scope) if field is not None else None
    if found is None or field is None or metric is None:
        return None
    if found.rubric.id == metric.rubric.id:
        scope.error("PED1350", field.value, f"`{found.rubric.name}` is what is optimized, and cannot be held against "
                    "itself", "name another rubric over the flow, best with a judge of its own")
        return None
    shared = sorted(_judges(found) & _judges(metric))
    if shared:
        scope.warning("PED1351", field.value, f"`{found.rubric.name}` and `{metric.rubric.name}` are judged by the "
                      f"same model, `{shared[0]}`", "let another model judge one of them: what fools a judge once "
                      "fools it twice")
    return found


def _judges(of: _Metric) -> set[str]:
    return {each.judge.model for each in of.rubric.payload.criteria if each.judge and each.judge.model}


def _figure(graph: Graph, field: tree.Field, stage: Stage, scope: Scope) -> _Metric | None:
    """`RUBRIC.total`, or a criterion of a rubric."""
    if not isinstance(field.value, tree.Attribute):
        scope.error("PED0309", field.value, f"`{field.key.text}:` is a rubric's total, or one of its criteria",
                    "write for example `Quality.total`")
        return None
    reference = rubric.resolve(field.value.of, scope)
    if reference is None:
        return None
    node = rubric.rubric(graph, reference, field.value.of, stage, scope)
    name = field.value.name
    criteria = {each.name: each for each in node.payload.criteria}
    if name.text != "total" and name.text not in criteria:
        scope.error("PED0304", name, f"the rubric `{node.name}` has no criterion `{name.text}`",
                    did_you_mean(name.text, ("total", *criteria), "there is"))
        return None
    return _Metric(node, "" if name.text == "total" else name.text)


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


class _Slots(NamedTuple):
    """What is tuned, and what is left as it is."""

    tune: tuple[plan.Slot, ...] = ()
    frozen: tuple[plan.Slot, ...] = ()


def _slots(graph: Graph, known: Mapping[str, tree.Field], stage: Stage, scope: Scope) -> _Slots:
    frozen = [slot for each in _listed(known.get("freeze"), scope) if (slot := _slot(each, True, scope)) is not None]
    seen: dict[tuple[tree.Node, str], tree.Node] = {}
    tuned: list[plan.Slot] = []
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
            tuned.append(_kept(slot))
    return _Slots(tuple(tuned), tuple(_kept(each) for each in frozen))


def _kept(slot: _Slot) -> plan.Slot:
    decl = slot.owner.found.decl
    kind = "move" if isinstance(decl, tree.MoveDecl) else "model" if isinstance(decl, tree.ModelDecl) else "role"
    name = decl.name.text if isinstance(decl, tree.MoveDecl | tree.ModelDecl | tree.RoleDecl | tree.StudentDecl) else ""
    return msgspec.convert({"kind": kind, "owner": name, "part": slot.slot}, plan.Slot)


def _changes(known: Mapping[str, tree.Field], method: str, tuned: Sequence[plan.Slot], scope: Scope) -> None:
    """Reports what is tuned and the method leaves as it is: nobody would look for anything better there."""
    left = [f"`{slot.owner}.{slot.part}`" for slot in tuned if slot.part not in CHANGES[method]]
    if not left:
        return
    does = " and ".join(_NAMED[part] for part in CHANGES[method])
    others = [name for name, parts in CHANGES.items() if all(slot.part in parts for slot in tuned)]
    at = known.get("method", known["tune"]) if len(left) == len(tuned) else known["tune"]
    scope.error("PED0913", at.value, f"`{method}` changes {does}, and leaves {' and '.join(left)} as it is",
                f"take a method that changes it: {', '.join(others)}" if others else
                "take it out of `tune:`, and tune it in an optimization of its own")


def _features(field: tree.Field | None, tuned: Sequence[plan.Slot], stage: Stage,
              scope: Scope) -> dict[str, nodes.Expr]:
    """What a learnt policy looks at: numbers and truths that its role may see."""
    if field is None:
        return {}
    owners = [slot.owner for slot in tuned if slot.kind == "role" and slot.part == "policy"]
    members = {who: role for who, role in stage.roles.items() if role.name in owners}
    if not members:
        scope.error("PED0909", field.key, "`features:` are what a policy looks at, and no policy is tuned",
                    "add a role's policy to `tune:`, for example `tune: [Tutor.policy]`")
        return {}
    inner = scope.binding(stage.values)
    found: dict[str, nodes.Expr] = {}
    for name, value in fields.entries(field, scope).items():
        typed = elaborate.expression(value, inner)
        if typed.type.name not in _MEASURED or typed.type.optional:
            inner.error("PED0301", value, f"the feature `{name}` is {operators.amount(typed.type)}",
                        "a feature is a number, or true or false, always: say with `??` what holds without one")
        for who, role in members.items():
            speech.hide(seeing.hidden(seeing.paths(typed.expr), who, role.sees), who, value, inner)
        found[name] = typed.expr
    return found


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


_Selected = tuple[plan.Selection, Node[plan.Dataset]]


def _rows(graph: Graph, known: Mapping[str, tree.Field], scope: Scope) -> dict[str, _Selected]:
    """Rows that are learnt from and rows that are tried are others."""
    found: dict[str, _Selected] = {}
    for key in ("trainset", "devset", "testset"):
        if key not in known:
            continue
        selected = data.selection(graph, known[key].value, scope)
        if selected is None:
            continue
        selection = selected[0]
        for name, (other, dataset) in found.items():
            if other.dataset == selection.dataset and splits.overlap(dataset.payload, other.split, selection.split):
                scope.error("PED0823", known[key].value, f"`{key}:` has rows of `{name}:`",
                            f"take rows that `{name}:` does not have", also=(known[name].value, "the same rows"))
                break
        found[key] = selected
    return found
