"""Recorded dialogues out of a data file's rows. The formats are the files of `transcripts/`; there is no other list."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence

from pedalang import diagnostic
from pedalang.exchange import transcripts
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Unreadable, Utterance
from pedalang.expression.values import Value

Read = Callable[[Mapping[str, Value]], list[Utterance]]


def formats() -> list[str]:
    """The names of the formats, in order."""
    return sorted(found.name for found in pkgutil.iter_modules(transcripts.__path__))


def reader(name: str) -> Read:
    """The function that reads a row of a format. Raises `DataError` for an unknown one."""
    known = formats()
    if name not in known:
        raise DataError("PED0810", f"unknown transcript format `{name}`",
                        help=diagnostic.did_you_mean(name, known) or f"the formats are {', '.join(known)}")
    read: Read = importlib.import_module(f"{transcripts.__name__}.{name}").read
    return read


def dialogues(name: str, rows: Sequence[Mapping[str, Value]], places: Sequence[int]) -> list[list[Utterance]]:
    """The dialogue of each row; `places` are the rows' own in their file, from 0. Raises `DataError`, which names the
    first row, counted from 1, that holds none."""
    read = reader(name)
    found = []
    for place, row in zip(places, rows, strict=True):
        try:
            found.append(read(row))
        except Unreadable as error:
            raise DataError("PED0809", f"row {place + 1} holds no `{name}` dialogue: {error}",
                            help="mend the row, or leave it out") from None
    return found
