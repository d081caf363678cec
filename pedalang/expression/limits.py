"""How large expressions may make things. A breach is an `EvaluationError`, never a slow or a dead process."""

from __future__ import annotations

MAX_ITEMS = 10_000
"""Items of a list."""
MAX_INSIDE = 50_000
"""Items of a list and of all lists and records inside it, together; 64 characters of a text count for one."""
MAX_TEXT = 100_000
"""Characters of a text."""
MAX_BITS = 4_096
"""Bits of a whole number, and of either part of a fraction."""
MAX_STEPS = 100_000
"""What one evaluation may make and visit: items of lists, rounds of loops, and 64 characters of text for one."""
MAX_DIGITS = 300
"""Characters of a number that is read from a text; what is longer is no number that somebody means."""
