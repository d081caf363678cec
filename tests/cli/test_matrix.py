"""Matrices, runs with arguments and repetitions, and what may be spent: as commands play them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pedalang import api, journal
from pedalang.compiler import compile
from pedalang.runtime.pool import Observer
from tests.cli.conftest import Ped

PROGRAM = """
pedalang 1
enum Pupil { case strong "works alone" case weak "needs help" }
type Sum { a: Int  b: Int  answer: Int = a + b }
dataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- int(row.a)  map b <- int(row.b) }
model one { engine: random }
model two { engine: random  top_p: 0.9  temperature: 0.5 }
role Tutor(sum: Sum, engine: Model) {
  model: engine
  sees: [sum.a]
  act asks { say: ["What is {{ sum.a }} and some?", "Tell me.", "Count on."] }
}
student Learner(sum: Sum, pupil: Pupil) {
  model: one
  state { right: Bool = false }
  on self.turn { draw lucky ~ bernoulli(if pupil == strong then 0.9 else 0.2)  set right = lucky }
  act says { say: ["It is so.", "I think so.", "Perhaps."] }
}
flow lesson(sum: Sum, pupil: Pupil = weak, engine: Model = one) {
  cast teacher: Tutor(sum, engine)
  cast student: Learner(sum, pupil)
  phase work max 4 turns {
    turn teacher
    turn student
    -> done when student.right
    -> done at max
  }
  phase done final {}
}
contract Short over lesson { soft solved: eventually student.right }
rubric Solved on dialogue {
  criterion solved by code { score: student.right }
  criterion brief by code { score: clamp(2 / history.turns, 0, 1) }
}
run plain { flow: lesson(strong)  data: sums  score: Solved  seed: 5  repeat: 3 }
run dear { flow: lesson  data: sums  budget: 10 tokens }
matrix grid {
  run: lesson(sum, pupil, engine)
  score: Solved
  vary engine in [one, two]
  vary pupil in Pupil.cases
  vary sum in sums.sample(2, seed: 1)
  vary seed in 1..3
  exclude when engine == two and pupil == strong and sum.a > 100
  exclude when engine == two and seed == 2 and pupil == weak
  report: { rows: engine, columns: [pupil, criterion], interval: bootstrap(200, level: 90%) }
  save: "build/grid"
}
"""
MAIN = "grid.ped"


@pytest.fixture(autouse=True)
def program(folder: Path) -> None:
    Path(MAIN).write_text(PROGRAM.lstrip(), encoding="utf-8")
    Path("sums.csv").write_text("a,b\n1,2\n300,4\n5,6\n700,8\n", encoding="utf-8")


def events(folder: str) -> journal.Journal:
    return api.read_run(Path(folder))[1]


def told(folder: str) -> list[tuple[Any, ...]]:
    """What was said in each cell, whatever else the journal holds."""
    of = events(folder)
    said: dict[int, list[str]] = {}
    for turn in of.turns():
        said.setdefault(turn.episode, []).append(turn.text)
    found = [(each.episode, each.cell, said[each.episode]) for each in of.episodes()]
    of.close()
    return found


def test_all_cells_are_played_in_order_and_told_in_a_table(ped: Ped) -> None:
    outcome = ped("run", MAIN, "grid", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["run"] == "build/grid-1"
    cells = [cell for _, cell, _ in told("build/grid-1")]
    places = sorted({cell["sum"] for cell in cells})
    assert cells == [{"engine": engine, "pupil": pupil, "sum": place, "seed": seed} for engine in ("one", "two")
                     for pupil in ("strong", "weak") for place in places for seed in (1, 2)
                     if not (engine == "two" and pupil == "weak" and seed == 2)
                     and not (engine == "two" and pupil == "strong" and place in (1, 3))]
    table = outcome.json["table"]
    assert (table["rows"], table["columns"], table["level"]) == (["engine"], ["pupil", "criterion"], 0.9)
    assert [(entry["row"][0], *entry["column"], entry["estimate"]["n"]) for entry in table["entries"]] == [
        (engine, pupil, measure, sum(cell["engine"] == engine and cell["pupil"] == pupil for cell in cells))
        for engine in ("one", "two") for pupil in ("strong", "weak") for measure in ("solved", "brief", "total")
        if any(cell["engine"] == engine and cell["pupil"] == pupil for cell in cells)]
    first = table["entries"][0]["estimate"]
    values = [row["values"]["solved"] for row in outcome.json["dialogues"]
              if (row["cell"]["engine"], row["cell"]["pupil"]) == ("one", "strong")]
    assert first["value"] == pytest.approx(sum(values) / len(values))
    assert ped("run", MAIN, "grid", "--json").json["run"] == "build/grid-2"
    shown = ped("run", MAIN, "grid").out
    assert re.search(r"engine +pupil +criterion +mean +90 % interval", shown)


def test_neither_concurrency_nor_a_stop_changes_what_is_played(ped: Ped, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ped("run", MAIN, "grid", "--out", "whole").code == 0
    assert ped("run", MAIN, "grid", "--out", "alone", "--concurrency", "1").code == 0
    assert told("alone") == told("whole")

    class Tired(Observer):
        def ended(self, ending: journal.Ending) -> None:
            if ending.episode == 4:
                raise KeyboardInterrupt

    of = compile.compile_file(Path(MAIN))
    chosen, where = of.matrices["grid"], api.sources(of, Path(), {})
    items = api.work_items(of, chosen, where)
    uris = api.engine_uris(of, of.flows["lesson"], None, {}, items.params)
    assert list(uris) == ["teacher:one", "teacher:two", "student"]
    uris["student"] = "random:"
    with pytest.raises(KeyboardInterrupt):
        api.play(of, chosen, items, where, uris, "random:", {}, seed=0, folder=Path("part"), concurrency=2,
                 observer=Tired())
    assert len(events("part").endings()) < len(items.params)
    assert ped("run", "--resume", "part").code == 0
    assert told("part") == told("whole")


def test_models_are_compared_on_the_same_draws(ped: Ped) -> None:
    Path(MAIN).write_text(Path(MAIN).read_text(encoding="utf-8").replace("  top_p: 0.9  temperature: 0.5", ""),
                          encoding="utf-8")
    assert ped("run", MAIN, "grid", "--out", "same").code == 0
    said = {tuple(cell[name] for name in ("engine", "pupil", "sum", "seed")): words for _, cell, words in told("same")}
    shared = [key for key in said if key[0] == "two"]
    assert shared and all(said[key] == said["one", *key[1:]] for key in shared)
    assert len({str(words) for words in said.values()}) > 3


def test_a_run_repeats_its_rows_with_its_arguments(ped: Ped) -> None:
    outcome = ped("run", MAIN, "plain", "--out", "three", "--json")
    assert [(number, cell) for number, cell, _ in told("three")] == \
        [(number, {"repeat": number // 4}) for number in range(12)]
    of = events("three")
    assert (of.header.seed, {each.item["pupil"] for each in of.episodes()}) == (5, {"strong"})
    assert outcome.json["table"] is None
    assert len({str(words) for _, _, words in told("three")[1::4]}) > 1, "each time is drawn anew"


def test_what_is_not_played_for_want_of_a_budget_is_listed(ped: Ped) -> None:
    text = Path(MAIN).read_text(encoding="utf-8").replace("  state { right", "  speak: free\n  state { right")
    Path(MAIN).write_text(text, encoding="utf-8")
    outcome = ped("run", MAIN, "dear", "--engine", "random:", "--out", "cut", "--concurrency", "1", "--json",
                  "--partly")
    spent = sum(each.tokens_in + each.tokens_out for each in events("cut").completions())
    assert spent >= 10
    left = re.search(r"(\d) of 4 dialogues were not played, for the budget of 10 tokens is used up: ([\d, ]+)",
                     outcome.err)
    assert left is not None, outcome.err
    unfinished = [row["episode"] for row in outcome.json["dialogues"] if row["why"] == "unfinished"]
    assert unfinished == [int(number) for number in left[2].split(",")] != []
    again = ped("run", "--resume", "cut", "--json")
    assert "were not played" in again.err
    assert [row["episode"] for row in again.json["dialogues"] if row["why"] == "unfinished"] == unfinished


def test_what_costs_more_than_it_may_is_refused_before_the_first_request(ped: Ped,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pedalang.runtime.engines.random.RandomEngine.model", "sha")
    text = Path(MAIN).read_text(encoding="utf-8").replace("  state { right", "  speak: free\n  state { right")
    text = text.replace('  save: "build/grid"', "  budget: 100 tokens").replace("sums.sample(2, seed: 1)", "sums")
    Path(MAIN).write_text(text, encoding="utf-8")
    for name in ("dear", "grid"):
        refused = ped("run", MAIN, name, "--engine", "random:", "--out", "cut")
        assert (refused.code, "PED0906" in refused.err, Path("cut").exists()) == (1, True, False), refused.err
        assert f"`{name}` costs more than it may: the budget of" in refused.err
    only = ped("run", MAIN, "grid", "--engine", "random:", "--estimate", "--json")
    assert only.code == 1 and only.json["beyond"].startswith("the budget of 100 tokens")
    assert ped("run", MAIN, "grid", "--engine", "random:", "--estimate", "--partly").code == 0


def test_a_model_does_not_judge_itself_where_that_is_forbidden(ped: Ped, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Path(MAIN).read_text(encoding="utf-8")
    text = text.replace('  save: "build/grid"', "  judge_bias: { self_judging: forbid }")
    text = text.replace("  criterion brief by code", """  criterion warm weight 0 scale Warmth by judge { ask: "Warm?" }
  criterion brief by code""") + 'scale Warmth interval { level 0 "cold": "c" level 1 "warm": "w" }\n'
    Path(MAIN).write_text(text, encoding="utf-8")
    fine = ped("run", MAIN, "grid", "--engine", "random:", "--role", "judge=random:", "--out", "fine")
    assert fine.code == 0, "what has no model judges nobody's words as its own"
    monkeypatch.setattr("pedalang.runtime.engines.random.RandomEngine.model", "sha")
    refused = ped("run", MAIN, "grid", "--engine", "random:", "--role", "judge=random:", "--out", "own")
    assert (refused.code, "PED0907" in refused.err, Path("own").exists()) == (1, True, False), refused.err
    assert "random: would judge dialogues that it speaks in, as `teacher:one`" in refused.err
    again = ped("report", "fine")
    assert (again.code, "PED0907" in again.err) == (1, True), again.err


def test_an_engine_that_cannot_do_what_a_model_asks_is_refused(ped: Ped) -> None:
    Path(MAIN).write_text(Path(MAIN).read_text(encoding="utf-8").replace(
        "engine: random  top_p: 0.9", 'engine: replay  weights: "none"  adapter: "a.gguf"'), encoding="utf-8")
    assert ped("run", MAIN, "plain", "--out", "first").code == 0
    refused = ped("run", MAIN, "grid", "--role", "student=random:", "--role", "teacher=replay:first")
    assert (refused.code, "PED1115" in refused.err) == (1, True), refused.err


def duel() -> None:
    """A matrix whose systems differ, with a combination that is left out."""
    text = Path(MAIN).read_text(encoding="utf-8")
    text = text.replace("bernoulli(if pupil", "bernoulli(if pupil == strong and sum.a < 4 then 0.05 else if pupil")
    text += """
