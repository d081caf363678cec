"""What can go wrong while a plan runs. Every failure has a code, a message, and often help.

    RunError                 a run is asked for wrongly        PED12yy
    ├── EngineError          an engine could not answer        PED11yy   (`retryable` says whether to ask again)
    ├── JournalError         a run folder cannot be used       PED12yy
    └── EpisodeError         one dialogue cannot go on         PED12yy
"""

from __future__ import annotations


class RunError(Exception):
    """A failure that a user can meet: `code`, what was seen, what would help, and the place in the program."""

    def __init__(self, code: str, message: str, *, help: str = "", place: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.place = place

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class EngineError(RunError):
    """An engine failed. `retryable`: the same request may be answered later."""

    def __init__(self, code: str, message: str, *, help: str = "", retryable: bool = False) -> None:
        super().__init__(code, message, help=help)
        self.retryable = retryable


class JournalError(RunError):
    """A run folder or its journal cannot be read, written or continued."""


class EpisodeError(RunError):
    """One dialogue cannot go on; the others can."""
