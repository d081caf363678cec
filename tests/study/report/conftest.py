"""Run folders for reports: a lesson on fractions as a run would write it, and one made to break a page."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.expression.nodes import Lit, Name
from pedalang.expression.values import to_json

CLAUSES = (
    plans.Clause("struggle_first", "hard", plans.Op("never", (plans.Atom(Lit(False)),)),
                 "never telling before 2 probing", "main.ped:118"),
    plans.Clause("no_leak", "hard", plans.Op("never", (plans.Atom(Lit(False)),)),
                 "never leaks(problem.answer) until telling", "main.ped:119"),
    plans.Clause("resolves", "soft", plans.Op("eventually", (plans.Atom(Name("turn")),)),
                 "eventually student.correct within 12 turns", "main.ped:120"),
)
LEVELS = (plans.ScaleLevel(0.0, "no", "gives the answer away"), plans.ScaleLevel(1.0, "yes", "leaves the work to do"))
SAYINGS = {
    "generic": "Let’s look at {a} + {b}. What do you think it is?",
    "probing": "How did you get {attempt}? Tell me each step.",
    "focus": "{a} is cut into {da} parts and {b} into {db}. Which number of parts would fit both?",
    "telling": "{a} = {oa} and {b} = {ob}. What do you get when you add those?",
    "close": "Well done. You found {answer} yourself.",
}


def phases() -> dict[str, plans.Phase]:
    """Those that the lesson's turns are in, and its end."""
    turns = plans.Turn("teacher", ("probing",)), plans.Turn("student")
    ends = plans.Goto("close", Lit(True), text="student.correct")
    return {
        "open": plans.Phase("open", (*turns, ends, plans.Goto("work"))),
        "work": plans.Phase("work", (*turns, ends)),
        "close": plans.Phase("close", (), final=True),
    }


def lesson_plan() -> plans.Plan:
    """The program of the demo, as far as a report reads it."""
    names = ("generic", "probing", "focus", "telling")
    teacher = plans.Role("Tutor", "role", Lit("You are a patient tutor."), moves={n: plans.Move(n) for n in names})
    acts = tuple(plans.Act(name, None, ()) for name in ("answers", "sees_it", "gives_up"))
    student = plans.Role("Learner", "student", Lit("You are eleven."), acts=acts, state=(
        plans.Variable("mastery", "Prob", Lit(0.25), 0.0, 1.0),
        plans.Variable("misconception", "Misconception?", Lit(None)),
        plans.Variable("attempt", "Rational?", Lit(None)),
        plans.Variable("correct", "Bool", Lit(False)),
        plans.Variable("stuck", "Int", Lit(0), 0.0, 20.0),
    ))
    flow = plans.Flow("lesson", {"problem": "Problem"}, {"teacher": teacher, "student": student}, phases(), "open", 16,
                      ("Patience",), "main.ped:101")
    criteria = (
        plans.Criterion("promises", 2.0, gate=True, contract="Patience"),
        plans.Criterion("solved", 2.0, score=Lit(1)),
        plans.Criterion("gain", 2.0, score=Lit(1)),
        plans.Criterion("guidance", 1.0, judge=plans.Judge(Lit("Did the tutor guide?"), LEVELS, "ordinal")),
    )
    return plans.Plan(
        "fractions", {"main.ped": "5f" * 32, "std/moves/mathdial.ped": "a7" * 32},
        records={"Problem": plans.RecordType("Problem", tuple(
            plans.FieldSpec(name, kind) for name, kind in
            (("id", "Text"), ("a", "Rational"), ("b", "Rational"), ("answer", "Rational"), ("common", "Int"))))},
        datasets={"sums": plans.Dataset("sums", "sums.csv", "Problem", {}, licence="CC0-1.0", sha256="11" * 32)},
        flows={"lesson": flow},
        contracts={"Patience": plans.Contract("Patience", "lesson", CLAUSES, "main.ped:117")},
        rubrics={"Lesson": plans.Rubric("Lesson", "lesson", criteria)},
        runs={"demo": plans.Run("demo", "lesson", plans.Selection("sums", "practice", 8, 1), "Lesson")},
    )


def header(plan: plans.Plan, episodes: int) -> journals.Header:
    engine = "llama:SmolLM2-135M-Instruct-Q8_0"
    return journals.Header("run", plans.digest(plan), "demo", "lesson", 1, episodes,
                           {"teacher": engine, "student": engine, "judge": engine}, {"sums": "11" * 32},
                           {"engine": engine, "concurrency": 1})


