"""Programs as people write them, from their text to dialogues under a shield."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pedalang import diagnostic, journal, plan
from pedalang.compiler import compile
from pedalang.runtime import run
from pedalang.runtime.engines.engine import Engine
from pedalang.runtime.engines.random import RandomEngine
from pedalang.runtime.episode import state
from tests.runtime import conftest as made

PROGRAM = """
type Sum {{ a: Int  b: Int  answer: Int = a + b }}
move ask for teacher {{}}
move hint for teacher {{}}
move tell for teacher {{}}
move praise for teacher {{}}
predicate says(answer: Int) by code {{ holds: mentions_number(turn.text, answer) }}
role Tutor(sum: Sum) {{
  moves: [ask, hint, tell, praise]
  {policy}
  speak: {speak}
  sees: [sum.a, sum.b, sum.answer, history]
  say ask: ["What is {{{{ sum.a }}}} + {{{{ sum.b }}}}?", "Is it {{{{ sum.answer }}}}?"]
  say hint: ["Count on from {{{{ sum.a }}}}.", "Not {{{{ sum.answer + 1 }}}}."]
  say tell: ["It is {{{{ sum.answer }}}}.", "Count with your fingers."]
  say praise: ["Well done.", "Fine."]
}}
student Learner(sum: Sum) {{
  speak: grounded
  state {{ reply: Int = 0  stuck: Int in 0..3 = 0  correct: Bool = false }}
  on self.turn {{
    draw knows ~ bernoulli(0.2)
    set reply = if knows then sum.answer else sum.answer + 1
    set correct = knows
    if knows {{ set stuck = 0 }} else {{ set stuck = stuck + 1 }}
  }}
  act solves when correct {{ say: ["{{{{ reply }}}}."] }}
  act guesses otherwise {{ say: ["{{{{ reply }}}}?"] }}
}}
flow lesson(sum: Sum) {{
  obeys Rules
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 12 turns {{ turn teacher  turn student  -> done when student.correct  -> done at max }}
  phase done final {{ turn teacher }}
}}
contract Rules(sum: Sum) over lesson {{
  {clauses}
}}
"""
TABLE = "policy table { ask weight 1  hint weight 1  tell weight 1  praise weight 1 }"
ITEMS: list[dict[str, Any]] = [{"sum": {"a": n, "b": n + 3, "answer": 2 * n + 3}} for n in range(20, 60)]

BY_MOVES = {
    "no move before another": "never tell before 2 ask",
    "no move after another": "whenever hint then never tell",
    "how often": "at most 1 tell",
    "how often in a row": "at most 1 consecutive praise",
    "what the student's state allows": "never praise until student.correct",
    "a count that the student drives": "never ask until student.stuck >= 2",
    "in a phase": "during work: at most 1 hint",
}


def compiled(*clauses: str, policy: str = TABLE, speak: str = "grounded") -> plan.Plan:
    lines = "\n  ".join(f"hard rule{at}: {clause}" for at, clause in enumerate(clauses))
    found = compile.compile_text(PROGRAM.format(policy=policy, speak=speak, clauses=lines))
    assert found.plan is not None, diagnostic.to_text(found.diagnostics)
    return found.plan


class Played:
    """What came of a run."""

    def __init__(self, folder: Path) -> None:
        events = journal.open_journal(folder)
        self.turns, self.endings, self.interventions = events.turns(), events.endings(), events.interventions()
        events.close()
        self.broken = [sum(not each.kept for each in ending.verdicts) > 0 for ending in self.endings].count(True)
        self.lengths = Counter(turn.episode for turn in self.turns)


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Played]:
    def played(of: plan.Plan, level: state.Level, engine: Engine) -> Played:
        folder = tmp_path / f"{level}{len(list(tmp_path.iterdir()))}"
        run.run(of, "lesson", ITEMS, made.both(engine), seed=3, folder=folder, shield=level)
        found = Played(folder)
        assert {ending.why for ending in found.endings} <= {"final", "limit"}
        assert all(each.kind != "failed" for each in found.interventions)
        return found

    return played


@pytest.mark.parametrize("clause", BY_MOVES.values(), ids=BY_MOVES)
def test_a_clause_that_moves_keep_is_broken_by_chance_and_never_under_a_shield(clause: str,
                                                                              play: Callable[..., Played]) -> None:
    of = compiled(clause)
    assert of.contracts["Rules"].clauses[0].assurance == "shieldable"
    off, on = (play(of, level, RandomEngine()) for level in ("off", "moves"))
    assert (off.broken >= len(ITEMS) // 5, on.broken) == (True, 0)
    assert {each.kind for each in on.interventions} == {"moves"}
    assert not off.interventions


@pytest.mark.parametrize("policy", [TABLE, "policy model"], ids=["table", "model"])
def test_several_at_once_and_words(policy: str, play: Callable[..., Played]) -> None:
    leaks = "never (teacher and says(sum.answer)) until student.correct"
    of = compiled("never tell before 2 ask", "at most 2 tell", "at most 1 consecutive praise", leaks, policy=policy)
    off, moves, full = (play(of, level, RandomEngine()) for level in state.LEVELS)
    assert off.broken > moves.broken > full.broken == 0
    assert {each.kind for each in full.interventions} == {"moves", "words left out"}
    assert set(full.lengths.values()) <= {2 * n + 1 for n in range(1, 7)}


def test_generated_words(play: Callable[..., Played]) -> None:
    def words(request: Any) -> str:
        numbers = " ".join(str(item["sum"]["answer"]) for item in ITEMS)
        return f"It is {numbers}." if request.seed % 3 else f"Think of {request.seed % 7}."

    of = compiled("never (teacher and says(sum.answer)) until student.correct", speak="free")
    off, full = (play(of, level, made.Picks(words)) for level in ("off", "full"))
    assert (off.broken > 30, full.broken) == (True, 0)
    assert {each.kind for each in full.interventions} == {"words again", "words replaced"}
    assert all("It is" in each.text for each in full.interventions)


def test_turns_of_a_phase_without_a_limit_are_not_counted(play: Callable[..., Played]) -> None:
    """One clause needs to know how many turns a phase has had, another holds in a phase where that has no end."""
    phases = ("phase early start max 6 turns { turn teacher  turn student  -> work at max }\n"
              "  phase work { turn teacher  turn student  -> done when student.correct }")
    text = PROGRAM.replace("phase work max 12 turns {{ turn teacher  turn student  -> done when student.correct  "
                           "-> done at max }}", phases.replace("{", "{{").replace("}", "}}"))
    found = compile.compile_text(text.format(policy=TABLE, speak="grounded", clauses=(
        "hard earned: never praise until student.correct\n  hard helped: during early: at least 1 hint")))
    assert found.plan is not None, diagnostic.to_text(found.diagnostics)
    (shield,) = found.plan.shields
    assert plan.Position("turns_here") in shield.looks
    off, on = (play(found.plan, level, RandomEngine()) for level in ("off", "moves"))
    assert (off.broken >= len(ITEMS) // 5, on.broken) == (True, 0)
