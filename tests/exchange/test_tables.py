"""Files of rows: what is read, and what is refused with which words."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pedalang.exchange import tables
from pedalang.exchange.errors import DataError

QUOTES = 'a cell with a comma, a quote or a line break stands in quotes; a quote inside is doubled: ""'
OBJECT = 'a row looks like {"id": "a1", …}'
DEEP = "more than 64 lists and objects inside one another"


def written(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows(folder: Path, name: str, data: str | bytes) -> list[dict[str, object]]:
    return [row.fields for row in tables.read(written(folder, name, data)).rows]


def refusal(folder: Path, name: str, data: str | bytes) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        tables.read(written(folder, name, data))
    return str(caught.value), caught.value.help


def test_csv_with_quotes_line_breaks_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = '\ufeffid, text\r\n1,"a, ""b""\nc"\r\n\r\n2,\r\n'
    table = tables.read(written(tmp_path, "t.CSV", text))
    assert [(str(row), row.fields) for row in table.rows] == [
        ("row 1 (line 2)", {"id": "1", "text": 'a, "b"\nc'}), ("row 2 (line 5)", {"id": "2", "text": ""}),
    ]


def test_jsonl_and_json_hold_the_same_values(tmp_path: Path) -> None:
    items = [{"n": 1, "x": 0.5, "t": "é\u2028", "l": [1, [2]], "o": {"k": None}}, {"n": 10**30, "b": True}]
    want = [{"n": 1, "x": 0.5, "t": "é\u2028", "l": (1, (2,)), "o": {"k": None}}, {"n": 10**30, "b": True}]
    lines = "\n\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\r\n"
    assert rows(tmp_path, "t.jsonl", lines) == want
    assert rows(tmp_path, "t.json", json.dumps(items)) == want


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    table = tables.read(written(tmp_path, "t.csv", b"abc"))
    assert table.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


REFUSED = [
    ("t.txt", "a", "PED0805: `t.txt` is no data file by its name",
     "the name of a data file ends in .csv, .jsonl, .json, .xml, .parquet"),
    ("t.csv", b"a\nb\n\xff\n", "PED0802: `t.csv` is not UTF-8: byte 0xff in line 3", "save it as UTF-8"),
    ("t.csv", "a\n1\n".encode("utf-16"), "PED0802: `t.csv` is not UTF-8: byte 0xff in line 1",
     "it looks like UTF-16; save it as UTF-8"),
    ("t.csv", "a,b\n1\n", "PED0805: `t.csv`, line 2: 1 cell, where the header has 2", "quote cells with commas"),
    ("t.csv", "a;b\n1;2,5\n", "PED0805: `t.csv`, line 2: 2 cells, where the header has 1",
     "separate the cells with commas"),
    ("t.csv", "a,a\n1,2\n", "PED0805: `t.csv`, line 1: two columns are called `a`",
     "a CSV file begins with a line that names its columns"),
    ("t.csv", 'a\n"1" 2\n', "PED0805: `t.csv`, line 2: no CSV: ',' expected after '\"'", QUOTES),
    ("t.csv", 'a\n"1\n2\n', "PED0805: `t.csv`, line 3: no CSV: unexpected end of data", QUOTES),
    ("t.csv", "a\n" + "1" * 1_000_001, "PED0808: `t.csv`, line 2: a cell of more than 1000000 characters",
     "look for a quote that is not closed, or shorten the text"),
    ("t.jsonl", '{"a": 1}\n\n[1]\n', "PED0805: `t.jsonl`, line 3: a list, not an object", OBJECT),
    ("t.json", '{"a": 1}', "PED0805: `t.json` holds an object, not a list of objects",
     "put the objects in one list, or one on each line of a .jsonl file"),
    ("t.json", '[{"a": 1}, null]', "PED0805: `t.json`, row 2: null, not an object", OBJECT),
    ("t.jsonl", '{"a": ' + "[" * 100 + "]" * 100 + "}", f"PED0805: `t.jsonl`, line 1: {DEEP}", "bring flatter rows"),
    ("t.jsonl", '{"a": ' + "[" * 50_000, f"PED0805: `t.jsonl`, line 1: {DEEP}", "bring flatter rows"),
    ("t.jsonl", '{"a": "' + "x" * 1_000_001 + '"}',
     "PED0808: `t.jsonl`, line 1: a text of more than 1000000 characters", "shorten it"),
]


@pytest.mark.parametrize(("name", "data", "message", "help"), REFUSED)
def test_what_is_refused(tmp_path: Path, name: str, data: str | bytes, message: str, help: str) -> None:
    assert refusal(tmp_path, name, data) == (message, help)


@pytest.mark.parametrize("value", ["NaN", "1e999", '"\\ud800"', "{'a': 1}", "1,", "9" * 6000])
def test_json_that_only_python_reads_is_refused(tmp_path: Path, value: str) -> None:
    message, _ = refusal(tmp_path, "t.jsonl", f'{{"a": 1}}\n{{"a": {value}}}')
    assert message.startswith("PED0805: `t.jsonl`, line 2: no JSON")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    with path.open("wb") as file:
        file.truncate(tables.MAX_FILE + 1)
    with pytest.raises(DataError, match=r"`t\.csv` has more than 1000000000 bytes") as caught:
        tables.read(path)
    assert caught.value.code == "PED0808"


def test_the_csv_limit_of_the_process_is_put_back(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    refusal(tmp_path, "t.csv", 'a\n"')
    assert csv.field_size_limit() == before


texts = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)
names = st.lists(st.text("abcdef_", min_size=1, max_size=6), min_size=1, max_size=4, unique=True)


@given(st.data())
@settings(max_examples=60)
def test_csv_gives_back_the_texts_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject,
) -> None:
    header = data.draw(names)
    cells = data.draw(st.lists(st.lists(texts, min_size=len(header), max_size=len(header)), max_size=5))
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([header, *cells])
    found = rows(tmp_path_factory.mktemp("t"), "t.csv", out.getvalue())
    assert found == [dict(zip(header, row, strict=True)) for row in cells]


numbers = st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8,
)


def as_lists(value: object) -> object:
    match value:
        case tuple():
            return [as_lists(item) for item in value]
        case dict():
            return {key: as_lists(item) for key, item in value.items()}
    return value


@given(st.lists(st.dictionaries(texts, json_values, max_size=3), max_size=4))
@settings(max_examples=60)
def test_json_gives_back_the_values_that_were_written(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, object]],
) -> None:
    folder = tmp_path_factory.mktemp("t")
    assert [as_lists(row) for row in rows(folder, "t.json", json.dumps(items))] == items
    lines = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    assert [as_lists(row) for row in rows(folder, "t.jsonl", lines)] == items


BYTES = [
    b'id,a,b\n1,1/2,"x\ny"\n2,1/3,\n', b'{"id": "1", "a": [1, {"b": null}]}\n{"id": "\\u00e9", "a": 1e3}\n',
    b'[{"id": "1"}, {"id": "2", "a": true}]',
]


@given(st.sampled_from(BYTES), st.sampled_from(["t.csv", "t.jsonl", "t.json"]),
       st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3), st.binary(max_size=4)), max_size=4))
@settings(max_examples=300)
def test_a_broken_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str, edits: list[tuple[int, int, bytes]],
) -> None:
    for at, length, new in edits:
        data = data[:at] + new + data[at + length:]
    path = written(tmp_path_factory.mktemp("t"), name, data)
    try:
        table = tables.read(path)
    except DataError as error:
        assert error.code in ("PED0802", "PED0805")
    else:
        json.dumps([as_lists(row.fields) for row in table.rows], ensure_ascii=False).encode()


# ---------------------------------------------------------------- Parquet, and what the beginning of a file tells


def parquet_file(folder: Path, columns: dict[str, object], name: str = "t.parquet") -> Path:
    path = folder / name
    parquet.write_table(pyarrow.table(columns), path)
    return path


def test_a_parquet_file_has_rows_of_plain_values(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, {"id": ["a", "b"], "n": [1, None], "steps": [["x"], []],
                                   "on": [date(2024, 5, 1), None], "price": [Decimal("0.10"), Decimal("2.50")],
                                   "in": [{"k": 1.5}, {"k": None}]})
    assert [row.fields for row in tables.read(path).rows] == [
        {"id": "a", "n": 1, "steps": ("x",), "on": "2024-05-01", "price": Fraction(1, 10), "in": {"k": 1.5}},
        {"id": "b", "n": None, "steps": (), "on": None, "price": Fraction(5, 2), "in": {"k": None}},
    ]
    assert str(tables.read(path).rows[1]) == "row 2"


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\0" * 40 + b"PAR1", b"id,a\n1,2\n"])
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(data)
    for read in (tables.read, tables.columns):
        with pytest.raises(DataError) as caught:
            read(path)
        assert caught.value.code == "PED0805"


def test_bytes_are_no_values(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        tables.read(parquet_file(tmp_path, {"picture": [b"\x89PNG"]}))
    assert (caught.value.code, "bytes" in caught.value.message) == ("PED0805", True)


def test_what_a_parquet_file_unpacks_to_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet_file(tmp_path, {"n": list(range(100_000))})
    monkeypatch.setattr(tables, "MAX_FILE", 700_000)
    assert path.stat().st_size < 700_000
    with pytest.raises(DataError) as caught:
        tables.read(path)
    assert (caught.value.code, "unpacked" in caught.value.message) == ("PED0808", True)


def test_without_the_library_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = parquet_file(tmp_path, {"n": [1]})
    monkeypatch.delitem(sys.modules, "pedalang.exchange.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError) as caught:
        tables.read(path)
    assert (caught.value.code, caught.value.help) == ("PED0813", "pip install 'pedalang[parquet]'")


@pytest.mark.parametrize(("name", "text", "expected"), [
    ("t.csv", "id, a\n1,2\n", ("id", "a")),
    ("t.csv", "", None),
    ("t.csv", "a,\"b\n", None),
    ("t.jsonl", '{"a": 1}\n{"b": 2}\n', ("a", "b")),
    ("t.json", '[{"a": 1}, {"a": 2, "c": 3}]', ("a", "c")),
    ("t.json", '{"a": 1}', None),
    ("t.xlsx", "a,b", None),
])
def test_columns_are_known_by_the_beginning(tmp_path: Path, name: str, text: str,
                                            expected: tuple[str, ...] | None) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert tables.beside(tmp_path)(name) == expected


def test_columns_of_a_long_file_take_its_beginning_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.jsonl").write_text('{"a": 1}\n{"b": "é"}\n{"c": "' + "x" * 100 + '"}\n', encoding="utf-8")
    monkeypatch.setattr(tables, "MAX_HEAD", 40)
    assert tables.beside(tmp_path)("t.jsonl") == ("a", "b")
    parquet_file(tmp_path, {"n": list(range(1000)), "m": list(range(1000))})
    assert tables.beside(tmp_path)("t.parquet") == ("n", "m")


def test_columns_of_what_lies_elsewhere_are_not_told(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("password\n1\n", encoding="utf-8")
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "t.csv").symlink_to(tmp_path / "secret.csv")
    known = tables.beside(tmp_path / "program")
    assert known("t.csv") is known("../secret.csv") is known(str(tmp_path / "secret.csv")) is known("none.csv") is None
    assert known("a\0b.csv") is None
