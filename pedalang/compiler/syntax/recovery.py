"""Where parsing goes on after a mistake: after a small repair where one is sure, else at the next item.

What an item is, and so where one can begin, stands in the tables; indentation decides only between places that the
grammar allows.
"""

from __future__ import annotations

from collections.abc import Iterator

from pedalang.compiler.syntax import mistakes, tree
from pedalang.compiler.syntax.scene import CLOSES, OPENS, Block, Mistake, Scene, read, resolve
from pedalang.compiler.syntax.stack import Stack, Token
from pedalang.diagnostic import Report
from pedalang.source import Source

MAX_MISTAKES = 50
"""After so many mistakes in one text, parsing ends with a note."""


class Recovery:
    """Goes on after the mistakes of one text. Counts them, and sees to it that each one takes the parser on."""

    def __init__(self, source: Source, stack: Stack, stop: int, report: Report) -> None:
        self.source, self.stack, self.stop, self.report = source, stack, stop, report
        self.found = 0
        self._outside = -1
        self._resumed: set[tuple[int, int]] = set()

    def resume(self, token: Token) -> int | None:
        """Reports the mistake that a token makes and prepares the stack; where to read on, or None to end."""
        stack = self.stack
        token = read(stack.tables, stack.text, token.start, self.stop)
        again = self._reread(token)
        if again is not None:
            return again
        scene = self._scene(token)
        mistake = mistakes.explain(scene)
        if self._is_told(scene, mistake):
            return self._go_on(self._scene(token), token)
        self.found += 1
        if self.found > MAX_MISTAKES:
            self.report.note("PED0116", scene.token_span, f"more than {MAX_MISTAKES} mistakes: the rest is not read",
                             help="mend some of those above and check again")
            return None
        self.report.error(mistake.code, mistake.span, mistake.message, label=mistake.label, help=mistake.help,
                          also=mistake.also, fixes=mistake.fixes)
        if not scene.blocks:
            return None
        if not self._repair(scene, mistake) or mistake.at is None:
            return self._go_on(self._scene(token), token)
        following = read(stack.tables, stack.text, mistake.at, self.stop)
        scene = self._scene(following)
        another = scene.at_item and scene.indent(following.start) is not None
        return mistake.at if another or scene.fits(following) else self._go_on(scene, following)

    def _is_told(self, scene: Scene, mistake: Mistake) -> bool:
        """Whether what is out of place outside all blocks has been said of the item before: a block was closed too
        early, and nothing was read since."""
        last = self.stack.last
        again = self._outside >= last.start or scene.tables.terminals[last.terminal] == "DOC"
        outside = mistake.code in ("PED0109", "PED0111") and len(scene.blocks) == 1
        told = outside and again and self._outside >= 0
        self._outside = mistake.span.start if outside else -1
        return told

    def _scene(self, token: Token) -> Scene:
        return Scene(self.source, self.stack, token, self.stop)

    def _reread(self, token: Token) -> int | None:
        """Takes a token as what its state expects."""
        stack = self.stack
        if stack.too_deep is not None:
            return None
        part = stack.reread(token, self.stop)
        if part is None:
            return None
        stack.feed(part)
        return part.end

    def _repair(self, scene: Scene, mistake: Mistake) -> bool:
        """Does what the mistake proposes; False if that does not fit, or was done before at the same place."""
        stack = self.stack
        if mistake.into is not None:
            self._enter(scene.blocks, mistake.into, scene.after(mistake.at or 0))
        if mistake.height is not None:
            stack.cut(mistake.height)
        for number, token in enumerate(mistake.feed):
            if not stack.feed(token):
                return False
            if number < len(mistake.texts) and isinstance(stack.values[-1], tree.Word):
                stack.values[-1] = tree.Word(token.start, token.end, mistake.texts[number])
        done = (mistake.at or 0, len(stack.states))
        new = done not in self._resumed
        self._resumed.add(done)
        return new

    # ---------------------------------------------------------------- the next item

    def _go_on(self, scene: Scene, token: Token) -> int:
        """Skips from a token to the next item, of the same block where there is one, and cuts the stack for it."""
        blocks = scene.blocks[:1] if self.stack.too_deep is not None else scene.blocks
        limits = [scene.indent(scene.item_start(block)) for block in blocks]
        brackets = [self.source.text[at] for at in scene.open_brackets(blocks[-1].height)]
        starts = self._raw_starts(blocks)
        if self.stack.too_deep is not None:
            self.stack.cut(blocks[-1].height)
            self.stack.too_deep = None
        first = token if len(self.stack.states) == blocks[-1].height else None
        for at in self._skipped(scene, token):
            word = self.source.text[at.start] if at.end == at.start + 1 else ""
            if word == "}" and "{" not in brackets and blocks[-1].opening is not None:
                if self._may_close(scene, blocks[-1], at):
                    return self._enter(blocks, blocks[-1], at)
            elif at.terminal in starts:
                chosen = self._block_for(scene, at, blocks, limits, bool(brackets))
                if chosen is not None and (at != first or chosen is not blocks[-1]):
                    return self._enter(blocks, chosen, at)
            if word:
                _count(word, brackets)
        self.stack.cut(blocks[-1].height)
        return self.stop

    def _skipped(self, scene: Scene, token: Token) -> Iterator[Token]:
        """The tokens from this one on; what stands in a text that is not closed is no token."""
        tables, at = scene.tables, token.start
        comment, bad, bad_text, end = (tables.number(name) for name in ("COMMENT", "BAD", "BAD_TEXT", "$END"))
        while at < self.stop:
            for found in tables.scan.finditer(self.source.text, at, self.stop):
                terminal = found.lastindex or 0
                start, at = found.span(terminal)
                if terminal in (bad_text, end):
                    return
                if terminal == bad and self.source.text[start] == '"':
                    at = scene.line_end(start)
                    break
                if terminal != comment:
                    yield Token(terminal, start, at)

    def _raw_starts(self, blocks: list[Block]) -> frozenset[int]:
        """The terminals as they are read, words being names, that items of any of the blocks can begin with."""
        soft = self.stack.tables.soft
        every = frozenset().union(*(self.stack.item_starts(block.height) for block in blocks))
        return every | {holder for holder, words in enumerate(soft) if words and not every.isdisjoint(words.values())}

    def _block_for(self, scene: Scene, token: Token, blocks: list[Block], limits: list[int | None],
                   inside: bool) -> Block | None:
        """The block in which parsing can go on with this token as an item's first. `inside` brackets of an item,
        and in blocks further out, only a token counts that stands first on its line, no deeper than the item."""
        words = scene.tables.soft[token.terminal]
        keyword = words.get(scene.text_of(token), token.terminal) if words else token.terminal
        indent = scene.indent(token.start)
        if indent is None and not self._always_begins(token.terminal):
            return None
        for block, limit in zip(reversed(blocks), reversed(limits), strict=True):
            starts = self.stack.item_starts(block.height)
            if keyword not in starts and token.terminal not in starts:
                continue
            if block is blocks[-1] and not inside:
                return block
            if indent is not None and limit is not None and indent <= limit:
                return block
        return None

    def _may_close(self, scene: Scene, block: Block, token: Token) -> bool:
        """Whether a brace can be that block's own, going by the indentation: else it closes what could not be read."""
        indent = scene.indent(token.start)
        return block.opening is None or indent is None or indent <= scene.line_indent(block.opening)

    def _always_begins(self, terminal: int) -> bool:
        """Whether an item may begin with it in the middle of a line: a key, a goto, documentation."""
        tables = self.stack.tables
        return tables.terminals[terminal] in ("KEY", "DOC", "AT") or tables.texts[terminal] == "->"

    def _enter(self, blocks: list[Block], chosen: Block, token: Token) -> int:
        """Closes the blocks inside the chosen one, drops what is not finished in it, and goes on with the token."""
        stack = self.stack
        brace = Token(stack.tables.number("RBRACE"), token.start, token.start)
        for block in reversed(blocks):
            if block is chosen:
                break
            if not stack.accepts(brace.terminal):
                stack.cut(block.height)
            stack.feed(brace)
        row = stack.tables.actions[stack.states[chosen.height - 1]]
        terminal = resolve(stack.tables, row, token, self.source.text)
        name = stack.tables.terminals[terminal]
        if name == "NAME" or not stack.accepts(terminal) or self._brackets_open(blocks, chosen):
            stack.cut(chosen.height)
        return token.start

    def _brackets_open(self, blocks: list[Block], chosen: Block) -> bool:
        scene = self._scene(Token(0, self.stop, self.stop))
        return chosen is blocks[-1] and bool(scene.open_brackets(chosen.height))


def _count(word: str, brackets: list[str]) -> None:
    """Keeps the list of open brackets while tokens are skipped."""
    if word in tuple(OPENS):
        brackets.append(word)
    elif word in CLOSES.values():
        while brackets:
            if CLOSES[brackets.pop()] == word:
                return
