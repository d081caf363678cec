"""How well judges and people agree, on a terminal."""

from __future__ import annotations

from rich.console import Console

from pedalang.study.agreement import FIGURES
from pedalang.study.scores import Agreed
from pedalang.terminal.tables import interval, number, table


def show(found: tuple[Agreed, ...], console: Console) -> None:
    """A table each: the figures, their intervals over dialogues, over how many ratings they are; below it, what is
    asked for, and why a figure has no value."""
    for agreed in found:
        made = table(who(agreed), "value>", "95 % interval", "n>")
        for name, each in agreed.figures.items():
            made.add_row(FIGURES[name].title, number(each.value), interval(each.low, each.high), str(each.n))
        console.print()
        console.print(made)
        for note in _notes(agreed):
            console.print(f"  {note}", markup=False, soft_wrap=True)


def _notes(of: Agreed) -> list[str]:
    asked = [f"{FIGURES[of.asked].title}: {wanted(of)}"] if of.asked else []
    return asked + [f"{FIGURES[name].title}: {each.why}" for name, each in of.figures.items()
                    if each.why and name != of.asked]


def who(of: Agreed) -> str:
    """Who is held against whom."""
    match of.between:
        case "people":
            return f"{of.criterion}: people with people"
        case "votes":
            return f"{of.criterion}: judge with itself"
        case "judge and judge":
            return f"{of.criterion}: judge with {of.against}"
    return f"{of.criterion}: judge with people ({of.against})"


def wanted(of: Agreed) -> str:
    """What the program asks for, and whether it is so."""
    if of.at_least is None:
        return "asked for"
    if of.kept is None:
        return f"{of.at_least:g} is asked for; {of.figures[of.asked].why or 'nobody has rated yet'}"
    return f"at least {of.at_least:g}" if of.kept else f"below {of.at_least:g}, which is asked for"
