"""Dialogues, values and rows of data as strategies of Hypothesis, for tests in Python. The one place that knows it.

    from hypothesis import given
    from pedalang.testing import strategies

    PROGRAM = strategies.program("main.ped")

    @given(PROGRAM.dialogues("lesson", expects=["Patience"]))
    def test_patience(dialogue):
        assert not dialogue.broken, dialogue
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import reject
from hypothesis import strategies as st

from pedalang import journal, plan
from pedalang.compiler import compile
from pedalang.exchange import dataset
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.values import Value
from pedalang.testing import fixed, inputs, playing, telling
from pedalang.testing.choices import Asked, Choices
from pedalang.testing.playing import Broken, Played


class Dialogue:
    """A dialogue that was drawn: its turns, what it is about, how it ended (None where it could not go on), and what it
    broke. It reads like a message of `ped test`."""

    def __init__(self, played: Played) -> None:
        self.played = played

    @property
    def turns(self) -> Sequence[journal.Turn]:
        return self.played.turns

    @property
    def item(self) -> Mapping[str, Value]:
        return self.played.item

    @property
    def ending(self) -> journal.Ending | None:
        return self.played.ending

    @property
    def broken(self) -> tuple[Broken, ...]:
        return self.played.broken

    def __repr__(self) -> str:
        first = min(self.broken, key=lambda each: each.at, default=None)
        looked_at = telling.read_by(first.promise) if first is not None else frozenset()
        told = [f"expected {first.what}: {first.message}"] if first is not None else []
        return "\n".join([*told, telling.line(self.played, looked_at), *telling.about(self.item),
                          *telling.lines(self.played, looked_at)])


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled program, and the folder that its data lies in."""

    plan: plan.Plan
    folder: Path

    def property(self, name: str) -> st.SearchStrategy[Dialogue]:
        """The dialogues that a property of the program is about. Raises `KeyError` where there is none of this name."""
        return dialogues(self.plan, self.plan.properties[name], self.folder)

    def test(self, name: str) -> tuple[fixed.Failure, ...]:
        """What is not as a test of the program expects. Raises `KeyError` where there is none of this name."""
        return fixed.run(self.plan, self.plan.tests[name]).failures

    def dialogues(self, flow: str, *, expects: Sequence[str] = (),
                  about: Mapping[str, str | Sequence[Value]] | None = None) -> st.SearchStrategy[Dialogue]:
        """Dialogues of a flow, which keep the hard clauses of contracts or break them. `about` says what a parameter
        may be: the rows of a data set by its name, or some values; the others are any value of their type. Raises
        `KeyError` for an unknown flow, contract or data set, `DataError` where data cannot be read."""
        found = self.plan.flows[flow]
        promises = tuple(plan.Expectation(name, contract=name, clauses=tuple(
            clause.name for clause in self.plan.contracts[name].clauses if clause.severity == "hard"))
            for name in expects)
        listed: dict[str, plan.Over] = {name: plan.Rows(plan.Selection("")) for name in about or {}}
        typed: dict[str, plan.Over] = {name: plan.Typed(kind) for name, kind in found.params.items()
                                       if name not in found.defaults}
        tested = plan.Property(flow, flow, {**typed, **listed}, promises)
        rows = {name: _rows(self.plan, plan.Selection(values), self.folder) if isinstance(values, str) else values
                for name, values in (about or {}).items()}
        return _dialogues(self.plan, tested, rows)

    def rows(self, name: str) -> st.SearchStrategy[Mapping[str, Value]]:
        """The records of a data set. Raises `KeyError` for an unknown one, `DataError` where it cannot be read."""
        return st.sampled_from(_rows(self.plan, plan.Selection(name), self.folder))

    def values(self, type: str) -> st.SearchStrategy[Value]:
        """Any value of a type, written as in the program: `Sum`, `Int in 1..9`, `List[Text]?`."""
        over: dict[str, plan.Over] = {"it": plan.Typed(type)}

        @st.composite
        def drawn(draw: st.DrawFn) -> Value:
            try:
                return inputs.drawn(self.plan, over, {}, _by(draw).pick, Evaluator())["it"]
            except dataset.DataError:
                reject()

        return drawn()

    def students(self, flow: str, who: str) -> st.SearchStrategy[Mapping[str, Value]]:
        """The state of a member of a flow's cast before the first turn, with all that it draws."""
        return self.dialogues(flow).map(lambda dialogue: dict(dialogue.played.states[0].members[who]))


def program(path: str | Path) -> Program:
    """A program from its file. Raises `ProgramError` where it has mistakes, `OSError` where it cannot be read."""
    return Program(compile.compile_file(Path(path)), Path(path).parent)


def dialogues(of: plan.Plan, tested: plan.Property, folder: Path) -> st.SearchStrategy[Dialogue]:
    """The dialogues of a property; the files of its data lie in a folder. Raises `DataError`."""
    rows = {name: _rows(of, over.rows, folder) for name, over in tested.varied.items() if isinstance(over, plan.Rows)}
    return _dialogues(of, tested, rows)


def _dialogues(of: plan.Plan, tested: plan.Property, rows: inputs.Rows) -> st.SearchStrategy[Dialogue]:
    @st.composite
    def drawn(draw: st.DrawFn) -> Dialogue:
        with asyncio.Runner() as runner:
            played = playing.played(playing.arena(of, tested, rows, runner), _by(draw))
        if played.refused:
            reject()
        return Dialogue(played)

    return drawn()


def _by(draw: st.DrawFn) -> Choices:
    """Choices that Hypothesis makes, the simplest first."""
    def fresh(asked: Asked) -> int:
        return draw(st.integers(0, asked.among - 1))

    return Choices((), fresh)


def _rows(of: plan.Plan, selection: plan.Selection, folder: Path) -> list[Mapping[str, Value]]:
    declared = of.datasets[selection.dataset]
    loaded = dataset.load(declared, of.records, folder / declared.path, Evaluator())
    return [record for _, record in dataset.select(loaded, selection, declared)]
