"""What came of tests and properties: for people, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from pedalang.expression import values
from pedalang.testing import fixed, search, telling
from pedalang.testing.coverage import KINDS, Coverage

Outcome: TypeAlias = fixed.Outcome | search.Outcome

NAMED = 6
"""So many things that were not met are named."""


def to_text(outcome: Outcome) -> str:
    """A line for what is fine, more for what is not."""
    return "".join(f"{line}\n" for line in (
        _fixed(outcome) if isinstance(outcome, fixed.Outcome) else _property(outcome)))


def to_json(outcome: Outcome) -> dict[str, object]:
    """The same, as one JSON object."""
    told: dict[str, object] = {"name": outcome.name, "ok": outcome.ok, "place": outcome.place}
    if isinstance(outcome, fixed.Outcome):
        return {**told, "failures": outcome.failures}
    covered = {kind: {"met": len(outcome.coverage.there[kind]) - len(outcome.coverage.missed(kind)),
                      "of": len(outcome.coverage.there[kind]), "missed": outcome.coverage.missed(kind)}
               for kind in KINDS if outcome.coverage.there[kind]}
    failure = outcome.failure
    found = [] if failure is None else [{
        "expected": failure.broken.what, "message": failure.broken.message, "place": failure.broken.place,
        "code": failure.broken.code, "example": failure.example, "turns": failure.played.length,
        "dialogue": telling.line(failure.played, telling.read_by(failure.broken.promise)),
        "item": {name: values.to_json(value) for name, value in failure.played.item.items()}}]
    return {**told, "failures": found, "examples": outcome.examples, "refused": outcome.refused, "coverage": covered}


def total(outcomes: Sequence[Outcome]) -> str:
    """How many there were, and how many failed."""
    failed = sum(not outcome.ok for outcome in outcomes)
    tests = sum(isinstance(outcome, fixed.Outcome) for outcome in outcomes)
    properties = len(outcomes) - tests
    counted = [f"{tests} test{'s' * (tests != 1)}"] * bool(tests or not properties)
    counted += [f"{properties} propert{'y' if properties == 1 else 'ies'}"] * bool(properties)
    return f"{', '.join(counted)}, {failed or 'none'} failed"


def _fixed(outcome: fixed.Outcome) -> Iterator[str]:
    yield f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.name}"
    for failure in outcome.failures:
        yield f"         {failure.place}: expected {failure.expected}"
        yield f"           {failure.message}"


def _property(outcome: search.Outcome) -> Iterator[str]:
    counted = f"{outcome.examples} dialogue{'s' * (outcome.examples != 1)}"
    yield f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.name}  ({counted})"
    if outcome.refused:
        yield f"         {outcome.refused} more were no dialogue: what was drawn makes no record"
    failure = outcome.failure
    if failure is not None:
        looked_at = telling.read_by(failure.broken.promise)
        yield f"         {failure.broken.place or outcome.place}: expected {failure.broken.what}"
        yield f"           {failure.broken.message}"
        yield f"           {telling.line(failure.played, looked_at)}"
        yield from (f"           {told}" for told in telling.about(failure.played.item))
        yield from (f"           {told}" for told in telling.lines(failure.played, looked_at))
        turns = f"{failure.first} turn{'s' * (failure.first != 1)}"
        yield (f"           dialogue {failure.example} broke it in {turns}; this is the shortest of {failure.tried} "
               "like it")
    else:
        yield from _covered(outcome.coverage)


def _covered(coverage: Coverage) -> Iterator[str]:
    """How much of each kind was met; what was not is named."""
    parts = []
    for kind in KINDS:
        there, missed = len(coverage.there[kind]), coverage.missed(kind)
        if there:
            named = f" (not {', '.join(missed[:NAMED])}{' …' * (len(missed) > NAMED)})" if missed else ""
            parts.append(f"{there - len(missed)} of {there} {kind}{named}")
    yield f"         {', '.join(parts)}"
