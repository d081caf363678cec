"""The engine for servers, against one on the loopback that fails in every way it is told to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pedalang.runtime.engines import openai
from pedalang.runtime.engines.endpoint import calls
from pedalang.runtime.engines.endpoint.calls import Patience
from pedalang.runtime.engines.engine import Engine, Options, Reply
from pedalang.runtime.errors import EngineError
from tests.engines.conftest import LEVELS, SAYINGS, Response, Stub, answers, asked, failed, lists, replied, says

SECRET = "sk-not-to-be-seen"
HELD = asked(choices=SAYINGS)
LEVEL = asked(choices=LEVELS)


class Waits:
    """Waiting between attempts, without waiting: the clock goes on by itself."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.now = 0.0

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.now += seconds

    def patience(self, **told: Any) -> Patience:
        return Patience(sleep=self, clock=lambda: self.now, **told)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def engine(stub: Stub, waits: Waits) -> Engine:
    return openai.OpenAI(openai.Settings(stub.url, "tutor", SECRET, patience=waits.patience(seconds=600)))


def picks(word: str) -> Response:
    return says(json.dumps({"choice": word}))


def plain(status: int, body: bytes = b'{"error": {"message": "no"}}', **headers: str) -> Response:
    return Response(body, status, {"Content-Type": "application/json", **headers})


