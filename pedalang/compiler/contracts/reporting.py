"""What the compiler says about contracts: PED0602, PED0604, PED0606, PED0607, PED0609, PED0610."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pedalang import plan
from pedalang.compiler.contracts import telling
from pedalang.compiler.contracts.alone import Alone
from pedalang.compiler.contracts.analysis import Finding
from pedalang.compiler.contracts.promises import Promises
from pedalang.compiler.ir.graph import Graph
from pedalang.diagnostic import Label, Report
from pedalang.source import Span


def tell(program: plan.Plan, promises: Promises, graph: Graph, report: Report) -> None:
    """Reports what is wrong with the clauses of a program, and which hard ones nothing can keep."""
    for contract in program.contracts.values():
        spans = graph.node(f"contract:{contract.name}").parts
        _alone(promises.alone[contract.name], spans, report)
        hopeless = {clause.name for core in promises.alone[contract.name].contradictions if len(core) == 1
                    for clause in core}
        for clause in contract.clauses:
            finding = promises.findings.get((contract.name, clause.name))
            if finding is not None and clause.name not in hopeless:
                _against(program.flows[contract.flow], clause, finding, spans[f"clause {clause.name}"], report)
    for made in promises.shields:
        for (name, clause), others in made.dropped:
            if not any(promises.alone[each].contradictions for each in made.shield.contracts):
                _dropped(graph.node(f"contract:{name}").parts[f"clause {clause}"], clause,
                         [other for _, other in others], report)


def _alone(found: Alone, spans: Mapping[str, Span], report: Report) -> None:
    for core in found.contradictions:
        if len(core) == 1:
            report.error("PED0602", spans[f"clause {core[0].name}"], f"no dialogue keeps the clause `{core[0].name}`",
                         help="take away what contradicts itself in it")
            continue
        *others, last = core
        report.error("PED0602", spans[f"clause {last.name}"],
                     f"no dialogue keeps the clauses {_listed(clause.name for clause in core)} together",
                     help="weaken one of them; without any one of them the others can be kept",
                     also=[Label(spans[f"clause {clause.name}"], "with this") for clause in others])
    for clause in found.empty:
        report.warning("PED0604", spans[f"clause {clause.name}"], f"every dialogue keeps the clause `{clause.name}`",
                       help="it promises nothing: say more, or leave it out")
    for clause, others in found.implied:
        names = _listed(other.name for other in others)
        report.warning("PED0607", spans[f"clause {clause.name}"],
                       f"the clause `{clause.name}` is kept wherever {names} {'is' if len(others) == 1 else 'are'}",
                       help="leave it out, or make it say more",
                       also=[Label(spans[f"clause {other.name}"], "says it already") for other in others])


def _against(flow: plan.Flow, clause: plan.Clause, finding: Finding, span: Span, report: Report) -> None:
    if not finding.possible:
        say = report.error if clause.severity == "hard" else report.warning
        shown = telling.text(finding.breach, flow.start)
        say("PED0606", span, f"no run of the flow `{flow.name}` keeps the clause `{clause.name}`",
            help=f"the shortest run breaks it after {_turns(len(finding.breach))}: {shown}")
    elif clause.severity == "hard" and finding.assurance == "monitored" and finding.looked and finding.breach:
        report.note("PED0609", span, f"the hard clause `{clause.name}` is watched, not enforced: the teacher's moves "
                    "alone cannot keep it", help=_lost(flow, finding))


def _lost(flow: plan.Flow, finding: Finding) -> str:
    shortest, held = (telling.text(turns, flow.start) for turns in (finding.breach, finding.defeat))
    longer = "" if held == shortest or not finding.defeat else f"; the teacher holds out longest with: {held}"
    defeated = f"what defeats her is `{finding.defeated_by}`; " if finding.defeated_by is not None else ""
    return f"{defeated}the shortest breach has {_turns(len(finding.breach))}: {shortest}{longer}"


def _dropped(span: Span, clause: str, kept: list[str], report: Report) -> None:
    report.warning("PED0610", span, f"the clause `{clause}` cannot be kept together with {_listed(kept)}",
                   help="it is watched only; allow another move, or weaken one of them")


def _turns(count: int) -> str:
    return "1 turn" if count == 1 else f"{count} turns"


def _listed(names: Iterable[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
