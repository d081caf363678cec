"""Curricula: in which order problems come."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node, carrying
from pedalang.compiler.lower import data, fields
from pedalang.compiler.lower.runs import Bound
from pedalang.compiler.semantics import numerals, references
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope
from pedalang.compiler.syntax import texts, tree
from pedalang.diagnostic import did_you_mean

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "fixed": (), "random": (), "easy_first": (), "bloom": (), "sec": ("rate", "temperature"),
    "dump": ("window", "temperature"), "adcl": ("batch", "rate"), "cyclical": ("low", "high", "step"),
    "regret": ("window", "temperature"), "skill_tree": ("mastered", "rate"),
}
"""In which order problems come, as they stand, drawn, or by a rule of the literature; and the numbers of each."""
ADAPTIVE = ("sec", "dump", "adcl", "cyclical", "regret", "skill_tree")
"""Orders that go by what comes of problems."""
_READS = {"easy_first": ("by",), "bloom": ("by", "across"), "sec": ("by",), "dump": ("by",), "adcl": ("by",),
          "regret": ("by",), "skill_tree": ("by", "after")}
"""What an order reads of the problems; what is before it stands here for all others."""
_NEEDS = {"easy_first": ("by",), "bloom": ("by",), "skill_tree": ("by", "after")}
_EXAMPLES = {"by": "by: \"level\"", "after": "after: { unlike: [like] }"}
_WHOLE = ("window", "batch")
_OPEN = ("step",)
"""Numbers between 0 and 1; the others may be 1 too, and a temperature more."""
_KEYS = ("order", "data", "by", "across", "after", "rate", "temperature", "window", "batch", "low", "high", "step",
         "mastered", "seed")
_MOST = 1_000_000


def curriculum(graph: Graph, found: Declared[tree.CurriculumDecl], scope: Scope) -> None:
    """Adds a curriculum."""
    decl = found.decl
    before = len(scope.report.errors)
    if decl.params is not None:
        scope.error("PED0210", decl.name, "a curriculum has no parameters", "leave `(…)` out")
    known = fields.read(decl.fields, _KEYS, scope, "a curriculum")
    for key, example in {"order": "fixed", "data": "DATA"}.items():
        if key not in known:
            scope.error("PED0702", decl.name, f"the curriculum `{decl.name.text}` has no `{key}:`",
                        f"add `{key}: {example}`")
    order = fields.word(known.get("order"), scope, tuple(SETTINGS), "fixed")
    seed = fields.whole(known["seed"].value if "seed" in known else None, scope, "a seed", least=0)
    selected = data.selection(graph, known["data"].value, scope) if "data" in known else None
    records = graph.after(selected[1].id, "makes", plan.RecordType) if selected is not None else []
    if len(scope.report.errors) == before:
        _fitting(known, order, decl, scope)
    by, across = (_field(known.get(key), records, scope) for key in ("by", "across"))
    after = _after(known.get("after"), _cases(records, by), scope)
    settings = _settings(known, scope)
    if len(scope.report.errors) > before or selected is None:
        return
    payload = plan.Curriculum(decl.name.text, order, selected[0], by, seed, scope.module.place(decl.name), across,
                              after, settings)
    node = graph.add(carrying(payload, payload.name, scope.span(decl.name)))
    graph.link(node.id, "reads", selected[1].id)


def of_course(graph: Graph, known: Mapping[str, tree.Field], lessons: Bound | None, scope: Scope) -> str:
    """The curriculum of a course, of the lessons' own problems; empty where there is none, or after a mistake."""
    if "curriculum" not in known:
        return ""
    at = known["curriculum"].value
    found = references.resolve(at, scope, "a curriculum", tree.CurriculumDecl)
    if found is None:
        return ""
    node = _made(graph, found, scope)
    if node is None:
        return ""
    if lessons is not None and node.payload.data.dataset != lessons.selection.dataset:
        scope.error("PED0917", at, f"`{node.name}` orders rows of `{node.payload.data.dataset}`, and the lessons are "
                    f"of `{lessons.selection.dataset}`", "order the problems of the lessons")
    if node.payload.order in ADAPTIVE and "score" not in known:
        scope.error("PED0918", at, f"the order `{node.payload.order}` goes by what comes of lessons, and no `score:` "
                    "says what that is", "add `score: RUBRIC`")
    return node.name


