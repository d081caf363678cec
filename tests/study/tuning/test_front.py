"""The Pareto front is what nothing beats, and everything else is beaten by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pedalang.study.tuning.front import Costs, front

some = st.builds(Costs, st.none() | st.integers(0, 3), st.none() | st.integers(0, 3), st.none() | st.integers(0, 1))


def test_fewer_tokens_or_fewer_breaches_make_up_for_a_lower_score() -> None:
    told = [Costs(0.5, 100, 0), Costs(0.8, 300, 0), Costs(0.8, 200, 1), Costs(0.7, 300, 0), Costs(None, 1, 0),
            Costs(0.8, 300, 0)]
    assert front(told) == (0, 1, 2)


@given(st.lists(some))
def test_what_is_not_on_the_front_is_no_better_than_something_on_it(told: list[Costs]) -> None:
    on = front(told)
    assert bool(on) == any(each.score is not None for each in told)
    tokens = max((each.tokens for each in told if each.tokens is not None), default=0)
    broken = max((each.broken for each in told if each.broken is not None), default=0)

    def worth(each: Costs) -> tuple[float, float, float]:
        assert each.score is not None
        return (each.score, -(tokens if each.tokens is None else each.tokens),
                -(broken if each.broken is None else each.broken))

    for at, each in enumerate(told):
        if each.score is None:
            assert at not in on
            continue
        better = [other for other in on if other != at
                  and all(a >= b for a, b in zip(worth(told[other]), worth(each), strict=True))]
        assert bool(better) == (at not in on)
