"""The house layout, and that nothing but white space changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang.compiler.syntax import format, layout
from pedalang.diagnostic import Bug
from pedalang.source import Source

ROOT = Path(__file__).resolve().parents[2]


def formatted(text: str) -> str:
    made = format.format(Source("test.ped", text))
    assert made is not None
    return made


def test_a_program_in_the_house_layout_stays_as_it_is() -> None:
    for path in sorted([ROOT / "programs" / "fractions" / "main.ped", *(ROOT / "stdlib").rglob("*.ped")]):
        text = path.read_text(encoding="utf-8")
        assert formatted(text) == text, path


@pytest.mark.parametrize(("text", "expected"), [
    ("pedalang 1 from ..parts import a,b as c", "pedalang 1\nfrom ..parts import a, b as c\n"),
    ("@since( 1 )\nrole R{}", "@since(1)\nrole R {}\n"),
    ("@since(1) @beta role R{}", "@since(1)\n@beta\nrole R {}\n"),
    ("role R(x:Int=- 1,y:List [ Int ]?=[ ])extends Base ( x ){}",
     "role R(x: Int = -1, y: List[Int]? = []) extends Base(x) {}\n"),
    ("let x=a+b*- c", "let x = a + b * -c\n"),
    ("let x=a [ 0 ] . b( c )", "let x = a[0].b(c)\n"),
    ("let x=[a,[b],{c:1}]", "let x = [a, [b], { c: 1 }]\n"),
    ("let x=0 .. 3", "let x = 0..3\n"),
    ("let x=not(a)and[b]==[ ]", "let x = not (a) and [b] == []\n"),
    ("let x=if a then(b)else[c]", "let x = if a then (b) else [c]\n"),
    ("moves M open={a,b}", "moves M open = { a, b }\n"),
    ("moves M={a<b<c}", "moves M = { a < b < c }\n"),
    ("scale S ordinal{level- 1\"a\" : \"b\"}", "scale S ordinal { level -1 \"a\": \"b\" }\n"),
    ("def f ( )->Int=1", "def f() -> Int = 1\n"),
    ("dataset d from\"a\"{map a<-b}", "dataset d from \"a\" { map a <- b }\n"),
    ("", ""),
    ("\n\n", ""),
    ("// only\n\n\n// comments", "// only\n\n// comments\n"),
])
def test_spaces(text: str, expected: str) -> None:
    assert formatted(text) == expected


def test_a_block_on_one_line_stays_there_with_wider_gaps_between_items() -> None:
    assert formatted("model m { a: 1 b: 2\tc: 3 }") == "model m { a: 1  b: 2  c: 3 }\n"


def test_a_block_on_several_lines_has_one_item_a_line() -> None:
    assert formatted("flow f { max: 3\nphase a { turn x turn y } }") == """flow f {
  max: 3
  phase a { turn x  turn y }
}
"""


def test_a_block_that_does_not_fit_is_broken() -> None:
    long = "x" * 60
    assert formatted(f"model m {{ a: {long} b: {long} }}") == f"model m {{\n  a: {long}\n  b: {long}\n}}\n"


def test_blank_lines_are_kept_one_at_most_and_none_at_the_edges_of_a_block() -> None:
    text = "\n\nlet a = 1\n\n\n\nlet b = 2\nlet c = 3\nmodel m {\n\n\n  x: 1\n\n\n  y: 2\n\n}\n\n\n"
    assert formatted(text) == """let a = 1

let b = 2
let c = 3
model m {
  x: 1

  y: 2
}
"""


def test_a_list_that_does_not_fit_is_broken_one_member_a_line() -> None:
    long = "x" * 50
    assert formatted(f"let a = [{long}, f({long}), {long}]") == f"let a = [\n  {long},\n  f({long}),\n  {long}\n]\n"


def test_a_list_that_was_broken_stays_so() -> None:
    assert formatted("let a = [\n1, 2\n]") == "let a = [\n  1,\n  2\n]\n"
    assert formatted("let a = [1, 2,]") == "let a = [\n  1,\n  2,\n]\n"
    assert formatted("let a = [1,\n2]") == "let a = [1, 2]\n"


def test_the_outer_bracket_is_broken_first() -> None:
    long = "x" * 70
    assert formatted(f"let a = f([{long}, 1], k: {long})") == f"let a = f(\n  [{long}, 1],\n  k: {long}\n)\n"


def test_brackets_may_hug_what_is_broken_inside() -> None:
    assert formatted("let t = trace([\na,\nb\n])") == "let t = trace([\n  a,\n  b\n])\n"


def test_branches_of_candidates() -> None:
    text = """role R {
  say probing: if history.turns == 0 then [
    "a",
  ] else [
    "b",
  ]
}
"""
    assert formatted(text) == text


def test_breaks_inside_an_expression_stay() -> None:
    text = """def f(p: Problem) -> Text =
  if a then "x"
  else if b then "y"
  else "z"
"""
    assert formatted(text) == text
    assert formatted(text.replace("\n  else", "\n\n       else")) == text


def test_else_stands_behind_a_brace_unless_its_block_is_on_one_line() -> None:
    assert formatted("role r { on a {\nif x {\nset y = 1\n}\nelse { set y = 2 } } }") == """role r {
  on a {
    if x {
      set y = 1
    } else { set y = 2 }
  }
}
"""
    text = "role r {\n  on a {\n    if x { hint \"a\" }\n    else { hint \"b\" }\n  }\n}\n"
    assert formatted(text) == text


def test_comments_stay_where_they_are() -> None:
    text = """// before
//! of the module
import a  // behind

/// of the flow
// between
flow f {  // behind a brace
  // on its own
  max: 3  // behind an item

  // after a blank line
  phase a {
    turn x
    // at the end
  }
  sees: [
    // first in a list
    a,  // behind a comma
    b
    // last in a list
  ]
  goal: 1 +  // inside an expression
    2
}  // behind the end
// at the end
"""
    assert formatted(text) == text


def test_documentation_stands_above_what_it_documents() -> None:
    assert formatted("/// A.\n@b role R { /// C.\nx: 1 }") == "/// A.\n@b\nrole R {\n  /// C.\n  x: 1\n}\n"


def test_what_a_text_holds_is_never_touched() -> None:
    text = 'role R {\n\tvoice: """\n  a\t \n\n\n        b   \n"""\n}'
    assert '"""\n  a\t \n\n\n        b   \n"""' in formatted(text)


def test_line_ends_become_plain_outside_texts() -> None:
    assert formatted("let a = 1\r\n\r\nlet b = 2  \r\n// c  \r\n") == "let a = 1\n\nlet b = 2\n// c\n"


@pytest.mark.parametrize("text", ["role {", "x", "let a =", '"', "let x = " + "(" * 5000, "}"])
def test_what_is_no_program_is_not_formatted(text: str) -> None:
    assert format.format(Source("test.ped", text)) is None


def test_a_change_of_meaning_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(format, "_printed", lambda items: "let a = 2\n")
    with pytest.raises(Bug, match="would change what it says"):
        format.format(Source("test.ped", "let a = 1"))


def test_a_layout_that_does_not_settle_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[layout.Item]] = []

    def wider(items: list[layout.Item]) -> str:
        seen.append(items)
        return "let a =" + " " * len(seen) + "1\n"

    monkeypatch.setattr(format, "_printed", wider)
    with pytest.raises(Bug, match="twice"):
        format.format(Source("test.ped", "let a = 1"))
