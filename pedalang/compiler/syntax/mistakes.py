"""What a mistake was most likely meant to be: from the stack and the token that does not fit to a message.

Each function below looks for one kind of mistake and knows its code; the first that sees its own speaks. Unclosed
blocks and texts, and signs that the language does not have, are in `brackets.py` and `characters.py`.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

from pedalang.compiler.syntax import brackets, characters, habits, tree, wording
from pedalang.compiler.syntax.scene import Mistake, Scene
from pedalang.compiler.syntax.stack import MAX_DEPTH, Token
from pedalang.diagnostic import Fix, near, writing


def explain(scene: Scene) -> Mistake:
    """The mistake that the scene shows."""
    for look in _LOOKS:
        found = look(scene)
        if found is not None:
            return found
    return _unexpected(scene)


def _too_deep(scene: Scene) -> Mistake | None:
    start = scene.stack.too_deep
    if start is None:
        return None
    return Mistake("PED0108", scene.span(start, start + 1), f"nested more than {MAX_DEPTH} levels deep",
                   help="give parts of it a name with `let` or `def`")


def _edition(scene: Scene) -> Mistake | None:
    following = scene.after(scene.token.end)
    if scene.word != "pedalang" or scene.tables.terminals[following.terminal] != "NUMBER":
        return None
    return Mistake("PED0112", scene.token_span, "`pedalang` with the edition stands at the very beginning of a file",
                   help="move the line to the top, or leave it out", at=following.end)


def _late_import(scene: Scene) -> Mistake | None:
    if scene.word not in ("import", "from") or not scene.at_item or scene.blocks[-1].opening is not None:
        return None
    return Mistake("PED0112", scene.token_span, f"`{scene.word}` stands after a declaration",
                   help="move imports to the top of the file, before the first declaration")


def _loose_documentation(scene: Scene) -> Mistake | None:
    last = scene.stack.last
    if scene.tables.terminals[last.terminal] != "DOC" or scene.name not in ("RBRACE", "$END"):
        return None
    return Mistake("PED0114", scene.span(last.start, last.end), "this documentation stands before nothing",
                   help="write `//` for a comment, or move it above what it documents",
                   height=scene.blocks[-1].height if scene.blocks else None, at=scene.token.start)


def _next_line_taken(scene: Scene) -> Mistake | None:
    """Something is left out at the end of a line, so that the keyword which begins the next was taken for a name."""
    block = scene.blocks[-1] if scene.blocks else None
    if block is None:
        return None
    limit, starts, values = scene.indent(scene.item_start(block)), scene.stack.starts, scene.stack.values
    for place in range(len(starts) - 1, block.height, -1):
        begun = any(not isinstance(value, tuple) for value in values[block.height : place])
        if not begun or not isinstance(values[place], tree.Node):
            continue
        indent, word = scene.indent(starts[place]), scene.after(starts[place])
        keyword = (scene.tables.soft[word.terminal] or {}).get(scene.text_of(word), 0)
        if keyword in scene.stack.item_starts(block.height) and indent is not None and limit in (None, indent):
            before = scene.before(place, word)
            found = _missing(before) or _unexpected(before)
            return replace(found, feed=(), height=block.height, at=word.start)
    return None


def _colon_after_keyword(scene: Scene) -> Mistake | None:
    """`policy: rule {` for `policy rule {`."""
    for block in reversed(scene.blocks):
        for place in (block.height, block.height + 1):
            key = scene.key_before(place)
            if key is None:
                continue
            keyword = scene.tables.soft[scene.number("NAME")] or {}
            if key.text not in keyword:
                return None
            token = Token(keyword[key.text], key.start, key.end)
            between = scene.after(key.end + 1)
            tokens = [token] + ([between] if between.start < scene.token.start else [])
            if between.end <= scene.stack.last.end == tokens[-1].end and scene.fits(*tokens, scene.token, height=place):
                colon = scene.span(key.end, key.end + 1)
                return Mistake("PED0115", scene.span(key.start, key.end + 1), f"`{key.text}` takes no colon here",
                               fixes=writing("leave out the colon", colon, ""),
                               help=f"write `{key.text} {scene.text_of(between)}`",
                               height=place, feed=(token,), at=key.end + 1)
            return None
    return None


def _colon_after_name(scene: Scene) -> Mistake | None:
    """`flow lesson: {` for `flow lesson {`."""
    name = Token(scene.number("NAME"), scene.token.start, scene.token.end - 1)
    if scene.name != "KEY" or "NAME" not in scene.expected or not scene.fits(name, scene.after(scene.token.end)):
        return None
    return Mistake("PED0115", scene.token_span, f"`{scene.text_of(name)}` takes no colon here",
                   fixes=writing("leave out the colon", scene.span(name.end, name.end + 1), ""),
                   feed=(name,), at=scene.token.end)


def _unknown_word(scene: Scene) -> Mistake | None:
    """A word that is almost a keyword which would fit."""
    if scene.name != "NAME":
        return None
    keywords = scene.tables.soft[scene.token.terminal] or {}
    fitting = [word for word, terminal in keywords.items() if scene.tables.terminals[terminal] in scene.expected]
    meant = near(scene.word, fitting)
    if meant is None or (scene.word in scene.tables.homes and scene.at_item):
        return None
    token = Token(keywords[meant], scene.token.start, scene.token.end)
    following = scene.after(scene.token.end)
    second = scene.after(following.end)
    very_alike = SequenceMatcher(None, scene.word, meant).ratio() >= _VERY_ALIKE
    goes_on = scene.fits(token, following)
    if not (scene.fits(token, following, second) or very_alike) or (not goes_on and _missing_colon(scene)):
        return None
    return Mistake("PED0102", scene.token_span, f"unknown word `{scene.word}`", label=f"did you mean `{meant}`?",
                   fixes=writing(f"write `{meant}`", scene.token_span, meant),
                   feed=(token,), texts=(meant,), at=scene.token.end if goes_on else None)


def _unknown_word_before(scene: Scene) -> Mistake | None:
    """A word that was taken for a name, is almost a keyword, and as that keyword would go on: `nevr telling`."""
    stack, last = scene.stack, scene.stack.last
    if scene.tables.terminals[last.terminal] != "NAME":
        return None
    height = next((place for place, start in enumerate(stack.starts) if start == last.start and place
                   and stack.values[place] != ()), len(stack.starts))
    keywords = scene.tables.soft[last.terminal] or {}
    fitting = [word for word, terminal in keywords.items()
               if scene.fits(last._replace(terminal=terminal), scene.token, height=height)]
    meant = near(scene.text_of(last), fitting)
    if meant is None or meant == scene.text_of(last):
        return None
    where = scene.span(last.start, last.end)
    return Mistake("PED0102", where, f"unknown word `{where.text}`", label=f"did you mean `{meant}`?",
                   fixes=writing(f"write `{meant}`", where, meant), height=height,
                   feed=(last._replace(terminal=keywords[meant]),), texts=(meant,), at=scene.token.start)


def _missing_colon(scene: Scene) -> Mistake | None:
    """A name where `name:` is expected, and something after it that could be its value."""
    begins = not scene.at_item or scene.indent(scene.token.start) is not None or scene.after_brace
    if scene.name != "NAME" or "KEY" not in scene.expected or not begins:
        return None
    following, key = scene.after(scene.token.end), scene.as_if("KEY", scene.token)
    equals = scene.tables.terminals[following.terminal] == "EQUAL"
    value = scene.after(following.end) if equals else following
    more = scene.after(value.end)
    tokens = (key, value, more) if scene.same_line(value.end, more.start) else (key, value)
    if not scene.same_line(scene.token.end, value.start) or not scene.fits(*tokens):
        return None
    end = following.end if equals else scene.token.end
    seen = "a field is written with `:`, not with `=`" if equals else f"missing `:` after `{scene.word}`"
    here = scene.span(following.start, following.end) if equals else scene.token_span
    return Mistake("PED0106", here, seen, fixes=writing("write `:`", scene.span(scene.token.end, end), ":"),
                   help=f"write `{scene.word}: …`", feed=(Token(key.terminal, key.start, key.end + 1),),
                   texts=(scene.word,), at=end)


def _compared_with_equals(scene: Scene) -> Mistake | None:
    if scene.name != "EQUAL" or "CMP" not in scene.expected:
        return None
    if not scene.fits(scene.as_if("CMP", scene.token), scene.after(scene.token.end)):
        return None
    return Mistake("PED0113", scene.token_span, "`=` does not compare", label="write `==`",
                   fixes=writing("write `==`", scene.token_span, "=="),
                   feed=(scene.as_if("CMP", scene.token),), texts=("==",), at=scene.token.end)


def _misplaced(scene: Scene) -> Mistake | None:
    """A word that begins an item, but of another block."""
    if scene.name == "KEY" and scene.at_item:
        return Mistake("PED0111", scene.token_span, f"the field `{scene.word}` cannot stand here",
                       label=f"expected {wording.expected(scene)}")
    homes = scene.tables.homes.get(scene.word)
    if homes is None or not scene.at_item or scene.name != "NAME" or "NAME" in scene.expected:
        return None
    where = wording.homes(homes)
    return Mistake("PED0111", scene.token_span, f"`{scene.word}` cannot stand here", label=f"it belongs {where}")


def _quote_in_text(scene: Scene) -> Mistake | None:
    """`"He said "hi" to me"`."""
    last = scene.stack.last
    if scene.tables.terminals[last.terminal] != "STRING" or scene.token.start != last.end or scene.name != "NAME":
        return None
    return Mistake("PED0101", scene.token_span, f"unexpected `{scene.word}` directly after a text",
                   help='inside a text write `\\"` for a quotation mark')


def _missing_brace(scene: Scene) -> Mistake | None:
    """A block without its opening brace, or with another sign in its place. It is taken as read: its closing brace
    most likely is there."""
    if "LBRACE" not in scene.expected or scene.superfluous():
        return None
    following, second = scene.after(scene.token.end), scene.after(scene.after(scene.token.end).end)
    added, instead = scene.as_if("LBRACE"), scene.as_if("LBRACE", scene.token)
    if scene.opens_block(added) and scene.fits(added, scene.token, following):
        brace, at = added, scene.token.start
    elif scene.name != "KEY" and scene.opens_block(instead) and scene.fits(instead, following, second):
        brace, at = instead, scene.token.end
    else:
        return None
    where = scene.span(scene.stack.last.start, scene.stack.last.end)
    after = scene.span(where.end, where.end)
    return Mistake("PED0106", where, f"missing `{{` after {wording.shown(where.text)}",
                   fixes=writing("write `{`", after, " {") if brace is added else (),
                   help=wording.found_instead(scene), feed=(brace,), at=at)


def _missing(scene: Scene) -> Mistake | None:
    """The one thing that can stand here is not there."""
    only = wording.only_expected(scene)
    if only is None or (scene.superfluous() and scene.indent(scene.token.start) is None):
        return None
    last = scene.stack.last
    fixed = next(iter(scene.expected)) if len(scene.expected) == 1 else ""
    repaired = fixed in _INSERTED and scene.fits(scene.as_if(fixed), scene.token)
    where = scene.span(last.start, last.end) if last.end else scene.token_span
    return Mistake("PED0106", where, f"missing {only} after {wording.shown(scene.text_of(last))}",
                   help=wording.found_instead(scene), fixes=_inserted(scene, fixed) if repaired and last.end else (),
                   feed=(scene.as_if(fixed),) if repaired else (),
                   at=scene.token.start if repaired else None)


def _inserted(scene: Scene, terminal: str) -> tuple[Fix, ...]:
    """Writes the word or sign of a terminal behind what was read last."""
    text, end = scene.tables.texts[scene.number(terminal)] or "", scene.stack.last.end
    spaced = text if text in (",", ":") else f" {text}"
    return writing(f"write `{text}`", scene.span(end, end), spaced)


def _unexpected(scene: Scene) -> Mistake:
    middle = not scene.at_item or scene.indent(scene.token.start) is None
    skipped = middle and scene.superfluous()
    separates = scene.at_item and scene.name == "COMMA"
    return Mistake("PED0101", scene.token_span, f"unexpected {wording.token(scene)}",
                   label=f"expected {wording.expected(scene)}", at=scene.token.end if skipped else None,
                   help="nothing separates items: leave it out" if separates else "",
                   fixes=writing("leave it out", scene.token_span, "") if separates else ())


_VERY_ALIKE = 0.75
"""How like a keyword a word must be to be one, of 1, where what follows does not tell."""

_INSERTED = ("EQUAL", "COLON", "COMMA", "TILDE", "BY", "IN", "WHEN", "THEN")
"""What is taken as read where nothing else could stand; an opening bracket would need to be closed."""

_LOOKS = (
    _too_deep, habits.set_without_value, habits.block_text, characters.swallowed, brackets.unclosed_block,
    characters.bad, brackets.unclosed_at_end, brackets.unclosed_bracket, brackets.stray, _edition, _late_import,
    _loose_documentation, _next_line_taken,
    _colon_after_keyword, _colon_after_name, habits.colon_after_modifier, habits.bare_text, habits.several_after_must,
    habits.question, habits.word_of_another, habits.sign_of_another, habits.change_without_set, _compared_with_equals,
    _unknown_word, _unknown_word_before, habits.name_in_parts, _missing_brace, habits.untyped, _missing_colon,
    _misplaced, _quote_in_text, _missing,
)
