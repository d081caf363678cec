"""What raters sent back, line by line, held against what was asked: all of it is right, or none is taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pedalang.diagnostic import Diagnostic, did_you_mean
from pedalang.rating.items import Item, Question
from pedalang.rating.keeping import Kept
from pedalang.study import ratings

MOST_TOLD = 20
"""So many mistakes of a file are told one by one."""
MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it was sent: in which file and line, by whom, to which question of which item."""

    place: str
    item: str
    criterion: str
    rater: str
    answer: str
    comment: str = ""


@dataclass(slots=True)
class Checked:
    """What is right, what is wrong, and how many questions were left open."""

    kept: list[Kept] = field(default_factory=list)
    wrong: list[Diagnostic] = field(default_factory=list)
    open: int = 0


def checked(said: Iterable[Said], items: Sequence[Item]) -> Checked:
    """The answers as ratings. Wrong are an item that the run does not have, a question that is not asked about it, an
    answer that is none of the scale, a rater without a name, and two answers of one rater to one question."""
    known = {item.name: {each.criterion: each for each in item.questions} for item in items}
    found = Checked()
    seen: dict[tuple[str, str, str], str] = {}
    for each in said:
        wrong = _unknown(each, known)
        if wrong is not None:
            found.wrong.append(wrong)
            continue
        if not each.answer.strip():
            found.open += 1
            continue
        question = known[each.item][each.criterion]
        level = ratings.level(question.levels, question.kind, _number(each.answer, question))
        before = seen.setdefault((each.item, each.criterion, each.rater), each.place)
        if level is None:
            found.wrong.append(_off_the_scale(each, question))
        elif before != each.place:
            found.wrong.append(Diagnostic(
                "PED1464", f"`{each.rater}` rated `{each.criterion}` of the item `{each.item}` twice", place=each.place,
                help=f"the other rating is at {before}; leave one of them out"))
        else:
            found.kept.append(Kept(each.item, each.criterion, each.rater, level, each.comment.strip()))
    return found


def _unknown(each: Said, known: Mapping[str, Mapping[str, Question]]) -> Diagnostic | None:
    if not named(each.rater):
        return Diagnostic("PED1465", f"`{each.rater[:MOST_NAME]}` is no rater's name" if each.rater else
                          "nothing says who rated this", place=each.place,
                          help="write the name in the column `rater`, or give `--rater NAME`")
    if each.item not in known:
        return Diagnostic("PED1462", f"the run has no item `{each.item[:MOST_NAME]}`", place=each.place,
                          help=did_you_mean(each.item, known) or "the sheet is of another run, or the dialogue was "
                               "played anew since it was made: make sheets again")
    if each.criterion not in known[each.item]:
        return Diagnostic("PED1462", f"the item `{each.item}` is not asked about `{each.criterion[:MOST_NAME]}`",
                          place=each.place, help=did_you_mean(each.criterion, known[each.item], "it is asked about"))
    return None


def _off_the_scale(each: Said, question: Question) -> Diagnostic:
    known = ", ".join(_choice(level.value, level.label) for level in question.levels)
    return Diagnostic("PED1463", f"`{each.answer[:MOST_NAME]}` is no rating of `{each.criterion}`", place=each.place,
                      help=f"its scale has {known}; leave it empty where you cannot say")


def _choice(value: float, label: str) -> str:
    return f"`{label}`" if label == f"{value:g}" else f"{value:g} (`{label}`)"


def _number(answer: str, question: Question) -> str | float:
    """A number between two levels, also with a decimal comma, as spreadsheets write it; else the words."""
    text = answer.strip()
    if text.casefold() in {level.label.casefold() for level in question.levels}:
        return text
    try:
        return float(text.replace(",", ".", 1))
    except ValueError:
        return text


def named(rater: str) -> bool:
    """Whether this can be a rater's name: something that is printed, and not long."""
    return 0 < len(rater) <= MOST_NAME and rater.isprintable() and rater == rater.strip()


def told(wrong: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The first mistakes, and how many more there are."""
    if len(wrong) <= MOST_TOLD:
        return list(wrong)
    more = Diagnostic(wrong[-1].code, f"{len(wrong) - MOST_TOLD} more mistakes", help="mend these first")
    return [*wrong[:MOST_TOLD], more]
