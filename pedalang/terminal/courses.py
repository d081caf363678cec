"""What a course came to on a terminal: tests before and after, and what its order of lessons was worth."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from pedalang.study.gained import CONTROL, Course
from pedalang.terminal.tables import interval, number, table


def show(found: Course, console: Console) -> None:
    """Prints the gains by arm, and what they are beyond the control."""
    console.print(said(found), markup=False, soft_wrap=True)
    if not found.gains:
        console.print("no test before and after, so no gain" if not found.tests else "no measure has a value in tests",
                      markup=False)
        return
    made = table("gain", "arm", "before>", "after>", "gained>", "95 % interval", "n>", "missing>")
    for each in found.gains:
        made.add_row(escape(each.measure), escape(each.arm), number(each.before.value), number(each.after.value),
                     number(each.gained.value), interval(each.gained.low, each.gained.high), str(each.gained.n),
                     str(each.gained.missing or ""))
    console.print(made)
    beyond = [(each, each.beyond) for each in found.gains if each.beyond is not None]
    if beyond:
        more = table(f"over {CONTROL}", "arm", "gained more>", "95 % interval", "n>", "missing>")
        for each, less in beyond:
            more.add_row(escape(each.measure), escape(each.arm), number(less.value), interval(less.low, less.high),
                         str(less.n), str(less.missing or ""))
        console.print()
        console.print(more)
    if any(each.gained.n and each.gained.low is None for each in found.gains):
        console.print("no interval: it takes five learners, or five questions of one learner", markup=False)


def said(found: Course) -> str:
    """Who took the course, and how."""
    who = f"{found.learners:,} learners" if found.learners > 1 else "one learner"
    if len(found.arms) < 2:
        return f"{who} (`{found.learner}`); lessons as they stand; the table above is of lessons"
    return (f"{who} (`{found.learner}`), each twice: lessons by `{found.curriculum}`, and without a curriculum "
            f"(`{CONTROL}`); measures above are of lessons")
