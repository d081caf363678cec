"""What texts say, and what they interpolate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.compiler.syntax import parse, texts, tree
from pedalang.diagnostic import Report
from pedalang.source import Source


def written(literal: str, report: Report) -> tuple[Source, tree.Word]:
    """A literal in a program, and its word."""
    source = Source("test.ped", f"let x = 1\nlet y = {literal}\n")
    decl = parse.parse(source, report).decls[-1].body
    assert isinstance(decl, tree.LetDecl)
    assert isinstance(decl.value, tree.Text)
    return source, decl.value.word


def parts(literal: str) -> list[str]:
    """The parts of a literal: texts as they are, expressions as they were written, between angle brackets."""
    report = Report()
    source, word = written(literal, report)
    found = texts.read(source, word, report)
    assert not report.found, report.found
    return [part if isinstance(part, str) else f"<{source.text[part.start : part.end]}>" for part in found]


@pytest.mark.parametrize(("literal", "expected"), [
    ('""', [""]),
    ('"a"', ["a"]),
    (r'"a \"b\" \\ c\n\td"', ['a "b" \\ c\n\td']),
    ('"{{ a }}"', ["<a>"]),
    ('"{{a}}{{b}}"', ["<a>", "<b>"]),
    ('"x {{ a.b }} y {{ f(1, k: 2) }}!"', ["x ", "<a.b>", " y ", "<f(1, k: 2)>", "!"]),
    ('"{{ join(steps, ", ") }}"', ['<join(steps, ", ")>']),
    ('"{{ f("}}", {a: {b: 1}}) }} z"', ['<f("}}", {a: {b: 1}})>', " z"]),
    ('"{{ {a: {b: 1}} }}"', ["<{a: {b: 1}}>"]),
    ('"{{ if a == "b" then "c" else "{{d}}" }}"', ['<if a == "b" then "c" else "{{d}}">']),
    (r'"\{{ a }} {b} }}"', ["{{ a }} {b} }}"]),
    ('"{"', ["{"]),
    ('"a {b} }} c"', ["a {b} }} c"]),
    ('"{{ (a) }}"', ["<a>"]),
])
def test_a_text_on_one_line(literal: str, expected: list[str]) -> None:
    assert parts(literal) == expected


@pytest.mark.parametrize(("literal", "expected"), [
    ('""""""', [""]),
    ('"""a"""', ["a"]),
    ('"""a \\frac{1}{2} \\n"""', ["a \\frac{1}{2} \\n"]),
    ('"""\n  a\n    b\n\n  c\n  """', ["a\n  b\n\nc"]),
    ('"""\n    a\n  b\n"""', ["  a\nb"]),
    ('"""a\n    b\n      c"""', ["a\nb\n  c"]),
    ('"""\n\n  a\n\n  """', ["\na\n"]),
    ('"""\r\n  a\r\n  b\r\n  """', ["a\nb"]),
    ('"""\n\ta\n\tb\n\t"""', ["a\nb"]),
    ('"""\n"""', [""]),
    ('"""\n  {{ a }}\n    and {{ b }}\n  """', ["<a>", "\n  and ", "<b>"]),
    ('"""\n  x {{ f(\n    1) }}\n  y\n  """', ["x ", "<f(\n    1)>", "\ny"]),
    ('"""{{ "x" }}"""', ['<"x">']),
    ('"""he said "no""""', ['he said "no"']),
    ('"""a""b"""', ['a""b']),
    ('#"""\n  {{ a }} \\n "b"\n  """#', ['{{ a }} \\n "b"']),
    ('#"""a""""#', ['a"']),
    ('#"""a"""b"""#', ['a"""b']),
])
def test_a_block_of_text(literal: str, expected: list[str]) -> None:
    assert parts(literal) == expected


@pytest.mark.parametrize(("literal", "expected"), [
    ('"a {{ b }}"', "a {{ b }}"),
    (r'"a \"b\" \{{"', 'a "b" {{'),
    ('"""\n  a {{ b }}\n  c\n  """', "a {{ b }}\nc"),
    ('#"""{{ a }}"""#', "{{ a }}"),
    ('""', ""),
])
def test_a_plain_text_keeps_its_braces(literal: str, expected: str) -> None:
    source, word = written(literal, Report())
    assert texts.plain(source, word) == expected


@pytest.mark.parametrize(("literal", "code", "place", "left"), [
    ('"""a {{ b"""', "PED0117", "{{", "a {{ b"),
    ('"""a {{ b } c {{ d }}"""', "PED0117", "{{", "a {{ b } c {{ d }}"),
    ('"""a {{ b {{ c }} d"""', "PED0117", "{{", "a {{ b {{ c }} d"),
    ('"""a {{ }} d"""', "PED0118", "{{ }}", "a  d"),
    ('"a {{}}"', "PED0118", "{{}}", "a "),
    ('"a {{ 1 + }} b"', "PED0106", "+", "a  b"),
    ('"a {{ b c }} d"', "PED0101", "c", "a  d"),
])
def test_what_cannot_be_interpolated_is_told_and_left_out(literal: str, code: str, place: str, left: str) -> None:
    report = Report()
    source, word = written(literal, report)
    assert not report.found
    assert texts.read(source, word, report) == (left,)
    assert [(d.code, d.span.text if d.span else "") for d in report.found] == [(code, place)]


def test_each_mistake_of_a_text_is_told() -> None:
    report = Report()
    source, word = written('"{{ }} {{ a b }} {{ c }} {{ 1 + }}"', report)
    read = texts.read(source, word, report)
    assert [part for part in read if isinstance(part, str)] == ["  ", " "]
    assert [d.code for d in report.found] == ["PED0118", "PED0101", "PED0106"]


def test_a_text_mended_by_the_parser_is_read() -> None:
    report = Report()
    source, word = written("'a {{ b'", report)
    assert [d.code for d in report.found] == ["PED0110"]
    assert texts.read(source, word, report) == ("a {{ b",)


TEXT = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=40)


@given(TEXT)
def test_escaping_is_undone_by_reading(text: str) -> None:
    escaped = text
    for sign, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("{", "\\{")):
        escaped = escaped.replace(sign, escape)
    assert "".join(parts(f'"{escaped}"')) == text


@given(st.lists(TEXT, min_size=1))
def test_indentation_is_undone_by_reading(texts_of_lines: list[str]) -> None:
    """Lines without white space around them, however far the block is indented."""
    lines = ["".join(char for char in line if char.isprintable() and char != '"').strip() for line in texts_of_lines]
    block = "".join(f"      {line}\n" for line in lines)
    source, word = written(f'#"""\n{block}      """#', Report())
    assert texts.plain(source, word) == "\n".join(lines)