def _made(graph: Graph, found: references.Reference[tree.CurriculumDecl], scope: Scope) -> Node[plan.Curriculum] | None:
    """Its node; one of another module is made here."""
    name = found.found.decl.name.text
    if f"curriculum:{name}" not in graph and found.found.module is not scope.module:
        curriculum(graph, found.found, scope.of_module(found.found.module))
    return next((node for node in graph.nodes(plan.Curriculum) if node.name == name), None)


def _fitting(known: Mapping[str, tree.Field], order: str, decl: tree.CurriculumDecl, scope: Scope) -> None:
    """Reports what an order needs and lacks, and what it has no use for."""
    for key in _NEEDS.get(order, ()):
        if key not in known:
            what = "reads a field of the problems, and no `by:` says which" if key == "by" else \
                "goes from skill to skill, and no `after:` says which come first"
            scope.error("PED0702", decl.name, f"the order `{order}` {what}", f"add for example `{_EXAMPLES[key]}`")
    uses = ("order", "data", "seed", *_READS.get(order, ()), *SETTINGS[order])
    for key, field in known.items():
        if key not in uses:
            scope.error("PED0210", field.key, f"the order `{order}` has no `{key}:`", did_you_mean(key, uses, "it has"))


def _field(field: tree.Field | None, records: Iterable[Node[plan.RecordType]], scope: Scope) -> str:
    """The name of a field of the problems; empty where there is none."""
    if field is None:
        return ""
    if not isinstance(field.value, tree.Text):
        scope.error("PED0309", field.value, f"`{field.key.text}:` is the name of a field, in quotes",
                    f"write for example `{field.key.text}: \"level\"`")
        return ""
    name = texts.plain(scope.module.source, field.value.word)
    there = [spec.name for record in records for spec in record.payload.fields]
    if there and name not in there:
        scope.error("PED0304", field.value, f"the rows have no field `{name}`", did_you_mean(name, there, "they have"))
    return name


def _cases(records: Iterable[Node[plan.RecordType]], by: str) -> tuple[str, ...]:
    return next((spec.cases for record in records for spec in record.payload.fields if spec.name == by), ())


def _after(field: tree.Field | None, cases: tuple[str, ...], scope: Scope) -> dict[str, tuple[str, ...]]:
    """Which skills come before a skill."""
    found: dict[str, tuple[str, ...]] = {}
    for skill, value in fields.entries(field, scope).items():
        if cases and skill not in cases:
            scope.error("PED0704", value, f"there is no skill `{skill}`", did_you_mean(skill, cases, "there is"))
        found[skill] = fields.labels(value, cases, scope)
    try:
        graphlib.TopologicalSorter(found).prepare()
    except graphlib.CycleError as error:
        assert field is not None
        scope.error("PED0919", field.value, f"no skill comes first: {' before '.join(map(str, error.args[1]))}",
                    "take one of these out")
    return found


def _settings(known: Mapping[str, tree.Field], scope: Scope) -> dict[str, float]:
    """The numbers of the order that a program sets."""
    found: dict[str, float] = {}
    for key in sorted({each for keys in SETTINGS.values() for each in keys} & known.keys()):
        value = known[key].value
        if key in _WHOLE:
            whole = fields.whole(value, scope, f"`{key}:`")
            found |= {key: float(whole)} if whole is not None else {}
            continue
        numeral = numerals.read(value.word) if isinstance(value, tree.Number | tree.Quantity) else None
        amount = None if numeral is None else {"Percent": numeral.value / 100}.get(
            numeral.type.name, numeral.value if numeral.type.name in ("Int", "Float") else None)
        most = _MOST if key == "temperature" else 1
        if amount is None or not 0 < amount <= most or (key in _OPEN and amount == 1):
            scope.error("PED0920", value, f"`{key}:` is a number above 0" if key == "temperature" else
                        f"`{key}:` is a number above 0 and {'below' if key in _OPEN else 'at most'} 1",
                        f"write for example `{key}: 0.5`")
        else:
            found[key] = float(amount)
    if found.get("low", 0) > found.get("high", 1):
        scope.error("PED0920", known["low"].value, "`low:` is above `high:`", "the share grows from `low:` to `high:`")
    return found
