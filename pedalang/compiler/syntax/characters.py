"""Signs that the language does not have, and texts that are not closed."""

from __future__ import annotations

import re
import unicodedata

from pedalang.compiler.syntax.scene import Mistake, Scene
from pedalang.compiler.syntax.stack import Token
from pedalang.diagnostic import writing

_QUOTES = "'‘’‚“”„«»`"
_FOREIGN = {"&&": ("AND", "and"), "||": ("OR", "or"), "!": ("NOT", "not"), "&": ("AND", "and"), "|": ("OR", "or")}
_QUOTE = re.compile(f"[{_QUOTES}]")
_CLOSED = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_UNKNOWN_ESCAPE = re.compile(r"\\[^\"nt{}]")
_UNKNOWN = re.compile(r"[^\w\s\"'#()\[\]{},.:=<>+\-*/%?@~]+")
_ITEM_LINE = re.compile(r"[ \t]*(?:[^\W\d]\w*:|\}|///|->|[^\W\d]\w*(?=[ \t]+[^\W\d]))")


def bad(scene: Scene) -> Mistake | None:
    """A sign that begins nothing in the language."""
    text, start = scene.source.text, scene.token.start
    if scene.name == "BAD_TEXT":
        return _unclosed_block_text(scene)
    if scene.name != "BAD":
        return None
    if text[start] == '"':
        return _unclosed_text(scene)
    if text[start] in _QUOTES:
        return _other_quotes(scene)
    for sign, (terminal, word) in _FOREIGN.items():
        token = Token(scene.number(terminal), start, start + len(sign))
        if text.startswith(sign, start) and scene.fits(token):
            return Mistake("PED0113", scene.span(start, token.end), f"`{sign}` is not an operator here",
                           label=f"write `{word}`", feed=(token,), at=token.end,
                           fixes=writing(f"write `{word}`", scene.span(start, token.end), word))
    return _unknown_character(scene)


def _unknown_character(scene: Scene) -> Mistake:
    text, start = scene.source.text, scene.token.start
    run = _UNKNOWN.match(text, start, scene.stop)
    end = max(start + 1, run.end() if run else 0)
    sign = text[start]
    helps = {";": "nothing separates items: leave it out", "#": "comments begin with `//`"}
    help_text = helps.get(sign, "")
    if sign == "\ufffd" or sign == "\0":
        help_text = "the file may hold something else than text, or text in another encoding than UTF-8"
    separates = sign == ";" and scene.at_item and scene.superfluous()
    return Mistake("PED0105", scene.span(start, end), f"unexpected character {_called(sign)}", help=help_text, at=end,
                   fixes=writing("leave it out", scene.span(start, start + 1), "") if separates else ())


def _called(sign: str) -> str:
    """A character as a message shows it: by its name where it cannot be seen."""
    name = unicodedata.name(sign, f"U+{ord(sign):04X}")
    if sign.isprintable() and not sign.isspace() and unicodedata.combining(sign) == 0:
        return f"`{sign}`" if sign.isascii() else f"`{sign}` ({name.lower()})"
    return f"U+{ord(sign):04X} ({name.lower()})"


def _other_quotes(scene: Scene) -> Mistake:
    """A text between quotation marks of another kind."""
    text, start = scene.source.text, scene.token.start
    found = _QUOTE.search(text, start + 1, scene.line_end(start))
    if found is None:
        return Mistake("PED0110", scene.token_span, f"unexpected quotation mark {_called(text[start])}",
                       help='texts stand between straight double quotation marks: "…"', at=scene.token.end)
    closing = found.start()
    inside = text[start + 1 : closing].replace("\\", "").replace('"', '\\"')
    token = Token(scene.number("STRING"), start, closing + 1)
    span = scene.span(start, closing + 1)
    fits = scene.fits(token)
    return Mistake("PED0110", span, "a text stands between straight double quotation marks",
                   label=f'write "{inside}"' if len(inside) < 40 else "",
                   fixes=writing("write double quotation marks", span, f'"{inside}"'),
                   feed=(token,) if fits else (), texts=(f'"{inside}"',), at=closing + 1)


