"""Bring a run to other programs: examples to learn from, tables, logs."""

from __future__ import annotations

from pathlib import Path

import click

from pedalang import again, api, cli, exporting
from pedalang.diagnostic import Diagnostic
from pedalang.runtime.errors import RunError
from pedalang.study.examples import Sought
from pedalang.study.scores import TOTAL
from pedalang.study.written import Written


@click.command("export")
@click.argument("run", metavar="RUN")
@click.option("--format", "form", type=click.Choice(exporting.forms()), required=True,
              help="For whom: TRL's trainers (sft, dpo, kto, grpo), classifiers, tables (parquet, hf), Inspect "
                   "AI, DSPy.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="The file, or for hf, parquet and dspy the folder; by default in RUN/exports.")
@click.option("--role", "who", multiple=True, metavar="MEMBER",
              help="A member of the cast to learn from; by default all who are no students. For classifier, all.")
@click.option("--criterion", default=TOTAL, show_default=True, metavar="NAME",
              help="What dialogues are worth: a criterion of the run's scores.")
@click.option("--at-least", type=float, metavar="VALUE",
              help="For sft and dspy, only of dialogues worth this much; for kto, what is wanted.")
@click.option("--margin", type=click.FloatRange(min=0), default=0.0, show_default=True, metavar="VALUE",
              help="For dpo, by more than how much the better answer has to be worth more.")
@cli.python_option
@cli.json_option
def command(run: str, form: str, out: Path | None, who: tuple[str, ...], criterion: str, at_least: float | None,
            margin: float, python: bool, as_json: bool) -> None:
    """Write RUN, a run's folder or its name under runs/, in a form that other programs read.

    Nobody is asked: what turns were asked is made again from the journal, byte for byte.
    """
    folder = cli.run_folder(run)
    sought = Sought(who, criterion, at_least, margin)
    try:
        with api.outside(again.program_folder(folder), python) as evaluate:
            found = exporting.export(folder, form, out, sought, evaluate)
    except OSError as error:
        cli.stop(cli.NOT_FINE, [Diagnostic("PED1405", f"nothing can be written there: {error}")], as_json=as_json)
    except RunError as error:
        if error.code in ("PED1481", "PED1485"):
            cli.tell(error, as_json=as_json)
        cli.stop(cli.NOT_FINE, [cli.failure(error)], as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "run": str(folder), "format": form, "paths": [str(each) for each in found.paths],
                        "rows": found.rows, "left_out": found.left_out, "notes": found.notes})
    else:
        click.echo(_told(found))


def _told(found: Written) -> str:
    lines = [*map(str, found.paths), ", ".join(f"{count:,} {name}" for name, count in found.rows.items())]
    lines += [f"left out: {count:,}, {why}" for why, count in found.left_out.items()]
    return "\n".join([*lines, *found.notes])
