"""Orders of problems: their formulas by the vectors of the literature, what they choose, and how near they come to the
best order of a task of which it is known."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import plan
from pedalang.compiler.lower import curricula as lowered
from pedalang.runtime.episode import seeds
from pedalang.study import curricula, sampling
from pedalang.study.curricula import adcl, bloom, cyclical, dump, regret, sec, skill_tree
from pedalang.study.sampling import Problems, Result, Sampler


def opened(order: str, problems: Problems, seed: int = 0, **settings: float) -> Sampler:
    found = curricula.load(order)
    return found.sampler(problems, seeds.Draws(seed), {**found.SETTINGS, **settings})


def of(kinds: str, others: str = "", **after: tuple[str, ...]) -> Problems:
    """Problems whose kinds are letters; a letter's rank is its place in the alphabet."""
    return Problems(tuple(kinds), tuple(float(ord(kind)) for kind in kinds), tuple(others), after)


# ---------------------------------------------------------------- formulas


def test_the_language_knows_each_order_and_its_numbers() -> None:
    assert {name: set(curricula.load(name).SETTINGS) for name in curricula.names()} == \
        {name: set(settings) for name, settings in lowered.SETTINGS.items()}
    assert {name for name in curricula.names() if curricula.load(name).ADAPTS} == set(lowered.ADAPTIVE)


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(KeyError):
        curricula.load("alphabetical")


@given(st.lists(st.booleans(), min_size=1, max_size=64))
def test_the_mean_advantage_is_largest_where_half_succeed(tries: list[bool]) -> None:
    """mean |A| = 2 √(p (1 - p)) for rewards of 0 and 1."""
    found = sampling.advantages([float(each) for each in tries])
    rate = sum(tries) / len(tries)
    mean = math.fsum(map(abs, found)) / len(found)
    assert mean == pytest.approx(2 * math.sqrt(rate * (1 - rate)), abs=1e-12)
    assert (mean == 0) == (rate in (0, 1))


def test_no_try_has_no_advantage() -> None:
    assert sampling.advantages([]) == []


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.05, 1))
def test_sec_s_worth_is_a_moving_mean(seen: list[float], rate: float) -> None:
    """Q after r_1 … r_t is Σ a (1 - a)^(t - i) r_i, from 0 on."""
    worth = 0.0
    for each in seen:
        worth = sec.moved(worth, each, rate)
    said = math.fsum(rate * (1 - rate) ** (len(seen) - 1 - at) * each for at, each in enumerate(seen))
    assert worth == pytest.approx(said, abs=1e-12)


def test_shares_by_worth() -> None:
    """p(c) = exp(Q(c) / τ) / Σ."""
    assert sampling.softmax([1.0, 0.0], 1.0) == pytest.approx([math.e / (math.e + 1), 1 / (math.e + 1)])
    assert sampling.softmax([0.3, 0.3, 0.3], 0.1) == pytest.approx([1 / 3] * 3)
    assert sampling.softmax([900.0, 0.0], 0.1) == pytest.approx([1.0, 0.0])


def test_dump_s_bound() -> None:
    """U = L + √(2 ln(N + 1) / (n + 1))."""
    assert dump.bound([0.5, -1.0], 2, 10) == pytest.approx(0.75 + math.sqrt(2 * math.log(11) / 3))
    assert dump.bound([], 0, 10) == pytest.approx(math.sqrt(2 * math.log(11)))
    assert dump.bound([], 0, 0) == 0


def test_dump_looks_at_a_window() -> None:
    there = opened("dump", of("ab"), window=2)
    there.learn([Result(0, 1, 1.0)] * 50 + [Result(0, 1, 0.0)] * 2 + [Result(1, 1, 0.5)] * 52)
    taken = Counter(there.take(200))
    assert taken[1] > taken[0], "what was learnt long ago does not count"


@pytest.mark.parametrize(("low", "high", "step", "whole", "said"), [
    (0.25, 1, 0.5, 6, [.25, .5, 1, .5, .25, .5, 1, .5, .25, .5, 1]),
    (0.2, 1, 0.7, 5, [.2, .2857, .4082, .5831, .833, 1, .7, .49, .343, .2401]),
])
def test_cyclical_shares(low: float, high: float, step: float, whole: float, said: list[float]) -> None:
    assert cyclical.until(low, high, step, whole) == pytest.approx(said, abs=1e-4)


