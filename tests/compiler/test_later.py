"""Nothing is silently ignored: what the language has and this version cannot run is refused, each thing by itself.

The page `docs/language/status.md` shows all of it in one program. Here one place of `lesson.ped` is written otherwise:
(what stands there once, what stands there instead), with `«…»` around what is refused.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pedalang.compiler import compile

Written = Callable[..., tuple[str, int, int]]

LATER = [
    ("predicate long_turn(most: Int = 40) by code", "predicate kind() by «human» { ask: \"Kind?\" }\n"
     "predicate long_turn(most: Int = 40) by code"),
    ("let enough = 3", "course «term» { flow: lesson  lessons: sums }\nlet enough = 3"),
    ("let enough = 3", "curriculum «year» { order: fixed  data: sums }\nlet enough = 3"),
]
BY_ITSELF = ("course", "curriculum")
"""Declarations that run nothing together with others: a file that has one can be checked, and run without it."""


@pytest.mark.parametrize("change", LATER, ids=lambda change: change[1][:60])
def test_it_is_refused(written: Written, change: tuple[str, str]) -> None:
    text, start, end = written(*change)
    made = compile.compile_text(text)
    (found,) = made.diagnostics
    assert found.code == compile.LATER
    assert found.message.endswith("cannot be run yet")
    assert found.help
    assert found.span is not None
    assert (found.span.start, found.span.end) == (start, end)
    by_itself = text[:start].endswith(tuple(f"{word} " for word in BY_ITSELF))
    assert (found.severity, made.ok) == (("warning", True) if by_itself else ("error", False))
