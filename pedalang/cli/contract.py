"""Show what a program's contracts mean, and look at recorded dialogues by them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from pedalang import api, cli, plan
from pedalang.compiler.compile import Compilation
from pedalang.compiler.lower.contracts import TRANSCRIPT
from pedalang.compiler.syntax import tree
from pedalang.diagnostic import Diagnostic, Label
from pedalang.runtime.errors import RunError
from pedalang.terminal import tables
from pedalang.testing import kept, recordings
from pedalang.testing.explaining import clauses, course

_WORDS = 60
"""Characters of a turn's words that are shown."""
_KEPT, _BROKEN = "kept    ", "broken  "
_ASSURANCES = {
    "proved": "proved: no run of the flow can break it",
    "shieldable": "shieldable: the teacher's moves can keep it, whatever the others do",
    "monitored": "monitored: it is watched, for nothing is sure to keep it",
}


@click.group("contract")
def command() -> None:
    """Show what a program's contracts mean, and look at recorded dialogues by them."""


@command.command("explain")
@cli.file_argument
@cli.name_argument
@cli.json_option
def explain(file: str, name: str | None, as_json: bool) -> None:
    """Show what the contracts of FILE mean, by dialogues that keep and that break each clause.

    With NAME that one. The dialogues are possible ones of the contract's flow: turns that its cast can take.
    """
    compilation = cli.compiled(file, as_json=as_json)
    of = compilation.plan
    assert of is not None
    found = [(each, clauses.explained(of.flows[each.flow], each, _over(compilation, each)))
             for each in _chosen(compilation, name, file, as_json)]
    if as_json:
        cli.print_json({"version": 1, "contracts": [
            {"contract": each.name, "flow": each.flow, "clauses": explained} for each, explained in found]})
    else:
        click.echo("\n\n".join(_explained(each, explained) for each, explained in found))


def _over(compilation: Compilation, contract: plan.Contract) -> clauses.Over:
    """Which dialogues a contract is about: those of its flow, or whatever was recorded."""
    for module in compilation.modules.values():
        for each in module.tree.decls:
            if isinstance(each.body, tree.ContractDecl) and module.place(each.body.name) == contract.place:
                over = each.body.over
                return course.of_cast if over is not None and over.text == TRANSCRIPT else course.of_flow
    return course.of_flow


def _explained(contract: plan.Contract, explained: list[clauses.Explained]) -> str:
    blocks = [f"{contract.name} over {contract.flow}"]
    for each in explained:
        head = click.style(f"{each.severity} {each.name}: ", bold=True) + each.text
        lines = [head, f"  {each.meaning}", f"  {_ASSURANCES[each.assurance]}{_asking(each)}"]
        lines += [f"  {_KEPT}{_shown(dialogue)}" for dialogue in each.kept] or ["  no dialogue was found that keeps it"]
        if each.only_elsewhere:
            none = "breaks it" if each.assurance == "proved" else "was found that breaks it"
            lines.append(f"  no dialogue of the flow {none}{'; in another order these would:' * bool(each.broken)}")
        for dialogue in each.broken:
            lines += [f"  {_BROKEN}{_shown(dialogue)}", f"          lost at turn {dialogue.lost_at}: {dialogue.why}"]
        for other in each.readings:
            lines += [f"  it does not say `{other.text}`, as if {other.taken}:",
                      f"  {_KEPT if other.kept else _BROKEN}{_shown(other.dialogue)}"]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _asking(each: clauses.Explained) -> str:
    return f"; it asks a judge ({', '.join(each.judges)}), so it is looked at when a run is scored" \
        if each.judges else ""


def _shown(dialogue: clauses.Dialogue) -> str:
    return f"{dialogue.line} …" if dialogue.settled and dialogue.lost_at is None else dialogue.line


@command.command("check")
@cli.file_argument
@cli.name_argument
@click.option("--transcript", "--transcripts", "transcript", metavar="PATH",
              help="The recorded dialogues; by default the file of the data set that they are read by.")
@click.option("--format", "form", metavar="NAME", help="How they are written, as in a dataset's `transcripts:`.")
@click.option("--speaker", "speakers", multiple=True, metavar="LABEL=MEMBER",
              help="Whom of the cast a speaker of the recordings stands for.")
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("-n", "limit", type=click.IntRange(1), metavar="N", help="How many dialogues, from the first.")
@click.option("--places", type=click.IntRange(0), default=3, show_default=True, metavar="K",
              help="How many breaches of a clause are shown; --json has all.")
