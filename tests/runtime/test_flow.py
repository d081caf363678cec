"""Where a dialogue goes, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from pedalang import plan
from pedalang.expression import nodes
from tests.clauses import clause

Played = Callable[..., SimpleNamespace]
TEACH = plan.Turn("teacher", ("generic",))
LEARN = plan.Turn("student")
TURNS = nodes.Call("count", (nodes.Name("history"),))


def after(turns: int) -> nodes.Binary:
    return nodes.Binary(">=", TURNS, nodes.Lit(turns))


def flow(*phases: plan.Phase, max_turns: int = 20) -> dict[str, object]:
    return {"phases": {phase.name: phase for phase in phases}, "start": phases[0].name, "max_turns": max_turns}


def walked(found: SimpleNamespace) -> list[tuple[str, str]]:
    return [(turn.phase, turn.role) for turn in found.turns]


def test_a_phase_repeats_until_a_goto_leaves_it(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, LEARN, plan.Goto("close", after(4))))
    found = play(make.lesson(flow=flow(work, plan.Phase("close", (TEACH,), final=True))))
    assert walked(found) == [("work", "teacher"), ("work", "student")] * 2 + [("close", "teacher")]
    assert (found.endings[0].why, found.endings[0].phase) == ("final", "close")


def test_a_goto_leaves_at_once(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, plan.Goto("close", after(1)), LEARN))
    found = play(make.lesson(flow=flow(work, plan.Phase("close", (LEARN, TEACH), final=True))))
    assert walked(found) == [("work", "teacher"), ("close", "student"), ("close", "teacher")]


def test_a_final_phase_runs_once_and_may_be_left(make: SimpleNamespace, play: Played) -> None:
    close = plan.Phase("close", (TEACH, plan.Goto("more", after(1)), LEARN), final=True)
    found = play(make.lesson(flow=flow(close, plan.Phase("more", (LEARN,), final=True))))
    assert walked(found) == [("close", "teacher"), ("more", "student")]


def test_at_max_counts_the_turns_of_this_visit(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, LEARN, plan.Goto("rest", at_max=True)), max_turns=3)
    rest = plan.Phase("rest", (TEACH, plan.Goto("close", after(10)), plan.Goto("work")))
    found = play(make.lesson(flow=flow(work, rest, plan.Phase("close", (), final=True))))
    assert [turn.phase for turn in found.turns] == ["work"] * 4 + ["rest"] + ["work"] * 4 + ["rest"]
    assert found.endings[0].why == "final"


def test_at_max_with_a_guard_wants_both(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, plan.Goto("close", after(3), at_max=True), plan.Goto("work", after(2))),
                      max_turns=1)
    found = play(make.lesson(flow=flow(work, plan.Phase("close", (), final=True))))
    assert (len(found.turns), found.endings[0].why) == (1, "limit")


def test_a_phase_that_has_had_its_turns_ends_the_dialogue(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, LEARN, plan.Goto("close", nodes.Lit(False))), max_turns=3)
    found = play(make.lesson(flow=flow(work, plan.Phase("close", (), final=True))))
    assert (len(found.turns), found.endings[0].why, found.endings[0].phase) == (4, "limit", "work")


def test_the_flow_cuts_anywhere(make: SimpleNamespace, play: Played) -> None:
    found = play(make.lesson(flow=flow(plan.Phase("work", (TEACH, LEARN)), max_turns=3)))
    assert (len(found.turns), found.endings[0].why) == (3, "limit")


def test_a_final_phase_without_turns_ends_at_once_even_at_the_limit(make: SimpleNamespace, play: Played) -> None:
    work = plan.Phase("work", (TEACH, LEARN, plan.Goto("close", after(2))))
    found = play(make.lesson(flow=flow(work, plan.Phase("close", (), final=True), max_turns=2)))
    assert (len(found.turns), found.endings[0].why, found.endings[0].phase) == (2, "final", "close")


def test_guards_see_the_phase_they_stand_in(make: SimpleNamespace, play: Played) -> None:
    here = nodes.Binary("==", nodes.Name("phase"), nodes.Lit("work"))
    work = plan.Phase("work", (plan.Goto("close", here),))
    found = play(make.lesson(flow=flow(plan.Phase("open", (TEACH, plan.Goto("close", here), plan.Goto("work"))), work,
                                       plan.Phase("close", (), final=True))))
    assert (len(found.turns), found.endings[0].phase) == (1, "close")


@pytest.mark.parametrize("phases", [
    (plan.Phase("a", (plan.Goto("b"),)), plan.Phase("b", (plan.Goto("a"),), place="lesson.ped:9")),
    (plan.Phase("a", (plan.Goto("b", nodes.Lit(False)),)), plan.Phase("b", (), final=True)),
    (plan.Phase("a", ()),),
])
def test_circles_without_a_turn_fail_the_dialogue(phases: tuple[plan.Phase, ...], make: SimpleNamespace,
                                                  play: Played) -> None:
    (ending,) = play(make.lesson(flow=flow(*phases))).endings
    assert (ending.why, ending.code) == ("failed", "PED1204")
    assert ending.message.startswith("no turn after 1000 steps in phase ")


def test_a_guard_without_a_value_fails_the_dialogue_and_says_where(make: SimpleNamespace, play: Played) -> None:
    broken = plan.Goto("work", make.ref("student.nothing"), place="lesson.ped:7")
    (ending,) = play(make.lesson(flow=flow(plan.Phase("work", (TEACH, broken))))).endings
    assert (ending.code, ending.phase) == ("PED1201", "work")
    assert ending.message == "an expression has no value at lesson.ped:7: `.nothing`: no such field"


def test_contracts_are_judged_at_the_end(make: SimpleNamespace, play: Played) -> None:
    told = plan.Atom(nodes.Binary("==", make.ref("turn.move"), nodes.Lit("telling")))
    solved = plan.Atom(make.ref("student.correct"))
    grows = plan.Atom(make.binary(">", "student.mastery", nodes.Initial(make.ref("student.mastery"))))
    clauses = (clause("never_tells", "hard", plan.Op("never", (told,)), "never telling"),
               clause("solved", "soft", plan.Op("eventually", (solved,)), "eventually student.correct"),
               clause("learns", "soft", plan.Op("last", (grows,)), "last student.mastery grows"))
    of = make.lesson(contracts={"Care": plan.Contract("Care", "lesson", clauses)}, flow={"obeys": ("Care",)})
    found = play(of, count=12)
    for ending in found.endings:
        turns = [turn for turn in found.turns if turn.episode == ending.episode]
        at = next((turn.turn for turn in turns if turn.move == "telling"), None)
        kept = {verdict.clause: (verdict.kept, verdict.broken_at) for verdict in ending.verdicts}
        assert kept["never_tells"] == (at is None, at)
        assert kept["solved"][0] == any(turn.state["student"]["correct"] for turn in turns)
        assert kept["learns"][0] == any(turn.move in ("probing", "focus") for turn in turns)
        for turn in turns:
            lost = at is not None and turn.turn >= at
            solved_by = any(each.state["student"]["correct"] for each in turns if each.turn <= turn.turn)
            assert turn.standing[:2] == ("b" if lost else "k") + ("K" if solved_by else "p")
            assert turn.standing[2] in "kp"
        assert [verdict.kept for verdict in ending.verdicts] == [letter in "kK" for letter in turns[-1].standing]
    assert {ending.verdicts[0].kept for ending in found.endings} == {True, False}


def test_a_run_checks_its_contracts_too_each_once(make: SimpleNamespace, play: Played) -> None:
    short = clause("short", "soft", plan.Op("at_most", (plan.Atom(nodes.Lit(True)),), number=30), "")
    contracts = {name: plan.Contract(name, "lesson", (short,)) for name in ("A", "B")}
    of = make.lesson(contracts=contracts, flow={"obeys": ("A",)},
                     runs={"lesson": plan.Run("lesson", "lesson", plan.Selection("sums"), check=("B", "A"))})
    (ending,) = play(of).endings
    assert [verdict.contract for verdict in ending.verdicts] == ["A", "B"]
