"""The grammar as llguidance reads it: with it a language model writes programs that parse, token by token.

llguidance's notation is close to Lark's, and its lexer is another: it never goes back more than a character, and it
takes all terminals that fit where Lark takes the first. So white space becomes a rule of its own, a number is read in
pieces (`1..5` would be lost after `1.`), and a name that stands where a word of the language can stand is none of those
words. What that leaves different from the parser is said in docs/decisions/0010-the-grammar-for-models.md.

llama.cpp and vLLM hold a model to such a grammar; nothing here needs either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from pedalang import resources

_DEFINITION = re.compile(r"^[?!]*(\w+)(?:\.\d+)?\s*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_SIGN = re.compile(r'"(?:\\.|[^"\\])*"|/(?:\\.|[^/\\\n])+/i?|->\s*\w+|\w+|\{\d+(?:,\d*)?\}|[^\s\w]')
_QUANTITY = re.compile(r"/(.*)\(%\|\[ \\t\]\+\((.*)\)\)/")

_LAYOUT = ("gap", "space")
"""White space where one likes, and where there has to be some."""

_VALUES = ("true", "false", "none")
"""Words that need no white space behind them: where they stand, a longer word is a name."""

RESERVED = {
    "ref": "if not true false none draw python",
    "f_ref": "always never eventually next first last whenever during at exactly consecutive total finally not same",
    "arm_ref": "when otherwise weight and or in not for if then else",
}
"""What the first name of a reference is not: of one in an expression, in a formula, in an arm of a policy."""

_REFERRING = {"f_atom": "f_ref", "policy_arm": "arm_ref"}

_NUMBERS = {
    "number_text": 'DIGITS ("." FRACTION)?', "quantity_text": 'number_text ("%" | BLANK UNIT)',
    "DIGITS": "/[0-9][0-9_]*/", "FRACTION": "/[0-9]+/", "BLANK": r"/[ \t]+/",
}
_PIECES = {"NUMBER": "number_text", "QUANTITY": "quantity_text"}
"""Numbers and quantities in pieces, none of which has to be taken back."""

Definitions = Mapping[str, list[str]]
"""The signs of each definition's right side, by the name on its left."""


@cache
def whole() -> str:
    """The grammar of any program."""
    spaces = {"gap": ["(", "WS", "|", "COMMENT", ")", "*"], "space": ["(", "WS", "|", "COMMENT", ")", "+"]}
    return _written({**_read("pedalang.lark"), **spaces}, "module")


@cache
def draft() -> str:
    """The grammar of a first draft: a short program with all its parts, in a fixed order, of bounded length."""
    return _written({**_read("pedalang.lark"), **_read("draft.lark")}, "draft")


def example() -> str:
    """A draft, about telling the time."""
    return (resources.folder("grammar") / "draft.ped").read_text(encoding="utf-8")


def _read(file: str) -> dict[str, list[str]]:
    text = (resources.folder("grammar") / file).read_text(encoding="utf-8")
    bare = re.sub(r"^[ \t]*//.*\n", "", text, flags=re.MULTILINE)
    return {_own(name): [_own(sign) for sign in _SIGN.findall(body)] for name, body in _DEFINITION.findall(bare)}


def _own(sign: str) -> str:
    """llguidance begins with the rule `start`; ours of that name is a word."""
    return "start_word" if sign == "start" else sign


def _written(definitions: Definitions, start: str) -> str:
    rules = {**definitions, **_references(definitions)}
    units = _QUANTITY.fullmatch(rules["QUANTITY"][0])
    if units is None or f"/{units[1]}/" != rules["NUMBER"][0]:
        raise ValueError("QUANTITY is not NUMBER with `%` or a unit behind it")
    rules["UNIT"] = [f"/{units[2]}/"]
    lines = {name: " ".join(signs if name.isupper() or name in _LAYOUT else _rule(signs))
             for name, signs in rules.items()}
    lines |= {f"{name.upper()}_NAME": f"{lines['NAME']} & ~/({words.replace(' ', '|')})/"
              for name, words in RESERVED.items()}
    lines |= {"start": f"gap {start}", **_NUMBERS}
    return "%llguidance {}\n" + "".join(f"{name}: {lines[name]}\n" for name in _reachable(lines))


def _reachable(lines: Mapping[str, str]) -> list[str]:
    """The names of what the start needs, in the order in which it does."""
    found = ["start"]
    for name in found:
        found += [each for each in dict.fromkeys(_SIGN.findall(lines[name])) if each in lines and each not in found]
    return found


def _references(definitions: Definitions) -> dict[str, list[str]]:
    """References for each place where words are reserved, and the rules that refer so."""
    made = {name: [f"{name.upper()}_NAME", *(name if sign == "ref" else sign for sign in definitions["ref"][1:])]
            for name in RESERVED}
    for rule, name in _REFERRING.items():
        made[rule] = [name if sign == "ref" else sign for sign in definitions[rule]]
    return made


def _rule(signs: list[str]) -> Iterator[str]:
    """A rule's right side, with the white space that may or must follow each terminal."""
    for sign, following in zip(signs, [*signs[1:], ""], strict=True):
        if sign.startswith("->"):
            continue
        if sign in "[]":
            yield "(" if sign == "[" else ")?"
        elif sign.startswith('"'):
            yield f"({sign} {_gap(sign, following)})"
        elif sign.isupper():
            yield f"({_PIECES.get(sign, sign)} gap)"
        else:
            yield sign


def _gap(sign: str, following: str) -> str:
    """White space behind a word, but before a sign of the same rule; behind others where one likes."""
    word = re.fullmatch(r'"\w+"', sign) and sign[1:-1] not in _VALUES
    closed = re.match(r'"\W', following)
    return "space" if word and not closed else "gap"
