"""An imported program sends what the original sends, message for message."""

from __future__ import annotations

from pathlib import Path

import pytest

from pedalang import api
from pedalang.compiler import compile
from pedalang.compiler.semantics.surroundings import Surroundings
from pedalang.exchange import tables
from pedalang.exchange.elmes import program
from pedalang.runtime import run
from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Request
from pedalang.source import Source
from tests.exchange.elmes import configs, original

ENDS = {"<end>": "So it is 7. <END>\n", "right": " Right, it is DONE.", "none": "Go on."}


def script(word: str, last: int) -> original.Say:
    """Words with space, labels, thoughts and signs of their own; from turn `last` on, those that end."""
    def say(who: str, turn: int) -> str:
        if turn >= last and who in ("teacher", "checker"):
            return ENDS[word]
        return (f"  {who}: turn {turn} {{x}}\n", f"<think>\nend <end> {turn}</think>{who} said {{{{ {turn} }}}}",
                f"Teacher: \"right\" \\ {turn}")[turn % 3]

    return say


def imported(text: str, folder: Path, say: original.Say) -> list[list[original.Sent]]:
    """The requests of each dialogue of the imported program, in order."""
    made = program.convert(Source("config.yaml", text.lstrip()), "config")
    assert made.program, made.found
    for name, content in made.files.items():
        (folder / name).write_text(content, encoding="utf-8")
    found = compile.compile_source(Source("config.ped", made.program), compile.beside(folder), "config",
                                   around=Surroundings(tables.beside(folder)))
    assert found.plan is not None, [each.message for each in found.diagnostics]
    assert not [each for each in found.diagnostics if each.severity == "error"]
    of = found.plan
    chosen = (of.runs | of.matrices)["main"]
    told = api.work_items(of, chosen, api.sources(of, folder, {}))
    sent: dict[tuple[int, int], original.Sent] = {}
    flow = of.flows[chosen.flow]
    started = "start" in flow.cast

    def engine(who: str) -> scripted.Scripted:
        def answer(request: Request) -> str:
            episode, turn = (int(part) for part in request.key.split("/")[:2])
            assert (episode, turn) not in sent
            sent[episode, turn] = tuple((each.role, each.text) for each in request.messages)
            return say(who, turn - started)

        return scripted.from_function(answer)

    run.run(of, "main", told.params, {who: engine(who) for who in flow.cast}, seed=0, folder=folder / "run")
    return [[sent[key] for key in sorted(sent) if key[0] == episode] for episode in range(len(told.params))]


@pytest.mark.parametrize("last", [0, 3, 6, 99])
@pytest.mark.parametrize(
    ("text", "word"), [(configs.LOOP, "<end>"), (configs.ONE_TURN, "none"), (configs.ALL, "right")],
    ids=["loop", "one turn", "all keywords"])
def test_the_older_dialect(text: str, word: str, last: int, tmp_path: Path) -> None:
    say = script(word, last)
    there = original.older(text, say)
    assert imported(text, tmp_path, say) == there
    assert all(there)


@pytest.mark.parametrize("last", [0, 3, 99])
@pytest.mark.parametrize("text", [configs.NEWER_LOOP, configs.NEWER_CHAIN], ids=["loop", "chain"])
def test_the_newer_dialect(text: str, last: int, tmp_path: Path) -> None:
    def say(who: str, turn: int) -> str:
        """The original shows an agent its own thoughts again: none here."""
        words = script("<end>", 99)(who, turn) if turn < last or who != "teacher" else "Well done <end> "
        return words.replace("think>", "b>")

    assert imported(text, tmp_path, say) == original.newer(text, say, 7)
