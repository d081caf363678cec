"""What a course came to on a terminal: tests before and after, and what its order of lessons was worth."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from pedalang.study.scores import CONTROL, Course
from pedalang.terminal.tables import interval, number, table


def show(found: Course, console: Console) -> None:
    """Prints the gains by arm, and what they are beyond the control."""
    console.print(said(found), markup=False, soft_wrap=True)
    if not found.gains:
        console.print("no test before and after, so no gain" if not found.tests else "no measure has a value in tests",
                      markup=False)
        return
    beyond = any(each.beyond is not None for each in found.gains)
    made = table("gain", "arm", "before>", "after>", "gained>", "95 % interval", "n>", "missing>",
                 *((f"over {CONTROL}>", "95 % interval") if beyond else ()))
    for each in found.gains:
        row = [escape(each.measure), escape(each.arm), number(each.before.value), number(each.after.value),
               number(each.gained.value), interval(each.gained.low, each.gained.high), str(each.gained.n),
               str(each.gained.missing or "")]
        if beyond:
            row += ["", ""] if each.beyond is None else \
                [number(each.beyond.value), interval(each.beyond.low, each.beyond.high)]
        made.add_row(*row)
    console.print(made)


def said(found: Course) -> str:
    """Who took the course, and how."""
    who = f"{found.learners:,} learners" if found.learners > 1 else "one learner"
    if len(found.arms) < 2:
        return f"{who} (`{found.learner}`); lessons as they stand; the table above is of lessons"
    return (f"{who} (`{found.learner}`), each twice: lessons by `{found.curriculum}`, and without a curriculum "
            f"(`{CONTROL}`); measures above are of lessons")
