"""The tests and properties of a program as a file for pytest, whose dialogues Hypothesis draws."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from pedalang import plan

_HEAD = '''\
"""The tests and properties of {name}, for pytest. Written by `ped test --emit pytest`: write it anew when there are
others."""

from __future__ import annotations

from pathlib import Path

{imports}
PROGRAM = strategies.program(Path(__file__).parent / {path!r})
'''

_PROPERTY = '''

@settings(max_examples={runs}, deadline=None)
@given(PROGRAM.property({name!r}))
def test_{function}(dialogue: strategies.Dialogue) -> None:
    assert not dialogue.broken, dialogue
'''

_TEST = '''

def test_{function}() -> None:
    assert not PROGRAM.test({name!r})
'''


def pytest_file(of: plan.Plan, path: PurePath) -> str:
    """The text of the file; `path` leads from its folder to the program."""
    functions = _functions([*of.tests, *of.properties])
    drawn = "from hypothesis import given, settings\n\n" if of.properties else ""
    parts = [_HEAD.format(name=path.name, path=path.as_posix(),
                          imports=f"{drawn}from pedalang.testing import strategies\n")]
    parts += [_TEST.format(function=next(functions), name=name) for name in of.tests]
    parts += [_PROPERTY.format(function=next(functions), name=name, runs=each.runs)
              for name, each in of.properties.items()]
    return "".join(parts)


def _functions(names: Iterable[str]) -> Iterator[str]:
    """A name of a function for each, no two alike."""
    taken: set[str] = set()
    for name in names:
        stem = re.sub(r"\W+", "_", name.lower()).strip("_") or "it"
        number = 1
        while (found := stem if number == 1 else f"{stem}_{number}") in taken:
            number += 1
        taken.add(found)
        yield found
