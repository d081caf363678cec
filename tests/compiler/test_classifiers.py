"""Classifiers: what they learn from, read and tell apart, as the plan has it; what is wrong in one is told."""

from __future__ import annotations

import pytest

from pedalang import plan
from pedalang.compiler import compile

HEAD = """
type Dialogue { id: Text  level: Int  share: Float? }
enum Verdict { case right  case wrong }
type Answer { text: Text  points: Float  verdict: Verdict }
scale Depth interval { level 0 "none": "No reason."  level 2 "full": "A reason." }
dataset dialogues from "d.jsonl" as Dialogue { licence: "MIT"  transcripts: "mathdial"  map id <- row.qid
                                               map level <- 1  map share <- none }
dataset answers from "a.csv" as Answer { licence: "MIT" }
move ask for teacher { say: ["How?"] }
role Tutor() { moves: [ask] }
student Learner() { act answers { say: ["So."] } }
flow lesson() { cast teacher: Tutor  cast student: Learner
  phase work max 4 turns { turn teacher  turn student  -> done at max }
  phase done final {} }
"""
MOVE = "classifier move on turn from dialogues { reads: { said: turn.text } label: turn.move labels: [focus, probing] "


def classifiers(text: str) -> dict[str, plan.Classifier]:
    made = compile.compile_text(HEAD + text)
    assert made.plan is not None, [found.message for found in made.diagnostics]
    return made.plan.classifiers


def codes(text: str) -> list[str]:
    return [found.code for found in compile.check_text(HEAD + text) if found.severity == "error"]


def test_what_is_not_said_is_the_usual() -> None:
    of = classifiers(MOVE + "}")["move"]
    assert (of.unit, of.labels, of.folds, of.seed, of.method.name, of.baseline) == (
        "turn", ("focus", "probing"), 5, 0, "tfidf", ())
    assert [(each.name, each.metric) for each in of.measures] == [("move.macro_f1", "macro_f1"),
                                                                 ("move.accuracy", "accuracy")]


def test_features_are_texts_and_numbers() -> None:
    of = classifiers("""classifier move on turn from dialogues {
      when: previous != none
      reads: { said: turn.text  , before: previous.text, long: words(turn.text) > 20, at: turn.number,
               level: row.level, share: row.share, move: turn.move }
      label: turn.move  labels: [focus, "other move"]  group: row.id }""")["move"]
    assert {each.name: each.kind for each in of.features} == {
        "said": "text", "before": "text", "long": "number", "at": "number", "level": "number", "share": "number",
        "move": "text"}
    assert of.labels == ("focus", "other move")


def test_one_classifier_reads_what_another_does() -> None:
    found = classifiers("""
    classifier good from answers { reads: { text: row.text, long: words(row.text) } label: row.verdict }
    classifier points from answers { reads: good  label: row.points  scale: Depth  method: tfidf(numbers: 0.3) }""")
    assert found["points"].features == found["good"].features
    assert found["points"].method.options == {"numbers": 0.3}
    assert codes("classifier good from answers { reads: good  label: row.verdict }") == ["PED0309"]
    assert codes("classifier good from answers { reads: better  label: row.verdict }") == ["PED0201", "PED0309"]


def test_a_number_on_a_scale_is_estimated() -> None:
    found = classifiers("""
    classifier points from answers { reads: { text: row.text } label: row.points scale: Depth
      baseline: words(row.text) }
    classifier other from answers { reads: { text: row.text } label: row.points scale: -1..1
      measures: { agreed: spearman } }""")
    assert (found["points"].scale, found["points"].plain, found["points"].labels) == ((0, 2), True, ())
    assert (found["other"].scale, found["other"].plain) == ((-1, 1), False)


def test_an_enum_brings_its_labels() -> None:
    of = classifiers("classifier good from answers { reads: { text: row.text } label: row.verdict }")["good"]
    assert of.labels == ("right", "wrong")


