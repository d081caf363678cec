"""The demo's problems are what programs/fractions/README.md says: made by this rule, and right."""

from __future__ import annotations

import csv
import itertools
from fractions import Fraction
from math import gcd, lcm
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "programs" / "fractions" / "sums.csv"
Pair = tuple[Fraction, Fraction]


def common(pair: Pair) -> int:
    return lcm(pair[0].denominator, pair[1].denominator)


def kind(pair: Pair) -> str:
    low, high = sorted(part.denominator for part in pair)
    if sum(pair) > 1:
        return "over one"
    if high % low == 0:
        return "multiple"
    return "coprime" if gcd(low, high) == 1 else "shared factor"


def fifteen(name: str) -> list[Pair]:
    """Step 2 of the README: candidates of one kind, easiest first, and 15 of them at even distances."""
    fractions = [Fraction(n, d) for d in range(2, 13) for n in range(1, d) if gcd(n, d) == 1]
    pairs = [pair for pair in itertools.combinations(fractions, 2) if pair[0].denominator != pair[1].denominator]
    found = sorted((p for p in pairs if kind(p) == name and common(p) <= 40), key=lambda p: (common(p), p))
    return [found[(2 * i + 1) * len(found) // 30] for i in range(15)]


def by_the_rule() -> list[list[str]]:
    kinds = [fifteen(name) for name in ("multiple", "coprime", "shared factor", "over one")]
    practice = [[pair for rank, pair in enumerate(of) if rank % 3 != 1] for of in kinds]
    exam = [[pair for rank, pair in enumerate(of) if rank % 3 == 1] for of in kinds]
    rows = []
    for letter, part in (("p", practice), ("e", exam)):
        for round_number, pairs in enumerate(zip(*part, strict=True)):
            for a, b in ((q, p) if round_number % 2 else (p, q) for p, q in pairs):
                rows.append([f"{letter}{len([r for r in rows if r[0][0] == letter]) + 1:02}", str(a), str(b)])
    return rows


def read() -> list[dict[str, str]]:
    with FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_file_is_what_the_rule_gives() -> None:
    assert [[row["id"], row["a"], row["b"]] for row in read()] == by_the_rule()


def test_every_problem_adds_two_unlike_proper_fractions_in_lowest_terms() -> None:
    for row in read():
        for text in (row["a"], row["b"]):
            value = Fraction(text)
            assert str(value) == text and 0 < value < 1 and 2 <= value.denominator <= 12
        a, b = Fraction(row["a"]), Fraction(row["b"])
        assert a.denominator != b.denominator and a + b < 2 and a + b != 1


def test_no_problem_and_no_id_comes_twice() -> None:
    rows = read()
    assert len(rows) == len({row["id"] for row in rows}) == len({frozenset((r["a"], r["b"])) for r in rows}) == 60


def test_practice_and_exam_have_the_same_mix() -> None:
    def counts(rows: list[dict[str, str]]) -> dict[str, int]:
        kinds = [kind((Fraction(row["a"]), Fraction(row["b"]))) for row in rows]
        return {name: kinds.count(name) for name in set(kinds)}

    rows = read()
    assert set(counts(rows[:40]).values()) == {10} and set(counts(rows[40:]).values()) == {5}
    assert len(counts(rows[:40])) == len(counts(rows[40:])) == 4


def test_the_common_mistakes_never_give_the_right_answer() -> None:
    for row in read():
        a, b = Fraction(row["a"]), Fraction(row["b"])
        tops = a.numerator + b.numerator
        assert a + b not in (Fraction(tops, a.denominator + b.denominator), Fraction(tops, common((a, b))))
