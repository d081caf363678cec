"""The game over a product: a teacher chooses her moves, everybody and everything else plays against her. She wins where
she can go on for ever, or to the end, without coming to `BAD`."""

from __future__ import annotations

from collections import deque

from msgspec import Struct

from pedalang.compiler.contracts.product import BAD, Choosing, Move, Product


class Solved(Struct, frozen=True):
    """`lost` has the nodes from which the teacher can be driven to `BAD`, each with how many of them were known to be
    lost before it."""

    product: Product
    lost: dict[int, int]

    @property
    def won(self) -> bool:
        """Whether she wins wherever a dialogue begins."""
        return not any(self.bad(start) for start in self.product.starts)

    def bad(self, node: int) -> bool:
        """Whether a node is `BAD`, or lost."""
        return node == BAD or node in self.lost

    def safe(self, move: Move) -> bool:
        """Whether a move leads nowhere that is lost."""
        return not any(self.bad(node) for node in move.leads)

    def hopeless(self, choosing: Choosing) -> bool:
        """Whether, of the moves that the guards may leave her there, none that she can count on is safe."""
        sure = [move for move in choosing.moves if move.sure]
        if sure:
            return not any(self.safe(move) for move in sure)
        return not all(self.safe(move) for move in choosing.moves)


def solve(product: Product) -> Solved:
    """Who wins where: from the nodes that are lost at once back to all from which they can be forced."""
    before: list[list[int]] = [[] for _ in product.where]
    for node in range(len(product.where)):
        for end in {*product.leads[node], *(end for choosing in product.choices[node] for move in choosing.moves
                                            for end in move.leads)}:
            if end >= 0:
                before[end].append(node)
    solved = Solved(product, {})
    waiting = deque(range(len(product.where)))
    while waiting:
        node = waiting.popleft()
        if node in solved.lost:
            continue
        if any(solved.bad(end) for end in product.leads[node]) or \
                any(solved.hopeless(choosing) for choosing in product.choices[node]):
            solved.lost[node] = len(solved.lost)
            waiting.extend(before[node])
    return solved
