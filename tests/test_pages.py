"""What pages show is so: programs compile, commands print what stands under them, contracts judge as it is said.

Pages of diagnostics, and the page about DSPy, have tests of their own. `pytest --update` writes what is printed anew.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pedalang import diagnostic, plan
from pedalang.cli import main
from pedalang.cli import run as cli_run
from pedalang.compiler import compile
from pedalang.compiler.syntax import tree
from pedalang.compiler.syntax.node import Node
from pedalang.expression import environment
from pedalang.expression.evaluate import Env, Evaluator
from pedalang.expression.functions import FUNCTIONS
from pedalang.runtime.episode import monitor
from tests import literate

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
LANGUAGE = DOCS / "language"
PAGES = [path for path in sorted(DOCS.rglob("*.md")) if path.parent.name != "diagnostics"]


def shown(language: str, mark: str = "") -> list[object]:
    """The blocks of all pages that are of a language and have a mark, as parameters of a test."""
    return [pytest.param(block, id=f"{path.relative_to(DOCS)}:{block.line}")
            for path in PAGES for block in literate.blocks(path.read_text(encoding="utf-8"))
            if (block.language, block.mark) == (language, mark)]


def having(language: str) -> list[object]:
    """The pages that have a block of a language."""
    return [pytest.param(path, id=str(path.relative_to(DOCS))) for path in PAGES
            if any(block.language == language for block in literate.blocks(path.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("block", shown("ped"))
def test_programs_compile(block: literate.Block) -> None:
    found = compile.check_text(block.text)
    assert not found, diagnostic.to_text(found)


@pytest.mark.parametrize("path", [path for path in LANGUAGE.glob("*.md") if path.stem != "status"],
                         ids=lambda path: path.stem)
def test_pages_of_the_language_begin_with_a_program(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert next(literate.blocks(page)).language == "ped"
    assert "\n## " not in page.partition("```")[0] or path.stem == "index"


@pytest.mark.parametrize("path", having("console"))
def test_commands_print_what_is_shown(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                      update: bool) -> None:
    shutil.copytree(ROOT / "programs", tmp_path / "programs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli_run, "time", SimpleNamespace(monotonic=lambda: 0.0))  # no page says how long things take

    def run(words: list[str]) -> str:
        assert words[0] == "ped", "only `ped` can be shown in a console block"
        return CliRunner().invoke(main, words[1:], catch_exceptions=False).output

    page = path.read_text(encoding="utf-8")
    texts: list[tuple[literate.Block, str]] = []
    for block in literate.blocks(page):
        literate.put(block, tmp_path)
        if block.language == "console":
            texts.append((block, literate.told(block.text, run)))
    literate.agree(path, literate.filled(page, texts), update=update)


# ---------------------------------------------------------------- what the language has


def test_all_functions_are_listed(update: bool) -> None:
    rows = [f"| {'<br>'.join(f'`{name}{signature}`' for signature in function.signatures)} | {function.doc} |\n"
            for name, function in FUNCTIONS.items()]
    path = LANGUAGE / "expressions.md"
    table = "| function | gives |\n|---|---|\n" + "".join(rows)
    literate.agree(path, literate.between(path.read_text(encoding="utf-8"), "functions", table), update=update)


def test_what_cannot_be_run_is_refused_as_it_is_shown(update: bool) -> None:
    path = LANGUAGE / "status.md"
    page = path.read_text(encoding="utf-8")
    program, said = (block for block in literate.blocks(page) if block.mark == "later" or block.language == "text")
    found = compile.check_text(program.text)
    lines = []
    for each in found:
        assert each.code == compile.LATER and each.span is not None, diagnostic.to_text([each])
        lines.append(f"{each.span.place}: {each.severity}: {each.message}\n")
    literate.agree(path, literate.filled(page, [(said, "".join(lines))]), update=update)


def test_the_status_of_every_construct_is_told() -> None:
    table = re.findall(r"^\|([^|]*)\|", (LANGUAGE / "status.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for cell in table for name in re.findall(r"`(\w+)`", cell)}
    classes = {name for name, each in vars(tree).items()
               if isinstance(each, type) and issubclass(each, Node) and each is not Node}
    assert named & classes == classes, f"not told: {sorted(classes - named)}"


# ---------------------------------------------------------------- contracts


CONTRACTS = LANGUAGE / "contracts.md"
DIALOGUE = re.compile(r"(kept|broken) +([\w/ ]+?)(?: +at (\d+))?")


def clauses() -> list[object]:
    return [pytest.param(block, id=block.text.splitlines()[0])
            for block in literate.blocks(CONTRACTS.read_text(encoding="utf-8")) if block.language == "clause"]


@pytest.mark.parametrize("block", clauses())
def test_contracts_judge_dialogues_as_it_is_told(block: literate.Block) -> None:
    lesson = next(literate.blocks(CONTRACTS.read_text(encoding="utf-8"))).text
    clause, *dialogues = block.text.splitlines()
    found = compile.compile_text(f"{lesson}\ncontract Shown over lesson {{ shown: {clause} }}")
    assert found.plan is not None, diagnostic.to_text(found.diagnostics)
    assert {line.split()[0] for line in dialogues} == {"kept", "broken"}, "one that is kept, and one that is not"
    for line in dialogues:
        told = DIALOGUE.fullmatch(line)
        assert told is not None, line
        (verdict,) = monitor.verdicts(found.plan.contracts["Shown"], trace(found.plan, told[2].split()), Evaluator())
        broken_at = int(told[3]) if told[3] else None
        assert (verdict.kept, verdict.broken_at) == (told[1] == "kept", broken_at), line


def trace(of: plan.Plan, words: list[str]) -> list[Env]:
    """A dialogue told in words: each is the move or act of a turn, perhaps after the name of its phase and `/`. From
    `solves` on the student is correct."""
    teacher = of.flows["lesson"].cast["teacher"]
    turns, states, correct = [], [], False
    for number, word in enumerate(words):
        phase, _, done = word.rpartition("/")
        makes = done in teacher.moves
        assert makes or done in {act.name for act in of.flows["lesson"].cast["student"].acts}, f"nobody does {done}"
        correct = correct or done == "solves"
        turns.append(environment.turn_record("teacher" if makes else "student", "", move=done if makes else "",
                                             act="" if makes else done, phase=phase or "work", number=number))
        states.append({"teacher": {}, "student": {"correct": correct}})
    return environment.along({}, {"teacher": {}, "student": {"correct": False}}, turns, states)
