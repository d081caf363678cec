"""Train a program's classifiers on rows or recorded dialogues; tell how well they do on what they have not seen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pedalang import api, cli, diagnostic, plan
from pedalang.diagnostic import Diagnostic
from pedalang.runtime.errors import RunError

if TYPE_CHECKING:
    from pedalang.study.classifiers.results import Trained


@click.command("train")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Learn from another file.")
@click.option("--test", "test", multiple=True, metavar="NAME=PATH",
              help="Measure on these records, and learn from all of the data; without it, in folds of the data.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR",
              help="Where what is learnt is kept, a folder for each; by default a new one under trained/.")
@click.option("--teacher", metavar="URI", help="Who says the labels of classifiers that have a teacher; by default as "
              "the program says.")
@cli.cache_option
@cli.python_option
@cli.json_option
def command(file: str, name: str | None, data: tuple[str, ...], test: tuple[str, ...], out: Path | None,
            teacher: str | None, cached: bool | None, python: bool, as_json: bool) -> None:
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
        with api.outside(Path(file).parent, python) as evaluate, cli.answers(cached) as answers:
            where = api.sources(of, Path(file).parent, given, evaluate)
            tests = api.sources(of, Path(file).parent, {**given, **held_out}, evaluate) if held_out else None
            for each in chosen:
                own = tests if each.data.dataset in held_out else None
                asked = training.Asked(teacher, folder / f"{each.name}.labels.jsonl", _labelled(each.name), answers)
                learnt = training.train(of, each, where, os.environ, asked, own)
                found[each.name] = training.keep(of, learnt, folder / each.name)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    _warn_of_hacking(found)
    if as_json:
        cli.print_json(results.report(found))
    else:
        shown.show(found)


def _labelled(name: str) -> Callable[[int, int], None]:
    """Says how far a teacher is."""
    return lambda done, of: cli.say(f"{name}: {done:,} of {of:,} examples labelled")


def _chosen(of: plan.Plan, name: str | None, file: str, *, as_json: bool) -> list[plan.Classifier]:
    if name is None and of.classifiers:
        return list(of.classifiers.values())
    return [cli.pick("classifier", of.classifiers, name, file, as_json=as_json)]


def _warn_of_hacking(found: Mapping[str, Trained]) -> None:
    """Says which classifiers have come nearer to their teacher while they went away from people."""
    lines = [Diagnostic("PED1371", f"`{name}` has begun to learn its teacher's faults: since {each.learnt_from:,} "
                        f"examples it came nearer to the teacher ({each.to_teacher.value:+.3f}) and went away from "
                        f"people ({each.to_people.value:+.3f})", severity="warning",
                        help="ask better questions of the teacher, learn from fewer of its labels, or from people's")
             for name, one in found.items() if one.taught is not None and (each := one.taught.hacked) is not None]
    click.echo(diagnostic.to_text(lines, colour=sys.stderr.isatty()), err=True, nl=False)
