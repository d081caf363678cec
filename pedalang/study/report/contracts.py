"""The panel of contracts: every clause as its author wrote it, how often it was kept, and which dialogues broke it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from pedalang import plan as plans
from pedalang.journal import Ending
from pedalang.study import statistics
from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.tally import Tally

MOST_LINKS = 40


@dataclass(frozen=True)
class Breach:
    """A dialogue on the page that broke a clause, and from which turn on."""

    dialogue: int
    turn: int | None


@dataclass
class Clause:
    """A clause and what became of it. `text` is empty where the plan does not have the clause."""

    name: str
    severity: str
    text: str
    place: str
    kept: int = 0
    broken: int = 0
    breaches: list[Breach] = field(default_factory=list)
    assurance: str = ""
    asks: bool = False
    """Whether it asks a judge: it is then looked at when the run is scored."""
    interventions: tuple[str, ...] = ()
    """What the shield did for it, each with how often."""

    @property
    def interval(self) -> str:
        """The 95 % interval of the share of dialogues that kept it."""
        if self.kept + self.broken < 2:
            return ""
        low, high = statistics.wilson(self.kept, self.kept + self.broken)
        return f"{low:.0%} to {high:.0%}"

    @property
    def share(self) -> Markup:
        return plots.bar("kept", self.kept / (self.kept + self.broken))

    @property
    def more(self) -> int:
        return self.broken - len(self.breaches)


@dataclass(frozen=True)
class Contract:
    """A contract with its clauses, and where it is written."""

    name: str
    place: str
    clauses: tuple[Clause, ...]


SHIELD = {"moves": ("turn with masked moves", "turns with masked moves"),
          "words left out": ("turn with words left out", "turns with words left out"),
          "words again": ("time words were asked for again", "times words were asked for again"),
          "words replaced": ("time others were said", "times others were said"),
          "failed": ("time nothing helped", "times nothing helped")}
"""What a shield does, as it is counted."""


def shielded(evidence: Evidence, tally: Tally) -> str:
    """What the shield did in the whole run, in a sentence; empty where it did nothing."""
    if not tally.shield:
        return ""
    did = ", ".join(wording.count(tally.shield[kind], *words) for kind, words in SHIELD.items() if tally.shield[kind])
    return f"The shield stepped in at {tally.shielded:,} of {wording.count(tally.turns, 'turn')}: {did}."


def panel(evidence: Evidence, tally: Tally, shown: Mapping[int, Container[int | None]]) -> tuple[Contract, ...]:
    """The contracts that the flow obeys, that the run checks, or that were judged. `shown` are the dialogues on the
    page with their turns: what can be linked to."""
    contracts = evidence.plan.contracts
    clauses = {name: _authored(contracts[name]) for name in _declared(evidence)}
    for dialogue in sorted(evidence.dialogues, key=lambda d: d.number):
        if dialogue.ending and dialogue.kind != "failed":
            _count(clauses, dialogue.ending, shown.get(dialogue.number))
    _count_scored(clauses, evidence)
    _count_interventions(clauses, tally)
    return tuple(
        Contract(name, contracts[name].place if name in contracts else "", tuple(found.values()))
        for name, found in clauses.items()
    )


def _count(clauses: dict[str, dict[str, Clause]], ending: Ending, turns: Container[int | None] | None) -> None:
    for verdict in ending.verdicts:
        contract = clauses.setdefault(verdict.contract, {})
        clause = contract.setdefault(verdict.clause, Clause(verdict.clause, verdict.severity, "", ""))
        clause.kept += verdict.kept
        clause.broken += not verdict.kept
        if not verdict.kept and turns is not None and len(clause.breaches) < MOST_LINKS:
            clause.breaches.append(Breach(ending.episode, verdict.broken_at if verdict.broken_at in turns else None))


def _count_scored(clauses: dict[str, dict[str, Clause]], evidence: Evidence) -> None:
    """Clauses that only the rubric names are judged when the run is scored: the journal has no verdict of them."""
    for name, count in evidence.scores.contracts.clauses.items():
        contract, _, clause = name.rpartition(".")
        if contract not in clauses and contract in evidence.plan.contracts:
            clauses[contract] = _authored(evidence.plan.contracts[contract])
        found = clauses.setdefault(contract, {}).setdefault(clause, Clause(clause, count.severity, "", ""))
        found.kept, found.broken = count.kept, count.broken


def _count_interventions(clauses: dict[str, dict[str, Clause]], tally: Tally) -> None:
    for (contract, clause), kinds in tally.clauses.items():
        if found := clauses.get(contract, {}).get(clause):
            found.interventions = tuple(wording.count(kinds[kind], *words) for kind, words in SHIELD.items()
                                        if kinds[kind])


def _authored(contract: plans.Contract) -> dict[str, Clause]:
    return {clause.name: Clause(clause.name, clause.severity, clause.text, clause.place, assurance=clause.assurance,
                                asks=any(True for _ in plans.judged(clause.formula))) for clause in contract.clauses}


def _declared(evidence: Evidence) -> list[str]:
    obeyed = evidence.flow.obeys if evidence.flow else ()
    run = plans.work(evidence.plan, evidence.header.run)
    names = dict.fromkeys([*obeyed, *(run.check if run else ())])
    return [name for name in names if name in evidence.plan.contracts]
