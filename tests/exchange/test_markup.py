"""XML as rows, and folders of files: what is read, and what is refused with which words."""

from __future__ import annotations

import hashlib
from pathlib import Path
from xml.sax import saxutils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang.exchange import markup, tables
from pedalang.exchange.errors import DataError

ANSWERS = """<?xml version='1.0' encoding='utf-8'?>
<question id="8.1">
  <text lang="en">Why &amp; <![CDATA[<how>]]>?</text>
  <answers>
    <answer id="a1"><said> Because. </said></answer>
    <answer id="a2"><said/></answer>
  </answers>
</question>
"""
READ = {"id": "8.1", "text": ({"lang": "en", "text": "Why & <how>?"},), "answers": ({"answer": (
    {"id": "a1", "said": ("Because.",)}, {"id": "a2", "said": ("",)})},)}


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        markup.read(text, "a.xml", 64, 1000)
    return str(caught.value), caught.value.help


def test_an_element_is_a_map_and_one_of_words_alone_a_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(ANSWERS, encoding="utf-8")
    (row,) = tables.read(path).rows
    assert (str(row), row.fields) == ("row 1", READ)
    assert tables.columns(path) == ("id", "text", "answers")
    assert markup.read("<a>only words</a>", "a.xml", 9, 99) == {"text": "only words"}


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"]), max_size=20))
def test_words_come_back_as_they_were_written(words: str) -> None:
    read = markup.read(f"<a b={saxutils.quoteattr(words)}><c>{saxutils.escape(words)}</c></a>", "a.xml", 9, 99)
    assert read == {"b": words, "c": (words.strip(),)}


def test_a_document_type_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;">]>\n<a>&c;</a>'
    assert refusal(bomb) == ("PED0814: `a.xml`, line 1: a document type, which may declare entities",
                             "take the `<!DOCTYPE …>` out; a file that needs its entities is read by no program here")
    assert refusal('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')[0].startswith("PED0814")


def test_what_is_no_xml_is_refused_with_its_line() -> None:
    help = "each `<name>` has its `</name>`; write `&lt;` for `<` and `&amp;` for `&` in texts"
    assert refusal("<a>\n<b></a>") == ("PED0805: `a.xml`, line 2: no XML: mismatched tag", help)
    assert refusal("<a>&other;</a>") == ("PED0805: `a.xml`, line 1: no XML: undefined entity", help)
    assert refusal("") == ("PED0805: `a.xml`, line 1: no XML: no element found", help)
    assert refusal('<a b="1"><b/></a>')[0] == "PED0805: `a.xml`, line 1: `a` has two things that are called `b`"
    assert refusal('<a text="1">words</a>')[0] == "PED0805: `a.xml`, line 1: `a` has two things that are called `text`"


def test_depth_and_length_are_bounded() -> None:
    assert refusal("<a>" * 65 + "</a>" * 65)[0] == "PED0805: `a.xml`, line 1: more than 64 elements inside one another"
    assert markup.read("<a>" * 64 + "</a>" * 64, "a.xml", 64, 1000)
    assert refusal(f"<a>\n{'x' * 1001}</a>")[0] == "PED0808: `a.xml`, line 2: a text of more than 1000 characters"
    assert refusal(f'<a b="{"x" * 1001}"/>')[0].startswith("PED0808")


def test_a_folder_is_the_rows_of_its_files_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, text in {"b.jsonl": '{"n": 3}\n', "a/z.jsonl": '{"n": 1}\n{"n": 2}', "README.md": "read me",
                       ".hidden/c.csv": "n\n9\n", ".d.json": "{"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    table = tables.read(tmp_path)
    assert [(str(row), row.fields) for row in table.rows] == [
        ("`a/z.jsonl`, row 1 (line 1)", {"n": 1}), ("`a/z.jsonl`, row 2 (line 2)", {"n": 2}),
        ("`b.jsonl`, row 1 (line 1)", {"n": 3})]
    listed = "".join(f"{hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()}  {name}\n"
                     for name in ("a/z.jsonl", "b.jsonl"))
    assert table.sha256 == hashlib.sha256(listed.encode()).hexdigest()


def test_folders_that_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(DataError, match="PED0805: the folder `data` has no data files"):
        tables.read(folder)
    (folder / "a.csv").write_text("n\n1\n")
    (tmp_path / "secret.csv").write_text("n\n2\n")
    (folder / "b.csv").symlink_to(tmp_path / "secret.csv")
    assert [row.fields for row in tables.read(folder).rows] == [{"n": "1"}]
    (folder / "c.xml").write_text("<a/>")
    with pytest.raises(DataError, match="PED0815: the folder `data` has data files of 2 kinds"):
        tables.read(folder)


def test_files_and_bytes_of_a_folder_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / f"{name}.csv").write_text("n\n1\n")
    monkeypatch.setattr(tables, "MAX_FILE", 11)
    with pytest.raises(DataError, match="PED0808"):
        tables.read(tmp_path)
    monkeypatch.setattr(tables, "MAX_FILES", 2)
    with pytest.raises(DataError, match=r"PED0808: .* has more than 2 files"):
        tables.read(tmp_path)
