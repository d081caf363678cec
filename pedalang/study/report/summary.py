"""The head of the page: what ran, with which engines, and how it went."""

from __future__ import annotations

from dataclasses import dataclass

from pedalang.study import failures
from pedalang.study.report import wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.tally import Tally
from pedalang.study.scores import TOTAL

MOST_FAILURES, LONGEST = 12, 400
"""So many kinds of failures are told, in so many characters each."""

KINDS = {"run": "Simulated dialogues", "observe": "Recorded dialogues", "session": "A session with a person"}


@dataclass(frozen=True)
class Fact:
    """A number of the headline; `tone` is empty, `good` or `bad`."""

    name: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Panel:
    """The head of the page."""

    program: str
    kind: str
    byline: tuple[tuple[str, str], ...]
    """What and its name: run demo, flow lesson, seed 1, teacher by an engine."""
    sentence: str
    facts: tuple[Fact, ...]
    scored: bool
    failed: tuple[str, ...]
    """What failed, by code and place; the most frequent."""


@dataclass(frozen=True)
class _Outcome:
    """How many dialogues were planned, came to an end, failed, broke a clause; `checked` is whether any was checked."""

    planned: int
    ended: int
    failed: int
    hard: int
    soft: int
    checked: bool


def panel(evidence: Evidence, tally: Tally) -> Panel:
    """What ran, how it went in a sentence, and the figures that count."""
    outcome = _outcome(evidence)
    return Panel(
        program=evidence.plan.program,
        kind=KINDS[evidence.header.kind],
        byline=_byline(evidence),
        sentence=_sentence(outcome),
        facts=_facts(evidence, outcome, tally),
        scored=evidence.scored,
        failed=tuple(wording.clip(line, LONGEST) for line in failures.told(_failed(evidence))),
    )


def _failed(evidence: Evidence) -> tuple[failures.Failed, ...]:
    return failures.grouped(dialogue.ending for dialogue in evidence.of("failed") if dialogue.ending)[:MOST_FAILURES]


def _outcome(evidence: Evidence) -> _Outcome:
    counted = evidence.scores.contracts
    in_journal = any(dialogue.ending and dialogue.ending.verdicts for dialogue in evidence.dialogues)
    failed = len(evidence.of("failed"))
    return _Outcome(
        planned=evidence.header.episodes,
        ended=sum(1 for dialogue in evidence.dialogues if dialogue.ending) - failed,
        failed=failed,
        hard=counted.dialogues_broken if evidence.scored else len(evidence.of("hard")),
        soft=len(evidence.of("soft")),
        checked=in_journal or bool(counted.clauses),
    )


def _byline(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    header = evidence.header
    members: dict[str, list[str]] = {}
    for member, engine in sorted(header.engines.items()):
        members.setdefault(wording.without_folders(engine), []).append(member)
    engines = [(f"{', '.join(names)} by", engine) for engine, names in members.items()]
    return ((header.kind, header.run), ("flow", header.flow), ("seed", str(header.seed)), *engines)


def _sentence(outcome: _Outcome) -> str:
    """The outcome in words."""
    if not outcome.planned:
        return "No dialogue was asked for."
    parts = [f"{outcome.ended:,} of {wording.count(outcome.planned, 'dialogue')} came to an end."]
    if outcome.failed:
        parts.append(f"{outcome.failed:,} failed.")
    if outcome.hard:
        parts.append(f"{outcome.hard:,} broke a hard clause of a contract.")
    elif outcome.checked:
        parts.append("No hard clause of a contract was broken.")
    if outcome.soft:
        parts.append(f"{outcome.soft:,} broke a soft clause only.")
    if outcome.ended + outcome.failed < outcome.planned:
        parts.append("The others are not finished.")
    return " ".join(parts)


def _facts(evidence: Evidence, outcome: _Outcome, tally: Tally) -> tuple[Fact, ...]:
    facts = [
        Fact("dialogues done", f"{outcome.ended:,}", f"of {outcome.planned:,}"),
        Fact("failed", f"{outcome.failed:,}", "", "bad" if outcome.failed else ""),
        *(_breaches(outcome) if outcome.checked else ()),
        Fact("turns", f"{tally.turns:,}", f"{tally.turns / len(evidence.dialogues):.1f} a dialogue"
             if evidence.dialogues else ""),
    ]
    if total := evidence.scores.measures.get(TOTAL):
        unproved = evidence.judged_without_validation()
        note = f"includes {', '.join(unproved)}: not validated" if unproved else "of 0 to 1"
        facts.insert(0, Fact("mean total score", wording.number(total.value), note))
    return tuple(facts)


def _breaches(outcome: _Outcome) -> tuple[Fact, ...]:
    return (
        Fact("with a hard breach", f"{outcome.hard:,}", "", "bad" if outcome.hard else "good"),
        Fact("with a soft breach only", f"{outcome.soft:,}"),
    )
