"""Every mistake of a file is found, each told once, and what is right around it is read. The messages themselves are
on the pages of `docs/diagnostics`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pedalang.compiler.syntax import parse, show, tree
from pedalang.compiler.syntax.recovery import MAX_MISTAKES
from pedalang.compiler.syntax.stack import MAX_DEPTH
from pedalang.diagnostic import Report
from pedalang.source import Source

PROGRAM = Path(__file__).resolve().parents[2] / "programs" / "fractions" / "main.ped"


def mistakes(text: str) -> list[tuple[str, int, str]]:
    """The code, the line and the message of each mistake."""
    report = Report()
    parse.parse(Source("test.ped", text), report)
    return [(d.code, d.span.place.line if d.span else 0, d.message) for d in report.in_order()]


def module(text: str) -> tree.Module:
    return parse.parse(Source("test.ped", text), Report())


def named(text: str) -> list[str]:
    """The names of the declarations that are read of a text, mistakes or not."""
    return [decl.body.name.text for decl in module(text).decls]


def test_all_mistakes_of_a_file_are_found() -> None:
    assert mistakes("""role Tutor {
  limit 60 tokens
  voice: "hello
  sees: [a b, c]
  moves = MathDial
  policy: rule {
    telling when student.stuck = 3
  }
}
rubric R on dialogue {
  criterium talk weight 1 by code { score: 1; }
}
}
flow {
}
let x = (1 + 2
let y = [1, 2)
""") == [
        ("PED0106", 2, "missing `:` after `limit`"),
        ("PED0104", 3, "this text is not closed on its line"),
        ("PED0101", 4, "unexpected `b`"),
        ("PED0106", 5, "a field is written with `:`, not with `=`"),
        ("PED0115", 6, "`policy` takes no colon here"),
        ("PED0113", 7, "`=` does not compare"),
        ("PED0102", 11, "unknown word `criterium`"),
        ("PED0105", 11, "unexpected character `;`"),
        ("PED0109", 13, "nothing is open that this `}` could close"),
        ("PED0106", 14, "missing name after `flow`"),
        ("PED0103", 16, "this `(` is never closed"),
        ("PED0109", 17, "`)` cannot close `[`"),
    ]


def test_what_is_right_around_a_mistake_is_read() -> None:
    text = """role A { limit: 3  = 4  speak: free }
role B { x: [1, }
role C { x: 1 }
let d = =
let e = 2
"""
    assert named(text) == ["A", "B", "C", "e"]
    role = module(text).decls[0].body
    assert isinstance(role, tree.RoleDecl)
    assert [item.key.text for item in role.items if isinstance(item, tree.Field)] == ["limit", "speak"]


@pytest.mark.parametrize(("text", "names"), [
    ("flow f {\n  phase a {\n    turn x\n\n  phase b {\n    turn y\n  }\n}\nrole r {}\n", ["f", "r"]),
    ("flow f {\n  phase a {\n    turn x\n}\nrole r {}\n", ["f", "r"]),
    ("role a {\n  state {\n    x: Int = 1\n\n  sees: [b]\n}\nrole r {}\n", ["a", "r"]),
    ("role a {\n  x: 1\nrole r {}\n", ["a", "r"]),
    ("role a {\n  x: 1\n", ["a"]),
    ("role a {\n  state {\n    x: Int = 1\n", ["a"]),
])
def test_a_forgotten_brace_is_one_mistake_and_loses_nothing(text: str, names: list[str]) -> None:
    assert [code for code, _, _ in mistakes(text)] == ["PED0103"]
    assert named(text) == names


@pytest.mark.parametrize(("text", "line"), [
    ("flow f {\n  phase a {\n    turn x\n}\nrole r {}\n", 2),
    ("flow f {\n  phase a {\n    turn x\n  }\n\nrole r {}\n", 1),
    ("role a {\n  on self.turn {\n    if x {\n      hint \"a\"\n  }\n  speak: free\n}\n", 3),
])
def test_the_unclosed_brace_is_found_by_indentation(text: str, line: int) -> None:
    assert [place for code, place, _ in mistakes(text)] == [line]


def test_a_tree_is_what_is_meant_where_that_is_sure() -> None:
    wrong = "contract C {\n  hard a: nevr x && y\n  soft b: x = 3\n}\nmodel m { engine vllm }\nlet z = 'a'\n"
    right = 'contract C {\n  hard a: never x and y\n  soft b: x == 3\n}\nmodel m { engine: vllm }\nlet z = "a"\n'
    assert mistakes(wrong)
    assert not mistakes(right)
    assert places_aside(wrong) == places_aside(right)


def places_aside(text: str) -> str:
    return re.sub(r" \d+:\d+$", "", show.to_text(module(text), Source("test.ped", text)), flags=re.MULTILINE)


@pytest.mark.parametrize(("text", "label"), [
    ("role A { x: [1 2] }", "expected `,`, `]` or `for`"),
    ("type T { a: Int 3 }", "expected `=`, a field (`name: …`) or `}`"),
    ("3", "expected the end of the file or a declaration such as `role`, `move` or `flow`"),
    ("scale S ordnl { }", "did you mean `ordinal`?"),
    ("flow f { phase a strat { } }", "did you mean `start`?"),
    ("role A { \"x\" }", "expected a field (`name: …`), `act`, `allow`, `on`, `policy`, `say`, `state` or `}`"),
])
def test_what_is_expected_is_said_in_words(text: str, label: str) -> None:
    report = Report()
    parse.parse(Source("test.ped", text), report)
    (found,) = report.found
    assert found.labels[0].text == label


@pytest.mark.parametrize(("text", "message"), [
    ("role A { x: }", "missing value after `x:`"),
    ("type T { a: }", "missing type after `a:`"),
    ("contract C { a: }", "missing formula after `a:`"),
    ("contract C { a: x since }", "missing condition after `since`"),
    ("flow f { phase { } }", "missing name after `phase`"),
    ("let x 3", "missing `=` after `x`"),
    ("let x = 1 +", "missing value after `+`"),
    ("flow f {\n  max:\n  phase a start { }\n}", "missing value after `max:`"),
    ("dataset d { map x row.y }", "missing `<-` after `x`"),
    ("flow f {\n  obeys\n  phase a start { }\n}", "missing name after `obeys`"),
    ("from std.moves import\nimport std.scales as scales\n", "missing name after `import`"),
    ("let y: Int\nlet z = 1\n", "missing `=` after `Int`"),
    ("role A { voice: \"a\" }\nrubric R on dialogue\n  criterion c { }\n}\n", "missing `{` after `dialogue`"),
    ("run demo", "missing `{` after `demo`"),
])
def test_the_one_thing_missing_is_named(text: str, message: str) -> None:
    assert [said for _, _, said in mistakes(text)] == [message]


@pytest.mark.parametrize(("text", "meant"), [
    ("contract C { a: nevr telling }", "never"),
    ("contract C { a: frist probing or generic }", "first"),
    ("flow f { phase a { -> b whne x } }", "when"),
    ("flow f { phse a { } }", "phase"),
    ("rubric R on dialog { }", "dialogue"),
    ("fllow f { }", "flow"),
])
def test_a_misspelt_word_is_read_as_what_was_meant(text: str, meant: str) -> None:
    report = Report()
    parse.parse(Source("test.ped", text), report)
    assert [(d.code, d.labels[0].text) for d in report.found] == [("PED0102", f"did you mean `{meant}`?")]


def test_a_word_that_only_looks_like_another_is_not_corrected() -> None:
    assert [code for code, _, _ in mistakes("fun f() {}\n")] == ["PED0101"]


def test_commas_between_items_are_not_needed() -> None:
    report = Report()
    parse.parse(Source("test.ped", "role A { x: 1, y: 2, }"), report)
    assert [d.help for d in report.found] == ["nothing separates items: leave it out"] * 2


def test_fixes_mend_what_they_are_offered_for() -> None:
    text = ("role A {\n  limit 60 tokens\n  moves = M\n  policy: rule { a when b = 1 }\n  voice: 'x'\n}\n"
            "rubric R { criterium c { score: [1) } }\n")
    report = Report()
    parse.parse(Source("test.ped", text), report)
    assert len(report.found) == 7
    edits = [edit for found in report.found for fix in found.fixes for edit in fix.edits]
    assert len(edits) == 7
    for edit in sorted(edits, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert not mistakes(text)


def test_one_mistake_is_one_message() -> None:
    """Of a program in which one token is left out, doubled, or another: more than one message is the exception."""
    text = PROGRAM.read_text(encoding="utf-8")
    tokens = [found for found in re.finditer(r'"[^"\n]*"|//[^\n]*|\w+:?|[-<>=+*?]+|\S', text)
              if not found[0].startswith("//")]
    chance = random.Random(7)
    counts = [len(mistakes(mutated(text, chance.choice(tokens), chance))) for _ in range(250)]
    assert sum(count > 1 for count in counts) <= len(counts) * 0.08
    assert sum(counts) <= len(counts) * 1.1
    assert sum(count == 0 for count in counts) <= len(counts) * 0.25


def mutated(text: str, token: re.Match[str], chance: random.Random) -> str:
    other = chance.choice(["{", "}", "(", ")", ",", "=", "foo", "when", '"x"', "3", "->", "name:", "role", ";", ":"])
    put = chance.choice(["", token[0] + " " + token[0], other, other + " " + token[0]])
    return text[: token.start()] + put + text[token.end() :]


def test_after_many_mistakes_reading_ends_with_a_note() -> None:
    found = mistakes("let x 1\n" * 200)
    assert [code for code, _, _ in found] == ["PED0106"] * MAX_MISTAKES + ["PED0116"]


@pytest.mark.parametrize("text", [
    "let x = " + "(" * 5000 + "1" + ")" * 5000,
    "let x = " + "[" * 5000 + "1" + "]" * 5000,
    "let x = " + "[" * 5000,
    "let x = " + "f(" * 5000 + ")" * 5000,
    "let x = " + "{a: " * 5000,
    "let x = " + "- " * 5000 + "1",
    "let x = " + "not " * 5000 + "a",
    "let x = a" + " + 1" * 5000,
    "let x = a" + " ?? b" * 5000,
    "let x = a" + ".b" * 5000,
    "let x = a" + "[0]" * 5000,
    "let x = " + "if a then b else " * 5000 + "c",
    "type T { x: " + "List[" * 5000 + "Int" + "]" * 5000 + " }",
    "contract C { a: " + "always " * 5000 + "x }",
    "contract C { a: x" + " implies x" * 5000 + " }",
    "contract C { a: x" + " and x" * 5000 + " }",
    "role r { on a { " + "if x { " * 5000 + "} " * 5000 + "} }",
    "role r { on a { " + "if x { } else " * 5000 + "{ } } }",
])
def test_nesting_too_deep_is_one_mistake(text: str) -> None:
    assert [code for code, _, _ in mistakes(text + "\nlet y = 1\n")] == ["PED0108"]
    assert named(text + "\nlet y = 1\n")[-1] == "y"


def test_nesting_up_to_the_limit_is_read(module: Callable[[str], tree.Module]) -> None:
    depth = MAX_DEPTH - 2
    assert module("let x = " + "[" * depth + "1" + "]" * depth).decls
    assert module("let x = 1" + " + 1" * depth).decls


@pytest.mark.parametrize("text", [
    "", "\n", "\ufeff", "\x00", "}", "{", '"', '"""', '#"""', "'", "/", "//", "///", "//!", "@", "pedalang", "import",
    "from", "let", "let x", "let x =", 'let x = "{{', 'let x = """{{', "role {", "role a (", "moves M = {", "test",
    "\r\n\r\nrole a {\r\n}\r\n", "role a\u2028{}", "é" * 100, "a" * 10_000, "let \U0001d4b3 = 1",
])
def test_any_beginning_gives_a_tree(text: str) -> None:
    made = module(text)
    assert (made.start, made.end) == (0, len(text))


