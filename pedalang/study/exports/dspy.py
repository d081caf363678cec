"""Examples for DSPy: of the program as a module, its items; of each predictor, its inputs and what it should answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from pedalang.expression import values
from pedalang.expression.values import Value
from pedalang.runtime.program import signatures
from pedalang.study import written
from pedalang.study.examples import Asked, Run

NAME = "dspy"
PROMPTS, SCORES = True, False
ITEMS = "items"


def write(run: Run, path: Path) -> written.Written:
    """`items.jsonl`, of which `PROGRAM(**row)` plays the dialogue again; and a file a predictor, by its name in the
    module (`teacher_speech.jsonl`). A dialogue that failed, broke a hard clause or is worth too little gives no
    examples for predictors. Raises `OSError`, and what goes wrong with the run."""
    left: Counter[str] = Counter()
    found: dict[str, list[dict[str, Any]]] = {}
    least = run.sought.at_least
    for each in run.each():
        good = each.ended and not each.broken and (least is None or (each.value is not None and each.value >= least))
        for asked in each.asked:
            if good and asked.said:
                name = signatures.Step(asked.who, asked.purpose).name
                found.setdefault(name, []).append(_row(asked, each.problem, each.value))
            else:
                left["not kept" if not good else "another move was made than was asked about"] += 1
    counts = {ITEMS: written.lines(path / f"{ITEMS}.jsonl", _items(run))}
    counts |= {name: written.lines(path / f"{name}.jsonl", rows) for name, rows in sorted(found.items())}
    return written.Written(tuple(path / f"{name}.jsonl" for name in counts), counts, dict(sorted(left.items())))


def _row(asked: Asked, problem: str, value: float | None) -> dict[str, Any]:
    given = signatures.inputs(asked.messages, asked.choices)
    return {"conversation": {"messages": given["conversation"].messages}, "said": given["said"],
            "choices": given["choices"], signatures.OUTPUTS[asked.purpose]: asked.said, "key": asked.key,
            "problem": problem, "value": value}


def _items(run: Run) -> Iterator[dict[str, Any]]:
    for each in run.each():
        item = {name: _plain(values.from_json(value)) for name, value in each.known.episode.item.items()}
        yield {**item, "seed": run.header.seed, "episode": each.known.episode.episode}


def _plain(value: Value) -> Any:
    """A value as a file of data has it: an exact fraction is text."""
    match value:
        case Fraction():
            return values.to_text(value)
        case tuple():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value
