"""The parse tables: an LALR(1) automaton with what each reduction makes, loaded from JSON in some milliseconds.

They are generated once from `grammar/pedalang.lark` and kept beside it, or in the user's cache folder where that
cannot be written to; a wheel carries them. They stand for themselves: Lark is imported only to generate them, and a
grammar that has changed is noticed by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pedalang import resources
from pedalang.compiler.syntax import reductions

FILE = "pedalang.tables.json"
FORMAT = 2
"""Goes up when what `generate.py` makes of the same grammar changes, so that older tables are made anew."""

NO_ACTION = 1 << 30
"""A state has no action for a terminal. Else an action is the state to shift to, 0 to accept, or -1 - p: end of p."""

DOCUMENTATION = ("DOC", "MODDOC")
"""Terminals that are comments wherever they do not fit; their rows of `soft` are empty."""

DROP, KEEP, KEEP_KEY = range(3)
"""What becomes of a token: nothing; a word; a word without its colon."""


@dataclass(eq=False)
class Tables:
    """Terminals and nonterminals are numbers; terminal n is group n of `scan`, or a word found by `soft`.

    `steps` and `item_starts` remember what was computed from the others.
    """

    scan: re.Pattern[str]
    terminals: list[str]
    texts: list[str | None]
    soft: list[dict[str, int] | None]
    keep: list[int]
    regexes: dict[int, re.Pattern[str]]
    nonterminals: list[str]
    productions: list[reductions.Production]
    actions: list[dict[int, int]]
    gotos: list[dict[int, int]]
    starts: dict[str, int]
    blocks: frozenset[int]
    homes: dict[str, list[str]]
    steps: dict[int, tuple[int, int]] = field(default_factory=dict)
    item_starts: dict[int, frozenset[int]] = field(default_factory=dict)

    def step(self, base: int, left: int, terminal: int) -> tuple[int, int]:
        """The state after a reduction to `left` upon state `base`, unit reductions done, and its action.

        What it finds is remembered in `steps`, which `parse` looks into first.
        """
        state = self.gotos[base][left]
        action = self.actions[state].get(terminal, NO_ACTION)
        while action < 0 and self.productions[~action].kind == reductions.UNIT:
            state = self.gotos[base][self.productions[~action].left]
            action = self.actions[state].get(terminal, NO_ACTION)
        found = self.steps[(base << 20) | (left << 10) | terminal] = (state, action)
        return found

    @cached_property
    def entered(self) -> list[int]:
        """For each state the terminal that leads to it; 0 where it is a nonterminal."""
        found = [0] * len(self.actions)
        for row in self.actions:
            for terminal, action in row.items():
                if 0 < action < NO_ACTION:
                    found[action] = terminal
        return found

    @cached_property
    def boundaries(self) -> frozenset[int]:
        """The states in which an item of a block may begin, or the block end."""
        at_first = {state for state, row in enumerate(self.gotos) if not self.blocks.isdisjoint(row)}
        return frozenset(at_first | {row[left] for row in self.gotos for left in self.blocks & row.keys()})

    @cached_property
    def openings(self) -> frozenset[int]:
        """The states that follow the opening brace of a block."""
        return frozenset(state for state, row in enumerate(self.gotos)
                         if not self.blocks.isdisjoint(row) and self.texts[self.entered[state]] == "{")

    def number(self, name: str) -> int:
        """The number of a terminal."""
        return self.terminals.index(name)


@cache
def load() -> Tables:
    """The tables of this installation's grammar."""
    folder = resources.folder("grammar")
    grammar = (folder / "pedalang.lark").read_text(encoding="utf-8")
    key = _key(grammar)
    kept = (folder / FILE, Path.home() / ".cache" / "pedalang" / f"{key[:16]}.{FILE}")
    for path in kept:
        made = _read(path, key)
        if made:
            return made
    raw = generated(grammar)
    for path in kept:
        if write(path, raw):
            break
    return from_json(raw)


def generated(grammar: str) -> dict[str, Any]:
    """The tables of a grammar as JSON values; takes about a second. Raises Lark's `GrammarError`."""
    from pedalang.compiler.syntax import generate  # imports Lark

    return {"key": _key(grammar), **generate.generate(grammar)}


def _key(grammar: str) -> str:
    """What tables are known by. Not Lark's version: tables do without Lark, and a wheel's meet any version of it."""
    return hashlib.sha256(f"{FORMAT}\n{grammar}".encode()).hexdigest()


def write(path: Path, raw: dict[str, Any]) -> bool:
    """Puts tables into a file, at once or not at all; whether that could be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tables-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(raw, file, separators=(",", ":"))
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        return False
    return True


def _read(path: Path, key: str) -> Tables | None:
    """The tables in a file, if they are there, whole, and of the grammar with this hash."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return from_json(raw) if raw["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def from_json(raw: dict[str, Any]) -> Tables:
    """Tables as the parser uses them. Raises `KeyError` or `TypeError` for something else."""
    terminals = raw["terminals"]
    numbers = {name: number for number, name in enumerate(terminals)}
    soft: list[dict[str, int] | None] = [None] * len(terminals)
    for holder, words in raw["soft"].items():
        soft[int(holder)] = words
    for name in DOCUMENTATION:
        soft[numbers[name]] = {}
    return Tables(
        scan=re.compile(raw["pattern"]), terminals=terminals, texts=raw["texts"], soft=soft,
        keep=[(KEEP_KEY if name == "KEY" else KEEP) if kept else DROP
              for name, kept in zip(terminals, raw["kept"], strict=True)],
        regexes={numbers[name]: re.compile(regex) for name, regex in raw["regexes"].items() if name in numbers},
        nonterminals=raw["nonterminals"], productions=[reductions.from_json(row) for row in raw["productions"]],
        actions=[_row(row) for row in raw["actions"]], gotos=[_row(row) for row in raw["gotos"]],
        starts=raw["starts"], blocks=frozenset(raw["blocks"]), homes=raw["homes"],
    )


def _row(pairs: list[int]) -> dict[int, int]:
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
