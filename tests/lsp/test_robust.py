"""Whatever is half typed, each feature answers: no text makes the server fail, and none makes it slow."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lsprotocol import types

from pedalang.lsp import (
    actions,
    completion,
    cursor,
    definition,
    diagnostics,
    folding,
    formatting,
    hints,
    hover,
    outline,
    references,
    rename,
    tokens,
)
from pedalang.lsp.documents import Document, Documents, path_of, uri_of
from pedalang.lsp.workspace import Workspace
from tests.lsp.editor import Editor

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = [*sorted((ROOT / "programs").glob("*/main.ped")), *sorted((ROOT / "stdlib").rglob("*.ped")),
            ROOT / "tests" / "lsp" / "lesson.ped"]
LESSON = PROGRAMS[-1].read_text(encoding="utf-8")
TRIES = 90
PIECES = ("", "", "", "{", "}", '"', '"""', "(", ".", ": ", " when ", "é", "🎓", "\r\n", "\x00", "\ud800", "{{", "//")


def ask_everything(workspace: Workspace, document: Document, offset: int) -> None:
    """Every feature, with the cursor at an offset."""
    position = document.position(offset)
    whole = document.range(0, len(document.text))
    for each in diagnostics.published(workspace, document):
        assert each.range.start.line <= each.range.end.line
    completion.completion(workspace, document, position)
    hover.hover(workspace, document, position)
    definition.definition(workspace, document, position)
    references.references(workspace, document, position, True)
    references.highlights(workspace, document, position)
    formatting.formatting(document)
    outline.outline(document)
    outline.search(workspace, "a")
    folding.folding(document)
    hints.hints(workspace, document, whole)
    data = tokens.tokens(workspace, document).data
    assert len(data) % 5 == 0 and all(number >= 0 for number in data)
    named = types.TextDocumentIdentifier(document.uri)
    actions.actions(workspace, document, types.CodeActionParams(named, whole, types.CodeActionContext([])))
    try:
        rename.rename(workspace, document, position, "other")
    except rename.Refused as refused:
        assert str(refused)


def test_each_beginning_of_a_program_is_answered(editor: Editor) -> None:
    """Every place where typing could have paused, a few of them a run in full, and all of them by the cursor."""
    for end in range(len(LESSON) + 1):
        cursor.at(LESSON[:end], end)
    chance = random.Random(1)
    for path in PROGRAMS:
        text = path.read_text(encoding="utf-8")
        for end in chance.sample(range(len(text) + 1), 8):
            document, _ = editor.open(text[:end])
            ask_everything(editor.workspace, document, end)


@pytest.mark.parametrize("seed", range(3))
def test_mutilated_programs_are_answered(editor: Editor, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(TRIES // 3):
        text = chance.choice(PROGRAMS).read_text(encoding="utf-8")
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chance.choice(PIECES) + text[at + min(200, int(chance.expovariate(0.05))):]
        document, _ = editor.open(text)
        ask_everything(editor.workspace, document, chance.randrange(len(text) + 1))


@pytest.mark.parametrize("text", [
    "", "\n", "\ufeff", "{" * 5000, "(" * 5000, '"' * 999, "let a = " + "1 + " * 3000 + "1", "a.b" * 3000,
    "let a = b" + ".c" * 140, "type A { a: A }\nlet b = A", "role A() extends A {}\nflow f() { cast x: A  cast x: A }",
    "import main", "from main import a", "from a.b.c import d", "moves M = { M }\nrole R() { moves: M }",
    "def f() -> Int = f()\nlet a = f().b", "contract C over C { hard a: C }", "let a = a\nlet b = a.c",
    "enum E { case E }", "misconception M for M { a: b }",
    "student S() { on self.turn { draw a ~ a } act a { say: [] } }",
])
def test_strange_texts_are_answered(editor: Editor, text: str) -> None:
    document, _ = editor.open(text)
    for offset in {0, len(text) // 2, len(text)}:
        ask_everything(editor.workspace, document, offset)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_places_and_offsets_are_each_other_s_inverse(encoding: str) -> None:
    text = "größe 数\r\n🎓🎓a\n\n\ud800b\rc"
    document = Document("untitled:a", text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1:offset + 1] != "\r\n":
            assert document.offset(document.position(offset)) == offset
    for line, character in ((0, 999), (99, 0), (1, 1)):
        assert 0 <= document.offset(types.Position(line, character)) <= len(text)


def test_edits_are_made_where_the_client_says() -> None:
    documents = Documents()
    documents.put("untitled:a", "größe 🎓🎓 x\nb")
    place = types.Range(types.Position(0, 8), types.Position(0, 10))
    changed = documents.change("untitled:a", [types.TextDocumentContentChangePartial(place, "数"),
                                              types.TextDocumentContentChangeWholeDocument("c")])
    assert changed is not None and changed.text == "c"
    documents.put("untitled:a", "größe 🎓🎓 x\nb")
    changed = documents.change("untitled:a", [types.TextDocumentContentChangePartial(place, "数")])
    assert changed is not None and changed.text == "größe 🎓数 x\nb"
    assert documents.change("untitled:unknown", []) is None


def test_addresses_and_paths() -> None:
    for path in (Path("/tmp/ä ö/ü%20.ped"), Path("/tmp/a#b?.ped")):
        assert path_of(uri_of(path)) == path
    assert path_of("untitled:Untitled-1") is None
    assert path_of("file:///c%3A/x.ped") == Path("c:/x.ped")


def test_a_file_that_is_renamed_or_gone(editor: Editor) -> None:
    editor.save("parts/words.ped", "let a = 1\n")
    document, _ = editor.open("from parts.words import a\nlet b = a\n")
    assert diagnostics.published(editor.workspace, document) == []
    (editor.folder / "parts" / "words.ped").rename(editor.folder / "parts" / "other.ped")
    editor.workspace.moved()
    assert [each.code for each in diagnostics.published(editor.workspace, document)] == ["PED0206"]
    (editor.folder / "parts" / "words.ped").mkdir()
    editor.workspace.moved()
    assert [each.code for each in diagnostics.published(editor.workspace, document)] == ["PED0206"]
    ask_everything(editor.workspace, document, 20)
