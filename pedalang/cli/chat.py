"""Talk with a program: you play the learner, in the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from pedalang import api, cli, journal, plan
from pedalang.runtime import session as sessions
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError
from pedalang.study import standings

_QUIT = ("/quit", "/exit")


@click.command("chat")
@cli.file_argument
@cli.name_argument
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--item", type=click.IntRange(1), default=1, show_default=True, metavar="I",
              help="Which of the run's items to talk about.")
@click.option("--play", metavar="ROLE", help="Whom you play; by default the flow's student.")
@click.option("--engine", metavar="URI", help=f"Who answers for the others; by default {api.DEFAULT_ENGINE}")
@click.option("--role", "roles", multiple=True, metavar="ROLE=URI", help="Who answers for one member of the cast.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Of every draw.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where the dialogue is kept.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with a dialogue that was left.")
@cli.tuned_option
@cli.shield_option
@cli.json_option
def command(file: str, name: str | None, data: tuple[str, ...], item: int, play: str | None, engine: str | None,
            roles: tuple[str, ...], seed: int, out: Path | None, resume: Path | None, tuned: Path | None,
            shield: state.Level, as_json: bool) -> None:
    """Play a member of the cast of the run NAME of FILE."""
    try:
        if resume is not None:
            _, events = api.read_run(resume)
            uris = events.header.options.get("engines", {})
            events.close()
            with api.engines(uris, os.environ) as cast, sessions.reopen(resume, cast) as talk:
                _talk(talk, resume, as_json)
        else:
            _begin(file, name, cli.pairs(data, "--data"), item, play, engine, cli.pairs(roles, "--role"), seed, out,
                   tuned, shield, as_json)
    except RunError as error:
        cli.tell(error)


def _begin(file: str, name: str | None, data: dict[str, str], item: int, play: str | None, engine: str | None,
           roles: dict[str, str], seed: int, out: Path | None, tuned: Path | None, shield: state.Level,
           as_json: bool) -> None:
    of = cli.compiled(file).plan
    assert of is not None
    of = cli.with_tuned(of, tuned)
    chosen: plan.Run = cli.pick("run", of.runs, name, file)
    flow = of.flows[chosen.flow]
    person = play or next((who for who, role in flow.cast.items() if role.kind == "student"), next(iter(flow.cast)))
    told = api.run_items(of, chosen, api.sources(of, Path(file).parent, data))
    if item > len(told.params):
        raise RunError("PED1409", f"the run has {len(told.params)} items, and item {item} is asked for",
                       help=f"say `--item` with a number from 1 to {len(told.params)}")
    asked = api.engine_uris(of, flow, engine, roles, told.params[item - 1:item])
    uris = {who: uri for who, uri in asked.items() if who.partition(state.VARIED)[0] != person}
    folder = out or api.new_folder(Path("runs"), f"{of.program}-chat")
    with api.engines(uris, os.environ) as cast, \
            sessions.start(of, chosen.name, told.params[item - 1], cast, person=person, seed=seed, folder=folder,
                           options={"engines": uris}, shield=shield) as talk:
        _talk(talk, folder, as_json)


def _talk(talk: sessions.Session, folder: Path, as_json: bool) -> None:
    """Prints what the others say and reads what the person says, until the dialogue is over or the person leaves. With
    `as_json` all that is for the person goes to stderr, and the dialogue to stdout at the end."""
    how = f"Answer in a line{', which may begin with `/MOVE `' if talk.moves else ''}; {_QUIT[0]} or Ctrl-D leaves."
    click.echo(f"You are the {talk.person}. {how}\n", err=True)
    clauses = _watched(folder)
    shown = _show(talk.turns, 0, clauses, as_json)
    while not talk.done:
        try:
            text = click.prompt(talk.person, prompt_suffix="> ", err=as_json)
        except click.Abort:
            text = _QUIT[0]
        if text.strip() in _QUIT:
            click.echo(f"\nkept in {folder}; go on with `--resume {folder}`", err=True)
            break
        try:
            talk.send(*_said(text, talk))
        except RunError as error:
            click.echo(f"{error.message}{f' ({error.help})' if error.help else ''}", err=True)
            continue
        shown = _show(talk.turns, shown, clauses, as_json, person=talk.person)
    _show_ending(talk.ending, folder)
    if as_json:
        cli.print_json({"version": 1, "run": str(folder), "turns": talk.turns, "ending": talk.ending})


def _said(line: str, talk: sessions.Session) -> tuple[str, str]:
    """The words and the move of a line: `/tell It is 5.` makes the move `tell`, where the person has moves."""
    if not line.startswith("/") or not talk.moves:
        return line, ""
    move, _, text = line[1:].partition(" ")
    return text, move


def _watched(folder: Path) -> tuple[standings.Watched, ...]:
    """The clauses that are watched in the dialogue."""
    of, events = api.read_run(folder)
    try:
        return standings.watched(of, events.header)
    finally:
        events.close()


def _show(turns: tuple[journal.Turn, ...], shown: int, clauses: Sequence[standings.Watched], as_json: bool,
          person: str = "") -> int:
    """Prints what the others said, and which clauses stand otherwise since: to stderr, with all that is about the
    dialogue."""
    before = turns[shown - 1].standing if shown else ""
    for turn in turns[shown:]:
        if turn.role != person:
            what = f" [{turn.move or turn.act}]" if turn.move or turn.act else ""
            click.echo(f"{turn.role}{what}: {turn.text}", err=as_json)
        for each, letter in standings.changed(clauses, before, turn.standing):
            click.echo(f"  {each.name} ({each.clause.severity}): {standings.WORDS[letter]}", err=True)
        before = turn.standing
    sys.stdout.flush()
    return len(turns)


def _show_ending(ending: journal.Ending | None, folder: Path) -> None:
    if ending is None:
        return
    click.echo(f"\nthe dialogue ended in the phase {ending.phase} ({ending.why})", err=True)
    for verdict in ending.verdicts:
        what = "kept" if verdict.kept else f"broken at turn {verdict.broken_at}"
        click.echo(f"  {verdict.contract}.{verdict.clause} ({verdict.severity}): {what}", err=True)
    click.echo(f"kept in {folder}", err=True)
