"""Programs in colour: nothing is lost, nothing is an error, and a keyword is one where it is one to the parser."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import Error, Keyword, Operator, String, Token, _TokenType

from pedalang.compiler.syntax import format, layout
from pedalang.highlight import lexer, rules, words
from pedalang.source import Source
from tests import derivation

WORDS = words.load()
LEXER = lexer.PedalangLexer(stripnl=False, ensurenl=False)
GOLDEN = Path(__file__).parent / "small.tokens.txt"
PROGRAM = Path(__file__).parents[2] / "editors" / "vscode" / "test" / "programs" / "small.ped"


def tokens(text: str) -> list[tuple[int, _TokenType, str]]:
    return list(LEXER.get_tokens_unprocessed(text))


def test_no_character_is_lost_and_none_is_an_error(written: dict[str, str]) -> None:
    """A token is an error only in a text that the parser cannot read either: a page or a test shows a mistake."""
    assert len(written) > 100
    for where, text in written.items():
        found = tokens(text)
        assert "".join(value for _, _, value in found) == text, where
        wrong = [(place, value) for place, kind, value in found if kind in Error]
        assert not wrong or layout.read(text) is None, (where, wrong)


# ---------------------------------------------------------------- keywords


def keywords(text: str) -> Iterator[tuple[int, str, bool]]:
    """The words of a program that could be keywords, where they stand, and whether the parser reads them as such."""
    at = 0
    for kind, piece in layout.pieces(text):
        at = text.index(piece, at)
        if piece in WORDS.all:
            yield at, piece, kind != "NAME"
        at += len(piece)


def coloured(text: str) -> dict[int, bool]:
    """For each place whether what stands there looks like a keyword."""
    return {at: (kind in Keyword and kind is not Keyword.Type) or kind in Operator.Word
            for place, kind, value in tokens(text) for at in range(place, place + len(value))}


def disagreements(text: str) -> list[str]:
    looks = coloured(text)
    return [f"{text.count(chr(10), 0, place) + 1}: {word} is {'a' if is_one else 'no'} keyword"
            for place, word, is_one in keywords(text) if looks.get(place) != is_one]


def test_keywords_are_what_the_parser_takes_for_keywords(written: dict[str, str]) -> None:
    wrong = [f"{where}:{each}" for where, text in written.items() if layout.read(text) for each in disagreements(text)]
    assert not wrong, "\n".join(wrong)


@settings(max_examples=8)
@given(st.integers(0, 2**32))
def test_keywords_of_derived_programs_are_what_the_parser_takes_for_them(seed: int) -> None:
    """Where they are laid out as `ped fmt` lays them out: a lexer for editors sees one line at a time."""
    text = format.format(Source("test.ped", derivation.program(seed, 60, (" ",))))
    assert text is None or not disagreements(text), text


@pytest.mark.parametrize("line, keywords_in_it", [
    ("role turn {}", "role"), ("  turn.turn: turn", ""), ("a: [role for role in model]", "for in"),
    ("let x = model and student", "let and"), ("hint: state", ""), ("from .student import student as role",
    "from import as"), ("flow f { phase open final {", "flow phase final"),
])
def test_a_keyword_is_a_name_elsewhere(line: str, keywords_in_it: str) -> None:
    found = [value for _, kind, value in tokens(line) if kind in Keyword or kind in Operator.Word]
    assert " ".join(found) == keywords_in_it


def test_words_written_by_hand_are_words_of_the_grammar() -> None:
    assert WORDS.all >= rules.HAND_WRITTEN
    grouped = WORDS.declaring | WORDS.items | WORDS.expression | WORDS.formula | WORDS.modifiers
    assert WORDS.all == grouped | {"pedalang"}


# ---------------------------------------------------------------- texts, broken texts, the whole


def kinds(text: str) -> str:
    """A line, with what is inside a text marked."""
    return "".join(f"<{value}>" if kind in String.Interpol else value.upper() if kind in String else value
                   for _, kind, value in tokens(text))


@pytest.mark.parametrize("text, marked", [
    ('a: "say {{ x }} so"', 'a: "SAY <{{> x <}}> SO"'),
    ('a: "{{ join(xs, "; ") }}"', 'a: "<{{> join(xs, "; ") <}}>"'),
    ('a: """b {{ c("d") }} e"""', 'a: """B <{{> c("D") <}}> E"""'),
    ('a: #"""b {{ c }}"""#', 'a: #"""B {{ C }}"""#'),
    ('a: "\\{{ c" b', 'a: "\\{{ C" b'),
    ('a: "open\nb: c', 'a: "OPEN\nb: c'),
])
def test_interpolations_are_expressions(text: str, marked: str) -> None:
    assert kinds(text) == marked


def test_a_declaration_begins_anew_after_what_was_left_open() -> None:
    found = tokens("flow f { phase a { turn (\nrole Tutor(x: Int) {\n  moves: X\n}\n")
    assert [value for _, kind, value in found if kind is Keyword.Declaration] == ["flow", "role"]


def test_what_no_program_can_hold_is_an_error() -> None:
    assert [value for _, kind, value in tokens("let a = 1; 2") if kind in Error] == [";"]


def test_each_kind_has_its_token() -> None:
    assert set(lexer.TOKENS) == {*rules.KINDS, ""}


def test_pygments_is_told_where_it_is() -> None:
    """By an entry point, which an installed package has."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"]["pygments.lexers"]["pedalang"].partition(":")
    assert getattr(importlib.import_module(module), name) is lexer.PedalangLexer
    assert lexer.PedalangLexer.aliases == ("pedalang", "ped")


def test_a_program_in_colour(update: bool) -> None:
    lines = [f"{str(kind).removeprefix('Token.')}  {value!r}\n" for _, kind, value in tokens(PROGRAM.read_text())
             if kind not in Token.Text.Whitespace and value.strip()]
    if update:
        GOLDEN.write_text("".join(lines), encoding="utf-8")
    assert GOLDEN.read_text(encoding="utf-8") == "".join(lines)
