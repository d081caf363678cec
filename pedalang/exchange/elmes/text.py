"""Names and texts as a program writes them. What is written reads back as exactly the text that was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from pedalang.expression.functions import FUNCTIONS


class Code(NamedTuple):
    """An expression that a text shows."""

    expr: str


Part: TypeAlias = str | Code
_TAKEN = {*FUNCTIONS, "history", "turn", "turns", "phase", "previous", "initial", "args", "self", "said", "describe",
          "true", "false", "none", "if",
          "then", "else", "and", "or", "not", "in", "for", "when", "at", "user", "assistant"}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "{": "\\{"}
_TO_ESCAPE = re.compile(r'[\\"\n\t]|\{(?=[{"\\\n\t]|\Z)')
WIDTH = 100
"""Characters of a text that still stands on one line."""


class Names:
    """Names that are given out once each."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*_TAKEN, *taken}

    def name(self, of: str, otherwise: str) -> str:
        """A name as near to a text as a name can be; `otherwise` where nothing of it is left."""
        word = re.sub(r"\W+", "_", of).strip("_") or otherwise
        word = word if not word[0].isdigit() else f"{otherwise}_{word}"
        return self._free(word)

    def type(self, of: str, otherwise: str) -> str:
        """The same in the form of a type's: `StrongPupil`."""
        words = [word for word in re.split(r"[\W_]+", of) if word]
        word = "".join(each[:1].upper() + each[1:] for each in words) or otherwise
        return self._free(word if not word[0].isdigit() else otherwise + word)

    def _free(self, word: str) -> str:
        found, number = word, 2
        while found in self._taken:
            found, number = f"{word}_{number}", number + 1
        self._taken.add(found)
        return found


def literal(parts: Sequence[Part], margin: str = "  ") -> str:
    """A text of the language: over several lines where it has some and can be written so, else on one line."""
    plain = "".join(part for part in parts if isinstance(part, str))
    shown = "".join(part if isinstance(part, str) else f"{{{{ {part.expr} }}}}" for part in parts)
    if _fits_a_block(plain, parts) and "{{{" not in shown and "}}}" not in shown:
        lines = [f"{margin}{line}" if line else "" for line in shown.split("\n")]
        return "\n".join(['"""', *lines, f'{margin}"""'])
    shown = "".join(_escaped(part) if isinstance(part, str) else f"{{{{ {part.expr} }}}}" for part in parts)
    return f'"{shown}"'


def trimmed(parts: Sequence[Part], margin: str = "  ") -> str:
    """The same without space at either end, as ELMES 1.0 sends a system prompt: also where it ends in a value."""
    left = list(parts)
    if left and isinstance(left[0], str):
        left[0] = left[0].lstrip()
    if left and isinstance(left[-1], str):
        left[-1] = left[-1].rstrip()
    left = [part for part in left if part]
    open_ended = bool(left) and (isinstance(left[0], Code) or isinstance(left[-1], Code))
    return f"trim({literal(left, margin)})" if open_ended else literal(left, margin)


def comment(text: str, mark: str = "//") -> list[str]:
    """A comment in lines of a readable width."""
    lines, line = [], mark
    for word in text.split():
        if len(line) + 1 + len(word) > WIDTH and line != mark:
            lines.append(line)
            line = mark
        line += f" {word}"
    return [*lines, line]


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def _fits_a_block(plain: str, parts: Sequence[Part]) -> bool:
    """Whether a block reads back as the same text: one whose lines have no white space of their own at either end."""
    joined = "".join(part if isinstance(part, str) else "x" for part in parts)
    lines = joined.split("\n")
    return len(lines) > 1 and '"""' not in plain and "{{" not in plain and "}}" not in plain and "\\" not in plain \
        and not any(sign in plain for sign in "\r\t\f\v") and bool(lines[0].strip()) and bool(lines[-1].strip()) \
        and all(line == line.strip() for line in lines)
