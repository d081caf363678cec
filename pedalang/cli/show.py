"""Show a stage of a program: its tree, graph or plan, or the prompts that are sent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pedalang import api, cli, plan
from pedalang.compiler import compile
from pedalang.compiler.ir import text
from pedalang.compiler.syntax import show as trees
from pedalang.drawing import chart, svg
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Engine, Reply, Request
from pedalang.runtime.errors import EngineError, RunError
from pedalang.study import score


@click.group("show")
def command() -> None:
    """Show a stage of a program."""


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
@cli.json_option
def plan_(file: str, as_json: bool) -> None:
    """The plan, as JSON: all that a run needs to know of the program."""
    made = cli.compiled(file, as_json=as_json).plan
    assert made is not None
    if as_json:
        cli.print_json({"version": 1, "plan": made})
    else:
        click.echo(plan.to_text(made), nl=False)


@command.command("prompts")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--engine", default="random:", show_default=True, metavar="URI", help="Who answers in this dialogue.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Of every draw.")
@cli.json_option
def prompts(file: str, name: str | None, data: tuple[str, ...], engine: str, seed: int, as_json: bool) -> None:
    """Play the first dialogue of a run and print exactly what is sent to its engines, judges included."""
    of = cli.compiled(file, as_json=as_json).plan
    assert of is not None
    chosen: plan.Run = cli.pick("run", of.runs, name, file, as_json=as_json)
    try:
        sent = _sent(of, chosen, api.sources(of, Path(file).parent, cli.pairs(data, "--data")), engine, seed)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "requests": [_request_json(request) for request in sent]})
    else:
        click.echo("\n".join(_request_text(request) for request in sent))


def _print(shown: str, what: str, as_json: bool) -> None:
    if as_json:
        cli.print_json({"version": 1, what: shown})
    else:
        click.echo(shown, nl=False)


class _Recording:
    """An engine that notes what it is asked before another answers."""

    def __init__(self, engine: Engine, sent: list[Request]) -> None:
        self._engine = engine
        self._sent = sent
        self.name, self.abilities = engine.name, engine.abilities

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self._sent += requests
        return await self._engine.answer(requests)

    async def close(self) -> None:
        await self._engine.close()


def _sent(of: plan.Plan, chosen: plan.Run, where: api.Sources, uri: str, seed: int) -> list[Request]:
    """The requests of the first dialogue, in order."""
    sent: list[Request] = []
    told = api.items(of, chosen.flow, chosen.data, where)
    with api.engines({"": uri}, os.environ) as opened, tempfile.TemporaryDirectory() as folder:
        engine = _Recording(opened[""], sent)
        engines: Mapping[str, Engine] = dict.fromkeys(of.flows[chosen.flow].cast, engine)
        run.run(of, chosen.name, told.params[:1], engines, seed=seed, folder=Path(folder))
        _, events = api.read_run(Path(folder))
        score.score(of, events, chosen.score, engine)
        events.close()
    return sent


def _request_json(request: Request) -> dict[str, Any]:
    return {"key": request.key, "purpose": request.purpose,
            "messages": [{"role": role, "text": text} for role, text in request.messages],
            "choices": list(request.choices), "max_tokens": request.max_tokens, "seed": request.seed}


def _request_text(request: Request) -> str:
    lines = [click.style(f"── {request.key} ({request.purpose})", bold=True)]
    for role, said in request.messages:
        lines += [click.style(f"[{role}]", fg="cyan"), said]
    if request.choices:
        lines += [click.style("[one of]", fg="cyan"), *(f"  {choice}" for choice in request.choices)]
    return "\n".join(lines) + "\n"
