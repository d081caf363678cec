"""kill -9, at any moment of a run's life: what comes after `resume` is what would have been, and nobody is asked twice.

A child process plays a small run, scores it and writes its report, and is killed: by its own hand at one of the calls
that it makes (so that all moments come up, in the middle of a commit too), or from outside at some time.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pedalang import again, api, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import folder as folders
from pedalang.runtime.engines import opening
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.engines.scripted import Scripted
from pedalang.runtime.episode import seeds
from pedalang.runtime.errors import JournalError
from pedalang.source import Source

PROGRAM = """pedalang 1
from std.scales import Anchored4
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- int(row.a)  map b <- int(row.b) }
move ask for teacher {}
move tell for teacher {}
role Tutor(sum: Sum) { moves: [ask, tell]  speak: free  sees: [sum.a, sum.b, sum.answer] }
student Learner(sum: Sum) {
  speak: free
  state { attempt: Int = 0 }
  on self.turn { draw knows ~ bernoulli(0.2)  set attempt = if knows then sum.answer else sum.answer + 1 }
  act answers { say: ["{{ attempt }}!"] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 6 turns { turn teacher  turn student  -> done when student.attempt == sum.answer  -> done at max }
  phase done final { turn teacher must tell }
}
rubric Lesson on dialogue {
  criterion solved weight 0 by code { score: if student.attempt == sum.answer then 1 else 0 }
  criterion kind weight 1 scale Anchored4 by judge { ask: "Is the tutor kind?"
    anchor 1: "No."
    anchor 2: "Somewhat."
    anchor 3: "Mostly."
    anchor 4: "Yes."
  }
}
run demo { flow: lesson  data: sums  score: Lesson }
"""


@dataclass(frozen=True)
class Work:
    """A program, its items, and what a folder of it should come to."""

    of: plan.Plan
    told: api.Items
    sources: api.Sources
    log: Path

    def play(self, folder: Path) -> None:
        """The whole life of a run, as `ped run` has it; of one that is there, as `ped run --resume`."""
        uris = {"teacher": "scripted:", "student": "scripted:"}
        if (folder / journal.FILE_NAME).exists():
            again.resume(folder, {})
        else:
            api.play(self.of, self.of.runs["demo"], self.told, self.sources, uris, "scripted:", {}, seed=3,
                     folder=folder)
        api.settle(folder, {})

    def asked(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


def _script(log: Path) -> Callable[[Request], Reply | int | str]:
    """Answers by the request's seed, and writes its key to a file before."""
    to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def script(request: Request) -> Reply | int | str:
        os.write(to, f"{request.key}\n".encode())
        draws = seeds.Draws(request.seed)
        if request.purpose == "judge":  # the lowest or the highest, so that nothing has to be resampled
            return Reply("", draws.below(2) * (len(request.choices) - 1))
        return draws.below(len(request.choices)) if request.choices else f"Words {draws.below(1000)}."

    return script


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Work:
    (tmp_path / "sums.csv").write_text("a,b\n" + "".join(f"{n},{n + 1}\n" for n in range(request.param)))
    made = compile.compile_source(Source("main.ped", PROGRAM), compile.beside(tmp_path), "main")
    assert made.plan is not None, made.diagnostics
    where = api.sources(made.plan, tmp_path, {})
    log = tmp_path / "asked"
    engine = Scripted(_script(log))
    engine.abilities = Abilities(choose=True, deterministic=True, slots=3)  # type: ignore[misc]
    monkeypatch.setattr(opening, "open_engine", lambda uri, environment: engine)
    return Work(made.plan, api.work_items(made.plan, made.plan.runs["demo"], where), where, log)


def _canonical(folder: Path) -> str:
    events = journal.open_journal(folder)
    try:
        return journal.digest(journal.canonical(events))
    finally:
        events.close()


def _durable(folder: Path) -> set[str]:
    """What a journal has answers for."""
    if not (folder / journal.FILE_NAME).exists():
        return set()
    events = journal.open_journal(folder)
    try:
        return {each.key for each in events.completions()}
    finally:
        events.close()


# ---------------------------------------------------------------- moments


def _counting(act: Callable[[int], None]) -> None:
    """Calls with the number of each call and return of this process from now on, Python's and C's."""
    seen = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal seen
        seen += 1
        act(seen)

    sys.setprofile(profile)


def _life(work: Work, folder: Path) -> list[int]:
    """Where the stages of an uninterrupted run begin, in calls: its folder, its dialogues, its scores, its report, and
    the end."""
    marks: list[int] = [0]
    counted = [0]

    def count(seen: int) -> None:
        counted[0] = seen

    def marking(name: str, of: Any) -> Callable[..., Any]:
        real = getattr(of, name)

        def marked(*arguments: Any, **named: Any) -> Any:
            marks.append(counted[0])
            return real(*arguments, **named)

        return marked

    with pytest.MonkeyPatch.context() as patch:
        for name, of in (("play_all", sys.modules["pedalang.runtime.run"]), ("_scored", api), ("write", api.page)):
            patch.setattr(of, name, marking(name, of))
        _counting(count)
        try:
            work.play(folder)
        finally:
            sys.setprofile(None)
    assert len(marks) == 4
    return [*marks, counted[0]]


def _killed_at(work: Work, folder: Path, call: int) -> bool:
    """Plays in a child that kills itself at a call. Whether it came to that."""
    return _child(lambda: _counting(lambda seen: os.kill(os.getpid(), signal.SIGKILL) if seen == call else None),
                  work, folder, None)


def _killed_after(work: Work, folder: Path, seconds: float) -> bool:
    """Plays in a child that is killed from here. Whether it was still there."""
    return _child(lambda: None, work, folder, seconds)


def _child(first: Callable[[], None], work: Work, folder: Path, seconds: float | None) -> bool:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            first()
            work.play(folder)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    if seconds is not None:
        select.select([reading], [], [], seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


# ---------------------------------------------------------------- the law


def _kill_and_resume(work: Work, folder: Path, kills: Sequence[Callable[[], bool]]) -> Counter[str]:
    """Kills a run again and again, and lets it come to its end. What was asked, how often; fails where something was
    asked whose answer was durable."""
    before = len(work.asked())
    killed = 0
    for kill in kills:
        known, start = _durable(folder), len(work.asked())
        killed += kill()
        assert not known & set(work.asked()[start:])
    known, start = _durable(folder), len(work.asked())
    work.play(folder)
    assert not known & set(work.asked()[start:])
    asked = Counter(work.asked()[before:])
    # What is asked twice was in flight: at most what the engine works on at a time, a judge's batch more.
    assert sum(asked.values()) - len(asked) <= killed * 32
    return asked


def _check(work: Work, tmp_path: Path, moments: int, seed: int) -> None:
    whole = tmp_path / "whole"
    stages = _life(work, whole)
    expected, wanted = _canonical(whole), set(work.asked())
    scores, report = ((whole / name).read_bytes() for name in ("scores.json", "report.html"))
    draw = random.Random(seed)
    begun_again = in_scores = 0
    for number in range(moments):
        folder = tmp_path / f"killed{number}"
        first, last = stages[number % 4], stages[number % 4 + 1]
        kills: list[Callable[[], bool]] = [
            partial(_killed_at, work, folder, draw.randint(first + 1, last))]
        while draw.random() < 0.3:
            kills.append(partial(_killed_at, work, folder, draw.randint(1, stages[-1])))
        if draw.random() < 0.3:
            kills.append(partial(_killed_after, work, folder, draw.random() / 20))
        asked = _kill_and_resume(work, folder, kills)
        assert _canonical(folder) == expected, f"moment {number}"
        assert asked.keys() == wanted
        assert (folder / "scores.json").read_bytes() == scores
        assert (folder / "report.html").read_bytes() == report
        assert {path.name for path in folder.iterdir()} == {path.name for path in whole.iterdir()}
        begun_again += number % 4 == 0
        in_scores += number % 4 >= 2
    assert begun_again and in_scores


@pytest.mark.parametrize("work", [3], indirect=True)
def test_a_run_killed_at_any_moment_becomes_what_it_would_have_been(work: Work, tmp_path: Path) -> None:
    _check(work, tmp_path, 20, seed=1)


@pytest.mark.full
@pytest.mark.parametrize("work", [8], indirect=True)
def test_a_run_killed_at_200_moments_becomes_what_it_would_have_been(work: Work, tmp_path: Path) -> None:
    _check(work, tmp_path, 200, seed=2)


@pytest.mark.parametrize("work", [1], indirect=True)
def test_a_run_that_was_killed_before_its_journal_says_so(work: Work, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "create", lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
    folder = tmp_path / "run"
    assert _killed_after(work, folder, 10)
    monkeypatch.undo()
    with pytest.raises(JournalError, match="PED1223"):
        folders.reading(folder, journal.open_journal)
