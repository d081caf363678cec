"""What changes a text: rename, fixes, layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from pedalang.lsp import actions, formatting, rename
from pedalang.lsp.documents import Document
from tests.lsp.editor import CURSOR, Editor

LESSON = (Path(__file__).parent / "lesson.ped").read_text(encoding="utf-8")
WORDS = 'let politely = "politely"\n'


def changed(editor: Editor, edit: types.WorkspaceEdit | None) -> dict[str, str]:
    """The texts after an edit, by file."""
    found: dict[str, str] = {}
    for uri, edits in (edit.changes if edit is not None and edit.changes else {}).items():
        document = editor.workspace.documents.get(uri)
        assert document is not None
        found[uri.rpartition("/")[2]] = applied(document, edits)
    return found


def applied(document: Document, edits: list[types.TextEdit]) -> str:
    text = document.text
    for each in sorted(edits, key=lambda edit: -document.offset(edit.range.start)):
        text = text[:document.offset(each.range.start)] + each.new_text + text[document.offset(each.range.end):]
    return text


def renamed(editor: Editor, text: str, name: str) -> dict[str, str]:
    document, position = editor.open(text)
    return changed(editor, rename.rename(editor.workspace, document, position, name))


@pytest.mark.parametrize(("before", "after", "old", "new"), [
    ("student.tries > enou", "gh", "enough", "plenty"),
    ("cast teac", "her", "teacher", "tutor"),
    ("phase do", "ne", "done", "finished"),
    ("guess: Int = su", "m.a", None, "zahl_größe"),
])
def test_a_name_changes_wherever_it_is_used(editor: Editor, before: str, after: str, old: str | None, new: str) -> None:
    editor.save("parts/words.ped", WORDS)
    found = renamed(editor, LESSON.replace(before + after, f"{before}{CURSOR}{after}"), new)
    if old is not None:
        assert found == {"main.ped": LESSON.replace(old, new)}
    else:
        expected = LESSON.replace("student Learner(sum: Sum)", f"student Learner({new}: Sum)")
        head, tail = expected.split("  state {", 1)
        body, rest = tail.split("flow lesson", 1)
        assert found == {"main.ped": f"{head}  state {{{body.replace('sum.', f'{new}.')}flow lesson{rest}"}


def test_a_name_changes_in_all_files_but_not_an_alias(editor: Editor) -> None:
    editor.save("parts/words.ped", WORDS)
    editor.save("other.ped", 'from parts.words import politely as kindly\nlet a = kindly\nlet b = "{{ kindly }}"\n')
    found = renamed(editor, LESSON.replace("words.politely", f"words.pol{CURSOR}itely"), "nicely")
    assert found == {
        "main.ped": LESSON.replace("words.politely", "words.nicely"), "words.ped": 'let nicely = "politely"\n',
        "other.ped": 'from parts.words import nicely as kindly\nlet a = kindly\nlet b = "{{ kindly }}"\n'}


@pytest.mark.parametrize(("before", "after", "name", "why"), [
    ("> enou", "gh", "3x", "is no name"),
    ("> enou", "gh", "turn", "has a meaning in the language"),
    ("> enou", "gh", "Int", "has a meaning in the language"),
    ("> enou", "gh", "far", "has a meaning already"),
    ("> enou", "gh", "student", "has a meaning already"),
    ("  tri", "es: Int", "guess", "has a meaning already"),
    ("may { fo", "cus", "look", "standard library"),
    ("a", "bs(to", "size", "part of the language"),
    ("import parts.wo", "rds", "w", "rename the file"),
    ("pedalang", " 1", "x", "no name here"),
])
def test_a_rename_that_would_change_the_meaning_is_refused(editor: Editor, before: str, after: str, name: str,
                                                           why: str) -> None:
    editor.save("parts/words.ped", WORDS)
    document, position = editor.open(LESSON.replace(before + after, f"{before}{CURSOR}{after}", 1))
    with pytest.raises(rename.Refused, match=why):
        rename.rename(editor.workspace, document, position, name)


def offered(editor: Editor, text: str, only: list[types.CodeActionKind | str] | None = None) -> list[types.CodeAction]:
    document, position = editor.open(text)
    named = types.TextDocumentIdentifier(document.uri)
    context = types.CodeActionContext([], only)
    params = types.CodeActionParams(named, types.Range(position, position), context)
    return actions.actions(editor.workspace, document, params)


def test_a_fix_is_offered_where_the_mistake_is(editor: Editor) -> None:
    text = f"let enough = 3\nlet more = enu{CURSOR}ogh + 1\n"
    (found,) = offered(editor, text)
    assert found.title == "write `enough`" and found.is_preferred
    assert changed(editor, found.edit) == {"main.ped": "let enough = 3\nlet more = enough + 1\n"}
    assert offered(editor, f"{CURSOR}let enough = 3\nlet more = enuogh + 1\n") == []


def test_all_safe_fixes_are_one_action(editor: Editor) -> None:
    text = "let enough = 3\nlet more = enuogh + 1\nlet most = enoug + 2\n"
    (found,) = offered(editor, text, [types.CodeActionKind.SourceFixAll])
    assert changed(editor, found.edit) == {
        "main.ped": "let enough = 3\nlet more = enough + 1\nlet most = enough + 2\n"}


def test_formatting_changes_only_the_lines_that_it_must(editor: Editor) -> None:
    document, _ = editor.open("let a = 1\nlet   b=2\nlet c = 3\n")
    (edit,) = formatting.formatting(document)
    assert (edit.range.start.line, edit.range.end.line) == (1, 2)
    assert applied(document, [edit]) == "let a = 1\nlet b = 2\nlet c = 3\n"
    assert formatting.formatting(editor.open("let a = 1\n")[0]) == []
    assert formatting.formatting(editor.open("let   a = \n")[0]) == []
