"""The learners of programs/fractions/choosing.ped are what its README says: made by this rule, and fixed."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "programs" / "fractions" / "cases.jsonl"
BELIEFS = ("adds_across", "keeps_numerators", "multiplies_below")
PARTS = {"l": range(400), "c": range(400, 500), "e": range(500, 700)}
Pair = tuple[Fraction, Fraction]
Mind = dict[str, Any]


def common(pair: Pair) -> int:
    return lcm(pair[0].denominator, pair[1].denominator)


def problems() -> list[Pair]:
    """Step 1 of the README."""
    fractions = [Fraction(n, d) for d in range(2, 13) for n in range(1, d) if gcd(n, d) == 1]
    return sorted((pair for pair in itertools.combinations(fractions, 2)
                   if pair[0].denominator != pair[1].denominator and sum(pair) != 1 and common(pair) <= 90),
                  key=lambda pair: (common(pair), pair))


def even(draws: random.Random) -> Mind:
    """Step 3: who is learnt from."""
    return {"belief": BELIEFS[int(3 * draws.random())], "start": draws.uniform(0.05, 0.35),
            "pace": draws.uniform(0.6, 1.2), "doubt": draws.uniform(0.4, 0.9), "slip": draws.uniform(0, 0.2),
            "guess": draws.uniform(0, 0.2), "tires": draws.uniform(0.04, 0.12)}


def of_two_kinds(draws: random.Random) -> Mind:
    """Step 4: who comes to the exam."""
    def near(mean: float, sd: float) -> float:
        return min(1.0, max(0.0, draws.gauss(mean, sd)))

    quick = draws.random() < 0.4
    kind = draws.random()
    belief = BELIEFS[0 if kind < 0.45 else 1 if kind < 0.75 else 2]
    if quick:
        return {"belief": belief, "start": near(0.3, 0.08), "pace": near(0.95, 0.1) * 1.2, "doubt": near(0.8, 0.1),
                "slip": near(0.2, 0.05), "guess": near(0.15, 0.05), "tires": near(0.12, 0.03)}
    return {"belief": belief, "start": near(0.1, 0.04), "pace": near(0.65, 0.1), "doubt": near(0.45, 0.1),
            "slip": near(0.05, 0.03), "guess": near(0.05, 0.03), "tires": near(0.06, 0.02)}


def shuffled(count: int, draws: random.Random) -> list[int]:
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = int(draws.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order


def by_the_rule() -> list[dict[str, Any]]:
    draws, found = random.Random(2026), problems()
    rows = []
    for number, place in enumerate(shuffled(len(found), draws)[:700]):
        a, b = found[place] if draws.random() >= 0.5 else found[place][::-1]
        letter = next(letter for letter, rows_of in PARTS.items() if number in rows_of)
        mind = of_two_kinds(draws) if letter == "e" else even(draws)
        name = f"{letter}{number + 1:03}"
        rows.append({"id": name, "problem": {"id": name, "a": str(a), "b": str(b)},
                     "mind": {key: value if isinstance(value, str) else round(value, 2)
                              for key, value in mind.items()}})
    return rows


def read() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def test_the_file_is_what_the_rule_gives() -> None:
    assert read() == by_the_rule()


def test_no_problem_comes_twice_not_even_with_its_fractions_swapped() -> None:
    rows = read()
    assert len({frozenset((row["problem"]["a"], row["problem"]["b"])) for row in rows}) == len(rows) == 700


def test_the_learners_of_the_exam_are_others() -> None:
    rows = read()
    learnt, exam = [row["mind"] for row in rows[:500]], [row["mind"] for row in rows[500:]]
    assert all(0.05 <= mind["start"] <= 0.35 and 0.6 <= mind["pace"] <= 1.2 for mind in learnt)
    assert sum(mind["pace"] > 1.0 or mind["start"] < 0.05 for mind in exam) > 60
    assert 0.35 < sum(mind["belief"] == "adds_across" for mind in exam) / len(exam) < 0.55
