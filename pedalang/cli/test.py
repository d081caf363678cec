"""Run a program's tests: fixed dialogues, and properties of all that can be drawn."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from pedalang import api, cli, plan
from pedalang.compiler import compile
from pedalang.compiler.compile import Compilation
from pedalang.diagnostic import Diagnostic
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.engines.opening import open_engine
from pedalang.runtime.errors import RunError
from pedalang.source import Source
from pedalang.testing import emitting, fixed, junit, mutation, saving, search, summary
from pedalang.testing.inputs import Rows

Outcome = fixed.Outcome | search.Outcome


@click.command("test")
@cli.file_argument
@cli.name_argument
@click.option("--examples", type=click.IntRange(1), metavar="N",
              help="Dialogues a property is tried on; by default as many as it says itself.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Of what is drawn; by default the property's own.")
@click.option("--engine", metavar="URI", help="Who speaks in the dialogues of properties; by default they are drawn.")
@click.option("--data", "data", multiple=True, metavar="NAME=PATH", help="Read a dataset from another file.")
@click.option("--save", metavar="FILE",
              help="Where a dialogue that breaks a property is kept as a test; by default beside the program.")
@click.option("--no-save", is_flag=True, help="Keep no dialogue.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write the results as JUnit XML too.")
@click.option("--mutants", is_flag=True,
              help="Change the flow in many small ways, and tell which changes the contract NAME catches; without NAME "
                   "for all contracts.")
@click.option("--emit", type=(click.Choice(["pytest"]), str), metavar="pytest FILE",
              help="Write the tests and properties as a file for pytest, and run none.")
@cli.python_option
@cli.json_option
def command(file: str, name: str | None, examples: int | None, seed: int | None, engine: str | None,
            data: tuple[str, ...], save: str | None, no_save: bool, junit_file: str | None, mutants: bool,
            emit: tuple[str, str] | None, python: bool, as_json: bool) -> None:
    """Run the tests and properties of FILE, or the one that is called NAME; the exit code is 1 if one fails."""
    compilation = cli.compiled(file, as_json=as_json, python=python)
    of = compilation.plan
    assert of is not None
    if mutants:
        contracts = {each: contract for each, contract in of.contracts.items() if contract.flow in of.flows}
        tried = [cli.pick("contract", contracts, name, file, as_json=as_json)] if name is not None or not contracts \
            else [*contracts.values()]
        _tell_mutants(compilation, tried, Path(file), data, examples, seed, python=python, as_json=as_json)
        return
    if emit is not None:
        emitted = Path(emit[1])
        to_program = Path(os.path.relpath(Path(file).resolve(), emitted.resolve().parent))
        cli.write(str(emitted), emitting.pytest_file(of, to_program), as_json=as_json)
        return
    known: dict[str, plan.Test | plan.Property] = {**of.tests, **of.properties}
    chosen = [cli.pick("test", known, name, file, as_json=as_json)] if name is not None or not known \
        else [*known.values()]
    try:
        with api.outside(Path(file).parent, python) as evaluate:
            where = api.sources(of, Path(file).parent, cli.pairs(data, "--data"), evaluate, python=python)
            trying = _Trying(compilation, of, where, engine, examples, seed)
            outcomes = [trying.outcome(each) for each in chosen]
            kept = "" if no_save else trying.saved(file, save, as_json=as_json)
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if junit_file is not None:
        cli.write(junit_file, junit.to_xml(of.program, outcomes), as_json=as_json)
    failed = sum(not outcome.ok for outcome in outcomes)
    if as_json:
        cli.print_json({"version": 1, "ok": not failed, "tests": [summary.to_json(outcome) for outcome in outcomes],
                        **({"saved": kept} if kept else {})})
    else:
        for outcome in outcomes:
            click.echo(summary.to_text(outcome), nl=False)
        click.echo(summary.total(outcomes))
        if kept:
            click.echo(f"saved: {kept}")
    sys.exit(cli.NOT_FINE if failed else cli.FINE)


class _Trying:
    """The tests and properties of one program, tried one after the other."""

    def __init__(self, compilation: Compilation, of: plan.Plan, where: api.Sources, engine: str | None,
                 examples: int | None, seed: int | None) -> None:
        self._compilation, self._of, self._where = compilation, of, where
        self._engine, self._examples, self._seed = engine, examples, seed
        self._broken: list[tuple[plan.Property, search.Failure, Rows]] = []

    def outcome(self, each: plan.Test | plan.Property) -> Outcome:
        """What comes of a test or property. Raises `RunError`."""
        if isinstance(each, plan.Test):
            return fixed.run(self._of, each)
        rows = _rows(self._of, each, self._where)
        with ExitStack() as stack:
            own = self._of.models[each.model].engine if each.model else ""
            found = search.run(self._of, each, self._examples, self._seed, rows=rows,
                               engine=_opened(self._engine or own, stack), evaluate=self._where.evaluate,
                               judge=_opened(self._judge(each), stack))
        if found.failure is not None:
            self._broken.append((each, found.failure, rows))
        return found

    def _judge(self, each: plan.Property) -> str:
        """The address of who judges in a property that asks judges; empty in all others."""
        models = [asked.model for relation in each.same for asked in relation.asked]
        own = next((self._of.models[name].engine for name in models if name), api.DEFAULT_ENGINE)
        return (self._engine or own) if models else ""

    def saved(self, file: str, save: str | None, *, as_json: bool) -> str:
        """The file that the broken dialogues are kept in; empty where there is none."""
        program, main = Path(file), self._compilation.modules[""]
        path = Path(save) if save is not None else program.with_name(f"{program.stem}-broken.ped")
        near = path.resolve().parent == program.resolve().parent and program.stem.isidentifier()
        module = f".{program.stem}" if near and path.resolve() != program.resolve() else ""
        around = cli.around(program.parent, python=bool(self._where.python))

        def compiled(text: str) -> plan.Plan | None:
            return compile.compile_source(Source(str(path), text), compile.beside(program.parent),
                                          compile.program_name(path), around=around).plan

        declarations = [text for each, failure, rows in self._broken if (text := saving.declaration(
            main, self._of, each, failure, module, compiled, rows))]
        if not declarations:
            return ""
        if not path.resolve().parent.is_dir():
            cli.stop(cli.WRONG_COMMAND, [Diagnostic("PED1405", f"`{path}` cannot be written: there is no such folder",
                                                    help="make it first")], as_json=as_json)
        cli.write(str(path), saving.file_text(main, "\n".join(declarations), module), as_json=as_json)
        return str(path)


def _tell_mutants(of: Compilation, contracts: Sequence[plan.Contract], file: Path, data: tuple[str, ...],
                  examples: int | None, seed: int | None, *, python: bool, as_json: bool) -> None:
    """Prints what each contract notices of changes to its flow."""
    assert of.plan is not None
    around, scores = cli.around(file.parent, python=python), []

    def compiled(source: Source) -> Compilation:
        return compile.compile_source(source, compile.beside(file.parent), of.name, around=around)

    try:
        with api.outside(file.parent, python) as evaluate:
            where = api.sources(of.plan, file.parent, cli.pairs(data, "--data"), evaluate, python=python)
            for contract in contracts:
                rows = _rows(of.plan, mutation.about(of.plan, contract), where)
                scores.append(mutation.score(of, contract, compiled, rows, examples=examples or mutation.EXAMPLES,
                                             seed=seed or 0, evaluate=evaluate))
    except RunError as error:
        cli.tell(error, as_json=as_json)
    if as_json:
        cli.print_json({"version": 1, "mutants": [mutation.to_json(each) for each in scores]})
    else:
        click.echo("\n".join(line for each in scores for line in mutation.told(each)))


def _rows(of: plan.Plan, tested: plan.Property, where: api.Sources) -> Rows:
    """The rows of data that the property's parameters may be. Raises `RunError`."""
    told = {name: api.items(of, tested.flow, over.rows, where, row=name).params
            for name, over in tested.varied.items() if isinstance(over, plan.Rows)}
    return {name: [params[name] for params in items] for name, items in told.items()}


def _opened(uri: str, stack: ExitStack) -> Engine | None:
    """The engine of an address, closed with the stack; None where there is no address."""
    if not uri:
        return None
    engine = open_engine(uri, os.environ)
    stack.callback(lambda: asyncio.run(engine.close()))
    return engine
