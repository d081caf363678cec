"""The results of tests as JUnit XML, which code hosts and editors read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from pedalang.testing import summary
from pedalang.testing.summary import Outcome

_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(program: str, outcomes: Sequence[Outcome]) -> str:
    """One suite for a program, one case for each test and property."""
    failed = sum(not outcome.ok for outcome in outcomes)
    cases = "".join(_case(program, outcome) for outcome in outcomes)
    return (f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites tests="{len(outcomes)}" failures="{failed}">\n'
            f'<testsuite name={_attribute(program)} tests="{len(outcomes)}" failures="{failed}" errors="0">\n'
            f"{cases}</testsuite>\n</testsuites>\n")


def _case(program: str, outcome: Outcome) -> str:
    head = f"<testcase classname={_attribute(program)} name={_attribute(outcome.name)}"
    if outcome.ok:
        return f"{head}/>\n"
    told = summary.to_text(outcome)
    first = told.partition("\n")[2].partition("\n")[0].strip()
    return f"{head}><failure message={_attribute(first)}>{escape(_printable(told))}</failure></testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_printable(text), {"\n": "&#10;"})


def _printable(text: str) -> str:
    """The text without the characters that XML has no place for."""
    return _UNPRINTABLE.sub("\ufffd", text)
