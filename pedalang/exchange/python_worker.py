"""A process that runs the functions of one Python file: `python -I python_worker.py FILE`. It reads a name and
arguments from each line of its input, and writes a value, or why there is none, on a line of its output: both as JSON.

It stands alone: it imports nothing of the package that it belongs to. What the functions print goes nowhere.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import resource
import sys
from fractions import Fraction
from typing import Any

MEMORY = 2 << 30
"""Bytes that the process may take."""


def main() -> None:
    """Answers until its input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers, open(os.devnull, "w", encoding="utf-8") as nowhere, \
            contextlib.redirect_stdout(nowhere):
        module, failure = _loaded(sys.argv[1])
        for line in sys.stdin:
            answers.write(json.dumps({"error": failure} if failure else _answer(module, *json.loads(line))) + "\n")
            answers.flush()


def _loaded(path: str) -> tuple[Any, str]:
    """The module of a file, and why it could not be loaded."""
    spec = importlib.util.spec_from_file_location("program_functions", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        return module, _said(error)
    return module, ""


def _answer(module: Any, name: str, arguments: list[Any]) -> dict[str, Any]:
    try:
        return {"value": _told(getattr(module, name)(*map(_heard, arguments)))}
    except BaseException as error:
        return {"error": _said(error)}


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _heard(value: Any) -> Any:
    """A value as Python has it: an exact fraction is a `Fraction`."""
    match value:
        case {"ratio": [int(n), int(d)]} if len(value) == 1:
            return Fraction(n, d)
        case {"record": dict(inner)} if len(value) == 1:
            return {key: _heard(item) for key, item in inner.items()}
        case list():
            return [_heard(item) for item in value]
        case dict():
            return {key: _heard(item) for key, item in value.items()}
    return value


def _told(value: Any) -> Any:
    """The other way."""
    match value:
        case Fraction():
            return {"ratio": [value.numerator, value.denominator]}
        case list() | tuple():
            return [_told(item) for item in value]
        case dict():
            return {str(key): _told(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    main()
