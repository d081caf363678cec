"""Have a model write the first draft of a program."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from pedalang import cli, diagnostic
from pedalang.compiler import compile
from pedalang.compiler.syntax import constrain
from pedalang.diagnostic import Diagnostic
from pedalang.runtime import drafting
from pedalang.runtime.engines import opening
from pedalang.runtime.errors import RunError


@click.command("draft")
@click.argument("about", metavar="ABOUT")
@click.option("-o", "--output", default="draft.ped", show_default=True, metavar="FILE", help="Where the draft goes.")
@click.option("--engine", default="llama:", show_default=True, metavar="ENGINE", help="Who writes it.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Another seed, another draft.")
@cli.json_option
def command(about: str, output: str, engine: str, seed: int, as_json: bool) -> None:
    """Write a program about ABOUT, and check it.

    The grammar is kept whatever the model writes: a draft has all parts of a program. What it says is yours to mend.
    """
    if Path(output).exists():
        there = Diagnostic("PED1405", f"`{output}` is there already", help="name another file with `--output`")
        cli.stop(cli.NOT_FINE, [there], as_json=as_json)
    asked = drafting.request(about, constrain.draft(), constrain.example(), seed)
    try:
        text = asyncio.run(drafting.answer(opening.open_engine(engine, os.environ), asked)).text
    except RunError as error:
        cli.tell(error, as_json=as_json)
    cli.write(output, text, as_json=as_json)
    found = compile.compile_source(cli.read_source(output, as_json=as_json), compile.beside(Path(output).parent),
                                   compile.program_name(Path(output))).diagnostics
    errors = [each for each in found if each.severity == "error"]
    if as_json:
        cli.print_json({"version": 1, "ok": not errors, "file": output, "diagnostics": diagnostic.to_json(found)})
    else:
        click.echo(f"{text}\nwritten to {output}; `ped check {output}` says:")
        click.echo(diagnostic.to_text(found, colour=sys.stdout.isatty()) if found else "no errors, no warnings")
    sys.exit(cli.NOT_FINE if errors else cli.FINE)
