"""The same search once more, with the same budget and no curriculum: what an order is worth shows beside none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from msgspec import structs

from pedalang.overlay import AS_WRITTEN, Tuned
from pedalang.runtime.engines.engine import Engine
from pedalang.study.tuning.ledger import Ledger
from pedalang.study.tuning.outcome import Control
from pedalang.study.tuning.spending import Counted, Stopped
from pedalang.study.tuning.task import Task, Watcher

FOLDER = "control"
"""The folder inside a tuning's that it lies in."""
NAME = "without the curriculum"
"""What it is called beside the tuned program."""
Search: TypeAlias = Callable[[Task], None]


def searched(task: Task, search: Search) -> tuple[Control, Tuned]:
    """What it came to, and its best. Raises what `search` raises."""
    spending = task.spending.anew()
    counted: dict[int, Engine] = {}

    def own(engine: Engine) -> Engine:
        return counted.setdefault(id(engine), Counted(engine, spending))

    stage = replace(task.stage, engines={who: own(each) for who, each in task.stage.engines.items()},
                    judge=task.stage.judge and own(task.stage.judge),
                    monitor=task.stage.monitor and own(task.stage.monitor))
    kept, stopped = Ledger(task.folder / FOLDER), ""
    try:
        plain = replace(task, chosen=structs.replace(task.chosen, curriculum=""), stage=stage, writer=own(task.writer),
                        spending=spending, kept=kept, folder=task.folder / FOLDER, watcher=Watcher())
        plain.tried(AS_WRITTEN, how="as written")
        try:
            search(plain)
        except Stopped as error:
            stopped = str(error)
        best = plain.best
        return Control(task.chosen.curriculum, tuple(kept.candidates), best.number, spending.cost, stopped), best.tuned
    finally:
        kept.close()
