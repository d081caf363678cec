"""One mistake, one message, with its code, at the right place. In `lesson.ped` one place is written otherwise.

Each case is (code, what stands in the program once, what stands there instead), with `«…»` around where the mistake is
to be seen; where that is at another place, that place with its marks is the fourth.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pedalang.compiler import compile

Written = Callable[..., tuple[str, int, int]]

NAMES = [
    ("PED0201", "import leaks", "import «leeks»"),
    ("PED0201", "-> close when student.correct\n    -> work", "-> «closed» when student.correct\n    -> work"),
    ("PED0201", "turn student\n    -> close when student.correct\n    -> work", "turn «pupil»\n    -> work"),
    ("PED0201", "lcm(den(s.a)", "«lmc»(den(s.a)"),
    ("PED0201", "max(least, lcm", "max(«leest», lcm"),
    ("PED0201", "obeys Patience(sum)", "obeys «Patients»(sum)"),
    ("PED0201", "cast student: Learner(sum,", "cast student: «Lerner»(sum,"),
    ("PED0201", "extends Adult", "extends «Adlut»"),
    ("PED0201", "over lesson {", "over «lessen» {"),
    ("PED0201", "scale Anchored4 by", "scale «Anchored5» by"),
    ("PED0201", "uses: Patience ", "uses: «Patiense» "),
    ("PED0201", "score: Lesson\n  check", "score: «Lessen»\n  check"),
    ("PED0201", "check: [Patience]", "check: [«Patientia»]"),
    ("PED0201", "beside: people", "beside: «persons»"),
    ("PED0201", "data: sums.easy", "data: «sum».easy"),
    ("PED0201", "T: teacher,", "T: «techer»,"),
    ("PED0201", "say telling:", "say «teling»:"),
    ("PED0201", "focus otherwise\n", "«fokus» otherwise\n"),
    ("PED0201", "on self.said", "on self.«says»"),
    ("PED0201", "on teacher.probing", "on teacher.«probe»"),
    ("PED0201", "on student.turn", "on «pupil».turn"),
    ("PED0201", "during work:", "during «wrok»:"),
    ("PED0201", "always not long_turn(60)", "always not «longish»"),
    ("PED0201", "always not long_turn(60)", "always not «longish»(60)"),
    ("PED0201", "set stuck =", "set «stock» ="),
    ("PED0201", "draw one_of(", "draw «oneof»("),
    ("PED0201", "mathdial.success_telling", "mathdial.«success»"),
    ("PED0201", "focus, probing, telling, generic, praise }", "focus, probing, telling, generic, «prize» }"),
    ("PED0201", "model: small\n  sees", "model: «smal»\n  sees"),
    ("PED0201", "{{ tone }}", "{{ «ton» }}"),
    ("PED0202", "let enough = 3", "let enough = 3\nlet «enough» = 4"),
    ("PED0202", "let enough = 3", "let «leaks» = 3\nlet enough = 3"),
    ("PED0202", "let enough = 3", "enum «Turn» { case left }\nlet enough = 3"),
    ("PED0202", "cast student: Learner", "cast «initial»: Adult cast student: Learner"),
    ("PED0202", "if knows { set", "draw «args» ~ bernoulli(0.5)\n    if knows { set"),
    ("PED0202", "import leaks\n", "import leaks, «leaks»\n"),
    ("PED0202", "case upset", "case «calm»\n  case upset"),
    ("PED0202", "  b: Rational\n  level", "  «a»: Rational\n  b: Rational\n  level"),
    ("PED0202", "map b <-", "map «a» <- row.a map b <-"),
    ("PED0202", "rest: 10..20", "«easy»: 10..20"),
    ("PED0202", "answers: wrong_near(a)\n", "answers: wrong_near(a)\n  «answers»: a\n"),
    ("PED0202", "limit: 60 tokens", "limit: 60 tokens «limit»: 50 tokens"),
    ("PED0202", "persona:", "voice: \"You listen.\" «persona»:"),
    ("PED0202", "mood: Mood = calm", "mood: Mood = calm «mood»: Mood = calm"),
    ("PED0202", "mood: Mood = calm", "mood: Mood = calm «said»: Mood = calm"),
    ("PED0202", "act believes otherwise", "act «solves» otherwise"),
    ("PED0202", "say telling:", "say «probing»: [\"Hm?\"] say telling:"),
    ("PED0202", "cast student: Learner", "cast «teacher»: Tutor(sum) cast student: Learner"),
    ("PED0202", "cast student: Learner", "cast «sum»: Adult cast student: Learner"),
    ("PED0202", "phase rescue final", "phase «close» final {}\n  phase rescue final"),
    ("PED0202", "phase work max 6 turns", "phase work max 6 turns «max 7 turns»"),
    ("PED0202", "if knows { set", "draw «mood» ~ bernoulli(0.5)\n    if knows { set"),
    ("PED0202", "soft listens:", "soft «resolves»:"),
    ("PED0202", "criterion soon", "criterion «gain»"),
    ("PED0202", "weight 2 by code", "weight 2 «weight 3» by code"),
    ("PED0202", "anchor exemplary:", "anchor «1»:"),
    ("PED0202", "check: [Patience]", "check: [Patience, «Patience»]"),
    ("PED0202", "may { probing, focus, praise }", "may { probing, focus, «focus» }"),
    ("PED0202", "least: Int = 1)", "least: Int = 1, «s»: Int = 1)"),
    ("PED0204", "import leaks\n", "import leaks, «asks»\n"),
    ("PED0204", "import std.rubrics.mathdial as mathdial\n",
     "import std.rubrics.mathdial as mathdial\n«import std.scales as scales»\n"),
    ("PED0206", "from std.predicates import", "from «std.predicate» import"),
    ("PED0206", "from std.predicates import", "from «..predicates» import"),
    ("PED0207", "pedalang 1", "pedalang «2»"),
    ("PED0208", "history.turns == 0", "«Learner» == 0"),
    ("PED0208", "cast student: Learner(sum,", "cast student: «Patience»(sum,"),
    ("PED0208", "uses: Patience ", "uses: «Basis» "),
    ("PED0208", "moves: Mine", "moves: «praise»"),
    ("PED0208", "least, lcm(", "least, «enough»("),
    ("PED0208", "telling(step: \"the sum {{ sum.answer }}\") when student.stuck >= enough",
     "telling when student.stuck >= «mathdial»"),
    ("PED0209", "let enough = 3", "let enough = «enough» + 1"),
    ("PED0209", "max(least, lcm(den(s.a), den(s.b)))", "max(least, «parts»(s))"),
    ("PED0209", "role Adult {", "role Adult extends «Adult» {"),
    ("PED0209", "on dialogue {\n  criterion solved", "extends «Lesson» on dialogue {\n  criterion solved"),
    ("PED0210", "licence: \"CC0-1.0\"", "«license»: \"CC0-1.0\" licence: \"CC0-1.0\""),
    ("PED0210", "holds: words", "«hold»: true holds: words"),
    ("PED0210", "carries: attempt", "carries: attempt «carrys»: attempt"),
    ("PED0211", "case upset \"feels lost\"\n}", "case upset \"feels lost\"\n}\nenum Weather { case calm case windy }\n"
     "let weather = «calm»"),
    ("PED0212", "role Adult {", "role «Passer» { voice: \"Hm.\" }\nrole Adult {"),
]

TYPES = [
    ("PED0301", "let goal: Text = \"Add the fractions.\"", "let goal: Text = «3»"),
    ("PED0301", "-> close when student.correct\n    -> work", "-> close when «student.stuck»\n    -> work"),
    ("PED0301", "set correct = attempt == sum.answer", "set correct = «attempt == turn.text»"),
    ("PED0301", "stuck + 1\n", "«stuck + turn.text»\n"),
    ("PED0301", "set mastery += luck", "set mastery += «turn.number > 2»"),
    ("PED0301", "set patience -= 1", "set patience -= «0.5»"),
    ("PED0301", "words(turn.text) > most", "«words(turn.number)» > most"),
    ("PED0301", "bernoulli(mastery * (1 - slip))", "bernoulli(«turn.text»)"),
    ("PED0301", "draw one_of(adds_across, guesses)", "«draw bernoulli(0.5)»"),
    ("PED0301", "score: if student.correct then 1 else 0", "score: «turn.text»"),
    ("PED0301", "score: if student.correct then 1 else 0", "score: «if student.correct then 1 else turn.text»"),
    ("PED0301", "data: sums.easy.sample(4, seed: 2)", "data: «others»\n}\ntype Other { id: Text }\ndataset others from "
     "\"o.csv\" as Other {\n  licence: \"CC0-1.0\"\n}\nrun second {\n  flow: lesson\n  data: sums"),
    ("PED0301", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum, other: Sum) {", "flow «lesson»(sum: Sum, other"),
    ("PED0301", "contract Patience(sum: Sum,", "contract Patience(sum: Text,", "obeys Patience(«sum»)"),
    ("PED0301", "rubric Basis(sum: Sum)", "rubric Single(sum: «Text») on dialogue {\n"
     "  criterion all by code { score: 1 }\n}\nrubric Basis(sum: Sum)"),
    ("PED0301", "cast student: Learner(sum, slip: 0.2)", "cast student: Learner(«3», slip: 0.2)"),
    ("PED0301", "student.stuck > 4", "«student.attempt == \"half\"»"),
    ("PED0301", "always student.stuck < 9", "always «student.correct < 9»"),
    ("PED0301", "answer: Rational = a + b", "answer: Rational = «0.5»"),
    ("PED0301", "telling(step: \"the sum {{ sum.answer }}\")", "telling(step: «sum.answer»)"),
    ("PED0302", "  id: Text\n", "  id: «Txt»\n"),
    ("PED0302", "  id: Text\n", "  id: «small»\n"),
    ("PED0302", "as Sum {", "as «Mood» {"),
    ("PED0302", "level: Int in 1..5", "level: Int in «low..5»"),
    ("PED0302", "misconception guesses for Sum", "misconception guesses for «Mood»"),
    ("PED0303", "tags: List[Text]?", "tags: «List?»"),
    ("PED0303", "tags: List[Text]?", "tags: «Sum[Text]?»"),
    ("PED0304", "{{ sum.a }} + {{ sum.b }}.\"", "{{ sum.a }} + {{ sum.«c» }}.\""),
    ("PED0304", "student.stuck > 4", "student.«stock» > 4"),
    ("PED0304", "map b <-", "map «c» <- row.c map b <-"),
    ("PED0304", "sums.easy.sample", "sums.«hard».sample"),
    ("PED0304", "sums.easy.sample", "sums.easy.«take»"),
    ("PED0304", "idea.answers(sum)", "idea.«answer»(sum)"),
    ("PED0304", "history.count(\"probing\")", "history.«number»(\"probing\")"),
    ("PED0304", "mood: Mood = calm", "mood: Mood = Mood.«clam»"),
    ("PED0305", "level: Int in 1..5 = 1", "level: Int in 1..5 = «6»"),
    ("PED0305", "level: Int in 1..5 = 1", "level: Int in «5..1» = 1"),
    ("PED0305", "slip: Prob = 0.1", "slip: Prob = «1.1»"),
    ("PED0305", "Learner(sum, slip: 0.2)", "Learner(sum, slip: «-0.2»)"),
    ("PED0305", "easy: 0..10", "easy: «10..10»"),
    ("PED0305", "temperature: 0.5", "temperature: «5»"),
    ("PED0305", "max: 12 turns", "max: «0 turns»"),
    ("PED0305", "limit: 60 tokens", "limit: «5_000_000_000 tokens»"),
    ("PED0305", "let enough = 3", "let enough = «" + "9" * 400 + "»"),
    ("PED0305", "score: if student.correct then 1 else 0", "score: «2»"),
    ("PED0305", "within 6 turns", "within «0 turns»"),
    ("PED0306", "set attempt = idea.answers(sum) ?? sum.answer", "set correct = «attempt» > 1"),
    ("PED0306", "attempt: Rational? = none", "attempt: Rational = «none»"),
    ("PED0306", "float(sum.answer)", "float(«student.attempt»)"),
    ("PED0306", "score: if student.correct then 1 else 0", "score: «student.attempt»"),
    ("PED0306", "words(turn.text) > most", "words(«first([turn.text])») > most"),
    ("PED0306", "words(turn.text) > most", "first(«first([[turn.text]])») == \"a\""),
    ("PED0307", "cast student: Learner(sum, slip: 0.2)", "cast student: «Learner»"),
    ("PED0307", "Learner(sum, slip: 0.2)", "Learner(sum, «guess: 0.2»)"),
    ("PED0307", "Learner(sum, slip: 0.2)", "Learner(sum, «sum: sum»)"),
    ("PED0307", "Learner(sum, slip: 0.2)", "Learner(sum, 0.2, «0.3»)"),
    ("PED0307", "lcm(den(s.a), den(s.b))", "«lcm(den(s.a))»"),
    ("PED0307", "clamp(student.mastery - initial(student.mastery), 0, 1)", "«initial()»"),
    ("PED0307", "idea.answers(sum)", "«idea.answers()»"),
    ("PED0307", "contract Patience(sum: Sum, times: Int = 2)", "contract Patience(sum: Sum, times: Int)",
     "obeys «Patience(sum)»"),
    ("PED0307", "sample(4, seed: 2)", "sample(4, «seeds: 2»)"),
    ("PED0307", "uniform(0.1, 0.4)", "«uniform(0.1)»"),
    ("PED0307", "on teacher.telling(step)", "on teacher.telling(step, «more»)"),
    ("PED0308", "score: if student.correct then 1 else 0", "score: «mathdial.success_telling(1.0)»"),
    ("PED0309", "speak: either", "speak: «loud»"),
    ("PED0309", "moves: Mine", "moves: «3»"),
    ("PED0309", "sees: [sum.a, sum.b, history]", "sees: «history»"),
    ("PED0313", "max: 12 turns", "max: «12 tokens»"),
    ("PED0309", "max: 12 turns", "max: «student»"),
    ("PED0309", "weights: \"small.gguf\"", "weights: «small»"),
    ("PED0309", "policy rule", "policy «rules»"),
    ("PED0309", "easy: 0..10", "easy: «10»"),
    ("PED0309", "cap: 40%", "cap: «40 turns»"),
    ("PED0313", "within 6 turns", "within «6 minutes»"),
    ("PED0309", "before 2 probing", "before «2.5» probing"),
    ("PED0309", "draw one_of(adds_across, guesses)", "draw «adds_across»"),
    ("PED0313", "phase work max 6 turns", "phase work max «6 tokens»"),
    ("PED0309", "on self.said", "on «said»"),
    ("PED0310", "set correct = attempt == sum.answer", "set correct = «initial(correct)»"),
    ("PED0311", "idea.answers(sum) ?? sum.answer", "idea.answers(sum) ?? («sum.answer» ?? sum.a)"),
]

PROMPTS = [
    ("PED0401", "say telling: [\"Look: {{ step }}.\"]", "say telling: [«\"Look: {{ student.idea }}.\"»]"),
    ("PED0201", "allow when history.turns > 0", "allow when words(«what») > 0"),
    ("PED0401", "{{ sum.a }} + {{ sum.b }} = {{ attempt }}.\"", "Now.\", «\"{{ sum.answer }}\"»"),
    ("PED0401", "act believes otherwise { say: idea.says(sum) }",
     "act believes otherwise { say: [«\"I need {{ parts(sum) }} of {{ sum.answer }}\"»] }"),
    ("PED0401", "You are {{ tone }}. The sum is {{ sum.a }} + {{ sum.b }}.", "{{ sum.id }}",
     "voice: «\"{{ sum.id }}\"»"),
    ("PED0401", "carries: attempt", "carries: «sum.answer»"),
    ("PED0401", "goal: \"Hear the learner about {{ sum.a }}.\"", "goal: «\"Hear {{ sum.answer }}.\"»"),
    ("PED0401", "hint \"The student has it: {{ student.attempt }}.\"",
     "hint «\"The student has it: {{ student.mood }}.\"»"),
    ("PED0401", "praise(what: tone)", "«praise(what: \"{{ student.mood }}\")»"),
    ("PED0402", "{{ tone }}", "{{ «history» }}"),
    ("PED0402", "{{ tone }}", "{{ «student» }}"),
]

FLOWS = [
    ("PED0501", "phase rescue final", "phase «lost» { turn student -> close }\n  phase rescue final"),
    ("PED0502", "phase rescue final {", "phase «rescue» {"),
    ("PED0503", "flow lesson(sum: Sum) {", "flow «empty»(sum: Sum) {\n  cast teacher: Tutor(sum)\n"
     "  cast student: Learner(sum)\n}\nflow lesson(sum: Sum) {"),
    ("PED0504", "may { probing, focus, praise }", "may { probing, «hinting» }"),
    ("PED0505", "phase work max", "phase «work» start max"),
    ("PED0506", "    -> rescue at max\n", "    -> rescue when student.stuck > 8\n", "phase «work» max"),
    ("PED0507", "    -> work\n", "    -> work\n    «-> close when student.correct»\n"),
    ("PED0508", "    -> work\n", "    -> hall\n  }\n  phase «hall» {\n    -> hall when student.correct\n    -> work\n"),
    ("PED0509", "    -> work\n", "    -> work «at max»\n"),
    ("PED0509", "phase close final", "phase close final «max 3 turns»"),
    ("PED0510", "act believes otherwise { say: idea.says(sum) }", "act believes otherwise {}", "student «Learner»("),
    ("PED0510", "speak: either", "speak: grounded", "role «Tutor»("),
    ("PED0511", "cast student: Learner", "cast aide: Tutor(sum)\n  cast student: Learner", "moves: «Mine»"),
    ("PED0512", "move praise(what: Text = \"work\")", "move praise(«what: Text»)"),
    ("PED0513", "policy rule {", "policy rule {\n    focus «weight 2» when student.stuck > 8"),
    ("PED0513", "carries: attempt", "carries: attempt «policy table»"),
]

CONTRACTS = [
    ("PED0601", "phase rescue final { turn teacher must telling }\n}\n",
     "phase rescue final { turn teacher must telling }\n}\nflow other(sum: Sum) {\n  obeys «Patience»\n"
     "  cast teacher: Tutor(sum)\n  cast student: Learner(sum)\n  phase work final { turn teacher must generic }\n}\n"),
    ("PED0603", "before 2 probing", "before 2 «scold»"),
    ("PED0605", "soft listens: first teacher.probing", "soft listens: «teacher.probing»"),
    ("PED0605", "soft listens: first teacher.probing", "soft listens: «not telling and first probing»"),
]

RUBRICS = [
    ("PED0701", "criterion solved weight 2 by", "criterion solved weight 0 by", "rubric «Basis»("),
    ("PED0702", "  flow: lesson\n  data: sums.easy", "  data: sums.easy", "run «main» {"),
    ("PED0702", "  speakers: { T: teacher, \"S\": student }\n", "", "observe «people» {"),
    ("PED0702", "criterion solved weight 2 by code {", "criterion «solved» weight 2 {"),
    ("PED0702", "{ score: if student.correct then 1 else 0 }", "{}", "criterion «solved»"),
    ("PED0702", "{ uses: Patience  cap: 40% }", "{ cap: 40% }", "criterion «promises»"),
    ("PED0702", "    ask: \"How warm is the tutor about {{ sum.a }}?\"\n", "", "criterion «warmth»"),
    ("PED0702", "holds: words(turn.text) > most", "", "predicate «long_turn»("),
    ("PED0702", "  engine: llama\n", "", "model «small» {"),
    ("PED0702", "dataset sums from \"sums.csv\" as", "dataset «sums» as"),
    ("PED0702", "from \"sums.csv\" as Sum {", "from \"sums.csv\" {", "dataset «sums»"),
    ("PED0703", "scale Anchored4 by judge", "by judge", "criterion «warmth»"),
    ("PED0703", "criterion solved weight 2 by code", "criterion solved weight 2 «scale Anchored4» by code"),
    ("PED0704", "anchor 1:", "anchor «7»:"),
    ("PED0704", "anchor exemplary:", "anchor «examplary»:"),
    ("PED0704", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «anchor 1: \"Yes.\"» }"),
    ("PED0706", "by contract gate {", "by contract {", "«cap»: 40%"),
    ("PED0706", "criterion soon weight 0 by code", "criterion soon «weight 1» by code"),
    ("PED0706", "criterion soon weight 0 by code", "criterion soon weight 0 by code «gate»"),
    ("PED0705", "let enough = 3", "scale «Lone» nominal { level 1: \"Yes.\" }\nlet enough = 3"),
]

DATA = [
    ("PED0820", "sums.easy.sample(4, seed: 2)", "«sums.easy.sample(4)»"),
    ("PED0821", "  transcripts: \"jsonl\"\n", "", "data: «sums»\n"),
    ("PED0822", "  licence: \"CC0-1.0\"\n", "", "dataset «sums»"),
]

CASES = [*NAMES, *TYPES, *PROMPTS, *FLOWS, *CONTRACTS, *RUBRICS, *DATA]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2][:60]}")
def test_a_mistake_is_reported_once_and_where_it_is(written: Written, case: tuple[str, ...]) -> None:
    code, *change = case
    text, start, end = written(*change)
    (found,) = compile.check_text(text)
    assert found.code == code, found.message
    assert found.span is not None
    assert found.span.text == text[start:end]
    assert (found.span.start, found.span.end) == (start, end)
    readable(found.message)
    readable(found.help)


def readable(text: str) -> None:
    """A small first letter, no full stop, quotes in pairs, no word of Python."""
    assert not text or not text[0].isupper(), text
    assert not text.endswith("."), text
    assert text.count("`") % 2 == 0, text
    assert "None" not in text, text
    assert "decl" not in text.lower().replace("declar", ""), text


def test_the_program_itself_has_no_mistake(lesson: str) -> None:
    assert compile.compile_text(lesson).ok
    assert not compile.check_text(lesson)


def test_two_mistakes_are_two_messages_in_order(lesson: str) -> None:
    text = lesson.replace("let enough = 3", "let enough = 3 + true").replace("import leaks", "import leeks")
    assert [found.code for found in compile.check_text(text)] == ["PED0201", "PED0301"]


def test_a_mistake_in_a_definition_is_said_once_however_often_it_is_used() -> None:
    text = "def half(n: Int) -> Int = n / 2\n" + "".join(f"let a{n} = half({n})\n" for n in range(9))
    assert [found.code for found in compile.check_text(text)] == ["PED0301"]
