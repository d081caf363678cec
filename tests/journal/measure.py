"""Measures what a journal's hash, its verification and the cache of answers cost, and how many names the rules find.

    PEDALANG_DATA=DIR python -m tests.journal.measure RUN

RUN is the folder of a run; DIR holds `mathdial/dialogues.jsonl`, whose profiles tell the pupils' names.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pedalang import journal, records
from pedalang.exchange import naming
from pedalang.expression.evaluate import Evaluator
from pedalang.prompt import Message
from pedalang.runtime import cache
from pedalang.runtime.engines.engine import Reply, Request

REQUESTS = 5000


def told(what: str, of: int, work: Callable[[], object]) -> None:
    start = time.process_time()
    work()
    print(f"{what}: {(time.process_time() - start) / of * 1e6:.0f} µs")


def journals(folder: Path) -> None:
    events = journal.open_journal(folder)
    turns = len(events.turns())
    print(f"{folder}: {turns} turns")
    told("hash, a turn", turns, lambda: journal.digest(journal.canonical(events)))
    events.close()
    told("verified, a turn", turns, lambda: records.verified(folder, Evaluator()))


def answers() -> None:
    requests = [Request((Message("system", "x" * 2000), Message("user", f"How {n}?")), n) for n in range(REQUESTS)]
    keys = [cache.key("engine", "model", request) for request in requests]
    told("a key", REQUESTS, lambda: [cache.key("engine", "model", request) for request in requests])
    with tempfile.TemporaryDirectory() as folder, cache.opened(Path(folder), print) as kept:
        told("an answer is kept", REQUESTS, lambda: [kept.keep({key: Reply("word " * 20)}) for key in keys])
        told("an answer is found", REQUESTS, lambda: [kept.find([key]) for key in keys])
        told("none is found", REQUESTS, lambda: [kept.find([key[::-1]]) for key in keys])


def names(path: Path) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    pupils = [found[1] if (found := re.match(r"(\w+) is a", row["student_profile"])) else "" for row in rows]
    said = [row["conversation"].split("|EOM|") for row in rows]
    everybody = re.compile(rf"\b(?:{'|'.join(sorted(set(pupils)))})\b")
    together = naming.found(text for dialogue in said for text in dialogue)
    there = sum(len(everybody.findall(text)) for dialogue in said for text in dialogue)
    left = sum(len(everybody.findall(together.replaced(text))) for dialogue in said for text in dialogue)
    print(f"pupils' names, all dialogues together: {there - left} of {there} found")
    there = left = 0
    for pupil, dialogue in zip(pupils, said, strict=True):
        own, alone, whole = re.compile(rf"\b{pupil}\b"), naming.found(dialogue), "\n".join(dialogue)
        there += len(own.findall(whole))
        left += len(own.findall(alone.replaced(whole)))
    print(f"the pupil's own name, each dialogue alone: {there - left} of {there} found")


if __name__ == "__main__":
    journals(Path(sys.argv[1]))
    answers()
    if "PEDALANG_DATA" in os.environ:
        names(Path(os.environ["PEDALANG_DATA"]) / "mathdial" / "dialogues.jsonl")