@pytest.mark.parametrize("seed", range(3))
def test_noise_ends_with_few_messages(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.randbytes(1 << 20).decode("utf-8", errors="replace")
    assert len(mistakes(text)) <= MAX_MISTAKES + 1


@pytest.mark.parametrize("piece", ['"""a\n', '#"""', '"{{ ', "}", "{ ", "role a {", "'", "€", "\x00", "let x 1 1\n"])
def test_a_hundred_thousand_mistakes_end_with_few_messages(piece: str) -> None:
    assert 1 <= len(mistakes(piece * 100_000)) <= MAX_MISTAKES + 1


def test_an_expression_is_read_from_its_place() -> None:
    source, report = Source("test.ped", 'say "{{ a.b }} and {{ 1 + }}"'), Report()
    start = source.text.index("a.b")
    found = parse.parse_expr(source, start - 1, start + 4, report)
    assert isinstance(found, tree.Attribute)
    assert (found.start, found.end) == (start, start + 3)
    start = source.text.index("1 +")
    assert parse.parse_expr(source, start, start + 3, report) is None
    assert [(d.code, d.span.text) for d in report.found if d.span] == [("PED0106", "+")]


@pytest.mark.parametrize("text", ["", "a b", "never", "(a", "a until", "a )", "3"])
def test_a_formula_that_is_none_is_one_mistake(text: str) -> None:
    report = Report()
    assert parse.parse_formula(Source("formula", text), report) is None
    assert len(report.found) == 1
