"""All that is known of a program's contracts before it is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from pedalang import plan
from pedalang.compiler.contracts import alone, analysis, shields
from pedalang.compiler.contracts.alone import Alone
from pedalang.compiler.contracts.analysis import Finding
from pedalang.compiler.contracts.shields import Made, Name


@dataclass(frozen=True, slots=True)
class Promises:
    """`findings` for each (contract, clause), `alone` for each contract, smallest sets of clauses of several contracts
    that clash where these are checked together, and the shields of the runs."""

    findings: Mapping[Name, Finding] = field(default_factory=dict)
    alone: Mapping[str, Alone] = field(default_factory=dict)
    clashes: tuple[tuple[Name, ...], ...] = ()
    shields: tuple[Made, ...] = ()


def of(program: plan.Plan) -> Promises:
    """What is known of the contracts of a program."""
    findings: dict[Name, Finding] = {}
    made: list[Made] = []
    by_itself = {name: alone.of(program.flows[contract.flow], contract)
                 for name, contract in program.contracts.items()}
    clashes: dict[tuple[Name, ...], None] = {}
    for flow in program.flows.values():
        contracts = [contract for contract in program.contracts.values()
                     if contract.flow == flow.name and contract.name not in _only_observed(program)]
        if not contracts:
            continue
        there, found = analysis.of(flow, contracts)
        findings.update(found)
        for names in _together(program, flow):
            checked = [program.contracts[name] for name in names]
            if not any(by_itself[name].contradictions for name in names):
                core = alone.clash(flow, checked) if len(names) > 1 else ()
                clashes.update({core: None} if core else {})
            if there is not None:
                made.append(shields.of(there, checked, findings))
    return Promises(findings, by_itself, tuple(clashes), tuple(made))


def attached(program: plan.Plan, promises: Promises) -> plan.Plan:
    """The plan with what each clause is worth, and the shields that have anything to do."""
    contracts = {name: replace(contract, clauses=tuple(
        replace(clause, assurance=finding.assurance) if (finding := promises.findings.get((name, clause.name))) else
        clause for clause in contract.clauses)) for name, contract in program.contracts.items()}
    return replace(program, contracts=contracts, shields=tuple(
        each.shield for each in promises.shields if each.shield.keeps or each.shield.words))


def _only_observed(program: plan.Plan) -> set[str]:
    """The contracts that are checked in recorded dialogues and in no others: a flow says nothing about these."""
    played = {name for work in (*program.runs.values(), *program.matrices.values()) for name in work.check} | {
        name for flow in program.flows.values() for name in flow.obeys}
    return {name for work in program.observes.values() for name in work.check} - played


def _together(program: plan.Plan, flow: plan.Flow) -> Iterable[tuple[str, ...]]:
    """The contracts that are checked together in the runs of a flow, and where it is played by itself; one that is
    checked nowhere stands alone."""
    works = [work for work in (*program.runs.values(), *program.matrices.values()) if work.flow == flow.name]
    sets = [flow.obeys, *((*flow.obeys, *work.check) for work in works)]
    checked = {name for names in sets for name in names} | _only_observed(program)
    sets += [(contract.name,) for contract in program.contracts.values()
             if contract.flow == flow.name and contract.name not in checked]
    return dict.fromkeys(tuple(dict.fromkeys(names)) for names in sets if names)
