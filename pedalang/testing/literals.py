"""Values as a program writes them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from pedalang import plan
from pedalang.exchange import fields
from pedalang.expression.values import Value

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "{": "\\{", "}": "\\}", "\r": " "})


def quoted(text: str) -> str:
    """A text in quotation marks, on one line, in which nothing is interpolated."""
    return f'"{text.translate(_ESCAPED)}"'


def written(value: Value, kind: str, of: plan.Plan, cases: tuple[str, ...] = ()) -> str:
    """A value of a type (as the plan writes types) as a program gives it; fields that are computed are left out."""
    read = fields.parsed(kind)
    record = of.records.get(read.name) if read is not None else None
    if record is not None and isinstance(value, Mapping):
        given = (f"{spec.name}: {written(value[spec.name], spec.type, of, spec.cases)}"
                 for spec in record.fields if spec.default is None)
        return f"{{ {', '.join(given)} }}"
    if isinstance(value, tuple):
        inner = _within(kind)
        return f"[{', '.join(written(item, inner, of, cases) for item in value)}]"
    if isinstance(value, Mapping):
        inner = _within(kind)
        return "{ " + ", ".join(f"{quoted(key)}: {written(item, inner, of, cases)}"
                                for key, item in value.items()) + " }"
    return _scalar(value, value in cases if isinstance(value, str) else False)


def _scalar(value: Value, is_case: bool) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str():
            return value if is_case else quoted(value)
        case Fraction():
            return f"rational({value.numerator}, {value.denominator})"
        case float():
            return format(value, "f").rstrip("0").rstrip(".") if "e" in repr(value) else repr(value)
    return str(value)


def _within(kind: str) -> str:
    """The type of what a list or map holds."""
    inside = kind.partition("[")[2].rpartition("]")[0]
    return inside.rpartition(", ")[2] if kind.startswith("Map") else inside
