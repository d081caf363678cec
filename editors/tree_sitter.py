"""The tree-sitter grammar, made of the grammar of the language: `editors/tree-sitter-pedalang/grammar.js`.

One rule there for each rule here. What differs, because tree-sitter does: a rule that may be nothing is `optional`
where it is used; a rule whose ways have names of their own is hidden, and each way is a rule; a text is taken apart,
so that what it interpolates is a tree too. Everything else is carried over as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from grammar.ebnf import Choice, Definition, Grammar, Many, Optional, Part, Regex, Rule, Seq, Term, Text, Way
from pedalang.highlight.words import IMPORTS, Words

HEAD = """\
// The tree-sitter grammar of pedalang 1. Generated from grammar/pedalang.lark by editors/tree_sitter.py;
// `pytest tests/editors --update` writes it anew. Do not edit it here.

module.exports = grammar({
  name: "pedalang",

  word: ($) => $.identifier,

  extras: ($) => [/[ \\t\\f\\r\\n]/, $.comment],

  rules: {
"""

NAME = r"[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]*"
"""Python's `[^\\W0-9]\\w*`. It may begin with another script's digit, which this cannot say."""

TERMINALS = {
    "NAME": ("identifier", f"/{NAME}/u"),
    "KEY": ("key", f"token(prec(1, /{NAME}:/u))"),
    "DOC": ("documentation", r"token(prec(1, /\/\/\/[^\n]*/))"),
    "MODDOC": ("module_documentation", r"token(prec(2, /\/\/![^\n]*/))"),
    "COMMENT": ("comment", r"token(/\/\/[^\n]*/)"),
}
"""Terminals that are written in another way than in the grammar of the language."""

TEXTS = r'''
    // Texts, taken apart: the grammar of the language reads each as one terminal, and its expressions later.

    string: ($) => seq('"', repeat(choice($.content, $.escape, $.interpolation)), token.immediate('"')),

    block_string: ($) => seq('"""', repeat(choice(alias($.block_content, $.content), $.interpolation)),
      token.immediate(prec(2, /"""+/))),

    raw_string: ($) => token(/#"""[^"]*(""?[^"]+|""""*[^"#][^"]*)*""""*#/),

    content: ($) => token.immediate(prec(1, /[^"\\\n{]+|\{/)),

    block_content: ($) => token.immediate(prec(1, /[^"{]+|\{|""?/)),

    escape: ($) => token.immediate(/\\["\\nt{}]/),

    interpolation: ($) => seq(token.immediate(prec(2, "{{")), $._expr, "}}"),
'''

NODES = {"STRING": "string", "TEXT": "block_string", "RAWTEXT": "raw_string", "NUMBER": "digits", "QUANTITY": "amount"}
"""What the nodes of the other terminals are called; those that are not here are written out where they stand."""


def grammar_js(grammar: Grammar) -> str:
    """The text of `grammar.js`."""
    made = _Maker(grammar)
    rules = [f"    {name}: ($) => {body},\n" for name, body in made.rules()]
    terminals = [f"    {name}: ($) => {body},\n" for name, body in made.terminals()]
    return HEAD + "\n".join(rules) + TEXTS + "\n" + "\n".join(terminals) + "  },\n});\n"


def node_names(grammar: Grammar) -> set[str]:
    """The nodes that a tree may have: what queries can speak of."""
    made = _Maker(grammar)
    visible = {name for name, _ in (*made.rules(), *made.terminals()) if not name.startswith("_")}
    texts = {"string", "block_string", "raw_string", "content", "escape", "interpolation"}
    return visible | {name for name in made.named if name} | texts


class _Maker:
    """Writes rules out; knows which may be nothing, and which are named by their ways."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.empty = grammar.empty()
        self.named = {way.name for rule in grammar.rules.values() for way in rule.ways if way.name}
        self.hidden = {rule.name for rule in grammar.rules.values()
                       if rule.vanishes or rule.name.endswith("_list") or any(way.name for way in rule.ways)}

    def rules(self) -> Iterator[tuple[str, str]]:
        """Name and body of each rule, the start symbol first."""
        for rule in self.grammar.rules.values():
            yield self.called(rule.name), self.body(rule)
            for name, ways in _by_name(rule).items():
                yield self.way(rule, name), _one_of([self.text(way.part) for way in ways])

    def terminals(self) -> Iterator[tuple[str, str]]:
        for name, part in self.grammar.terminals.items():
            if name in TERMINALS:
                yield TERMINALS[name]
            elif NODES.get(name) in ("digits", "amount"):
                assert isinstance(part, Regex)
                yield NODES[name], f"token(/{part.pattern}/)"

    def called(self, name: str) -> str:
        """A rule's name here: with `_` if it makes no node."""
        return f"_{name.lstrip('_')}" if name in self.hidden else name

    def way(self, rule: Definition, name: str) -> str:
        """The rule of a way: named as its node, unless several rules have ways of that name."""
        sharers = [each for each in self.grammar.rules.values() if name in _by_name(each)]
        return name if len(sharers) == 1 else f"_{name}_of_{rule.name}"

    def body(self, rule: Definition) -> str:
        """All ways of a rule."""
        plain = [self.text(way.part, at_top=True) for way in rule.ways if not way.name]
        own = [f"$.{made}" if (made := self.way(rule, name)) == name else f"alias($.{made}, $.{name})"
               for name in _by_name(rule)]
        return _one_of(plain + own)

    def text(self, part: Part, at_top: bool = False) -> str:
        """A part, as JavaScript. At the top of a rule that may be nothing, without that nothing."""
        match part:
            case Text(text):
                return json.dumps(text)
            case Term(name):
                return self.terminal(name)
            case Rule(name):
                made = f"$.{self.called(name)}"
                return f"optional({made})" if name in self.empty else made
            case Seq(parts):
                return f"seq({', '.join(self.text(each) for each in parts)})"
            case Choice(parts):
                return _one_of([self.text(each) for each in parts])
            case Optional(inner):
                return self.text(inner) if at_top else f"optional({self.text(inner)})"
            case Many(inner, least):
                return f"repeat{'1' if at_top or least else ''}({self.text(inner)})"
        raise AssertionError(part)

    def terminal(self, name: str) -> str:
        """A terminal as a node, or, if it is but signs, written out."""
        if name in TERMINALS:
            return f"$.{TERMINALS[name][0]}"
        return f"$.{NODES[name]}" if name in NODES else self.text(self.grammar.terminals[name])


def _by_name(rule: Definition) -> dict[str, list[Way]]:
    found: dict[str, list[Way]] = {}
    for way in rule.ways:
        if way.name:
            found.setdefault(way.name, []).append(way)
    return found


def _one_of(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"choice({', '.join(texts)})"


# ---------------------------------------------------------------- queries

NAMING = (
    ("(key) @property", "fields"),
    ('(attribute "." (identifier) @property)', ""),
    ("(call (name (identifier) @function.call))", "functions"),
    ('(call (attribute "." (identifier) @function.method.call))', ""),
    ("(decorator (identifier) @attribute)", ""),
    ("(type (name_path (identifier) @type))", "types"),
    ("(module_path) @module", "modules"),
    ("[(digits) (amount)] @number", "values"),
    ("[(true) (false) (none)] @constant.builtin", ""),
    ("[(string) (block_string) (raw_string)] @string", "texts"),
    ("(escape) @string.escape", ""),
    ('(interpolation ["{{" "}}"] @punctuation.special) @none', ""),
    ("(comment) @comment", "comments"),
    ("[(documentation) (module_documentation)] @comment.documentation", ""),
)
"""What is coloured by its node, and a heading for the first of each kind."""

_CALLED = ("def_decl", "predicate_decl", "move_decl")
_SIGNS = {"punctuation.bracket": "(){}[]", "punctuation.delimiter": ",.:"}


def highlights(grammar: Grammar, words: Words) -> str:
    """The text of `queries/highlights.scm`: names first, so that a later, more exact pattern goes over them."""
    found = ["; Generated by editors/tree_sitter.py; `pytest tests/editors --update` writes it anew.", "",
             "(identifier) @variable", ""]
    for name in grammar.rules:
        if name.endswith("_decl") and name not in ("optimize_decl", "test_decl", "property_decl"):
            node = "let_decl" if name == "let_decl" else name
            found.append(f"({node} (identifier) @{'function' if name in _CALLED else 'type.definition'})")
    for pattern, heading in NAMING:
        found += ["", f"; {heading}", pattern] if heading else [pattern]
    found += ["", "; words"]
    alone = _alone(grammar)
    for capture, group in _words(words):
        found.append(f"[{' '.join(alone.get(word, json.dumps(word)) for word in sorted(group))}] @{capture}")
    found += ["", "; signs"]
    signs = {capture: [sign for sign in words.signs if sign in members] for capture, members in _SIGNS.items()}
    rest = [sign for sign in words.signs if not any(sign in group for group in signs.values())]
    signs["operator"] = [sign for sign in rest if sign != "@"]
    for capture, group in signs.items():
        found.append(f"[{' '.join(map(json.dumps, group))}] @{capture}")
    return "\n".join(found) + "\n"


def _alone(grammar: Grammar) -> dict[str, str]:
    """The words that are all of a rule: there the rule's node stands for the word, and the word has none."""
    ways = [(way.name or rule.name, way.part) for rule in grammar.rules.values() for way in rule.ways
            if way.name or len(rule.ways) == 1]
    return {part.text: f"({name})" for name, part in ways if isinstance(part, Text)}


def _words(words: Words) -> Iterator[tuple[str, frozenset[str]]]:
    """The keywords, by what they do, each once; `true`, `false` and `none` are values."""
    constants = frozenset({"true", "false", "none"})
    operators = frozenset({"and", "or", "not", "in"})
    imports = IMPORTS | {"pedalang"}
    yield "keyword.import", imports
    yield "keyword.type", words.declaring - imports
    yield "keyword", words.items
    yield "keyword.operator", operators | words.formula
    yield "keyword.conditional", words.expression - constants - operators
    yield "keyword.modifier", words.modifiers - words.declaring - imports
