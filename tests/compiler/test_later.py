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
]


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
    assert (found.severity, made.ok) == ("error", False)