@given(st.floats(0.05, 0.9), st.floats(0.1, 0.95))
def test_cyclical_shares_stay_within_their_bounds(low: float, step: float) -> None:
    found = cyclical.until(low, 1, step, 20)
    assert all(low <= share <= 1 for share in found)
    assert sum(found) >= 20 > sum(found[:-1])


def test_cyclical_rounds_have_each_problem_once_and_easy_ones_oftener() -> None:
    there = opened("cyclical", sampling.plain(8))
    rounds = [there.take(size) for size in (2, 4, 8)]
    assert all(len(set(each)) == len(each) for each in rounds)
    first: Counter[int] = Counter()
    for seed in range(200):
        there = opened("cyclical", sampling.plain(8), seed)
        there.learn([Result(number, None, loss=0.1 if number < 2 else 1.0) for number in range(8)])
        first.update(there.take(2))
    assert first[0] + first[1] > 200, "losses of .1 against 1 are weights of 10 against 1"


def test_regret_is_best_less_mean() -> None:
    assert regret.regret([0.0, 1.0, 0.5]) == 0.5
    assert regret.regret([0.7, 0.7]) == pytest.approx(0)
    assert regret.regret([]) == regret.UNTRIED


def test_bloom_interleaves_subjects_level_by_level() -> None:
    kinds = ("apply", "Remember", "remember", "apply", "remember", "create")
    problems = Problems(kinds, (0.0,) * 6, ("maths", "maths", "maths", "physics", "physics", "maths"))
    assert opened("bloom", problems).take(6) == [1, 4, 2, 0, 3, 5]
    assert opened("bloom", Problems(kinds, (0.0,) * 6)).take(6) == [1, 2, 4, 0, 3, 5]
    assert opened("bloom", of("bab")).take(3) == [1, 0, 2], "levels of other names stand by their rank"
    assert bloom.LEVELS.index("analyze") < bloom.LEVELS.index("evaluate")


def test_adcl_puts_each_batch_in_order_anew() -> None:
    there = opened("adcl", of("abcd"), batch=2, rate=1.0)
    assert there.take(1) == [0], "before any try, by rank"
    there.learn([Result(0, 1.0), Result(2, 0.2), Result(3, 0.9)])
    assert there.take(1) == [1], "a batch that has begun stays as it is"
    assert there.take(2) == [3, 2], "the next one is by what is known now"
    assert there.take(4) == [0, 3, 2, 1], "when all have come, all are ordered anew"


def test_adcl_estimates_by_the_latest_tries() -> None:
    easiness = adcl.Easiness(of("aab"), 0.5)
    easiness.saw(0, 1.0)
    easiness.saw(0, 0.0)
    assert easiness.rate(0) == 0.5
    assert easiness.rate(1) == 0.5, "one of the same kind"
    assert easiness.rate(2) is None


def test_skills_open_when_their_roots_are_mastered() -> None:
    tree = skill_tree.sampler(of("aabbc", b=("a",), c=("b", "x")), seeds.Draws(0), {"mastered": 0.8, "rate": 1.0})

    def often(passed: float, *problems: int) -> set[int]:
        """The problems that come oftener than once in ten."""
        tree.learn([Result(number, passed) for number in problems])
        return {number for number, times in Counter(tree.take(200)).items() if times > 20}

    assert often(0.5) == {0, 1}
    assert often(1.0, 0) == {2, 3}, "one step of the way is done, and comes now and then"
    assert often(0.5, 2) == {2, 3}
    assert often(1.0, 2) == {4}, "of `x` there are no problems: it holds nothing up"
    assert often(0.1, 0) == {0, 1, 4}, "what was forgotten comes again, and what stands right on it waits"


def test_a_skill_that_is_weaker_comes_oftener() -> None:
    tree = opened("skill_tree", of("ab"), mastered=0.8, rate=1.0)
    tree.learn([Result(0, 0.7), Result(1, 0.1)])
    taken = Counter(tree.take(400))
    assert taken[1] > 2 * taken[0]


# ---------------------------------------------------------------- what all of them have in common


@pytest.mark.parametrize("order", curricula.names())
def test_an_order_gives_what_is_asked_and_the_same_again(order: str) -> None:
    def taken() -> list[int]:
        there = opened(order, of("abcabc", "xyxyxy"), 3)
        found = there.take(5)
        there.learn([Result(number, number / 5, number / 5 - 0.5, 1 - number / 5) for number in found])
        return found + there.take(0) + there.take(20)

    found = taken()
    assert len(found) == 25
    assert set(found) <= set(range(6))
    assert found == taken()


