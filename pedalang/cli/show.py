"""Show a stage of a program: its tree, graph or plan, or the prompts that are sent; or what tuning changed in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pedalang import api, calls, cli, courses, plan, rehearsal
from pedalang.compiler import compile
from pedalang.compiler.ir import text
from pedalang.compiler.syntax import show as trees
from pedalang.drawing import chart, svg
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.errors import RunError

LEGEND = (
    "Tokens of a prompt, by estimate: models differ. A turn is the member's own; a judge reads all there may be.",
    "New is what comes after the beginning that the prompt shares with the one before of the same member, or judge.",
    "In all dialogues: how much of the voice comes before the first value that a dialogue puts in.",
)


@click.group("show")
def command() -> None:
    """Show a stage of a program, or what tuning changed in it."""


@command.command("tree")
@cli.file_argument
@cli.json_option
def tree(file: str, as_json: bool) -> None:
    """The tree of a file: its declarations as they are written, each with its place."""
    module = cli.compiled(file, as_json=as_json).modules[""]
    _print(trees.to_text(module.tree, module.source), "tree", as_json)


@command.command("graph")
@cli.file_argument
@cli.name_argument
@click.option("--payloads", is_flag=True, help="With what each node carries.")
@click.option("--rewritten", is_flag=True, help="After all passes.")
@click.option("--svg", "as_svg", is_flag=True, help="The flow NAME, or the only one, as a picture.")
@cli.json_option
def graph(file: str, name: str | None, payloads: bool, rewritten: bool, as_svg: bool, as_json: bool) -> None:
    """The program as a graph: flows, phases, turns, and what joins them; with --svg one flow as a picture."""
    if name is not None and not as_svg:
        raise click.UsageError("NAME is the flow that is drawn: add --svg")
    found = cli.compiled(file, as_json=as_json)
    if as_svg:
        assert found.plan is not None
        chosen: plan.Flow = cli.pick("flow", found.plan.flows, name, file, as_json=as_json)
        _print(svg.draw(chart.of_flow(found.plan, chosen.name)) + "\n", "svg", as_json)
    else:
        shown = compile.rewritten(found.graph) if rewritten else found.graph
        _print(text.to_text(shown, payloads=payloads), "graph", as_json)


@command.command("plan")
@cli.file_argument
@cli.tuned_option
@cli.json_option
def plan_(file: str, tuned: Path | None, as_json: bool) -> None:
    """The calls of a plan: how many tokens each reads, and how many are new; with --json the plan too."""
    made = cli.compiled(file, as_json=as_json).plan
    assert made is not None
    made = cli.with_tuned(made, tuned, as_json=as_json)
    found = calls.calls(made)
    if as_json:
        cli.print_json({"version": 1, "plan": made, "calls": [each._asdict() for each in found]})
    else:
        click.echo(_table(found), nl=False)


@command.command("prompts")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--engine", default="random:", show_default=True, metavar="URI", help="Who answers in this dialogue.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Of every draw.")
@cli.tuned_option
@cli.json_option
def prompts(file: str, name: str | None, data: tuple[str, ...], engine: str, seed: int, tuned: Path | None,
            as_json: bool) -> None:
    """Play the first dialogue of a run and print exactly what is sent to its engines, judges included."""
    of = cli.compiled(file, as_json=as_json).plan
    assert of is not None
    of = cli.with_tuned(of, tuned, as_json=as_json)
    chosen = cli.pick("run", {**of.runs, **of.matrices, **of.courses}, name, file, as_json=as_json)
    try:
        where = api.sources(of, Path(file).parent, cli.pairs(data, "--data"))
        told = courses.items(of, chosen, where)
        sent = rehearsal.rehearse(of, courses.lessons_of(chosen), told.params[0], engine, os.environ, seed=seed)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "requests": [_request_json(each.request) for each in sent]})
    else:
        click.echo("\n".join(cli.request_text(each.request) for each in sent))


@command.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@cli.json_option
def diff(first: str, second: str, as_json: bool) -> None:
    """What differs between two tuned programs: A and B are folders of `ped optimize`, or one is a program's file.

    The exit code is 0 if they are the same, 1 if not.
    """
    from pedalang.study.tuning import artefacts
    from pedalang.terminal import tuning

    try:
        files = {name: plan for name in (first, second) if Path(name).is_file()
                 if (plan := cli.compiled(name, as_json=as_json).plan) is not None}
        found = artefacts.compared(*(files.get(name) or Path(name) for name in (first, second)))
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json(found)
    else:
        tuning.differences(found, first, second)
    sys.exit(cli.FINE if found.same else cli.NOT_FINE)


def _table(found: Sequence[calls.Call]) -> str:
    """A line a call, and what the columns say."""
    if not found:
        return "No call: nothing in this program asks a model.\n"
    heads = ("", "call", "first turn", f"turn {calls.LATER}", "new in it", "new at most", "in all dialogues")
    lines = [(f"{each.flow}.{each.who}", each.step, *map(str, each[3:8]), "grows" if each.grows else "")
             for each in found]
    wide = [max(map(len, column)) for column in zip((*heads, ""), *lines, strict=True)]
    rows = ["  ".join(cell.ljust(size) if at < 2 or at == 7 else cell.rjust(size)
                      for at, (cell, size) in enumerate(zip(line, wide, strict=True))).rstrip()
            for line in ((*heads, ""), *lines)]
    return "\n".join((*rows, "", *LEGEND)) + "\n"


def _print(shown: str, what: str, as_json: bool) -> None:
    if as_json:
        cli.print_json({"version": 1, what: shown})
    else:
        click.echo(shown, nl=False)


def _request_json(request: Request) -> dict[str, Any]:
    return {"key": request.key, "purpose": request.purpose,
            "messages": [{"role": role, "text": text} for role, text in request.messages],
            "choices": list(request.choices), "max_tokens": request.max_tokens, "seed": request.seed}
