"""What is offered at the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang.lsp import completion
from tests.lsp.editor import CURSOR, Editor

LESSON = (Path(__file__).parent / "lesson.ped").read_text(encoding="utf-8")


def offered(editor: Editor, text: str) -> list[str]:
    document, position = editor.open(text)
    return [item.label for item in completion.completion(editor.workspace, document, position).items]


def written(after: str, word: str) -> str:
    """The lesson with a word being written behind a text."""
    at = LESSON.index(after) + len(after)
    return f"{LESSON[:at]}{word}{CURSOR}{LESSON[at:]}"


@pytest.fixture(autouse=True)
def words(editor: Editor) -> Path:
    return editor.save("parts/words.ped", 'let politely = "politely"\nlet gently = "gently"\n')


@pytest.mark.parametrize(("after", "word", "some", "others"), [
    ("student.guess == sum.answer\n", "    -> ", ["work", "done"], ["Tutor", "if"]),
    ("    turn student\n", "    turn ", ["teacher", "student"], ["sum"]),
    ("    turn student\n", "    turn teacher may { ", ["focus", "probing"], ["telling", "teacher"]),
    ("    turn student\n", "    turn teacher must f", ["focus", "probing"], ["telling"]),
    ("    turn student\n", "    ", ["turn", "on", "goal:"], ["cast", "max:"]),
    ("    turn student\n", "    -> done when student.", ["tries", "guess", "answers"], ["sum", "not"]),
    ("    turn student\n", "    -> done when sum.", ["a", "b", "mood", "answer"], ["tries"]),
    ("    turn student\n", "    -> done when sum.mood == ", ["calm", "lost"], []),
    ("    turn student\n", "    -> done when words.", ["politely", "gently"], ["sum"]),
    ("    turn student\n", "    -> done when Mood.", ["calm", "lost", "cases"], []),
    ("cast student: Learner(sum)\n", "  cast other: ", ["Tutor", "Learner"], ["sum", "lesson"]),
    ("cast student: Learner(sum)\n", "  cast other: Tutor(", ["sum:"], []),
    ("cast student: Learner(sum)\n", "  ", ["phase", "cast", "obeys", "max:"], ["turn"]),
    ("role Tutor(sum: Sum) {\n", "  ", ["speak:", "limit:", "say", "state"], ["moves:", "voice:", "phase"]),
    ("role Tutor(sum: Sum) {\n", "  say ", ["focus:", "probing:"], ["telling:"]),
    ("policy rule {\n", "    ", ["focus", "probing"], ["sum"]),
    ("on self.turn {\n", "    set ", ["tries", "guess"], []),
    ("  on self.turn {\n", "    draw it ~ ber", ["bernoulli"], []),
    ("student Learner(sum: Sum) {\n", "  on teacher.", ["turn", "focus", "probing"], ["sum"]),
    ("  b: Int\n", "  c: ", ["Int", "Text", "Mood", "Sum"], ["focus"]),
    ("contract Patience over lesson {\n", "  hard x: never ", ["focus", "teacher"], []),
    ("contract Patience over lesson {\n", "  hard x: ", ["never", "always", "at"], ["role"]),
    ("You ask about {{ ", "", ["sum", "student", "enough"], ["role"]),
    ("You ask about {{ sum.", "", ["a", "b"], ["sum"]),
    ("You ask", " abo", [], ["sum", "a"]),
    ("pedalang 1\n", "from std.", ["moves.mathdial", "scales"], ["parts.words"]),
    ("pedalang 1\n", "from ", ["std.scales", "parts.words"], ["role"]),
    ("pedalang 1\n", "from std.moves.mathdial import ", ["focus", "MathDial"], ["role"]),
    ("pedalang 1\n", "", ["from", "import", "role", "flow"], ["turn", "sum"]),
    ("let enough = 3\n", "@de", ["deprecated", "hidden"], ["def", "sum"]),
    ("let enough = 3\n", "// no", [], ["not", "role"]),
])
def test_offers_what_fits(editor: Editor, after: str, word: str, some: list[str], others: list[str]) -> None:
    found = offered(editor, written(after, word))
    assert set(some) <= set(found)
    assert set(found).isdisjoint(others)


def test_offers_the_columns_of_a_file(editor: Editor) -> None:
    editor.save("sums.csv", "id,first,second\n1,2,3\n")
    editor.save("sums.jsonl", '{"one": 1, "two": {"three": 3}}\n')
    for file, columns in (("sums.csv", ["id", "first", "second"]), ("sums.jsonl", ["one", "two"]), ("no.csv", []),
                          ("../sums.csv", [])):
        text = f'type Sum {{ a: Int }}\ndataset sums from "{file}" as Sum {{\n  map a <- row.{CURSOR}\n}}\n'
        assert offered(editor, text) == columns


def test_offers_the_fields_that_a_map_fills(editor: Editor) -> None:
    before = 'type Sum { a: Int  b: Int }\ndataset sums from "x.csv" as Sum {\n  map '
    found = offered(editor, f"{before}{CURSOR}\n}}\n")
    assert {"a", "b"} <= set(found)


def test_a_half_typed_file_still_offers(editor: Editor) -> None:
    before = LESSON[:LESSON.index("    turn student")]
    assert {"focus", "probing"} <= set(offered(editor, f"{before}    turn teacher may {{ {CURSOR}"))