@pytest.mark.parametrize("order", curricula.names())
def test_what_is_missing_teaches_nothing(order: str) -> None:
    one, other = (opened(order, of("abcabc"), 3) for _ in range(2))
    one.take(4)
    other.take(4)
    other.learn([Result(number, None) for number in range(4)])
    assert one.take(20) == other.take(20)


@pytest.mark.parametrize("order", ["fixed", "random", "easy_first", "bloom"])
def test_orders_that_do_not_adapt_have_each_problem_once_a_round(order: str) -> None:
    there = opened(order, of("cbacba"))
    for _ in range(3):
        assert sorted(there.take(6)) == list(range(6))
    assert not curricula.load(order).ADAPTS


def test_ranks_are_read_from_the_rows() -> None:
    level = plan.FieldSpec("level", "Level", cases=("low", "high"))
    of_rows = plan.Plan("", {}, {"Sum": plan.RecordType("Sum", (level,))},
                        {"sums": plan.Dataset("sums", "sums.csv", "Sum", {})})
    chosen = plan.Curriculum("c", "easy_first", plan.Selection("sums"), by="level")
    rows = [{"level": "high"}, {"level": None}, {"level": "low"}]
    assert curricula.opened(chosen, of_rows, rows, 0).take(3) == [2, 0, 1], "a row without a level comes last"
    numbers = [{"level": 3}, {"level": 1}, {"level": 2}]
    assert curricula.opened(chosen, of_rows, numbers, 0).take(3) == [1, 2, 0]


# ---------------------------------------------------------------- a task of which the best order is known


KINDS, EACH, TRIES = 5, 240, 8


class Stairs:
    """Kinds of problems that can be learnt one after the other only: a kind fails until the one before is learnt, then
    half of its tries succeed, and after `EACH` steps of practice all do. What was practised out of turn is lost, so the
    best order is known: each kind `EACH` times, from the first on."""

    def __init__(self) -> None:
        self.practised = [0] * KINDS

    def likely(self, kind: int) -> float:
        if self.practised[kind] == EACH:
            return 1.0
        return 0.5 if all(steps == EACH for steps in self.practised[:kind]) else 0.0

    def tries(self, kind: int, draws: seeds.Draws) -> list[float]:
        likely = self.likely(kind)
        self.practised[kind] += likely == 0.5
        return [float(draws.chance(likely)) for _ in range(TRIES)]


def learnt(there: Sampler, draws: seeds.Draws) -> float:
    """The share that is learnt in as many steps as the best order takes for all of it."""
    stairs = Stairs()
    for _ in range(KINDS * EACH):
        (kind,) = there.take(1)
        rewards = stairs.tries(kind, draws)
        there.learn([Result(kind, *each) for each in zip(rewards, sampling.advantages(rewards), strict=True)])
    return sum(stairs.practised) / (KINDS * EACH)


SHARP: dict[str, dict[str, float]] = {"sec": {"temperature": 0.1}, "dump": {"temperature": 0.05, "window": 5 * TRIES},
                                      "regret": {"temperature": 0.05}}
"""What makes bandits choose what is best nearly always, and forget soon what was."""


@pytest.mark.parametrize(("order", "settings"), SHARP.items())
def test_bandits_come_within_five_per_cent_of_the_best_order(order: str, settings: dict[str, float]) -> None:
    problems = sampling.plain(KINDS)
    assert learnt(sampling.Listed([kind for kind in range(KINDS) for _ in range(EACH)]), seeds.Draws(0)) == 1
    for seed in range(2):
        assert learnt(opened(order, problems, seed, **settings), seeds.Draws(seed)) >= 0.95
    assert learnt(opened("random", problems), seeds.Draws(0)) < 0.3, "there is something to be won"


@pytest.mark.full
def test_every_order_on_the_stairs(capsys: pytest.CaptureFixture[str]) -> None:
    """Prints what `docs/benchmarks/tuning.md` tells: each order with what it sets by itself, bandits also as above."""
    told = Problems(tuple(map(str, range(KINDS))), tuple(map(float, range(KINDS))),
                    after={str(kind): (str(kind - 1),) for kind in range(1, KINDS)})
    lines = []
    for order, settings in [*((name, {}) for name in curricula.names()), *SHARP.items()]:
        shares = [learnt(opened(order, told, seed, **settings), seeds.Draws(seed)) for seed in range(10)]
        lines.append(f"{order} {settings or ''}: {min(shares):.3f} to {max(shares):.3f}")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert len(lines) == len(curricula.names()) + len(SHARP)
