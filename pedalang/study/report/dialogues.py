"""The panel of single dialogues: item, outcome, scores, verdicts, and every turn with what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from pedalang import journal as journals
from pedalang import plan
from pedalang.study import standings
from pedalang.study.report import plots, wording
from pedalang.study.report.evidence import KINDS, Dialogue, Evidence
from pedalang.study.report.measures import families, in_family
from pedalang.study.report.moves import WAYS
from pedalang.study.scores import TOTAL, Judge

LONGEST_TEXT = 20_000
LONGEST_VALUE = 4_000
USUAL = {"run": "simulated", "observe": "recorded", "session": "person"}
"""Where a run's dialogues come from; only another source is worth a word."""
_IN_TITLE = 24
"""A field longer than this does not name a dialogue in a list."""

State = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Field:
    """A name and a value; a long value is folded."""

    name: str
    value: str
    long: bool


@dataclass(frozen=True)
class Change:
    """A state variable before and after a turn."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Turn:
    """A turn as the page shows it: who said what, which move it was, what it changed and broke."""

    number: int
    speaker: str
    side: str
    """`student` or `teacher`: on which side of the page it stands."""
    what: str
    arguments: tuple[Field, ...]
    text: str
    how: str
    way: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    breaks: tuple[journals.Verdict, ...]
    shield: tuple[str, ...]
    """What the shield did in it."""


@dataclass(frozen=True)
class Band:
    """How a clause stood along the turns of a dialogue: drawn, and in words."""

    name: str
    severity: str
    drawn: Markup
    words: str


@dataclass(frozen=True)
class Score:
    """A criterion's value in one dialogue, or why there is none."""

    name: str
    value: str
    why_missing: str
    standing: Judge | None

    @property
    def pair(self) -> tuple[str, str]:
        return self.name, self.value


@dataclass(frozen=True)
class View:
    """One dialogue as the page shows it."""

    number: int
    kind: str
    title: str
    source: str
    """Empty where it is what one expects of the run."""
    outcome: str
    failure: str
    total: str
    """Empty where the run has no totals, a dash where the dialogue has none."""
    total_note: str
    length: int
    fields: tuple[Field, ...]
    start: tuple[Field, ...]
    scores: tuple[Score, ...]
    verdicts: tuple[journals.Verdict, ...]
    bands: tuple[Band, ...]
    phases: tuple[tuple[str, tuple[Turn, ...]], ...]
    spark: Markup

    @property
    def turns(self) -> frozenset[int]:
        return frozenset(turn.number for _, turns in self.phases for turn in turns)


@dataclass(frozen=True)
class Index:
    """The list of the dialogues that the page shows, and what it says about those that it does not."""

    views: tuple[View, ...]
    columns: tuple[tuple[str, Judge | None], ...]
    spark: str
    totals: bool
    doubt: bool
    """Whether the total rests on judges that nobody validated."""
    sample: str


def view(evidence: Evidence, dialogue: Dialogue) -> View:
    """One dialogue, with all its turns."""
    turns = evidence.journal.turns(dialogue.number)
    ending = dialogue.ending
    seen = _seen_turns(evidence, dialogue, turns)
    source = dialogue.episode.source
    fields = _fields(evidence, dialogue.episode.item)
    return View(
        number=dialogue.number,
        kind=dialogue.kind,
        title=_title(fields),
        source="" if source == USUAL[evidence.header.kind] else source,
        outcome=_outcome(ending),
        failure=_failure(ending),
        total=_total(evidence, dialogue),
        total_note=", ".join(evidence.judged_without_validation()),
        length=len(turns),
        fields=fields,
        start=_flat(evidence, dialogue.episode.state),
        scores=_scores(evidence, dialogue),
        verdicts=ending.verdicts if ending else (),
        bands=_bands(evidence, turns),
        phases=tuple((phase, tuple(t for _, t in group)) for phase, group in groupby(seen, key=lambda each: each[0])),
        spark=_spark(evidence, dialogue, turns),
    )


def index(evidence: Evidence, views: Sequence[View]) -> Index:
    """The dialogues on the page, and what the list of them says of each."""
    given = {score.name for each in views for score in each.scores}
    order = dict.fromkeys([*(criterion.name for criterion in evidence.criteria), *evidence.scores.measures])
    names = [name for name in order if name in given]
    return Index(
        tuple(views),
        tuple((name, evidence.standing(name)) for name in names),
        ".".join(_followed(evidence) or ()),
        TOTAL in evidence.scores.measures,
        bool(evidence.judged_without_validation()),
        _sample(evidence, views),
    )


