"""What a name is, where it comes from and who uses it: hover, definition, references."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types

from pedalang.lsp import definition, hover, references
from tests import literate
from tests.lsp.editor import CURSOR, Editor

LESSON = (Path(__file__).parent / "lesson.ped").read_text(encoding="utf-8")
ROOT = Path(__file__).resolve().parents[2]
Shown = Callable[[types.Location | None], str]


def marked(before: str, after: str = "") -> str:
    """The lesson with the cursor between two texts that stand together once."""
    assert LESSON.count(before + after) == 1, before + after
    return LESSON.replace(before + after, f"{before}{CURSOR}{after}")


@pytest.fixture(autouse=True)
def words(editor: Editor) -> Path:
    return editor.save("parts/words.ped", 'let politely = "politely"\n')


def test_each_name_of_the_repository_s_programs_is_known(editor: Editor) -> None:
    for path in [*(ROOT / "programs").glob("*/*.ped"), *(ROOT / "stdlib").rglob("*.ped")]:
        document = editor.workspace.documents.at(path)
        assert document is not None
        unknown = {word.text for word in editor.workspace.index(document).unknown}
        # who is met, and so what can be asked of them, the flow that casts says
        who_is_met = {"teacher", "student", "said"} if "flow " not in document.text else set[str]()
        assert unknown <= who_is_met, path


def test_each_name_of_the_pages_programs_is_known(editor: Editor) -> None:
    """What the compiler finds nothing wrong with has no name that the server does not know."""
    for page in sorted((ROOT / "docs" / "language").glob("*.md")):
        for block in literate.blocks(page.read_text(encoding="utf-8")):
            document, _ = editor.open(block.text)
            if block.language == "ped" and editor.workspace.program(document).compilation.ok:
                unknown = [word.text for word in editor.workspace.index(document).unknown]
                assert unknown == [], f"{page.name}:{block.line}"


@pytest.mark.parametrize(("before", "after", "place"), [
    ("voice: \"You ask about {{ sum.", "a", "main.ped:11:3 a"),
    ("voice: \"You ask about {{ s", "um", "main.ped:22:12 sum"),
    ("-> d", "one when", "main.ped:55:9 done"),
    ("may { fo", "cus", "mathdial.ped:7:6 focus"),
    ("never ", "focus", "mathdial.ped:7:6 focus"),
    ("say probing: [\"Why {{ student.gu", "ess", "main.ped:36:5 guess"),
    ("turn teach", "er may", "main.ped:47:8 teacher"),
    ("cast student: Lear", "ner", "main.ped:33:9 Learner"),
    ("if lu", "cky", "main.ped:39:10 lucky"),
    ("far(fr", "om: sum", "main.ped:19:9 from"),
    ("> enou", "gh", "main.ped:17:5 enough"),
    ("sum.mood == ca", "lm", "main.ped:7:18 calm"),
    ("mood: Mo", "od", "main.ped:7:6 Mood"),
    ("words.pol", "itely", "words.ped:1:5 politely"),
    ("over less", "on", "main.ped:46:6 lesson"),
    ("import parts.wo", "rds as", "words.ped:1:1 "),
    ("abs(", "to -", "main.ped:19:20 to"),
    ("a", "bs(to", "nowhere"),
])
def test_a_name_leads_to_its_declaration(editor: Editor, shown: Shown, before: str, after: str, place: str) -> None:
    document, position = editor.open(marked(before, after))
    assert shown(definition.definition(editor.workspace, document, position)) == place


@pytest.mark.parametrize(("before", "after", "parts"), [
    ("cast teacher: Tu", "tor", ["role Tutor(sum: Sum)", "Helps, and never tells."]),
    ("> enou", "gh", ["let enough = 3"]),
    ("{{ sum.", "a }} +", ["a: Int", "The first number."]),
    ("-> done when student.gu", "ess", ["guess: Int", "a variable of the state"]),
    ("a", "bs(to", ["a function of the language", "`abs("]),
    ("== ca", "lm", ["case calm \"Calm.\""]),
    ("draw luc", "ky ~", ["lucky: Bool"]),
    ("sum.mo", "od ==", ["mood: Mood"]),
])
def test_hover_shows_type_and_documentation(editor: Editor, before: str, after: str, parts: list[str]) -> None:
    document, position = editor.open(marked(before, after))
    found = hover.hover(editor.workspace, document, position)
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    for part in parts:
        assert part in found.contents.value


def test_a_flow_is_shown_with_its_phases_and_as_a_picture(editor: Editor) -> None:
    document, position = editor.open(marked("over les", "son"))
    found = hover.hover(editor.workspace, document, position)
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert "- `work` → `done`\n- `done`" in found.contents.value
    assert "data:image" not in found.contents.value
    editor.workspace.shows_pictures = True
    found = hover.hover(editor.workspace, document, position)
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert "](data:image/svg+xml;base64,PHN2Zy" in found.contents.value


def test_a_clause_says_how_sure_it_is_and_shows_dialogues(editor: Editor) -> None:
    document, position = editor.open(marked("hard as", "ks: never"))
    found = hover.hover(editor.workspace, document, position)
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    assert found.contents.value.startswith("```ped\nasks: never focus before 1 probing\n```")
    assert re.search(r"^- (proved|shieldable|monitored): .* \(\d+ states\)$", found.contents.value, re.MULTILINE)
    assert "- kept by `work: " in found.contents.value


def test_references_are_found_in_all_programs(editor: Editor) -> None:
    editor.save("other.ped", "import parts.words as more\nlet said = more.politely\n")
    document, position = editor.open(marked("words.pol", "itely"))
    found = references.references(editor.workspace, document, position, True)
    assert sorted((place.uri.rpartition("/")[2], place.range.start.line) for place in found) == [
        ("main.ped", 27), ("other.ped", 1), ("words.ped", 0)]
    assert len(references.references(editor.workspace, document, position, False)) == 2


def test_a_module_knows_who_is_cast_with_its_roles(editor: Editor, shown: Shown) -> None:
    """A role in a file of its own: the flow that casts it stands in the file that imports it."""
    role, flow = LESSON[LESSON.index("/// Helps"):LESSON.index("student Learner")], LESSON.index("flow lesson")
    rest = LESSON[LESSON.index("student Learner"):flow]
    head = LESSON[:LESSON.index("/// Helps")]
    editor.save("main.ped", "from parts.tutor import Tutor, Sum, far\n" + rest + LESSON[flow:])
    text = (head + role).replace("Why {{ student.", f"Why {{{{ student.{CURSOR}")
    document, position = editor.open(text, "parts/tutor.ped")
    assert shown(definition.definition(editor.workspace, document, position)) == "main.ped:5:5 guess"


def test_places_are_counted_in_utf_16(editor: Editor, shown: Shown) -> None:
    document, position = editor.open(
        'let größe_数 = 3\ntype T { a: Int = 1  b: Text = "🎓🎓 {{ größe_‸数 }} {{ a }}" }\n')
    assert position.character == 46
    found = definition.definition(editor.workspace, document, position)
    assert shown(found) == "main.ped:1:5 größe_数"
    assert found is not None and (found.range.start.character, found.range.end.character) == (4, 11)
    other, again = editor.open(document.text.replace("{{ a }}", f"{{{{ {CURSOR}a }}}}"))
    assert shown(definition.definition(editor.workspace, other, again)) == "main.ped:2:10 a"
