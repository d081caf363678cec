"""The journal: what happened in a run, event by event, durable before anything is built on it.

`events` says what there is, `tables` and `versions` how it is kept, `files` reads and writes it, `form` is the form by
which two runs are compared. Nothing here runs, scores or chooses anything.
"""

from __future__ import annotations

from pedalang.journal.events import (
    Completion,
    Counted,
    Dialogue,
    Ending,
    Episode,
    Event,
    Failure,
    Header,
    Intervention,
    JournalFormatError,
    NewerJournalError,
    Sitting,
    Turn,
    Verdict,
)
from pedalang.journal.files import FILE_NAME, Journal, Pace, create, open_journal, reopen
from pedalang.journal.form import canonical, digest
from pedalang.journal.versions import VERSION

__all__ = [
    "FILE_NAME", "VERSION", "Completion", "Counted", "Dialogue", "Ending", "Episode", "Event", "Failure", "Header",
    "Intervention", "Journal", "JournalFormatError", "NewerJournalError", "Pace", "Sitting", "Turn", "Verdict",
    "canonical", "create", "digest", "open_journal", "reopen",
]
