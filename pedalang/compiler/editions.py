"""From one edition of the language to the next: a table of rewrites, and the walk along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pedalang.compiler.semantics import modules
from pedalang.compiler.semantics.modules import EDITION
from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Report
from pedalang.source import Source, Span

Rewrite = Callable[[Source], str]
"""From a text of an edition to one of the next that means the same. The line with the edition is not its business."""

REWRITES: Mapping[int, Rewrite] = {}
"""By the edition that they lead away from. There has been one edition, so there is none."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """A text for an edition, and the edition that it was written for; None where it did not say."""

    text: str
    was: int | None


def migrate(source: Source, report: Report, rewrites: Mapping[int, Rewrite] = REWRITES,
            newest: int = EDITION) -> Migrated | None:
    """The text as the newest edition has it, which its first line then says. A text that names none is taken for one of
    the oldest. None, and reported, for an edition that is not known."""
    known = {str(edition): edition for edition in (*rewrites, newest)}
    said = _edition(source)
    if said is not None and said.number.text not in known:
        number = said.number
        modules.refuse_edition(number.text, Span(source, number.start, number.end), report)
        return None
    was = known[said.number.text] if said is not None else None
    text = source.text
    for edition in range(min(known.values()) if was is None else was, newest):
        text = rewrites[edition](Source(source.name, text))
    return Migrated(_saying(Source(source.name, text), newest), was)


def _edition(source: Source) -> tree.Edition | None:
    """The line with the edition, in whatever else may be wrong with the text."""
    return parse.parse(source, Report()).edition


def _saying(source: Source, edition: int) -> str:
    """The text with this edition in its first line, and nothing else changed."""
    said = _edition(source)
    if said is not None:
        return source.text[: said.number.start] + str(edition) + source.text[said.number.end :]
    line_break = "\r\n" if "\r\n" in source.text else "\n"
    return f"pedalang {edition}{line_break}{line_break if source.text.strip() else ''}{source.text}"
