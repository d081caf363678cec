"""Two answers to one prompt, the better first: TRL's `DPOTrainer`, as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pedalang import prompt
from pedalang.study import written
from pedalang.study.examples import Asked, Played, Run, answered, chat

NAME = "dpo.jsonl"
PROMPTS, SCORES = True, False


def write(run: Run, path: Path) -> written.Written:
    """Pairs of two kinds. Of answers to the same prompt in several dialogues about one problem, the one whose dialogues
    are worth most, on the mean, before each of those that are worth less by more than the margin. And in one turn, what
    was said before what was not, since it broke a clause or did not show what it had to. Raises `OSError`, and what
    goes wrong with the run."""
    left: Counter[str] = Counter()
    return written.examples(path, _rows(run, left), left)


@dataclass
class _Prompt:
    """A prompt, and by answer what the dialogues were worth in which it was given."""

    asked: Asked
    problem: str
    """A prompt need not tell it."""
    worth: dict[str, list[float]] = field(default_factory=dict)


def _rows(run: Run, left: Counter[str]) -> Iterator[dict[str, Any]]:
    met: dict[tuple[str, str], _Prompt] = {}
    for each in run.each():
        for asked in each.asked:
            if asked.said:
                yield from _in_turn(each, asked)
                if each.worth is not None:
                    key = each.problem, prompt.digest(asked.messages)
                    known = met.setdefault(key, _Prompt(asked, each.problem))
                    known.worth.setdefault(asked.said, []).append(each.worth)
                else:
                    left[f"{run.sought.criterion} is missing"] += 1
    for known in met.values():
        yield from _ranked(known, run.sought.margin, left)


def _in_turn(each: Played, asked: Asked) -> Iterator[dict[str, Any]]:
    for text in asked.withheld:
        yield _row(asked, asked.said, text, each.problem, "not said")


def _ranked(known: _Prompt, margin: float, left: Counter[str]) -> Iterator[dict[str, Any]]:
    means: Mapping[str, float] = {said: sum(worth) / len(worth) for said, worth in known.worth.items()}
    if len(means) < 2:
        left["a prompt that was answered in one way only"] += 1
        return
    best, *others = sorted(means, key=lambda said: (-means[said], said))
    for other in others:
        if means[best] - means[other] > margin:
            yield {**_row(known.asked, best, other, known.problem, "worth less"),
                   "value_chosen": means[best], "value_rejected": means[other]}
        else:
            left["no answer is worth more than the other"] += 1


def _row(asked: Asked, chosen: str, rejected: str, problem: str, why: str) -> dict[str, Any]:
    return {"prompt": chat(asked.messages), "chosen": answered(chosen), "rejected": answered(rejected),
            "key": asked.key, "who": asked.who, "purpose": asked.purpose, "problem": problem, "why": why,
            "value_chosen": None, "value_rejected": None}