@cli.python_option
@cli.json_option
def check(file: str, name: str | None, transcript: str | None, form: str | None, speakers: tuple[str, ...],
          data: tuple[str, ...], limit: int | None, places: int, python: bool, as_json: bool) -> None:
    """Look at recorded dialogues by the contracts of FILE.

    With NAME by that one. The exit code is 1 if a hard clause is broken.
    """
    compilation = cli.compiled(file, as_json=as_json, python=python)
    of, asked = compilation.plan, cli.pairs(speakers, "--speaker")
    assert of is not None
    found: list[tuple[kept.Held, recordings.Reading]] = []
    try:
        where = api.sources(of, Path(file).parent, cli.pairs(data, "--data"))
        with api.outside(Path(file).parent, python) as evaluate:
            for contract in _chosen(compilation, name, file, as_json):
                how = recordings.reading(of, contract, form or "", asked)
                path = Path(transcript) if transcript is not None else where.paths.get(how.rows.name)
                if path is None:
                    raise click.UsageError("nothing says which dialogues: add --transcript PATH")
                told = recordings.recorded(of, how, path, evaluate, limit)
                found.append((kept.held(of, contract, how, told, evaluate), how))
    except RunError as error:
        cli.tell(error, as_json=as_json)
    fine = all(each.ok for each, _ in found)
    if as_json:
        cli.print_json({"version": 1, "ok": fine, "contracts": [_held_json(each) for each, _ in found]})
    else:
        for each, how in found:
            _show_held(each, how, places)
    sys.exit(cli.FINE if fine else cli.NOT_FINE)


def _chosen(compilation: Compilation, name: str | None, file: str, as_json: bool) -> list[plan.Contract]:
    """The contract of that name, or all. Stops the command where there is none."""
    assert compilation.plan is not None
    known = compilation.plan.contracts
    if name is None and known:
        return [*known.values()]
    if name not in known:
        _without_flow(compilation, name, as_json)
    return [cli.pick("contract", known, name, file, as_json=as_json)]


def _without_flow(compilation: Compilation, name: str | None, as_json: bool) -> None:
    """Stops the command for a contract that is declared, and that no flow gives a cast."""
    for each in compilation.modules[""].tree.decls:
        if isinstance(each.body, tree.ContractDecl) and name in (None, each.body.name.text):
            written = each.body.name.text
            cli.stop(cli.NOT_FINE, [Diagnostic(
                "PED1440", f"the contract `{written}` has no flow, whose cast and moves its clauses speak of",
                (Label(compilation.modules[""].span(each.body.name)),),
                "declare a flow with a cast; one phase with a turn of each will do")], as_json=as_json)


def _held_json(held: kept.Held) -> dict[str, Any]:
    return {
        "contract": held.contract, "flow": held.flow, "ok": held.ok, "dialogues": held.dialogues, "turns": held.turns,
        "failed": held.failed, "notes": held.notes,
        "clauses": [{
            "name": each.name, "severity": each.severity, "text": each.text, "looked_at": not each.unseen,
            "why_not": each.unseen, "kept": each.kept, "of": each.estimate.n, "share": each.estimate.value,
            "low": each.estimate.low, "high": each.estimate.high, "broken": each.broken} for each in held.clauses]}


def _show_held(held: kept.Held, how: recordings.Reading, places: int) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    told = f", told as `observe {how.like}` tells them" if how.like else ""
    click.echo(f"{held.contract} over {held.flow}: {held.dialogues:,} dialogues with {held.turns:,} turns{told}\n")
    table = tables.table("clause", "", "kept>", "of>", "share>", "95 % interval")
    for each in held.clauses:
        if each.unseen:
            table.add_row(each.name, each.severity, "", "", "", "not looked at")
        else:
            table.add_row(each.name, each.severity, f"{each.kept:,}", f"{each.estimate.n:,}",
                          tables.number(each.estimate.value), tables.interval(each.estimate.low, each.estimate.high))
    console.print(table)
    for each in held.clauses:
        if each.unseen:
            click.echo(f"\n{each.name} is not looked at: {each.unseen}")
        elif each.broken and places:
            click.echo(f"\n{each.name} ({each.text}) is broken in {len(each.broken):,}:")
            for breach in each.broken[:places]:
                click.echo(f"  {_place(breach)}")
            if len(each.broken) > places:
                click.echo(f"  and {len(each.broken) - places:,} more")
    for note in held.notes:
        click.echo(f"\nnote: {note}")
    for failure in held.failed[:places]:
        click.echo(f"\ndialogue {failure.dialogue} could not be told: {failure.message} [{failure.code}]")
    if len(held.failed) > places:
        click.echo(f"{len(held.failed):,} dialogues could not be told")
    click.echo()


def _place(breach: kept.Breach) -> str:
    """A breach in a line: where, what was done, the beginning of the words."""
    if breach.turn is None:
        return f"dialogue {breach.dialogue}: it has no turns"
    words = " ".join(breach.text.split())
    words = words if len(words) <= _WORDS else f"{words[:_WORDS - 2].rstrip()} …"
    done = f"{breach.speaker}.{breach.does}" if breach.does else breach.speaker
    return f"dialogue {breach.dialogue}, turn {breach.turn}: {done} \"{words}\""
