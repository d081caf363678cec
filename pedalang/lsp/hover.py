"""What a name is: how it is declared, its type, its documentation."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from lsprotocol import types

from pedalang.compiler.contracts import telling
from pedalang.compiler.syntax import tree
from pedalang.drawing import chart, svg
from pedalang.lsp.documents import Document
from pedalang.lsp.symbols import Builtin, Symbol, Target
from pedalang.lsp.workspace import Workspace

_ASSURANCES = {"proved": "proved: no run of the flow can break it",
               "shieldable": "shieldable: the teacher can keep it, whatever the others do",
               "monitored": "monitored: nothing is sure to keep it"}
MAX_HEAD = 400
"""Characters of a declaration that are shown."""


def hover(workspace: Workspace, document: Document, position: types.Position) -> types.Hover | None:
    """What there is to say of the name at a place; None where there is none."""
    use = workspace.index(document).at(document.offset(position))
    if use is None:
        return None
    shown = described(use.target)
    if isinstance(use.target, Symbol) and isinstance(use.target.node, tree.FlowDecl):
        shown = _joined(shown, _flow(use.target), _picture(workspace, document, use.target))
    if isinstance(use.target, Symbol) and isinstance(use.target.node, tree.Clause):
        shown = _joined(shown, *_clause(workspace, document, use.target))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, shown), document.range(use.start, use.end))


def _flow(symbol: Symbol) -> str:
    """The phases of a flow, with where each leads."""
    assert isinstance(symbol.node, tree.FlowDecl)
    lines: list[str] = []
    for item in symbol.node.items:
        if isinstance(item, tree.Phase):
            ways = (each.phase.text for each in item.items if isinstance(each, tree.Goto))
            shown = ", ".join(f"`{way}`" for way in dict.fromkeys(ways))
            lines.append(f"- `{item.name.text}`" + (f" → {shown}" if shown else ""))
    return "\n".join(lines)


def _picture(workspace: Workspace, document: Document, symbol: Symbol) -> str:
    """The flow as a picture, where the client shows pictures and the program is without errors."""
    program, _ = workspace.home(document)
    plan = program.compilation.plan if workspace.shows_pictures else None
    if plan is None or symbol.name not in plan.flows:
        return ""
    drawn = svg.draw(chart.of_flow(plan, symbol.name))
    return f"![the flow](data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()})"


def _clause(workspace: Workspace, document: Document, symbol: Symbol) -> Iterator[str]:
    """How sure a clause is, the size of its automaton, and the shortest dialogue that keeps it and that breaks it: for
    each contract that it stands in."""
    program, _ = workspace.home(document)
    of = program.compilation.plan
    place = symbol.module.place(symbol.word)
    for contract in of.contracts.values() if of is not None else ():
        for clause in contract.clauses:
            found = program.compilation.promises.findings.get((contract.name, clause.name))
            if clause.place != place or found is None or clause.automaton is None:
                continue
            count = len(clause.automaton.standings)
            states = f"{count} state{'' if count == 1 else 's'}"
            lines = [f"{_ASSURANCES[clause.assurance]} ({states})" if found.looked else states]
            lines += [f"kept by `{telling.text(found.success)}`"] * bool(found.success)
            lines += [f"broken by `{telling.text(found.breach)}`"] * bool(found.breach)
            yield "\n".join(f"- {line}" for line in lines)


def described(target: Target) -> str:
    """A name in Markdown: its declaration, then its documentation."""
    if isinstance(target, Builtin):
        of = f": {target.type}" if target.type is not None else ""
        return _joined(_code(f"{target.name}{of}"), f"{_article(target.kind)} of the language", target.doc)
    shown = {"module": f"module {target.name or 'main'}"}.get(target.kind) or head(target)
    return _joined(_code(shown), _where(target), target.doc)


def head(symbol: Symbol) -> str:
    """A declaration without what is in its braces, on one line."""
    source, node = symbol.module.source, symbol.node
    match node:
        case tree.TypeField() | tree.StateVar() | tree.Param():
            return f"{symbol.name}: {symbol.type}"
        case tree.Cast(role=role):
            return f"cast {symbol.name}: {source.text[role.start:role.end]}"
        case tree.TypeDecl() | tree.EnumDecl() | tree.ScaleDecl() | tree.LetDecl() | tree.LetTyped() | tree.DefDecl():
            return _one_line(source.text[node.start:node.end])
        case tree.EnumCase() | tree.Clause() | tree.Goto():
            start = symbol.word.start if isinstance(node, tree.Clause) else node.start
            return _one_line(source.text[start:node.end])
        case tree.Criterion() | tree.Phase() | tree.Act() | tree.Decl() | tree.MovesDecl() | tree.MovesOrdered():
            text = source.text[symbol.word.start:node.end]
            return _one_line(f"{symbol.kind} {text if symbol.kind == 'set of moves' else text.partition('{')[0]}")
    if symbol.type is not None and symbol.kind in ("variable", "draw", "field"):
        return f"{symbol.name}: {symbol.type}"
    return _one_line(source.text[node.start:node.end].partition("{")[0])


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_HEAD else f"{line[:MAX_HEAD].rstrip()} …"


def _where(symbol: Symbol) -> str:
    home = symbol.module.name
    return f"{_article(symbol.kind)}" + (f", from `{home}`" if home and symbol.kind != "module" else "")


def _article(kind: str) -> str:
    names = {"member": "member of the cast", "state": "variable of the state", "draw": "draw of a handler"}
    shown = names.get(kind, kind)
    return f"{'an' if shown[0] in 'aeiou' else 'a'} {shown}"


def _code(text: str) -> str:
    return f"```ped\n{text.strip()}\n```"


def _joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)
