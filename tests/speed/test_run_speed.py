"""What the runtime costs over a bare loop: scripted 8-turn dialogues against plain Python that renders the same prompts
and writes the same rows. Both run in this process, one after the other; processor time is measured, for other processes
cost waiting."""

from __future__ import annotations

import gc
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pedalang import journal, plan, prompt
from pedalang.expression import nodes
from pedalang.runtime import run
from pedalang.runtime.engines import scripted
from pedalang.runtime.episode import seeds

DIALOGUES = 100
TRIALS = 16
TURNS = 8
AT_MOST = 4.0
SEED = 7

ASKS = ("What is {a} plus {b}?", "How did you get {n}?", "Is {n} more than {a}?")
ANSWERS = ("It must be {n}.", "I counted to {n}.", "Maybe {n}?")
TUTOR = "You are a patient tutor. The problem is {a} + {b}. One idea a turn, one question at most."
LEARNER = "You are a learner of eleven who adds {a} and {b}. You say what you think, in few words."
Item = dict[str, dict[str, int]]


def text(pattern: str) -> nodes.Text:
    paths = {"{a}": ("problem", "a"), "{b}": ("problem", "b"), "{n}": ("student", "n")}
    parts: list[nodes.Expr] = []
    while pattern:
        at = pattern.find("{")
        if at != 0:
            parts.append(nodes.Lit(pattern[:at] if at > 0 else pattern))
            pattern = pattern[at:] if at > 0 else ""
        else:
            name, field = paths[pattern[:3]]
            parts.append(nodes.Attr(nodes.Name(name), field))
            pattern = pattern[3:]
    return nodes.Text(tuple(parts))


def lesson() -> plan.Plan:
    count = nodes.Attr(nodes.Name("student"), "n")
    one_more = plan.Handler("student", "turn", None, (plan.Assign("n", nodes.Binary("+", count, nodes.Lit(1))),))
    tutor = plan.Role("Tutor", "role", text(TUTOR), speak="grounded",
                      moves={"ask": plan.Move("ask", say=tuple(map(text, ASKS)))}, policy=plan.Policy("rule"))
    learner = plan.Role("Learner", "student", text(LEARNER), speak="grounded",
                        acts=(plan.Act("answer", None, tuple(map(text, ANSWERS))),),
                        state=(plan.Variable("n", "Int", nodes.Lit(0)),), handlers=(one_more,))
    phase = plan.Phase("work", (plan.Turn("teacher", ("ask",)), plan.Turn("student")))
    flow = plan.Flow("lesson", {"problem": "Problem"}, {"teacher": tutor, "student": learner}, {"work": phase}, "work",
                     TURNS)
    return plan.Plan("lesson", {}, flows={"lesson": flow})


def items(count: int) -> list[Item]:
    draws = random.Random(SEED)
    return [{"problem": {"a": draws.randrange(100), "b": draws.randrange(100)}} for _ in range(count)]


def whole(folder: Path, problems: Sequence[Item]) -> None:
    engine = scripted.from_function(lambda request: 0, "first")
    run.run(lesson(), "lesson", problems, {"teacher": engine, "student": engine}, seed=SEED, folder=folder)


