"""The VS Code extension, as far as it can be looked at without Node.js: its files, its snippets, its lock file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pedalang import diagnostic
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.highlight import lexer, textmate
from pedalang.source import Source

EXTENSION = Path(__file__).resolve().parents[2] / "editors" / "vscode"
PACKAGE: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
SNIPPETS: dict[str, dict[str, Any]] = json.loads((EXTENSION / "snippets" / "pedalang.json").read_text(encoding="utf-8"))
INSIDE = {"phase": "flow f {\n%s\n}", "judge": "rubric R {\n%s\n}", "act": "student S {\n%s\n}",
          "on": "role R {\n%s\n}"}


def named_files(value: Any) -> Iterator[str]:
    """All that looks like a file of the extension."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from named_files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_files(inner)
    elif isinstance(value, str) and re.fullmatch(r"(\./)?[\w/-]+(\.\w+)*\.(js|json|png)", value):
        yield value


def test_all_files_that_are_named_are_there() -> None:
    named = set(named_files(PACKAGE))
    assert len(named) > 5
    assert not [name for name in named if not (EXTENSION / name).is_file()]


def test_the_language_is_the_one_that_the_grammar_colours() -> None:
    (language,) = PACKAGE["contributes"]["languages"]
    grammar = PACKAGE["contributes"]["grammars"][0]
    assert (grammar["language"], grammar["scopeName"]) == (language["id"], textmate.SCOPE)
    assert tuple(f"*{ending}" for ending in language["extensions"]) == tuple(lexer.PedalangLexer.filenames)


def test_settings_that_name_a_program_are_not_read_where_nobody_trusts_the_workspace() -> None:
    restricted = PACKAGE["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert set(restricted) == {"pedalang.path", "pedalang.arguments"}
    settings = PACKAGE["contributes"]["configuration"]["properties"]
    assert {settings[name]["scope"] for name in restricted} == {"machine-overridable"}


def filled(body: list[str]) -> str:
    """A snippet as it stands when nobody types anything: defaults, the first of several choices, repeated places."""
    text, defaults = "\n".join(body), {}
    for number, value in re.findall(r"\$\{(\d+):([^{}]*)\}", text):
        defaults.setdefault(number, value)
    text = re.sub(r"\$\{\d+:([^{}]*)\}", r"\1", re.sub(r"\$\{\d+\|([^,}]*)[^}]*\}", r"\1", text))
    return re.sub(r"\$(\d+)", lambda found: defaults.get(found[1], ""), text)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_syntax_without_mistakes(name: str) -> None:
    snippet = SNIPPETS[name]
    text = INSIDE.get(snippet["prefix"], "%s").replace("%s", filled(snippet["body"]))
    report = Report()
    parse.parse(Source(f"{name}.ped", text), report)
    assert not report.found, f"{text}\n{diagnostic.to_text(report.in_order())}"


def test_the_lock_file_names_no_places() -> None:
    lock = (EXTENSION / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in re.sub(r'"(url|funding)": ("[^"]*"|\{[^}]*\}|\[[^\]]*\])', "", lock)
    assert json.loads(lock)["packages"][""]["devDependencies"] == PACKAGE["devDependencies"]
