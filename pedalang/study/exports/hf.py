"""A folder that `datasets.load_dataset` reads, and that a hub of data sets shows: Parquet, and a card that says what is
in it. Nothing is uploaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pedalang.exchange import exporting
from pedalang.study import written
from pedalang.study.examples import Played, Run, answered, chat

NAME = "hf"
PROMPTS, SCORES = False, False
_TABLES: dict[str, dict[str, type]] = {
    "dialogues": {"episode": int, "problem": str, "item": str, "messages": list, "why": str, "broken": str,
                  "total": float},
    "turns": {"episode": int, "turn": int, "problem": str, "who": str, "text": str, "how": str, "move": str,
              "act": str, "phase": str, "start": float, "end": float},
    "prompts": {"episode": int, "turn": int, "problem": str, "who": str, "purpose": str, "prompt": list,
                "completion": list},
}


def write(run: Run, path: Path) -> written.Written:
    """`dialogues`, with a column for each criterion; `turns`; and where the cast was asked, `prompts` with what came of
    them. Raises `DataError` where pyarrow is missing, `OSError`, and what goes wrong with the run."""
    criteria = sorted({name for each in run.scores.dialogues for name in each.values}) if run.scores else []
    columns = {**_TABLES, "dialogues": _TABLES["dialogues"] | {f"score_{name}": float for name in criteria}}
    counts = dict.fromkeys(columns, 0)
    with exporting.parquet(path, columns) as files:
        for each in run.each():
            for name, row in _rows(each, criteria):
                files[name].add(row)
                counts[name] += 1
    card = path / "README.md"
    with written.whole(card) as file:
        file.write(_card(run, [name for name, count in counts.items() if count]).encode())
    return written.Written((card, *(path / f"{name}.parquet" for name in columns)), counts)


def _rows(each: Played, criteria: list[str]) -> Iterator[tuple[str, list[Any]]]:
    known, number = each.known, each.known.episode.episode
    values = each.scores.values if each.scores is not None else {}
    yield "dialogues", [
        number, each.problem, msgspec.json.encode(known.episode.item, order="deterministic").decode(),
        [{"role": turn.role, "content": turn.text} for turn in known.turns],
        known.ending.why if known.ending is not None else None, " ".join(each.broken),
        each.scores.total if each.scores is not None else None, *(values.get(name) for name in criteria)]
    for turn in known.turns:
        yield "turns", [number, turn.turn, each.problem, turn.role, turn.text, turn.how, turn.move, turn.act,
                        turn.phase, turn.start, turn.end]
    for asked in each.asked:
        if asked.said:
            yield "prompts", [number, asked.turn, each.problem, asked.who, asked.purpose, chat(asked.messages),
                              answered(asked.said)]


def _card(run: Run, tables: list[str]) -> str:
    """What the hub reads at its beginning, then what people read. A name from a program is quoted as JSON, which YAML
    is too."""
    title, flow = (msgspec.json.encode(text).decode() for text in (run.name, run.header.flow))
    parts = "".join(f"- config_name: {name}\n  data_files: {name}.parquet\n" + "  default: true\n" * (name == tables[0])
                    for name in tables)
    played = "".join(f"- {who}: `{engine}`\n" for who, engine in sorted(run.header.engines.items()))
    return (f"---\npretty_name: {title}\ntags:\n- dialogue\n- education\nconfigs:\n{parts}---\n\n# {run.name}\n\n"
            f"{_HOW[run.header.kind]} of flow {flow}, seed {run.header.seed}, brought out of a journal of Pedalang.\n\n"
            f"{played}\nThe program is the one with the plan `{run.header.plan}`. Dialogues with the same `problem`\n"
            "are about the same item: keep them together where data is split.\n")


_HOW: dict[str, str] = {"run": "Simulated dialogues", "observe": "Recorded dialogues",
                        "session": "A dialogue with a person"}
