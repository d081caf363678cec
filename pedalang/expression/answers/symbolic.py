"""A process that compares expressions with SymPy: `python -I symbolic.py`. It reads two trees from its input, as nested
JSON lists, and writes `yes` if they are equal wherever both are defined, for positive values of their variables; `no`
if not; `unknown` if SymPy cannot tell.

It stands alone: it imports nothing of the package that it belongs to. No text is parsed: trees are made of SymPy's own
objects, one node at a time.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

import sympy

MEMORY = 2 << 30
"""Bytes that the process may take."""
SECONDS = 5
"""Of processor time that it may take, after SymPy is loaded."""

_FUNCTIONS = {"sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "ln": sympy.log, "exp": sympy.exp,
              "sqrt": sympy.sqrt, "abs": sympy.Abs, "log": lambda of: sympy.log(of, 10)}


def main() -> None:
    """Answers once."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + SECONDS, int(used) + SECONDS))
    left, right = json.load(sys.stdin)
    difference = _built(left) - _built(right)
    if difference == 0 or sympy.simplify(difference) == 0:
        print("yes")
        return
    found = sympy.simplify(sympy.expand_log(sympy.powdenest(difference, force=True), force=True)).equals(0)
    print("unknown" if found is None else "yes" if found else "no")


def _built(tree: list[Any]) -> sympy.Expr:
    kind, *parts = tree
    match kind:
        case "number":
            return sympy.Rational(int(parts[0]), int(parts[1]))
        case "name":
            return sympy.pi if parts[0] == "pi" else sympy.Symbol(parts[0], positive=True)
        case "sum":
            return sympy.Add(*map(_built, parts))
        case "product":
            return sympy.Mul(*map(_built, parts))
        case "power":
            return sympy.Pow(_built(parts[0]), _built(parts[1]))
    return _FUNCTIONS[kind](_built(parts[0]))


if __name__ == "__main__":
    main()
