"""Train a program's classifiers on rows or recorded dialogues; tell how well they do on what they have not seen."""

from __future__ import annotations

import os
from pathlib import Path

import click

from pedalang import api, cli, plan
from pedalang.runtime.errors import RunError


@click.command("train")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Learn from another file.")
@click.option("--test", "test", multiple=True, metavar="NAME=PATH",
              help="Measure on these records, and learn from all of the data; without it, in folds of the data.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where what is learnt is kept, a folder for each; by default a new one under trained/.")
@cli.python_option
@cli.json_option
def command(file: str, name: str | None, data: tuple[str, ...], test: tuple[str, ...], out: Path | None, python: bool,
            as_json: bool) -> None:
    """Train the classifier NAME of FILE, or all of them, and measure each beside its baseline."""
    from pedalang import training
    from pedalang.study.classifiers import results
    from pedalang.terminal import training as shown

    of = cli.compiled(file, as_json=as_json, python=python).plan
    assert of is not None
    chosen = _chosen(of, name, file, as_json=as_json)
    given, held_out = cli.pairs(data, "--data"), cli.pairs(test, "--test")
    folder = out or api.new_folder(Path("trained"), of.program)
    found: dict[str, results.Trained] = {}
    try:
        with api.outside(Path(file).parent, python) as evaluate:
            where = api.sources(of, Path(file).parent, given, evaluate)
            tests = api.sources(of, Path(file).parent, {**given, **held_out}, evaluate) if held_out else None
            for each in chosen:
                own = tests if each.data.dataset in held_out else None
                learnt = training.train(of, each, where, os.environ, own)
                found[each.name] = training.keep(of, learnt, folder / each.name)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json(results.report(found))
    else:
        shown.show(found)


def _chosen(of: plan.Plan, name: str | None, file: str, *, as_json: bool) -> list[plan.Classifier]:
    if name is None and of.classifiers:
        return list(of.classifiers.values())
    return [cli.pick("classifier", of.classifiers, name, file, as_json=as_json)]
