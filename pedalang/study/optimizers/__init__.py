"""Ways to tune, one a file: `search(task)`. The folder is the list; each has a page in `docs/optimizers/`.

A search plays dialogues with candidates (`task.played`) and puts those that may be better to the test (`task.tried`),
which keeps them; what it returns is nothing. It raises what `task` raises, and `RunError` where it cannot be used.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import TypeAlias

from pedalang.study.tuning.task import Task

Search: TypeAlias = Callable[[Task], None]
"""What a file of this folder offers under the name `search`."""


def names() -> tuple[str, ...]:
    """The ways to tune that there are."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Search:
    """The search of that name. Raises `KeyError` where there is no such file."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}").search
