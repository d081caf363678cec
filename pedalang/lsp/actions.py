"""What an editor can do about a mistake: the fixes that come with it, one by one, or all those that are safe."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from pedalang.diagnostic import Diagnostic, Fix
from pedalang.lsp import diagnostics
from pedalang.lsp.documents import Document
from pedalang.lsp.workspace import Workspace

KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]


def actions(workspace: Workspace, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The fixes of the mistakes in a range; and, where only that is asked for, of all in the file."""
    start, end = document.offset(params.range.start), document.offset(params.range.end)
    only = params.context.only
    found: list[types.CodeAction] = []
    if _wanted(types.CodeActionKind.QuickFix, only):
        for each in workspace.diagnostics(document):
            if each.span is not None and each.span.start <= end and each.span.end >= start:
                found += [_action(fix, each, document) for fix in each.fixes]
    if only and _wanted(types.CodeActionKind.SourceFixAll, only):
        found += _all(workspace, document)
    return found


def _wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a kind of action is asked for; one that is asked for stands for all below it."""
    kind = str(getattr(kind, "value", kind))
    return not only or any(kind == name or kind.startswith(f"{name}.")
                           for each in only if (name := str(getattr(each, "value", each))))


def _action(fix: Fix, of: Diagnostic, document: Document) -> types.CodeAction:
    changes: dict[str, list[types.TextEdit]] = {}
    for span, text in fix.edits:
        if isinstance(span.source, Document):
            edit = types.TextEdit(span.source.range(span.start, span.end), text)
            changes.setdefault(span.source.uri, []).append(edit)
    return types.CodeAction(fix.title, types.CodeActionKind.QuickFix, [diagnostics.converted(of, document)],
                            is_preferred=len(of.fixes) == 1, edit=types.WorkspaceEdit(changes))


def _all(workspace: Workspace, document: Document) -> list[types.CodeAction]:
    """All fixes that are safe, as `ped check --fix` makes them."""
    changes = {each.uri: edits for each, new in workspace.program(document).mended().items()
               if (edits := each.becoming(new))}
    return [types.CodeAction("make all safe fixes", types.CodeActionKind.SourceFixAll,
                             edit=types.WorkspaceEdit(changes))] if changes else []
