"""Say how far a run has come, while it runs or after."""

from __future__ import annotations

import time

import click

from pedalang import again, cli
from pedalang.runtime.errors import RunError
from pedalang.study import failures
from pedalang.watching import words


@click.command("status")
@click.argument("run", metavar="RUN")
@cli.json_option
def command(run: str, as_json: bool) -> None:
    """Say how far RUN has come: a run's folder or its name under runs/. Nothing is changed, whoever writes it."""
    try:
        found = again.status(cli.run_folder(run), time.time())
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json(found)
        return
    click.echo(f"{found.run}: " + ("running" if found.running else "not running"))
    for name, said in _lines(found):
        click.echo(f"  {name:<10}{said}")


def _lines(found: again.Status) -> list[tuple[str, str]]:
    """What of it, and how much."""
    lines = [
        ("dialogues", f"{found.ended:,} of {found.dialogues:,} ended, {found.under_way:,} under way, "
                      f"{found.not_begun:,} not begun"),
        *(("failed", line) for line in failures.told(found.failed)),
        ("turns", f"{found.turns:,}"),
        ("answers", f"{found.answers:,}: {found.tokens_in:,} tokens in, {found.tokens_out:,} out"),
    ]
    if found.sittings > 1:
        lines.append(("taken up", words.count(found.sittings - 1, "time")))
    if found.turns_a_second is not None:
        left = "" if found.seconds_left is None else f", {words.roughly(found.seconds_left)} left"
        lines.append(("pace", f"{found.turns_a_second:.3g} turns/s{left}"))
    if not found.running and found.ended < found.dialogues:
        lines.append(("go on", f"ped run --resume {found.run}"))
    if not found.running and found.failed:
        lines.append(("try again", f"ped run --retry-failed {found.run}"))
    return lines
