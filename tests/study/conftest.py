"""Plans and journals made by hand, for what looks at them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.study.dialogue import Dialogue

Turns = Sequence[tuple[str, str] | tuple[str, str, dict[str, Any]]]


def role(name: str, kind: str) -> plan.Role:
    return plan.Role(name, kind, nodes.Lit("You talk."))  # type: ignore[arg-type]


LESSON = plan.Flow(
    "lesson", {"problem": "Problem"}, {"teacher": role("Tutor", "role"), "student": role("Learner", "student")},
    {"work": plan.Phase("work", (plan.Turn("teacher"), plan.Turn("student")))}, "work", 8,
)


@pytest.fixture
def program() -> Callable[..., plan.Plan]:
    """A plan with one rubric `R` of the given criteria, on the flow `lesson`."""

    def build(*criteria: plan.Criterion, contracts: Sequence[plan.Contract] = ()) -> plan.Plan:
        return plan.Plan(
            "made.ped", {}, flows={"lesson": LESSON}, contracts={contract.name: contract for contract in contracts},
            rubrics={"R": plan.Rubric("R", "lesson", criteria)},
        )

    return build


@pytest.fixture
def events(tmp_path: Path) -> Iterator[journal.Journal]:
    """An empty journal of a run of `lesson`."""
    header = journal.Header("run", "0" * 64, "demo", "lesson", 7, 0, {"teacher": "scripted", "student": "scripted"})
    made = journal.create(tmp_path, header)
    yield made
    made.close()


@pytest.fixture
def add(events: journal.Journal) -> Callable[..., None]:
    """Adds a dialogue to the journal: turns are (speaker, text) and perhaps fields of `journal.Turn`; the student's
    state is what a turn says it is from then on."""

    def dialogue(episode: int, turns: Turns = (), *, item: dict[str, Any] | None = None,
                 state: dict[str, Any] | None = None, why: str | None = "final", **ending: Any) -> None:
        held = dict(state or {})
        events.add(journal.Episode(episode, item or {}, {"student": dict(held)}))
        for number, (speaker, text, *fields) in enumerate(turns):
            more = dict(fields[0]) if fields else {}
            held |= more.pop("student", {})
            events.add(journal.Turn(episode, number, speaker, "work", text, "chosen", state={"student": dict(held)},
                                    **more))
        if why is not None:
            events.add(journal.Ending(episode, "work", why, **ending))
        events.commit()

    return dialogue


@pytest.fixture
def talk() -> Callable[..., Dialogue]:
    """A finished dialogue that never was in a journal, from (speaker, text) pairs."""

    def build(*turns: tuple[str, str]) -> Dialogue:
        records = tuple({"speaker": speaker, "text": text} for speaker, text in turns)
        cast: dict[str, dict[str, Any]] = {"teacher": {}, "student": {}}
        return Dialogue(0, {}, cast, records, tuple(cast for _ in turns), frozenset({"student"}), "final")

    return build
