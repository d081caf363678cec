"""Habits of other languages: a sign or word of Python, YAML or JavaScript that has another form here.

Each function looks for one habit, as those of `mistakes.py` do.
"""

from __future__ import annotations

import re

from pedalang.compiler.syntax.scene import Mistake, Scene
from pedalang.compiler.syntax.stack import Token
from pedalang.diagnostic import writing

_WORDS = {
    "if": "when", "unless": "when", "else": "otherwise", "default": "otherwise", "elif": "else if", "elsif": "else if",
    "const": "let", "var": "let", "class": "type", "struct": "type", "function": "def", "func": "def", "fn": "def",
    "goto": "->", "end": "final", "python": "code", "is": "==", "equals": "==", "llm": "judge",
}
"""What is written here for words of other languages."""
_SIGNS = {"=>": ("->", ">="), ":=": ("=",), "<>": ("!=",)}
_SENTENCE = re.compile(r"\w+:[ \t]+([^\W\d]\w*[ \t]+)$")
_SET = re.compile(r"\bset[ \t]+([\w.]+)\Z")
_OPENS_BLOCK = re.compile(r"([ \t]*)[^\W\d]\w*:[ \t]*([|>])[-+]?[ \t]*(?://.*)?")
_DEEPER = r"(?:\n[ \t]{{{},}}[^\n]*|\n[ \t]*(?=\n))*"
"""Lines that stand deeper than so many columns, and empty ones."""
_NAMES = re.compile(r"\b(?:type|enum|scale|let|def|move|moves|misconception|role|student|predicate|flow|contract|rubric"
                    r"|dataset|model|run|matrix|observe|phase|criterion|act|turn)[ \t]+[^\W\d]\w*\Z")
_REST = re.compile(r"(?:-\w+)+|[ \t]+\w+")
_PLAIN = re.compile(r"[\w ,.;!?'-]*[\w.!?]")


def colon_after_modifier(scene: Scene) -> Mistake | None:
    """`max: 6 turns {` for `max 6 turns {`."""
    if scene.name != "KEY":
        return None
    word = scene.text_of(scene.token)[:-1]
    keyword = (scene.tables.soft[scene.number("NAME")] or {}).get(word)
    if keyword is None:
        return None
    token, following = Token(keyword, scene.token.start, scene.token.end - 1), scene.after(scene.token.end)
    if not scene.fits(token, following):
        return None
    colon = scene.span(token.end, scene.token.end)
    return Mistake("PED0115", scene.token_span, f"`{word}` takes no colon here",
                   help=f"write `{word} {scene.text_of(following)}`",
                   fixes=writing("leave out the colon", colon, ""), feed=(token,), at=scene.token.end)


def word_of_another(scene: Scene) -> Mistake | None:
    """`goto done`, `elif`, `AND`: a word that has another form here, and would go on as that."""
    if scene.name != "NAME":
        return None
    meant = _WORDS.get(scene.word, scene.word.lower())
    tokens = [_as_text(scene, part, scene.token) for part in meant.split()]
    if meant == scene.word or None in tokens:
        return None
    feed = tuple(token for token in tokens if token is not None)
    if not scene.fits(*feed):
        return None
    return Mistake("PED0102", scene.token_span, f"`{scene.word}` cannot stand here", label=f"did you mean `{meant}`?",
                   fixes=writing(f"write `{meant}`", scene.token_span, meant), feed=feed, texts=tuple(meant.split()),
                   at=scene.token.end)


def sign_of_another(scene: Scene) -> Mistake | None:
    """`=>`, `:=`, `<>`."""
    start = scene.token.start - (scene.word == ">" and scene.source.text[scene.token.start - 1] == "<")
    sign = scene.source.text[start : start + 2]
    for meant in _SIGNS.get(sign, ()):
        token = _as_text(scene, meant, Token(0, start, start + 2))
        taken = start < scene.token.start  # its first half was read as a sign of its own
        if token is not None and (taken or scene.fits(token)):
            span = scene.span(start, start + 2)
            return Mistake("PED0113", span, f"`{sign}` is not an operator here", label=f"write `{meant}`",
                           fixes=writing(f"write `{meant}`", span, meant), feed=() if taken else (token,),
                           texts=(meant,), at=start + 2)
    return None


def change_without_set(scene: Scene) -> Mistake | None:
    """`tries += 1` for `set tries += 1`."""
    if scene.name != "NAME" or "SET" not in scene.expected:
        return None
    before, after = scene.as_if("SET"), scene.after(scene.token.end)
    twice = scene.source.text[after.start : after.start + 2] in ("++", "--")
    if not twice and not scene.fits(before, scene.token, after):
        return None
    sign = scene.source.text[after.start]
    start = scene.span(scene.token.start, scene.token.start)
    return Mistake("PED0106", scene.token_span, f"missing `set` before `{scene.word}`",
                   help=f"write `set {scene.word} {sign}= 1`" if twice else
                   f"write `set {scene.word} {scene.text_of(after)} …`",
                   fixes=() if twice else writing("write `set`", start, "set "),
                   feed=() if twice else (before,), at=None if twice else scene.token.start)


