"""How a tally, a number and a length of time are said to people."""

from __future__ import annotations

from pedalang import plan
from pedalang.runtime.pool import Estimate
from pedalang.watching.tally import Tally

CODES = 4
"""So many codes of failed dialogues are named beside their counts."""


def count(of: int, noun: str) -> str:
    """`1 turn`, `12,300 turns`."""
    return f"{of:,} {noun}" + ("" if of == 1 else "s")


def about(number: float) -> str:
    """A number that is not exact: three digits of it, `15,900`, `1.23 million`."""
    if number >= 999_500:
        return f"{number / 1e6:,.3g} million" if number < 999.5e6 else f"{number / 1e9:,.3g} billion"
    if number < 1000:
        return f"{round(number)}"
    size = 10 ** (len(str(int(number))) - 3)
    return f"{round(number / size) * size:,}"


def lasted(seconds: float) -> str:
    """A time that has passed: `0:08`, `1:02:10`."""
    whole = int(seconds)
    minutes, hours = whole // 60 % 60, whole // 3600
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def roughly(seconds: float) -> str:
    """A time that is to come, as roughly as it is known: `8 s`, `12 min`, `1 h 20 min`, `3 days`."""
    if seconds < 55:
        return f"{max(1, round(seconds))} s" if seconds < 10 else f"{round(seconds / 5) * 5} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} min"
    minutes = round(minutes / 5) * 5 if minutes < 300 else round(minutes / 30) * 30
    if minutes < 48 * 60:
        return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{round(minutes / 60 / 24)} days"


def doing(tally: Tally) -> str:
    """What is done now; when all dialogues are scored, the page is written."""
    return "writing the report" if tally.stage == "scoring" and tally.done == tally.total else tally.stage


def done(tally: Tally) -> str:
    """What has been done: turns or answers, dialogues under way, tokens a second, the time."""
    rate = tally.tokens_a_second()
    said = {"playing": [count(tally.turns, "turn")], "judging": [count(tally.answers, "answer")]}.get(tally.stage, [])
    if tally.under_way:
        said.append(f"{tally.under_way} under way")
    if rate >= 1:
        said.append(f"{about(rate)} tokens/s")
    said.append(lasted(tally.seconds))
    return ", ".join(said)


def left(tally: Tally) -> str:
    """How long it still takes; empty where that is not known yet, or nothing is left."""
    seconds = tally.seconds_left()
    return f"about {roughly(seconds)} left" if seconds is not None and tally.done < tally.total else ""


def failures(tally: Tally) -> str:
    """How many dialogues failed, with their codes; empty where none did."""
    if not tally.failed:
        return ""
    codes = [f"{code} {number:,}" for code, number in tally.failed.most_common(CODES)]
    more = len(tally.failed) - len(codes)
    return f"{tally.failed.total():,} failed: " + ", ".join(codes) + (f" and {more} other codes" if more else "")


def expected(of: Estimate) -> str:
    """What a run is expected to take: `expected: 9,760 calls; 1.2 million tokens read, 98,000 of them new, 61,000
    written; time known after the first dialogues`."""
    time = "time known after the first dialogues" if of.seconds is None else f"about {roughly(of.seconds)}"
    calls = about(of.calls) if of.played < of.dialogues else f"{of.calls:,}"
    new = f", {about(of.tokens_new)} of them new" if of.tokens_new < of.tokens_in else ""
    tokens = f"{about(of.tokens_in)} tokens read{new}, {about(of.tokens_out)} written; " if of.tokens_in else ""
    return f"expected: {calls} call{'' if of.calls == 1 else 's'}; {tokens}{time}"


def beyond(of: Estimate, budget: plan.Budget) -> str:
    """What a budget is expected to be too small for; empty where it is not."""
    said = []
    tokens = of.tokens_in + of.tokens_out
    if budget.tokens is not None and tokens > budget.tokens:
        said.append((budget.tokens / tokens, f"the budget of {budget.tokens:,} tokens"))
    if budget.wall is not None and of.seconds is not None and of.seconds > budget.wall:
        said.append((budget.wall / of.seconds, f"the budget of {budget.wall:g} seconds"))
    if not said:
        return ""
    share, which = min(said)
    return f"{which} is expected to be used up after about {about(share * of.dialogues)} of {of.dialogues:,} dialogues"
