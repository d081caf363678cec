"""Blocks and brackets that are not closed, closed too often, or closed by another sign."""

from __future__ import annotations

from itertools import pairwise

from pedalang.compiler.syntax.scene import CLOSES, Block, Mistake, Scene, resolve
from pedalang.diagnostic import Label, writing

_LOOK_BACK = 100_000
"""Characters: how much text is searched for the brace that is most likely the unclosed one."""

_TERMINAL = {")": "RPAR", "]": "RSQB", "}": "RBRACE"}


def unclosed_block(scene: Scene) -> Mistake | None:
    """An item that is indented no deeper than the line whose brace it would stand in."""
    for outer, block in pairwise(scene.blocks):
        for start in (scene.item_start(block), scene.token.start):
            if block.opening is not None and _falls_out(scene, block.opening, start):
                token = scene.after(start)
                row = scene.tables.actions[scene.stack.states[outer.height - 1]]
                terminal = resolve(scene.tables, row, token, scene.source.text)
                if scene.stack.accepts(terminal, outer.height):
                    return _unclosed(scene, block.opening, start, outer, start)
    return None


def _falls_out(scene: Scene, opening: int, start: int) -> bool:
    """Whether what begins at `start` stands outside the block that opens there, going by the indentation."""
    limit, usual = scene.line_indent(opening), scene.next_indent(opening)
    indent = scene.indent(start)
    return indent is not None and indent <= limit < usual and not scene.same_line(opening, start)


def unclosed_at_end(scene: Scene) -> Mistake | None:
    """The text ends inside a block or a bracket."""
    if scene.name != "$END":
        return None
    open_now = [block.opening for block in scene.blocks if block.opening is not None]
    inner = scene.open_brackets(scene.blocks[-1].height if scene.blocks else 0)
    if open_now:
        return _unclosed(scene, open_now[0], scene.token.start, scene.blocks[0], scene.token.start)
    if inner:
        sign = scene.source.text[inner[-1]]
        return Mistake("PED0103", scene.span(inner[-1], inner[-1] + 1), f"this `{sign}` is never closed",
                       help=f"write `{CLOSES[sign]}` where it ends")
    return None


def _unclosed(scene: Scene, opening: int, end: int, into: Block, at: int) -> Mistake:
    text = scene.source.text
    suspect = _suspect(scene, opening, end)
    also = () if suspect is not None else _inner_labels(scene, opening)
    place = opening if suspect is None else suspect
    following = scene.after(at)
    before = "the end of the file" if following.start >= scene.stop else f"`{text[at:following.end]}`"
    return Mistake("PED0103", scene.span(place, place + 1), "this block is never closed", also=also,
                   help=f"write `}}` where it ends, before {before}", into=into, at=at)


def _inner_labels(scene: Scene, opening: int) -> tuple[Label, ...]:
    """Other blocks that are open inside the one that opens there."""
    inner = [b.opening for b in scene.blocks if b.opening is not None and b.opening > opening]
    return tuple(Label(scene.span(at, at + 1), "nor is this one") for at in inner)


def _suspect(scene: Scene, opening: int, end: int) -> int | None:
    """The innermost brace after `opening` whose closing brace is indented less than its own line."""
    if end - opening > _LOOK_BACK:
        return None
    found: list[int] = []
    token = scene.after(opening + 1)
    while token.start < end and scene.tables.terminals[token.terminal] != "$END":
        sign = scene.source.text[token.start]
        if sign == "{":
            found.append(token.start)
        elif sign == "}" and found:
            brace, indent = found.pop(), scene.indent(token.start)
            if indent is not None and indent < scene.line_indent(brace) and not scene.same_line(brace, token.start):
                return brace
        token = scene.after(token.end)
    return None


def unclosed_bracket(scene: Scene) -> Mistake | None:
    """A bracket that is still open where the next item begins, or where something else is closed."""
    if not scene.blocks:
        return None
    block = scene.blocks[-1]
    inner = scene.open_brackets(block.height)
    if not inner or (scene.name not in ("RBRACE", "RPAR", "RSQB") and not _next_item(scene, block)):
        return None
    sign = scene.source.text[inner[-1]]
    if scene.word == CLOSES[sign]:
        return None
    closing = scene.as_if(_TERMINAL[CLOSES[sign]])
    where = scene.span(inner[-1], inner[-1] + 1)
    if scene.name in ("RPAR", "RSQB"):
        instead = scene.as_if(_TERMINAL[CLOSES[sign]], scene.token)
        fits = scene.fits(instead, scene.after(scene.token.end))
        return Mistake("PED0109", scene.token_span, f"`{scene.word}` cannot close `{sign}`",
                       label=f"expected `{CLOSES[sign]}`", also=(Label(where, "opened here"),),
                       fixes=writing(f"write `{CLOSES[sign]}`", scene.token_span, CLOSES[sign]),
                       feed=(instead,) if fits else (), at=scene.token.end if fits else None)
    fits, end = scene.fits(closing, scene.token), scene.stack.last.end
    certain = fits and sign == "[" and scene.same_line(inner[-1], end)  # a `(` may be meant to end earlier
    return Mistake("PED0103", where, f"this `{sign}` is never closed", help=f"write `{CLOSES[sign]}` where it ends",
                   fixes=writing(f"write `{CLOSES[sign]}`", scene.span(end, end), CLOSES[sign]) if certain else (),
                   feed=(closing,) if fits else (), at=scene.token.start if fits else None)


def _next_item(scene: Scene, block: Block) -> bool:
    """Whether the token stands first on its line and an item of the block could begin with it."""
    indent, usual = scene.indent(scene.token.start), scene.indent(scene.item_start(block))
    row = scene.tables.actions[scene.stack.states[block.height - 1]]
    terminal = resolve(scene.tables, row, scene.token, scene.source.text)
    return indent is not None and usual is not None and indent <= usual and scene.stack.accepts(terminal, block.height)


def stray(scene: Scene) -> Mistake | None:
    """A closing bracket where nothing is open that it could close."""
    if scene.word not in CLOSES.values():
        return None
    height = scene.blocks[-1].height if scene.blocks else 0
    opened = [scene.source.text[at] for at in scene.open_brackets(height)]
    closes_block = scene.word == "}" and scene.blocks and scene.blocks[-1].opening is not None
    if closes_block or scene.word in [CLOSES[sign] for sign in opened]:
        return None
    skipped = scene.superfluous() or not scene.blocks
    return Mistake("PED0109", scene.token_span, f"nothing is open that this `{scene.word}` could close",
                   help="leave it out, or look for a bracket that is closed too early",
                   fixes=writing("leave it out", scene.token_span, "") if skipped else (),
                   at=scene.token.end if skipped else None)


