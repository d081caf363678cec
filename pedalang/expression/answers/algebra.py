"""Expressions as people write them, in plain text or LaTeX: found in a text and parsed into small trees. Nothing is
computed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from pedalang.expression import locales
from pedalang.expression.answers import numbers, spelled, tokens
from pedalang.expression.answers.tokens import Token

MAX_TOKENS = 120
"""Of an expression; what is longer is none that somebody says."""
MAX_DEPTH = 24
KEPT = 512
MAX_KEPT = 4_000
"""Characters of a text whose expressions are remembered."""
FUNCTIONS = ("sin", "cos", "tan", "log", "ln", "exp", "sqrt", "abs")
RELATIONS = {"=": "=", "<": "<", ">": ">", "≤": "≤", "≥": "≥", "<=": "≤", ">=": "≥", "≠": "≠"}
_OPERATORS = {"+": "+", "-": "-", "−": "-", "–": "-", "*": "*", "×": "*", "·": "*", "∙": "*", "÷": "/", "/": "/",
              "⁄": "/", "∕": "/", "^": "^", "**": "^"}
_SAID = {"plus": "+", "minus": "-", "times": "*", "equals": "="}
_MARKS = {"(": "(", ")": ")", "[": "(", "]": ")", "{": "(", "}": ")", "√": "√"}
_RAISED = {"²": 2, "³": 3}
_CLOSE = (*_OPERATORS, *_MARKS, *RELATIONS, *_RAISED)
MOST_LETTERS = 3
"""Of a product of variables: 2xy, abc."""
_ARTICLES = ("a", "A", "I")
_GREEK = ("pi", "theta", "alpha", "beta", "lambda", "mu")


class Number(NamedTuple):
    """An exact number, which may be negative."""

    value: Fraction


class Name(NamedTuple):
    """A variable, or `pi`."""

    name: str


class Sum(NamedTuple):
    """At least two terms; what is subtracted is a product with -1."""

    terms: tuple[Tree, ...]


class Product(NamedTuple):
    """At least two factors; what is divided by has the power -1."""

    factors: tuple[Tree, ...]


class Power(NamedTuple):
    """The exponent may be any expression."""

    base: Tree
    exponent: Tree


class Applied(NamedTuple):
    """One of `FUNCTIONS` of an argument."""

    function: str
    argument: Tree


Tree: TypeAlias = Number | Name | Sum | Product | Power | Applied


class Relation(NamedTuple):
    """An equation or inequality; `sign` is one of = < > ≤ ≥ ≠."""

    sign: str
    left: Tree
    right: Tree


class _Piece(NamedTuple):
    """A token as the parser reads it. `kind` is one of number, name, function, frac, relation, raised (a small 2 or 3),
    or the operator or bracket itself."""

    kind: str
    text: str = ""
    value: Fraction = Fraction(0)


class _NoExpression(Exception):
    """What was to be parsed is none."""


MINUS_ONE = Number(Fraction(-1))


def negative(tree: Tree) -> Tree:
    """-1 times an expression."""
    return Product((MINUS_ONE, tree))


def inverse(tree: Tree) -> Tree:
    """1 over an expression."""
    return Power(tree, MINUS_ONE)


def expressions(text: str, tag: str = "") -> tuple[Tree | Relation, ...]:
    """The expressions and relations of a text, the sides of relations among them; numbers alone are left out."""
    return _kept(text, tag) if len(text) <= MAX_KEPT else _expressions(text, tag)


def _expressions(text: str, tag: str) -> tuple[Tree | Relation, ...]:
    found: list[Tree | Relation] = []
    for run in _runs(_pieces(tokens.tokens(text, tag), locales.of(tag).decimal)):
        found += _sides(run)
    return tuple(each for each in found if not isinstance(each, Number))


_kept = lru_cache(KEPT)(_expressions)


def whole(text: str, tag: str = "") -> Tree | Relation | None:
    """The expression or relation that a whole text is; None for a number alone and for what is no expression."""
    pieces = list(_pieces(tokens.tokens(text.strip(" $"), tag), locales.of(tag).decimal))
    if not 0 < len(pieces) <= MAX_TOKENS or any(piece is None for piece in pieces):
        return None
    run = [piece for piece in pieces if piece is not None]
    found = list(_sides(run))
    if len(found) != 2 * sum(piece.kind == "relation" for piece in run) + 1:
        return None
    return found[-1] if not isinstance(found[-1], Number) else None


def _sides(run: Sequence[_Piece]) -> Iterator[Tree | Relation]:
    parts: list[list[_Piece]] = [[]]
    signs: list[str] = []
    for piece in run:
        if piece.kind == "relation":
            signs.append(piece.text)
            parts.append([])
        else:
            parts[-1].append(piece)
    trees = [_parsed(_trimmed(part)) for part in parts]
    yield from (tree for tree in trees if tree is not None)
    for left, relation, right in zip(trees, signs, trees[1:], strict=False):
        if left is not None and right is not None:
            yield Relation(relation, left, right)


def _pieces(row: Sequence[Token], decimal: str) -> Iterator[_Piece | None]:
    """What the parser reads; None for all that belongs to no expression."""
    for at, token in enumerate(row):
        match token.kind:
            case "number":
                value = numbers.plain(token.text, decimal)
                yield _Piece("number", value=value) if value is not None else None
            case "word":
                yield from _word(row, at)
            case "frac":
                yield _Piece("frac")
            case "sign":
                yield _sign(token.text)
            case _:
                yield None


def _sign(text: str) -> _Piece | None:
    if text in RELATIONS:
        return _Piece("relation", RELATIONS[text])
    if text in _RAISED:
        return _Piece("raised", value=Fraction(_RAISED[text]))
    if text == "π":
        return _Piece("name", "pi")
    kind = _OPERATORS.get(text) or _MARKS.get(text)
    if kind is not None:
        return _Piece(kind, text)
    part = numbers.vulgar(text)
    return _Piece("number", value=part) if part is not None else None


def _word(row: Sequence[Token], at: int) -> Iterator[_Piece | None]:
    text = row[at].text
    said = _SAID.get(text.lower())
    if said is not None:
        yield _Piece("relation", "=") if said == "=" else _Piece(said, text)
    elif text in FUNCTIONS:
        yield _Piece("√" if text == "sqrt" else "function", text)
    elif text in _GREEK:
        yield _Piece("name", text)
    elif len(text) == 1 and (text not in _ARTICLES or _beside_operator(row, at) or _hangs(row, at)):
        between = 0 < at < len(row) - 1 and row[at - 1].kind == row[at + 1].kind == "number"
        yield _Piece("*", text) if text in "xX" and between else _Piece("name", text)
    elif len(text) <= MOST_LETTERS and text.isascii() and text.isalpha() and _hangs(row, at):
        yield from (_Piece("name", letter) for letter in text)
    else:
        yield None


def _beside_operator(row: Sequence[Token], at: int) -> bool:
    beside = [row[place] for place in (at - 1, at + 1) if 0 <= place < len(row)]
    return any(each.text in _OPERATORS or each.text in RELATIONS or each.text in _RAISED or each.text.lower() in _SAID
               for each in beside)


def _hangs(row: Sequence[Token], at: int) -> bool:
    """Whether letters stand close to a number, an operator or a bracket, and so are variables: 2xy, xy+1, (ab)."""
    before = spelled.glued(row, at) and (row[at - 1].kind == "number" or row[at - 1].text in _CLOSE)
    return before or (spelled.glued(row, at + 1) and row[at + 1].text in _CLOSE)


def _runs(pieces: Iterator[_Piece | None]) -> Iterator[list[_Piece]]:
    run: list[_Piece] = []
    for piece in pieces:
        if piece is not None:
            run.append(piece)
            continue
        if 0 < len(run) <= MAX_TOKENS:
            yield run
        run = []
    if 0 < len(run) <= MAX_TOKENS:
        yield run


def _trimmed(part: list[_Piece]) -> list[_Piece]:
    """Without what cannot begin or end an expression: the bracket of a remark, a dash."""
    while part and part[0].kind in ("*", "/", "^", ")", "raised"):
        part = part[1:]
    while part and part[-1].kind in ("+", "-", "*", "/", "^", "("):
        part = part[:-1]
    opened = sum((piece.kind == "(") - (piece.kind == ")") for piece in part)
    if opened > 0 and part[0].kind == "(":
        return part[1:]
    return part[:-1] if opened < 0 and part[-1].kind == ")" else part


def _parsed(part: Sequence[_Piece]) -> Tree | None:
    parser = _Parser(part)
    try:
        tree = parser.sum()
    except _NoExpression:
        return None
    return tree if parser.at == len(part) else None


class _Parser:
    """Recursive descent over pieces; `at` is the next one."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = pieces
        self._depth = 0
        self.at = 0

    def _next(self) -> str:
        return self._pieces[self.at].kind if self.at < len(self._pieces) else ""

    def _take(self, kind: str) -> _Piece:
        if self._next() != kind:
            raise _NoExpression
        self.at += 1
        return self._pieces[self.at - 1]

    def _minus(self) -> bool:
        found = self._next() == "-"
        self.at += found
        return found

    def sum(self) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _NoExpression
        if self._next() == "+":
            self.at += 1
        terms = [self._term(self._minus())]
        while self._next() in ("+", "-"):
            minus = self._minus()
            if not minus:
                self._take("+")
            terms.append(self._term(minus))
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _term(self, minus: bool) -> Tree:
        factors: list[Tree] = [MINUS_ONE] if minus else []
        factors.append(self._power())
        while (kind := self._next()) in ("*", "/", "name", "function", "frac", "√", "("):
            if kind not in ("*", "/"):
                factors.append(self._power())
                continue
            self.at += 1
            if self._minus():
                factors.append(MINUS_ONE)
            factor = self._power()
            factors.append(inverse(factor) if kind == "/" else factor)
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def _power(self) -> Tree:
        base = self._atom()
        if self._next() == "raised":
            return Power(base, Number(self._take("raised").value))
        if self._next() != "^":
            return base
        self._take("^")
        self._depth += 1
        minus = self._minus()
        exponent = self._power() if self._depth <= MAX_DEPTH else self._nothing()
        self._depth -= 1
        return Power(base, negative(exponent) if minus else exponent)

    def _atom(self) -> Tree:
        kind = self._next()
        if kind == "number":
            return Number(self._take(kind).value)
        if kind == "name":
            return Name(self._take(kind).text)
        if kind == "function":
            return Applied(self._take(kind).text, self._argument())
        if kind == "√":
            self._take(kind)
            degree = self._degree()
            if isinstance(degree, Number) and degree.value > 0:
                return Power(self._argument(), Number(1 / degree.value))
            return Applied("sqrt", self._argument()) if degree is None else self._nothing()
        if kind == "frac":
            self._take(kind)
            return Product((self._argument(), inverse(self._argument())))
        return self._bracketed()

    def _degree(self) -> Tree | None:
        r"""Of a root: the 3 of \sqrt[3]{x}."""
        return self._bracketed() if self._next() == "(" and self._pieces[self.at].text == "[" else None

    def _argument(self) -> Tree:
        """In brackets, or one number or name."""
        if self._next() == "(":
            return self._bracketed()
        return self._atom() if self._next() in ("number", "name") else self._nothing()

    def _bracketed(self) -> Tree:
        self._take("(")
        inner = self.sum()
        self._take(")")
        return inner

    def _nothing(self) -> Tree:
        raise _NoExpression
