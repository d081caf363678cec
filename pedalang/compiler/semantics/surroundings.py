"""What lies beside a program, other than modules, as far as its checks look at it. The door hands it in: the compiler
itself reads no data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

Columns = Callable[[str], tuple[str, ...] | None]
"""From the path of a data file, as the program writes it, to the names that its rows have; None where these are not
known: there is no such file, or it cannot be read."""


Tuned = Callable[[str], Mapping[str, str] | None]
"""From the path of a saved artefact to the digest of the prompt that it was tuned for, by the member of the cast; None
where there is no such file, or it cannot be read."""


class Surroundings(Struct, frozen=True):
    """What can be known about files before a run."""

    columns: Columns
    tuned: Tuned = lambda path: None
    python: Callable[[str], str] = lambda module: ""
    """From the name of a Python module to the hash of its file; empty where there is none."""
    allows_python: bool = False
    """Whether whoever compiles has said that the program's Python functions may be run."""


NOTHING_KNOWN = Surroundings(lambda path: None)
"""For a program that stands alone."""
