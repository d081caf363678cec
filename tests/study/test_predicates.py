"""Predicates by judge in scores: at which turns judges are asked, what contracts and criteria make of the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from pedalang import journal, plan
from pedalang.expression import nodes
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study.score import score
from tests.clauses import clause

Program = Callable[..., plan.Plan]
Add = Callable[..., None]

TEXT = nodes.Attr(nodes.Name("turn"), "text")
TEACHES = nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "speaker"), nodes.Lit("teacher"))
OPEN = nodes.Judged("open:1", nodes.Text((nodes.Lit("Open? "), TEXT)), ("yes", "no"), "", TEACHES)
TALK = [("teacher", "Why?"), ("student", "I added."), ("teacher", "How come?"), ("student", "Hm?")]
ASKS = plan.Contract("Asks", "lesson", (
    clause("twice", "hard", plan.Op("at_least", (plan.Atom(OPEN),), 2), "at least 2 open"),
    clause("talks", "soft", plan.Op("eventually", (plan.Atom(TEACHES),)), "eventually teacher")), judged=True)
KEPT = plan.Criterion("kept", 1.0, contract="Asks")


class Judge:
    """Says yes to what holds a word, and remembers what it was asked."""

    abilities = Abilities(choose=True, scores=True, deterministic=True)
    name = "scripted:judge"
    model = ""

    def __init__(self, word: str, fails_at: str = "") -> None:
        self.word, self.fails_at = word, fails_at
        self.asked: list[Request] = []

    async def answer(self, requests: Sequence[Request]) -> list[Reply | EngineError]:
        self.asked += requests
        return [EngineError("PED1102", "gone") if self.fails_at and self.fails_at in self.question(request)
                else Reply("", 0 if self.word in self.question(request) else 1) for request in requests]

    @staticmethod
    def question(request: Request) -> str:
        return request.messages[1].text.rpartition("Open? ")[2]

    async def close(self) -> None:
        self.asked = []


def test_a_contract_is_judged_with_what_the_judge_said(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    judge = Judge("?")
    found = score(program(KEPT, contracts=[ASKS]), events, "R", judge)
    assert found.dialogues[0].values == {"kept": 1.0}
    assert [request.key for request in judge.asked] == [f"0/{turn}/judge.predicate.open:1" for turn in (0, 2)], \
        "only where `when` holds"
    assert "last turn" in judge.asked[1].messages[1].text
    again = Judge("?")
    assert score(program(KEPT, contracts=[ASKS]), events, "R", again).dialogues == found.dialogues
    assert again.asked == []


def test_what_does_not_hold_breaks_the_clause(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    found = score(program(KEPT, contracts=[ASKS]), events, "R", Judge("How"))
    assert found.dialogues[0].values == {"kept": 0.5}
    assert (found.contracts.clauses["Asks.twice"].broken, found.contracts.hard_broken) == (1, 1)


def test_without_an_answer_a_clause_is_not_known(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    found = score(program(KEPT, contracts=[ASKS]), events, "R", Judge("?", fails_at="How"))
    assert found.dialogues[0].values == {"kept": None}
    assert found.dialogues[0].missing["kept"].startswith(
        "PED1239: the clause `twice` is not known: `open` at turn 2: PED1102")
    assert list(found.contracts.clauses) == ["Asks.talks"], "the clause that asks nobody is counted"
    unasked = score(program(KEPT, contracts=[ASKS]), events, "R")
    assert unasked.dialogues[0].missing["kept"].startswith("PED1239")


def test_contracts_of_the_run_are_judged_when_it_is_scored(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    made = program(contracts=[ASKS])
    run = plan.Run("demo", "lesson", plan.Selection("d"), check=("Asks",))
    found = score(replace(made, runs={"demo": run}), events, "", Judge("Why"))
    assert {name: count.kept for name, count in found.contracts.clauses.items()} == {"Asks.twice": 0, "Asks.talks": 1}


def test_code_can_ask_too(program: Program, events: journal.Journal, add: Add) -> None:
    add(0, TALK)
    asks = plan.Criterion("asks", 1.0, score=OPEN, units=plan.Units("turn", "mean", TEACHES))
    found = score(program(asks), events, "R", Judge("How"))
    assert [part.value for part in found.dialogues[0].parts["asks"]] == [0.0, 1.0]
    lost = score(program(plan.Criterion("asks", 1.0, score=nodes.Unary("not", OPEN))), events, "R")
    assert lost.dialogues[0].values == {"asks": 1.0}, "at the last turn nobody has to be asked"
