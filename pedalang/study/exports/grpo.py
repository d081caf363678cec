"""Prompts to answer anew, for learning by reward: TRL's `GRPOTrainer`. What stands beside the prompt is handed to the
reward functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pedalang import prompt
from pedalang.study import written
from pedalang.study.examples import Run, chat

NAME = "grpo.jsonl"
PROMPTS, SCORES = True, False


def write(run: Run, path: Path) -> written.Written:
    """An example a prompt: the first turn that asked it, with what was said there, what that dialogue was worth, and
    the item that it was about. Raises `OSError`, and what goes wrong with the run."""
    left: Counter[str] = Counter()
    return written.examples(path, _rows(run, left), left)


def _rows(run: Run, left: Counter[str]) -> Iterator[dict[str, Any]]:
    met: set[str] = set()
    for each in run.each():
        item = msgspec.json.encode(each.known.episode.item, order="deterministic").decode()
        for asked in each.asked:
            digest = prompt.digest(asked.messages, asked.choices)
            if digest in met:
                left["the same prompt once more"] += 1
                continue
            met.add(digest)
            yield {"prompt": chat(asked.messages), "choices": list(asked.choices), "said": asked.said, "key": asked.key,
                   "who": asked.who, "purpose": asked.purpose, "problem": each.problem, "item": item,
                   "value": each.value}
