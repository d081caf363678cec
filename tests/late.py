"""Libraries that take seconds to load. Every process collects all tests; only the one that runs a test that needs such
a library loads it."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import pytest


class _Late:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith(("_", "pytest")):  # pytest asks everything in a file whether it is one of its own
            raise AttributeError(attribute)
        return getattr(importlib.import_module(self._name), attribute)


def library(name: str, extra: str) -> Any:
    """A library, loaded when something of it is first used. A file of tests is skipped where it is not installed."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"pip install 'pedalang[{extra}]'", allow_module_level=True)
    return _Late(name)
