"""Tune a program: look for a better one, tell by how much it is on what it has not seen, keep it."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from pedalang import api, cli, plan
from pedalang.runtime.errors import RunError


@click.command("optimize")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--engine", metavar="URI", help=f"Who answers for every role; by default {api.DEFAULT_ENGINE}")
@click.option("--role", "roles", multiple=True, metavar="ROLE=URI",
              help="Who answers for one member of the cast, for `judge`, for `monitor`, who judges what nobody "
                   "optimizes, or for `writer`, who writes prompts.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Of every draw; by default the optimization's own.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where everything is kept; by default a new folder under tuned/. One that was stopped goes on.")
@cli.python_option
@cli.json_option
def command(file: str, name: str | None, data: tuple[str, ...], engine: str | None, roles: tuple[str, ...],
            seed: int | None, out: Path | None, python: bool, as_json: bool) -> None:
    """Tune the optimization NAME of FILE: search, test what was found, keep it."""
    from pedalang import optimizing
    from pedalang.study.tuning.task import Watcher
    from pedalang.terminal import tuning as shown
    from pedalang.watching import climb

    of = cli.compiled(file, as_json=as_json, python=python).plan
    assert of is not None
    chosen: plan.Optimize = cli.pick("optimize", of.optimizations, name, file, as_json=as_json)
    chosen = replace(chosen, seed=chosen.seed if seed is None else seed)
    folder = out or _own_folder(of, chosen)
    options = _options(data, engine, roles, seed)
    again = shlex.join(["ped", "optimize", file, chosen.name, *options, "--out", str(folder)])
    watched = nullcontext(Watcher()) if as_json else climb.shown(cli.say, time.monotonic)
    try:
        with api.outside(Path(file).parent, python) as evaluate, watched as watcher:
            where = api.sources(of, Path(file).parent, cli.pairs(data, "--data"), evaluate, python=python)
            uris = optimizing.uris(of, chosen, engine, cli.pairs(roles, "--role"))
            before = optimizing.loaded(of, chosen, Path(file).parent)
            found = optimizing.optimize(of, chosen, where, uris, os.environ, folder, clock=time.monotonic,
                                        before=before, watcher=watcher, warn=cli.say)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    except KeyboardInterrupt:
        cli.say(f"\nstopped; what was found is kept. Go on with:\n  {again}")
        sys.exit(cli.INTERRUPTED)
    if as_json:
        cli.print_json(_document(found, folder))
    else:
        shown.show(found, folder, _play(of, chosen, file, folder / optimizing.TUNED))


def _own_folder(of: plan.Plan, chosen: plan.Optimize) -> Path:
    """Where an optimization is kept that is given no folder: a new one under `tuned`, or where it says."""
    path = Path(chosen.save) if chosen.save else Path("tuned", f"{of.program}-{chosen.name}")
    return api.new_folder(path.parent, path.name)


def _play(of: plan.Plan, chosen: plan.Optimize, file: str, tuned: Path) -> str:
    """How to play with what was found: the first run of its flow, by name where there are others."""
    runs = [name for name, each in of.runs.items() if each.flow == chosen.flow]
    named = runs[:1] if len(of.runs) > 1 else []
    play = shlex.join(["ped", "run", file, *named, "--tuned", str(tuned)])
    return play if runs else f"add a `run` of the flow `{chosen.flow}`, then {play}"


def _options(data: tuple[str, ...], engine: str | None, roles: tuple[str, ...], seed: int | None) -> Iterator[str]:
    """What has to be said again for the same tuning."""
    given = {"--data": data, "--engine": (engine,), "--role": roles, "--seed": (seed,)}
    for option, values in given.items():
        for value in values:
            if value is not None:
                yield from (option, str(value))


def _document(found: Any, folder: Path) -> dict[str, Any]:
    import msgspec

    from pedalang import optimizing

    return {**msgspec.to_builtins(found), "ok": True, "out": str(folder), "tuned": str(folder / optimizing.TUNED)}
