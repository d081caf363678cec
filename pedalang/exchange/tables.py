"""Files of rows: CSV, JSONL, JSON, XML and Parquet, and folders of them, read whole. What the rows mean is not known
here.

UTF-8 only, with or without a byte order mark. A CSV file has a header and commas; its cells are texts. Lists come as
tuples, objects as dicts from text. A file of XML is one row, its root element.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pedalang.exchange import markup
from pedalang.exchange.errors import DataError
from pedalang.expression.values import Value

MAX_FILE = 1_000_000_000
"""Bytes of a file."""
MAX_HEAD = 1_000_000
"""Bytes of it that are looked at for the names of its columns."""
MAX_TEXT = 1_000_000
"""Characters of one text in it."""
MAX_DEPTH = 64
"""Lists and objects, or elements, inside one another."""
MAX_FILES = 100_000
"""Files in a folder."""


class Row(Struct, frozen=True):
    """`number` and `line` count from 1, in the row's own file; `line` is 0 where it is not known."""

    number: int
    line: int
    fields: dict[str, Value]
    file: str = ""
    """Where it lies in the folder that was read; empty where one file was."""

    def __str__(self) -> str:
        told = f"row {self.number} (line {self.line})" if self.line else f"row {self.number}"
        return f"`{self.file}`, {told}" if self.file else told


class Table(Struct, frozen=True):
    """`sha256` is that of the file's bytes; of a folder, that of the lines which `sha256sum` prints of its files."""

    rows: tuple[Row, ...]
    sha256: str


def read(path: Path) -> Table:
    """The rows of a file, by the end of its name; of a folder, those of all its files. Raises `OSError`, or `DataError`
    for what is no such file."""
    if path.is_dir():
        return _folder(path)
    parse = FORMATS.get(path.suffix.lower())
    if parse is None:
        raise DataError("PED0805", f"`{path.name}` is no data file by its name",
                        help=f"the name of a data file ends in {', '.join(FORMATS)}")
    data = _bytes(path)
    return Table(tuple(parse(data, path.name)), hashlib.sha256(data).hexdigest())


def text(path: Path) -> str:
    """The text of a file. Raises `OSError`, or `DataError` where it is too large or not UTF-8."""
    return _decoded(_bytes(path), path.name)


def _bytes(path: Path) -> bytes:
    _bounded(path.name, path.stat().st_size)
    return path.read_bytes()


def _folder(folder: Path) -> Table:
    """The rows of all data files below a folder, in the order of their paths. Others, hidden ones, and what a link
    leads out of the folder are passed over; two kinds of data files are refused, for one of them is not meant."""
    files = sorted((path.relative_to(folder).as_posix(), path) for path in _below(folder))
    kinds = {path.suffix.lower(): name for name, path in reversed(files)}
    if len(kinds) > 1:
        one, other, *_ = sorted(kinds.values())
        raise DataError("PED0815", f"the folder `{folder.name}` has data files of {len(kinds)} kinds, `{one}` and "
                        f"`{other}` among them", help="put the files of one kind in a folder of their own")
    if not files:
        raise DataError("PED0805", f"the folder `{folder.name}` has no data files",
                        help=f"the name of a data file ends in {', '.join(FORMATS)}")
    _bounded(folder.name, sum(path.stat().st_size for _, path in files))
    rows: list[Row] = []
    sums: list[str] = []
    for name, path in files:
        data = path.read_bytes()
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")
        rows += [replace(row, file=name) for row in FORMATS[path.suffix.lower()](data, name)]
    return Table(tuple(rows), hashlib.sha256("".join(sums).encode()).hexdigest())


def _below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in FORMATS and not hidden and path.is_file() and inside(folder, path):
            found.append(path)
            if len(found) > MAX_FILES:
                raise DataError("PED0808", f"`{folder.name}` has more than {MAX_FILES} files",
                                help="bring a part of it")
    return found


def _bounded(name: str, size: int) -> None:
    if size > MAX_FILE:
        raise DataError("PED0808", f"`{name}` has more than {MAX_FILE} bytes", help="bring a part of it")


def columns(path: Path) -> tuple[str, ...] | None:
    """The names that the rows of a file have, as far as its beginning tells; None where it does not. Raises `OSError`
    or `DataError`."""
    end, few = path.suffix.lower(), path.stat().st_size <= MAX_HEAD
    if end not in FORMATS or (end in (".json", ".xml") and not few) or path.is_dir():
        return None
    if end == ".parquet":
        return _parquet_columns(path)
    with path.open("rb") as file:
        data = file.read(MAX_HEAD)
    if not few:
        data = data[:data.rfind(b"\n") + 1]
    found: dict[str, None] = {}
    if end == ".csv":
        reader = csv.reader(io.StringIO(_decoded(data, path.name), newline=""), strict=True)
        try:
            found |= dict.fromkeys(_header(next(reader, []), path.name))
        except csv.Error:
            return None
    else:
        for row in FORMATS[end](data, path.name):
            found |= dict.fromkeys(row.fields)
    return tuple(found) or None


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = "it looks like UTF-16; " if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        raise DataError("PED0802", f"`{name}` is not UTF-8: byte 0x{data[error.start]:02x} in line {line}",
                        help=f"{guess}save it as UTF-8") from None


