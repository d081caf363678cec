"""DSPy tells what it does in prints, bars and logs of its own. Here they are kept from the terminal, which shows the
curve; what our own side shows meanwhile comes through."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any, TextIO

_LOGGERS = ("dspy", "gepa", "optuna")


class Quiet:
    """Silence for the thread that begins it and those that begin after it, with holes: `aloud` within it. A bar of ours
    that is drawn by a thread of its own goes on."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._earlier = {each for each in threading.enumerate() if each is not threading.current_thread()}

    @contextlib.contextmanager
    def all(self) -> Iterator[None]:
        """Nothing that is printed or logged here is seen."""
        levels = {name: logging.getLogger(name).level for name in _LOGGERS}
        out, err = _Muted(sys.stdout, self), _Muted(sys.stderr, self)
        try:
            for name in _LOGGERS:
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
            with warnings.catch_warnings(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                warnings.simplefilter("ignore")
                yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)

    @contextlib.contextmanager
    def aloud(self) -> Iterator[None]:
        """What this thread prints here is seen again."""
        before = self.heard
        self._here.aloud = True
        try:
            yield
        finally:
            self._here.aloud = before

    @property
    def heard(self) -> bool:
        """Whether what this thread prints is seen."""
        return getattr(self._here, "aloud", False) or threading.current_thread() in self._earlier


class _Muted:
    """A stream that takes only what is to be seen."""

    def __init__(self, stream: TextIO, quiet: Quiet) -> None:
        self._stream = stream
        self._quiet = quiet

    def write(self, text: str) -> int:
        return self._stream.write(text) if self._quiet.heard else len(text)

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
