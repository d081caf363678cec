"""Whether two expressions have the same form, and whether two are equal.

Two have the same form if they differ only in the order and grouping of terms and factors, in how a product or a
fraction is written, and in the side on which the parts of an equation stand: x*2 + 1 and 1 + 2x, but not 3(x + 2) and
3x + 6. That is `EqualComAss` of the assessment system STACK (Sangwin, 2013); its `AlgEquiv` is equality.
"""

from __future__ import annotations

from pedalang.expression.answers import equality, polynomials
from pedalang.expression.answers.algebra import Applied, Name, Number, Power, Product, Relation, Sum, Tree, negative
from pedalang.expression.answers.polynomials import Beyond

_TURNED = {">": "<", "≥": "≤"}
_EITHER_WAY = ("=", "≠")


def form(of: Tree | Relation) -> str:
    """A text that two expressions share if they have the same form."""
    match of:
        case Relation(sign, left, right):
            if sign in _TURNED:
                sign, left, right = _TURNED[sign], right, left
            sides = [form(left), form(right)]
            return f"{sign}{sorted(sides) if sign in _EITHER_WAY else sides}"
        case Sum():
            return f"sum{sorted(form(term) for term in _terms(of))}"
        case Product() | Power():
            return _product(of)
        case Number(value):
            return str(value) if value.denominator == 1 or value < 0 else _product(of)
        case Name(name):
            return name
        case Applied(function, argument):
            return f"{function}[{form(argument)}]"
    raise TypeError(f"{type(of).__name__} is no expression")


def _terms(of: Sum) -> list[Tree]:
    return [inner for term in of.terms for inner in (_terms(term) if isinstance(term, Sum) else [term])]


def _factors(of: Tree, power: int = 1) -> list[tuple[Tree, int]]:
    """Factors above and below the line."""
    match of:
        case Product(factors):
            return [inner for factor in factors for inner in _factors(factor, power)]
        case Power(base, Number(exponent)) if exponent == -1:
            return _factors(base, -power)
    return [(of, power)]


def _product(of: Tree) -> str:
    """Its sign, and what stands above and below the line."""
    negative, above, below = False, [], []
    for factor, power in _factors(of):
        if isinstance(factor, Number):
            negative ^= factor.value < 0
            if abs(factor.value) == 1:
                continue
            factor = Number(abs(factor.value))
        text = f"power[{form(factor.base)}, {form(factor.exponent)}]" if isinstance(factor, Power) else \
            str(factor.value) if isinstance(factor, Number) else form(factor)
        (above if power > 0 else below).append(text)
    if not below and len(above) == 1:
        return f"-{above[0]}" if negative else above[0]
    return f"{'-' if negative else ''}product{sorted(above)}{sorted(below)}"


def equal(left: Tree | Relation, right: Tree | Relation) -> bool:
    """Whether two expressions are equal for all values of their variables, or two equations have the same solutions
    because one is a multiple of the other: exactly for quotients of polynomials, else as far as SymPy can tell. Raises
    `Halt` where it is needed and not installed."""
    if isinstance(left, Relation) or isinstance(right, Relation):
        return isinstance(left, Relation) and isinstance(right, Relation) and _same_relation(left, right)
    if form(left) == form(right):
        return True
    try:
        return polynomials.is_zero(Sum((left, negative(right))))
    except Beyond:
        return equality.equal(left, right)


def _same_relation(left: Relation, right: Relation) -> bool:
    if form(left) == form(right):
        return True
    if left.sign != right.sign or left.sign not in _EITHER_WAY:
        return False
    try:
        return polynomials.proportional(*(Sum((each.left, negative(each.right))) for each in (left, right)))
    except Beyond:
        return False