def _sample(evidence: Evidence, views: Sequence[View]) -> str:
    """Which dialogues are shown, if not all are."""
    total = len(evidence.dialogues)
    if len(views) == total:
        return ""
    words = {"failed": "failed", "hard": "with a hard breach", "soft": "with a soft breach only",
             "unfinished": "unfinished", "fine": "without any of these"}
    parts = [
        f"{sum(view.kind == kind for view in views):,} of {len(evidence.of(kind)):,} {words[kind]}"
        for kind in KINDS if evidence.of(kind)
    ]
    return (f"{len(views):,} of {total:,} dialogues are shown, failures and breaches first, drawn with seed "
            f"{evidence.header.seed}: {'; '.join(parts)}. Everything above counts all of them.")


def _outcome(ending: journals.Ending | None) -> str:
    if ending is None:
        return "no end in the journal"
    match ending.why:
        case "final":
            return f"ended in phase {ending.phase}"
        case "limit":
            return f"cut at the limit, in phase {ending.phase}"
        case "budget":
            return f"its tokens were used up, in phase {ending.phase}"
        case "recorded":
            return "recorded"
        case "failed":
            return f"failed in phase {ending.phase}" if ending.phase else "failed"


def _failure(ending: journals.Ending | None) -> str:
    if ending is None or ending.why != "failed":
        return ""
    where = " at ".join(filter(None, (ending.code, ending.place)))
    return wording.clip(": ".join(filter(None, (where, ending.message))), LONGEST_VALUE)


def _fields(evidence: Evidence, item: Mapping[str, Any]) -> tuple[Field, ...]:
    """The flow's parameters, a record field by field in the order of its type."""
    params = evidence.flow.params if evidence.flow else {}
    found = []
    for name, value in item.items():
        if name == plan.GIVEN:  # those turns stand in the dialogue
            continue
        record = evidence.plan.records.get(params.get(name, ""))
        is_record = isinstance(value, dict) and "ratio" not in value
        if not is_record:
            found.append(_field(name, value))
            continue
        prefix = f"{name}." if len(item) > 1 else ""
        order = [each.name for each in record.fields] if record else []
        found += [_field(prefix + key, part) for key, part in _ordered(value, order).items()]
    return tuple(found)