def test_measures_take_labels_for_one() -> None:
    of = classifiers("""classifier move on turn from dialogues { reads: { said: turn.text } label: turn.move
      labels: [a, b, c, d]  method: tfidf(c: 2, balanced: true)
      measures: { three: macro_f1(merge: [a, b]), two: accuracy(merge: [[a, b], [c, d]]), one: f1(of: c) } }""")["move"]
    assert [(each.merge, each.of) for each in of.measures] == [((("a", "b"),), ""), ((("a", "b"), ("c", "d")), ""),
                                                              ((), "c")]
    assert of.method == plan.Method("tfidf", {"c": 2.0, "balanced": 1.0})


@pytest.mark.parametrize(("written", "code"), [
    ("classifier a on exchange from dialogues { reads: { said: turn.text } label: turn.move labels: [a, b] }",
     "PED0713"),
    ("classifier a { reads: { said: row.id } label: row.id labels: [a, b] }", "PED0702"),
    ("classifier a from answers { label: row.verdict }", "PED0702"),
    ("classifier a from answers { reads: { text: row.text } }", "PED0702"),
    ("classifier a from answers { reads: { text: row.text } label: row.text }", "PED0702"),
    ("classifier a on turn from answers { reads: { said: turn.text } label: turn.move labels: [a, b] }", "PED0821"),
    ("classifier a from answers { reads: {} label: row.verdict }", "PED0713"),
    ("classifier a from answers { reads: { text: row.text } label: row.verdict labels: [right, left] }", "PED0704"),
    ("classifier a from answers { reads: { text: row.text } label: row.text labels: [right] }", "PED0705"),
    ("classifier a from answers { reads: { text: row.text } label: row.text scale: Depth }", "PED0715"),
    ("classifier a from answers { reads: { text: row.text } label: row.points scale: 2..1 }", "PED0309"),
    (MOVE + "folds: 1 }", "PED0305"), (MOVE + "folds: 1000 }", "PED0305"),
    (MOVE + "method: forest }", "PED0309"), (MOVE + "method: tfidf(depth: 2) }", "PED0210"),
    (MOVE + "method: tfidf(c: 0) }", "PED0309"), (MOVE + "method: tfidf(balanced: 3) }", "PED0309"),
    (MOVE + "measures: { m: makro_f1 } }", "PED0309"), (MOVE + "measures: { m: r2 } }", "PED0714"),
    (MOVE + "measures: { m: f1 } }", "PED0714"), (MOVE + "measures: { m: accuracy(merge: [focus]) } }", "PED0714"),
    (MOVE + "reads_: { a: 1 } }", "PED0210"), (MOVE + "when: previous.text == \"\" }", "PED0306"),
])
def test_what_is_wrong_is_told(written: str, code: str) -> None:
    assert codes(written) == [code]


def test_a_criterion_gives_a_classifier_what_it_reads() -> None:
    text = MOVE + """} rubric R on turn {
      criterion asks by model { when: turn.speaker == "teacher" uses: move reads: { said: turn.text } desired: probing }
    }"""
    made = compile.compile_text(HEAD + text)
    assert made.plan is not None
    model = made.plan.rubrics["R"].criteria[0].model
    assert model is not None and (model.uses, list(model.reads), model.desired) == ("move", ["said"], ("probing",))


@pytest.mark.parametrize(("written", "code"), [
    ("reads: { said: turn.text }  desired: probing", "PED0702"), ("uses: move  desired: probing", "PED0702"),
    ("uses: move  reads: { said: turn.text }", "PED0702"),
    ("uses: move  reads: { text: turn.text }  desired: probing", "PED0717"),
    ("uses: move  reads: { said: turn.number }  desired: probing", "PED0717"),
    ("uses: move  reads: { said: turn.text, more: 1 }  desired: probing", "PED0717"),
    ("uses: move  reads: { said: turn.text }  desired: telling", "PED0704"),
    ("uses: lesson  reads: { said: turn.text }  desired: probing", "PED0208"),
])
def test_what_is_wrong_in_a_criterion_is_told(written: str, code: str) -> None:
    assert codes(MOVE + f"}} rubric R on turn {{ criterion asks weight 0 by model {{ {written} }} "
                 "criterion b by code { score: 1 } }") == [code]
