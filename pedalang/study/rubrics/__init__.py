"""Computed measures, one a file: `measure(dialogue, arguments) -> {name: value or None}`. The folder is the list.

A measure looks at one finished dialogue and names its own values; None means that it is not defined there. It raises
`ValueError` for arguments that it cannot use. Each has a page in `docs/stdlib/rubrics/`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Protocol

from pedalang.expression.values import Value
from pedalang.study.dialogue import Dialogue


class Measure(Protocol):
    """What a file of this folder offers under the name `measure`."""

    def __call__(self, dialogue: Dialogue, arguments: Mapping[str, Value], /) -> dict[str, float | None]: ...


def names() -> tuple[str, ...]:
    """The measures there are."""
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Measure:
    """The measure of that name. Raises `KeyError` where there is no such file."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}").measure
