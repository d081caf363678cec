"""Searches on small programs with engines that say what a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

import pedalang
from pedalang import api, optimizing, plan
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines.engine import Abilities, Engine, Reply, Request
from pedalang.study.tuning.ledger import Ledger
from pedalang.study.tuning.rollouts import Stage
from pedalang.study.tuning.spending import Counted, Spending
from pedalang.study.tuning.task import AS_WRITTEN, Task

ABILITIES = Abilities(choose=True, scores=True, deterministic=True, speaks_freely=True, slots=16)
Answer = Callable[[Request], Reply]


@dataclass
class Saying:
    """An engine that answers as a function says; `asked` are the requests that it had."""

    answers: Answer
    asked: list[Request] = field(default_factory=list)
    name: str = "saying"
    model: str = ""
    abilities: Abilities = ABILITIES

    async def answer(self, requests: Sequence[Request]) -> list[Reply]:
        self.asked += requests
        return [self.answers(request) for request in requests]

    async def close(self) -> None: ...


MakeTask = Callable[..., Task]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[MakeTask]:
    """A task of a program's only optimization, with candidate 0 tried."""
    with ExitStack() as open_files:
        def made(program: str, engines: Mapping[str, Engine], writer: Engine | None = None, *, folder: str = "out",
                 method: str = "", budget: plan.Budget | None = None) -> Task:
            source = tmp_path / "main.ped"
            source.write_text(program)
            (tmp_path / "sums.csv").write_text("a,b\n" + "".join(f"{n},{n % 7 + 1}\n" for n in range(1, 61)))
            of = pedalang.compile(source)
            (chosen,) = of.optimizations.values()
            chosen = replace(chosen, method=method or chosen.method, budget=budget or chosen.budget)
            sets = optimizing.problems(of, chosen, api.sources(of, tmp_path, {}))
            spending = Spending(chosen.budget, lambda: 0.0)
            counted = {who: Counted(engine, spending) for who, engine in engines.items()}
            kept = Ledger(tmp_path / folder)
            open_files.callback(kept.close)
            task = Task(of, chosen, sets.train, sets.dev, Stage(chosen, counted, None, Evaluator()),
                        Counted(writer or engines["teacher"], spending), spending, kept, tmp_path / folder)
            task.tried(AS_WRITTEN, how="as written")
            return task
        yield made
