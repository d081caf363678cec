"""Programs derived from the grammar at random, and stock Lark, which reads the same grammar."""

from __future__ import annotations

import random
from functools import cache

import lark

from pedalang import resources
from pedalang.compiler.syntax import tables

WORDS = {
    "NAME": ("probing", "student", "x", "adds_across", "élève", "turn_", "a1"),
    "KEY": ("goal:", "max:", "x:", "phase:", "when:"),
    "NUMBER": ("0", "3", "0.25", "1_000"),
    "QUANTITY": ("12 turns", "80 tokens", "95%", "1 hour", "2.5 usd"),
    "STRING": ('""', '"Why?"', '"{{ x }} and \\"y\\""', '"{{ f("a", {b: 1}) }}"', '"a { b"'),
    "TEXT": ('"""Say it."""', '"""\n      One {{ x }}\n        two \\frac{a}{b}\n      """', '"""He said "no""""'),
    "RAWTEXT": ('#"""{{ not read }}"""#', '#"""\n  "quoted" \n  """#'),
    "CMP": ("==", "!=", "<=", ">=", ">"),
    "TIMES": ("*", "/", "%"),
    "DOC": ("/// What it is.\n", "///\n"),
    "MODDOC": ("//! A module.\n",),
}
GAPS = (" ", " ", " ", " ", "\n", "\n", "\n\n", "  ", "\n\n\n\t", " // why\n", "\n// on its own\n")


class Derivation:
    """Derives texts from the tables' own productions, choosing the shortest way out once the budget is spent."""

    def __init__(self, chance: random.Random, budget: int) -> None:
        self.chance, self.budget = chance, budget
        self.tables, self.rules, self.least = grammar_rules()

    def words(self, symbol: str) -> list[str]:
        if symbol not in self.rules:
            fixed = self.tables.texts[self.tables.terminals.index(symbol)]
            return [fixed or self.chance.choice(WORDS[symbol])]
        self.budget -= 1
        choices = self.rules[symbol]
        if self.budget < 0:
            cheapest = min(self.cost(choice) for choice in choices)
            choices = [choice for choice in choices if self.cost(choice) == cheapest]
        return [word for part in self.chance.choice(choices) for word in self.words(part)]

    def cost(self, symbols: tuple[str, ...]) -> float:
        return 1 + max((self.least.get(symbol, 0) for symbol in symbols), default=0)


@cache
def grammar_rules() -> tuple[tables.Tables, dict[str, list[tuple[str, ...]]], dict[str, float]]:
    """The tables, the grammar's productions by left side, and how deep the flattest derivation of each is."""
    text = (resources.folder("grammar") / "pedalang.lark").read_text(encoding="utf-8")
    rules: dict[str, list[tuple[str, ...]]] = {}
    for rule in stock(text).rules:
        rules.setdefault(rule.origin.name, []).append(tuple(symbol.name for symbol in rule.expansion))
    least: dict[str, float] = dict.fromkeys(rules, float("inf"))
    for _ in rules:
        for name, choices in rules.items():
            least[name] = min(1 + max((least.get(s, 0) for s in choice), default=0) for choice in choices)
    return tables.load(), rules, least


@cache
def stock(grammar: str) -> lark.Lark:
    """Lark's own parser of the grammar."""
    return lark.Lark(grammar, parser="lalr", lexer="contextual", start=["module", "expr", "formula"],
                     maybe_placeholders=True, propagate_positions=True)


def program(seed: int, budget: int, gaps: tuple[str, ...] = GAPS) -> str:
    """A program that the grammar derives, from a seed and a budget of productions; any of `gaps` behind each word."""
    chance = random.Random(seed)
    words = Derivation(chance, budget).words("module")
    return "".join(word + chance.choice(gaps) for word in words)