def bare(folder: Path, problems: Sequence[Item]) -> None:
    """The same prompts and rows, by hand; a transaction a dialogue."""
    connection = sqlite3.connect(folder)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    for table, columns in (("episodes", 5), ("completions", 17), ("turns", 15), ("endings", 7)):
        names = ", ".join(f"c{n}" for n in range(columns))
        key = {"completions": "c0, c1, c2", "turns": "c0, c1"}.get(table, "c0")
        connection.execute(f"CREATE TABLE {table} ({names}, PRIMARY KEY ({key})) WITHOUT ROWID")
    encode = msgspec.json.encode
    for episode, item in enumerate(problems):
        a, b = item["problem"]["a"], item["problem"]["b"]
        voices = (TUTOR.format(a=a, b=b), LEARNER.format(a=a, b=b))
        said: list[str] = []
        completions, turns, n = [], [], 0
        for turn in range(TURNS):
            who = ("teacher", "student")[turn % 2]
            n += turn % 2
            own = ["assistant" if at % 2 == turn % 2 else "user" for at in range(turn)]
            messages = [("system", voices[turn % 2]), *zip(own, said, strict=True)]
            if turn % 2 == 0:
                messages.insert(1, ("user", prompt.BEGINS))
            offered = [pattern.format(a=a, b=b, n=n) for pattern in (ASKS, ANSWERS)[turn % 2]]
            offered = [words for words in offered if words not in said] or offered
            state = encode({"teacher": {}, "student": {"n": n}}).decode()
            if len(offered) > 1:
                scores = encode([0.0] + [-1.0] * (len(offered) - 1)).decode()
                completions.append((
                    episode, turn, "speech", prompt.digest(messages, offered),
                    seeds.derived(SEED, episode, turn, who, "speech"), offered[0], 0, scores, scores, 0, 0, "stop",
                    "first", "", 0.0, 1, None))
            turns.append((episode, turn, who, "work", offered[0], "chosen", "" if turn % 2 else "ask", "{}",
                          "answer" if turn % 2 else "", state, "[]", None, "", None, 0))
            said.append(offered[0])
        with connection:
            start = encode({"teacher": {}, "student": {"n": 0}}).decode()
            connection.execute("INSERT INTO episodes VALUES (?, ?, ?, ?, ?)",
                               (episode, encode(item).decode(), start, "simulated", "{}"))
            connection.executemany(f"INSERT INTO completions VALUES ({', '.join('?' * 17)})", completions)
            connection.executemany(f"INSERT INTO turns VALUES ({', '.join('?' * 15)})", turns)
            connection.execute("INSERT INTO endings VALUES (?, ?, ?, ?, ?, ?, ?)",
                               (episode, "work", "limit", "[]", "", "", ""))
    connection.close()


def rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    """A table's rows, JSON read, without what the clock says."""
    connection = sqlite3.connect(file)
    found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    connection.close()
    return [tuple(msgspec.json.decode(cell) if isinstance(cell, str) and cell[:1] in ("{", "[") else
                  0.0 if isinstance(cell, float) else cell for cell in row) for row in found]


def seconds(work: Callable[[], None]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def compared(tmp_path: Path, dialogues: int, trials: int) -> list[tuple[float, float]]:
    """Processor seconds of the bare loop and of the run, a pair a trial."""
    problems = items(dialogues)
    found = []
    for trial in range(trials):
        by_hand = seconds(lambda: bare(tmp_path / f"bare{trial}.sqlite", problems))  # noqa: B023
        by_run = seconds(lambda: whole(tmp_path / f"run{trial}", problems))  # noqa: B023
        found.append((by_hand, by_run))
    for table in ("episodes", "completions", "turns", "endings"):
        assert rows(tmp_path / "run0" / journal.FILE_NAME, table) == rows(tmp_path / "bare0.sqlite", table)
    return found


def ratio(found: list[tuple[float, float]]) -> float:
    """How many bare loops a run costs: by the quickest of each, or by the median of the pairs, whichever says less, for
    other work on the machine adds to both, and now and then to one of them all through. The first pair is left out: in
    a fresh process the bare loop is quicker than ever after, and the run slower."""
    by_hand, by_run = zip(*found[1:], strict=True)
    pairs = [run / hand for hand, run in found[1:]]
    return min(min(by_run) / min(by_hand), statistics.median(pairs))


def test_a_run_costs_at_most_four_bare_loops(tmp_path: Path) -> None:
    cost = ratio(compared(tmp_path, DIALOGUES, TRIALS))
    assert cost <= AT_MOST, f"a run costs {cost:.1f} bare loops"


@pytest.mark.full
def test_a_thousand_dialogues_cost_at_most_four_bare_loops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(tmp_path, 1000, 5)
    with capsys.disabled():
        quickest = min(by_run for _, by_run in found)
        print(f"\n{ratio(found):.2f} bare loops; {quickest / TURNS:.3f} ms of processor time a turn")
    assert ratio(found) <= AT_MOST
