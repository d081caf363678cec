"""Expressions: the type that the compiler gives them, what they are compiled to, what they are worth."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from pedalang import diagnostic
from pedalang.compiler.semantics import dialogue, elaborate, modules, types
from pedalang.compiler.semantics.modules import Declared
from pedalang.compiler.semantics.scope import Scope, Typed
from pedalang.compiler.syntax import parse, tree
from pedalang.diagnostic import Report
from pedalang.expression import environment, nodes, values
from pedalang.expression.evaluate import Evaluator
from pedalang.source import Source

PROGRAM = """
enum Mood { case calm "feels fine" case upset "feels lost" }
enum Weather { case calm case windy }
type Sum { id: Text  a: Rational  b: Rational  tags: List[Text]  best: Sum? }
let three = 3
let third: Rational = rational(1, 3)
def twice(n: Int) -> Int = n + n
def clamped(n: Float, low: Float = 0, high: Float = low + 1) -> Float = clamp(n, low, high)
def among(items: List[Int]) -> List[Int] = [i + count(items) for i in items]
def picks(n: Int) -> List[Int] = [i * n for i in 0..3]
predicate says(word: Text) by code { holds: contains(turn.text, word) }
misconception adds_across for Sum { answers: rational(num(a) + num(b), den(a) + den(b))  shown: "{{ answers }}!" }
misconception forgets for Sum { answers: a }
move ask {}
"""

SUM = {"id": "s", "a": Fraction(1, 2), "b": Fraction(1, 3), "tags": ("x", "y"), "best": None}
ENV = environment.environment(
    {"sum": SUM, "n": 7, "x": 0.5, "maybe": None, "given": 4, "word": "half", "yes": True, "wrong": "adds_across",
     "mood": "upset", "row": {"cell": "12"}, "counts": {"a": 1, "b": 2}},
    {"student": {"stuck": 2}},
    [environment.turn_record("teacher", "What is 1/2?", move="ask", number=0, phase="open"),
     environment.turn_record("student", "I think 0.5", act="says", number=1, phase="work")])

TABLE = """
    1                                   Int            1
    1_000                               Int            1000
    1.5                                 Float          1.5
    40%                                 Percent        0.4
    3 turns                             Turns          3
    2 minutes + 1 minute                Minutes        3
    true                                Bool           yes
    none                                None           none
    "a{{ n }}b"                         Text           a7b
    "a{{ maybe }}b"                     Text?          none
    "{{ maybe }}" ?? "-"                Text           -
    [1, 2]                              List[Int]      1, 2
    [1, 0.5]                            List[Float]    1, 0.5
    [1, none]                           List[Int?]     absent
    []                                  List[Any]      empty
    { a: 1, "b": 2 }                    Map[Text, Int]  a: 1, b: 2
    counts["b"]                         Int?           2
    counts["c"]                         Int?           none
    1 + 2 * 3                           Int            7
    7 / 2                               Float          3.5
    7 % 4                               Int            3
    -n                                  Int            -7
    - x                                 Float          -0.5
    sum.a + 1                           Rational       3/2
    sum.a / 2                           Rational       1/4
    rational(3) / 2                     Rational       3/2
    sum.a + 0.5                         Float          1
    third * 3                           Rational       1
    "a" + "b"                           Text           ab
    [1] + [2]                           List[Int]      1, 2
    n > 3 and not yes                   Bool           no
    n > 3 or student.stuck > 99         Bool           yes
    sum.a == 0.5                        Bool           yes
    maybe == none                       Bool           yes
    maybe != none and maybe > 3         Bool           no
    given ?? 9                          Int            4
    maybe ?? given ?? 9                 Int            4
    if maybe == none then 0 else maybe  Int            0
    if given != none then given else 1  Int            4
    if yes then 1 else 0.5              Float          1
    if yes then none else 2             Int?           none
    n in [1, 7]                         Bool           yes
    "x" not in sum.tags                 Bool           no
    0..3                                List[Int]      0, 1, 2
    [i * 2 for i in 0..3]               List[Int]      0, 2, 4
    [i for i in 0..9 if i % 4 == 0]     List[Int]      0, 4, 8
    sum([i for i in 0..4])              Int            6
    [t.text for t in history]           List[Text]     What is 1/2?, I think 0.5
    [m + 1 for m in [given, maybe] if m != none]  List[Int]  5
    sum.tags[1]                         Text?          y
    sum.tags[9] ?? "-"                  Text           -
    sum.best                            Sum?           none
    if sum.best != none then sum.best.a else sum.b  Rational  1/3
    turn.text                           Text           I think 0.5
    turn.number                         Int            1
    phase                               Text           work
    history.turns                       Int            2
    history.count("ask")                Int            1
    history.count(ask)                  Int            1
    last(history) == none               Bool           no
    student.stuck + 1                   Int            3
    student.said                        List[Text]     I think 0.5
    words(student)                      Int            4
    calm == mood                        Bool           no
    mood in [calm, upset]               Bool           yes
    Mood.calm                           Mood           calm
    Mood.cases                          List[Mood]     calm, upset
    windy                               Weather        windy
    describe(mood)                      Text           feels lost
    three + 1                           Int            4
    twice(three)                        Int            6
    twice(n: 2)                         Int            4
    clamped(9)                          Float          1
    clamped(9, high: 3)                 Float          3
    clamped(9, 4)                       Float          5
    among([1, 2])                       List[Int]      3, 4
    [among(picks(i)) for i in 1..3]     List[List[Int]]  3, 4, 5, 3, 5, 7
    says("think")                       Bool           yes
    wrong.answers(sum)                  Rational       2/5
    wrong.shown(sum)                    Text?          2/5!
    if wrong == forgets then 1 else 2   Int            2
    forgets.answers(sum)                Rational       1/2
    row.cell                            Any            12
    int(row.cell) + 1                   Int            13
    count(lines(row.cell))              Int            1
    first(sum.tags)                     Text?          x
    item(sum.tags, 5)                   Text?          y
    numbers("1,200 and -3")             List[Float]    1200, -3
    last(rationals("1/2 or 3/4"))       Rational?      3/4
    mentions_number(word, 0.5)          Bool           no
    join(sum.tags, "+")                 Text           x+y
    over(sum.a, 6)                      Text           3/6
    lcm(den(sum.a), den(sum.b))         Int            6
    round(sum.b)                        Int            0
    min(sum.a, 1)                       Rational       1/2
    max(n, 0.5)                         Float          7
