"""Answers that are wanted and answers that are not: TRL's `KTOTrainer`, as messages with a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pedalang.study import written
from pedalang.study.examples import Asked, Run, answered, chat

NAME = "kto.jsonl"
PROMPTS, SCORES = True, True


def write(run: Run, path: Path) -> written.Written:
    """An example a turn: wanted where its dialogue is worth as much as is sought, by default as those about the same
    problem are on the mean. Words that broke a clause, or did not show what they had to, are never wanted. Raises
    `OSError`, and what goes wrong with the run."""
    left: Counter[str] = Counter()
    sides: Counter[bool] = Counter()
    found = written.examples(path, _rows(run, _bars(run), left, sides), left)
    least = run.sought.at_least
    bar = "the mean of the problem's dialogues (of all, where it has one)" if least is None else f"{least:g}"
    return written.Written(found.paths, {"wanted": sides[True], "unwanted": sides[False]}, found.left_out,
                           (f"wanted: {run.sought.criterion} is at least {bar}",))


def _bars(run: Run) -> Callable[[str], float]:
    """What a dialogue about a problem has to be worth."""
    least = run.sought.at_least
    if least is not None:
        return lambda problem: least
    worth: dict[str, list[float]] = {}
    for each in run.each():
        if each.worth is not None:
            worth.setdefault(each.problem, []).append(each.worth)
    everything = [value for some in worth.values() for value in some]
    mean = sum(everything) / len(everything) if everything else 0.0
    means = {problem: sum(some) / len(some) for problem, some in worth.items() if len(some) > 1}
    return lambda problem: means.get(problem, mean)


def _rows(run: Run, bar: Callable[[str], float], left: Counter[str], sides: Counter[bool]) -> Iterator[dict[str, Any]]:
    for each in run.each():
        for asked in each.asked:
            for text in asked.withheld:
                yield _row(asked, text, False, each.problem, sides)
            if not asked.said:
                left["another move was made than was asked about"] += 1
            elif each.worth is None:
                left[f"{run.sought.criterion} is missing"] += 1
            else:
                wanted = not each.broken and each.worth >= bar(each.problem)
                yield _row(asked, asked.said, wanted, each.problem, sides)


def _row(asked: Asked, text: str, wanted: bool, problem: str, sides: Counter[bool]) -> dict[str, Any]:
    sides[wanted] += 1
    return {"prompt": chat(asked.messages), "completion": answered(text), "label": wanted, "key": asked.key,
            "who": asked.who, "purpose": asked.purpose, "problem": problem}
