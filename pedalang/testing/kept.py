"""A contract over recorded dialogues: in how many each clause was kept, and where it was broken.

A clause that the recordings cannot tell is not looked at, with the reason: one that asks a judge, one about phases,
which recordings have not, and one about moves of somebody whose turns name none. So nothing counts as kept because it
could not be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, structs

from pedalang import journal, plan
from pedalang.exchange import retelling, speakers
from pedalang.expression import nodes
from pedalang.expression.evaluate import Evaluator
from pedalang.runtime.episode.state import Setting, complete
from pedalang.study import statistics
from pedalang.study.statistics import Estimate
from pedalang.testing.recordings import Reading, Recorded


class Breach(Struct, frozen=True):
    """Where a clause was lost: the dialogue and its turn, from 0, and what was done and said there. Without a turn, in
    a dialogue that has none."""

    dialogue: int
    turn: int | None
    speaker: str = ""
    does: str = ""
    text: str = ""


class Clause(Struct, frozen=True):
    """What became of a clause: the share of dialogues that kept it with its 95 % interval, and all breaches. `unseen`
    is why it was not looked at, or empty."""

    name: str
    severity: str
    text: str
    estimate: Estimate
    broken: tuple[Breach, ...] = ()
    unseen: str = ""

    @property
    def kept(self) -> int:
        return self.estimate.n - len(self.broken)


class Failure(Struct, frozen=True):
    """A dialogue that could not be told, with its code and why."""

    dialogue: int
    code: str
    message: str


class Held(Struct, frozen=True):
    """A contract over recorded dialogues. Those that failed are in no count. `notes` say what is missing in them."""

    contract: str
    flow: str
    dialogues: int
    turns: int
    clauses: tuple[Clause, ...]
    failed: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every hard clause that was looked at was kept in every dialogue."""
        return not any(each.broken and each.severity == "hard" for each in self.clauses)


def held(of: plan.Plan, contract: plan.Contract, how: Reading, dialogues: Sequence[Recorded],
         evaluate: Evaluator | None = None) -> Held:
    """Holds a contract against dialogues. Raises `RunError` for items that do not fit the flow."""
    naming = {each.speaker for one in dialogues for each in one.utterances if each.move}
    unseen = {clause.name: why for clause in contract.clauses if (why := _unseen(how.flow, clause, naming))}
    seen = structs.replace(contract, judged=False, clauses=tuple(
        clause for clause in contract.clauses if clause.name not in unseen))
    here = Setting(of, how.flow, {}, 0, (seen,), evaluate=evaluate or Evaluator())
    found: dict[str, list[Breach | None]] = {clause.name: [] for clause in contract.clauses}
    failed: list[Failure] = []
    for number, one in enumerate(dialogues):
        said = [speakers.Spoken(each.speaker, each) for each in one.utterances]
        told = retelling.retold(here, said, number, complete(here, number, one.params))
        ending = _ending(told)
        if ending.why == "failed":
            failed.append(Failure(number, ending.code, ending.message))
        for verdict in ending.verdicts:
            found[verdict.clause].append(None if verdict.kept else _breach(told, verdict))
    return Held(contract.name, how.flow.name, len(dialogues), sum(len(one.utterances) for one in dialogues),
                tuple(_clause(clause, found[clause.name], unseen.get(clause.name, "")) for clause in contract.clauses),
                tuple(failed), tuple(_notes(dialogues, _makers(how.flow, seen.clauses) & naming)))


def _clause(clause: plan.Clause, found: Sequence[Breach | None], unseen: str) -> Clause:
    estimate = statistics.estimate([float(each is None) for each in found])
    return Clause(clause.name, clause.severity, clause.text, estimate,
                  tuple(each for each in found if each is not None), unseen)


def _ending(told: retelling.Told) -> journal.Ending:
    (found,) = (event for event in told.events if isinstance(event, journal.Ending))
    return found


def _breach(told: retelling.Told, verdict: journal.Verdict) -> Breach:
    number = told.episode.episode
    for event in told.events:
        if isinstance(event, journal.Turn) and event.turn == verdict.broken_at:
            return Breach(number, event.turn, event.role, event.move or event.act, event.text)
    return Breach(number, verdict.broken_at)


# ---------------------------------------------------------------- what recordings cannot tell


def _unseen(flow: plan.Flow, clause: plan.Clause, naming: set[str]) -> str:
    """Why a clause cannot be looked at in recordings where these members' turns name moves; empty where it can."""
    judges = dict.fromkeys(each.key.partition(":")[0] for each in plan.judged(clause.formula))
    if judges:
        return f"it asks a judge: {', '.join(judges)}"
    if any(part in (nodes.Name("phase"), nodes.Attr(nodes.Name("turn"), "phase")) for part in _reads(clause)):
        return "it is about phases, and a recording has none"
    for name in dict.fromkeys(name for part in _reads(clause) for name in _made(part)):
        makers = _who_makes(flow, name)
        if makers and not naming.intersection(makers):
            return f"it is about `{name}`, and no turn of {' or '.join(makers)} says what is done in it"
    return ""


def _who_makes(flow: plan.Flow, name: str) -> list[str]:
    """The members of the cast that have a move or act of this name."""
    return [who for who, role in flow.cast.items()
            if name in role.moves or any(act.name == name for act in role.acts)]


def _makers(flow: plan.Flow, clauses: Iterable[plan.Clause]) -> set[str]:
    """The members whose moves and acts clauses are about."""
    return {who for clause in clauses for part in _reads(clause) for name in _made(part)
            for who in _who_makes(flow, name)}


def _notes(dialogues: Iterable[Recorded], makers: set[str]) -> Iterator[str]:
    """What the recordings lack that clauses read."""
    said = [each for one in dialogues for each in one.utterances]
    for who in sorted(makers):
        own = [each for each in said if each.speaker == who]
        silent = sum(not each.move for each in own)
        if silent:
            yield f"{silent:,} of {len(own):,} turns of {who} name no move"


def _reads(clause: plan.Clause) -> Iterator[nodes.Expr]:
    """All expressions inside a clause."""
    for atom in plan.atoms(clause.formula):
        yield from nodes.inside(atom.holds)


def _made(part: nodes.Expr) -> Iterator[str]:
    """The move or act that a turn is compared with."""
    match part:
        case nodes.Binary("==", nodes.Attr(nodes.Name("turn"), "move" | "act"), nodes.Lit(str(name))):
            yield name
