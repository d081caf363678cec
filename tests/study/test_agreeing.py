"""How well those agree who looked at the same parts: tables of levels by hand, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pedalang import plan
from pedalang.expression import nodes
from pedalang.study import agreeing
from pedalang.study.scores import Contracts, DialogueScores, Judgement, PartScore, Scores

SCALE = tuple(plan.ScaleLevel(float(value), label, ".") for value, label in enumerate(("low", "mid", "high"), 1))
LABELS = {level.value: level.label for level in SCALE}
TURNS = plan.Units("turn", "mean")


def human(name: str = "people", kind: Any = "ordinal", **more: Any) -> plan.Criterion:
    return plan.Criterion(name, 0.0, human=plan.Human(nodes.Lit("?"), SCALE, kind), **more)


def judge(name: str = "machine", agreement: plan.Agreement | None = None, kind: Any = "ordinal", votes: int = 1,
          **more: Any) -> plan.Criterion:
    return plan.Criterion(name, 0.0, judge=plan.Judge(nodes.Lit("?"), SCALE, kind, agreement=agreement, votes=votes),
                          **more)


def scores(judged: Sequence[float | None], rated: Sequence[dict[str, float]]) -> Scores:
    """A dialogue each, with what a judge chose and people said of the whole."""
    rows = tuple(
        DialogueScores(number, {}, None, "final", 4,
                       judged={"machine": (Judgement(-1, None if level is None else (level - 1) / 2,
                                                     "" if level is None else LABELS[level]),)},
                       ratings={"people": {-1: people}} if people else {})
        for number, (level, people) in enumerate(zip(judged, rated, strict=True)))
    return Scores("R", {}, Contracts(), rows)


def told(found: Scores, *criteria: plan.Criterion, work: plan.Observe | None = None) -> Scores:
    return agreeing.told(found, plan.Rubric("R", "lesson", criteria), work)


JUDGED = [1.0, 2.0, 3.0, 3.0, 2.0, None]
RATED: list[dict[str, float]] = [{"ann": 1.0}, {"ann": 2.0, "ben": 3.0}, {"ben": 3.0}, {"ann": 1.0, "ben": 1.0}, {},
                                 {"ann": 2.0}]


def test_a_judge_is_held_against_each_rating_and_people_against_one_another() -> None:
    found = told(scores(JUDGED, RATED), human(), judge())
    people, pair = found.agreement
    assert (people.between, people.raters, people.confusion) == ("people", ("ann", "ben"),
                                                                 ((1, 0, 0), (0, 0, 1), (0, 0, 0)))
    assert (pair.between, pair.criterion, pair.against) == ("judge and people", "machine", "people")
    assert pair.confusion == ((1, 0, 0), (0, 1, 1), (2, 0, 1)), "six ratings of what the judge has judged"
    exact = pair.figures["exact"]
    assert (exact.value, exact.n, exact.missing) == (0.5, 6, 1)
    assert people.figures["exact"].value == 0.5 and people.figures["exact"].n == 2


def test_where_they_differ_comes_the_most_different_first() -> None:
    found = told(scores(JUDGED, RATED), human(), judge())
    assert [(each.episode, each.apart, each.judge) for each in found.differing] == [(3, 1.0, 3.0), (1, 0.25, 2.0)]
    assert found.differing[0].people == {"ann": 1.0, "ben": 1.0}
    assert (found.differing[0].first, found.differing[0].last) == (0, 3)


def test_on_a_nominal_scale_labels_differ_or_do_not() -> None:
    found = told(scores([1.0, 1.0], [{"ann": 3.0, "ben": 1.0}, {"ann": 1.0}]), human(kind="nominal"),
                 judge(kind="nominal"))
    assert [(each.episode, each.apart) for each in found.differing] == [(0, 0.5)]
    assert set(found.agreement[1].figures) == {"exact", "cohens_kappa", "krippendorff_alpha", "gwets_ac1"}


@pytest.mark.parametrize(("least", "kept"), [(0.5, True), (0.51, False)])
def test_what_the_program_asks_for_is_kept_or_not(least: float, kept: bool) -> None:
    asked = plan.Agreement("exact", least, "people")
    of_judge = told(scores(JUDGED, RATED), human(), judge(agreement=asked))
    work = plan.Observe("o", "lesson", plan.Selection("d"), {}, agreement=asked)
    of_observe = told(scores(JUDGED, RATED), human(), judge(), work=work)
    for found in (of_judge, of_observe):
        pair = found.agreement[1]
        assert (pair.asked, pair.at_least, pair.kept) == ("exact", least, kept)
        assert agreeing.below(found) == ([] if kept else [pair])
        assert not agreeing.unknown(found)


def test_what_nobody_rated_yet_breaks_nothing_and_what_has_no_value_is_told() -> None:
    asked = plan.Agreement("quadratic_kappa", 0.6, "people")
    nothing = told(scores([1.0, 2.0], [{}, {}]), human(), judge(agreement=asked))
    assert (nothing.agreement, agreeing.below(nothing), agreeing.unknown(nothing)) == ((), [], [])
    same = told(scores([2.0, 2.0], [{"ann": 2.0}, {"ann": 2.0}]), human(), judge(agreement=asked))
    (pair,) = agreeing.unknown(same)
    assert pair.kept is None and pair.figures["quadratic_kappa"].value is None
    assert pair.figures["quadratic_kappa"].why


def test_other_scales_and_other_parts_are_not_compared() -> None:
    rated = scores(JUDGED, RATED)
    assert len(told(rated, human(), judge(units=TURNS)).agreement) == 1
    other = plan.Criterion("machine", 0.0, judge=plan.Judge(nodes.Lit("?"), SCALE[:2], "ordinal"))
    assert len(told(rated, human(), other).agreement) == 1


def test_votes_are_held_against_one_another_where_they_were_counted() -> None:
    def row(number: int, shares: tuple[float, ...]) -> DialogueScores:
        return DialogueScores(number, {}, None, "final", 2, judged={
            "machine": (Judgement(-1, 0.5, "mid", shares, answers=3),)})

    asked = plan.Agreement("krippendorff_alpha", 0.9)
    rows = (row(0, (1.0, 0.0, 0.0)), row(1, (0.0, 1 / 3, 2 / 3)), row(2, (0.0, 0.0, 1.0)), row(3, (0.2, 0.5, 0.3)))
    found = told(Scores("R", {}, Contracts(), rows), judge(agreement=asked, votes=3))
    (votes,) = found.agreement
    assert (votes.between, votes.figures["krippendorff_alpha"].n) == ("votes", 3), "shares of no votes are left out"
    assert votes.figures["exact"].value == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert votes.kept is False


def test_parts_are_found_by_their_last_turn() -> None:
    part = PartScore(2, 3, 1.0)
    row = DialogueScores(0, {}, None, "final", 6, judged={"machine": (Judgement(3, 1.0, "high"),)},
                         ratings={"people": {3: {"ann": 1.0}, 5: {"ann": 2.0}}}, parts={"machine": (part,)})
    found = told(Scores("R", {}, Contracts(), (row,)), human(units=plan.Units("exchange", "mean")),
                 judge(units=plan.Units("exchange", "mean")))
    (case,) = found.differing
    assert (case.first, case.last) == (2, 3)
    assert found.agreement[-1].figures["exact"].missing == 1, "a rating of what the judge did not judge"
