"""The grammar's words as a lexer has to know them: what each can begin, and what has to stand behind it.

A word of the language is an ordinary name wherever the parser does not expect it. A lexer has no parser, but it can
look at what follows: after `phase` as a keyword only a name can stand, after `hard` only a field. All of it is read
off the automaton, so that it changes with the grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pedalang.compiler.syntax import tables

IMPORTS = frozenset({"from", "import"})
"""Stand at the top of a file, before what is documented and decorated."""

Follow = frozenset[str]
"""The terminals that can stand behind a word: texts of words and signs, names of the others."""


@dataclass(frozen=True)
class Words:
    """The first four groups are apart from each other; `phrases` are pairs that are known only together."""

    declaring: frozenset[str]
    """Begin a declaration of a file."""
    items: frozenset[str]
    """Begin an item of a block."""
    expression: frozenset[str]
    """Stand in expressions, and perhaps elsewhere."""
    formula: frozenset[str]
    """Stand in formulas over time only."""
    follows: dict[str, frozenset[Follow]]
    """For each word what can stand behind it: one set for each state of the parser that it leads to."""
    inner: dict[str, frozenset[Follow]]
    """The same, where the word begins no declaration: `scale` of a criterion, `from` of a data set."""
    homes: dict[str, list[str]]
    """For each word that begins an item, the words that begin what it stands in; the empty word is the file."""
    phrases: frozenset[tuple[str, str]]
    """`by judge`, `at max`: the second is a word only behind the first."""
    terminals: dict[str, str]
    """The expressions of the terminals that are no fixed text."""
    signs: tuple[str, ...]
    """What is written with neither letters nor digits, the longest first."""

    @property
    def all(self) -> frozenset[str]:
        return frozenset(self.follows)

    @property
    def modifiers(self) -> frozenset[str]:
        """The words that go on with what another began."""
        return frozenset(self.inner) - self.items - self.expression - self.formula


@cache
def load() -> Words:
    """The words of this installation's grammar."""
    own = tables.load()
    words = {number: text for number, text in enumerate(own.texts) if text and text.isidentifier()}
    starters = {word: set(homes) for word, homes in own.homes.items()}
    declaring = frozenset(word for word, homes in starters.items() if "" in homes)
    follows: dict[str, set[Follow]] = {}
    inner: dict[str, set[Follow]] = {}
    phrases: dict[tuple[str, Follow], set[str]] = {}
    for state, row in enumerate(own.actions):
        expected = {words[terminal] for terminal in row.keys() & words.keys()}
        for terminal in row.keys() & words.keys():
            if 0 < row[terminal] < tables.NO_ACTION:
                behind = frozenset(own.texts[each] or own.terminals[each] for each in own.actions[row[terminal]])
                follows.setdefault(words[terminal], set()).add(behind)
                if not expected >= declaring - IMPORTS:
                    inner.setdefault(words[terminal], set()).add(behind)
                before = words.get(own.entered[state], "")
                phrases.setdefault((words[terminal], behind), set()).add(before)
    expression, formula = (_within(own, words, start) for start in ("expr", "formula"))
    return Words(
        declaring=declaring,
        items=frozenset(word for word, homes in starters.items() if "" not in homes) - expression,
        expression=expression, formula=formula - expression - starters.keys(),
        follows={word: frozenset(sets) for word, sets in follows.items()},
        inner={word: frozenset(sets) for word, sets in inner.items()}, homes=own.homes,
        phrases=frozenset((before, word) for (word, _), found in phrases.items() if "" not in found
                          for before in found if word not in formula | expression),
        terminals={own.terminals[number]: regex.pattern for number, regex in own.regexes.items()},
        signs=_signs(own),
    )


def _within(own: tables.Tables, words: dict[int, str], start: str) -> frozenset[str]:
    """The words that the parser can meet while it reads what a start symbol stands for."""
    known = {own.starts[start]}
    waiting = list(known)
    met: set[str] = set()
    while waiting:
        state = waiting.pop()
        shifts = {terminal: to for terminal, to in own.actions[state].items() if 0 < to < tables.NO_ACTION}
        met |= {words[terminal] for terminal in shifts if terminal in words}
        for to in (*shifts.values(), *own.gotos[state].values()):
            if to not in known:
                known.add(to)
                waiting.append(to)
    return frozenset(met)


def _signs(own: tables.Tables) -> tuple[str, ...]:
    fixed = {text for text in own.texts if text and not text.isidentifier()}
    fixed |= set(_alternatives(own.regexes[own.number(name)].pattern for name in ("CMP", "TIMES")))
    return tuple(sorted(fixed, key=lambda sign: (-len(sign), sign)))


def _alternatives(patterns: Iterable[str]) -> Iterator[str]:
    """The texts of `(?:==|\\*)`: an alternation of signs and nothing else."""
    for pattern in patterns:
        yield from pattern.removeprefix("(?:").removesuffix(")").replace("\\", "").split("|")
