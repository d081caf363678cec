"""What the analysis says of a clause is so in all dialogues: small flows at random, each played in every way."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang import diagnostic, plan
from pedalang.compiler import compile
from tests.compiler.contracts import exact, small_flows, told

IMPOSSIBLE = {"PED0602", "PED0606"}
RANK = {"monitored": 0, "shieldable": 1, "proved": 2}
NEVER_SO = "never teacher"
"""No dialogue of these flows keeps it, for a teacher speaks in each; some dialogue of other flows does."""


def compared(text: str, clause: str) -> str:
    """What is known of a clause, once it has been seen to be so in all dialogues: its assurance, or `impossible`; with
    `at least` before it where all dialogues show that more is so."""
    found = compile.compile_text(f"{text}contract Shown over lesson {{ hard shown: {clause} }}")
    codes = {each.code: each for each in found.diagnostics}
    worth = _worth(text, clause)
    exactly = text.count("turn.text") <= 1 and "uniform" not in text  # else more is thought possible than is
    if found.plan is None:
        assert IMPOSSIBLE & codes.keys(), diagnostic.to_text(found.diagnostics)
        assert not worth.kept
        if "PED0606" in codes and exactly:
            assert told.turns(codes["PED0606"]) == worth.breach
        return "impossible"
    known = found.plan.contracts["Shown"].clauses[0].assurance
    if known == "shieldable":
        assert kept_by_shield(text, [clause])
    assert RANK[known] <= RANK[worth.assurance], worth
    assert "PED0604" not in codes or worth.assurance == "proved"
    if "PED0609" in codes and exactly:
        assert told.turns(codes["PED0609"]) == worth.breach
    return known if known == worth.assurance and worth.kept else f"at least {known}"


def _worth(text: str, clause: str) -> exact.Worth:
    of = _plan(text, clause) or _plan(text, f"({clause}) or {NEVER_SO}")
    assert of is not None
    return exact.worth(of, of.contracts["Shown"].clauses[0])


def _plan(text: str, clause: str) -> plan.Plan | None:
    return compile.compile_text(f"{text}contract Shown over lesson {{ soft shown: {clause} }}").plan


def seen(examples: int) -> Counter[str]:
    """How often what was said of a clause, in so many programs."""
    counts: Counter[str] = Counter()

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def each(data: st.DataObject) -> None:
        small = data.draw(small_flows.programs())
        counts[compared(small.text, data.draw(small_flows.clauses(small)))] += 1

    each()
    return counts


def compared_together(text: str, clauses: list[str]) -> Counter[str]:
    """How often each code is said of clauses that a flow obeys together, once that has been seen to be so."""
    program = _obeying(text, clauses)
    counts: Counter[str] = Counter()
    for each in told.said(program):
        about = [clauses[number] for number in each.clauses]
        match each.code:
            case "PED0602":
                assert not _worth(text, _all(about)).kept
            case "PED0607":
                assert _worth(text, f"({_all(about[1:])}) implies ({about[0]})").breach is None
            case "PED0610":
                assert all(_worth(text, clause).won for clause in about)
                assert not _worth(text, _all(about)).won
        counts[each.code] += 1
    found = compile.compile_text(program).plan
    for shield in found.shields if found is not None else ():
        kept = [clauses[int(name.removeprefix("shown"))] for _, name in (*shield.keeps, *shield.words)]
        assert kept_by_shield(text, kept)
        counts["kept together"] += len(kept) > 1
    return counts


def _obeying(text: str, clauses: list[str]) -> str:
    """The program with a flow that obeys these clauses."""
    written = "\n".join(f"  hard shown{number}: {clause}" for number, clause in enumerate(clauses))
    return text.replace("  cast", "  obeys Shown\n  cast", 1) + f"contract Shown {{\n{written}\n}}\n"


def kept_by_shield(text: str, clauses: list[str]) -> bool:
    """Whether all dialogues under the shield of some clauses keep each of them. Raises `EpisodeError` where one cannot
    go on."""
    found = compile.compile_text(_obeying(text, clauses)).plan
    assert found is not None
    return all(exact.worth(found, clause, "full").breach is None for clause in found.contracts["Shown"].clauses)


def _all(clauses: list[str]) -> str:
    return " and ".join(f"({clause})" for clause in clauses)


def seen_together(examples: int) -> Counter[str]:
    """The same in so many programs."""
    counts: Counter[str] = Counter()

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def each(data: st.DataObject) -> None:
        small = data.draw(small_flows.programs())
        some = st.lists(small_flows.clauses(small), min_size=2, max_size=3, unique=True)
        counts.update(compared_together(small.text, data.draw(some)))

    each()
    return counts


def test_what_is_known_of_clauses_together_is_so() -> None:
    assert len(seen_together(15)) >= 2


def test_what_is_known_of_a_clause_is_so() -> None:
    assert len(seen(15)) >= 2


@pytest.mark.full
def test_what_is_known_of_many_clauses_is_so() -> None:
    counts = seen(1500)
    print(f"\n{counts}")
    assert sum(count for what, count in counts.items() if what.startswith("at least")) <= 0.02 * counts.total()
    together = seen_together(500)
    print(together)
    assert min(together[code] for code in ("PED0602", "PED0607", "PED0610", "kept together")) >= 2
