"""The TextMate grammar in `editors/vscode` is what the rules make. `pytest --update` writes it anew.

That it colours as the Pygments lexer does is held by texts that the extension's own tests (`npm test`) record with the
engine of VS Code; here they are read, so that the suite needs no Node.js.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pygments.token import Error, _TokenType

from pedalang.highlight import lexer, rules, textmate
from tests.highlight import textmate_engine

EXTENSION = Path(__file__).resolve().parents[2] / "editors" / "vscode"
GRAMMAR = EXTENSION / "syntaxes" / "pedalang.tmLanguage.json"


def test_the_grammar_is_what_the_rules_make(update: bool) -> None:
    made = json.dumps(textmate.grammar(), indent=1, ensure_ascii=False) + "\n"
    if update:
        GRAMMAR.write_text(made, encoding="utf-8")
    assert GRAMMAR.read_text(encoding="utf-8") == made


def test_each_kind_has_its_scope() -> None:
    assert textmate.SCOPES.keys() == set(rules.KINDS)
    assert len(set(textmate.SCOPES.values())) == len(rules.KINDS)


def test_all_that_is_included_is_there() -> None:
    grammar = json.loads(GRAMMAR.read_text(encoding="utf-8"))
    included = set(re.findall(r'"include": "#([^"]+)"', json.dumps(grammar)))
    assert included == grammar["repository"].keys()


# ---------------------------------------------------------------- as the lexer colours, so does the grammar

SNAPSHOTS = sorted((EXTENSION / "test" / "programs").glob("*.snap"))
KINDS = {textmate.scope(kind): kind for kind in rules.KINDS}
LEXER = lexer.PedalangLexer(stripnl=False, ensurenl=False)


def colours(text: str) -> list[_TokenType]:
    """What Pygments calls each character."""
    return [kind for _, kind, value in LEXER.get_tokens_unprocessed(text) for _ in value]


def differences(text: str, found: list[str]) -> list[str]:
    """Where a character's scope and its token are of different kinds; white space has no colour."""
    wanted = colours(text)
    return [f"{text.count(chr(10), 0, place) + 1}: {text[place - 5 : place + 20]!r}: {scope} and {token}"
            for place, (scope, token) in enumerate(zip(found, wanted, strict=True))
            if not text[place].isspace() and token not in Error and lexer.TOKENS[KINDS.get(scope, "")] is not token]


def recorded(snapshot: Path) -> tuple[str, list[str]]:
    """The program of a snapshot, and the innermost scope of each of its characters."""
    lines: list[tuple[str, list[str]]] = []
    for line in snapshot.read_text(encoding="utf-8").splitlines():
        if line.startswith(">"):
            lines.append((line[1:] + "\n", [""] * len(line)))
        else:
            marks, *named = line[1:].split()
            start = line.index("^") - 1
            lines[-1][1][start : start + len(marks)] = [named[-1]] * len(marks)
    return "".join(text for text, _ in lines), [scope for _, own in lines for scope in own]


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.stem)
def test_the_editors_engine_colours_as_the_lexer(snapshot: Path) -> None:
    text, found = recorded(snapshot)
    program = snapshot.with_suffix("").read_text(encoding="utf-8")
    assert text.rstrip() == program.rstrip(), "`npm run update` in editors/vscode records it anew"
    assert not differences(text, found)


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=lambda path: path.stem)
def test_the_small_engine_is_like_the_editors(snapshot: Path) -> None:
    text, found = recorded(snapshot)
    made = textmate_engine.scopes(textmate.grammar(), text)
    assert [KINDS.get(scope, "") for scope in made] == [KINDS.get(scope, "") for scope in found]


def test_all_programs_have_the_same_colours_in_both(written: dict[str, str]) -> None:
    grammar = textmate.grammar()
    wrong = [f"{where}:{each}" for where, text in written.items()
             if not where.startswith("docs/diagnostics/")
             for each in differences(text, textmate_engine.scopes(grammar, text))]
    assert not wrong, "\n".join(wrong)