def _unclosed_text(scene: Scene) -> Mistake:
    """A `"` without another on its line."""
    start, end = scene.token.start, scene.line_end(scene.token.start)
    closed = _CLOSED.match(scene.source.text, start, end)
    if closed:
        return _bad_inside(scene, closed)
    written = scene.source.text[start:end].rstrip()
    token = Token(scene.number("STRING"), start, start + len(written))
    fits = scene.fits(token)
    return Mistake("PED0104", scene.token_span, "this text is not closed on its line", label="opened here",
                   help='close it with `"`; a text of several lines stands between `"""` and `"""`',
                   feed=(token,) if fits else (), texts=(written.rstrip("\\") + '"',), at=end if fits else None)


def _bad_inside(scene: Scene, closed: re.Match[str]) -> Mistake:
    """A text that is closed on its line, but holds what no text can."""
    start, text = scene.token.start, closed[0]
    token = Token(scene.number("STRING"), start, closed.end())
    feed = (token,) if scene.fits(token) else ()
    escape = _UNKNOWN_ESCAPE.search(text.replace("\\\\", "\0\0"))
    if escape:
        place = start + escape.start()
        return Mistake("PED0119", scene.span(place, place + 2), f"unknown escape `{escape[0]}` in a text",
                       help='write `\\\\` for a backslash; between `"""` and `"""` backslashes stay as they are',
                       fixes=writing("write `\\\\`", scene.span(place, place + 1), "\\\\"), feed=feed, texts=('""',),
                       at=token.end if feed else None)
    place = start + max(0, text.find("{{"))
    return Mistake("PED0117", scene.span(place, place + 2), "this `{{` is not closed in its text",
                   help="write `}}` where the interpolation ends, or `\\{{` for braces that are shown",
                   feed=feed, texts=('""',), at=token.end if feed else None)


def _unclosed_block_text(scene: Scene) -> Mistake:
    """A text block without an end: it is taken to end where the text stands further left again."""
    start = scene.token.start
    end = _falls_out(scene, start, scene.stop)
    token = Token(scene.number("TEXT"), start, scene.stop if end is None else end)
    fits = scene.fits(token)
    written = scene.source.text[start : token.end].rstrip().rstrip('"')
    return _never_closed(scene, start, (token,) if fits else (), (written + '"""',), token.end)


def _never_closed(scene: Scene, start: int, feed: tuple[Token, ...], texts: tuple[str, ...], at: int) -> Mistake:
    marks = '#"""' if scene.source.text[start] == "#" else '"""'
    closing = marks[::-1]
    return Mistake("PED0104", scene.span(start, start + len(marks)), "this text is never closed", label="opened here",
                   help=f"write `{closing}` where it ends", feed=feed, texts=texts, at=at)


def swallowed(scene: Scene) -> Mistake | None:
    """A text block that runs on to the marks of the next, since its own are missing."""
    for token in (scene.stack.last, scene.token):
        if scene.tables.terminals[token.terminal] in ("TEXT", "RAWTEXT"):
            outside = _falls_out(scene, token.start, token.end)
            if outside is not None:
                return _never_closed(scene, token.start, (), (), outside)
    return None


def _falls_out(scene: Scene, start: int, stop: int) -> int | None:
    """The first line of a text that looks like an item and stands no deeper than the line that opens the text."""
    limit, text = scene.line_indent(start), scene.source.text
    at = text.find("\n", start, stop)
    while 0 <= at < stop:
        line = at + 1
        at = text.find("\n", line, stop)
        end = stop if at < 0 else at
        found = _ITEM_LINE.match(text, line, end)
        if found and text[line:end].lstrip()[:3] != '"""':
            indent = len(text[line:end]) - len(text[line:end].lstrip())
            if indent <= limit:
                return line
    return None
