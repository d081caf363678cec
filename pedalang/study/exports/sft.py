"""Turns that were kept, for supervised fine-tuning: TRL's `SFTTrainer`, prompts and completions as messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pedalang.study import written
from pedalang.study.examples import Run, answered, chat

NAME = "sft.jsonl"
PROMPTS, SCORES = True, False


def write(run: Run, path: Path) -> written.Written:
    """An example a turn, of dialogues that ended without a broken hard clause and are worth enough. Raises `OSError`,
    and what goes wrong with the run."""
    left: Counter[str] = Counter()
    return written.examples(path, _rows(run, left), left)


def _rows(run: Run, left: Counter[str]) -> Iterator[dict[str, Any]]:
    for each in run.each():
        why = _unfit(run, each.ended, each.broken, each.value)
        for asked in each.asked:
            if why or not asked.said:
                left[why or "another move was made than was asked about"] += 1
                continue
            yield {"prompt": chat(asked.messages), "completion": answered(asked.said), "key": asked.key,
                   "who": asked.who, "purpose": asked.purpose, "problem": each.problem, "value": each.value}


def _unfit(run: Run, ended: bool, broken: tuple[str, ...], value: float | None) -> str:
    if not ended:
        return "the dialogue failed or did not end"
    if broken:
        return "a hard clause was broken"
    least = run.sought.at_least
    if least is not None and (value is None or value < least):
        return f"{run.sought.criterion} is missing" if value is None else f"{run.sought.criterion} is below {least:g}"
    return ""
