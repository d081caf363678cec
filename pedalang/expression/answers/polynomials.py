"""Exact arithmetic with quotients of polynomials: rational coefficients, any variables, pi, and square roots of
rational numbers. Each size is bounded, so that nothing takes long.

A square root is taken apart into roots of primes, of which products are linearly independent over the rational numbers;
so a polynomial in them, with each root at most once in a product, is zero only if all of its coefficients are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

from pedalang.expression.answers.algebra import Applied, Name, Number, Power, Product, Sum, Tree

MAX_TERMS = 200
MAX_EXPONENT = 40
MAX_BITS = 2_000
MAX_ROOT = 10**9
"""Of what stands under a root; it is taken apart into its primes."""

Monomial: TypeAlias = tuple[tuple[str, int], ...]
Polynomial: TypeAlias = dict[Monomial, Fraction]


class Beyond(Exception):
    """What was to be computed is no quotient of polynomials, or too large for one."""


class _Quotient(NamedTuple):
    above: Polynomial
    below: Polynomial


_ONE: Polynomial = {(): Fraction(1)}


def is_zero(tree: Tree) -> bool:
    """Whether an expression is zero wherever it is defined. Raises `Beyond`."""
    return not _quotient(tree).above


def proportional(left: Tree, right: Tree) -> bool:
    """Whether one is the other times a number that is not zero. Raises `Beyond`."""
    first, second = _quotient(left), _quotient(right)
    one, other = _product(first.above, second.below), _product(second.above, first.below)
    if one.keys() != other.keys():
        return False
    ratios = {one[monomial] / other[monomial] for monomial in one}
    return len(ratios) <= 1


def _quotient(tree: Tree) -> _Quotient:
    match tree:
        case Number(value):
            return _Quotient(_constant(value), _ONE)
        case Name(name):
            return _Quotient({((name, 1),): Fraction(1)}, _ONE)
        case Sum(terms):
            total = _Quotient({}, _ONE)
            for term in terms:
                total = _added(total, _quotient(term))
            return total
        case Product(factors):
            product = _Quotient(_ONE, _ONE)
            for factor in factors:
                each = _quotient(factor)
                product = _Quotient(_product(product.above, each.above), _product(product.below, each.below))
            return product
        case Power(base, exponent):
            return _power(_quotient(base), _number(_quotient(exponent)))
        case Applied("sqrt", argument):
            return _root(_number(_quotient(argument)))
    raise Beyond


def _constant(value: Fraction) -> Polynomial:
    return {(): value} if value else {}


def _number(of: _Quotient) -> Fraction:
    """The value of a quotient without variables and roots."""
    if of.above.keys() - {()} or of.below.keys() - {()}:
        raise Beyond
    return of.above.get((), Fraction(0)) / of.below[()]


def _added(left: _Quotient, right: _Quotient) -> _Quotient:
    if left.below == right.below:
        return _Quotient(_sum(left.above, right.above), left.below)
    return _Quotient(_sum(_product(left.above, right.below), _product(right.above, left.below)),
                     _product(left.below, right.below))


def _sum(left: Polynomial, right: Polynomial) -> Polynomial:
    total = dict(left)
    for monomial, factor in right.items():
        total[monomial] = total.get(monomial, Fraction(0)) + factor
    return _bounded({monomial: factor for monomial, factor in total.items() if factor})


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    if len(left) * len(right) > MAX_TERMS * 10:
        raise Beyond
    total: Polynomial = {}
    for one, first in left.items():
        for other, second in right.items():
            monomial, whole = _together(one, other)
            total[monomial] = total.get(monomial, Fraction(0)) + first * second * whole
    return _bounded({monomial: factor for monomial, factor in total.items() if factor})


def _together(one: Monomial, other: Monomial) -> tuple[Monomial, int]:
    """The product of two monomials; the square of a root of a prime is that prime."""
    powers, whole = dict(one), 1
    for name, power in other:
        powers[name] = powers.get(name, 0) + power
    for name in [name for name, power in powers.items() if name.startswith("√") and power > 1]:
        whole *= int(name[1:]) ** (powers[name] // 2)
        powers[name] %= 2
    return tuple(sorted((name, power) for name, power in powers.items() if power)), whole


def _bounded(polynomial: Polynomial) -> Polynomial:
    if len(polynomial) > MAX_TERMS:
        raise Beyond
    for monomial, factor in polynomial.items():
        if max(factor.numerator.bit_length(), factor.denominator.bit_length()) > MAX_BITS or \
                any(power > MAX_EXPONENT for _, power in monomial):
            raise Beyond
    return polynomial


def _power(base: _Quotient, exponent: Fraction) -> _Quotient:
    if exponent == Fraction(1, 2):
        return _root(_number(base))
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
        raise Beyond
    above, below = (base.above, base.below) if exponent >= 0 else (base.below, base.above)
    if not below:
        raise Beyond
    result = _Quotient(_ONE, _ONE)
    for _ in range(abs(int(exponent))):
        result = _Quotient(_product(result.above, above), _product(result.below, below))
    return result


def _root(of: Fraction) -> _Quotient:
    """sqrt(n / d) is sqrt(n d) / d."""
    under = of.numerator * of.denominator
    if not 0 <= under <= MAX_ROOT:
        raise Beyond
    if under == 0:
        return _Quotient({}, _ONE)
    whole, primes = 1, []
    prime = 2
    while prime * prime <= under:
        while under % (prime * prime) == 0:
            under //= prime * prime
            whole *= prime
        if under % prime == 0:
            under //= prime
            primes.append(prime)
        prime += 1
    if under > 1:
        primes.append(under)
    monomial = tuple(sorted((f"√{each}", 1) for each in primes))
    return _Quotient({monomial: Fraction(whole, of.denominator)}, _ONE)
