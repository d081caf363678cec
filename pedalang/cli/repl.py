"""Ask a program: expressions with their values and types, names, and prompts, for a row of its data."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from pedalang import api, cli, diagnostic, plan, rehearsal
from pedalang.compiler.asked import NAME, Names
from pedalang.diagnostic import Diagnostic, Label
from pedalang.expression.evaluate import Env, EvaluationError, Evaluator
from pedalang.expression.values import Absent, Value
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError
from pedalang.source import Source, Span

PROMPT = "ped> "
MOST = 2_000
"""Characters of a value that are shown."""
HELP = """EXPRESSION     its value and its type, before the first turn
:type EXPR     its type alone
:names         what can be named here
:row [N]       which row is looked at; go to row N
:prompts ROLE  what is sent for a member of the cast in its first turn, with answers by chance
:help          this text
:quit          end, as Ctrl-D does"""
COMMANDS = (":type", ":names", ":row", ":prompts", ":help", ":quit")


@dataclass
class _Talk:
    """What is asked, and about which row. `told` has the run's items, none where the program has no run."""

    plan: plan.Plan
    names: Names
    run: plan.Run | None
    told: list[dict[str, Value]]
    row: int = 1
    env: Env = field(default_factory=dict)
    evaluate: Evaluator = field(default_factory=Evaluator)
    mistakes: int = 0


@click.command("repl")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--row", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Which of the run's rows is looked at.")
def command(file: str, name: str | None, data: tuple[str, ...], row: int) -> None:
    """Ask FILE line by line, where the names of the run NAME, or of the first, are known. Lines may be piped in."""
    found = cli.compiled(file)
    of = found.plan
    assert of is not None
    runs = of.runs if name is None else {name: cli.pick("run", of.runs, name, file)}
    chosen = next(iter(runs.values()), None)
    try:
        told = [] if chosen is None else api.items(
            of, chosen.flow, chosen.data, api.sources(of, Path(file).parent, cli.pairs(data, "--data"))).params
        talk = _Talk(of, Names(found, chosen.flow if chosen else ""), chosen, told)
        _go_to(talk, row)
    except RunError as error:
        cli.tell(error)
    live = sys.stdin.isatty()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    if live:
        click.echo(f"{file}: an expression, or :help")
    for line in _typed(talk) if live else sys.stdin:
        if line.strip() == ":quit":
            break
        _answer(talk, line.strip())
    sys.exit(cli.NOT_FINE if talk.mistakes and not live else cli.FINE)


def _typed(talk: _Talk) -> Iterator[str]:
    """Lines as somebody types them, with editing and history where this Python has them."""
    try:
        import readline
    except ImportError:
        pass
    else:
        known = sorted({*talk.names.declared, *talk.names.values, *COMMANDS})
        readline.set_completer_delims(" \t\n()[]{},.+-*/<>=")
        readline.set_completer(lambda text, at: [*(each for each in known if each.startswith(text)), None][at])
        readline.parse_and_bind("tab: complete")
    while True:
        try:
            yield input(PROMPT)
        except KeyboardInterrupt:
            click.echo()
        except EOFError:
            click.echo()
            return


def _answer(talk: _Talk, line: str) -> None:
    """Answers one line; what is wrong with it is said, and the next one is read."""
    word, _, rest = line.partition(" ")
    try:
        match word:
            case "":
                pass
            case ":help":
                click.echo(HELP)
            case ":names":
                _tell_names(talk)
            case ":row":
                _tell_row(talk, rest.strip())
            case ":prompts":
                _tell_prompts(talk, rest.strip())
            case ":type":
                _ask(talk, rest.strip(), valued=False)
            case _ if word.startswith(":"):
                _wrong(talk, Diagnostic("PED1401", f"unknown command `{word}`",
                                        help=diagnostic.did_you_mean(word, COMMANDS) or "`:help` lists them"))
            case _:
                _ask(talk, line, valued=True)
    except RunError as error:
        _wrong(talk, cli.failure(error))


def _wrong(talk: _Talk, *found: Diagnostic) -> None:
    talk.mistakes += 1
    click.echo(diagnostic.to_text(found, colour=sys.stderr.isatty()), err=True, nl=False)


def _ask(talk: _Talk, text: str, *, valued: bool) -> None:
    answer = talk.names.ask(text)
    if answer.diagnostics:
        _wrong(talk, *answer.diagnostics)
    if answer.expr is None:
        return
    if not valued:
        click.echo(answer.type)
        return
    try:
        click.echo(f"{shown(talk.evaluate(answer.expr, talk.env))} : {answer.type}")
    except (EvaluationError, Absent) as error:
        span = Span(Source(NAME, text), 0, len(text))
        _wrong(talk, Diagnostic("PED1201", f"the expression has no value here: {error or 'it shows a `none`'}",
                                (Label(span),)))


def shown(value: Value) -> str:
    """A value as the language writes it, cut where it is long."""
    text = _written(value)
    return text if len(text) <= MOST else f"{text[:MOST]} …"


def _written(value: Value) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case dict():
            return f"{{ {', '.join(f'{key}: {_written(each)}' for key, each in value.items())} }}" if value else "{}"
    return str(value)


def _tell_names(talk: _Talk) -> None:
    for name, of in talk.names.types.items():
        click.echo(f"{name} : {of}")
    click.echo(" ".join(talk.names.declared))


def _tell_row(talk: _Talk, number: str) -> None:
    if number:
        if not number.isdecimal():
            raise RunError("PED1404", f"`{number}` is no row", help="say its number, from 1")
        _go_to(talk, int(number[:9]))
    if talk.told:
        params = ", ".join(f"{name}: {shown(value)}" for name, value in talk.told[talk.row - 1].items())
        click.echo(f"row {talk.row} of {len(talk.told)}: {params}")
    else:
        click.echo("the program has no run, so there are no rows")


def _go_to(talk: _Talk, row: int) -> None:
    """Makes the environment before the first turn of a row's dialogue. Raises `RunError`."""
    if talk.run is None:
        return
    if not 1 <= row <= len(talk.told):
        raise RunError("PED1409", f"the run has {len(talk.told)} items, and item {row} is asked for",
                       help=f"say a number from 1 to {len(talk.told)}")
    setting = state.Setting(talk.plan, talk.plan.flows[talk.run.flow], {}, 0)
    item = state.complete(setting, row - 1, talk.told[row - 1])
    talk.env, talk.row = state.begin(setting, row - 1, item).env, row


def _tell_prompts(talk: _Talk, who: str) -> None:
    if talk.run is None:
        raise RunError("PED1403", "the program declares no `run`", help="add `run NAME { … }`")
    cast = talk.plan.flows[talk.run.flow].cast
    if who not in cast:
        raise RunError("PED1408", f"nobody is cast as `{who}` in the flow `{talk.run.flow}`",
                       help=diagnostic.did_you_mean(who, cast) or f"the cast is {', '.join(cast)}")
    whole = rehearsal.rehearse(talk.plan, talk.run, talk.told[talk.row - 1], "random:", os.environ, seed=0)
    sent = [each.request for each in whole if each.who == who]
    if not sent:
        click.echo(f"`{who}` asks no engine in this dialogue")
        return
    first = sent[0].key.rpartition("/")[0]
    click.echo("\n".join(cli.request_text(each) for each in sent if each.key.rpartition("/")[0] == first), nl=False)