def _ordered(found: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """The same entries, those of `order` first."""
    return {name: found[name] for name in dict.fromkeys([*(name for name in order if name in found), *found])}


def _variables(evidence: Evidence, member: str) -> list[str]:
    role = evidence.flow.cast.get(member) if evidence.flow else None
    return [variable.name for variable in role.state] if role else []


def _field(name: str, value: Any) -> Field:
    text = wording.clip(wording.show(value), LONGEST_VALUE)
    return Field(name, text, len(text) > 60)


def _flat(evidence: Evidence, state: State) -> tuple[Field, ...]:
    several = _several(state)
    return tuple(
        _field(f"{member}.{name}" if several else name, value)
        for member, own in state.items()
        for name, value in _ordered(own, _variables(evidence, member)).items()
    )


def _several(state: State) -> bool:
    """Whether more than one member of the cast has a state, so that names need the member's."""
    return sum(1 for own in state.values() if own) > 1


def _title(fields: Sequence[Field]) -> str:
    """What tells one item from another at a glance: its first short fields, or the beginning of a long one."""
    fields = [field for field in fields if field.value not in ("", "none")]
    brief = [field for field in fields if len(field.value) <= _IN_TITLE]
    long = [field.value for field in fields if field.long]
    if long:
        named = f"{brief[0].value} · " if brief else ""
        return named + wording.short(long[0], 80)
    return wording.short(" · ".join(f"{field.name} {field.value}" for field in brief[:4]), 100)


def _seen_turns(evidence: Evidence, dialogue: Dialogue, turns: Sequence[journals.Turn]) -> list[tuple[str, Turn]]:
    cast = evidence.flow.cast if evidence.flow else {}
    students = {member for member, role in cast.items() if role.kind == "student"}
    before: State = dialogue.episode.state
    stepped: dict[int, list[str]] = {}
    for each in evidence.journal.interventions(dialogue.number):
        stepped.setdefault(each.turn, []).append(_intervention(each))
    found = []
    for turn in turns:
        after = {**before, **turn.state}
        found.append((turn.phase, Turn(
            number=turn.turn,
            speaker=f"{turn.role} {turn.voice}" if turn.voice else turn.role,
            side="student" if turn.role in students else "teacher",
            what=turn.move or turn.act,
            arguments=tuple(_field(name, value) for name, value in turn.arguments.items()),
            text=wording.clip(turn.text, LONGEST_TEXT),
            how=turn.how,
            way=WAYS[turn.how],
            changes=_changes(evidence, before, after),
            notes=tuple(wording.clip(note, LONGEST_VALUE) for note in turn.notes),
            breaks=tuple(verdict for verdict in dialogue.broken if verdict.broken_at == turn.turn),
            shield=tuple(stepped.get(turn.turn, ())),
        )))
        before = after
    return found


def _bands(evidence: Evidence, turns: Sequence[journals.Turn]) -> tuple[Band, ...]:
    """How the clauses stood; none where the journal does not say it for the plan's clauses."""
    clauses = standings.watched(evidence.plan, evidence.header)
    if not turns or any(len(turn.standing) != len(clauses) for turn in turns):
        return ()
    several = len({each.contract for each in clauses}) > 1
    found = []
    for at, each in enumerate(clauses):
        parts = standings.stretches(turns, at)
        told = [standings.WORDS.get(part.letter, part.letter) + (
            f" from turn {turns[part.first].turn}" if part.first else "") for part in parts]
        words = ", ".join(told if len(told) <= 4 else [told[0], f"{len(told) - 1} changes", told[-1]])
        drawn = plots.band(f"{each.name}: {words}", parts, len(turns))
        found.append(Band(each.name if several else each.clause.name, each.clause.severity, drawn, words))
    return tuple(found)


def _intervention(each: journals.Intervention) -> str:
    """What the shield did, in words."""
    clauses = ", ".join(f"{contract}.{clause}" for contract, clause in each.clauses)
    match each.kind:
        case "moves":
            did = f"not made: {', '.join(each.masked)}"
        case "words left out":
            did = f"{wording.count(each.left_out, 'candidate')} of {each.move} left out"
        case "words again":
            did = f"not said, and asked for again: “{each.text}”"
        case "words replaced":
            did = f"other words than for {each.move}" if each.move else "other words"
        case "failed":
            did = "nothing that could be done or said keeps the clause"
    return wording.clip(f"{did} ({clauses})", LONGEST_VALUE)


def _changes(evidence: Evidence, before: State, after: State) -> tuple[Change, ...]:
    """What differs, by the name of the variable; with the member's name where several have a state."""
    several = _several(after)
    return tuple(
        Change(f"{member}.{name}" if several else name, _value(before.get(member, {}).get(name)), _value(value))
        for member, own in after.items()
        for name, value in _ordered(own, _variables(evidence, member)).items()
        if before.get(member, {}).get(name) != value
    )


def _value(value: Any) -> str:
    return wording.clip(wording.show(value), 400)


def _scores(evidence: Evidence, dialogue: Dialogue) -> tuple[Score, ...]:
    """As the scores list them, then what is missing; a measure over k is one line."""
    if dialogue.scores is None:
        return ()
    values, missing = dialogue.scores.values, dialogue.scores.missing
    over_k = families(values)
    names = dict.fromkeys([*(name for name in values if not in_family(name, over_k)), *missing])
    plain = [
        Score(name, wording.number(values.get(name)), missing.get(name, ""), evidence.standing(name)) for name in names
    ]
    curves = [
        Score(f"{name}@{ks[0]}…{ks[-1]}", " ".join(_at(values.get(f"{name}@{k}")) for k in ks), "", None)
        for name, ks in over_k.items()
    ]
    return (*plain, *curves)


def _total(evidence: Evidence, dialogue: Dialogue) -> str:
    if TOTAL not in evidence.scores.measures:
        return ""
    return wording.number(dialogue.scores.total if dialogue.scores else None)


def _at(value: float | None) -> str:
    return wording.NOTHING if value is None else f"{value:.2g}"


def _followed(evidence: Evidence) -> tuple[str, str] | None:
    """The variable that stands beside each dialogue in the list: a student's first probability."""
    for member, role in (evidence.flow.cast if evidence.flow else {}).items():
        for variable in role.state if role.kind == "student" else ():
            if (variable.low, variable.high) == (0, 1) and not variable.type.startswith(("List", "Map")):
                return member, variable.name
    return None


def _spark(evidence: Evidence, dialogue: Dialogue, turns: Sequence[journals.Turn]) -> Markup:
    if not (followed := _followed(evidence)):
        return Markup()
    member, variable = followed
    states = [dialogue.episode.state, *(turn.state for turn in turns)]
    values = [wording.as_float(state.get(member, {}).get(variable)) for state in states]
    return plots.spark(variable, values)