matrix duel {
  run: lesson(sum, pupil)
  score: Solved
  vary pupil in Pupil.cases
  vary sum in sums
  vary seed in 1..4
  exclude when pupil == weak and sum.a == 5
  report: { rows: pupil, compare: paired(by: [sum, seed], measures: solved, margin: 0.01) }
}
"""
    Path(MAIN).write_text(text, encoding="utf-8")
    Path("sums.csv").write_text("a,b\n" + "".join(f"{a},2\n" for a in range(1, 9)), encoding="utf-8")


def test_systems_are_compared_on_pairs_and_shown(ped: Ped) -> None:
    duel()
    outcome = ped("run", MAIN, "duel", "--out", "duel", "--json")
    assert outcome.code == 0, outcome.err
    found = outcome.json["comparisons"]
    assert (found["axes"], found["by"], found["cluster"]) == (["pupil"], ["sum", "seed"], ["sum"])
    (only,) = found["contrasts"]
    assert (only["first"], only["second"], only["n"], only["clusters"], only["missing"]) == ("strong", "weak", 21, 7, 3)
    assert [each["why"] for each in only["unpaired"]] == ["not played"] * 3
    values = {(row["cell"]["pupil"], row["cell"]["sum"], row["cell"]["seed"]): row["values"]["solved"]
              for row in outcome.json["dialogues"]}
    pairs = [values["strong", *key] - values["weak", *key] for pupil, *key in values if pupil == "weak"]
    assert only["difference"] == pytest.approx(sum(pairs) / len(pairs))
    assert only["low"] <= only["difference"] <= only["high"] and only["p"] == only["corrected"]
    again = ped("run", MAIN, "duel", "--out", "one", "--concurrency", "1", "--json")
    assert again.json["comparisons"] == found, "whoever ends first"
    shown = ped("report", "duel").out
    assert re.search(r"solved +strong − weak +-?\d\.\d{3}", shown) and "clusters: sum" in shown
    page = Path("duel/report.html").read_text(encoding="utf-8")
    assert all(each in page for each in ("Means by combination", "Comparisons", "sum 4, seed 1: weak not played"))
    assert Path("duel/data/comparisons.csv").read_text(encoding="utf-8").count("strong,weak") == 1
    assert Path("duel/data/leaderboard.csv").is_file()


def test_one_system_alone_has_no_rank(ped: Ped) -> None:
    duel()
    outcome = ped("run", MAIN, "duel", "-n", "4", "--out", "short")
    assert "nothing is compared: fewer than two systems were played (they differ in pupil)" in outcome.out
    assert "rank" not in outcome.out and "systems differ" not in outcome.out
    page = Path("short/report.html").read_text(encoding="utf-8")
    assert "Nothing is compared: fewer than two systems were played." in page and ">rank<" not in page
