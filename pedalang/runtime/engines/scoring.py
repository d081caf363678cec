"""How llama.cpp is asked for words, and for the probability of words that are offered.

A choice's score is the mean log-probability of its own tokens after the prompt. It is cut into tokens as the model
would cut it, and each token is forced by a bias of the sampler, in a request for one token, whose log-probability is
reported as it was before the bias. What the choices have in common at their beginning is computed once; where they
part, one request lists the most probable tokens, and only those that it lacks are asked for. A grammar would force them
too, but takes 5 ms more a token to go through the vocabulary, and a grammar of letters lets the model cut words in ways
in which it never writes them, which distorts the scores. Figures: docs/benchmarks/engines.md.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.engines.places import Place, Tokens
from pedalang.runtime.errors import EngineError

LISTED = 100
"""Tokens listed where choices part."""
LISTED_FOR_HALVES = (2_000, 16_000, 1 << 20)
"""Nothing is reported with a token that is half a character, so it is looked for in longer and longer lists beside a
whole one; the last is longer than any vocabulary."""
WHOLE = "."
"""A token that is a whole character in every vocabulary."""
FORCED = 1e6
"""Bias of a token that must come."""
FLOOR = -100.0
"""The least log-probability of a token: of those that the model rules out, the logarithm is no number."""
DIGITS = 3
"""Decimals of a score. Choices whose scores are alike to so many are alike, and the first of them is taken."""


class Model(Protocol):
    """llama.cpp, as it is asked here. Both raise `EngineError`."""

    def complete(self, body: dict[str, Any]) -> dict[str, Any]: ...

    def tokens(self, text: str) -> Tokens: ...


class Asking:
    """One request in its place. `computed` counts the tokens of its prompt that were read anew."""

    def __init__(self, model: Model, prompt: Tokens, place: Place, given_up: threading.Event) -> None:
        self._model, self._prompt, self._place, self._given_up = model, prompt, place, given_up
        self._computed = place.computed

    def said(self, request: Request) -> Reply:
        """Generated words. Raises `EngineError`: PED1106 where a form is not kept."""
        body = {"max_tokens": request.max_tokens, "temperature": request.temperature,
                "seed": request.seed % 0xFFFF_FFFF, "stop": list(request.stop)}
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.schema is not None:
            body["json_schema"] = request.schema
        elif request.grammar:
            body["grammar"] = request.grammar
        answer = self._complete(self._prompt, body)
        try:
            choice, used = answer["choices"][0], answer["usage"]
            text, finish, count = str(choice["text"]), str(choice["finish_reason"]), int(used["completion_tokens"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise malformed(answer) from None
        if (request.schema is not None or request.grammar) and finish == "length":
            raise EngineError("PED1106", f"the reply has a form to keep, and was cut after {request.max_tokens} tokens",
                              help="allow more tokens, or ask for less")
        return Reply(text, tokens_in=len(self._prompt), tokens_out=count, computed=self._computed,
                     finish="length" if finish == "length" else "stop")

    def chosen(self, request: Request) -> Reply:
        """The likeliest choice, with all scores. Raises `EngineError`: PED1110 for an empty one."""
        words = [self._model.tokens(choice) for choice in request.choices]
        if not all(words):
            raise EngineError("PED1110", f"choice {words.index(())} of {len(words)} is empty",
                              help="only words have a probability: leave the choice out")
        known = self._walked(words)
        totals = [sum(known[word[:end]] for end in range(1, len(word) + 1)) for word in words]
        scores = [round(total / len(word), DIGITS) for total, word in zip(totals, words, strict=True)]
        picked = scores.index(max(scores))
        return Reply(request.choices[picked], picked, tuple(scores), tuple(round(total, DIGITS) for total in totals),
                     len(self._prompt), len(words[picked]), computed=self._computed)

    def _walked(self, words: Sequence[Tokens]) -> dict[Tokens, float]:
        """The log-probability of the last token of each beginning of a word, after the prompt and the rest of it. In
        the words' order as tokens, so that each request goes on where the one before stopped."""
        known: dict[Tokens, float] = {}
        for word in sorted(set(words)):
            for end in range(len(word)):
                if word[: end + 1] in known:
                    continue
                if self._given_up.is_set():
                    raise EngineError("PED1104", "the request was given up")
                rivals = {other[end] for other in words if len(other) > end and other[:end] == word[:end]}
                after = self._next(self._prompt + word[:end], word[end], rivals)
                known |= {(*word[:end], token): value for token, value in after.items()}
        return known

    def _next(self, before: Tokens, token: int, rivals: set[int]) -> dict[int, float]:
        """The log-probability of a token after others, and of those of its rivals that were listed with it."""
        listed = self._listed(before, token, LISTED if len(rivals) > 1 else 1)
        for count in LISTED_FOR_HALVES:
            if token in listed:
                break
            listed = self._listed(before, self._model.tokens(WHOLE)[0], count)
        if token not in listed:
            raise malformed(f"token {token} has no probability")
        return {each: max(FLOOR, value) for each, value in listed.items() if each in rivals}

    def _listed(self, before: Tokens, forced: int, count: int) -> dict[int, float]:
        """The log-probabilities of a forced token and of the `count` most probable ones in its place."""
        answer = self._complete(before, {"max_tokens": 1, "temperature": 0.0, "samplers": [],
                                         "logit_bias": [[forced, FORCED]], "n_probs": count})
        try:
            reported = answer["choices"][0]["logprobs"]
            if reported is None:
                return {}
            first = reported["content"][0]
            return {int(each["id"]): float(each["logprob"]) for each in (*first["top_logprobs"], first)}
        except (KeyError, IndexError, TypeError, ValueError):
            raise malformed(answer) from None

    def _complete(self, before: Tokens, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._model.complete({"prompt": before, **self._place.body, **body})
        self._computed += max(0, len(self._prompt) - cached(answer))
        return answer


def cached(answer: Mapping[str, Any]) -> int:
    """How many tokens of a prompt were there already."""
    try:
        return int(answer["usage"]["prompt_tokens_details"]["cached_tokens"])
    except (KeyError, TypeError, ValueError):
        raise malformed(answer) from None


def malformed(answer: object) -> EngineError:
    """An answer of llama.cpp that is none."""
    return EngineError("PED1107", f"the model's answer is not as it should be: {str(answer)[:200]}", retryable=True)
