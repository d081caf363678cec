"""Courses: a learner's way through many problems, with tests before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import carrying
from pedalang.compiler.lower import budget, curricula, data, fields, runs, splits
from pedalang.compiler.lower.runs import Bound
from pedalang.compiler.lower.stage import Stage
from pedalang.compiler.lower.trials import StageOf
from pedalang.compiler.semantics import references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean

_COURSE = ("flow", "learner", "learners", "keep", "pretest", "lessons", "length", "posttest", "score", "check",
           "curriculum", "seed", "budget")
_NEEDED = {"flow": "FLOW", "lessons": "DATA"}
_MOST_LEARNERS = 10_000


def course(graph: Graph, found: Declared[tree.CourseDecl], stage_of: StageOf, scope: Scope) -> None:
    """Adds a course."""
    decl = found.decl
    before = len(scope.report.errors)
    if decl.params is not None:
        scope.error("PED0210", decl.name, "a course has no parameters", "leave `(…)` out")
    known = fields.read(decl.fields, _COURSE, scope, "a course")
    for key, example in _NEEDED.items():
        if key not in known:
            scope.error("PED0702", decl.name, f"the course `{decl.name.text}` has no `{key}:`",
                        f"add `{key}: {example}`")
    seed, length = (_whole(known.get(key), scope, least) for key, least in (("seed", 0), ("length", 1)))
    costs = budget.read(known.get("budget"), scope)
    flow = references.resolve(known["flow"].value, scope, "a flow", tree.FlowDecl) if "flow" in known else None
    stage = stage_of(flow.found) if flow is not None else None
    if flow is None or stage is None:
        return
    who = _who(graph, known.get("learners"), stage, scope)
    bound = {key: made for key in ("lessons", "pretest", "posttest") if key in known
             and (made := _bound(graph, flow, known["flow"], stage, known[key], who, scope)) is not None}
    learner = _learner(known, decl, stage, scope)
    keep = _kept(known.get("keep"), stage.roles[learner], scope) if learner else ()
    chosen = curricula.of_course(graph, known, bound.get("lessons"), scope)
    _tests(known, bound, scope)
    if len(scope.report.errors) > before or "lessons" not in bound or not learner:
        return
    lessons = bound["lessons"]
    payload = plan.Course(
        decl.name.text, stage.name, lessons.selection, learner, _selection(bound.get("pretest")),
        _selection(bound.get("posttest")), "", chosen, lessons.row,
        {name: typed.expr for name, typed in lessons.arguments.items()}, seed, costs, scope.module.place(decl.name),
        who.number, keep, length, people=who.rows, person=who.param)
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    runs.judged(graph, node.id, stage, known, scope)
    for dataset in dict.fromkeys((*(each.dataset.id for each in bound.values()), *who.reads)):
        graph.link(node.id, "reads", dataset)


class _Who(NamedTuple):
    """Who takes a course: a number of learners, or rows that each give the flow's parameter `param`; `reads` is the
    data of these."""

    number: int
    rows: plan.Selection | None = None
    param: str = ""
    reads: tuple[str, ...] = ()


def _who(graph: Graph, field: tree.Field | None, stage: Stage, scope: Scope) -> _Who:
    """What `learners:` says."""
    if field is None or isinstance(field.value, tree.Number | tree.Quantity):
        number = _whole(field, scope, 1) or 1
        if field is not None and number > _MOST_LEARNERS:
            scope.error("PED0305", field.value, f"a course has at most {_MOST_LEARNERS:,} learners")
        return _Who(number)
    selected = data.selection(graph, field.value, scope)
    if selected is None:
        return _Who(1)
    rows, dataset = selected
    makes = [node.name for node in graph.after(dataset.id, "makes", plan.RecordType)]
    params = [name for name, typed in stage.params.items() if str(typed.type) in makes]
    if len(params) != 1:
        number = "more than one" if params else "no"
        scope.error("PED0301", field.value, f"the flow `{stage.name}` has {number} parameter of the type of these rows",
                    "a row of learners gives one parameter of the flow, and a row of problems another")
        return _Who(1)
    return _Who(1, rows, params[0], (dataset.id,))


def _whole(field: tree.Field | None, scope: Scope, least: int) -> int | None:
    return None if field is None else fields.whole(field.value, scope, f"`{field.key.text}:`", least=least)


def _bound(graph: Graph, flow: references.Reference[tree.FlowDecl], named: tree.Field, stage: Stage, at: tree.Field,
           who: _Who, scope: Scope) -> Bound | None:
    selected = data.selection(graph, at.value, scope)
    if selected is None:
        return None
    return runs.bound(graph, flow, named.value, stage, at, selected, scope, (who.param,) if who.param else ())


def _selection(bound: Bound | None) -> plan.Selection | None:
    return bound.selection if bound is not None else None


def _learner(known: Mapping[str, tree.Field], decl: tree.CourseDecl, stage: Stage, scope: Scope) -> str:
    """The member of the cast who takes the course; empty after a mistake."""
    students = {who: role.name for who, role in stage.roles.items() if role.kind == "student"}
    at: tree.Node = decl.name
    if "learner" in known:
        at = known["learner"].value
        learner = references.resolve(known["learner"].value, scope, "a student", tree.StudentDecl)
        if learner is None:
            return ""
        name = learner.found.decl.name.text
        students = {who: role for who, role in students.items() if role == name}
        if not students and not stage.failed:
            scope.error("PED0201", at, f"`{name}` has no part in the flow `{stage.name}`",
                        did_you_mean(name, [role.name for role in stage.roles.values() if role.kind == "student"]))
            return ""
    if len(students) == 1:
        return next(iter(students))
    if not stage.failed:
        several = " and ".join(f"`{who}`" for who in students)
        scope.error("PED0916", at, f"{several} could take this course" if students else
                    f"nobody in the flow `{stage.name}` learns",
                    "say who: `learner: NAME`" if students and "learner" not in known else
                    "a course is for a flow with one student that it names")
    return ""


def _kept(field: tree.Field | None, learner: plan.Role, scope: Scope) -> tuple[str, ...]:
    """The variables of the learner that go on."""
    names = [variable.name for variable in learner.state]
    found: dict[str, tree.Node] = {}
    items = () if field is None else field.value.items if isinstance(field.value, tree.List) else (field.value,)
    for item in items:
        name = item.word.text if isinstance(item, tree.Name) else ""
        if name not in names:
            scope.error("PED0304", item, f"`{learner.name}` has no state `{name}`" if name else
                        "what is kept is a variable of the learner's state", did_you_mean(name, names, "it has"))
        elif name in found:
            scope.twice(item, f"`{name}`", found[name])
        else:
            found[name] = item
    return tuple(found)


def _tests(known: Mapping[str, tree.Field], bound: Mapping[str, Bound], scope: Scope) -> None:
    """Warns of tests that show nothing: one without the other, and those of problems that were practised."""
    alone = [key for key in ("pretest", "posttest") if key in known]
    if len(alone) == 1:
        other = "posttest" if alone == ["pretest"] else "pretest"
        scope.warning("PED0921", known[alone[0]].key, f"a {alone[0]} without a {other} shows no gain",
                      f"add `{other}:`; it may have the same problems")
    lessons, after = bound.get("lessons"), bound.get("posttest")
    if lessons is not None and after is not None and lessons.dataset.id == after.dataset.id and \
            splits.overlap(after.dataset.payload, lessons.selection.split, after.selection.split):
        scope.warning("PED0922", known["posttest"].value, "these problems are practised in the lessons",
                      "ask others after them: what was practised is remembered, and need not be understood")
