"""Programs that would take the compiler apart: all are answered with codes, in one child process that may use little.

A limit on the child's memory and processor time stands for what a machine can bear. What took it down once stays here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

MEMORY = 2 << 30
"""Bytes that the child may ask for; Python and the compiler take a tenth."""
SECONDS = 120
"""Of processor time, for all of them; on a quiet machine they take a tenth."""

HIGH = 60
"""Doublings: far more than can be written out."""


def chain(count: int, each: str, last: str) -> str:
    """`each` for every number below the count, with `{n}` and the `{next}`; then `last`."""
    return "\n".join([*(each.replace("{n}", str(n)).replace("{next}", str(n + 1)) for n in range(count)), last])


def nested(opening: str, middle: str, closing: str, count: int = 5_000) -> str:
    return opening * count + middle + closing * count


FLOW = "flow f { cast a: A0 phase x final { turn a } }"
STUDENT = 'student S { state { x: Int = 0 } on self.turn { %s } act a { say: ["x"] } } ' \
          "flow f { cast s: S phase p final { turn s } }"

PROGRAMS: dict[str, tuple[str, set[str]]] = {
    "a role that extends itself": ("role A0 extends A0 {}\n" + FLOW, {"PED0209"}),
    "roles in a circle": ("role A0 extends B {} role B extends A0 {}\n" + FLOW, {"PED0209"}),
    "rubrics in a circle": ("flow f { phase x final {} } rubric A extends B on dialogue {} "
                            "rubric B extends A on dialogue {}", {"PED0209"}),
    "a long line of roles": (chain(3_000, "role A{n} extends A{next} {}", "role A3000 {}\n" + FLOW), {"PED0312"}),
    "a long line of rubrics": (chain(150, "rubric R{n} extends R{next} on dialogue {}",
                                     "rubric R150 on dialogue {} flow f { phase x final {} }"), {"PED0312"}),
    "a definition of itself": ("def f(x: Int) -> Int = f(x)\nlet a = f(1)", {"PED0209"}),
    "definitions of each other": ("def f(x: Int) -> Int = g(x)\ndef g(x: Int) -> Int = f(x)\nlet a = f(1)",
                                  {"PED0209"}),
    "a default of itself": ("def f(a: Int = f()) -> Int = a\nlet x = f()", {"PED0209"}),
    "a predicate of itself": ("predicate p() by code { holds: p() } flow f { phase x final {} } "
                              "contract c over f { hard a: never p() }", {"PED0209"}),
    "a value of itself": ("let a = b let b = c let c = a", {"PED0209"}),
    "definitions that double": (chain(HIGH, "def f{n}(x: Int) -> Int = f{next}(x) + f{next}(x)",
                                      f"def f{HIGH}(x: Int) -> Int = x\nlet a = f0(1)"), {"PED0312"}),
    "values that double": ("let a0 = 1\n" + chain(HIGH, "let a{next} = a{n} + a{n}", ""), {"PED0312"}),
    "texts that double": ('let a0 = "x"\n' + chain(HIGH, 'let a{next} = "{{ a{n} }}{{ a{n} }}"', ""), {"PED0312"}),
    "lists that double": ("let a0 = [1]\n" + chain(HIGH, "let a{next} = [a{n}, a{n}]", ""), {"PED0312"}),
    "records that double": ("let a0 = {x: 1}\n" + chain(HIGH, "let a{next} = {x: a{n}, y: a{n}}", ""), {"PED0312"}),
    "squares of squares": ("let a0 = 999999999\n" + chain(HIGH, "let a{next} = a{n} * a{n}", ""), {"PED0312"}),
    "misconceptions of each other": (
        "type T { a: Int }\n" + chain(150, "misconception m{n} for T { answers: a }\n"
                                      "def f{n}(m: Misconception[T], t: T) -> Int? = m.answers(t)", ""), {"PED0312"}),
    "a number of many digits": ("let a = " + "9" * 100_000, {"PED0305"}),
    "a fraction of many digits": ("let a = 0." + "9" * 100_000, {"PED0305"}),
    "a limit beyond counting": ("flow f { phase x max 99999999999999999999999 turns { -> y at max } phase y final {} }",
                                {"PED0305"}),
    "a promise within too many turns": ("flow f { phase x final {} } contract c over f { hard a: eventually "
                                        "history.turns > 1 within 99999999999999999999 turns }", {"PED0305"}),
    "a weight beyond numbers": ("flow f { phase x final {} } rubric R on dialogue { criterion a weight "
                                + "9" * 400 + " by code { score: 1 } }", {"PED0305"}),
    "a split beyond counting": ('type T { a: Int } dataset d from "x.csv" as T { licence: "x" '
                                "splits: { a: 0..1000000000000 } map a <- int(row.a) }", {"PED0305"}),
    "a thousand million numbers": ("let a = 1..1000000000", set()),
    "as many, one by one": ("let a = [x for x in 1..1000000000]", set()),
    "and added up": ("let a = sum([[[x for x in 1..10000] for y in 1..10000] for z in 1..10000])", {"PED0301"}),
    "a division by nothing": ("let a = 1 / 0 let b = 1 % 0 let c = rational(1, 0)", set()),
    "five thousand splits": ('type T { a: Int } dataset d from "x.csv" as T { licence: "x" splits: { '
                             + ", ".join(f"s{n}: {n}..{n + 1}" for n in range(5_000)) + " } map a <- int(row.a) }",
                             set()),
    "two thousand phases": ("flow f {" + chain(2_000, "phase p{n} { -> p{next} }", "phase p2000 final {} }"), set()),
    "phases that lead to each other": (
        "flow f {" + "".join(f"phase p{n} {{ {' '.join(f'-> p{k} when history.turns == {k}' for k in range(40))} }}\n"
                             for n in range(40)) + "phase p40 final {} }", {"PED0501", "PED0502", "PED0508"}),
    "four hundred unknown names": (chain(400, "let a{n} = b{n}", ""), {"PED0201"}),
    "unknown names among many like them": (chain(3_000, "let abcdef{n} = 1", "")
                                           + chain(100, "let z{n} = abcdefg{n}", ""), {"PED0201"}),
    "one name three thousand times": ("let a = 1\n" * 3_000, {"PED0202"}),
    "a name of a million letters": (f"let {'a' * 1_000_000} = {'a' * 999_999}", {"PED0201"}),
    "two thousand parameters": (f"def f({', '.join(f'a{n}: Int' for n in range(2_000))}) -> Int = a0\n"
                                f"let x = f({', '.join('1' for _ in range(2_000))})", set()),
    "three thousand changes": (STUDENT % ("set x = x + x " * 3_000), set()),
    "a thousand branches": (STUDENT % ("if x > 1 { set x = 1 } else { set x = 2 } " * 1_000), set()),
    "brackets": ("let a = " + nested("(", "1", ")"), {"PED0108"}),
    "lists": ("let a = " + nested("[", "1", "]"), {"PED0108"}),
    "records": ("let a = " + nested("{ a: ", "1", "}"), {"PED0108"}),
    "calls": ("let a = " + nested("f(", "1", ")"), {"PED0108"}),
    "places": ("let a = " + nested("a[", "1", "]"), {"PED0108"}),
    "fields": ("let a = a" + ".b" * 5_000, {"PED0108"}),
    "signs": ("let a = " + "- " * 5_000 + "1", {"PED0108"}),
    "denials": ("let a = " + "not " * 5_000 + "true", {"PED0108"}),
    "sums": ("let a = 1" + " + 1" * 3_000, {"PED0108"}),
    "conditions": ("let a = " + "if true then " * 3_000 + "1" + " else 2" * 3_000, {"PED0108"}),
    "alternatives": ("let a = " + "if true then 1 else " * 3_000 + "1", {"PED0108"}),
    "types": ("type T { a: " + nested("List[", "Int", "]") + " }", {"PED0108"}),
    "blocks": (STUDENT % nested("if true { ", "", "} "), {"PED0108"}),
    "else after else": (STUDENT % ("if true {} else " * 3_000 + "if true {}"), {"PED0108"}),
    "formulas in brackets": ("contract c { hard a: " + nested("(", "x", ")") + " }", {"PED0108"}),
    "denied formulas": ("contract c { hard a: " + "not " * 5_000 + "x }", {"PED0108"}),
    "always always": ("contract c { hard a: " + "always " * 5_000 + "x }", {"PED0108"}),
    "implications": ("contract c { hard a: x" + " implies x" * 5_000 + " }", {"PED0108"}),
    "texts in texts": ('let a = "' + '{{ "x' * 500 + ' " }}' * 500 + '"', {"PED0109"}),
}

CHILD = f"""
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
from pedalang.compiler import compile
for text in json.load(sys.stdin):
    made = compile.compile_text(text)
    made.plan
    print(json.dumps(sorted({{each.code for each in made.diagnostics}})), flush=True)
"""


@pytest.fixture(scope="module")
def said() -> dict[str, set[str]]:
    """The codes for each program; those after one that took the child down are missing."""
    done = subprocess.run([sys.executable, "-c", CHILD], input=json.dumps([text for text, _ in PROGRAMS.values()]),
                          capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    lines = [set(json.loads(line)) for line in done.stdout.splitlines()]
    return dict(zip(PROGRAMS, lines, strict=False)) | ({"": {done.stderr[-1_000:]}} if done.returncode else {})


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_is_too_much_is_answered(said: dict[str, set[str]], name: str) -> None:
    assert name in said, said.get("")
    assert said[name] == PROGRAMS[name][1]
