"""Sheets as CSV: a row a question, to be filled in with a spreadsheet, and read back whatever that made of it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from pedalang import plan
from pedalang.rating.items import Line
from pedalang.rating.returned import Said
from pedalang.rating.sheets import Sheet
from pedalang.runtime.errors import RunError

COLUMNS = ("rater", "item", "criterion", "before", "part", "question", "answers", "rating", "comment")
NEEDED = ("item", "criterion", "rating")
SEPARATORS = ",;\t|"
LARGEST_CELL = 30_000
"""Characters; a spreadsheet's cell holds 32,767."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula, and would run it."""


def written(sheet: Sheet) -> bytes:
    """A rater's sheet as CSV in UTF-8, marked as such, for spreadsheets. Rows follow the sheet's order."""
    made = io.StringIO(newline="")
    table = csv.writer(made)
    table.writerow(COLUMNS)
    for item in sheet.items:
        for question in item.questions:
            table.writerow([_safe(cell) for cell in (
                sheet.rater, item.name, question.criterion, _lines(item.before), _lines(item.part), question.ask,
                _answers(question.levels), "", "")])
    return codecs.BOM_UTF8 + made.getvalue().encode("utf-8", "replace")


def _lines(lines: Sequence[Line]) -> str:
    text = "\n".join(f"{line.who}: {line.text}" for line in lines)
    return text if len(text) <= LARGEST_CELL else \
        f"{text[:LARGEST_CELL]}\n[cut here: a cell holds no more; the page shows all of it]"


def _answers(levels: Sequence[plan.ScaleLevel]) -> str:
    return "\n".join(f"{level.value:g} = {level.label}: {level.text}" if level.label != f"{level.value:g}" else
                     f"{level.value:g}: {level.text}" for level in levels)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def read(data: bytes, name: str, rater: str = "") -> Iterator[Said]:
    """The rows of a sheet in any encoding and with any separator that spreadsheets write. `rater` is who rated where
    the sheet does not say. Raises `RunError` PED1461 for what is no sheet."""
    text = _text(data, name)
    first = text.split("\n", 1)[0]
    skipped = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:  # how Excel is told the separator
        text, skipped = text.split("\n", 1)[1] if "\n" in text else "", 1
        first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=lambda each: first.count(each))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = [cell.strip().strip("\ufeff").casefold() for cell in next(rows, [])]
        places = _places(header, name)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _said(row, places, f"{name}:{rows.line_num + skipped}", rater)
    except csv.Error as error:
        raise _no_sheet(name, f"line {rows.line_num + skipped}: {error}") from None


def _text(data: bytes, name: str) -> str:
    """UTF-8 or UTF-16 by their marks, else UTF-8, else Windows' Western encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark):].decode(encoding)
            except UnicodeDecodeError as error:
                raise _no_sheet(name, f"it is marked as {encoding} and is not: {error.reason}") from None
    if b"\0" in data:
        raise _no_sheet(name, "it holds bytes that are no text")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _no_sheet(name, "it is in no encoding that spreadsheets write")


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    lacking = [column for column in NEEDED if column not in header]
    if lacking:
        raise _no_sheet(name, f"its first row lacks {', '.join(f'`{each}`' for each in lacking)}")
    twice = next((column for column in COLUMNS if header.count(column) > 1), None)
    if twice is not None:
        raise _no_sheet(name, f"two columns are called `{twice}`")
    return {column: header.index(column) for column in COLUMNS if column in header}


def _said(row: Sequence[str], places: dict[str, int], place: str, rater: str) -> Said:
    def cell(column: str) -> str:
        at = places.get(column, len(row))
        text = row[at].strip() if at < len(row) else ""
        return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text

    return Said(place, cell("item"), cell("criterion"), cell("rater") or rater, cell("rating"), cell("comment"))


def _no_sheet(name: str, why: str) -> RunError:
    return RunError("PED1461", f"`{name}` is no rating sheet: {why}",
                    help="save the sheet as CSV, with its first row; from the page, use its button `Save ratings`")
