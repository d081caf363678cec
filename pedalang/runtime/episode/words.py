"""The words of a turn: which candidates are offered, how a generated reply is cleaned, and whether it shows what it
must. Nothing here asks an engine."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Collection, Iterable

from pedalang import plan
from pedalang.expression import nodes, values
from pedalang.expression.evaluate import Env, EvaluationError
from pedalang.expression.functions import FUNCTIONS
from pedalang.expression.values import Value
from pedalang.runtime.episode.seeds import Draws
from pedalang.runtime.episode.state import Setting, no_value

MAX_CANDIDATES = 4
"""How many candidates an engine is offered at a time: it reads the words of each, so each costs as if it were said."""
MAX_CHARACTERS_A_TOKEN = 16
"""More than tokens of any tokenizer have on average: a reply beyond that has broken its limit of tokens."""
_THOUGHT, _DONE = "<think>", "</think>"
MAX_REPLY = 100_000
"""Characters of a reply that are kept at all."""


def candidates(setting: Setting, role: plan.Role, say: Iterable[nodes.Expr], env: Env, place: str) -> list[str]:
    """What the patterns give here, each text once: a pattern gives a text, a list of texts, or nothing. A role of a
    plain layout keeps the space at their ends."""
    found: list[str] = []
    try:
        given = [setting.evaluate(pattern, env) for pattern in say]
    except EvaluationError as error:
        raise no_value(str(error), place) from None
    for value in given:
        for text in value if isinstance(value, tuple) else (value,):
            whole = text if type(text) is str else "" if text is None else values.to_text(text)
            words = whole.strip()
            kept = whole if words and role.layout == "plain" else words
            if kept and kept not in found:
                found.append(kept)
    return found


def offered(texts: list[str], said: Collection[str], draws: Callable[[], Draws]) -> tuple[list[str], bool]:
    """At most `MAX_CANDIDATES` of the texts, in their order, none that was said before; whether all had been said (and
    so all count again)."""
    fresh = [text for text in texts if text not in said]
    left = fresh or texts
    return left if len(left) <= MAX_CANDIDATES else draws().some(left, MAX_CANDIDATES), not fresh


def sound(text: str) -> str:
    """At most `MAX_REPLY` characters of a text from outside, without halves of characters, which no file can hold."""
    text = text[:MAX_REPLY]
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def cleaned(reply: str, flow: plan.Flow, role: plan.Role, limit: int) -> tuple[str, bool]:
    """A generated reply without what was only thought, without space at its ends and without a speaker's label before
    it (a role of a plain layout keeps both); whether it had to be cut to what `limit` tokens can hold."""
    text = spoken(reply)
    most = limit * MAX_CHARACTERS_A_TOKEN
    if role.layout == "plain":
        text = text if text.strip() else ""
        return text[:most], len(text) > most
    names = {*flow.cast, *(each.name for each in flow.cast.values())}
    text = _label(tuple(sorted(names))).sub("", text.strip(), count=1)
    if len(text) <= most:
        return text.strip(), False
    return text[:most].rsplit(None, 1)[0].strip(), True


def spoken(reply: str) -> str:
    """A reply without what stands between `<think>` and `</think>`. What is not closed was said."""
    if _THOUGHT not in reply:
        return reply
    found: list[str] = []
    at = 0
    while (begin := reply.find(_THOUGHT, at)) >= 0 and (end := reply.find(_DONE, begin)) >= 0:
        found.append(reply[at:begin])
        at = end + len(_DONE)
    return "".join(found) + reply[at:]


@functools.cache
def _label(names: tuple[str, ...]) -> re.Pattern[str]:
    any_name = "|".join(map(re.escape, names))
    return re.compile(rf"^[*_]*(?:{any_name})[*_]*\s*:[*_]*\s*", re.IGNORECASE)


def shows(text: str, value: Value, language: str = "") -> bool:
    """Whether words of a language show a value: a number as a number, whatever its form; a list all its items; else its
    text, whatever the capitals. Nothing need be shown of `none`."""
    if value is None:
        return True
    if isinstance(value, tuple):
        return all(shows(text, item, language) for item in value)
    if values.is_number(value):
        return FUNCTIONS["states_answer"].python(text, value, language)
    return FUNCTIONS["contains"].python(text, values.to_text(value))
