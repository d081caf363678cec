"""What is wrong in a configuration is told with its line, and what is not carried over is listed; nothing is run."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.compiler import compile
from pedalang.diagnostic import Report
from pedalang.exchange.elmes import program, reading
from pedalang.exchange.elmes.text import Code, literal
from pedalang.expression.evaluate import Evaluator
from pedalang.source import Source
from tests.exchange.elmes import configs


def found(text: str) -> dict[str, list[int]]:
    """The codes of what is told, each with its lines; 0 where it has none."""
    codes: dict[str, list[int]] = {}
    for each in program.convert(Source("config.yaml", text.lstrip("\n")), "config").found:
        codes.setdefault(each.code, []).append(each.span.place.line if each.span is not None else 0)
    return codes


def line(text: str, part: str) -> int:
    """The line in which a part stands first."""
    return text.lstrip("\n").split(part)[0].count("\n") + 1


OLDER = r'''
globals: {concurrency: 4, recursion_limit: 9, retry: {attempt: 2}}
models:
  m: {type: openai, api_key: secret, api_base: "http://127.0.0.1:1/v1", model: small, kargs: {logit_bias: 1}}
agents:
  teacher:
    model: m
    prompt:
      - role: system
        content: ｜
          You teach {child}.
          Be kind to {chidl}.
  student: {model: m, prompt: [{role: system, content: "You learn."}]}
  ghost: {model: m, prompt: [{role: system, content: "Boo."}]}
directions:
  - START -> teacher
  - teacher -> router:any_keyword_route(keywords=["goodbye", "STOP"], exists_to=END, else_to="student")
  - student -> teacher
tasks:
  mode: iter
  content:
    - {child: Ada, grade: "2"}
    - {child: 7}
evaluation:
  name: e
  model: m
  prompt:
    - {role: system, content: "Marks go from 1-10."}
    - {role: user, content: "{task.child} said {messages.as_dialog()} {rating}"}
  format:
    - {field: correct, type: int, description: "Is it right? 1-5", max: 5}
    - field: kind
      type: dict
      description: Is it kind?
      items: [{field: score, type: float, description: a mark}, {field: why, type: str, description: why}]
  format_mode: tool
'''


def test_the_defects_of_an_older_configuration() -> None:
    codes = found(OLDER)
    assert codes["PED1005"] == [line(OLDER, "｜")]
    assert codes["PED1006"] == [line(OLDER, "｜"), line(OLDER, "{rating}")]
    assert codes["PED1008"] == codes["PED1009"] == [line(OLDER, "any_keyword_route")]
    assert codes["PED1012"] == [line(OLDER, "a mark")]
    assert codes["PED1013"] == codes["PED1014"] == [line(OLDER, "name: e")]
    assert codes["PED1018"] == [line(OLDER, "child: 7"), line(OLDER, "child: 7")]
    assert codes["PED1021"] == [line(OLDER, "ghost")]
    listed = ("globals", "logit_bias", "name: e", "format_mode")
    assert set(codes["PED1016"]) == {0, *(line(OLDER, each) for each in listed)}


def test_no_key_is_carried_over() -> None:
    made = program.convert(Source("config.yaml", OLDER), "config")
    assert "secret" not in made.program + "".join(made.files.values())


def test_the_defects_of_a_newer_configuration() -> None:
    text = configs.NEWER_CHAIN.replace("- solver -> checker", '- solver -> router:any_keyword_router(keywords=["<x>"], '
                                       'exists_to=END, else_to="checker")').replace('"Solve."', '"Solve {\\"a\\": 1}."')
    text = text.replace('"Ask."}', '"Ask.", memory: {keep_turns: 2}}').replace('"Is it clear?"', '"1-5: is it clear?"')
    codes = found(text)
    assert codes["PED1007"] == [line(text, "Solve")]
    assert codes["PED1010"] == [line(text, "<x>")]
    assert codes["PED1012"] == [line(text, "1-5")]
    assert codes["PED1015"] == [1, line(text, "memory")]


def test_what_mixes_the_dialects() -> None:
    text = configs.NEWER_LOOP.replace("any_keyword_router", "any_keyword_route").replace("base_url", "api_base")
    assert found(text)["PED1022"] == [line(text, "http"), line(text, "any_keyword")]


@pytest.mark.parametrize(("old", "new", "code"), [
    ("- START -> teacher", "- START -> nobody", "PED1004"),
    ("- START -> teacher", "- teacher", "PED1011"),
    ("- START -> teacher", "", "PED1002"),
    ("any_keyword_route(", "mine(", "PED1011"),
    ("any_keyword_route(keywords", "any_keyword_route(x=__import__('os').system('false'), keywords", "PED1011"),
    ("- student -> teacher", "- student -> teacher\n  - student -> END", "PED1017"),
    ("model: tutor", "model: toto", "PED1004"),
    ("mode: union", "mode: some", "PED1003"),
    ("role: system", "role: ghost", "PED1003"),
    ("agents:", "agent:", "PED1002"),
    ("globals:", "globals: {", "PED1001"),
])
def test_what_cannot_be_imported(old: str, new: str, code: str) -> None:
    text = configs.LOOP.replace(old, new, 1)
    assert text != configs.LOOP
    made = program.convert(Source("config.yaml", text), "config")
    assert made.program == ""
    assert code in {each.code for each in made.found if each.severity == "error"}


def test_a_dialogue_that_nothing_ends_is_told() -> None:
    text = re.sub(r"router:any.*", "student", configs.LOOP)
    assert found(text)["PED1019"] == [0]


def test_aliases_are_counted_and_depth_is_bounded() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    for text in (bomb, "a: " + "[" * 40 + "]" * 40, "&a [*a]", "x" * (reading.MAX_CHARACTERS + 1), ""):
        report = Report()
        assert reading.read(Source("config.yaml", text), report) is None
        assert [each.code for each in report.found] == ["PED1001"]


@given(st.text(max_size=80))
def test_any_text_is_told_or_imported(text: str) -> None:
    made = program.convert(Source("config.yaml", text), "config")
    assert made.program or made.found


@given(st.lists(st.text(alphabet='ab {}"\\\n\t#|\'é', max_size=20), min_size=1, max_size=3))
def test_texts_read_back_as_they_were(parts: list[str]) -> None:
    written = literal([piece for part in parts for piece in (part, Code("1"))])
    of = compile.compile_text(f"role T {{ speak: free  voice: {written} }}\n"
                              "flow f { cast t: T  phase a final { turn t } }").plan
    assert of is not None
    assert Evaluator()(of.flows["f"].cast["t"].voice, {}) == "".join(f"{part}1" for part in parts)
