"""A program in the house layout, as the edits that lead to it."""

from __future__ import annotations

from lsprotocol import types

from pedalang.compiler.syntax import format
from pedalang.diagnostic import Report
from pedalang.lsp.documents import Document


def formatting(document: Document) -> list[types.TextEdit]:
    """The lines that change, as one edit; none where the text cannot be read, or is as it should be."""
    report = Report()
    document.tree(report)
    new = None if report.errors else format.format(document)
    return document.becoming(new) if new is not None else []
