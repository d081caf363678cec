"""Functions that the author of a program wrote in Python. Each module runs in a process of its own, which is told
values and tells one back as JSON; it has so long for an answer, and its answer is checked against the declared type.

Nothing here is called but for whoever said that Python may be run.
"""

from __future__ import annotations

import hashlib
import json
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from pedalang.exchange import fields, python_worker
from pedalang.expression import nodes, values
from pedalang.expression.evaluate import EvaluationError
from pedalang.expression.values import Value

SECONDS = 10
"""That a function has for an answer."""
MAX_ANSWER = 1_000_000
"""Bytes of an answer."""


class Functions:
    """The functions of modules beside a program. A context manager: at its end the processes are ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._workers: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Functions:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for module in list(self._workers):
            self._end(module)

    def __call__(self, function: nodes.Extern, arguments: Sequence[Value]) -> Value:
        """The value of a function, of its declared type. Raises `EvaluationError`."""
        module, _, name = function.target.partition(":")
        worker = self._workers.get(module) or self._begun(module, function.sha256)
        request = json.dumps([name, [values.to_json(argument) for argument in arguments]])
        answer = self._answer(worker, module, request.encode() + b"\n", function.target)
        if "error" in answer:
            raise EvaluationError(f"the Python function `{function.target}`: {str(answer['error'])[:200]}")
        try:
            return fields.fitted(values.from_json(answer.get("value")), fields.parsed(function.gives), function.cases,
                                 lambda kind, value: value)
        except (fields.Unfit, ValueError) as error:
            raise EvaluationError(f"the Python function `{function.target}` is to give {function.gives}: "
                                  f"{error}") from None

    def _begun(self, module: str, sha256: str) -> subprocess.Popen[bytes]:
        path = module_file(self._folder, module)
        if path is None or digest(path) != sha256:
            raise EvaluationError(f"the Python module `{module}` is not the one that the program was compiled with")
        command = [sys.executable, "-I", python_worker.__file__, str(path)]
        worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._workers[module] = worker
        return worker

    def _answer(self, worker: subprocess.Popen[bytes], module: str, request: bytes, target: str) -> dict[str, Value]:
        assert worker.stdin is not None and worker.stdout is not None
        told = b""
        try:
            worker.stdin.write(request)
            worker.stdin.flush()
            while not told.endswith(b"\n"):
                ready, _, _ = select.select([worker.stdout], [], [], SECONDS)
                part = worker.stdout.read1(MAX_ANSWER) if ready else b""  # type: ignore[attr-defined]
                told += part
                if not part or len(told) > MAX_ANSWER:
                    raise OSError("it gave no answer" if ready and not part else f"it took more than {SECONDS} seconds"
                                  if not ready else f"its answer has more than {MAX_ANSWER} bytes")
            answer = json.loads(told)
        except (OSError, ValueError) as error:
            self._end(module)
            raise EvaluationError(f"the Python function `{target}`: {error}") from None
        return answer if isinstance(answer, dict) else {"error": "no answer"}

    def _end(self, module: str) -> None:
        worker = self._workers.pop(module)
        worker.kill()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()
        worker.wait()


def module_file(folder: Path, module: str) -> Path | None:
    """The file of a Python module in a folder, links followed; None where there is none, or it lies elsewhere."""
    path = (folder / f"{module}.py").resolve()
    return path if module.isidentifier() and path.is_file() and path.is_relative_to(folder.resolve()) else None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def known(folder: Path, module: str) -> str:
    """The hash of the module of a name in a folder; empty where there is none."""
    path = module_file(folder, module)
    return digest(path) if path is not None else ""
