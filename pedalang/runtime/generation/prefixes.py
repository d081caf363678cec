"""What prompts begin with in common, kept in blocks of tokens: a tree whose branches part where prompts do.

The least recently used leaf goes first where there are too many. What a block holds is its keeper's affair.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar

BLOCK = 16
"""Tokens of a block. What is left over at a prompt's end is computed again."""

T = TypeVar("T")


class Node(Generic[T]):
    """A block after those before it; the root holds nothing."""

    __slots__ = ("after", "kept", "then", "tokens")

    def __init__(self, after: Node[T] | None, tokens: tuple[int, ...], kept: T | None) -> None:
        self.after = after
        self.tokens = tokens
        self.kept = kept
        self.then: dict[tuple[int, ...], Node[T]] = {}


class Prefixes(Generic[T]):
    """At most `most` blocks. A block is used no later than the one before it, so the oldest is always a leaf."""

    def __init__(self, most: int) -> None:
        self.root: Node[T] = Node(None, (), None)
        self._most = most
        self._used: OrderedDict[Node[T], None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    def find(self, tokens: Sequence[int]) -> list[Node[T]]:
        """The blocks that these tokens begin with, as many as are known."""
        found, node = [], self.root
        for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
            following = node.then.get(tuple(tokens[start : start + BLOCK]))
            if following is None:
                break
            found.append(following)
            node = following
        self._touch(node)
        return found

    def add(self, after: Node[T], tokens: tuple[int, ...], kept: T) -> Node[T] | None:
        """The block of these tokens after another one; the known one where there is one. None where the one before is
        no longer kept."""
        if after is not self.root and after not in self._used:
            return None
        node = after.then.get(tokens)
        if node is None:
            node = after.then[tokens] = Node(after, tokens, kept)
            self._used[node] = None
        self._touch(node)
        while len(self._used) > self._most:
            self._drop(next(iter(self._used)))
        return node if node in self._used else None

    def clear(self) -> None:
        self.root = Node(None, (), None)
        self._used.clear()

    def _touch(self, node: Node[T]) -> None:
        """The last block first, so that each one before it counts as used after it."""
        while node.after is not None:
            self._used.move_to_end(node)
            node = node.after

    def _drop(self, node: Node[T]) -> None:
        del self._used[node]
        if node.after is not None:
            del node.after.then[node.tokens]
