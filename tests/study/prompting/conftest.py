"""A program whose tutor is told too little, an engine that does better where it is told to ask how, and a task of
tuning it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

import pedalang
from pedalang import material, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.overlay import AS_WRITTEN
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Request
from pedalang.study.tuning.ledger import Ledger
from pedalang.study.tuning.rollouts import Stage
from pedalang.study.tuning.spending import Counted, Spending
from pedalang.study.tuning.task import Task, Watcher

PROGRAM = Path(__file__).with_name("lesson.ped")
BETTER = "You teach {{ sum.a }} + {{ sum.b }}. Ask how the student got there."
WORSE = "You teach {{ sum.a }} + {{ sum.b }}. Be strict."
_ASKED = re.compile(r"\[\[ ## (\w+) ## \]\]")


def tutor(request: Request) -> str:
    """Asks how where it is told to, by its voice, its move or an example; else now and then."""
    told = request.messages[0].text + request.messages[-1].text
    return "Tell me how." if "Ask how" in told or "answer: Tell me how" in told or request.seed % 3 == 0 else "Go on."


def writer(request: Request) -> str:
    """Writes a better prompt in one draw of two. Whoever asks for fields is given fields."""
    text = BETTER if request.seed % 2 else WORSE
    fields = _ASKED.findall(request.messages[-1].text.rpartition("Respond with")[2])
    advice = json.dumps({"teacher_speech": "Ask how the student got there."})
    told = [f"[[ ## {field} ## ]]\n{advice if field == 'module_advice' else text}\n\n" for field in fields]
    return "".join(told) or text


def answer(request: Request) -> str:
    """What the engine says to whatever it is asked."""
    return writer(request) if request.purpose == "prompt" else tutor(request)


@contextmanager
def opened(of: plan.Plan, folder: Path, method: str, script: Callable[[Request], Any] = answer,
           watcher: Watcher | None = None, **changed: Any) -> Iterator[Task]:
    """A task of tuning the program in a folder, with candidate 0 tried."""
    chosen = replace(of.optimizations["better"], method=method, **changed)
    where = material.sources(of, PROGRAM.parent, {})
    items = {name: material.items(of, chosen.flow, selected, where, row=chosen.row).params
             for name, selected in (("train", chosen.train), ("dev", chosen.dev)) if selected is not None}
    spending = Spending(chosen.budget, time.monotonic)
    engine = Counted(scripted.from_function(script), spending)
    kept = Ledger(folder)
    stage = Stage(chosen, dict.fromkeys(of.flows[chosen.flow].cast, engine), None, Evaluator())
    task = Task(of, chosen, items["train"], items["dev"], stage, engine, spending, kept, folder,
                watcher or Watcher())
    try:
        task.tried(AS_WRITTEN, how="as written")
        yield task
    finally:
        kept.close()


@pytest.fixture(scope="session")
def lesson() -> plan.Plan:
    return pedalang.compile(PROGRAM)


@pytest.fixture
def kit() -> SimpleNamespace:
    return SimpleNamespace(opened=opened, answer=answer, BETTER=BETTER, WORSE=WORSE)
