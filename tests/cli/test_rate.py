"""`ped rate`: sheets that are blind and in an order of chance, and what is read back of them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ped

HOSTILE = "</script><script>alert(1)</script> ]]> \u2028 <img src=x onerror=alert(1)>"
PROGRAM = """
from std.scales import Anchored4
type Lesson { id: Text  system: Text }
dataset talks from "talks.jsonl" as Lesson { licence: "CC0-1.0"  transcripts: "jsonl" }
role Tutor { act says { say: ["x"] } }
student Pupil { act answers otherwise {} }
flow talk(row: Lesson) {
  cast gpt_tutor: Tutor
  cast pupil: Pupil
  phase talk final { turn pupil turn gpt_tutor }
}
rubric Uptake on turn {
  criterion builds scale Anchored4 by human {
    when: turn.speaker == "gpt_tutor" and previous != none
    ask: "How well does this build on `{{ previous.text }}`?"
  }
  criterion whole weight 0 scale Anchored4 by human on dialogue { ask: "How was it?" }
}
observe seen { flow: talk  data: talks  speakers: { Teacher: gpt_tutor, Student: pupil }  score: Uptake
  report: { rows: system, columns: criterion } }
"""
TALKS = [
    ["I added them.", "How did you add them?", "So.", HOSTILE],
    ["Is it half?", "=1+1"],
    ["I do not know.", "Look at the drawing."],
]
ITEMS = 4 + 3
"""Replies of the teacher, and whole lessons."""


@pytest.fixture
def run(ped: Ped, folder: Path) -> Path:
    (folder / "main.ped").write_text(PROGRAM, encoding="utf-8")
    with (folder / "talks.jsonl").open("w", encoding="utf-8") as file:
        for number, said in enumerate(TALKS):
            turns = [{"speaker": "Teacher" if at % 2 else "Student", "text": text} for at, text in enumerate(said)]
            file.write(json.dumps({"id": f"secret-{number}", "system": f"Model{number}", "turns": turns}) + "\n")
    told = ped("observe", "main.ped", "--out", "seen")
    assert told.code == 0, "what nobody has rated yet is no failure"
    return folder / "seen"


def sheet(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def filled(path: Path, answers: list[str], to: Path, **how: Any) -> Path:
    """The sheet with the answers, in turn, as a spreadsheet saves it."""
    rows = sheet(path)
    for number, row in enumerate(rows):
        row["rating"] = answers[number % len(answers)]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, rows[0].keys(), delimiter=how.get("separator", ","))
    table.writeheader()
    table.writerows(rows)
    to.write_bytes((how.get("before", "") + text.getvalue()).encode(how.get("encoding", "utf-8")))
    return to


def scores(run: Path) -> Any:
    return json.loads((run / "scores.json").read_bytes())


def test_a_sheet_is_blind_and_its_order_is_of_chance(ped: Ped, run: Path) -> None:
    told = ped("rate", run, "--raters", "Mia,Noor", "--overlap", "100%")
    assert (told.code, f"{ITEMS} items to rate, {ITEMS} of them by two raters" in told.out) == (0, True)
    orders = []
    for name in ("mia", "noor"):
        page, table = ((run / "rating" / f"{name}.{end}").read_text(encoding="utf-8-sig") for end in ("html", "csv"))
        for told_nothing in ("secret", "Model", "gpt_tutor", "pupil", "seen"):
            assert told_nothing not in page and told_nothing not in table
        orders.append([row["item"] for row in sheet(run / "rating" / f"{name}.csv")])
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])
    again = ped("rate", run, "--raters", "Mia,Noor", "--overlap", "100%", "--out", "again")
    assert again.code == 0
    for path in Path("again").iterdir():
        assert path.read_bytes() == (run / "rating" / path.name).read_bytes()


def test_a_page_holds_hostile_words_as_data_and_may_load_nothing(ped: Ped, run: Path) -> None:
    ped("rate", run)
    page = (run / "rating" / "rater.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page and "http" not in re.sub(r'<meta http-equiv="[^"]*"', "", page)
    assert "default-src 'none'; script-src 'sha256-" in page and "unsafe" not in page
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert HOSTILE in [text for item in data["items"] for _, text in item["part"]]
    assert {who for item in data["items"] for who, _ in item["part"] + item["before"]} == {"Teacher", "Student"}
    rows = sheet(run / "rating" / "rater.csv")
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


def test_a_sheet_shows_exactly_the_part(ped: Ped, run: Path) -> None:
    ped("rate", run, "--criterion", "builds")
    rows = {row["part"]: row for row in sheet(run / "rating" / "rater.csv")}
    assert set(rows) == {"Teacher: How did you add them?", f"Teacher: {HOSTILE}", "Teacher: =1+1",
                         "Teacher: Look at the drawing."}
    row = rows["Teacher: How did you add them?"]
    assert row["before"] == "Student: I added them."
    assert row["question"] == "How well does this build on `I added them.`?"
    ped("rate", run, "--criterion", "whole", "--out", "whole")
    assert "Student: Is it half?\nTeacher: =1+1" in {row["part"] for row in sheet(Path("whole", "rater.csv"))}


def test_ratings_come_back_and_none_is_lost_when_another_rater_s_come(ped: Ped, run: Path) -> None:
    ped("rate", run, "--raters", "Mia,Noor", "--overlap", "100%")
    mia = filled(run / "rating" / "mia.csv", ["4", "sound", ""], Path("mia.csv"))
    noor = filled(run / "rating" / "noor.csv", ["1"], Path("noor.csv"))
    told = ped("rate", run, "--read", mia)
    assert told.code == 0 and "5 new ratings, 0 changed, 0 as before, 2 left open" in told.err
    assert "7 new ratings" in ped("rate", run, "--read", noor).err
    again = ped("rate", run, "--read", mia, noor, "--json")
    assert "0 new ratings, 0 changed, 12 as before" in again.err
    kept = [rated for row in scores(run)["dialogues"] for parts in row["ratings"].values() for rated in parts.values()]
    assert sum("Mia" in rated for rated in kept) == 5 and sum("Noor" in rated for rated in kept) == 7
    found = scores(run)["measures"]["builds"]
    assert found["missing"] == 0 and 0 < found["value"] < 1
    for row in scores(run)["dialogues"]:
        for part in row["parts"]["builds"]:
            rated = row["ratings"]["builds"][str(part["last"])]
            assert part["value"] == pytest.approx((sum(rated.values()) / len(rated) - 1) / 3)


@pytest.mark.parametrize("how", [
    {"separator": ";"}, {"separator": "\t", "encoding": "utf-16"}, {"encoding": "utf-8-sig"},
    {"separator": ";", "before": "sep=;\r\n"},
])
def test_what_spreadsheets_write_is_read(ped: Ped, run: Path, how: dict[str, Any]) -> None:
    ped("rate", run, "--rater", "Åsa")
    answers = ["2,0", "exemplary"] if how.get("separator", ",") != "," else ["2.0", " Exemplary "]
    back = filled(run / "rating" / "åsa.csv", answers, Path("back.csv"), **how)
    told = ped("rate", run, "--read", back)
    assert told.code == 0, told.err
    kept = json.loads((run / "ratings.json").read_bytes())
    assert kept["version"] == 1 and len(kept["ratings"]) == ITEMS
    assert {(each["rater"], each["level"]) for each in kept["ratings"]} == {("Åsa", 2.0), ("Åsa", 4.0)}


@pytest.mark.parametrize(("change", "code", "help"), [
    (lambda rows: rows[0].update(item="0123456789ab"), "PED1462", "make sheets again"),
    (lambda rows: rows[0].update(criterion="bilds"), "PED1462", "builds"),
    (lambda rows: rows[0].update(rating="5"), "PED1463", "4 (`exemplary`)"),
    (lambda rows: rows[0].update(rating="1.5"), "PED1463", "leave it empty"),
    (lambda rows: rows.append(rows[0] | {"rating": "1"}), "PED1464", "the other rating is at back.csv:2"),
    (lambda rows: rows[0].update(rater=""), "PED1465", "--rater NAME"),
    (lambda rows: rows[0].update(rater="\x07"), "PED1465", "--rater NAME"),
])
def test_what_is_wrong_is_refused_with_its_line_and_nothing_is_kept(ped: Ped, run: Path, change: Any, code: str,
                                                                    help: str) -> None:
    ped("rate", run, "--criterion", "builds")
    rows = sheet(run / "rating" / "rater.csv")
    for row in rows:
        row.update(rating="2", before="", part="", answers="")
    change(rows)
    with Path("back.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    told = ped("rate", run, "--read", "back.csv", "--json")
    (found,) = told.json["diagnostics"]
    assert (told.code, found["code"]) == (1, code)
    assert help in found["help"]
    assert found["place"] == f"back.csv:{6 if code == 'PED1464' else 2}"
    assert not (run / "ratings.json").exists()


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"item,criterion,rating\n\"open",
                                  b"\x00\x01", b"[1]", b"{", b"item,item,criterion,rating\n"])
def test_what_is_no_sheet_is_refused(ped: Ped, run: Path, data: bytes) -> None:
    Path("back.csv").write_bytes(data)
    told = ped("rate", run, "--read", "back.csv")
    assert told.code != 0 and "PED1461" in told.err


def test_ratings_are_of_the_words_that_were_shown(ped: Ped, run: Path) -> None:
    ped("rate", run)
    ped("rate", run, "--read", filled(run / "rating" / "rater.csv", ["3"], Path("back.csv")))
    lines = (Path("talks.jsonl")).read_text(encoding="utf-8").replace("Look at", "Look hard at")
    Path("talks.jsonl").write_text(lines, encoding="utf-8")
    ped("observe", "main.ped", "--out", "other")
    (Path("other") / "ratings.json").write_bytes((run / "ratings.json").read_bytes())
    told = ped("report", "other", "--json")
    missing = [row["missing"] for row in told.json["dialogues"]]
    assert missing[:2] == [{}, {}] and {why[:7] for why in missing[2].values()} == {"PED1238"}


def test_what_cannot_be_asked_for_is_said(ped: Ped, run: Path, folder: Path) -> None:
    for arguments, code in (
        (("--criterion", "bilds"), "PED1460"), (("--overlap", "20%"), "PED1404"), (("--raters", "a,,b"), "PED1465"),
        (("--raters", "a,A"), "PED1465"), (("--read",), "PED1404"), (("back.csv",), "PED1404"),
        (("--rater", "a", "--raters", "b,c"), "PED1404"), (("--read", "nothing.csv"), "PED1461"),
    ):
        told = ped("rate", run, *arguments)
        assert told.code in (1, 2) and code in told.err, arguments
    ped("rate", run)
    (item, *_) = sheet(run / "rating" / "rater.csv")
    (run / "rating" / "rater.csv").write_bytes(b"filled in")
    assert "PED1466" in ped("rate", run).err
    (run / "ratings.json").write_bytes(b'{"version": 9, "ratings": []}')
    assert "PED1257" in ped("report", run).err
    kept = {"item": item["item"], "criterion": item["criterion"], "rater": "a", "level": 40.0}
    (run / "ratings.json").write_text(json.dumps({"version": 1, "ratings": [kept]}), encoding="utf-8")
    assert "PED1257" in ped("report", run).err


JUDGED = """  criterion machine weight 0 scale Anchored4 by judge {
    when: turn.speaker == "gpt_tutor" and previous != none
    ask: "How well does this build on it?"
    agreement: { against: builds, metric: exact, at_least: LEAST }
  }
}
observe seen"""


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("1", 1)])
def test_agreement_is_told_in_the_output_the_report_and_the_exit_code(ped: Ped, run: Path, least: str,
                                                                      code: int) -> None:
    text = PROGRAM.replace("}\nobserve seen", JUDGED.replace("LEAST", least))
    Path("judged.ped").write_text(text, encoding="utf-8")
    told = ped("observe", "judged.ped", "--out", "judged", "--role", "judge=random:")
    assert (told.code, "agree" in told.out + told.err) == (0, False), "nobody has rated yet"
    ped("rate", "judged", "--raters", "Mia,Noor", "--overlap", "100%")
    mia = filled(Path("judged", "rating", "mia.csv"), ["1", "2", "4"], Path("mia.csv"))
    noor = filled(Path("judged", "rating", "noor.csv"), ["1", "3"], Path("noor.csv"))
    told = ped("rate", "judged", "--read", mia, noor)
    assert told.code == code
    assert ("PED1258: `machine` agrees less" in told.err.replace("error[PED1258]:", "PED1258:")) == (code == 1)
    assert "machine: judge with people (builds)" in told.out and "builds: people with people" in told.out
    found = scores(Path("judged"))
    people, _, judged = found["agreement"]
    assert people["figures"]["exact"]["n"] == 4 and judged["figures"]["exact"]["n"] == 8
    assert judged["kept"] == (code == 0) and judged["figures"]["exact"]["low"] is not None
    page = Path("judged", "report.html").read_text(encoding="utf-8")
    assert "Where judge and people differ most" in page and "The program asks for exact agreement" in page
    assert "<script>" not in page
    assert 'href="#d0-t3"' in page or 'href="#d0-t1"' in page
    with Path("judged", "data", "ratings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["rater"] for row in rows} == {"Mia", "Noor"} and len(rows) == 2 * ITEMS
    with Path("judged", "data", "agreement.csv").open(encoding="utf-8", newline="") as file:
        assert {row["between"] for row in csv.DictReader(file)} == {"people", "judge and people"}


def test_a_redacted_copy_names_no_raters_and_is_not_rated(ped: Ped, run: Path) -> None:
    ped("rate", run, "--raters", "Mia,Noor", "--overlap", "100%")
    ped("rate", run, "--read", filled(run / "rating" / "mia.csv", ["1", "2"], Path("mia.csv")),
        filled(run / "rating" / "noor.csv", ["1"], Path("noor.csv")))
    assert ped("journal", "redact", run, "--out", "copy").code == 0
    text = Path("copy", "scores.json").read_text(encoding="utf-8")
    assert "Mia" not in text and "Noor" not in text and "rater 2" in text
    assert "PED1467" in ped("rate", "copy").err
    assert ped("report", "copy").code == 0


def test_an_observe_tells_a_table_by_fields_of_its_rows(ped: Ped, run: Path) -> None:
    ped("rate", run)
    ped("rate", run, "--read", filled(run / "rating" / "rater.csv", ["4"], Path("back.csv")))
    table = scores(run)["table"]
    assert (table["rows"], table["columns"]) == (["system"], ["criterion"])
    assert {(*entry["row"], *entry["column"]): entry["estimate"]["value"] for entry in table["entries"]} == {
        (f"Model{number}", measure): 1.0 for number in range(3) for measure in ("builds", "whole", "total")}
