"""The command line: one command a file, imported when it is called. What commands share is here.

Commands read arguments and the environment, call the verbs, and print. People get text, programs get `--json`; what is
wrong goes to stderr. Exit codes: 0 fine, 1 the program or its result is not, 2 the command was wrong, 130 Ctrl-C.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import keyword
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pedalang import diagnostic
from pedalang.diagnostic import Diagnostic

if TYPE_CHECKING:
    from pedalang.compiler.compile import Compilation
    from pedalang.compiler.semantics.surroundings import Surroundings
    from pedalang.plan import Plan
    from pedalang.runtime.cache import Answers
    from pedalang.runtime.engines.engine import Request
    from pedalang.runtime.errors import RunError
    from pedalang.study.scores import Scores

FINE, NOT_FINE, WRONG_COMMAND, INTERRUPTED = 0, 1, 2, 130


class Commands(click.Group):
    """Finds the commands by the folder. Listing them reads the files' first sentences and imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(entry.name.rstrip("_") for entry in pkgutil.iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{module(cmd_name)}").command
        return command

    def resolve_command(self, ctx: click.Context,
                        args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            help = diagnostic.did_you_mean(args[0], self.list_commands(ctx)) or "`ped --help` lists the commands"
            stop(WRONG_COMMAND, [Diagnostic("PED1401", f"unknown command `{args[0]}`", help=help)])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except diagnostic.Halt as halt:
            return stop(NOT_FINE, [halt.diagnostic])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _first_sentence(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def module(name: str) -> str:
    """The module of a command: a word of Python's own has `_` behind it."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _first_sentence(name: str) -> str:
    text = (Path(__file__).parent / f"{module(name)}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="pedalang", prog_name="ped")
def main() -> None:
    """Check, run and score pedagogical dialogue programs (.ped files)."""


def stop(code: int, diagnostics: list[Diagnostic], *, as_json: bool = False) -> NoReturn:
    """Says what is wrong, and ends the command."""
    if as_json:
        print_json({"version": 1, "ok": False, "diagnostics": diagnostic.to_json(diagnostics)})
    else:
        click.echo(diagnostic.to_text(diagnostics, colour=sys.stderr.isatty()), err=True, nl=False)
    sys.exit(code)


def failure(error: RunError) -> Diagnostic:
    """A failure of a run (`code`, `message`, `help`, `place`) as a diagnostic."""
    return Diagnostic(error.code, error.message, help=error.help, place=error.place)


def say(line: str) -> None:
    """A line on stderr."""
    click.echo(line, err=True)


def request_text(request: Request) -> str:
    """What is sent to an engine, for people."""
    lines = [click.style(f"── {request.key} ({request.purpose})", bold=True)]
    for role, said in request.messages:
        lines += [click.style(f"[{role}]", fg="cyan"), said]
    if request.choices:
        lines += [click.style("[one of]", fg="cyan"), *(f"  {choice}" for choice in request.choices)]
    return "\n".join(lines) + "\n"


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    import msgspec

    click.echo(msgspec.json.encode(value).decode())


def read_source(file: str, *, as_json: bool = False) -> Any:
    """The text of a `.ped` file. Stops the command where it cannot be read."""
    from pedalang import reading
    from pedalang.source import Source

    try:
        return Source(file, reading.regular(Path(file)).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        code = NOT_FINE if isinstance(error, UnicodeDecodeError) else WRONG_COMMAND
        stop(code, [diagnostic.unreadable(file, error)], as_json=as_json)


def read_stdin(*, as_json: bool = False) -> Any:
    """The text of a program on stdin. Stops the command where it is no text."""
    from pedalang.source import Source

    try:
        return Source("stdin", sys.stdin.buffer.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        stop(NOT_FINE, [diagnostic.unreadable("stdin", error)], as_json=as_json)


def difference(name: str, old: str, new: str) -> str:
    """What changes in a file, as a unified difference; empty where nothing does."""
    found: list[str] = []
    for line in difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, name):
        found.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(found)


def write(file: str, text: str, *, as_json: bool = False) -> None:
    """Puts a text into a file, whole or not at all: what stood there is lost only to what takes its place. Stops the
    command where that cannot be done."""
    path = Path(file).resolve()
    try:
        if path.exists() and not path.is_file():  # a terminal, a pipe
            path.write_text(text, encoding="utf-8")
            return
        handle, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write(text)
            os.chmod(new, path.stat().st_mode if path.exists() else 0o644)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        found = Diagnostic("PED1405", f"`{file}` cannot be written: {why}", help="what was there is as it was")
        stop(NOT_FINE, [found], as_json=as_json)


def compiled(file: str, *, as_json: bool = False, python: bool = False) -> Compilation:
    """The compilation of a file. Stops the command where there are errors, and where it has Python functions that are
    not allowed."""
    from pedalang.compiler import compile

    path = Path(file)
    found = compile.compile_source(read_source(file, as_json=as_json), compile.beside(path.parent),
                                   compile.program_name(path), around=around(path.parent, python=python))
    if not found.ok:
        stop(NOT_FINE, found.diagnostics, as_json=as_json)
    refused = [replace(each, severity="error") for each in found.diagnostics if each.code == "PED0316"]
    if refused:
        stop(NOT_FINE, refused, as_json=as_json)
    return found


def with_tuned(of: Plan, tuned: Path | None, *, as_json: bool = False) -> Plan:
    """The program with what was tuned, where a folder is given. Stops the command where it does not fit."""
    if tuned is None:
        return of
    from pedalang.runtime.errors import RunError
    from pedalang.study.tuning import keeping

    try:
        return keeping.put_on(of, tuned)
    except RunError as error:
        tell(error, as_json=as_json)


def around(folder: Path, *, python: bool = False) -> Surroundings:
    """What lies beside a program, for its checks."""
    from pedalang.compiler.semantics.surroundings import Surroundings
    from pedalang.exchange import artefacts, tables

    def python_file(module: str) -> str:
        from pedalang.exchange import functions  # few programs have any

        return functions.known(folder, module)

    return Surroundings(tables.beside(folder), artefacts.beside(folder), python_file, python)


def pick(kind: str, known: dict[str, Any], name: str | None, file: str, *, as_json: bool = False) -> Any:
    """The declaration of that name, or the only one there is."""
    if name is not None and name in known:
        return known[name]
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if not known:
        found = Diagnostic("PED1403", f"`{file}` declares no `{kind}`", help=f"add `{kind} NAME {{ … }}`")
    elif name is None:
        found = Diagnostic("PED1403", f"`{file}` declares more than one `{kind}`",
                           help=f"say which: {', '.join(known)}")
    else:
        found = Diagnostic("PED1403", f"`{file}` declares no `{kind}` named `{name}`",
                           help=diagnostic.did_you_mean(name, known) or f"there is: {', '.join(known)}")
    stop(WRONG_COMMAND, [found], as_json=as_json)


def run_folder(run: str) -> Path:
    """The folder of a run: by its path, or by its name under `runs`."""
    return next((each for each in (Path(run), Path("runs", run)) if (each / "journal.sqlite").is_file()), Path(run))


def pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    """The values of an option that is given as NAME=VALUE, any number of times."""
    found: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            stop(WRONG_COMMAND, [Diagnostic("PED1404", f"`{option} {each}` is not NAME=VALUE")])
        found[name] = value
    return found


def share(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A share of a whole: `5%`, or `0.05`; None where none is given."""
    if value is None:
        return None
    try:
        part = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        part = -1.0
    if not 0 <= part <= 1:
        raise click.BadParameter(f"`{value}` is no share: write for example 5%", ctx, param)
    return part


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
python_option = click.option("--allow-python", "python", is_flag=True,
                             help="Let the program's own Python functions run. Read them first.")
shield_option = click.option(
    "--shield", type=click.Choice(("off", "moves", "full")), default="full", show_default=True,
    help="How far hard clauses are enforced: not at all, by the teacher's moves, by her words too.")
cache_option = click.option(
    "--cache/--no-cache", "cached", default=None,
    help="Ask engines only for what no run has asked them; by default where PEDALANG_CACHE names a folder.")
trained_option = click.option(
    "--trained", multiple=True, type=click.Path(path_type=Path), metavar="DIR",
    help="What was trained: a classifier of `ped train`, records of `ped judge validate`, or a folder of several.")
tuned_option = click.option("--tuned", type=click.Path(path_type=Path), metavar="DIR",
                            help="With what `ped optimize` found, kept in this folder.")
missing_option = click.option(
    "--missing", callback=share, default="5%", show_default=True, metavar="SHARE",
    help="In how many of the dialogues a criterion may have no value.")
file_argument = click.argument("file", metavar="FILE")
name_argument = click.argument("name", required=False, metavar="[NAME]")


@contextmanager
def answers(cached: bool | None) -> Iterator[Answers | None]:
    """The cache of answers, where it was asked for; what is wrong with it is said, and nothing fails."""
    from pedalang.runtime import cache

    if cached is False or (cached is None and not os.environ.get(cache.VARIABLE)):
        yield None
        return
    with cache.opened(cache.folder(os.environ), _warn) as found:
        yield found


def _warn(message: str) -> None:
    click.echo(diagnostic.to_text([Diagnostic("PED1217", message, severity="warning")],
                                  colour=sys.stderr.isatty()), err=True, nl=False)


def tell(error: RunError, *, as_json: bool = False) -> NoReturn:
    """Says what failed, and ends the command; a wrong name on the command line is a wrong command."""
    code = WRONG_COMMAND if error.code.startswith("PED14") or error.code == "PED1101" else NOT_FINE
    stop(code, [failure(error)], as_json=as_json)


@contextmanager
def interruptible(folder: Path) -> Iterator[None]:
    """Ctrl-C ends the command with a word on how to go on; so does a journal that cannot be written."""
    from pedalang.runtime.errors import JournalError

    try:
        yield
    except JournalError as error:
        if error.code == "PED1202" and (folder / "journal.sqlite").exists():
            error.help += f": ped run --resume {folder}"
        raise
    except KeyboardInterrupt:
        kept = (folder / "journal.sqlite").exists()
        click.echo(f"\nstopped; what was said is kept. Go on with:\n  ped run --resume {folder}" if kept
                   else "\nstopped before the first turn", err=True)
        sys.exit(INTERRUPTED)


def show_scores(found: Scores, folder: Path, *, as_json: bool = False) -> None:
    """A run's scores: for people a table and where the report is, for programs the document itself."""
    if as_json:
        import msgspec

        print_json({**msgspec.to_builtins(found), "run": str(folder), "report": str(folder / "report.html")})
    else:
        from pedalang.terminal import scores

        scores.show(found, folder)


def verdict(found: Scores, most_missing: float) -> int:
    """The exit code of a scored run: broken hard clauses, failed dialogues, too much that is missing, and less
    agreement than is asked for are not fine."""
    from pedalang.study import agreeing, scores

    failed = any(each.why == "failed" for each in found.dialogues)
    bad = found.contracts.hard_broken or failed or scores.lacking(found, most_missing) or agreeing.below(found)
    return NOT_FINE if bad else FINE


def warn_of_missing(found: Scores, most_missing: float) -> None:
    """Says which criteria have no value in too many dialogues."""
    from pedalang.study import scores

    lines = [Diagnostic("PED1224", f"`{each.criterion}` has no value in {each.missing} of {each.of} dialogues",
                        help=f"the report says why; `--missing` allows more than {most_missing:.3g} of them")
             for each in scores.lacking(found, most_missing)]
    click.echo(diagnostic.to_text(lines, colour=sys.stderr.isatty()), err=True, nl=False)


def warn_of_agreement(found: Scores) -> None:
    """Says which judges agree less than the program asks for, and of which that cannot be said."""
    from pedalang.study import agreeing

    lines = [Diagnostic("PED1258", f"`{each.criterion}` agrees less than is asked for: {each.asked} is "
                        f"{each.figures[each.asked].value:.3f}, and has to be {each.at_least:g}",
                        help="the report shows where they differ; change the question, its anchors, or the judge")
             for each in agreeing.below(found)]
    lines += [Diagnostic("PED1259", f"how well `{each.criterion}` agrees cannot be said: "
                         f"{each.figures[each.asked].why}", help="have more dialogues rated", severity="warning")
              for each in agreeing.unknown(found)]
    click.echo(diagnostic.to_text(lines, colour=sys.stderr.isatty()), err=True, nl=False)
