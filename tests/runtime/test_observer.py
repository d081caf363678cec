"""What an observer is told of a run, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pedalang import journal
from pedalang.runtime import run
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.pool import Begun, Observer
from tests.runtime.conftest import Stop, StopsAt, both, read, stop


class Notes(Observer):
    """Keeps what it is told, and whether the journal had it by then."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object]] = []
        self.begun: Begun | None = None
        self.not_durable: list[object] = []

    def began(self, run: Begun) -> None:
        self.begun = run

    def started(self, episode: int) -> None:
        self.told.append(("started", episode))

    def answered(self, answer: journal.Completion) -> None:
        self.told.append(("answered", answer))
        self._look(answer, lambda events: events.completions(answer.episode))

    def spoke(self, turn: journal.Turn) -> None:
        self.told.append(("spoke", turn))
        self._look(turn, lambda events: events.turns(turn.episode))

    def ended(self, ending: journal.Ending) -> None:
        self.told.append(("ended", ending))

    def _look(self, event: object, kept: Callable[[journal.Journal], Sequence[object]]) -> None:
        assert self.begun is not None
        events = journal.open_journal(self.begun.folder)
        if event not in kept(events):
            self.not_durable.append(event)
        events.close()

    def of(self, kind: str) -> list[object]:
        return [event for told, event in self.told if told == kind]


def test_each_thing_is_told_once_after_it_is_durable(begin: Callable[..., Path]) -> None:
    notes = Notes()
    folder = begin("run", RandomEngine(), count=3, observer=notes)
    turns, endings = read(folder)
    events = journal.open_journal(folder)
    assert sorted(notes.of("spoke"), key=repr) == sorted(turns, key=repr)
    assert sorted(notes.of("answered"), key=repr) == sorted(events.completions(), key=repr)
    assert sorted(notes.of("ended"), key=repr) == sorted(endings, key=repr)
    assert sorted(notes.of("started")) == [0, 1, 2]  # type: ignore[type-var]
    assert not notes.not_durable
    events.close()


def test_a_run_that_goes_on_says_what_is_left_and_tells_nothing_twice(begin: Callable[..., Path],
                                                                      tmp_path: Path) -> None:
    with pytest.raises(Stop):
        begin("run", RandomEngine(), count=6, concurrency=2, observer=StopsAt(20, stop))
    events = journal.open_journal(tmp_path / "run")
    before, ended = events.completions(), {ending.episode for ending in events.endings()}
    events.close()
    notes = Notes()
    run.resume(tmp_path / "run", both(RandomEngine()), observer=notes)
    assert notes.begun is not None
    assert 0 < len(ended) < 6
    assert set(notes.begun.episodes) == set(range(6)) - ended
    assert notes.begun.before == len(ended)
    known = {answer.key for answer in before}
    assert not known & {answer.key for answer in notes.of("answered")}  # type: ignore[attr-defined]
