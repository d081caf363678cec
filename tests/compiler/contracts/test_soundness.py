"""What the analysis says of a clause is so in all dialogues: small flows at random, each played in every way."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pedalang import diagnostic, plan
from pedalang.compiler import compile
from tests.compiler.contracts import dialogues, exact, small_flows

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
    if found.plan is None:
        assert IMPOSSIBLE & codes.keys(), diagnostic.to_text(found.diagnostics)
        assert not worth.kept
        if "PED0606" in codes and "turn.text" not in text:
            assert dialogues.turns(codes["PED0606"]) == worth.breach
        return "impossible"
    known = found.plan.contracts["Shown"].clauses[0].assurance
    assert RANK[known] <= RANK[worth.assurance], worth
    assert "PED0604" not in codes or worth.assurance == "proved"
    if "PED0609" in codes:
        shown = dialogues.turns(codes["PED0609"])
        assert shown is not None
        assert worth.breach is None or shown >= worth.breach
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

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def each(data: st.DataObject) -> None:
        small = data.draw(small_flows.programs())
        counts[compared(small.text, data.draw(small_flows.clauses(small)))] += 1

    each()
    return counts


def test_what_is_known_of_a_clause_is_so() -> None:
    assert len(seen(40)) >= 3


@pytest.mark.full
def test_what_is_known_of_many_clauses_is_so() -> None:
    counts = seen(5000)
    print(f"\n{counts}")
    assert sum(count for what, count in counts.items() if what.startswith("at least")) <= 0.05 * counts.total()
