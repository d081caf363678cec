"""Every code that a person can meet has a page, and every page a code that can be met."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CODE = re.compile(r"PED\d{4}")
TITLE = re.compile(r"# (PED\d{4}): \S.*\S")

FAMILIES = {
    "01": "syntax", "02": "names", "03": "types", "04": "prompts", "05": "flow", "06": "contracts",
    "07": "rubrics", "08": "data", "09": "work", "10": "imports", "11": "engines", "12": "runs and journals",
    "13": "artefacts", "14": "the command line",
}


@pytest.fixture(scope="module")
def used(modules: dict[str, ast.Module]) -> dict[str, str]:
    """Code to where it is said: a whole text, or what a text begins with. Docstrings do not count."""
    found: dict[str, str] = {}
    for path, module in modules.items():
        described = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
                for code in CODE.findall(node.value):
                    found.setdefault(code, f"{path}:{node.lineno}")
    return found


@pytest.fixture(scope="module")
def pages(root: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (root / "docs/diagnostics").glob("PED*.md")}


def test_every_code_has_a_page(used: dict[str, str], pages: dict[str, str]) -> None:
    missing = [f"{code} ({used[code]})" for code in sorted(used.keys() - pages.keys())]
    assert not missing, f"{len(missing)} without a page in docs/diagnostics:\n" + "\n".join(missing)


def test_every_page_has_a_code(used: dict[str, str], pages: dict[str, str]) -> None:
    stale = sorted(pages.keys() - used.keys())
    assert not stale, "pages of codes that nothing says: " + ", ".join(stale)


def test_pages_are_titled_by_their_code(pages: dict[str, str]) -> None:
    wrong = [f"{code}: {text.splitlines()[0]}" for code, text in sorted(pages.items())
             if not (title := TITLE.fullmatch(text.splitlines()[0])) or title[1] != code]
    assert not wrong, "\n".join(wrong)


def test_titles_say_what_was_seen(pages: dict[str, str]) -> None:
    """As messages do: a small first letter, no full stop, and no two alike."""
    titles = {code: text.splitlines()[0].split(": ", 1)[1] for code, text in pages.items()}
    wrong = [f"{code}: {title}" for code, title in sorted(titles.items()) if title[0].isupper() or title[-1] in ".!"]
    assert not wrong, "\n".join(wrong)
    assert len(set(titles.values())) == len(titles)


def test_codes_belong_to_a_family(used: dict[str, str]) -> None:
    odd = sorted(code for code in used if code[3:5] not in FAMILIES)
    assert not odd