def _told(move: str, a: Fraction, b: Fraction, attempt: Fraction | None) -> str:
    common = a.denominator * b.denominator
    return SAYINGS[move].format(
        a=a, b=b, attempt=attempt, answer=a + b, da=a.denominator, db=b.denominator,
        oa=f"{a.numerator * b.denominator}/{common}", ob=f"{b.numerator * a.denominator}/{common}",
    )


class Lesson:
    """Plays dialogues by simple seeded rules and writes them to a journal."""

    def __init__(self, journal: journals.Journal) -> None:
        self.journal = journal
        self.scores: list[dict[str, Any]] = []

    def play(self, number: int, exchanges: int) -> None:
        draw = random.Random(number)
        a, b = Fraction(1, draw.choice([2, 3, 4])), Fraction(draw.choice([1, 2, 3]), draw.choice([5, 7, 8]))
        item = {"id": f"s{number:02}", "a": to_json(a), "b": to_json(b), "answer": to_json(a + b),
                "common": a.denominator * b.denominator}
        state: dict[str, Any] = {"mastery": 0.25, "misconception": draw.choice(["adds_across", None]),
                                 "attempt": None, "correct": False, "stuck": 0}
        self.journal.add(journals.Episode(number, {"problem": item}, {"teacher": {}, "student": dict(state)}))
        attempt, phase, early = None, "open", number % 5 == 2
        for exchange in range(exchanges):
            later = "telling" if early or exchange > 3 else draw.choice(["probing", "focus"])
            move = later if exchange else "generic"
            state["mastery"] = min(1.0, state["mastery"] + draw.choice([0.05, 0.1, 0.12]) * bool(exchange))
            kind = {"focus": {"target": "the denominators"}, "probing": {"kind": "explain"}}.get(move, {})
            asked = _told(move, a, b, attempt)
            self._say(number, 2 * exchange, "teacher", phase, asked, state, move=move, arguments=kind)
            knows = draw.random() < state["mastery"] - 0.1 and exchange > 0
            attempt = a + b if knows else Fraction(a.numerator + b.numerator, a.denominator + b.denominator)
            state.update(attempt=to_json(attempt), correct=knows, stuck=0 if knows else state["stuck"] + 1)
            said = f"Oh! Then it must be {attempt}." if knows else f"It’s {attempt}. You add the tops and the bottoms."
            self._say(number, 2 * exchange + 1, "student", phase, said, state, act="sees_it" if knows else "answers")
            phase = "work"
            if knows:
                praise = _told("close", a, b, None)
                self._say(number, 2 * exchange + 2, "teacher", "close", praise, state, move="generic")
                break
        self._end(number, state, early)

    def _say(self, number: int, turn: int, role: str, phase: str, text: str, state: dict[str, Any], *,
             move: str = "", act: str = "", arguments: dict[str, Any] | None = None) -> None:
        notes = ("mastery was clamped to 1",) if state["mastery"] == 1.0 and act else ()
        self.journal.add(journals.Turn(number, turn, role, phase, text, "chosen" if number % 3 else "generated", move,
                                       arguments or {}, act, {"teacher": {}, "student": dict(state)}, notes))
        self.journal.add(journals.Completion(number, turn, "speech", "00" * 32, 1, text, 0, (-1.0,), (-9.0,), 210, 17,
                                             "stop", "llama", "", 0.4))

    def _end(self, number: int, state: dict[str, Any], early: bool) -> None:
        solved = state["correct"]
        verdicts = (journals.Verdict("Patience", "struggle_first", "hard", not early, 2 if early else None),
                    journals.Verdict("Patience", "no_leak", "hard", True),
                    journals.Verdict("Patience", "resolves", "soft", solved, None if solved else 11))
        why, phase = ("final", "close") if state["correct"] else ("limit", "work")
        self.journal.add(journals.Ending(number, phase, why, verdicts))
        values = {"promises": float(not early), "solved": float(state["correct"]),
                  "gain": min(1.0, (state["mastery"] - 0.25) / 0.5), "guidance": 0.5 + number % 4 / 9}
        total = 0.0 if early else (2 + 2 * values["solved"] + 2 * values["gain"] + values["guidance"]) / 7
        self.scores.append({"episode": number, "values": values, "total": total, "why": why, "turns": 4, "missing": {}})

    def fail(self, number: int) -> None:
        """A dialogue that an engine did not answer."""
        own = {"mastery": 0.25, "misconception": None, "attempt": None, "correct": False, "stuck": 0}
        state = {"teacher": {}, "student": own}
        item = {"problem": {"id": f"s{number:02}", "a": to_json(Fraction(1, 2)), "b": to_json(Fraction(3, 8))}}
        self.journal.add(journals.Episode(number, item, state))
        said = journals.Turn(number, 0, "teacher", "open", "Let’s begin.", "chosen", "generic", {}, "", state)
        self.journal.add(said)
        why = "the engine answered nothing, 3 times"
        self.journal.add(journals.Ending(number, "open", "failed", (), "PED1104", why))
        self.scores.append({"episode": number, "values": {}, "total": None, "why": "failed", "turns": 1,
                            "missing": {"solved": "the dialogue failed", "guidance": "the dialogue failed"}})


