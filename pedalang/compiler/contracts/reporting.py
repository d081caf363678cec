"""What the compiler says about contracts: PED0602, PED0604, PED0606, PED0607, PED0609, PED0610."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pedalang import plan
from pedalang.compiler.contracts import telling
from pedalang.compiler.contracts.alone import Alone
from pedalang.compiler.contracts.analysis import Finding
from pedalang.compiler.contracts.promises import Promises
from pedalang.compiler.contracts.shields import Name
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Label, Report
from pedalang.source import Span


def tell(program: plan.Plan, promises: Promises, graph: Graph, report: Report) -> None:
    """Reports what is wrong with the clauses of a program, and which hard ones nothing can keep."""
    spans = {(contract, clause.name): graph.node(f"contract:{contract}").parts[f"clause {clause.name}"]
             for contract in program.contracts for clause in program.contracts[contract].clauses}
    for contract in program.contracts.values():
        found = promises.alone[contract.name]
        own = {clause.name: spans[contract.name, clause.name] for clause in contract.clauses}
        for core in found.contradictions:
            _contradiction([(clause.name, own[clause.name]) for clause in core], report)
        _idle(found, own, report)
        hopeless = {clause.name for core in found.contradictions if len(core) == 1 for clause in core}
        for clause in contract.clauses:
            finding = promises.findings.get((contract.name, clause.name))
            if finding is not None and clause.name not in hopeless:
                _against(program.flows[contract.flow], clause, finding, own[clause.name], report)
    for names in promises.clashes:
        _contradiction([(clause, spans[contract, clause]) for contract, clause in names], report)
    _dropped(promises, spans, report)


def _contradiction(core: Sequence[tuple[str, Span]], report: Report) -> None:
    *others, (last, span) = core
    if not others:
        report.error("PED0602", span, f"no dialogue keeps the clause `{last}`",
                     help="take away what contradicts itself in it")
        return
    report.error("PED0602", span, f"no dialogue keeps the clauses {_listed(name for name, _ in core)} together",
                 help="weaken one of them; without any one of them the others can be kept",
                 also=[Label(other, "with this") for _, other in others])


def _idle(found: Alone, spans: Mapping[str, Span], report: Report) -> None:
    for clause in found.empty:
        report.warning("PED0604", spans[clause.name], f"every dialogue keeps the clause `{clause.name}`",
                       help="it promises nothing: say more, or leave it out")
    for clause, others in found.implied:
        names = _listed(other.name for other in others)
        report.warning("PED0607", spans[clause.name],
                       f"the clause `{clause.name}` is kept wherever {names} {'is' if len(others) == 1 else 'are'}",
                       help="leave it out, or make it say more",
                       also=[Label(spans[other.name], "says it already") for other in others])


def _against(flow: plan.Flow, clause: plan.Clause, finding: Finding, span: Span, report: Report) -> None:
    if not finding.possible:
        say = report.error if clause.severity == "hard" else report.warning
        shown = telling.text(finding.breach, flow.start)
        say("PED0606", span, f"no run of the flow `{flow.name}` keeps the clause `{clause.name}`",
            help=f"the shortest run that breaks it: `{shown}`")
    elif clause.severity == "hard" and finding.assurance == "monitored" and finding.looked and finding.breach:
        report.note("PED0609", span, f"the hard clause `{clause.name}` is watched, not enforced: the teacher's moves "
                    "alone cannot keep it", help=_lost(flow, finding))


def _lost(flow: plan.Flow, finding: Finding) -> str:
    defeated = f"what defeats her is `{finding.defeated_by}`; " if finding.defeated_by is not None else ""
    return f"{defeated}the shortest breach: `{telling.text(finding.breach, flow.start)}`"


def _dropped(promises: Promises, spans: Mapping[Name, Span], report: Report) -> None:
    """The clauses that no shield can keep beside others. Where clauses contradict each other, that is told already."""
    clashing = {contract for core in promises.clashes for contract, _ in core} | {
        contract for contract, found in promises.alone.items() if found.contradictions}
    for made in promises.shields:
        for name, others in () if clashing & {*made.shield.contracts} else made.dropped:
            report.warning("PED0610", spans[name], f"the teacher cannot always keep the clause `{name[1]}` together "
                           f"with {_listed(clause for _, clause in others)}",
                           help="it is watched only; allow another move, or weaken one of them",
                           also=[Label(spans[other], "this is kept") for other in others])


def _listed(names: Iterable[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
