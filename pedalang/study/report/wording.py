"""How values, numbers and texts of a run read in a report. Plain text only: escaping is the templates' work."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

import msgspec

from pedalang.expression import values

NOTHING = "–"
"""Stands where there is no number."""

_FOLDER = re.compile(r"^(?P<scheme>[a-z+]+:)?(?:/(?!/)|[A-Za-z]:[\\/])(?:.*[\\/])?(?P<name>[^\\/]+)$", re.S)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without what a page must not hold: control characters and lone surrogates become U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def clip(text: str, limit: int) -> str:
    """The text, or its first `limit` characters and how many follow."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit:,} more characters in the journal)"


def short(text: str, limit: int) -> str:
    """The text on one line, at most `limit` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def without_folders(value: Any) -> Any:
    """The value with absolute paths in it cut to the file's name: a page that travels does not tell where its author
    keeps files. Paths may follow a scheme (`llama:/home/…/x.gguf`); addresses with a host stay as they are."""
    match value:
        case str():
            return _FOLDER.sub(lambda found: f"{found['scheme'] or ''}…/{found['name']}", value)
        case list():
            return [without_folders(item) for item in value]
        case dict():
            return {key: without_folders(item) for key, item in value.items()}
    return value


def show(value: Any) -> str:
    """A value of a journal: 5/6, 0.25, yes, `none`, a, b. A malformed fraction is shown as its JSON."""
    try:
        return _text(values.from_json(value))
    except ValueError:
        return msgspec.json.encode(value).decode()


def _text(value: values.Value) -> str:
    match value:
        case None:
            return "none"
        case float() if math.isfinite(value):
            return values.to_text(round(value, 4)) if abs(value) >= 1e-4 or value == 0 else f"{value:.1e}"
        case tuple():
            return ", ".join(map(_text, value)) or "none"
        case dict():
            return ", ".join(f"{key}: {_text(item)}" for key, item in value.items()) or "none"
    return values.to_text(value)


def as_float(value: Any) -> float | None:
    """A value of a journal as a finite float, truth values as 0 and 1; `None` for what is no number or too large."""
    if value is None or isinstance(value, str):
        return None
    try:
        number = values.from_json(value) if isinstance(value, dict) else value
        found = float(number) if isinstance(number, int | float | Fraction) else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def number(value: float | None) -> str:
    """A measure: 0.83, 12.4, 1,204; a dash for none."""
    if value is None or not math.isfinite(value):
        return NOTHING
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    if abs(value) < 0.005:
        return "0.00"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"


def interval(low: float | None, high: float | None) -> str:
    """A 95 % interval: 0.42 to 0.91; a dash where there is none."""
    return NOTHING if low is None or high is None else f"{number(low)} to {number(high)}"


def count(number: int, one: str, many: str = "") -> str:
    """1 dialogue, 2 dialogues, 10,000 dialogues."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