def _mean(found: list[float], missing: int = 0) -> dict[str, Any]:
    """An interval by the normal approximation: near enough for a page."""
    n = len(found)
    if not n:
        return {"value": None, "n": 0, "missing": missing, "low": None, "high": None}
    mean = sum(found) / n
    half = 1.96 * (sum((x - mean) ** 2 for x in found) / max(1, n - 1) / n) ** 0.5
    low, high = (max(0.0, mean - half), min(1.0, mean + half)) if n > 1 else (None, None)
    return {"value": mean, "n": n, "missing": missing, "low": low, "high": high}


def lesson_scores(dialogues: list[dict[str, Any]]) -> dict[str, Any]:
    """What a scorer writes of these dialogues, with recorded ones beside them."""
    good = [d for d in dialogues if d["values"]]
    early = sum(d["values"]["promises"] == 0 for d in good)
    missing = len(dialogues) - len(good)
    measures = {name: _mean([d["values"][name] for d in good], missing)
                for name in ("promises", "solved", "gain", "guidance")}
    measures["total"] = _mean([d["total"] for d in good], missing)
    measures["turns"] = {"value": 6.4, "n": len(good), "missing": missing, "low": 4.1, "high": 8.9}
    measures["recorded.turns"] = {"value": 9.8, "n": 12, "missing": 0, "low": 7.7, "high": 12.3}
    measures["recorded.solved"] = {"value": 0.75, "n": 12, "missing": 0, "low": 0.47, "high": 0.91}
    for k in range(1, 11):
        for name, rate in (("success", 0.09), ("telling", 0.05)):
            for prefix, more in (("", 0.0), ("recorded.", 0.04)):
                value = min(0.95, k * (rate + more))
                measures[f"{prefix}{name}@{k}"] = {"value": value, "n": 8, "missing": 0, "low": max(0.0, value - 0.2),
                                                   "high": min(1.0, value + 0.2)}
    return {"version": 1, "rubric": "Lesson", "measures": measures, "dialogues": dialogues,
            "contracts": {"hard_broken": early, "soft_broken": 1, "dialogues_broken": early, "clauses": {}},
            "judges": {"guidance": {"model": "llama", "validated": False, "label": "not validated"}}}


def write_lesson(folder: Path, dialogues: int = 8, failed: int = 1, exchanges: int = 6) -> Path:
    """A run folder of that many dialogues, the last `failed` of which failed."""
    plan = lesson_plan()
    journal = journals.create(folder, header(plan, dialogues))
    lesson = Lesson(journal)
    for number in range(dialogues - failed):
        lesson.play(number, exchanges)
    for number in range(dialogues - failed, dialogues):
        lesson.fail(number)
    journal.commit()
    journal.close()
    (folder / "plan.json").write_bytes(plans.to_json(plan))
    (folder / "scores.json").write_bytes(msgspec.json.encode(lesson_scores(lesson.scores)))
    return folder


@pytest.fixture
def lesson_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a lesson's run folder: dialogues, failed, exchanges."""
    return lambda **sizes: write_lesson(tmp_path, **sizes)


EVIL = "\"'><script>alert(1)</script><img src=https://evil.example/x.png onerror=alert(1)>&amp;{{ 7*7 }}"
LONG = "w" * 10_000
RIGHT_TO_LEFT = "كم يساوي نصف زائد ثلث؟ \u202e1/2"
CONTROL = "bell\x07 nul\x00 del\x7f end"


def evil_phases() -> dict[str, plans.Phase]:
    steps = plans.Turn(EVIL, (EVIL,)), plans.Goto(EVIL, Lit(True), text=EVIL)
    return {EVIL: plans.Phase(EVIL, steps, max_turns=3)}


