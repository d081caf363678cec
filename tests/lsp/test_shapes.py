"""What shows a file's shape: outline, folding, colours, hints; and its mistakes."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from pedalang.lsp import diagnostics, folding, hints, outline, tokens
from pedalang.lsp.documents import MAX_CHARACTERS
from tests.lsp.editor import Editor

LESSON = (Path(__file__).parent / "lesson.ped").read_text(encoding="utf-8")


OUTLINE = """\
Mood enum
  calm
  lost
Sum type
  a Int
  b Int
  mood Mood
  answer Int
enough value
far function
Tutor role
  focus say
  probing say
Learner student
  tries Int
  guess Int
  self.turn on
  answers act
lesson flow
  teacher Tutor(sum)
  student Learner(sum)
  work phase
  done phase
Patience contract
  asks hard
  calm soft"""


def lines(symbols: list[types.DocumentSymbol], depth: int = 0) -> list[str]:
    found: list[str] = []
    for each in symbols:
        found += [f"{'  ' * depth}{each.name} {each.detail}".rstrip(), *lines(list(each.children or ()), depth + 1)]
    return found


def test_the_outline_is_what_a_file_declares(editor: Editor) -> None:
    assert "\n".join(lines(outline.outline(editor.open(LESSON)[0]))) == OUTLINE


def test_a_search_goes_through_all_files(editor: Editor) -> None:
    editor.save("parts/more.ped", "let leastways = 1\n")
    editor.open(LESSON)
    found = [(each.name, each.location.uri.rpartition("/")[2]) for each in outline.search(editor.workspace, "lE")]
    assert found == [("Learner", "main.ped"), ("lesson", "main.ped"), ("leastways", "more.ped")]


def test_blocks_lists_texts_comments_and_imports_fold(editor: Editor) -> None:
    text = '// one\n// two\nfrom std.scales import Anchored4\nimport std.predicates\n\n' \
        'role A() {\n  voice: """\n    a\n    """\n' \
        '  say b: [\n    "c",\n  ]\n}\n'
    found = [(each.start_line, each.end_line, each.kind) for each in folding.folding(editor.open(text)[0])]
    comment, imports, region = (types.FoldingRangeKind(kind) for kind in ("comment", "imports", "region"))
    assert found == [(0, 1, comment), (2, 3, imports), (5, 12, region), (6, 8, region), (9, 11, region)]


def test_names_have_the_colour_of_what_they_are(editor: Editor) -> None:
    document, _ = editor.open("let größe = 1\ndef 数(a: Int) -> Int = abs(a) + größe\n")
    data = tokens.tokens(editor.workspace, document).data
    found, line, column = [], 0, 0
    for down, right, length, kind, modifiers in zip(*(data[place::5] for place in range(5)), strict=True):
        line, column = line + down, right if down else column + right
        word = document.text.split("\n")[line][column:column + length]
        named = [name for bit, name in enumerate(tokens.LEGEND.token_modifiers) if modifiers >> bit & 1]
        found.append(" ".join((word, tokens.LEGEND.token_types[kind], *named)))
    assert found == [
        "größe variable declaration readonly", "数 function declaration", "a parameter declaration readonly",
        "Int type defaultLibrary", "Int type defaultLibrary", "abs function defaultLibrary", "a parameter readonly",
        "größe variable readonly"]


def test_prompts_say_about_how_many_tokens_they_are(editor: Editor) -> None:
    document, _ = editor.open(LESSON)
    everything = document.range(0, len(document.text))
    found = hints.hints(editor.workspace, document, everything)
    assert [(each.position.line, str(each.label)) for each in found] == [
        (27, "≈ 30 tokens"), (28, "≈ 6 tokens"), (29, "≈ 4 tokens"), (42, "≈ 5 tokens")]
    assert all("estimate" in str(each.tooltip) for each in found)
    assert hints.hints(editor.workspace, document, document.range(0, 10)) == []


def test_there_is_nothing_to_say_of_a_good_program(editor: Editor) -> None:
    editor.save("parts/words.ped", 'let politely = "politely"\n')
    assert diagnostics.published(editor.workspace, editor.open(LESSON)[0]) == []


def test_a_diagnostic_has_its_page_its_help_and_related_places(editor: Editor) -> None:
    document, _ = editor.open("let a = 1\nlet b = 2\nlet a = 3\n")
    (found,) = diagnostics.published(editor.workspace, document)
    assert found.code == "PED0202" and found.code_description is not None
    assert found.code_description.href.endswith("PED0202.md")
    assert found.message.startswith("`a` is declared twice") and "help: " in found.message
    (related,) = found.related_information or ()
    assert (related.location.range.start.line, related.message) == (0, "declared here first")


def test_what_is_open_counts_and_not_what_is_saved(editor: Editor) -> None:
    editor.save("parts/words.ped", "let gently = 1\n")
    document, _ = editor.open("from parts.words import politely\nlet a = politely\n")
    assert [each.code for each in diagnostics.published(editor.workspace, document)] == ["PED0201"]
    editor.open("let politely = 1\n", "parts/words.ped")
    assert diagnostics.published(editor.workspace, document) == []
    editor.workspace.documents.close((editor.folder / "parts/words.ped").as_uri())
    assert [each.code for each in diagnostics.published(editor.workspace, document)] == ["PED0201"]


def test_columns_of_a_data_file_are_looked_at_again_when_it_changes(editor: Editor) -> None:
    text = 'type Sum { a: Int }\ndataset sums from "sums.csv" as Sum { licence: "CC0-1.0"  map a <- row.one }\n'
    document, _ = editor.open(text)
    assert diagnostics.published(editor.workspace, document) == []
    editor.save("sums.csv", "two\n2\n")
    assert [each.code for each in diagnostics.published(editor.workspace, document)] == ["PED0803"]
    editor.save("sums.csv", "one,two\n1,2\n")
    assert diagnostics.published(editor.workspace, document) == []


def test_a_part_of_a_program_is_checked_in_its_program(editor: Editor) -> None:
    """Its imports are looked up from where the program lies, and what the program says of it is said here."""
    editor.save("main.ped", "from parts.a import twice\nlet b = twice(1)\n")
    editor.save("parts/c.ped", "let two = 2\n")
    document, _ = editor.open("from parts.c import two\ndef twice(a: Int) -> Int = a * tow\n", "parts/a.ped")
    found = [(each.code, each.range.start.line) for each in diagnostics.published(editor.workspace, document)]
    assert ("PED0206", 0) not in found and ("PED0201", 1) in found


def test_a_file_that_is_too_long_is_left_alone(editor: Editor) -> None:
    document, _ = editor.open("let a = 1\n" * (MAX_CHARACTERS // 10 + 1))
    (found,) = diagnostics.published(editor.workspace, document)
    assert "too long" in found.message
    assert editor.workspace.document(document.uri) is None
