"""Nothing is silently ignored: what the language has and this version cannot run is refused, and the manual says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pedalang.compiler import compile

Written = Callable[..., tuple[str, int, int]]

LATER = [
    ("PED0901", "let enough = 3", "«@draft»\nlet enough = 3"),
    ("PED0901", "  id: Text\n", "  id: Text «@unique»\n"),
    ("PED0901", "let enough = 3", "scale «Wide»(n: Int) nominal { level 0: \"No.\" level 1: \"Yes.\" }\nlet enough = 3"),
    ("PED0901", "let enough = 3", "def f(x: Int) -> Int = python «\"mine:f\"»\nlet enough = 3"),
    ("PED0901", "moves Mine =", "moves Mine «open» ="),
    ("PED0901", "moves Mine =", "moves Ordered = { «focus» < probing < telling }\nmoves Mine ="),
    ("PED0901", "  example \"Good work!\"", "  «case effort \"The effort.\"»"),
    ("PED0901", "  example \"Good work!\"", "  «signal»: \"!\""),
    ("PED0901", "  example \"Good work!\"", "  «reveals»: none"),
    ("PED0901", "carries: attempt", "carries: attempt «allow when correct»"),
    ("PED0901", "carries: attempt", "carries: attempt «language»: \"en\""),
    ("PED0901", "carries: attempt", "carries: attempt «memory»: 3"),
    ("PED0901", "carries: attempt", "carries: attempt «tools»: []"),
    ("PED0901", "set patience -= 1", "set «history[0]» = 1"),
    ("PED0901", "predicate long_turn(most: Int = 40) by code", "predicate kind() by «judge» { ask: \"Kind?\" }\n"
     "predicate long_turn(most: Int = 40) by code"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) { «state { n: Int = 0 }»"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) { on «teacher.turn» { }"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) { «given history»"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) { «given»: 3"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) { «budget»: 3"),
    ("PED0901", "flow lesson(sum: Sum) {", "flow lesson(sum: Sum = «none») {"),
    ("PED0901", "phase work max 6 turns {", "phase work max 6 turns { «budget»: 3"),
    ("PED0901", "phase work max 6 turns {", "phase work max 6 turns { on «teacher.turn» { }"),
    ("PED0901", "{ limit: 40 tokens }", "{ limit: 40 tokens «budget»: 3 }"),
    ("PED0901", "uses: Patience ", "uses: «Patience(sum, times: 3)» "),
    ("PED0901", "rubric Basis(sum: Sum) on dialogue", "rubric Basis(sum: Sum) on «turn»"),
    ("PED0901", "criterion solved weight 2 by code {", "«range»: 0..1 criterion solved weight 2 by code {"),
    ("PED0901", "criterion solved weight 2 by code {", "«segment»: 3 criterion solved weight 2 by code {"),
    ("PED0901", "criterion solved weight 2 by code {", "criterion solved weight 2 by code «on turn» {"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «votes»: 3 }"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «evidence»: required }"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «agreement»: {} }"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «labels»: [] }"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «segment»: 1 }"),
    ("PED0901", "{ score: if student.correct then 1 else 0 }", "{ score: 1 «cache»: true }"),
    ("PED0901", "criterion solved weight 2 by code {", "criterion seen «by human» {} criterion solved weight 2 by code {"),
    ("PED0901", "criterion solved weight 2 by code {", "criterion seen «by model» {} criterion solved weight 2 by code {"),
    ("PED0901", "  engine: llama\n", "  engine: llama «context»: 4096 tokens\n"),
    ("PED0901", "  engine: llama\n", "  engine: llama «seed»: 3\n"),
    ("PED0901", "  engine: llama\n", "  engine: llama «top_p»: 0.9\n"),
    ("PED0901", "  engine: llama\n", "  engine: llama «adapter»: \"x\"\n"),
    ("PED0901", "  beside: people", "  beside: people «learner»: Learner"),
    ("PED0901", "  beside: people", "  beside: people «seed»: 3"),
    ("PED0901", "  beside: people", "  beside: people «repeat»: 3"),
    ("PED0901", "  beside: people", "  beside: people «budget»: {}"),
    ("PED0901", "run main {\n  flow: lesson", "run main {\n  flow: «lesson(sum)»"),
    ("PED0901", "observe people {", "observe «people»(n: Int) {"),
    ("PED0901", "observe people {", "observe people { «vary seed in 1..3»"),
    ("PED0901", "observe people {", "observe people { «input»: 3"),
    ("PED0901", "observe people {", "observe people { «agreement»: {}"),
    ("PED0901", "observe people {", "observe people { «feedback»: {}"),
    ("PED0901", "observe people {", "observe people { «report»: \"x.html\""),
    ("PED0901", "let enough = 3", "«matrix m {»\n}\nlet enough = 3"),
    ("PED0901", "let enough = 3", "«optimize lesson {»\n}\nlet enough = 3"),
    ("PED0901", "let enough = 3", "«course term {»\n}\nlet enough = 3"),
    ("PED0901", "let enough = 3", "«curriculum year {»\n}\nlet enough = 3"),
    ("PED0901", "let enough = 3", "«test \"t\" {»\n}\nlet enough = 3"),
    ("PED0901", "let enough = 3", "«property \"p\" {»\n}\nlet enough = 3"),
]