"""
ROWS = [line.strip() for line in TABLE.strip().splitlines()]


@pytest.fixture(scope="module")
def scope() -> Scope:
    report = Report()
    (module,) = modules.load(Source("main.ped", PROGRAM), lambda name: None, report).values()
    assert not report.found
    bodies = (module.decls["Sum"].body, module.decls["Mood"].body)
    record, enum = (types.named(Declared(module, body)) for body in bodies
                    if isinstance(body, tree.TypeDecl | tree.EnumDecl))
    given = {
        "sum": record, "n": types.INT, "x": types.PROB, "maybe": types.optional(types.INT),
        "given": types.optional(types.INT), "word": types.TEXT, "yes": types.BOOL, "mood": enum, "row": types.ROW,
        "wrong": types.Type("Misconception", (record,)), "counts": types.Type("Map", (types.TEXT, types.INT)),
        "student": types.Type("Role", members=(("stuck", types.INT), ("said", types.list_of(types.TEXT)))),
    }
    known = {name: Typed(of, nodes.Name(name)) for name, of in given.items()}
    return Scope(report, module, {**dialogue.NAMES, **known})


@pytest.fixture(scope="module")
def compiled(scope: Scope) -> Callable[[str], Typed]:
    """What an expression is compiled to, as if it stood at the end of the program; it has no mistake."""

    def compile_expression(text: str) -> Typed:
        scope.module.source = source = Source("main.ped", PROGRAM + text)
        expr = parse.parse_expr(source, len(PROGRAM), len(PROGRAM + text), scope.report)
        typed = elaborate.expression(expr, scope) if expr is not None else None
        said, scope.report.found[:] = diagnostic.to_text(scope.report.found), []
        assert typed is not None and not said, said
        return typed

    return compile_expression


def shown(value: Any) -> str:
    if value == ():
        return "empty"
    try:
        return "none" if value is None else values.to_text(value)
    except values.Absent:
        return "absent"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("  ")[0])
def test_an_expression_has_a_type_and_a_value(compiled: Callable[[str], Typed], row: str) -> None:
    expression, of, value = re.split(r"\s{2,}", row)
    typed = compiled(expression)
    assert (str(typed.type), shown(Evaluator()(typed.expr, ENV))) == (of, value)


COMPILED = """
    n + 1                       ["binary","+",["name","n"],["lit",1]]
    sum.a                       ["attr",["name","sum"],"a"]
    sum.a / 2                   ["binary","/",["call","rational",[["attr",["name","sum"],"a"]]],["lit",2]]
    -3                          ["lit",-3]
    "a{{ n }}"                  ["text",[["lit","a"],["name","n"]]]
    three                       ["lit",3]
    upset                       ["lit","upset"]
    ask                         ["lit","ask"]
    twice(n)                    ["binary","+",["name","n"],["name","n"]]
    twice(n + 1)                ["let","twice.n",["binary","+",["name","n"],["lit",1]],…["name","twice.n"]]]
    [i for i in picks(2)]       ["each",["name","i"],"i",["each",["binary","*",["name","i.1"],["lit",2]],"i.1",…]
    says("x")                   ["call","contains",[["attr",["name","turn"],"text"],["lit","x"]]]
    history.turns               ["call","count",[["name","history"]]]
    describe(mood)              ["match",["name","mood"],{"calm":["lit","feels fine"],…},["lit",null]]
    { a: n }                    ["record",["a"],[["name","n"]]]
"""


LINES = [line.strip() for line in COMPILED.strip().splitlines()]


@pytest.mark.parametrize("row", LINES, ids=lambda row: row.split("  ")[0])
def test_what_an_expression_is_compiled_to(compiled: Callable[[str], Typed], row: str) -> None:
    """Names are resolved, definitions put in; their own names hide none of those who use them. `…` is left out."""
    expression, expected = re.split(r"\s{2,}", row)
    begin, _, end = expected.partition("…")
    found = msgspec.json.encode(compiled(expression).expr).decode()
    assert found == expected or (end and found.startswith(begin) and found.endswith(end))


def test_a_misconception_computes_each_of_its_fields_once(compiled: Callable[[str], Typed]) -> None:
    text = msgspec.json.encode(compiled("wrong.shown(sum)").expr).decode()
    assert text.count('"call","rational"') == 1
    assert '["let","adds_across.answers",' in text