def test_words_are_asked_for_as_the_protocol_says(engine: Engine, stub: Stub) -> None:
    stub.then(says("What do you think?"))
    reply = replied(engine, asked(seed=5, temperature=0.3, stop=("\n",)))
    assert (reply.text, reply.choice, reply.tokens_in, reply.tokens_out) == ("What do you think?", None, 7, 3)
    (sent,) = stub.seen
    assert sent["model"] == "tutor"
    assert [each["role"] for each in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert (sent["seed"], sent["temperature"], sent["max_tokens"], sent["stop"]) == (5, 0.3, 12, ["\n"])


def test_the_key_is_a_header_and_nothing_else(engine: Engine, stub: Stub) -> None:
    replied(engine, asked())
    assert stub.headers[0]["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in json.dumps(stub.seen) + engine.name
    keyless = openai.OpenAI(openai.Settings(stub.url, "tutor"))
    replied(keyless, asked())
    assert "authorization" not in stub.headers[1]


def test_a_choice_is_held_to_the_choices(engine: Engine, stub: Stub) -> None:
    stub.then(picks(SAYINGS[2]))
    reply = replied(engine, HELD)
    assert (reply.choice, reply.text, reply.scores) == (2, SAYINGS[2], ())
    schema = stub.seen[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["choice"]["enum"] == list(SAYINGS)


def test_a_choice_said_without_json_counts(engine: Engine, stub: Stub) -> None:
    stub.then(says(f" {SAYINGS[1]}\n"))
    assert replied(engine, HELD).choice == 1


def test_labels_are_read_off_the_first_token(engine: Engine, stub: Stub) -> None:
    stub.then(says("2", **lists(("4", -1.0), (" 4", -2.0), ("2", -0.9), ("no", -3.0), ("-", -9.0))))
    reply = replied(engine, LEVEL)
    assert reply.text == "4", "more probable in its two forms than 2, which was said"
    assert reply.scores == reply.totals == (-9.0, -0.9, -9.0, -0.687, -9.0)
    assert "response_format" not in stub.seen[0]


@pytest.mark.parametrize("first", [plain(400), plain(422), says("3"), says("Hm", **lists(("Hm", -0.1)))])
def test_where_no_tokens_are_listed_a_label_is_chosen_like_any_other(
        engine: Engine, stub: Stub, waits: Waits, first: Response) -> None:
    stub.then(first, picks("3"))
    reply = replied(engine, LEVEL)
    assert (reply.choice, reply.scores) == (2, ())
    assert waits.seconds == [], "nothing to wait for"


def test_a_server_without_token_lists_is_asked_for_them_once(engine: Engine, stub: Stub) -> None:
    stub.then(plain(400), picks("1"))
    answers(engine, LEVEL)
    answers(engine, LEVEL)
    assert ["logprobs" in sent for sent in stub.seen] == [True, False, False]


@pytest.mark.parametrize("choices", [("1", "10"), ("yes indeed", "no"), ("excellently", "no")])
def test_what_a_first_token_cannot_tell_apart_is_no_label(engine: Engine, stub: Stub, choices: tuple[str, ...]) -> None:
    stub.then(picks(choices[1]))
    assert replied(engine, asked(choices=choices)).choice == 1
    assert "logprobs" not in stub.seen[0]


def test_a_schema_is_passed_on(engine: Engine, stub: Stub) -> None:
    schema = {"type": "object", "properties": {"right": {"type": "boolean"}}}
    stub.then(says('{"right": true}'), says('{"right"', "length"))
    assert replied(engine, asked(schema=schema)).text == '{"right": true}'
    assert stub.seen[0]["response_format"]["json_schema"]["schema"] == schema
    assert failed(engine, asked(schema=schema)).code == "PED1106"


def no_schemas(*texts: str) -> Callable[[dict[str, Any]], Response]:
    """A server that refuses `response_format`, and says these one after the other."""
    left = list(texts)
    return lambda body: plain(400) if "response_format" in body else says(left.pop(0))


@pytest.mark.parametrize("said", [
    SAYINGS[1], f"  \"{SAYINGS[1]}\"", f"- {SAYINGS[1].upper()}", f"I would say:\n\n* {SAYINGS[1]} *",
    f"My answer: {SAYINGS[1]}",
])
def test_a_server_without_schemas_is_told_the_choices_in_words(engine: Engine, stub: Stub, said: str) -> None:
    stub.then(no_schemas(said, said))
    reply = replied(engine, HELD)
    assert (reply.choice, reply.text, reply.scores, reply.attempts) == (1, SAYINGS[1], (), 2)
    last = stub.seen[-1]["messages"][-1]
    assert last["role"] == "user"
    assert last["content"].startswith("I think it is 2/5.\n")
    assert last["content"].endswith("\n" + "\n".join(SAYINGS))
    answers(engine, HELD)
    assert "response_format" not in stub.seen[2], "it is not asked for them again"


@pytest.mark.parametrize("said", ["Something else.", f"{SAYINGS[0]} {SAYINGS[1]}", f"{SAYINGS[0]}\n{SAYINGS[1]}"])
def test_words_that_name_no_choice_or_two(engine: Engine, stub: Stub, said: str) -> None:
    stub.then(no_schemas(*[said] * 4))
    error = failed(engine, HELD)
    assert (error.code, error.retryable) == ("PED1107", True)


def test_a_server_without_schemas_is_told_in_words_what_json_is_wanted(engine: Engine, stub: Stub) -> None:
    schema = {"type": "object", "properties": {"right": {"type": "boolean"}}}
    stub.then(no_schemas("Right!", '{"right": true}'))
    assert replied(engine, asked(schema=schema)).text == '{"right": true}'
    assert json.dumps(schema) in stub.seen[-1]["messages"][-1]["content"]


def test_a_refusal_that_is_not_for_the_schema_is_said(engine: Engine, stub: Stub) -> None:
    stub.then(plain(400))
    assert failed(engine, HELD).code == "PED1108"
    stub.then(picks(SAYINGS[2]))
    assert replied(engine, HELD).choice == 2
    assert "response_format" in stub.seen[-1], "schemas are still asked for"


def test_how_often_it_was_asked_is_said(engine: Engine, stub: Stub) -> None:
    stub.then(plain(500), Response(b"{"), says("Good."))
    assert replied(engine, asked()).attempts == 3
    assert replied(engine, asked()).attempts == 1


def test_words_that_are_cut_say_so(engine: Engine, stub: Stub) -> None:
    stub.then(says("And then", "length"))
    assert replied(engine, asked()).finish == "length"


@pytest.mark.parametrize("passing", [
    plain(500), plain(503), plain(502, b"<html>"), plain(408), says(""), says(None), says(" \n"),
    Response(b"{"), Response(b'{"choices": []}'), Response(b'{"choices": [{}]}'), Response(b"[]"), Response(b""),
    Response(b"\xff\xfe"), Response(b'{"choices": ' + b"[" * 100_000), Response(b'{"choices": "text"}'),
    Response(b"<html>Sign in</html>", headers={"Content-Type": "text/html"}), Response(b"{}", headers={}),
    Response(b"\x1f\x8b", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}),
])
def test_what_may_pass_is_asked_again(engine: Engine, stub: Stub, waits: Waits, passing: Response) -> None:
    stub.then(passing, says("Good."))
    assert replied(engine, asked()).text == "Good."
    assert len(waits.seconds) == 1


@pytest.mark.parametrize(("always", "code"), [
    (plain(500), "PED1104"), (plain(429), "PED1104"), (says(""), "PED1105"), (Response(b"{}"), "PED1107"),
    (Response(b'{"choices": []}'), "PED1105"), (Response(b"{}", headers={"Content-Type": "text/html"}), "PED1107"),
])
def test_what_does_not_pass_is_said_after_a_few_attempts(
        engine: Engine, stub: Stub, waits: Waits, always: Response, code: str) -> None:
    stub.then(always)
    error = failed(engine, asked())
    assert (error.code, error.retryable) == (code, True)
    assert len(stub.seen) == calls.ATTEMPTS
    assert all(later > earlier for earlier, later in zip(waits.seconds, waits.seconds[1:], strict=False))


@pytest.mark.parametrize(("status", "said", "code"), [
    (401, "no such key", "PED1108"), (403, "not yours", "PED1108"), (404, "no such model", "PED1108"),
    (400, "unknown parameter", "PED1108"), (307, "elsewhere", "PED1108"),
    (400, "This model's maximum context length is 512 tokens", "PED1111"),
])
def test_what_will_not_pass_is_not_asked_again(engine: Engine, stub: Stub, status: int, said: str, code: str) -> None:
    stub.then(plain(status, json.dumps({"error": {"message": f"{said} {SECRET}"}}).encode()))
    error = failed(engine, asked())
    assert (error.code, error.retryable) == (code, False)
    assert said in error.message
    assert SECRET not in error.message + error.help + str(error.args)
    assert len(stub.seen) == 1


def test_a_choice_that_was_not_offered(engine: Engine, stub: Stub) -> None:
    stub.then(picks("Guess!"))
    error = failed(engine, HELD)
    assert (error.code, error.retryable) == ("PED1107", True)
    assert "Guess!" in error.message
    stub.then(picks("Guess!"), picks(SAYINGS[0]))
    assert replied(engine, HELD).choice == 0


def test_a_choice_that_was_cut(engine: Engine, stub: Stub) -> None:
    stub.then(says('{"choice": "How', "length"))
    assert failed(engine, HELD).code == "PED1106"


def test_a_reply_that_was_withheld(engine: Engine, stub: Stub) -> None:
    stub.then(says("", "content_filter"))
    assert failed(engine, asked()).code == "PED1108"
    assert len(stub.seen) == 1


def test_a_server_is_left_alone_as_long_as_it_asks(engine: Engine, stub: Stub, waits: Waits) -> None:
    stub.then(plain(429, **{"Retry-After": "7"}), plain(503, **{"Retry-After": "tomorrow"}),
              plain(429, **{"Retry-After": "Mon, 23 Nov 2026 09:00:40 GMT", "Date": "Mon, 23 Nov 2026 09:00:00 GMT"}),
              says("Good."))
    assert replied(engine, asked()).text == "Good."
    assert 7 <= waits.seconds[0] <= 7.5
    assert 1 <= waits.seconds[1] <= 1.5, "what cannot be read"
    assert 40 <= waits.seconds[2] <= 40.5, "a moment, by the server's own clock"


def test_nobody_waits_for_an_hour(engine: Engine, stub: Stub, waits: Waits) -> None:
    stub.then(plain(429, **{"Retry-After": "3600"}))
    error = failed(engine, asked())
    assert (error.code, error.retryable) == ("PED1104", False)
    assert "3600" in error.help
    assert waits.seconds == []


def test_waits_follow_from_the_seed(engine: Engine, stub: Stub, waits: Waits) -> None:
    stub.then(plain(500))
    for seed in (1, 1, 2):
        failed(engine, asked(seed=seed))
    one, again, other = (waits.seconds[start : start + 3] for start in (0, 3, 6))
    assert one == again != other


def test_an_endless_reply_is_not_read_to_its_end(engine: Engine, stub: Stub) -> None:
    stub.then(Response(b" " * 10_000_000))
    error = failed(engine, asked())
    assert (error.code, error.retryable) == ("PED1106", True)
    stub.then(Response(b" " * 10_000_000), says("Good."))
    assert replied(engine, asked()).text == "Good."


def test_a_server_that_hangs(stub: Stub, waits: Waits) -> None:
    patience = waits.patience(attempt_seconds=0.05, attempts=2)
    engine = openai.OpenAI(openai.Settings(stub.url, "tutor", patience=patience))
    stub.then(Response(b"", hang=True))
    error = failed(engine, asked())
    assert (error.code, error.retryable) == ("PED1104", True)
    assert "0.05 seconds" in error.message
    assert len(waits.seconds) == 1


def test_a_server_that_is_not_there(waits: Waits) -> None:
    gone = Stub()
    gone.close()
    engine = openai.OpenAI(openai.Settings(gone.url, "tutor", SECRET, patience=waits.patience()))
    error = failed(engine, asked())
    assert (error.code, error.retryable) == ("PED1104", True)
    assert gone.url in error.message
    assert len(waits.seconds) == calls.ATTEMPTS - 1


def test_no_more_requests_at_a_time_than_slots(engine: Engine, stub: Stub) -> None:
    """The server answers nobody before it has as many requests as there are slots."""
    full = threading.Event()

    def crowded(body: dict[str, Any]) -> Response:
        if stub.now >= openai.SLOTS:
            full.set()
        assert full.wait(30), "the slots are used"
        return says("Good.")

    stub.then(crowded)
    found = answers(engine, *[asked(seed=seed) for seed in range(100)])
    assert [type(each) for each in found] == [Reply] * 100
    assert stub.most_at_once == openai.SLOTS


def test_one_failure_spares_the_others(engine: Engine, stub: Stub) -> None:
    def picky(body: dict[str, Any]) -> Response:
        return plain(401) if body["seed"] == 1 else says("Good.")

    stub.then(picky)
    found = answers(engine, *[asked(seed=seed) for seed in range(3)])
    assert [isinstance(each, EngineError) for each in found] == [False, True, False]


def test_another_event_loop_has_its_own_connections(engine: Engine) -> None:
    assert replied(engine, asked()) == replied(engine, asked())
    asyncio.run(engine.close())
    assert replied(engine, asked()).text


@pytest.mark.parametrize("target", [
    "", "http://localhost:8000/v1", "#tutor", "localhost:8000#tutor", "ftp://localhost#tutor", "http://#tutor",
    "http://localhost:port/v1#tutor", "http://user:pass@localhost/v1#tutor", "http://localhost/v1?api_key=x#tutor",
    "http://[::1/v1#tutor",
])
def test_an_address_that_is_none(target: str) -> None:
    with pytest.raises(EngineError) as caught:
        openai.open(Options(target, {"OPENAI_API_KEY": SECRET}))
    assert caught.value.code == "PED1112"
    assert "pass" not in caught.value.message.replace("password", "")


def settings(url: str, **environment: str) -> openai.Settings:
    opened = openai.open(Options(f"{url}#tutor", environment))
    assert isinstance(opened, openai.OpenAI)
    return opened._settings


def test_what_the_environment_says() -> None:
    proxy = "http://proxy:3128"
    far = "https://models.example/v1/"
    assert settings(far, OPENAI_API_KEY=f"{SECRET}\n").key == SECRET
    assert settings(far).url == "https://models.example/v1"
    assert settings(far, HTTPS_PROXY=proxy).proxy == proxy
    assert settings(far, https_proxy=proxy).proxy == proxy
    assert settings(far, HTTP_PROXY=proxy).proxy is None
    assert settings(far, HTTPS_PROXY=proxy, NO_PROXY="else.example, .example").proxy is None
    assert settings("http://localhost:1/v1", HTTP_PROXY=proxy).proxy is None


def test_what_the_address_sets() -> None:
    def opened(**told: str) -> openai.OpenAI:
        engine = openai.open(Options("http://localhost:1/v1#tutor", {}, told))
        assert isinstance(engine, openai.OpenAI)
        return engine

    patience = opened(seconds="60", attempts="2")._settings.patience
    assert (patience.seconds, patience.attempt_seconds, patience.attempts) == (60, 60, 2)
    assert opened(attempt_seconds="7")._settings.patience.attempt_seconds == 7
    assert opened(slots="128").abilities.slots == 128
    with pytest.raises(EngineError, match="slots"):
        opened(slots="0")


@pytest.mark.parametrize(("variables", "code"), [
    ({"OPENAI_API_KEY": "sk-\nfirst"}, "PED1108"), ({"OPENAI_API_KEY": "sk-\u00e9"}, "PED1108"),
    ({"HTTPS_PROXY": "socks5://proxy"}, "PED1112"), ({"SSL_CERT_FILE": "/no/such/file.pem"}, "PED1112"),
])
def test_an_environment_that_cannot_be_used(variables: dict[str, str], code: str) -> None:
    with pytest.raises(EngineError) as caught:
        settings("https://models.example/v1", **variables)
    assert caught.value.code == code
    assert "sk-" not in caught.value.message