def evil_plan() -> plans.Plan:
    """Every name and text that a page might show is made to break out of it."""
    role = plans.Role(EVIL, "student", Lit(EVIL), moves={EVIL: plans.Move(EVIL)}, acts=(plans.Act(EVIL, None),), state=(
        plans.Variable(EVIL, "Prob", Lit(0.5), 0.0, 1.0), plans.Variable("empty", "Int?", Lit(None))))
    flow = plans.Flow(EVIL, {EVIL: EVIL}, {EVIL: role}, evil_phases(), EVIL, 4, (EVIL,))
    clause = plans.Clause(EVIL, "hard", plans.Atom(Lit(False)), EVIL, EVIL)
    judge = plans.Judge(Lit(EVIL), LEVELS, "ordinal")
    return plans.Plan(
        EVIL, {EVIL: EVIL},
        datasets={EVIL: plans.Dataset(EVIL, EVIL, EVIL, {}, licence=EVIL, sha256="00")},
        flows={EVIL: flow},
        contracts={EVIL: plans.Contract(EVIL, EVIL, (clause,), EVIL)},
        rubrics={EVIL: plans.Rubric(EVIL, EVIL, (plans.Criterion(EVIL, 1.0, judge=judge),))},
    )


def _evil_turn(number: int, turn: int, text: str, value: object) -> journals.Turn:
    move, act = (EVIL, "") if turn else ("", EVIL)
    state = {EVIL: {EVIL: value, "empty": None, "list": [value, None]}}
    said = {EVIL: EVIL, "of": value}
    return journals.Turn(number, turn, EVIL, EVIL, text, "generated", move, said, act, state, (EVIL, text))


def write_evil(folder: Path) -> Path:
    """A run whose texts try to break the page, with missing states, endings and scores."""
    plan = evil_plan()
    options = {EVIL: [EVIL, None]}
    head = journals.Header("run", plans.digest(plan), EVIL, EVIL, 7, 4, {EVIL: EVIL}, {EVIL: EVIL}, options)
    journal = journals.create(folder, head)
    item = {EVIL: {EVIL: EVIL, "long": LONG, "none": None, "broken": {"ratio": [1, 0]}}, "other": [None, 1.5]}
    for number in range(4):
        journal.add(journals.Episode(number, item, {EVIL: {EVIL: None, "empty": None}}, "person"))
    values = (0.5, None, {"ratio": [5, 6]}, 10**400, {"ratio": [5, 0]}, True)
    for turn, (text, value) in enumerate(zip((EVIL, LONG, RIGHT_TO_LEFT, CONTROL, "", " \n "), values, strict=True)):
        journal.add(_evil_turn(0, turn, text, value))
    verdict = journals.Verdict(EVIL, EVIL, "hard", False, 1)
    journal.add(journals.Ending(0, EVIL, "final", (verdict, journals.Verdict("gone", "gone", "soft", False))))
    journal.add(journals.Ending(1, EVIL, "failed", (), EVIL, EVIL))
    journal.add(journals.Ending(2, "", "failed"))
    journal.commit()
    journal.close()
    (folder / "plan.json").write_bytes(plans.to_json(plan))
    (folder / "scores.json").write_bytes(msgspec.json.encode(evil_scores()))
    return folder


def evil_scores() -> dict[str, Any]:
    nothing = {"value": None, "n": 0, "missing": 3, "low": None, "high": None}
    one = {"value": 0.5, "n": 1, "missing": 2, "low": None, "high": None}
    measures = {EVIL: one, "recorded." + EVIL: nothing, "total": nothing, "far": {**one, "value": -1e9}}
    measures |= {f"{EVIL}@{k}": one for k in (1, 2, 3)} | {f"none@{k}": nothing for k in (1, 2, 3)}
    row = {"episode": 0, "values": {EVIL: 0.5, "none": None}, "total": None, "why": EVIL, "turns": 6,
           "missing": {"none": EVIL}}
    clauses = {f"{EVIL}.{EVIL}": {"kept": 0, "broken": 1, "severity": "hard"},
               "only.scored": {"kept": 1, "broken": 2, "severity": "soft"}}
    return {"version": 1, "rubric": EVIL, "measures": measures, "dialogues": [row],
            "contracts": {"hard_broken": 1, "soft_broken": 2, "dialogues_broken": 1, "clauses": clauses},
            "judges": {EVIL: {"model": EVIL, "validated": False, "label": EVIL}}}


@pytest.fixture
def evil_folder(tmp_path: Path) -> Path:
    return write_evil(tmp_path)


@pytest.fixture
def evil() -> str:
    """The text that stands everywhere in the evil folder."""
    return EVIL
