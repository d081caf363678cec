"""Types of the language: what they are, how they are written, and which fits where another is wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_NUMERIC_RANK = {"Int": 0, "Rational": 1, "Float": 2, "Prob": 2, "Percent": 2}
SCALARS = ("Text", "Int", "Float", "Bool", "Prob", "Percent", "Rational")


@dataclass(frozen=True, slots=True)
class Type:
    """`name` is a built-in (`Text`, `List`, `Misconception` …) or that of a record or enum; `kind` tells which.

    `cases` are an enum's, `members` what a member of a cast has after a dot.
    `Any` fits everywhere: it stands for data whose shape only the file knows, and for what was already reported.
    """

    name: str
    arguments: tuple[Type, ...] = ()
    optional: bool = False
    kind: str = "builtin"
    low: float | None = None
    high: float | None = None
    cases: tuple[str, ...] = ()
    members: tuple[tuple[str, Type], ...] = ()

    def __str__(self) -> str:
        inside = f"[{', '.join(map(str, self.arguments))}]" if self.arguments else ""
        return f"{self.name}{inside}{'?' if self.optional else ''}"

    @property
    def required(self) -> Type:
        """The type without its `?`."""
        return replace(self, optional=False) if self.optional else self

    @property
    def is_number(self) -> bool:
        return self.name in _NUMERIC_RANK


ANY = Type("Any")
TEXT = Type("Text")
INT = Type("Int")
FLOAT = Type("Float")
BOOL = Type("Bool")
PROB = Type("Prob", low=0.0, high=1.0)
RATIONAL = Type("Rational")
NONE = Type("None", optional=True)
HISTORY = Type("History")
TURN = Type("Turn")
ROW = Type("Row")
MOVE = Type("Move")
MEASURES = Type("Measures")
ROLE = Type("Role")

TURN_FIELDS = {"text": TEXT, "speaker": TEXT, "move": TEXT, "act": TEXT, "phase": TEXT, "number": INT}
"""What an expression can read of a turn."""


def optional(of: Type) -> Type:
    return of if of.optional else replace(of, optional=True)


def list_of(item: Type) -> Type:
    return Type("List", (item,))


def fits(actual: Type, wanted: Type) -> bool:
    """Whether a value of type `actual` can stand where `wanted` is wanted. Whole numbers widen to fractions, these to
    decimal numbers; a probability is a decimal number and is clamped when it is set."""
    if "Any" in (actual.name, wanted.name):
        return True
    if actual.optional and not wanted.optional:
        return False
    if actual.name == "None":
        return wanted.optional
    if actual.is_number and wanted.is_number:
        return _NUMERIC_RANK[actual.name] <= _NUMERIC_RANK[wanted.name]
    if actual.name == "Move" and wanted.name == "Text":
        return True
    if actual.name != wanted.name or len(actual.arguments) != len(wanted.arguments):
        return False
    return all(fits(a, w) for a, w in zip(actual.arguments, wanted.arguments, strict=True))


def join(left: Type, right: Type) -> Type | None:
    """The type of a value that is of one of two types, or None where they have nothing in common."""
    if fits(left, right):
        return right
    if fits(right, left):
        return left
    if "None" in (left.name, right.name):
        return optional(right if left.name == "None" else left)
    either = left.optional or right.optional
    if fits(left.required, right.required):
        return optional(right) if either else right
    if fits(right.required, left.required):
        return optional(left) if either else left
    return None


_SIGNATURE = re.compile(r"\((?P<takes>.*)\) -> (?P<gives>.+)")


def read_signature(text: str) -> tuple[tuple[Type, ...], Type]:
    """The parameter types and the result type of `(Text, Int) -> List[Text]`."""
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise ValueError(f"no signature: {text}")
    takes = tuple(read(part) for part in _split(match["takes"])) if match["takes"] else ()
    return takes, read(match["gives"])


def read(text: str) -> Type:
    """The built-in type that a text such as `List[Text]?` writes."""
    maybe = text.endswith("?")
    name, _, rest = text.rstrip("?").partition("[")
    arguments = tuple(read(part) for part in _split(rest.removesuffix("]"))) if rest else ()
    return Type(name.strip(), arguments, maybe)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def match_signature(takes: tuple[Type, ...], given: tuple[Type, ...], gives: Type) -> Type | None:
    """The result of a call, with `T` bound by the arguments, or None where they do not fit."""
    if len(takes) != len(given):
        return None
    bound: dict[str, Type] = {}
    for wanted, actual in zip(takes, given, strict=True):
        if not _bind(wanted, actual, bound):
            return None
    return _substitute(gives, bound)


def _bind(wanted: Type, actual: Type, bound: dict[str, Type]) -> bool:
    if wanted.name == "T":
        bound["T"] = actual
        return True
    if actual.name == "Any":
        return True
    if wanted.arguments and actual.name == wanted.name and not actual.optional:
        return all(_bind(w, a, bound) for w, a in zip(wanted.arguments, actual.arguments, strict=True))
    return fits(actual, wanted)


def _substitute(of: Type, bound: dict[str, Type]) -> Type:
    if of.name == "T":
        found = bound.get("T", ANY)
        return optional(found) if of.optional else found
    return replace(of, arguments=tuple(_substitute(a, bound) for a in of.arguments))