def set_without_value(scene: Scene) -> Mistake | None:
    """`set tries }`."""
    last = scene.stack.last
    before = _SET.search(scene.source.text, scene.line_start(last.start), last.end)
    if scene.name != "RBRACE" or "EQUAL" not in scene.expected or before is None:
        return None
    span = scene.span(*before.span(1))
    return Mistake("PED0106", span, f"missing value after `{span.text}`", help=f"write `set {span.text} = …`")


def untyped(scene: Scene) -> Mistake | None:
    """A parameter, or a variable of a state, without its type: `role Tutor(sum)`."""
    if scene.name != "NAME" or "KEY" not in scene.expected or "NAME" in scene.expected:
        return None
    key, following = scene.as_if("KEY", scene.token), scene.after(scene.token.end)
    type_follows = scene.fits(key, scene.token) and not scene.fits(key, scene.as_if("NUMBER"))
    if not type_follows or not scene.fits(key, scene.token, following) or scene.tables.terminals[
            following.terminal] == "NAME":
        return None
    return Mistake("PED0106", scene.token_span, f"`{scene.word}` has no type", help=f"write for example "
                   f"`{scene.word}: Int`", feed=(Token(key.terminal, key.start, key.end + 1), scene.token),
                   texts=(scene.word, "Any"), at=scene.token.end)


def bare_text(scene: Scene) -> Mistake | None:
    """`voice: You are patient.` for `voice: "You are patient."`."""
    start = scene.line_start(scene.token.start)
    before = _SENTENCE.search(scene.source.text, start, scene.token.start)
    line = scene.source.text[scene.token.start : scene.line_end(scene.token.start)]
    rest = _PLAIN.fullmatch(line.partition("//")[0].rstrip())
    last = scene.stack.last
    if scene.name != "NAME" or before is None or rest is None or last.start != before.start(1):
        return None
    span = scene.span(last.start, scene.token.start + rest.end())
    height = next((place for place, at in enumerate(scene.stack.starts) if at == last.start and place
                   and scene.stack.values[place] != ()), len(scene.stack.starts))
    text, token = f'"{span.text}"', Token(scene.number("STRING"), span.start, span.end)
    if not scene.fits(token, height=height):
        return None
    return Mistake("PED0110", span, "a text stands between straight double quotation marks", label=f"write {text}",
                   fixes=writing("write double quotation marks", span, text), height=height,
                   feed=(token,), texts=(text,), at=span.end)


def block_text(scene: Scene) -> Mistake | None:
    """A text of several lines as YAML has it, behind `voice: |`."""
    start = scene.line_start(scene.token.start)
    key = _OPENS_BLOCK.fullmatch(scene.source.text, start, scene.line_end(start))
    if key is None or scene.token.start != key.start(2):
        return None
    below = re.compile(_DEEPER.format(len(key[1]) + 1)).match(scene.source.text, scene.line_end(start), scene.stop)
    end = below.end() if below else scene.token.end
    token = Token(scene.number("STRING"), scene.token.start, end)
    return Mistake("PED0110", scene.token_span, "a text stands between quotation marks",
                   help='a text of several lines stands between `"""` and `"""`',
                   feed=(token,) if scene.fits(token) else (), texts=('""',), at=end)


def question(scene: Scene) -> Mistake | None:
    """`x ? a : b` for `if x then a else b`."""
    if scene.word != "?" or "PLUS" not in scene.expected:
        return None
    return Mistake("PED0113", scene.token_span, "`?` is not an operator here",
                   label="write `if … then … else …`")


def name_in_parts(scene: Scene) -> Mistake | None:
    """`phase work-1` or `phase first work`: a name is one word."""
    last, following = scene.stack.last, scene.after(scene.token.end)
    start = scene.line_start(last.start)
    if not _NAMES.search(scene.source.text, start, last.end) or not scene.same_line(last.end, scene.token.end):
        return None
    rest = _REST.match(scene.source.text, last.end)
    if rest is None or scene.token.end > rest.end() or scene.name not in ("NAME", "MINUS"):
        return None
    if scene.name == "NAME" and not scene.fits(following):
        return None
    span = scene.span(last.start, rest.end() if scene.name == "MINUS" else scene.token.end)
    return Mistake("PED0101", span, "a name is one word", help=f"write `{re.sub('[- ]+', '_', span.text)}`",
                   at=span.end)


def several_after_must(scene: Scene) -> Mistake | None:
    """`must { ask }`: one move is what must be made."""
    if scene.name != "LBRACE" or scene.text_of(scene.stack.last) != "must":
        return None
    first = close = scene.after(scene.token.end)
    while scene.tables.terminals[close.terminal] in ("NAME", "COMMA"):
        close = scene.after(close.end)
    if not scene.fits(first) or scene.tables.terminals[close.terminal] != "RBRACE":
        return None
    return Mistake("PED0101", scene.span(scene.token.start, close.end), "behind `must` stands one move",
                   help=f"write `must {scene.text_of(first)}`; of several, one may be chosen: `may {{ … }}`",
                   feed=(first,), at=close.end)


def _as_text(scene: Scene, text: str, token: Token) -> Token | None:
    """The token taken for a keyword or sign; None where there is none of this text."""
    keyword = (scene.tables.soft[scene.number("NAME")] or {}).get(text)
    if keyword is None and text in ("==", "!=", ">="):
        keyword = scene.number("CMP")
    if keyword is None and text in scene.tables.texts:
        keyword = scene.tables.texts.index(text)
    return token._replace(terminal=keyword) if keyword is not None else None
