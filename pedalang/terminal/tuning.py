"""What tuning came to, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pedalang.study.statistics import Estimate
from pedalang.study.tuning import page
from pedalang.study.tuning.artefacts import Compared
from pedalang.study.tuning.checked import Checked
from pedalang.study.tuning.differing import Piece
from pedalang.study.tuning.outcome import Outcome, Tested
from pedalang.terminal.tables import interval, number, table

HOW = 34
"""Characters of how a candidate was made."""
_STYLES = {"same": "", "gone": "red strike", "new": "green"}
_MARKS = {"same": ("", ""), "gone": ("[-", "-]"), "new": ("{+", "+}")}


def show(found: Outcome, folder: Path, play: str) -> None:
    """What tuning came to, and how to `play` with what was found."""
    console = Console(highlight=False)
    for line in _lines(found, folder):
        console.print(line, markup=False, soft_wrap=True)
    if found.test is not None:
        console.print()
        console.print(f"{found.metric} on the test set, by which nothing was chosen; clauses broken; tokens a dialogue",
                      markup=False, soft_wrap=True)
        made = table("", "score>", "95 % interval", "n>", "missing>", "hard>", "soft>", "tokens>")
        for arm in (found.test.written, *(rival.arm for rival in found.test.rivals), found.test.tuned):
            made.add_row(arm.name, *_cells(arm.score), *map(str, (arm.broken_hard, arm.broken_soft)),
                         f"{arm.tokens:.0f}")
        made.add_row("difference", *_cells(found.test.difference))
        for rival in found.test.rivals:
            made.add_row(f"from {rival.arm.name}", *_cells(rival.difference))
        console.print(made)
        if found.test.tuned.clauses:
            console.print()
            console.print(_promises(found.test))
    if len(found.front) > 1:
        console.print()
        console.print(_front(found))
    console.print(f"\n{page.sentence(found)}", markup=False, soft_wrap=True)
    console.print(f"\nlook at it:   {folder / page.FILE_NAME}\nplay with it: {play}", markup=False, soft_wrap=True)


def _promises(found: Tested) -> Table:
    """Of each clause, in which share of the dialogues it was broken."""
    made = table("clauses broken, share of dialogues", "as written", "tuned")
    for name, tuned in found.tuned.clauses.items():
        made.add_row(name, _share(found.written.clauses.get(name)), _share(tuned))
    return made


def _share(found: Estimate | None) -> str:
    if found is None or found.value is None:
        return "–"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})" if found.n > 1 else f"{found.value:.2f}"


def _lines(found: Outcome, folder: Path) -> Iterator[str]:
    best = next(each for each in found.candidates if each.number == found.best)
    yield (f"\n{len(found.candidates)} candidates tried, {found.cost.calls:,} calls, {found.cost.tokens:,} tokens; all "
           f"is in {folder}")
    score = best.score
    yield (f"best on the dev set: {best.number}, {_printable(best.how)}: {found.metric} {number(score.value)} "
           f"({interval(score.low, score.high)}), n = {score.n}, {score.missing} missing")
    if found.control is not None:
        plain = next(each for each in found.control.candidates if each.number == found.control.best)
        yield (f"problems came by `{found.control.curriculum}`; without it, the best is {plain.number}, "
               f"{_printable(plain.how)}: {number(plain.score.value)} "
               f"({interval(plain.score.low, plain.score.high)})")
    if best.checked is not None:
        yield from _watched(best.checked)


def _watched(found: Checked) -> Iterator[str]:
    """What general ability and the metric's witnesses were before, and are with weights that changed."""
    for who, kept in found.ability.items():
        yield (f"general ability of {who}: {number(kept.before.value)} → {number(kept.after.value)} answered rightly, "
               f"loss {number(kept.loss_before.value)} → {number(kept.loss_after.value)} nats a token, change "
               f"{interval(kept.loss.low, kept.loss.high) or '–'}, n = {kept.loss.n}")
    for each in found.metric.witnesses:
        told = each.change
        yield (f"beside the metric, {each.name}: {number(each.before.value)} → {number(each.after.value)}, change "
               f"{interval(told.low, told.high) or '–'}, n = {told.n}, {told.missing} missing")


def _front(found: Outcome) -> Table:
    """The candidates that no other one beats in score, tokens and broken clauses together."""
    made = table("to choose between", "score>", "tokens>", "hard>", "soft>", "how")
    for each in found.candidates:
        if each.number in found.front:
            made.add_row(str(each.number), number(each.score.value), f"{each.tokens:.0f}", str(each.broken_hard),
                         str(each.broken_soft), escape(_short(each.how)))
    return made


def _short(how: str) -> str:
    text = " ".join(_printable(how).split())
    return text if len(text) <= HOW else text[:HOW - 1] + "…"


def _cells(found: Estimate) -> tuple[str, ...]:
    return number(found.value), interval(found.low, found.high), str(found.n), str(found.missing)


def differences(found: Compared, first: str, second: str) -> None:
    """What differs between two tuned programs: in colours on a terminal, else in the marks of a word diff."""
    console = Console(highlight=False)
    if found.same:
        console.print("the same", markup=False)
        return
    if found.made:
        made = table("", first, second)
        for name, (here, there) in found.made.items():
            made.add_row(name, *(escape("nothing" if each is None else str(each)) for each in (here, there)))
        console.print(made)
    for change in found.changes:
        console.print(f"\n{change.slot}", style="bold", markup=False, soft_wrap=True)
        console.print(_marked(change.pieces, coloured=console.is_terminal), soft_wrap=True)
    if not found.changes:
        console.print("\nwhat was tuned is the same", markup=False)


def _marked(pieces: Sequence[Piece], *, coloured: bool) -> Text:
    """Both texts as one."""
    text = Text()
    for sign, words in pieces:
        left, right = ("", "") if coloured else _MARKS[sign]
        text.append(f"{left}{_printable(words)}{right}", style=_STYLES[sign])
    return text


def _printable(text: str) -> str:
    """A text of a model, without what moves a cursor."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)
