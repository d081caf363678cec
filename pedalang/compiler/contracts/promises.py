"""All that is known of a program's contracts before it is run."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.contracts import alone, analysis, shields, witness
from pedalang.compiler.contracts.alone import Alone
from pedalang.compiler.contracts.analysis import Finding
from pedalang.compiler.contracts.shields import Made, Name


class Promises(Struct, frozen=True):
    """`findings` for each (contract, clause), `alone` for each contract, smallest sets of clauses of several contracts
    that clash where these are checked together, and the shields of the runs."""

    findings: Mapping[Name, Finding] = field(default_factory=dict)
    alone: Mapping[str, Alone] = field(default_factory=dict)
    clashes: tuple[tuple[Name, ...], ...] = ()
    shields: tuple[Made, ...] = ()


class _Known(NamedTuple):
    """What is known of contracts over one flow."""

    findings: dict[Name, Finding]
    alone: dict[str, Alone]
    clashes: tuple[tuple[Name, ...], ...]
    shields: tuple[Made, ...]


class _Asked(Struct, frozen=True):
    """A flow, the contracts over it, which of them its runs check together (one that is checked nowhere stands alone),
    and which have to do with the flow."""

    flow: plan.Flow
    contracts: tuple[plan.Contract, ...]
    together: tuple[tuple[str, ...], ...]
    played: tuple[str, ...]


def of(program: plan.Plan) -> Promises:
    """What is known of the contracts of a program."""
    findings: dict[Name, Finding] = {}
    by_itself: dict[str, Alone] = {}
    clashes: list[tuple[Name, ...]] = []
    made: list[Made] = []
    for asked in _asked(program):
        known = _known(msgspec.json.encode(plan.without_places(asked)))
        findings.update(known.findings)
        by_itself.update(known.alone)
        clashes += known.clashes
        made += known.shields
    return Promises(findings, by_itself, tuple(clashes), tuple(made))


@functools.lru_cache(maxsize=256)
def _known(asked: bytes) -> _Known:
    """What is known of contracts over a flow. It hangs on nothing else, so that what an editor changes elsewhere in a
    file costs nothing here."""
    flow, contracts, together, played = msgspec.structs.astuple(msgspec.json.decode(asked, type=_Asked))
    cast = witness.anything(flow)
    by_itself = {contract.name: alone.of(cast, contract) for contract in contracts}
    there, findings = analysis.of(flow, [contract for contract in contracts if contract.name in played])
    clashes: dict[tuple[Name, ...], None] = {}
    made = []
    for names in together:
        checked = [contract for name in names for contract in contracts if contract.name == name]
        if len(names) > 1 and not any(by_itself[name].contradictions for name in names):
            core = alone.clash(cast, checked)
            clashes.update({core: None} if core else {})
        if there is not None:
            made.append(shields.of(there, checked, findings))
    return _Known(findings, by_itself, tuple(clashes), tuple(made))


def attached(program: plan.Plan, promises: Promises) -> plan.Plan:
    """The plan with what each clause is worth, and the shields that have anything to do."""
    contracts = {name: replace(contract, clauses=tuple(
        replace(clause, assurance=finding.assurance) if (finding := promises.findings.get((name, clause.name))) else
        clause for clause in contract.clauses)) for name, contract in program.contracts.items()}
    return replace(program, contracts=contracts, shields=tuple(
        each.shield for each in promises.shields if each.shield.keeps or each.shield.words))


def _asked(program: plan.Plan) -> Iterator[_Asked]:
    """Each flow with contracts. A contract that recorded dialogues alone are held against has nothing to do with it."""
    over: dict[str, list[plan.Contract]] = {}
    sets: dict[str, dict[tuple[str, ...], None]] = {name: {flow.obeys: None} for name, flow in program.flows.items()}
    for contract in program.contracts.values():
        over.setdefault(contract.flow, []).append(contract)
    for work in (*program.runs.values(), *program.matrices.values(), *program.courses.values()):
        sets[work.flow][tuple(dict.fromkeys((*program.flows[work.flow].obeys, *work.check)))] = None
    for tuned in program.optimizations.values():
        sets[tuned.flow][tuple(dict.fromkeys((*program.flows[tuned.flow].obeys, *tuned.reject)))] = None
    observed = {name for work in program.observes.values() for name in work.check}
    for flow, contracts in over.items():
        checked = {name for names in sets[flow] for name in names}
        played = [contract.name for contract in contracts if contract.name in checked or contract.name not in observed]
        unused = [(name,) for name in played if name not in checked]
        yield _Asked(program.flows[flow], tuple(contracts), (*filter(None, sets[flow]), *unused), tuple(played))