def beside(folder: Path) -> Callable[[str], tuple[str, ...] | None]:
    """What tells the columns of files in a folder, by their paths from there; None for what cannot be read, and for
    what a link leads out of the folder."""
    def known(path: str) -> tuple[str, ...] | None:
        try:
            return columns(folder / path) if inside(folder, folder / path) else None
        except (OSError, ValueError, DataError):
            return None

    return known


def inside(folder: Path, path: Path) -> bool:
    """Whether a path, its links followed, is in a folder."""
    return path.resolve().is_relative_to(folder.resolve())


def _text(parse: Callable[[str, str], Iterator[Row]]) -> Callable[[bytes, str], Iterator[Row]]:
    """What reads bytes, of what reads text."""
    return lambda data, name: parse(_decoded(data, name), name)


def _parquet(data: bytes, name: str) -> Iterator[Row]:
    for number, fields in enumerate(_library(name).rows(data, name, MAX_FILE), 1):
        where = f"`{name}`, row {number}"
        yield Row(number, 0, {key: _value(value, where, 1) for key, value in fields.items()})


def _parquet_columns(path: Path) -> tuple[str, ...]:
    return _library(path.name).columns(path)


def _library(name: str) -> ModuleType:
    """What reads Parquet files; its library is loaded when there is one to read."""
    try:
        return importlib.import_module("pedalang.exchange.parquet")
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "pedalang":
            raise
        raise DataError("PED0813", f"`{name}` is a Parquet file, and the library that reads them is not installed",
                        help="pip install 'pedalang[parquet]'") from None


def _csv(text: str, name: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    with _cells_of(MAX_TEXT):
        try:
            header = _header(next(reader, []), name)
            number = 0
            start = reader.line_num + 1
            for cells in reader:
                if cells:
                    number += 1
                    yield Row(number, start, _cells(header, cells, name, start))
                start = reader.line_num + 1
        except csv.Error as error:
            _refuse_csv(error, reader.line_num, name)


@contextmanager
def _cells_of(limit: int) -> Iterator[None]:
    """The csv module has one limit for the whole process; it is put back."""
    before = csv.field_size_limit(limit)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _refuse_csv(error: csv.Error, line: int, name: str) -> None:
    if "field limit" in str(error):
        raise DataError("PED0808", f"`{name}`, line {line}: a cell of more than {MAX_TEXT} characters",
                        help="look for a quote that is not closed, or shorten the text") from None
    raise DataError("PED0805", f"`{name}`, line {line}: no CSV: {error}",
                    help='a cell with a comma, a quote or a line break stands in quotes; a quote inside is doubled: ""'
                    ) from None


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = sorted({cell for cell in header if header.count(cell) > 1})
    if twice:
        raise DataError("PED0805", f"`{name}`, line 1: two columns are called `{twice[0]}`",
                        help="a CSV file begins with a line that names its columns")
    return header


def _cells(header: list[str], cells: list[str], name: str, line: int) -> dict[str, Value]:
    if len(cells) != len(header):
        other = next((mark for mark in (";", "\t") if len(header) == 1 and mark in header[0]), None)
        raise DataError("PED0805", f"`{name}`, line {line}: {_counted(len(cells), 'cell')}, where the header has "
                        f"{len(header)}", help="separate the cells with commas" if other else "quote cells with commas")
    return dict(zip(header, cells, strict=True))


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _jsonl(text: str, name: str) -> Iterator[Row]:
    number = 0
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            number += 1
            where = f"`{name}`, line {line}"
            yield Row(number, line, _object(_json_value(content, where), where))


def _json(text: str, name: str) -> Iterator[Row]:
    found = _json_value(text, f"`{name}`")
    if not isinstance(found, list):
        raise DataError("PED0805", f"`{name}` holds {_kind(found)}, not a list of objects",
                        help="put the objects in one list, or one on each line of a .jsonl file")
    for number, item in enumerate(found, 1):
        yield Row(number, 0, _object(item, f"`{name}`, row {number}"))


def _xml(text: str, name: str) -> Iterator[Row]:
    yield Row(1, 0, markup.read(text, name, MAX_DEPTH, MAX_TEXT))


def _json_value(text: str, where: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except RecursionError:
        raise _too_deep(where) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise DataError("PED0805", f"{where}: no JSON: {error}",
                        help="texts in double quotes, no comma before a bracket that closes") from None


def _object(value: Any, where: str) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise DataError("PED0805", f"{where}: {_kind(value)}, not an object", help='a row looks like {"id": "a1", …}')
    return {key: _value(item, where, 1) for key, item in value.items()}


def _value(value: Any, where: str, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise _too_deep(where)
    match value:
        case str() if len(value) > MAX_TEXT:
            raise DataError("PED0808", f"{where}: a text of more than {MAX_TEXT} characters", help="shorten it")
        case list():
            return tuple([_value(item, where, depth + 1) for item in value])
        case dict():
            return {key: _value(item, where, depth + 1) for key, item in value.items()}
    return value


def _too_deep(where: str) -> DataError:
    return DataError("PED0805", f"{where}: more than {MAX_DEPTH} lists and objects inside one another",
                     help="bring flatter rows")


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
    return "an object"


FORMATS: dict[str, Callable[[bytes, str], Iterator[Row]]] = {
    ".csv": _text(_csv), ".jsonl": _text(_jsonl), ".json": _text(_json), ".xml": _text(_xml),
    ".parquet": _parquet,
}
"""The end of a file's name to how its bytes are read."""
