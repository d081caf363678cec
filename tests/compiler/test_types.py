"""What types keep from roles, records chosen by a case, scales with parameters, decorators."""

from __future__ import annotations

import pytest

from pedalang import diagnostic, plan
from pedalang.compiler import compile

HIDING = """
type Step {{ text: Text  note: Text @hidden }}
type Problem {{ id: Text  answer: Int @hidden  first: Step  steps: List[Step] }}
role Tutor(p: Problem) {{ sees: [{sees}]  voice: "{voice}" }}
flow lesson(problem: Problem) {{
  cast teacher: Tutor(problem)
  phase talk start final {{ turn teacher }}
}}
"""


def codes(text: str) -> list[str]:
    return [found.code for found in compile.check_text(text)]


@pytest.mark.parametrize(("sees", "voice", "expected"), [
    ("p", "{{ p.id }} {{ p.first.text }}", []),
    ("p", "{{ p.answer }}", ["PED0401"]),
    ("p", "{{ p }}", ["PED0401"]),
    ("p", "{{ p.first.note }}", ["PED0401"]),
    ("p", "{{ p.first }}", ["PED0401"]),
    ("p", "{{ join([s.text for s in p.steps], \\\", \\\") }}", ["PED0401"]),
    ("p, p.answer", "{{ p.answer }}", []),
    ("p.first", "{{ p.first.text }} {{ p.first.note }}", ["PED0401"]),
    ("p.first.note", "{{ p.first.note }}", []),
    ("p.steps", "{{ p.steps }}", []),
])
def test_what_is_hidden_must_be_named_itself(sees: str, voice: str, expected: list[str]) -> None:
    assert codes(HIDING.format(sees=sees, voice=voice.replace('\\"', '"'))) == expected


def test_a_record_without_secrets_is_seen_as_a_whole() -> None:
    open_ = HIDING.replace(" @hidden", "")
    made = compile.compile_text(open_.format(sees="p", voice="{{ p }}")).plan
    assert made is not None
    assert made.flows["lesson"].cast["teacher"].sees == ("problem",)


LEVELS = "enum Level { case low \"l\" case mid \"m\" case high \"h\" }\n"


@pytest.mark.parametrize(("record", "use", "expected"), [
    ("{ low: 1, mid: 2, high: 3 }", "w[level]", []),
    ("{ low: 1, mid: 2 }", "w[level]", ["PED0314"]),
    ("{ low: 1, mid: 2 }", "w[level] ?? 0", []),
    ("{ low: 1, mid: 2 }", "(if level == high then 0 else w[level] ?? 4) + 1", []),
    ("{ low: 1, mid: 2, high: 3 }", "w[level] ?? 0", ["PED0311"]),
    ("{ low: 1, mid: 2, hihg: 3 }", "w[level]", ["PED0304"]),
])
def test_a_record_answers_all_cases_or_has_a_rest(record: str, use: str, expected: list[str]) -> None:
    assert codes(f"{LEVELS}let w = {record}\ndef f(level: Level) -> Int = {use}") == expected


SCALE = """
scale Deep(of: Text, most: Int = 2) ordinal {{ level 0: "No {{{{ of }}}}."  level {{most}}: "Much {{{{ of }}}}." }}
type Problem {{ topic: Text }}
role Tutor {{ voice: "You teach." }}
flow lesson(problem: Problem) {{ cast teacher: Tutor  phase talk start final {{ turn teacher }} }}
rubric Depth on dialogue {{ criterion deep scale {scale} by judge {{ ask: "How deep?" }} }}
""".replace("{{most}}", "2")


def test_a_scale_is_filled_in_where_it_is_used() -> None:
    found = compile.compile_text(SCALE.format(scale='Deep("thought")'))
    assert found.plan is not None, diagnostic.to_text(found.diagnostics)
    judge = found.plan.rubrics["Depth"].criteria[0].judge
    assert judge is not None
    assert [level.text for level in judge.levels] == ["No thought.", "Much thought."]


@pytest.mark.parametrize(("scale", "expected"), [
    ("Deep", ["PED0307"]), ("Deep(3)", ["PED0301"]), ("Deep(problem.topic)", ["PED0309"]),
    ('Deep("x", more: 1)', ["PED0307"]),
])
def test_a_scale_is_given_what_it_takes(scale: str, expected: list[str]) -> None:
    assert codes(SCALE.format(scale=scale)) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ('@deprecated("use b")\nlet a = 1\nlet c = a + 1', ["PED0213"]),
    ('@deprecated("use b")\nlet a = 1\nlet c = "{{ a }}"', ["PED0213"]),
    ('@deprecated("use b")\nlet a = 1\ndef f(a: Int) -> Int = a', []),
    ('@deprecated("use b")\ndef f(n: Int) -> Int = n', []),
    ('@deprecated("use B")\ntype A { n: Int }\ndef f(a: A) -> Int = a.n', ["PED0213"]),
    ("@deprecated\nlet a = 1", ["PED0307"]),
    ("@deprecatd(\"x\")\nlet a = 1", ["PED0214"]),
    ("type A { n: Int @deprecated(\"x\") }", ["PED0214"]),
    ("type A { n: Int @hidden @hidden }", ["PED0202"]),
    ("type A { n: Int @hidden(1) }", ["PED0307"]),
])
def test_decorators_are_known_and_stand_where_they_may(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("def f(n: Turns) -> Turns = n + 1 turns\nlet a = f(2 turns)", []),
    ("def f(n: Turns) -> Turns = n\nlet a = f(2)", ["PED0313"]),
    ("def f(n: Turns) -> Turns = n\nlet a = f(2 tokens)", ["PED0313"]),
    ("def f(n: Turns) -> Turns = n\nlet a = f(\"2\")", ["PED0301"]),
    ("let a = 2 turns + 1", ["PED0313"]),
    ("let a = 2 turns < 1 minutes", ["PED0313"]),
    ("let a = 2 turns / 1 minutes", ["PED0313"]),
    ("let a = 2 turns < 3", []),
])
def test_numbers_of_different_things_are_kept_apart(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_plan_holds_no_decorators() -> None:
    made = compile.compile_text(HIDING.format(sees="p", voice="{{ p.id }}")).plan
    assert made is not None
    assert b"hidden" not in plan.to_json(made)
