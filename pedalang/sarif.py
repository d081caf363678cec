"""Diagnostics as SARIF 2.1.0, which code hosts and editors read. Property names are those of the standard:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pedalang import resources
from pedalang.diagnostic import Diagnostic, Edit, Fix, Label
from pedalang.source import Source, Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PAGE = re.compile(r"# PED\d{4}: (?P<title>[^\n]+)\n\n(?P<first>.*?)(?:\n\n|\Z)", re.DOTALL)

Where = Callable[[Source], str]
"""From a source to the path of its file, as the reader of the log will look for it."""


def log(diagnostics: Sequence[Diagnostic], where: Where) -> dict[str, Any]:
    """The log of one run of the compiler: its rules are the codes that were found, described by their pages."""
    codes = sorted({each.code for each in diagnostics})
    driver = {"name": "pedalang", "semanticVersion": _version(), "rules": [_rule(code) for code in codes]}
    results = [_result(each, codes.index(each.code), where) for each in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _version() -> str:
    try:
        return version("pedalang")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0.0.0"


def _rule(code: str) -> dict[str, Any]:
    page = (resources.folder("diagnostics") / f"{code}.md").read_text(encoding="utf-8")
    found = _PAGE.match(page)
    assert found is not None, f"the page of {code} has no title and description"
    first = " ".join(found["first"].split())
    return {"id": code, "shortDescription": {"text": found["title"]}, "fullDescription": {"text": first},
            "help": {"text": first, "markdown": page}}


def _result(found: Diagnostic, rule: int, where: Where) -> dict[str, Any]:
    text = f"{found.message}; {found.help}" if found.help else found.message
    result: dict[str, Any] = {"ruleId": found.code, "ruleIndex": rule, "level": found.severity,
                              "message": {"text": f"{found.place}: {text}" if found.place else text}}
    if found.labels:
        result["locations"] = [_location(found.labels[0], where)]
        result["relatedLocations"] = [{"id": number, **_location(label, where)}
                                      for number, label in enumerate(found.labels[1:])]
    if found.fixes:
        result["fixes"] = [_fix(fix, where) for fix in found.fixes]
    return result


def _location(label: Label, where: Where) -> dict[str, Any]:
    physical = {"artifactLocation": _artifact(label.span.source, where), "region": _region(label.span)}
    return {"physicalLocation": physical, **({"message": {"text": label.text}} if label.text else {})}


def _artifact(source: Source, where: Where) -> dict[str, str]:
    """A file as a URI: an absolute one of an absolute path."""
    path = PurePath(where(source))
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _region(span: Span) -> dict[str, int]:
    """Lines and columns from 1; the end column is the one after, as in the standard."""
    start, end = span.source.place(span.start), span.source.place(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _fix(fix: Fix, where: Where) -> dict[str, Any]:
    files = list(dict.fromkeys(edit.span.source for edit in fix.edits))
    changes = [{"artifactLocation": _artifact(file, where),
                "replacements": _replacements(edit for edit in fix.edits if edit.span.source is file)}
               for file in files]
    return {"description": {"text": fix.title}, "artifactChanges": changes}


def _replacements(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    return [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in edits]
