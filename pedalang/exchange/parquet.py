"""Parquet files, by way of pyarrow: their rows in the values that expressions know; files written group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from pedalang.exchange.errors import DataError

BATCH = 4096
"""Rows that are unpacked at a time."""
GROUP = 16_384
"""Rows that are written at a time, and are in memory until then."""
_MESSAGE = pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())])
_KINDS = {int: pyarrow.int64(), float: pyarrow.float64(), str: pyarrow.string(), list: pyarrow.list_(_MESSAGE)}


def rows(data: bytes, name: str, most: int) -> Iterator[dict[str, Any]]:
    """The rows of a file by column. Raises `DataError` for what is no such file, or is more than `most` bytes when it
    is unpacked."""
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data))
        groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > most:
            raise DataError("PED0808", f"`{name}` has more than {most} bytes when it is unpacked",
                            help="bring a part of it")
        for batch in file.iter_batches(BATCH):
            for row in batch.to_pylist():
                yield {key: _plain(value, name) for key, value in row.items()}
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _none(name, error) from None


def columns(path: Path) -> tuple[str, ...]:
    """The names of a file's columns. Raises `DataError`."""
    try:
        return tuple(parquet.read_schema(path).names)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _none(path.name, error) from None


def _none(name: str, error: Exception) -> DataError:
    return DataError("PED0805", f"`{name}`: no Parquet: {str(error).splitlines()[0] if str(error) else 'it is empty'}",
                     help="write it anew as Parquet, CSV or JSONL")


def _plain(value: Any, name: str) -> Any:
    """A value as JSON would have it: moments as text, exact decimals as fractions; bytes are refused."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return Fraction(value) if value.is_finite() else None
        case list():
            return [_plain(item, name) for item in value]
        case dict():
            return {key: _plain(item, name) for key, item in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise DataError("PED0805", f"`{name}` has a column of {type(value).__name__}, which no field can hold",
                    help="leave the column out")


class Writer:
    """A file that is written, of columns of whole numbers, numbers, texts, or lists of messages (`role`, `content`).
    Each value may be missing."""

    def __init__(self, path: Path, columns: Mapping[str, type]) -> None:
        """Raises `OSError` where it cannot be written."""
        self._schema = pyarrow.schema([(name, _KINDS[kind]) for name, kind in columns.items()])
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        """A row, in the order of the columns. Raises `ValueError` for a value of another kind, `OSError`."""
        self._rows.append(row)
        if len(self._rows) == GROUP:
            self._write()

    def close(self) -> None:
        self._write()
        self._file.close()

    def _write(self) -> None:
        if self._rows:
            columns = [pyarrow.array(values, field.type) for values, field in
                       zip(zip(*self._rows, strict=True), self._schema, strict=True)]
            self._file.write_batch(pyarrow.record_batch(columns, schema=self._schema))
            self._rows = []
