"""A chat model's tokens: its template around messages, and texts in which nothing is a control token.

What looks like a control word in a message's text is text: nothing that a person or a model writes can end its message
and begin another. Reads a folder as transformers writes it; nothing in it is run but the template, in Jinja's sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from pedalang.runtime.errors import EngineError
from pedalang.runtime.generation.words import Tokens

_PLACE = re.compile("\ue000([0-9]+)\ue001")
"""Where a message's text stands in a template: private characters around its number."""
TEXTS_KEPT, TEMPLATES_KEPT = 4096, 256


class Chat:
    """The tokenizer and the template of a folder. Raises `EngineError` PED1103 for one that has none."""

    def __init__(self, folder: Path) -> None:
        try:
            self._chat: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
            self.form: str = self._chat.backend_tokenizer.to_str()
            self._control = _backend(self.form)
            self._plain = _backend(self.form)
        except Exception as error:  # the libraries raise what they like for a file that is not as it should be
            raise EngineError("PED1103", f"the tokenizer in {folder} cannot be loaded: {str(error)[:200]}",
                              help="the folder needs a whole tokenizer.json") from None
        self._plain.encode_special_tokens = True
        self.tokens = lru_cache(TEXTS_KEPT)(self._tokens)
        self._template = lru_cache(TEMPLATES_KEPT)(self._parts)

    def ends(self, *also: Any) -> frozenset[int]:
        """The tokens that end a reply: the tokenizer's, and what a model's configurations say besides."""
        found = {self._chat.eos_token_id}
        for each in also:
            found |= set(each) if isinstance(each, list | tuple) else {each}
        return frozenset(token for token in found if isinstance(token, int))

    def prompt(self, messages: Sequence[tuple[str, str]]) -> Tokens:
        """The tokens of a chat prompt up to where the reply begins. Raises `EngineError` PED1110 where the template
        does not take these messages."""
        told = list(messages)
        if not told or told[0][0] != "system":
            told.insert(0, ("system", ""))  # templates put in words of their own where there is none
        tokens: list[int] = []
        for part in self._template(tuple(role for role, _ in told)):
            tokens += self.tokens(told[part][1]) if isinstance(part, int) else part
        return tuple(tokens)

    def text(self, tokens: Sequence[int]) -> str:
        return self._control.decode(list(tokens), skip_special_tokens=True)

    def _tokens(self, text: str) -> Tokens:
        sound = text.encode("utf-8", "replace").decode()
        return tuple(self._plain.encode(sound, add_special_tokens=False).ids)

    def _parts(self, roles: tuple[str, ...]) -> list[Tokens | int]:
        messages = [{"role": role, "content": f"\ue000{number}\ue001"} for number, role in enumerate(roles)]
        try:
            text = self._chat.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # a template may raise anything, and says so where it takes no system message
            raise _refused(str(error)) from None
        parts = _PLACE.split(text)
        if sorted(int(number) for number in parts[1::2]) != list(range(len(roles))):
            raise _refused("not each of them stands in it once")
        return [int(part) if place % 2 else tuple(self._control.encode(part, add_special_tokens=False).ids)
                for place, part in enumerate(parts)]


def _backend(form: str) -> Any:
    made = Tokenizer.from_str(form)
    made.no_padding()
    made.no_truncation()
    return made


def _refused(why: str) -> EngineError:
    return EngineError("PED1110", f"the model's chat template does not take these messages: {why[:200]}",
                       help="use a model that is made for chats, with system messages")
