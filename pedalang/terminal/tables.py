"""Tables on a terminal, and the numbers in them."""

from __future__ import annotations

from rich.table import Table


def table(*headings: str) -> Table:
    """An empty table; a heading that ends in `>` is of a column set to the right."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading.rstrip(">"), justify="right" if heading.endswith(">") else "left", no_wrap=True)
    return made


def number(value: float | None) -> str:
    """A measure, to three places; what rounds to nothing has no sign."""
    return "–" if value is None else f"{value:z.3f}"


def percent(value: float | None) -> str:
    """A share as a percentage, to two places."""
    return "–" if value is None else f"{100 * value:z.2f}"


def at(level: float) -> str:
    """The heading of intervals: `95 % interval`."""
    return f"{100 * level:g} % interval"


def interval(low: float | None, high: float | None) -> str:
    """From where to where, to three places."""
    return "" if low is None or high is None else f"{low:z.3f} to {high:z.3f}"
