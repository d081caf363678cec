"""Compares a built tree-sitter parser with the language's own: `python -m editors.compare pedalang.so [SHARE]`.

The library is what `tree-sitter build` makes of `editors/tree-sitter-pedalang`; Python's `tree_sitter` has to be
installed. Texts: all programs of the repository and its pages, programs derived from the grammar, and programs with a
word left out, doubled or exchanged. Prints each text that only one of both takes, and how often they agree.
"""

from __future__ import annotations

import ctypes
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator

import tree_sitter

from pedalang.compiler.syntax import parse, texts, tree
from pedalang.compiler.syntax.node import names
from pedalang.diagnostic import Report
from pedalang.source import Source
from tests import corpus, derivation

DERIVED, BROKEN = 1500, 4500


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    """A tree's nodes."""
    yield node
    for name in names(type(node)):
        value = getattr(node, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, tree.Node):
                yield from nodes(inner)


def taken(text: str) -> bool:
    """Whether the language's own parser has nothing to say, texts' interpolations included."""
    report, source = Report(), Source("compared.ped", text)
    found = parse.parse(source, report)
    for node in nodes(found) if not report.found else ():
        if isinstance(node, tree.Text):
            texts.read(source, node.word, report)
    return not report.found


def broken(chance: random.Random, text: str) -> str:
    """The text with a word or sign left out, doubled, or in the place of another."""
    found = list(re.finditer(r"\w+|[^\w\s]", text))
    one, other = chance.choice(found), chance.choice(found)
    put = chance.choice(("", f"{one[0]} {one[0]}", other[0]))
    return text[: one.start()] + put + text[one.end() :]


def compared(share: float) -> Iterator[tuple[str, str]]:
    """The texts, each with what it is called."""
    written = corpus.programs()
    yield from written.items()
    chance = random.Random(7)
    for seed in range(round(DERIVED * share)):
        yield f"derived {seed}", derivation.program(seed, chance.choice((5, 20, 60, 120)))
    sound = [text for text in written.values() if taken(text)]
    for number in range(round(BROKEN * share)):
        yield f"broken {number}", broken(chance, chance.choice(sound))


def main(library: str, share: float = 1.0) -> None:
    """Prints what differs, and the counts."""
    made = ctypes.CDLL(library).tree_sitter_pedalang
    made.restype = ctypes.c_void_p
    parser = tree_sitter.Parser(tree_sitter.Language(made()))
    counts: Counter[str] = Counter()
    for name, text in compared(share):
        ours, theirs = taken(text), not parser.parse(text.encode()).root_node.has_error
        counts["both take it" if ours and theirs else "neither takes it" if ours == theirs else "differ"] += 1
        if ours != theirs:
            print(f"{name}: {'only the language' if ours else 'only tree-sitter'} takes it")
    print(", ".join(f"{what}: {count}" for what, count in counts.items()))


if __name__ == "__main__":
    main(sys.argv[1], *map(float, sys.argv[2:3]))
