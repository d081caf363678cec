"""The TextMate grammar of `.ped`, which VS Code and others read: the same rules, in their dialect.

`editors/vscode/syntaxes/pedalang.tmLanguage.json` is what `grammar` gives.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from pedalang.highlight import rules, words

Json: TypeAlias = "str | list[Json] | dict[str, Json]"

SCOPE = "source.pedalang"

SCOPES = {
    "attribute": "variable.other.property", "comment": "comment.line.double-slash",
    "constant": "constant.language", "control": "keyword.control", "declaration": "storage.type",
    "declared": "entity.name.type", "decorator": "entity.name.function.decorator",
    "documentation": "comment.line.documentation", "escape": "constant.character.escape",
    "function": "entity.name.function", "import": "keyword.control.import",
    "interpolation": "punctuation.section.embedded", "item": "keyword.other.item",
    "key": "support.type.property-name", "library": "support.function", "modifier": "storage.modifier",
    "module": "entity.name.namespace", "name": "variable.other", "number": "constant.numeric",
    "operator": "keyword.operator", "punctuation": "punctuation", "temporal": "keyword.operator.temporal",
    "text": "string.quoted", "type": "support.class", "unit": "keyword.other.unit",
    "word operator": "keyword.operator.word",
}
"""What themes call each kind, without the language's own ending."""


def grammar() -> dict[str, Json]:
    """The grammar, ready for JSON."""
    contexts = rules.contexts(words.load())
    return {
        "name": "Pedalang", "scopeName": SCOPE, "fileTypes": ["ped"],
        "comment": "Generated from grammar/pedalang.lark by pedalang/highlight; edit the rules there.",
        "patterns": [_include("module")],
        "repository": {_name(context): {"patterns": [_pattern(rule) for rule in own]}
                       for context, own in contexts.items()},
    }


def scope(kind: str) -> str:
    """The scope of a kind: `keyword.control.pedalang`."""
    return f"{SCOPES[kind]}.pedalang"


def _pattern(rule: rules.Rule) -> Json:
    if isinstance(rule, rules.Include):
        return _include(rule.context)
    if isinstance(rule, rules.Match):
        return {"match": rule.pattern, **_captures("captures", rule)}
    made: dict[str, Json] = {
        "begin": rule.begin.pattern, **_captures("beginCaptures", rule.begin),
        "end": rule.end.pattern, **_captures("endCaptures", rule.end),
        "patterns": [_include(context) for context in rule.inside],
    }
    if rule.kind:
        made["name"] = scope(rule.kind)
    if rule.begin.kinds == ("interpolation",):
        made["name"] = "meta.embedded.pedalang"
    return made


def _captures(name: str, match: rules.Match) -> dict[str, Json]:
    """What the groups of an expression are, or what all of it is where it has none."""
    groups = re.compile(match.pattern).groups
    kinds = {str(number if groups else 0): kind for number, kind in enumerate(match.kinds, start=1) if kind}
    return {name: {number: {"name": scope(kind)} for number, kind in kinds.items()}} if kinds else {}


def _include(context: str) -> Json:
    return {"include": f"#{_name(context)}"}


def _name(context: str) -> str:
    return context.replace(" ", "-")
