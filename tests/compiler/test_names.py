"""Names, imports and modules: what is found, what is not, and what may not be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang.compiler import compile
from pedalang.diagnostic import Diagnostic
from pedalang.source import Source

Files = dict[str, str]


def check(folder: Path, files: Files) -> list[Diagnostic]:
    """What the compiler says of `main.ped` in a folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return compile.compile_source(Source("main.ped", files["main.ped"]), compile.beside(folder), "main").diagnostics


def codes(folder: Path, files: Files) -> list[str]:
    return [found.code for found in check(folder, files)]


def test_a_name_comes_from_a_file_beside(tmp_path: Path) -> None:
    files = {"parts/maths.ped": "def twice(n: Int) -> Int = n * 2", "main.ped":
             "from parts.maths import twice as double\nimport parts.maths as maths\n"
             "let four = double(2) + maths.twice(0)"}
    assert not check(tmp_path, files)


def test_leading_dots_go_up_from_the_module_that_imports(tmp_path: Path) -> None:
    files = {
        "main.ped": "from .parts.learner import mood\nlet now: Text = mood", "other.ped": "let word = \"fine\"",
        "parts/learner.ped": "from .words import feeling\nfrom ..other import word\nlet mood = feeling + word",
        "parts/words.ped": "let feeling = \"quite \"",
    }
    assert not check(tmp_path, files)


def test_names_are_private_to_their_module(tmp_path: Path) -> None:
    files = {"inner.ped": "let secret = 1\nlet shown = secret", "main.ped":
             "from inner import shown\nlet a = shown\nlet b = secret"}
    (found,) = check(tmp_path, files)
    assert (found.code, found.message) == ("PED0201", "unknown name `secret`")


def test_what_a_module_imports_it_does_not_hand_on(tmp_path: Path) -> None:
    files = {"a.ped": "let x = 1", "b.ped": "from a import x\nlet y = x", "main.ped": "from b import x\nlet z = x"}
    assert codes(tmp_path, files) == ["PED0203"]
    files["main.ped"] = "import b\nlet z = b.x"
    (found,) = check(tmp_path, files)
    assert (found.code, found.help, found.labels[1].span.source.name) == \
        ("PED0203", "write `from a import x`", "b.ped")


@pytest.mark.parametrize(("files", "chain"), [
    ({"a.ped": "import a as me", "main.ped": "import a as a"}, "`a` imports `a`"),
    ({"a.ped": "from b import x", "b.ped": "from a import y\nlet x = y", "main.ped": "from a import z\nlet u = z"},
     "`a` imports `b` imports `a`"),
])
def test_a_circle_of_imports_is_one_mistake(tmp_path: Path, files: Files, chain: str) -> None:
    found = [each for each in check(tmp_path, files) if each.code == "PED0205"]
    assert len(found) == 1
    assert found[0].message.endswith(chain)


def test_an_import_that_fails_is_said_once(tmp_path: Path) -> None:
    files = {"main.ped": "from nowhere import a, B\nimport nothing as n\nlet x = a + n.y + n.f(2)\n"
             "role R extends B { voice: \"{{ a }}\" }\ntype T { b: B  c: n.T }"}
    assert codes(tmp_path, files) == ["PED0206", "PED0206"]


def test_a_mistake_in_a_module_is_said_at_its_place_and_costs_no_other(tmp_path: Path) -> None:
    files = {"a.ped": "let x = 1\nlet y = = 2", "main.ped": "from a import x, y\nlet z = x + y"}
    (found,) = check(tmp_path, files)
    assert found.span is not None
    assert (found.code[:5], str(found.span.place)) == ("PED01", "a.ped:2:9")


def test_a_module_that_is_not_utf_8_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "a.ped").write_bytes(b"let x = \"caf\xe9\"")
    (found,) = check(tmp_path, {"main.ped": "from a import x\nlet y = x"})
    assert (found.code, "byte 13" in found.message) == ("PED0206", True)


def test_no_import_leads_out_of_the_programs_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.ped").write_text("let key = \"k\"")
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "link.ped").symlink_to(tmp_path / "secret.ped")
    assert codes(folder, {"main.ped": "from ..secret import key\nlet a = key"}) == ["PED0206"]
    (found,) = check(folder, {"main.ped": "from link import key\nlet a = key"})
    assert (found.code, "leads out" in found.message) == ("PED0206", True)


def test_the_standard_library_cannot_be_hidden(tmp_path: Path) -> None:
    files = {"std/scales.ped": "let Anchored4 = 1", "main.ped": "from std.scales import Anchored4\nlet a = Anchored4"}
    assert codes(tmp_path, files) == ["PED0208"]


def test_a_module_is_read_once(tmp_path: Path) -> None:
    """So that a type that comes over two ways is one type."""
    files = {"t.ped": "type T { n: Int }", "a.ped": "from t import T\ndef f(x: T) -> Int = x.n",
             "main.ped": "from t import T\nfrom a import f\ndef g(x: T) -> Int = f(x)"}
    assert not check(tmp_path, files)


def test_types_of_one_name_from_two_modules_are_two_types(tmp_path: Path) -> None:
    files = {"a.ped": "type T { n: Int }\ndef f(x: T) -> Int = x.n", "main.ped":
             "from a import f\ntype T { n: Int }\ndef g(x: T) -> Int = f(x)"}
    assert codes(tmp_path, files) == ["PED0301"]


@pytest.mark.parametrize("text", [
    "def f(n: Int) -> Int = f(n - 1)",
    "def f(n: Int) -> Int = g(n)\ndef g(n: Int) -> Int = h(n)\ndef h(n: Int) -> Int = f(n)",
    "let a = b\nlet b = a",
    "let a = f(1)\ndef f(n: Int) -> Int = a + n",
    "def f(n: Int = f(1)) -> Int = n",
    "predicate p() by code { holds: p() }",
    "type S { n: Int  s: S? }\nmisconception m for S { answers: if s != none then m.answers(s) else 0 }",
], ids=lambda text: text.partition("\n")[0])
def test_a_circle_of_definitions_is_one_mistake(text: str) -> None:
    assert [found.code for found in compile.check_text(text)] == ["PED0209"]


def test_definitions_that_double_each_time_end() -> None:
    lines = ["let a0 = 1", *(f"let a{n + 1} = a{n} + a{n}" for n in range(60))]
    assert [found.code for found in compile.check_text("\n".join(lines))] == ["PED0312"]


def test_definitions_in_a_long_row_end() -> None:
    lines = ["let a0 = 1", *(f"let a{n + 1} = a{n} + 1" for n in range(2_000))]
    assert {found.code for found in compile.check_text("\n".join(lines))} == {"PED0312"}


def test_roles_and_rubrics_that_extend_themselves_are_one_mistake() -> None:
    flow = """
role A extends B {}
role B extends A {}
flow f { cast a: A  phase p final { turn a } }
rubric R extends S on dialogue {}
rubric S extends R on dialogue {}
"""
    assert [found.code for found in compile.check_text(flow)] == ["PED0209", "PED0209"]
