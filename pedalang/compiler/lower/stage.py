"""What contracts, rubrics and runs see of a flow: its parameters, its cast and what they do, its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec import structs

from pedalang import plan
from pedalang.compiler.ir.graph import Graph
from pedalang.compiler.ir.nodes import Node
from pedalang.compiler.semantics import elaborate, operators, types, written
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import NOTHING, Scope, Typed
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import did_you_mean
from pedalang.expression import nodes, values
from pedalang.source import Span


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
    models: Mapping[str, Span] = field(default_factory=dict)
    """Where it is said which model speaks for a member of the cast."""
    judged_by: dict[tree.Node, list[tuple[Mapping[str, Typed], Node[Any]]]] = field(default_factory=dict, compare=False)
    """The contracts and rubrics that are over the flow already, by declaration, with their arguments."""

    @property
    def does(self) -> Mapping[str, frozenset[str]]:
        """The moves and acts that each member of the cast can make."""
        return {name: frozenset((*role.moves, *(act.name for act in role.acts))) for name, role in self.roles.items()}


Part = TypeVar("Part", plan.Contract, plan.Rubric)


def instance(graph: Graph, payload: Part, arguments: Mapping[str, Typed], at: tree.Node,
             scope: Scope) -> Part | Node[Part]:
    """A contract or rubric under the name that it has over its flow, or its node where it is there already. It is
    called as it is declared; with other arguments these stand behind its name, and over a second flow that one.
    Reported where another declaration has the name."""
    uses: list[Part] = []
    for node in graph.nodes(type(payload)):
        if node.payload.place == payload.place and node.payload == structs.replace(payload, name=node.name):
            return node
        if node.payload.place == payload.place:
            uses.append(node.payload)
        elif node.name == payload.name:
            what = "contracts" if isinstance(payload, plan.Contract) else "rubrics"
            scope.error("PED0202", at, f"two {what} are called `{payload.name}`", "give one of them another name")
            return node
    name, taken = payload.name, {use.name for use in uses}
    elsewhere = name in taken and not any(use.name == name and use.flow == payload.flow for use in uses)
    if any(use.flow == payload.flow for use in uses):
        name = f"{name}({', '.join(map(_shown, arguments.values()))})"
    if elsewhere:
        name = f"{name}@{payload.flow}"
    same = sum(each.partition("#")[0] == name for each in taken)
    return structs.replace(payload, name=f"{name}#{same + 1}" if same else name)


def known(over: Stage, decl: tree.Node, arguments: Mapping[str, Typed]) -> Node[Any] | None:
    """The node of a contract or rubric that was read with these arguments before."""
    return next((node for given, node in over.judged_by.get(decl, ()) if given == arguments), None)


def note(over: Stage, decl: tree.Node, arguments: Mapping[str, Typed], node: Node[Part]) -> Node[Part]:
    """Remembers a node for `known`."""
    over.judged_by.setdefault(decl, []).append((arguments, node))
    return node


def _shown(argument: Typed) -> str:
    match argument.expr:
        case nodes.Lit(value) if value is not None:
            return values.to_text(value)
        case nodes.Name(name):
            return name
    return "…"


def only_one(graph: Graph, kind: type[Part], found: Declared[tree.ContractDecl] | Declared[tree.RubricDecl],
             over: Stage, scope: Scope) -> Node[Part] | None:
    """What a bare name means whose parameters the flow does not give: the one use of it over the flow with arguments,
    if there is just one."""
    inner = scope.inside(found, {})
    for param in found.decl.params or ():
        here = over.params.get(param.key.text)
        if param.default is None if here is None else not types.fits(here.type, written.read(param.type, inner)):
            break
    else:
        return None
    place = found.module.place(found.decl.name)
    uses = [node for node in graph.nodes(kind) if (node.payload.flow, node.payload.place) == (over.name, place)]
    return uses[0] if len(uses) == 1 else None


def bound(found: Declared[tree.ContractDecl] | Declared[tree.RubricDecl], word: tree.Word, at: tree.Node,
          arguments: tuple[tree.Argument, ...], stage: Stage, scope: Scope) -> dict[str, Typed]:
    """The parameters of a contract or rubric: as given, else the flow's parameters with the same names, else their
    defaults."""
    declared = found.decl.params or ()
    inner = scope.inside(found, {})
    if arguments:
        given = elaborate.bind(found, word, at, declared, arguments, scope.binding(stage.values))
        return given or {param.key.text: NOTHING for param in declared}
    held: dict[str, Typed] = {}
    for param in declared:
        name, wanted = param.key.text, written.read(param.type, inner)
        here = stage.params.get(name)
        if here is not None and not types.fits(here.type, wanted):
            inner.error("PED0301", param.type, f"`{name}` of the flow `{stage.name}` is "
                        f"{operators.article(here.type)}, where {operators.article(wanted)} is wanted")
            here = NOTHING
        elif here is None and param.default is not None:
            here = Typed(wanted, elaborate.expression(param.default, inner.binding(held), wanted).expr)
        elif here is None:
            here = inner.error("PED0307", param.key, f"the flow `{stage.name}` has no parameter `{name}`",
                               did_you_mean(name, stage.params) or f"write `{word.text}({name}: …)` where it is used")
        held[name] = here
    return held
