"""What training found, for people: measures beside the baseline's, each label, and which was taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from pedalang.study.classifiers.results import Measured, Taught, Trained
from pedalang.terminal.tables import interval, number, table


def show(found: Mapping[str, Trained]) -> None:
    """All classifiers of a command, one after the other."""
    console = Console(highlight=False)
    for at, (name, each) in enumerate(found.items()):
        if at:
            console.print()
        _one(console, name, each)


def _one(console: Console, name: str, of: Trained) -> None:
    for line in _head(name, of):
        console.print(line, markup=False, soft_wrap=True)
    console.print()
    made = table("measure", "value>", "95 % interval")
    for key, own in of.measures.items():
        made.add_row(key, *_cells(own))
        made.add_row("  baseline", *_cells(of.baseline[key]))
        made.add_row("  difference", *_cells(of.difference[key], signed=True))
    console.print(made)
    for each in (_labels(of), _confusions(of)) if of.labels else ():
        console.print()
        console.print(each)
    if of.taught is not None:
        _taught(console, of.taught)
    if of.folder:
        console.print(f"\nkept: {of.folder}", markup=False, soft_wrap=True)


def _taught(console: Console, of: Taught) -> None:
    """How the classifier and its teacher agree with people, and how far it is from both, by what it has learnt from."""
    if of.people:
        made = table("with people", "value>", "95 % interval")
        for key, own in of.with_people.items():
            made.add_row(key, *_cells(own))
            made.add_row("  teacher", *_cells(of.teacher_with_people[key]))
            made.add_row("  difference", *_cells(of.apart[key], signed=True))
        console.print()
        console.print(made)
    made = table("distance after", "to the teacher>", "95 % interval", "to people>", "95 % interval")
    for each in of.curve:
        made.add_row(f"{each.learnt_from:,}", *_cells(each.to_teacher), *_cells(each.to_people))
    console.print()
    console.print(made)


def _head(name: str, of: Trained) -> Iterator[str]:
    shown = f"in {of.folds} folds that part no group" if of.folds else "held out: none of these was learnt from"
    yield f"{name} by {of.method}: {_counted(of.n, 'example')} in {_counted(of.groups, 'group')}, {shown}"
    if of.taught is not None:
        yield (f"taught by {of.taught.teacher}: {_counted(of.taught.requests, 'question')} asked now, "
               f"{of.taught.tokens_in + of.taught.tokens_out:,} tokens; all is measured against its labels")
        yield f"labels of people: {of.taught.people:,} of {_counted(of.n, 'example')}"
    yield f"baseline: {of.baseline_is}"
    for why, number_of in of.missing.items():
        yield f"left out: {number_of:,}, {why}"


def _cells(of: Measured, *, signed: bool = False) -> tuple[str, str]:
    value = number(of.value)
    return f"+{value}" if signed and of.value is not None and of.value > 0 else value, interval(of.low, of.high)


def _labels(of: Trained) -> Table:
    made = table("label", "there>", "given>", "precision>", "recall>", "f1>")
    for each in of.labels:
        made.add_row(each.label, str(each.there), str(each.given), number(each.precision), number(each.recall),
                     number(each.f1))
    return made


def _confusions(of: Trained) -> Table:
    """A row a true label: what it was taken for."""
    made = table("taken for", *(f"{each.label}>" for each in of.labels))
    for each, row in zip(of.labels, of.confusion, strict=True):
        made.add_row(each.label, *(str(cell or "·") for cell in row))
    return made


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
