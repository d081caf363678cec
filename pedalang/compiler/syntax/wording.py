"""Terminals in words: what was found, and what could stand there, as a teacher would say it."""

from __future__ import annotations

from pedalang.compiler.syntax.scene import Scene

_MOST = 4
"""Things named in one message; the rest goes unsaid."""

_NAMES = {
    "NAME": "a name", "KEY": "a field (`name: …`)", "NUMBER": "a number", "STRING": "a text in quotation marks",
    "QUANTITY": "a quantity such as `12 turns`",
}
_UNSAID = ("DOC", "MODDOC", "AT")
_OPERATORS = frozenset((
    "CMP", "PLUS", "MINUS", "TIMES", "RANGE", "__ANON_3", "DOT", "LPAR", "LSQB", "AND", "OR", "IN", "NOT", "IMPLIES",
    "WITHIN", "UNTIL", "BEFORE", "SINCE", "OPTIONAL", "LESSTHAN",
))
_TEXTS = frozenset(("STRING", "TEXT", "RAWTEXT"))
_CLOSING = ("COMMA", "RPAR", "RSQB", "RBRACE", "EQUAL", "COLON", "LBRACE")


def shown(text: str) -> str:
    """A piece of a program as a message shows it: in ticks, its beginning only where it is long."""
    first = text.split("\n", 1)[0]
    return f"`{text}`" if text == first and len(text) <= 40 else f"`{first[:37].rstrip()}…`"


def token(scene: Scene) -> str:
    """The token that does not fit."""
    if scene.name == "$END":
        return "end of the file" if scene.blocks else "end of the expression"
    kinds = {"STRING": "text ", "TEXT": "text ", "RAWTEXT": "text ", "NUMBER": "number ", "QUANTITY": "quantity "}
    return kinds.get(scene.name, "") + shown(scene.word)


def found_instead(scene: Scene) -> str:
    """What stands where something is missing."""
    return f"found {token(scene)} instead" if scene.name != "$END" else ""


def homes(owners: list[str]) -> str:
    """Where a word belongs."""
    places = [f"in a{'n' if owner[0] in 'aeiou' else ''} `{owner}`" if owner else "at the top of the file"
              for owner in owners]
    return _joined(places, "or")


def expected(scene: Scene) -> str:
    """What could stand where the token stands, in words."""
    return _joined(_phrases(scene), "or") or "something else"


def only_expected(scene: Scene) -> str | None:
    """The one thing that could stand there, without its article; None if there are several."""
    phrases = _phrases(scene)
    if len(phrases) != 1 or "$END" in scene.expected:
        return None
    return phrases[0].removeprefix("a ").removeprefix("an ")


def _phrases(scene: Scene) -> list[str]:
    """What could stand there, the likeliest first."""
    left, found = set(scene.expected), []
    starts = scene.tables.actions[scene.tables.starts["expr"]]
    values = {scene.tables.terminals[terminal] for terminal in starts}
    formulas = {scene.tables.terminals[terminal] for terminal in scene.tables.actions[scene.tables.starts["formula"]]}
    if left >= {"ALWAYS", "NEVER"}:
        found.append("a formula")
        left -= formulas
    elif left >= {"NUMBER", "STRING", "LSQB"}:
        found.append("a value")
        left -= values
    elif left >= {"NAME", "NOT", "LPAR"}:
        found.append("a condition")
        left -= formulas
    elif left & {"CMP", "PLUS", "OPTIONAL"}:
        left -= _OPERATORS
    if left >= _TEXTS:
        found.append("a text")
        left -= _TEXTS
    if "NAME" in left and not scene.at_item:
        left.discard("KEY")
    if "NAME" in left and _wants_type(scene):
        found.append("a type")
        left.discard("NAME")
    found += [f"`{scene.tables.texts[scene.number(name)]}`" for name in _CLOSING if name in left and name != "RBRACE"]
    left -= set(_CLOSING) - {"RBRACE"}
    return _with_words(scene, found, left)


def _with_words(scene: Scene, found: list[str], left: set[str]) -> list[str]:
    """The phrases with the names and keywords that are left: items are named by their block."""
    texts = {name: scene.tables.texts[scene.number(name)] or "" for name in sorted(left)}
    words = sorted(text for text in texts.values() if text.isidentifier())
    signs = [_NAMES.get(name) or f"`{text}`" for name, text in texts.items()
             if name not in (*_UNSAID, "RBRACE", "$END") and text not in words]
    if "$END" in left:
        signs.append("the end of the file" if scene.blocks else "the end of the expression")
    if "role" in words:
        words, signs = [], [*signs, "a declaration such as `role`, `move` or `flow`"]
    phrases = found + signs + [f"`{word}`" for word in words]
    if "RBRACE" in left:
        phrases.append("`}`")
    return phrases


def _wants_type(scene: Scene) -> bool:
    names = scene.tables.nonterminals
    return any(names[left] == "type" for left in scene.tables.gotos[scene.stack.states[-1]])


def _joined(parts: list[str], word: str) -> str:
    if len(parts) <= 1:
        return "".join(parts)
    if len(parts) > 2 * _MOST:
        parts = parts[: 2 * _MOST]
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
