"""Look after the journal of a run: verify it, bring it out, take names out of it."""

from __future__ import annotations

import sys

import click
import msgspec

from pedalang import again, api, cli, diagnostic, records
from pedalang.diagnostic import Diagnostic
from pedalang.runtime.errors import RunError


@click.group("journal")
def command() -> None:
    """Look after the journal of a run: verify it, bring it out, take names out of it."""


@command.command("verify")
@click.argument("run", metavar="RUN")
@cli.python_option
@cli.json_option
def verify(run: str, python: bool, as_json: bool) -> None:
    """Take every dialogue of RUN once more from its answers, and say what does not come out as recorded.

    The exit code is 1 if anything does not. Nobody is asked, and nothing is written.
    """
    folder = cli.run_folder(run)
    try:
        with api.outside(again.program_folder(folder), python) as evaluate:
            found = records.verified(folder, evaluate)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    flaws = [Diagnostic(each.code, each.message, help="`ped explain " + each.code + "`") for each in found.flaws]
    if as_json:
        cli.print_json({"version": 1, "ok": not flaws, **msgspec.to_builtins(found), "run": str(folder)})
    else:
        click.echo(diagnostic.to_text(flaws, colour=sys.stderr.isatty()), err=True, nl=False)
        click.echo(_told(found))
    sys.exit(cli.NOT_FINE if flaws else cli.FINE)


def _told(found: records.Verified) -> str:
    ended = f"{found.ended} of {found.dialogues} dialogues ended"
    if len(found.flaws) == records.MOST:
        return f"{ended}; the first {records.MOST} flaws are shown"
    if found.flaws:
        return f"{ended}; {len(found.flaws)} flaw{'s' * (len(found.flaws) != 1)}"
    taken = "every turn comes out again from its answers" if found.replayed else "its events fit together (redacted)"
    kept = "; it is the journal that was scored" if found.scored else ""
    return f"{ended}; {taken}{kept}\njournal sha256:{found.digest}"
