"""Properties: what breaks them is found, made short, told and kept as a test that breaks the same way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pedalang import plan
from pedalang.cli import main
from pedalang.compiler import compile
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.engines import scripted
from pedalang.testing import choices, inputs, literals, playing, search, telling

PROGRAM = """
type Sum { a: Int in 1..9  b: Int in 1..9  answer: Int = a + b }
move ask for teacher { say: ["How do you know?", "Why?"] }
move tell for teacher {}
role Tutor(sum: Sum) { moves: [ask, tell]  speak: grounded  sees: [sum.answer]  say tell: ["It is {{ sum.answer }}."] }
student Learner(sum: Sum) {
  speak: grounded
  state { knows: Prob = 0.4  correct: Bool = false  wrong: Int in 0..9 = 0  half: Int = 0 }
  on self.turn {
    draw right ~ bernoulli(knows)
    if right { set correct = true } else { set wrong += 1 }
    if wrong == 4 and sum.a == 7 { set half = 10 % (4 - wrong) }
  }
  act solves when correct { say: ["I have it."] }
  act guesses otherwise { say: ["I am not sure.", "Well."] }
}
flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 16 turns { turn teacher  turn student  -> done when student.correct  -> done at max }
  phase done final { turn teacher }
}
contract Patience over lesson {
  hard ask_first: never tell before 2 ask
  soft solved: eventually student.correct
}
"""


def compiled(text: str) -> plan.Plan:
    made = compile.compile_text(PROGRAM + text).plan
    assert made is not None
    return made


PATIENT = compiled('property "p" { expect Patience expect at most 3 tell }')


def outcome(expects: str, examples: int = 200, seed: int = 0) -> search.Outcome:
    of = compiled(f'property "p" {{ {expects} }}')
    return search.run(of, of.properties["p"], examples, seed)


def told(expects: str, seed: int = 0) -> str:
    failure = outcome(expects, seed=seed).failure
    assert failure is not None
    return telling.line(failure.played, telling.read_by(failure.broken.promise))


@pytest.mark.parametrize("seed", range(3))
def test_the_shortest_dialogue_is_found(seed: int) -> None:
    small = "forall sum in [{ a: 2, b: 3 }]"
    assert told(f"{small} expect Patience", seed) == "work: teacher.tell"
    assert told(f"{small} expect at most 2 ask", seed) == "work: (teacher.ask, student.guesses) x 2, teacher.ask"
    assert told(f"{small} expect never student.wrong >= 2", seed) == \
        "work: teacher.ask, student.guesses [student.wrong: 1], teacher.ask, student.guesses [student.wrong: 2]"
    assert told(f"{small} expect Patience.solved", seed).endswith("done: teacher.ask"), "the end has to come first"


def test_data_is_made_plain_and_what_fails_is_a_failure() -> None:
    found = outcome("runs: 300", examples=300).failure
    assert found is not None and found.broken.code == "PED1201"
    assert found.played.item == {"sum": {"a": 7, "b": 1, "answer": 8}}
    assert found.played.length == 7, "four mistakes, and the last one is no turn any more"


def test_what_holds_is_told_with_what_was_seen() -> None:
    found = outcome("forall sum in [{ a: 2, b: 3 }] expect at most 16 turn.number >= 0 or first ask or first tell")
    assert found.ok and found.examples == 200
    assert not any(found.coverage.missed(kind) for kind in ("phases", "transitions", "moves", "acts"))


def test_the_same_seed_finds_the_same() -> None:
    first, second = (outcome("expect at most 3 tell", seed=7) for _ in range(2))
    assert first.failure is not None and second.failure is not None
    assert (first.failure.example, first.failure.played.turns) == (second.failure.example, second.failure.played.turns)


def test_another_engine_is_asked_once_for_the_same() -> None:
    of = compiled('property "p" { forall sum in [{ a: 2, b: 3 }] expect at most 3 tell }')
    asked: list[str] = []

    def script(request: object) -> int:
        asked.append(str(request))
        return 0

    found = search.run(of, of.properties["p"], 40, engine=scripted.from_function(script))
    assert found.ok and len(asked) == len(set(asked))


@pytest.mark.parametrize(("kind", "least", "most"), [
    ("Int in 1..9", 1, 9), ("Int in -3..2", -3, 2), ("Int in -9..-7", -9, -7), ("Prob", 0, 1), ("Float in 2..3", 2, 3)])
def test_values_of_a_type_lie_within_its_bounds(kind: str, least: int, most: int) -> None:
    def made(place: int) -> float:
        choice = choices.Choices((), lambda asked: min(place, asked.among - 1))
        varied: dict[str, plan.Over] = {"x": plan.Typed(kind)}
        return inputs.drawn(plan.Plan("", {}), varied, {}, choice.pick, Evaluator())["x"]

    values = [made(place) for place in range(inputs.WIDEST + 1)]
    assert min(values) == least and max(values) == most
    assert abs(values[0]) == min(map(abs, values)), "the plainest comes first"


def test_a_script_is_read_back() -> None:
    script: choices.Script = ({"sum.a": (3,)}, {}, {"teacher/move": (1, 2), "student/before": (1,)})
    assert choices.from_text(choices.to_text(script)) == script
    assert choices.from_text("x;=;a=b,99999999999999999999") == ({"": (0,), "a": (0, 0)},), "whatever it is"


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_a_dialogue_is_the_same_played_again(seed: int) -> None:
    with asyncio.Runner() as runner:
        here = playing.arena(PATIENT, PATIENT.properties["p"], {}, runner)
        drawn = choices.Choices((), choices.evenly(Random(seed)))
        first = playing.played(here, drawn)
        again = playing.played(here, choices.Choices(choices.from_text(choices.to_text(drawn.script()))))
    assert (again.item, again.turns, again.reached) == (first.item, first.turns, first.reached)


def test_texts_are_written_so_that_they_are_read_back() -> None:
    text = 'a "b" \\ {{ c }}\n\t.'
    made = compiled(f'test "t" {{ given sum: {{ a: 1, b: 2 }} given t: trace([teacher({literals.quoted(text)})]) '
                    "expect always teacher }")
    assert made.tests["t"].traces["t"][0].text == text


# ---------------------------------------------------------------- the command


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "main.ped"
    path.write_text(f"""pedalang 1
{PROGRAM}
property "patient" {{ expect Patience }}
property "short" {{ forall sum in [{{ a: 2, b: 3 }}] expect at most 9 teacher }}
property "goes on" {{ runs: 400 }}
""", encoding="utf-8")
    return path


def ped(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["test", *map(str, arguments)], catch_exceptions=False)


def test_what_broke_is_kept_and_breaks_again(program: Path) -> None:
    first = ped(program, "--json")
    assert first.exit_code == 1
    found = {each["name"]: each for each in json.loads(first.output)["tests"]}
    assert found["short"]["ok"] and not found["patient"]["ok"] and found["goes on"]["failures"][0]["code"] == "PED1201"
    kept = program.with_name("main-broken.ped")
    assert 'test "patient, as it broke"' in kept.read_text() and "replay:" in kept.read_text()
    again = ped(kept, "--no-save")
    assert again.exit_code == 1
    assert again.output.startswith(
        "FAILED patient, as it broke\n"
        "         main-broken.ped:10:3: expected Patience.ask_first\n"
        "           it does not hold of `t` at turn 0\n"
        "FAILED goes on, as it broke  (1 dialogue)\n"
        "         main.ped:13:36: expected every dialogue comes to its end\n"
        "           PED1201: an expression has no value at main.ped:13:36: division by zero\n"), again.output


def test_results_are_written_for_junit(program: Path, tmp_path: Path) -> None:
    ped(program, "--no-save", "--junit", tmp_path / "found.xml")
    suite = ElementTree.parse(tmp_path / "found.xml").getroot()[0]
    assert suite.attrib["tests"] == "3" and suite.attrib["failures"] == "2"
    assert [case.attrib["name"] for case in suite if len(case)] == ["patient", "goes on"]


def test_one_property_by_its_name(program: Path) -> None:
    found = ped(program, "short", "--examples", 30)
    assert found.exit_code == 0 and found.output.startswith("ok     short  (30 dialogues)\n")


def test_a_property_of_the_demo_holds() -> None:
    path = Path(__file__).parents[2] / "programs" / "guided_fraction" / "main.ped"
    found = ped(path, "no dialogue gets lost", "--examples", 60, "--no-save")
    assert found.exit_code == 0, found.output
    assert "5 of 5 phases" in found.output


def test_properties_that_say_nothing_of_dialogues_are_refused() -> None:
    def codes(text: str) -> list[str]:
        return [each.code for each in compile.check_text(PROGRAM + text)]

    assert codes('property "p" { expect student.correct }') == ["PED0605"]
    assert codes('property "p" { given sum: { a: 1, b: 2 } expect always ask }') == ["PED0210"]
    assert codes('property "p" { expect Patience.nothing }') == ["PED0304"]
    assert codes('property "p" { forall total in [1] expect always ask }') == ["PED0201"]
    assert codes('property "p" { forall sum in ["x"] expect always ask }') == ["PED0301"]
    assert codes('property "p" { forall student in any(Tutor) expect always ask }') == ["PED0301"]
    assert codes('property "p" { forall sum in any(Sum) expect Patience accepts t }') == ["PED0210"]


def test_the_plan_keeps_it() -> None:
    of = compiled('property "p" { runs: 7 seed: 3 expect Patience }')
    again = plan.from_json(plan.to_json(of))
    assert again.properties == of.properties
    assert replace(of.properties["p"], runs=8) != again.properties["p"]
