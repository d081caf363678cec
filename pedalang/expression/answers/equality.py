"""Equality of expressions that are no quotients of polynomials: sines, logarithms, powers with variables in their
exponents. Values at a few points show that two differ; where all agree, SymPy decides in a process of its own, which is
bounded in time and memory. It comes with `pip install 'pedalang[symbolic]'`."""

from __future__ import annotations

import cmath
import importlib.util
import math
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from pedalang.diagnostic import Diagnostic, Halt
from pedalang.expression.answers.algebra import Applied, Name, Number, Power, Product, Sum, Tree

SECONDS = 20
"""Until the process is ended; of these it may compute 5."""
MAX_POWER = 64
"""Of exponents that are numbers."""
MAX_NUMBER = 10**12
WITHIN = 1e-9
"""Relative difference of values that count as the same."""
_POINTS = (0.37, 0.83, 1.19, 1.61, 2.23)
KEPT = 256
_WORKER = Path(__file__).with_name("symbolic.py")
_COMPUTED = {"sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "ln": cmath.log, "exp": cmath.exp,
             "sqrt": cmath.sqrt, "log": cmath.log10, "abs": abs}


@lru_cache(KEPT)
def equal(left: Tree, right: Tree) -> bool:
    """Whether two expressions are equal for positive values of their variables, as far as SymPy can tell within its
    limits. Raises `Halt` without SymPy."""
    if not (_is_small(left) and _is_small(right)) or _names(left) != _names(right) or not _agree(left, right):
        return False
    if importlib.util.find_spec("sympy") is None:
        raise Halt(Diagnostic("PED1215", "`sympy` is needed to compare two expressions, and is not installed",
                              help="pip install 'pedalang[symbolic]'"))
    question = msgspec.json.encode([_written(left), _written(right)])
    try:
        done = subprocess.run([sys.executable, "-I", str(_WORKER)], input=question, capture_output=True,
                              timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.stdout.strip() == b"yes"


def _parts(tree: Tree) -> tuple[Tree, ...]:
    match tree:
        case Sum(parts) | Product(parts):
            return parts
        case Power(base, exponent):
            return (base, exponent)
        case Applied(_, argument):
            return (argument,)
    return ()


def _is_small(tree: Tree) -> bool:
    match tree:
        case Number(value):
            return abs(value.numerator) <= MAX_NUMBER and value.denominator <= MAX_NUMBER
        case Power(_, Number(exponent)) if abs(exponent) > MAX_POWER:
            return False
        case Power(_, Power()) | Power(Power(_, Power()), _):
            return False
    return all(map(_is_small, _parts(tree)))


def _names(tree: Tree) -> frozenset[str]:
    found = frozenset((tree.name,)) if isinstance(tree, Name) and tree.name != "pi" else frozenset()
    return found.union(*map(_names, _parts(tree)))


def _agree(left: Tree, right: Tree) -> bool:
    """Whether two expressions have the same values at some points, of which at least one is in both domains."""
    names = sorted(_names(left))
    compared = 0
    for at in range(len(_POINTS)):
        point = {name: _POINTS[(at + place) % len(_POINTS)] * (1 + 0.1 * place) for place, name in enumerate(names)}
        try:
            one, other = _value(left, point), _value(right, point)
            if not (cmath.isfinite(one) and cmath.isfinite(other)):
                continue
        except (ArithmeticError, ValueError):
            continue
        if abs(one - other) > WITHIN * max(1.0, abs(one), abs(other)):
            return False
        compared += 1
    return compared > 0


def _value(tree: Tree, point: dict[str, float]) -> complex:
    match tree:
        case Number(value):
            return complex(float(value))
        case Name(name):
            return complex(math.pi if name == "pi" else point[name])
        case Sum(terms):
            return sum((_value(term, point) for term in terms), 0j)
        case Product(factors):
            return math.prod((_value(factor, point) for factor in factors), start=1 + 0j)
        case Power(base, exponent):
            return _value(base, point) ** _value(exponent, point)
        case Applied(function, argument):
            return complex(_COMPUTED[function](_value(argument, point)))


def _written(tree: Tree) -> list[Any]:
    """As the process reads it."""
    match tree:
        case Number(value):
            return ["number", str(value.numerator), str(value.denominator)]
        case Name(name):
            return ["name", name]
        case Applied(function, argument):
            return [function, _written(argument)]
    return [type(tree).__name__.lower(), *map(_written, _parts(tree))]
