"""Turns with what was done in them, for learning to tell it from the words: text and label, as classifiers of
`transformers`, scikit-learn and Pedalang itself read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pedalang.study import written
from pedalang.study.examples import Run

NAME = "classifier.jsonl"
PROMPTS, SCORES = False, False


def write(run: Run, path: Path) -> written.Written:
    """An example a turn that has a move or an act, with the words of the turn before it. `problem` is what folds have
    to keep together. Raises `OSError`, and what goes wrong with the run."""
    left: Counter[str] = Counter()
    return written.examples(path, _rows(run, left), left)


def _rows(run: Run, left: Counter[str]) -> Iterator[dict[str, Any]]:
    for each in run.each():
        before = ""
        for turn in each.known.turns:
            if turn.role in run.sought.who:
                if turn.move or turn.act:
                    yield {"text": turn.text, "label": turn.move or turn.act, "before": before, "who": turn.role,
                           "phase": turn.phase, "problem": each.problem, "key": f"{turn.episode}/{turn.turn}"}
                else:
                    left["a turn without a move or an act"] += 1
            before = turn.text
