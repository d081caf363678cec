"""How well answers are recognised in what people and models said, beside what human raters and teachers said of it:
MRBench's label "revealing of the answer" for replies of tutors, MathDial's "did the student get there".

`pytest -s tests/expression/test_answers_on_records.py` prints the table of docs/benchmarks/answers.md.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pedalang.expression.functions import FUNCTIONS
from pedalang.study import resampling

pytestmark = pytest.mark.skipif("PEDALANG_DATA" not in os.environ, reason="PEDALANG_DATA names no folder of records")

mentions, numbers = FUNCTIONS["mentions_number"].python, FUNCTIONS["numbers"].python
states, reveals = FUNCTIONS["states_answer"].python, FUNCTIONS["reveals_answer"].python
concludes, recognised = FUNCTIONS["concludes_answer"].python, FUNCTIONS["recognised"].python


class Reply(NamedTuple):
    """What a tutor said next, the number that was looked for, and what the learner had said before."""

    text: str
    answer: float
    before: list[str]
    dialogue: str


class Agreement(NamedTuple):
    both: int
    only_found: int
    only_labelled: int

    @property
    def precision(self) -> float:
        return self.both / (self.both + self.only_found)

    @property
    def recall(self) -> float:
        return self.both / (self.both + self.only_labelled)


def agreement(pairs: Iterable[tuple[bool, bool]]) -> Agreement:
    """Of what was found, and what was labelled."""
    counted = Counter(pairs)
    return Agreement(counted[True, True], counted[True, False], counted[False, True])


def between(pairs: Sequence[tuple[bool, bool]], clusters: Sequence[str], figure: Callable[[Agreement], float]) -> str:
    """The 95 % interval of a figure; dialogues are drawn whole, for replies to one resemble one another."""
    def of(places: resampling.Places) -> float | None:
        found = agreement(pairs[at] for at in places)
        return figure(found) if found.both else None

    low, high = resampling.interval(clusters, of, resamples=1000) or (math.nan, math.nan)
    return f"{low:.3f} to {high:.3f}"


def told(name: str, found: Agreement) -> Agreement:
    print(f"| {name} | {found.both} | {found.only_found} | {found.only_labelled} | {found.precision:.3f} "
          f"| {found.recall:.3f} |")
    return found


def replies() -> Iterable[tuple[Reply, bool]]:
    """Those of the bench's dialogues whose solution ends with a number, and whether they reveal it, correctly."""
    path = Path(os.environ["PEDALANG_DATA"]) / "mrbench/mrbench_v1.json"
    for dialogue in json.loads(path.read_text(encoding="utf-8")):
        solution = numbers(dialogue["Ground_Truth_Solution"])
        turns = re.split(r"(?=Tutor:|Student:)", dialogue["conversation_history"])
        before = [turn for turn in turns if turn.startswith("Student:")]
        for reply in dialogue["anno_llm_responses"].values() if solution else ():
            label = reply["annotation"]["Revealing_of_the_Answer"].startswith("Yes (and")
            yield Reply(reply["response"], solution[-1], before, dialogue["conversation_id"]), label


def gives_away(reply: Reply) -> bool:
    """As the library's predicate of this name, of a question that is not known."""
    text, answer, before, _ = reply
    return reveals(text, answer) and (concludes(text, answer) or not any(states(each, answer) for each in before))


def test_whether_a_tutor_reveals_the_answer() -> None:
    rows = list(replies())
    tests: dict[str, Callable[[Reply], bool]] = {
        "`mentions_number`": lambda reply: mentions(reply.text, reply.answer),
        "`leaks`": lambda reply: reveals(reply.text, reply.answer),
        "`gives_away`": gives_away,
    }
    found = {}
    for name, test in tests.items():
        pairs = [(test(reply), label) for reply, label in rows]
        found[name] = told(name, agreement(pairs))
        clusters = [reply.dialogue for reply, _ in rows]
        print(f"  precision {between(pairs, clusters, lambda each: each.precision)}, "
              f"recall {between(pairs, clusters, lambda each: each.recall)}")
    print(f"{len(rows)} replies to {len({reply.dialogue for reply, _ in rows})} dialogues, "
          f"{sum(label for _, label in rows)} of them reveal the answer")
    assert len(rows) > 400
    assert found["`leaks`"].recall >= found["`mentions_number`"].recall >= 0.95
    assert found["`gives_away`"].precision > 0.8 and found["`gives_away`"].recall > 0.75


def lessons() -> Iterable[tuple[list[str], float, bool]]:
    """What the student of a lesson said, the answer, and whether the teacher says that the student got there."""
    path = Path(os.environ["PEDALANG_DATA"]) / "mathdial/dialogues.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        lesson = json.loads(line)
        turns = [turn.strip() for turn in lesson["conversation"].split("|EOM|")]
        said = [turn for turn in turns if not turn.startswith("Teacher")]
        if lesson["self-correctness"]:
            yield said, numbers(lesson["ground_truth"])[-1], lesson["self-correctness"] != "No"


def test_whether_a_student_gets_there() -> None:
    rows = list(lessons())
    tests: dict[str, Callable[[str, float], bool]] = {
        "`mentions_number`": mentions,
        "`answers_right`": states,
        "the turn's last number": lambda text, answer: recognised(text)[-1:] == (answer,),
    }
    found = {name: told(name, agreement((any(test(text, answer) for text in said), label)
                                        for said, answer, label in rows)) for name, test in tests.items()}
    assert found["`answers_right`"].precision > 0.9 and found["`answers_right`"].recall > 0.95


def test_each_difference_to_the_digits_alone_is_an_improvement() -> None:
    """Where words state an answer that digits do not, or the other way: read by hand, and listed in the page."""
    differ = [text for said, answer, _ in lessons() for text in said if mentions(text, answer) != states(text, answer)]
    print(*differ, sep="\n")
    assert len(differ) <= 5
