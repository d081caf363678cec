"""What is wrong with a program, as an editor shows it."""

from __future__ import annotations

from lsprotocol import types

from pedalang import diagnostic, resources
from pedalang.lsp.documents import MAX_CHARACTERS, Document, location, uri_of
from pedalang.lsp.workspace import Workspace

_SEVERITIES = {"error": types.DiagnosticSeverity.Error, "warning": types.DiagnosticSeverity.Warning,
               "note": types.DiagnosticSeverity.Information}
_UNUSED = ("PED0204", "PED0212")
"""Codes of what could be taken out: editors show it faded."""


def published(workspace: Workspace, document: Document) -> list[types.Diagnostic]:
    """All that there is to say of a document; of one that is too long, just that."""
    if len(document.text) > MAX_CHARACTERS:
        return [types.Diagnostic(document.range(0, 0), "this file is too long to be checked while it is typed\n"
                                 "help: use `ped check`", types.DiagnosticSeverity.Information, source="ped")]
    return [converted(each, document) for each in workspace.diagnostics(document)]


def converted(of: diagnostic.Diagnostic, document: Document) -> types.Diagnostic:
    """One diagnostic; its related places become related information, and its code a link to its page."""
    span = of.span
    first = of.labels[0].text if of.labels else ""
    return types.Diagnostic(
        range=document.range(span.start, span.end) if span is not None else document.range(0, 0),
        message="\n".join(part for part in (of.message, first, f"help: {of.help}" if of.help else "") if part),
        severity=_SEVERITIES[of.severity],
        code=of.code,
        code_description=_page(of.code),
        source="ped",
        tags=[types.DiagnosticTag.Unnecessary] if of.code in _UNUSED else None,
        related_information=[
            types.DiagnosticRelatedInformation(place, label.text or "see here") for label in of.labels[1:]
            if (place := location(label.span)) is not None] or None,
    )


def _page(code: str) -> types.CodeDescription | None:
    path = resources.folder("diagnostics") / f"{code}.md"
    return types.CodeDescription(uri_of(path)) if path.is_file() else None
