"""Several records from one row, by `each:`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pedalang.compiler import compile
from pedalang.exchange import dataset
from pedalang.exchange.errors import DataError
from pedalang.expression.evaluate import Evaluator
from pedalang.source import Source

PROGRAM = """
type Reply { tutor: Text  text: Text  before: Text  guides: Text? }
dataset replies from "d.json" as Reply {
  licence: "CC0-1.0"
  each: row["new"] ?? row["old"]
  map tutor <- "{{ entry.key }}"
  map text <- entry.value.text
  map guides <- entry.value["guides"]
}
role Tutor(reply: Reply) { voice: "You teach." }
flow lesson(reply: Reply) { cast teacher: Tutor(reply)  phase talk start final { turn teacher } }
run main { flow: lesson  data: replies }
"""


def loaded(folder: Path, rows: object, name: str = "d.json") -> dataset.Loaded:
    of = compile.compile_source(Source("main.ped", PROGRAM), compile.standard_library, "main").plan
    assert of is not None
    (folder / name).write_text(json.dumps(rows))
    return dataset.load(of.datasets["replies"], of.records, folder / name, Evaluator())


def test_a_map_makes_a_record_of_each_key_and_a_list_of_each_place(tmp_path: Path) -> None:
    rows = [{"before": "one", "new": {"A": {"text": "a", "guides": "Yes"}, "B": {"text": "b"}}},
            {"before": "none", "new": []}, {"before": "two", "old": [{"text": "c", "guides": None}]}]
    found = loaded(tmp_path, rows)
    assert list(found.rows) == [
        {"tutor": "A", "text": "a", "before": "one", "guides": "Yes"},
        {"tutor": "B", "text": "b", "before": "one", "guides": None},
        {"tutor": "0", "text": "c", "before": "two", "guides": None}]
    assert [row["before"] for row in found.raw] == ["one", "one", "two"]
    assert [row["entry"]["key"] for row in found.raw] == ["A", "B", 0]


@pytest.mark.parametrize(("row", "said"), [
    ({"before": "x", "new": "many"},
     "PED0816: `d.json`, row 2: `each:` is 'many', and neither a list nor a map"),
    ({"before": "x"}, "PED0816: `d.json`, row 2: `each:` is none, and neither a list nor a map"),
    ({"before": "x", "new": {"A": {}}},
     "PED0804: `d.json`, row 2: entry `A`: no value for `text`: `.text`: no such field"),
    ({"new": {"A": {"text": "a"}}}, "PED0803: `d.json`, row 2: entry `A`: there is no field `before`, which a `Reply` "
     "needs"),
])
def test_what_is_refused(tmp_path: Path, row: object, said: str) -> None:
    with pytest.raises(DataError) as caught:
        loaded(tmp_path, [{"before": "x", "new": []}, row])
    assert str(caught.value) == said


def test_a_file_of_rows_without_entries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"PED0807: no row of `d\.json` has an entry"):
        loaded(tmp_path, [{"before": "x", "new": []}])


@pytest.mark.parametrize(("line", "code"), [
    ("map before <- entry.other", "PED0304"), ("seed: 3", "PED0210"),
])
def test_what_the_compiler_says(line: str, code: str) -> None:
    text = PROGRAM.replace("licence:", f"{line}\n  licence:")
    made = compile.compile_source(Source("main.ped", text), compile.standard_library, "main")
    assert code in [each.code for each in made.diagnostics]


def test_entry_is_known_to_the_maps_of_a_dataset_with_each_alone() -> None:
    text = PROGRAM.replace('each: row["new"] ?? row["old"]', "")
    made = compile.compile_source(Source("main.ped", text), compile.standard_library, "main")
    assert {each.code for each in made.diagnostics} == {"PED0201"}
