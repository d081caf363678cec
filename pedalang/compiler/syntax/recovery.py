"""Where parsing goes on after a mistake: after a small repair where one is sure, else at the next item.

What an item is, and so where one can begin, stands in the tables; indentation decides only between places that the
grammar allows.
"""

from __future__ import annotations

from pedalang.compiler.syntax import mistakes, tree
from pedalang.compiler.syntax.scene import CLOSES, OPENS, Block, Mistake, Scene, read, resolve
from pedalang.compiler.syntax.stack import Stack, Token
from pedalang.diagnostic import Report
from pedalang.source import Source

MAX_MISTAKES = 50
"""After so many mistakes in one text, parsing ends with a note."""

_NEVER_SPLIT = ("KEY", "TEXT", "RAWTEXT", "BAD_TEXT", "BAD", "$END")


class Recovery:
    """Goes on after the mistakes of one text. Counts them, and sees to it that each one takes the parser on."""

    def __init__(self, source: Source, stack: Stack, stop: int, report: Report) -> None:
        self.source, self.stack, self.stop, self.report = source, stack, stop, report
        self.found = 0
        self._resumed: set[tuple[int, int]] = set()

    def resume(self, token: Token) -> int | None:
        """Reports the mistake that a token makes and prepares the stack; where to read on, or None to end."""
        stack = self.stack
        token = read(stack.tables, stack.text, token.start, self.stop)
        again = self._reread(token)
        if again is not None:
            return again
        scene = Scene(self.source, stack, token, self.stop)
        mistake = mistakes.explain(scene)
        stack.too_deep = None
        self.found += 1
        if self.found > MAX_MISTAKES:
            self.report.note("PED0116", scene.token_span, f"more than {MAX_MISTAKES} mistakes: the rest is not read",
                             help="mend some of those above and check again")
            return None
        self.report.error(mistake.code, mistake.span, mistake.message, label=mistake.label, help=mistake.help,
                          also=mistake.also, fix=mistake.fix)
        if not scene.blocks:
            return None
        if not self._repair(scene, mistake) or mistake.at is None:
            return self._go_on(scene, token)
        following = read(stack.tables, stack.text, mistake.at, self.stop)
        fits = Scene(self.source, stack, following, self.stop).fits(following)
        return mistake.at if fits else self._go_on(scene, following)

    def _reread(self, token: Token) -> int | None:
        """Reads a token as what its state expects: `2 turns` as a number, `<-` as a sign; documentation where
        nothing can be documented is a comment."""
        stack, tables = self.stack, self.stack.tables
        name = tables.terminals[token.terminal]
        if stack.too_deep or name in _NEVER_SPLIT:
            return None
        if name in ("DOC", "MODDOC"):
            return token.end
        if stack.accepts(token.terminal):
            stack.feed(token)
            return token.end
        for terminal, regex in tables.regexes.items():
            found = regex.match(stack.text, token.start, self.stop)
            if found and found.end() < token.end:
                part = Token(terminal, token.start, found.end())
                part = part._replace(terminal=resolve(tables, tables.actions[stack.states[-1]], part, stack.text))
                if stack.accepts(part.terminal):
                    stack.feed(part)
                    return part.end
        return None

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
        scene = Scene(self.source, self.stack, token, self.stop)
        blocks = scene.blocks
        limits = [self._item_indent(scene, block) for block in blocks]
        brackets = [self.source.text[at] for at in scene.open_brackets(blocks[-1].height)]
        skipped = len(self.stack.states) == blocks[-1].height
        while True:
            word = self.source.text[token.start : token.end]
            closes = word == "}" and "{" not in brackets and self._may_close(scene, blocks[-1], token)
            chosen = self._block_for(scene, token, blocks, limits, closes, bool(brackets))
            if chosen is not None and (not skipped or token != scene.token or chosen is not blocks[-1]):
                return self._enter(blocks, chosen, token)
            if closes and blocks[-1].opening is None:
                brackets.clear()
            _count(word, brackets)
            if scene.tables.terminals[token.terminal] == "$END":
                self.stack.cut(blocks[-1].height)
                return token.start
            token = read(scene.tables, self.source.text, token.end, self.stop)

    def _block_for(self, scene: Scene, token: Token, blocks: list[Block], limits: list[int | None], closes: bool,
                   inside: bool) -> Block | None:
        """The block in which parsing can go on with this token."""
        stack = self.stack
        indent = scene.indent(token.start)
        innermost = blocks[-1]
        if closes and innermost.opening is not None and stack.accepts(token.terminal, innermost.height):
            return innermost
        for block, limit in zip(reversed(blocks), reversed(limits), strict=True):
            row = stack.tables.actions[stack.states[block.height - 1]]
            terminal = resolve(stack.tables, row, token, self.source.text)
            if not self._begins_item(terminal) or not stack.accepts(terminal, block.height):
                continue
            if block is innermost and not inside and (indent is not None or self._always_begins(terminal)):
                return block
            if indent is not None and limit is not None and indent <= limit:
                return block
        return None

    def _may_close(self, scene: Scene, block: Block, token: Token) -> bool:
        """Whether a brace can be that block's own, going by the indentation: else it closes what could not be read."""
        indent = scene.indent(token.start)
        return block.opening is None or indent is None or indent <= scene.line_indent(block.opening)

    def _begins_item(self, terminal: int) -> bool:
        return self.stack.tables.terminals[terminal] not in ("$END", "RBRACE")

    def _always_begins(self, terminal: int) -> bool:
        """Whether an item may begin with it in the middle of a line: a key, a goto, documentation."""
        tables = self.stack.tables
        return tables.terminals[terminal] in ("KEY", "DOC", "AT") or tables.texts[terminal] == "->"

    def _item_indent(self, scene: Scene, block: Block) -> int | None:
        """How far the items of a block are indented, where that can be told from the one being read."""
        return scene.indent(scene.item_start(block))

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
        scene = Scene(self.source, self.stack, Token(0, self.stop, self.stop), self.stop)
        return chosen is blocks[-1] and bool(scene.open_brackets(chosen.height))


def _count(word: str, brackets: list[str]) -> None:
    """Keeps the list of open brackets while tokens are skipped."""
    if word in tuple(OPENS):
        brackets.append(word)
    elif word in CLOSES.values():
        while brackets:
            if CLOSES[brackets.pop()] == word:
                return
