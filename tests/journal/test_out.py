"""A journal brought out, and a copy of a run that can be passed on."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyarrow import parquet

from pedalang import api, journal, records
from pedalang.exchange import parquet as writing
from pedalang.exchange.errors import DataError
from pedalang.expression.evaluate import Evaluator
from pedalang.journal import files, tables
from pedalang.runtime.errors import JournalError
from pedalang.study.report import page
from tests.journal.conftest import FIRST, played

PAGE = Path(__file__).parents[2] / "docs" / "journal.md"

PROGRAM = """pedalang 1
type Sum { pupil: Text  school: Text  answer: Int }
dataset sums from "sums.jsonl" as Sum {
  licence: "CC0-1.0"
  map pupil <- row.pupil
  map school <- row.school
  map answer <- int(row.answer)
}
move ask for teacher {}
role Tutor(sum: Sum) {
  moves: [ask]
  sees: [sum.pupil, sum.school]
  say ask: ["{{ sum.pupil }} of {{ sum.school }}, what is it?"]
}
student Learner(sum: Sum) {
  sees: [sum.answer, sum.pupil]
  act answers { say: ["It is {{ sum.answer }}, says {{ sum.pupil }}.", "{{ sum.answer }}."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work { turn teacher must ask  turn student  -> done }
  phase done final {}
}
rubric Talk on dialogue { criterion long by code { score: if count(history) > 1 then 1 else 0 } }
run demo { flow: lesson  data: sums  score: Talk }
"""


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """A scored run whose items tell who learns where."""
    program = tmp_path / "main.ped"
    program.write_text(PROGRAM)
    rows = [{"pupil": name, "school": "Hill Park", "answer": 5} for name in ("Tamika", "Bo")]
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder = played(tmp_path / "run", program, limit=2)
    api.settle(folder, {})
    return folder


def exported(folder: Path) -> list[dict[str, Any]]:
    out = io.BytesIO()
    records.lines(folder, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_has_a_dialogue(run: Path) -> None:
    events = journal.open_journal(run)
    for known, line in zip(events.each_dialogue(), exported(run), strict=True):
        assert line["episode"] == known.episode.episode and line["item"] == known.episode.item
        for name, kind in (("turns", journal.Turn), ("completions", journal.Completion)):
            again = [msgspec.convert({"episode": line["episode"], **each}, kind) for each in line[name]]
            assert again == getattr(known, name)
        assert line["ending"]["why"] == (known.ending.why if known.ending else "")
    events.close()


def test_tables_have_the_rows_of_the_journal(run: Path, tmp_path: Path) -> None:
    paths = records.parquet(run, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in paths)
    found = {path.stem: parquet.read_table(path).to_pylist() for path in paths}
    events = journal.open_journal(run)
    assert [list(row.values()) for row in found["turns"]] == [tables.row(turn) for turn in events.turns()]
    assert [list(row.values()) for row in found["completions"]] == [tables.row(each) for each in events.completions()]
    assert [row["turns"] for row in found["dialogues"]] == [len(each.turns) for each in events.each_dialogue()]
    assert sum(row["tokens_in"] + row["tokens_out"] for row in found["dialogues"]) == events.tokens()
    assert [row["why"] for row in found["dialogues"]] == [each.why for each in events.endings()]
    events.close()


def test_a_big_table_is_written_group_by_group(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "GROUP", 4)
    path = records.parquet(run, tmp_path)[1]
    file = parquet.ParquetFile(path)
    assert file.metadata.num_row_groups > 1 and file.metadata.row_group(0).num_rows == 4


def test_without_the_library_a_message_says_how_to_get_it(run: Path, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pedalang.exchange.parquet", raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match="PED0813"):
        records.parquet(run, tmp_path / "out")


def test_what_cannot_be_read_leaves_no_file(run: Path, tmp_path: Path) -> None:
    connection = files.connect(run / journal.FILE_NAME)
    with connection:
        connection.execute("UPDATE turns SET state = '{' WHERE episode = 2 AND turn = 1")
    connection.close()
    with pytest.raises(JournalError, match="PED1210"):
        records.parquet(run, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_duckdb_reads_what_the_page_says(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    (line,) = re.findall(r'^duckdb -c "(.*parquet.*)"$', PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    records.parquet(run, run / "parquet")
    monkeypatch.chdir(run.parent)
    events = journal.open_journal(run)
    rows = duckdb.sql(line.replace("runs/first-demo-1", run.name)).fetchall()
    assert sum(row[-1] for row in rows) == len(events.turns())
    events.close()


def everything(folder: Path) -> str:
    """All that a folder holds but its plan."""
    return "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*")
                   if path.is_file() and path.name != "plan.json")


def test_names_of_items_are_shown_alike_everywhere(named: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert records.redacted(named, copy, "people", {}) == records.Redacted(2, 1)
    page.write(copy)
    assert "Tamika" in everything(named) and not re.search(r"Tamika|\bBo\b|Hill Park", everything(copy))
    first, second = exported(copy)
    assert first["turns"][0]["text"] == f"{first['item']['sum']['pupil']} of {first['item']['sum']['school']}, " \
        "what is it?"
    assert first["item"]["sum"]["pupil"] != second["item"]["sum"]["pupil"]
    assert first["item"]["sum"]["school"] == second["item"]["sum"]["school"] == "[school 1]"


def test_a_redacted_run_is_verified_in_structure_and_reported_from_its_scores(named: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    records.redacted(named, copy, "all", {})
    found = records.verified(copy, Evaluator())
    assert (found.flaws, found.replayed, found.digest) == ([], False, found.scored)
    assert api.settle(copy, {}).measures == api.settle(named, {}).measures
    assert "redacted" in (copy / "report.html").read_text(encoding="utf-8")
    assert all(re.fullmatch(r"\[\d+ words, \d+ characters\]", turn["text"])
               for line in exported(copy) for turn in line["turns"])


def test_what_a_person_typed_is_taken_out_and_what_was_authored_stays(tmp_path: Path) -> None:
    folder = played(tmp_path / "run")
    events = journal.reopen(folder)
    turns = [turn for turn in events.turns() if turn.role == "student"]
    events.add(msgspec.structs.replace(turns[0], how="person", text="my mum says it is five"))
    events.add(journal.Ending(turns[0].episode, "work", "failed", (), "PED1203", "`my mum says it is five` is none"))
    events.commit()
    kept = [turn.text for turn in events.turns() if turn != turns[0]]
    events.close()
    records.redacted(folder, tmp_path / "copy", "people", {})
    assert "mum" not in everything(tmp_path / "copy")
    made = journal.open_journal(tmp_path / "copy")
    assert made.turns(turns[0].episode)[turns[0].turn].text == "[6 words, 22 characters]"
    assert made.endings(turns[0].episode)[0].message == "`[6 words, 22 characters]` is none"
    others = [turn.text for turn in made.turns() if (turn.episode, turn.turn) != (turns[0].episode, turns[0].turn)]
    assert len(others) == len(kept) - 1 and set(others) <= set(kept)
    made.close()
    records.redacted(folder, tmp_path / "names", "names", {})
    assert "my mum says" in everything(tmp_path / "names")


def test_a_copy_takes_no_run_s_place(run: Path, tmp_path: Path) -> None:
    records.redacted(run, tmp_path / "copy", "people", {})
    with pytest.raises(JournalError, match="PED1210"):
        records.redacted(run, tmp_path / "copy", "people", {})
    with pytest.raises(JournalError, match="PED1202"):
        records.redacted(run, FIRST / "copy", "people", {})


def test_what_the_user_names_goes_too(run: Path, tmp_path: Path) -> None:
    events = journal.open_journal(run)
    word = events.turns()[0].text.split()[0]
    events.close()
    records.redacted(run, tmp_path / "copy", "names", {word: "person"})
    assert f'"{word} ' not in everything(tmp_path / "copy")
