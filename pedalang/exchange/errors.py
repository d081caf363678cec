"""What can be wrong with data that someone brings. Codes PED08yy."""

from __future__ import annotations

from pedalang.runtime.errors import RunError


class DataError(RunError):
    """A data file, a selection from it, or a recorded dialogue cannot be used as the program wants it."""
