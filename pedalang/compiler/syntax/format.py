"""The house layout of a program. Only white space changes: tokens and comments stay as they are, and so does the tree.

Two spaces a level; one item a line, but a block that was written on one line stays there while it fits; a list is
broken one member a line where it was, where it ends with a comma, or where it does not fit; line breaks inside an
expression stay where they were. At most one blank line. What a text holds is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pedalang.compiler.syntax import layout
from pedalang.compiler.syntax.layout import Block, Group, Item, Part, Piece
from pedalang.diagnostic import Bug
from pedalang.source import Source

WIDTH = 120
"""Characters of a line, where its texts allow it."""

_STEP = 2
_TIGHT_BEFORE = ("COMMA", "COLON", "OPTIONAL", "DOT", "RANGE", "RPAR", "RSQB")
_TIGHT_AFTER = ("DOT", "RANGE", "AT", "LPAR", "LSQB")
_ENDS_OF_VALUES = ("NAME", "RPAR", "RSQB")
_OWN_LINES = ("DOC", "MODDOC", "COMMENT")


def format(source: Source) -> str | None:
    """The text of a program in the house layout; None where it is not a program. Raises `Bug` if that went wrong."""
    items = layout.read(source.text)
    if items is None:
        return None
    made = _printed(items)
    if layout.pieces(made) != layout.pieces(source.text):
        raise Bug(f"formatting {source.name} would change what it says")
    again = layout.read(made)
    if again is None or _printed(again) != made:
        raise Bug(f"formatting {source.name} twice would not be the same as once")
    return made


def _printed(items: list[Item]) -> str:
    writer = _Writer()
    writer.items(items, 0)
    text = "\n".join(writer.lines).strip("\n")
    return f"{text}\n" if text else ""


class _Writer:
    """Writes lines. The last of `lines` is the one being written, `margin` how far it is indented; `last` is the
    piece that was written last on it, and `flat` whether the last block went on one line."""

    def __init__(self) -> None:
        self.lines: list[str] = [""]
        self.margin = 0
        self.last: Piece | None = None
        self.flat = False

    def newline(self, margin: int, blank: bool = False) -> None:
        if self.lines[-1].strip():
            self.lines.append("")
        if blank:
            self.lines[-1] = ""
            self.lines.append("")
        self.lines[-1] = " " * margin
        self.margin, self.last = margin, None

    def put(self, piece: Piece) -> None:
        self.write(piece.text, piece, piece)

    def write(self, text: str, begins: Piece, ends: Piece) -> None:
        """Text that begins and ends like these pieces, with the space that belongs before it."""
        head, *more = (_space(self.last, begins) + text).split("\n")
        self.lines[-1] += head
        self.lines += more
        self.last = ends

    def note(self, piece: Piece | None) -> None:
        """A comment behind what is on the line."""
        if piece is not None:
            self.lines[-1] += f"  {piece.text}"

    def fits(self, begins: Piece, width: int) -> bool:
        return len(self.lines[-1]) + len(_space(self.last, begins)) + width <= WIDTH

    # ---------------------------------------------------------------- items and blocks

    def items(self, items: list[Item], margin: int) -> None:
        """Items, each on a line of its own."""
        for number, item in enumerate(items):
            self.newline(margin, blank=number > 0 and layout.first(item.parts[0]).breaks > 1)
            self.item(item.parts, margin)
            self.note(item.note)

    def item(self, parts: list[Part], margin: int) -> None:
        """An item; its documentation and decorators stand on lines before it."""
        at = 0
        while at < len(parts) and layout.first(parts[at]).kind in ("AT", *_OWN_LINES):
            length = _decorator_length(parts, at) if layout.first(parts[at]).kind == "AT" else 1
            self.parts(parts[at : at + length], margin, 0)
            at += length
            if at < len(parts):
                self.newline(margin)
        self.parts(parts[at:], margin, 0)

    def block(self, block: Block, rest: int) -> None:
        """A block: on one line if it was and fits, else its items on lines of their own."""
        line = _block_line(block)
        self.flat = line is not None and self.fits(block.opening, len(line) + rest)
        if self.flat and line is not None:
            self.write(line, block.opening, block.closing)
            return
        margin = self.margin
        self.put(block.opening)
        self.note(block.note)
        if block.items or block.note:
            self.items(block.items, margin + _STEP)
            self.newline(margin)
        self.lines[-1] += "}"
        self.last, self.flat = block.closing, False

    # ---------------------------------------------------------------- what an item is made of

    def parts(self, parts: list[Part], margin: int, rest: int) -> None:
        """Parts of an item, on one line but for breaks that were there; `rest` is what must still fit behind them."""
        for number, part in enumerate(parts):
            if number and self._breaks(part, parts[number - 1]):
                back = isinstance(parts[number - 1], Block)
                self.newline(margin if back else margin + _STEP)
            if isinstance(part, Group):
                self.group(part, _tail(part.closing, parts[number + 1 :], rest))
            elif isinstance(part, Block):
                self.block(part, _tail(part.closing, parts[number + 1 :], rest))
            elif part.kind == "COMMENT" and part.breaks == 0 and number:
                self.note(part)
            else:
                self.put(part)

    def _breaks(self, part: Part, before: Part) -> bool:
        """Whether a part begins a line: where it did, but for what clings to the part before."""
        if layout.first(before).kind in _OWN_LINES:
            return True
        if isinstance(before, Block) and not self.flat:
            return False
        clings = isinstance(part, Block) or layout.first(part).kind in _TIGHT_BEFORE
        return layout.first(part).breaks > 0 and not clings

    def group(self, group: Group, rest: int) -> None:
        """Brackets and what is between them: on one line, or each member on a line of its own."""
        line, ended = _line([group])
        if not _is_broken(group) and self.fits(group.opening, len(line) + (rest if ended else 0)):
            self.put(group.opening)
            self.parts([_unbroken(part) for part in group.parts], self.margin, rest + len(group.closing.text))
            self.write(group.closing.text, group.closing, group.closing)
            return
        margin = self.margin
        self.put(group.opening)
        for number, member in enumerate(_members(group.parts)):
            head = layout.first(member[0])
            if number == 0 and head.kind == "COMMENT" and head.breaks == 0:
                self.note(head)
                continue
            self.newline(margin + _STEP, blank=number > 0 and head.breaks > 1)
            self.parts(member, margin + _STEP, 0)
        self.newline(margin)
        self.put(group.closing)


# ---------------------------------------------------------------- spaces and widths


def _space(left: Piece | None, right: Piece) -> str:
    """What stands between two pieces on a line."""
    if left is None or left.is_sign:
        return ""
    if right.kind in _TIGHT_BEFORE:
        return " " if left.kind == "FROM" else ""
    if left.kind in _TIGHT_AFTER or (left.kind, right.kind) == ("LBRACE", "RBRACE"):
        return ""
    return "" if right.kind in ("LPAR", "LSQB") and left.kind in _ENDS_OF_VALUES else " "


def _line(parts: list[Part], last: Piece | None = None) -> tuple[str, bool]:
    """Parts on one line, and whether they end on it: up to the first break that cannot be avoided."""
    text = ""
    for part in parts:
        head = layout.first(part)
        if head.kind in _OWN_LINES:
            return text, False
        more, ended, ends = _one(part)
        text += _space(last, head) + more
        if not ended:
            return text, False
        last = ends
    return text, True


def _one(part: Part) -> tuple[str, bool, Piece]:
    """One part on a line, whether it ends there, and its last piece."""
    if isinstance(part, Piece):
        line, broken, _ = part.text.partition("\n")
        return line, not broken, part
    if isinstance(part, Block):
        line = _block_line(part) or ""
        return line or "{", bool(line), part.closing
    if _is_broken(part):
        return part.opening.text, False, part.closing
    inside, ended = _line([*part.parts, part.closing], part.opening)
    return part.opening.text + inside, ended, part.closing


def _tail(last: Piece, parts: list[Part], rest: int) -> int:
    """How much must fit on the line behind a bracket: what follows up to the next bracket or line break."""
    width = 0
    for part in parts:
        head = layout.first(part)
        if head.kind in _OWN_LINES or (head.breaks and head.kind not in (*_TIGHT_BEFORE, "LBRACE")):
            return width
        line, broken, _ = head.text.partition("\n")
        width += len(_space(last, head)) + len(line)
        if broken or not isinstance(part, Piece):
            return width
        last = head
    return width + rest


def _block_line(block: Block) -> str | None:
    """A block on one line; None if it was on several, or holds what needs more."""
    if block.note or any(piece.breaks or piece.kind in _OWN_LINES for piece in _within(block)):
        return None
    lines = [_line(item.parts) for item in block.items]
    if any(item.note for item in block.items) or not all(ended for _, ended in lines):
        return None
    return f"{{ {'  '.join(line for line, _ in lines)} }}" if lines else "{}"


def _within(block: Block) -> Iterator[Piece]:
    """What decides whether a block was on one line: the first pieces of all that is in it, and its brace."""
    for item in block.items:
        for part in item.parts:
            yield from _pieces(part)
    yield block.closing


def _pieces(part: Part) -> Iterator[Piece]:
    yield layout.first(part)
    if isinstance(part, Group):
        for inner in part.parts:
            yield from _pieces(inner)
        yield part.closing
    elif isinstance(part, Block):
        yield from _within(part)


# ---------------------------------------------------------------- brackets and decorators


def _is_broken(group: Group) -> bool:
    """Whether the members of a pair of brackets stand on lines of their own, whatever would fit."""
    if not group.parts:
        return False
    kinds = [layout.first(part).kind for part in group.parts]
    return layout.first(group.parts[0]).breaks > 0 or kinds[-1] == "COMMA" or "COMMENT" in kinds or "DOC" in kinds


def _members(parts: list[Part]) -> Iterator[list[Part]]:
    """What stands between the commas, each with its comma and the comment behind it; other comments for themselves."""
    member: list[Part] = []
    for number, part in enumerate(parts):
        own_line = layout.first(part).kind in _OWN_LINES and (layout.first(part).breaks > 0 or number == 0)
        if own_line and not member:
            yield [part]
            continue
        if own_line and all(layout.first(later).kind in _OWN_LINES for later in parts[number:]):
            yield member
            yield from ([later] for later in parts[number:])
            return
        member.append(part)
        following = layout.first(parts[number + 1]) if number + 1 < len(parts) else None
        noted = following is not None and following.kind == "COMMENT" and following.breaks == 0
        behind = isinstance(part, Piece) and part.kind == "COMMENT" and len(member) > 1 and _is_comma(member[-2])
        if (_is_comma(part) and not noted) or behind:
            yield member
            member = []
    if member:
        yield member


def _is_comma(part: Part) -> bool:
    return isinstance(part, Piece) and part.kind == "COMMA"


def _unbroken(part: Part) -> Part:
    """A part that no longer begins a line."""
    if isinstance(part, Piece):
        return replace(part, breaks=0)
    return replace(part, opening=replace(part.opening, breaks=0))


def _decorator_length(parts: list[Part], at: int) -> int:
    """How many parts `@name` or `@name(…)` has."""
    following = parts[at + 2] if at + 2 < len(parts) else None
    return 3 if isinstance(following, Group) and following.opening.kind == "LPAR" else 2
