"""Decision diagrams, each made once: two that say the same are the same number.

A diagram is 0 (false), 1 (true), or a choice by its variable. Variables are numbers; smaller ones are asked first. The
facts of a turn are numbered from 0. Behind them comes `END`, whether the turn is the last, and then what is owed by the
turns to come. That stands in families: `variable(family, rank)`. Within a family each member implies those of higher
rank (`within 2 turns` implies `within 3 turns`), so that where one holds no later one is asked.

After R. E. Bryant, Graph-based algorithms for Boolean function manipulation (1986).
"""

from __future__ import annotations

MOST_CHOICES = 50_000
"""How many choices the diagrams of a clause have at most."""
_FAMILY = 32
END = (1 << _FAMILY) - 1
_OWED = 1 << _FAMILY


class TooLarge(Exception):
    """A clause passes a limit: `limit` and what it counts."""

    def __init__(self, limit: int, what: str) -> None:
        super().__init__(f"more than {limit:,} {what}")
        self.limit = limit
        self.what = what


def variable(family: int, rank: int) -> int:
    """A member of a family, both from 0."""
    return (family + 1) << _FAMILY | rank


def is_fact(variable: int) -> bool:
    """Whether a variable is a fact of the turn at hand."""
    return variable < END


class Diagrams:
    """The diagrams of one clause: `asks[d]` is the variable of a diagram, `no[d]` and `yes[d]` what follows."""

    def __init__(self) -> None:
        last = 1 << 62
        self.asks = [last, last]
        self.no = [0, 1]
        self.yes = [0, 1]
        self._made: dict[tuple[int, int, int], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}

    def choice(self, variable: int, no: int, yes: int) -> int:
        """The diagram that asks `variable` first, which neither `no` nor `yes` asks. Raises `TooLarge`."""
        if no == yes:
            return no
        key = (variable, no, yes)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = len(self.asks)
            if found > MOST_CHOICES:
                raise TooLarge(MOST_CHOICES, "choices")
            self.asks.append(variable)
            self.no.append(no)
            self.yes.append(yes)
        return found

    def if_(self, condition: int, yes: int, no: int) -> int:
        """`yes` where `condition` holds, else `no`. Raises `TooLarge`."""
        if condition < 2:
            return yes if condition else no
        if yes == no:
            return yes
        if yes == 1 and no == 0:
            return condition
        key = (condition, yes, no)
        found = self._chosen.get(key)
        if found is None:
            asks = self.asks
            first = min(asks[condition], asks[yes], asks[no])
            condition_no, condition_yes = self.under(condition, first)
            yes_no, yes_yes = self.under(yes, first)
            no_no, no_yes = self.under(no, first)
            found = self._chosen[key] = self.choice(
                first, self.if_(condition_no, yes_no, no_no), self.if_(condition_yes, yes_yes, no_yes))
        return found

    def not_(self, one: int) -> int:
        return self.if_(one, 0, 1)

    def and_(self, one: int, other: int) -> int:
        return self.if_(one, other, 0)

    def or_(self, one: int, other: int) -> int:
        return self.if_(one, 1, other)

    def under(self, one: int, variable: int) -> tuple[int, int]:
        """A diagram where a variable that it asks first, or not at all, is false, and where it is true."""
        asked = self.asks[one]
        if asked == variable:
            return self.no[one], self.yes[one]
        if asked >> _FAMILY == variable >> _FAMILY and variable >= _OWED:
            return one, self.yes[one]
        return one, one

    def ended(self, one: int, here: bool) -> int:
        """What is left of a diagram without facts where it is known whether the turn was the last."""
        if self.asks[one] != END:
            return one
        return self.yes[one] if here else self.no[one]
