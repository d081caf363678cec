"""What a shield costs: its table is looked up in each of the teacher's turns, against what a turn costs without it.
Processor time, in this process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import msgspec
import pytest

from pedalang import plan
from pedalang.expression.nodes import Attr, Lit, Name
from pedalang.runtime.episode import flow, shield, speaker, state
from tests.runtime import conftest as made
from tests.runtime.shields import ASK_FIRST, MOVES, ask_first, lesson, no_answer

TURNS = 400
TRIALS = 9
AT_MOST = 0.1

LOOKS = (plan.ClauseState(*ASK_FIRST), plan.Position("phase"), plan.Position("step"),
         plan.Reading(Attr(Name("student"), "stuck"), 3))
BY = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), (("Rules", "no_answer"),), LOOKS,
                 {f'[{at},"work",0,{stuck}]': ("telling",) for at in range(2) for stuck in range(4)})


def standing(level: state.Level) -> tuple[state.Setting, state.State, plan.Turn]:
    """A dialogue before its first turn, which is the teacher's: she says one of two candidates of what a rule takes."""
    say = (Lit("What is it?"), Lit("How do you know?"))
    of = lesson(BY, ask_first(), no_answer(), moves={name: plan.Move(name, say=say) for name in MOVES},
                policy=plan.Policy("rule", (plan.Arm("generic", {}),)))
    here = state.setting(msgspec.structs.replace(of), "lesson", made.both(made.Picks()), 1, shield=level)
    at, step = flow.advance(here, state.begin(here, 0, made.items(1)[0]))
    assert isinstance(step, plan.Turn)
    return here, at, step


def turn(level: state.Level) -> Callable[[], object]:
    here, at, step = standing(level)
    engine = made.Picks()

    def take() -> None:
        taking = speaker.simulated(here, at, step)
        try:
            ask = next(taking)
            while True:
                answer = engine.reply(ask.request)
                assert not isinstance(answer, Exception)
                ask = taking.send(answer)
        except StopIteration:
            return

    return take


def look() -> Callable[[], object]:
    here, at, _ = standing("full")
    assert shield.masked(here, at, at.env) == ("telling",)
    return lambda: shield.masked(here, at, at.env)


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    for _ in range(TURNS):
        work()
    return (time.process_time() - start) / TURNS


def ratio(one: Callable[[], object], other: Callable[[], object]) -> float:
    """How much one costs of what the other costs: the median of pairs, the first left out."""
    pairs = [(seconds(one), seconds(other)) for _ in range(TRIALS)]
    return statistics.median(left / right for left, right in pairs[1:])


def test_looking_a_move_up_costs_next_to_nothing() -> None:
    cost = ratio(look(), turn("off"))
    assert cost <= AT_MOST, f"a look costs {cost:.1%} of a turn"


@pytest.mark.full
def test_what_a_shield_costs(capsys: pytest.CaptureFixture[str]) -> None:
    moves, full = (ratio(turn(level), turn("off")) for level in ("moves", "full"))
    with capsys.disabled():
        print(f"\na turn: {seconds(turn('off')) * 1e6:.0f} µs; a look: {seconds(look()) * 1e6:.1f} µs; "
              f"with moves {moves:.2f}, with the words of two candidates {full:.2f} turns")
    assert moves <= 1.3
