"""What a full check costs over the parse alone, and that both grow with the length. Times are of the processor; of
several pairs of runs, taken in turns, the best counts."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pedalang.compiler import compile
from pedalang.compiler.contracts import promises
from pedalang.compiler.syntax import parse
from pedalang.diagnostic import Report
from pedalang.source import Source
from tests.speed.programs import program, without_contracts

AT_MOST = 4.0
"""Check of all but contracts over parse, on 10,000 lines."""
AT_MOST_WITH_CONTRACTS = 24.0
"""The same with contracts, on 2,000 lines with eight clauses in every 90: each becomes an automaton, its flow is gone
through place by place."""
STRAIGHT = 1.6
"""Time a line of the longer program over that of the shorter, at most. Growth with the square would give the ratio of
the lengths."""


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def read(text: str) -> None:
    report = Report()
    parse.parse(Source("big.ped", text), report)
    assert not report.found


def check(text: str) -> None:
    """Checks a text as if nothing were known of its contracts."""
    promises._known.cache_clear()
    assert not [each for each in compile.check_text(text) if each.severity == "error"]


def test_a_check_of_all_but_contracts_costs_at_most_four_times_the_parse() -> None:
    costs_at_most(AT_MOST, without_contracts(program(10_000)))


def test_a_check_with_contracts_costs_at_most_twenty_four_times_the_parse() -> None:
    costs_at_most(AT_MOST_WITH_CONTRACTS, program(2_000))


def costs_at_most(limit: float, text: str) -> None:
    """Asserts how many times the parse a check takes, each right after the other: machines change their speed."""
    pairs = [(seconds(lambda: check(text)), seconds(lambda: read(text))) for _ in range(7)]
    whole, parse_alone = min(pairs, key=lambda pair: pair[0] / pair[1])
    assert whole <= limit * parse_alone, f"{whole:.2f} s over {parse_alone:.2f} s is {whole / parse_alone:.2f}"


@pytest.mark.parametrize("run", [read, check])
def test_time_grows_with_the_length(run: Callable[[str], None]) -> None:
    grows(run, 1_500, 7_500)


@pytest.mark.full
@pytest.mark.parametrize("run", [read, check])
def test_time_grows_with_the_length_to_a_hundred_thousand_lines(run: Callable[[str], None]) -> None:
    grows(run, 10_000, 100_000)


def grows(run: Callable[[str], None], short: int, long: int) -> None:
    """The time a line is the same, whatever the length. As much is done in short programs as in a long one, in turns,
    and the best of the ratios counts: a machine is not always as fast."""
    shorter, longer = program(short), program(long)
    times = longer.count("\n") // shorter.count("\n")

    def often() -> None:
        for _ in range(times):
            run(shorter)

    rounds = [(seconds(often) / (times * shorter.count("\n")), seconds(lambda: run(longer)) / longer.count("\n"))
              for _ in range(2)]
    few, many = min(rounds, key=lambda each: each[1] / each[0])
    print(f"\n{run.__name__}: {1 / few:.0f} lines/s in {short} lines, {1 / many:.0f} in {long}")
    assert many <= STRAIGHT * few, f"{many / few:.2f}"
