"""Serve an editor: diagnostics while typing, completion, hover and more."""

from __future__ import annotations

import click

from pedalang import cli
from pedalang.diagnostic import Diagnostic


@click.command("lsp")
def command() -> None:
    """Speak the Language Server Protocol on stdin and stdout; editors start this themselves."""
    try:
        from pedalang.lsp import server
    except ImportError as error:
        cli.stop(cli.WRONG_COMMAND, [Diagnostic(
            "PED1430", f"the language server needs a library that is not installed: {error.name or error}",
            help="pip install 'pedalang[lsp]'")])
    server.create().start_io()
