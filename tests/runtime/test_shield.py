"""What the teacher's side does not do under a shield: moves that are masked, words that would break a clause."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pedalang import cli, journal, plan
from pedalang.expression.nodes import Lit
from pedalang.runtime import session
from pedalang.runtime.engines.engine import Request
from pedalang.runtime.episode import state
from pedalang.runtime.errors import RunError
from tests.runtime import conftest as made
from tests.runtime.shields import (
    ASK_FIRST,
    BY_MOVES,
    BY_WORDS,
    HERE,
    MOVES,
    ask_first,
    dialogue,
    does,
    lesson,
    never,
)

Played = Callable[..., SimpleNamespace]
Begun = Callable[..., Path]
# ---------------------------------------------------------------- moves


TABLE = plan.Policy("table", tuple(plan.Arm(name, {}) for name in MOVES))
RULE = plan.Policy("rule", (plan.Arm("telling", {}), plan.Arm("generic", {}, otherwise=True)))


@pytest.mark.parametrize("policy", [TABLE, plan.Policy("model")], ids=["table", "model"])
def test_a_clause_that_is_often_broken_without_a_shield_never_is_with_it(policy: plan.Policy, make: SimpleNamespace,
                                                                       play: Played) -> None:
    of = lesson(BY_MOVES, ask_first(), policy=policy)
    broken = {level: [ending.verdicts[0].kept for ending in play(of, count=40, shield=level).endings].count(False)
              for level in state.LEVELS}
    assert broken["off"] > 15
    assert (broken["moves"], broken["full"]) == (0, 0)


def test_no_dialogue_is_shorter_for_it(make: SimpleNamespace, play: Played) -> None:
    of = lesson(BY_MOVES, ask_first(), policy=TABLE)
    found = {level: play(of, count=20, shield=level) for level in state.LEVELS}
    assert {len(each.turns) for each in found.values()} == {20 * 8}
    assert {ending.why for each in found.values() for ending in each.endings} == {"limit"}


def test_a_rule_takes_the_next_arm_of_a_move_that_is_left() -> None:
    turns, done = dialogue(lesson(BY_MOVES, ask_first(), policy=RULE), made.Picks(), 1)
    assert [turn.move for turn in turns if turn.role == "teacher"] == ["generic", "generic", "telling", "telling"]
    assert done == [journal.Intervention(0, turn, 0, "teacher", "moves", (ASK_FIRST,), ("telling",)) for turn in (0, 2)]


def test_a_model_is_not_offered_what_is_masked() -> None:
    offered: list[tuple[str, ...]] = []

    class Offered(made.Picks):
        def reply(self, request: Request) -> Any:
            if request.purpose == "move":
                offered.append(request.choices)
            return super().reply(request)

    _, done = dialogue(lesson(BY_MOVES, ask_first(), policy=plan.Policy("model")), Offered(), 3)
    without = {at // 2 for at in (each.turn for each in done)}
    assert offered == [tuple(name for name in MOVES if name != "telling" or at not in without) for at in range(4)]
    assert done and all(each.masked == ("telling",) for each in done)


def test_a_dialogue_in_which_nothing_was_to_be_masked_is_the_same_without_a_shield() -> None:
    """A rule's choice that is not masked, and a table's draw, stay what they were: nothing is drawn anew."""
    of = lesson(BY_MOVES, ask_first(), policy=TABLE)
    same = 0
    for seed in range(60):
        turns, done = dialogue(of, made.Picks(), seed)
        unshielded, nothing = dialogue(of, made.Picks(), seed, "off")
        assert nothing == []
        first = min((each.turn for each in done), default=len(turns))
        assert turns[:first] == unshielded[:first]
        same += turns == unshielded and not done
        assert bool(done) == (turns != unshielded)
    assert same > 5


tables = st.dictionaries(
    st.tuples(st.integers(0, 5), st.integers(0, 3)),
    st.lists(st.sampled_from(MOVES), unique=True, max_size=4).map(tuple), max_size=12)


@settings(max_examples=60)
@given(tables, st.sampled_from([TABLE, RULE, plan.Policy("model")]), st.integers(0, 1000))
def test_whatever_is_picked_a_masked_move_is_not_made(table: dict[tuple[int, int], tuple[str, ...]],
                                                      policy: plan.Policy, seed: int) -> None:
    looks = (plan.Position("turns_here"), plan.ClauseState(*ASK_FIRST))
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), looks=looks,
                     masked={f"[{turns},{clause}]": moves for (turns, clause), moves in table.items()})
    turns, done = dialogue(lesson(by, ask_first(), turns=6, policy=policy), made.Picks(), seed)
    clause = 0
    for where, turn in enumerate(turns):
        masked = table.get((where, clause), ())
        if turn.role == "teacher":
            failed = set(masked) == set(MOVES)
            assert failed or turn.move not in masked
            assert {each.kind for each in done if each.turn == turn.turn} <= {"failed" if failed else "moves"}
        else:
            assert not [each for each in done if each.turn == turn.turn]
        clause = 3 if turn.move == "telling" and clause < 2 else clause + (turn.move == "generic" and clause < 2)


def test_where_nothing_would_be_left_nothing_is_masked_and_that_is_noted() -> None:
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), looks=(plan.Position("turn"),), masked={"[0]": MOVES})
    turns, done = dialogue(lesson(by, ask_first(), policy=RULE), made.Picks(), 1)
    assert len(turns) == 8 and turns[0].move == "telling"
    assert [(each.kind, each.turn, each.masked) for each in done] == [("failed", 0, MOVES)]


@pytest.mark.parametrize(("look", "key", "masked_at"), [
    (plan.Position("turn"), "[2]", [2]),
    (plan.Position("turns_here"), "[4]", [4]),
    (plan.Position("step"), "[0]", [0, 2, 4, 6]),
    (plan.Position("phase"), '["work"]', [0, 2, 4, 6]),
    (plan.Reading(made.ref("student.stuck")), "[1]", [2]),
    (plan.Reading(made.ref("student.stuck"), 2), "[2]", [4, 6]),
    (plan.Reading(HERE(">", "student.stuck", 1)), "[true]", [4, 6]),
    (plan.Reading(made.ref("student.attempt.none")), "[null]", [0, 2, 4, 6]),
], ids=["turn", "turns here", "step", "phase", "a number", "at most", "a truth value", "no value"])
def test_looks(look: plan.Look, key: str, masked_at: list[int]) -> None:
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), looks=(look,), masked={key: ("telling",)})
    more = plan.Handler("student", "turn", None, (made.more("stuck", 1),))
    waits = plan.Act("waits", None, (Lit("Hm."),))
    of = lesson(by, ask_first(), policy=plan.Policy("rule", (plan.Arm("telling", {}), plan.Arm("focus", {}))))
    cast = {**of.flows["lesson"].cast, "student": made.learner(handlers=(more,), acts=(waits,))}
    here = msgspec.structs.replace(of.flows["lesson"], cast=cast)
    turns, _ = dialogue(msgspec.structs.replace(of, flows={"lesson": here}), made.Picks(), 1)
    assert [turn.turn for turn in turns if turn.move == "focus"] == masked_at


def test_own_handlers_run_before_it_is_looked() -> None:
    own = plan.Handler("teacher", "turn", None, (plan.Assign("mood", Lit("bad")),))
    by = plan.Shield("lesson", ("Rules",), (ASK_FIRST,), looks=(plan.Reading(made.ref("teacher.mood")),),
                     masked={'["bad"]': ("telling",)})
    of = lesson(by, ask_first(), policy=RULE, turns=1, handlers=(own,),
                state=(plan.Variable("mood", "Text", Lit("good")),))
    assert [turn.move for turn in dialogue(of, made.Picks(), 1)[0]] == ["generic"]


def test_the_shield_of_a_run_is_that_of_its_flow_and_its_contracts() -> None:
    other = plan.Contract("Other", "lesson", (never("x", does("focus"), "never focus"),))
    both = plan.Shield("lesson", ("Rules", "Other"), looks=(plan.Position("turn"),), masked={"[0]": ("focus",)})
    more = plan.Run("more", "lesson", plan.Selection(""), check=("Other", "Rules"))
    of = lesson(BY_MOVES, ask_first())
    of = msgspec.structs.replace(of, shields=(BY_MOVES, both), contracts={**of.contracts, "Other": other},
                                 runs={"more": more})
    engines = made.both(made.Picks())

    def found(where: plan.Plan, name: str, level: state.Level = "full") -> plan.Shield | None:
        masks = state.setting(where, name, engines, 0, shield=level).masks
        return None if masks is None else masks.shield

    assert (found(of, "lesson"), found(of, "more")) == (BY_MOVES, both)
    assert (found(of, "more", "off"), found(made.lesson(), "lesson")) == (None, None)
    words = msgspec.structs.replace(of, shields=(BY_WORDS,))
    assert found(words, "lesson", "moves") == plan.Shield("lesson", ("Rules",))


def test_a_shield_that_is_none_is_refused() -> None:
    with pytest.raises(RunError) as error:
        state.setting(made.lesson(), "lesson", made.both(made.Picks()), 0, shield="ful")  # type: ignore[arg-type]
    assert (error.value.code, error.value.message) == ("PED1241", "a shield cannot be `ful`")
    assert error.value.help == "did you mean `full`?"


def test_the_command_line_knows_the_same_levels() -> None:
    option: Any = cli.shield_option(lambda: None)
    (parameter,) = option.__click_params__
    assert (tuple(parameter.type.choices), parameter.default) == (state.LEVELS, "full")


# ---------------------------------------------------------------- a person


def test_a_person_s_masked_moves_are_not_offered_and_refused_when_made() -> None:
    of = lesson(BY_MOVES, ask_first())
    with session.start(of, "lesson", made.items(1)[0], made.both(made.Picks()), person="teacher", seed=2) as talk:
        assert talk.moves == ("generic", "probing", "focus")
        with pytest.raises(RunError) as error:
            talk.send("It is 7/6.", "telling")
        assert error.value.code == "PED1240"
        assert error.value.message == "`telling` is not made here: it would break `Rules.ask_first`"
        assert error.value.help == "what can be done: generic, probing, focus"
        assert talk.turns == ()
        talk.send("Hello.", "generic")
        talk.send("Hello.", "generic")
        assert talk.moves == MOVES
        talk.send("It is 7/6.", "telling")
        assert [turn.move for turn in talk.turns if turn.role == "teacher"] == ["generic", "generic", "telling"]
    with session.start(of, "lesson", made.items(1)[0], made.both(made.Picks()), person="teacher", shield="off") as talk:
        assert talk.moves == MOVES
        talk.send("It is 7/6.", "telling")


def test_a_session_is_reopened_with_its_shield(tmp_path: Path) -> None:
    engines = {"student": made.Picks()}
    for level in state.LEVELS:
        folder = tmp_path / level
        with session.start(lesson(BY_MOVES, ask_first()), "lesson", made.items(1)[0], engines, person="teacher",
                           folder=folder, shield=level) as talk:
            talk.send("Hello.", "generic")
            moves = talk.moves
        with session.reopen(folder, engines) as talk:
            assert sorted(talk.moves) == sorted(moves)
            assert ("telling" in moves) == (level == "off")
