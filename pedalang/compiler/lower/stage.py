"""What contracts, rubrics and runs see of a flow: its parameters, its cast and what they do, its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.semantics import elaborate, operators, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean


@dataclass(frozen=True, slots=True)
class Stage:
    """A flow's names: `params` and `values` (parameters, cast, dialogue) as values, the roles of the cast. `failed` are
    members of the cast whose mistakes have been reported: they may do more than is known; `defaults` are parameters
    that need not be given; `given` says whether it begins in the middle of a recorded dialogue."""

    name: str
    params: Mapping[str, Typed]
    values: Mapping[str, Typed]
    roles: Mapping[str, plan.Role]
    phases: tuple[str, ...]
    failed: frozenset[str] = frozenset()
    defaults: frozenset[str] = frozenset()
    given: bool = False

    @property
    def does(self) -> Mapping[str, frozenset[str]]:
        """The moves and acts that each member of the cast can make."""
        return {name: frozenset((*role.moves, *(act.name for act in role.acts))) for name, role in self.roles.items()}


def instance(graph: Graph, kind: str, name: str, stage: Stage) -> str:
    """What a contract or rubric is called over a flow: its own name, with the flow's where another flow has it too."""
    id = f"{kind}:{name}"
    if id not in graph:
        return name
    payload = graph.node(id).payload
    same = isinstance(payload, plan.Contract | plan.Rubric) and payload.flow == stage.name
    return name if same else f"{name}@{stage.name}"


def bound(found: Declared[tree.ContractDecl] | Declared[tree.RubricDecl], word: tree.Word, at: tree.Node,
          arguments: tuple[tree.Argument, ...], stage: Stage, scope: Scope) -> dict[str, Typed]:
    """The parameters of a contract or rubric: as given, else the flow's parameters with the same names, else their
    defaults."""
    declared = found.decl.params or ()
    inner = scope.inside(found, {})
    if arguments:
        given = elaborate.bind(found, word, at, declared, arguments, scope.binding(stage.values))
        return given or {param.key.text: NOTHING for param in declared}
    values: dict[str, Typed] = {}
    for param in declared:
        name, wanted = param.key.text, written.read(param.type, inner)
        here = stage.params.get(name)
        if here is not None and not types.fits(here.type, wanted):
            inner.error("PED0301", param.type, f"`{name}` of the flow `{stage.name}` is "
                        f"{operators.article(here.type)}, where {operators.article(wanted)} is wanted")
            here = NOTHING
        elif here is None and param.default is not None:
            here = Typed(wanted, elaborate.expression(param.default, inner.binding(values), wanted).expr)
        elif here is None:
            here = inner.error("PED0307", param.key, f"the flow `{stage.name}` has no parameter `{name}`",
                               did_you_mean(name, stage.params) or f"write `{word.text}({name}: …)` where it is used")
        values[name] = here
    return values
