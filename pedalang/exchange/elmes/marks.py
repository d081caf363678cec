"""The scales of marks: from a configuration's own limits, else from what is said in prose."""

from __future__ import annotations

import re
from typing import NamedTuple

from pedalang.diagnostic import Report
from pedalang.exchange.elmes.config import Dialect, Item, Judgement

_RANGE = re.compile(r"(?<![\d.])(\d{1,3})\s*(?:-|–|—|~|～|to|至|到)\s*(\d{1,3})(?!\d|\.\d)", re.IGNORECASE)
_OUT_OF = re.compile(r"(?:out of|满分(?:为|是)?)\s*(\d{1,3})", re.IGNORECASE)
_TIMES = re.compile(r"(\d{1,3})\s*(?:-point|分制)", re.IGNORECASE)
MOST_LEVELS = 11


class Marks(NamedTuple):
    """From the lowest to the highest mark. `share` for marks from 0 to 1, which a judge gives in tenths; `truth` for
    yes and no."""

    low: int
    high: int
    share: bool = False
    truth: bool = False

    @property
    def levels(self) -> tuple[int, ...]:
        """A judge's answers: all marks, or every so many where there are more than `MOST_LEVELS`."""
        step = max(1, -(-(self.high - self.low) // (MOST_LEVELS - 1)))
        return tuple(dict.fromkeys((*range(self.low, self.high, step), self.high)))


FIVE = Marks(1, 5)
SHARE = Marks(0, 10, share=True)
TRUTH = Marks(0, 1, truth=True)


def of(judgement: Judgement, dialect: Dialect, report: Report) -> dict[str, Marks]:
    """The scale of each item. Reports scales that only prose knows, and means over different ones."""
    prose = " ".join(prompt.text.text for prompt in judgement.prompts)
    found = {item.key: SHARE if dialect == "1.0" else _older(item, prose, report) for item in judgement.items}
    if dialect == "1.0":
        for item in judgement.items:
            said = written(item.about.text)
            if said is not None and said != Marks(0, 1):
                report.warning("PED1012", item.about.span, f"the rubric speaks of {said.low} to {said.high}, and ELMES "
                               "1.0 asks its judge for a number from 0 to 1", help="the program has tenths, as ELMES "
                               "has; change `scale:` to what is meant, and give each level an anchor")
    ranges = {(marks.low, marks.high) for marks in found.values() if not marks.truth}
    if len(ranges) > 1:
        told = " and ".join(f"{low} to {high}" for low, high in sorted(ranges))
        report.warning("PED1013", judgement.span, f"ELMES takes the mean of marks from {told} as they are",
                       help="in the program each is brought to 0 to 1 first, so its total is another")
    return found


def _older(item: Item, prose: str, report: Report) -> Marks:
    if item.truth:
        return TRUTH
    said = written(item.about.text) or written(prose)
    if item.most is not None:
        if item.most <= 1:
            return SHARE
        low = said.low if said is not None and said.high == item.most else 1
        return Marks(low, max(2, round(item.most)))
    report.warning("PED1012", item.about.span, f"the scale of `{item.key}` " + (
        f"stands in prose only ({said.low} to {said.high}): any number is taken" if said is not None else
        "stands nowhere: any number is taken"), help=f"the program has {said.low if said else 1} to "
        f"{said.high if said else 5}, and refuses others; give each level an anchor")
    return said or FIVE


def written(text: str) -> Marks | None:
    """The scale that a text speaks of."""
    for low, high in _RANGE.findall(text):
        if (int(low) in (0, 1) and 2 <= int(high) <= 100) or (low, high) == ("0", "1"):
            return Marks(int(low), int(high))
    for pattern in (_OUT_OF, _TIMES):
        most = pattern.search(text)
        if most is not None and 2 <= int(most[1]) <= 100:
            return Marks(1, int(most[1]))
    return None
