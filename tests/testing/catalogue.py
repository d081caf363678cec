"""The catalogue of planted bugs, its programs played by chance, and its properties tried as `ped test` tries them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pedalang import api, plan
from pedalang.compiler import compile
from pedalang.journal import Ending
from pedalang.runtime import run
from pedalang.source import Source
from pedalang.testing import search

FOLDER = Path(__file__).parent / "bugs"
EXAMPLES = 1_000
"""How many dialogues chance has to find a bug, and how many a search has."""
_ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<planted>.+?) \| (?P<turns>\d+) \| .+ \| (?P<needs>.*?) \| "
                  r"(?P<chance>likely|rare) \|$", re.MULTILINE)
_PROPERTY = re.compile(r'^property ".*?" \{\n.*?^  expect (?P<formula>.*?)\n\}$', re.MULTILINE | re.DOTALL)
_RUN = re.compile(r"^run demo \{", re.MULTILINE)


class Bug(NamedTuple):
    """A line of the catalogue: `turns` are those of the shortest dialogue that shows the bug, `rare` whether it needs
    more than chance."""

    name: str
    planted: str
    turns: int
    needs: str
    rare: bool

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.ped"


def bugs() -> list[Bug]:
    """The lines of the catalogue."""
    return [Bug(found["name"], found["planted"], int(found["turns"]), found["needs"], found["chance"] == "rare")
            for found in _ROW.finditer((FOLDER / "catalogue.md").read_text())]


def promising(bug: Bug) -> plan.Plan:
    """The program with its property as a contract, which its run checks."""
    text, properties = _PROPERTY.subn(lambda found: f"contract Promise {{ hard it: {found['formula']} }}",
                                      bug.path.read_text())
    text, runs = _RUN.subn("run demo {\n  check: Promise", text)
    assert properties == runs == 1, bug.name
    found = compile.compile_source(Source(str(bug.path), text), compile.beside(FOLDER), bug.name)
    assert found.plan is not None, [str(each) for each in found.diagnostics]
    return found.plan


def searched(bug: Bug, examples: int = EXAMPLES, seed: int = 0) -> search.Outcome:
    """What `ped test --examples EXAMPLES --seed SEED` makes of the program's property."""
    of = compile.compile_file(bug.path)
    (tested,) = of.properties.values()
    ((name, over),) = tested.varied.items()
    assert isinstance(over, plan.Rows)
    rows = [each[name] for each in api.items(of, tested.flow, over.rows, api.sources(of, FOLDER, {}), row=name).params]
    return search.run(of, tested, examples, seed, rows={name: rows})


def by_chance(bug: Bug, dialogues: int = EXAMPLES, seed: int = 0) -> list[int]:
    """How many turns it took to show the bug in each dialogue that does, where everything is drawn as the program has
    it: its rows as often as each other, its draws by their probability, moves and words evenly."""
    of = promising(bug)
    told = api.work_items(of, of.runs["demo"], api.sources(of, FOLDER, {})).params[:dialogues]
    assert len(told) == dialogues, f"{bug.name} has {len(told)} dialogues"
    with TemporaryDirectory() as folder, api.engines(dict.fromkeys(of.flows[of.runs["demo"].flow].cast, "random:"),
                                                     {}) as cast:
        run.run(of, "demo", told, cast, seed=seed, folder=Path(folder) / "played")
        _, events = api.read_run(Path(folder) / "played")
        try:
            return [*_shown(events.endings(), {each.episode: sum(1 for _ in events.turns(each.episode))
                                               for each in events.endings()})]
        finally:
            events.close()


def _shown(endings: Iterable[Ending], turns: dict[int, int]) -> Iterator[int]:
    for ending in endings:
        if ending.why == "failed":
            yield turns[ending.episode]
        else:
            yield from (verdict.broken_at + 1 for verdict in ending.verdicts if verdict.broken_at is not None)
