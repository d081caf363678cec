"""Whom a request goes to, and what becomes of it when its worker is lost: with workers that are played here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Abilities, Reply, Request
from pedalang.runtime.engines.workers import ATTEMPTS, LOSSES, Answer, LostError, Who, Workers
from pedalang.runtime.errors import EngineError

SLOTS = 4
WHO = Who("model:", "1234", Abilities(choose=True, slots=SLOTS))
Behaviour = Callable[["Hand", Sequence[Request]], Any]


def asked(episode: int, turn: int = 0, who: str = "a tutor") -> Request:
    return Request((Message("system", who), Message("user", f"turn {turn}")), seed=100 * episode + turn,
                   key=f"{episode}/{turn}/speech")


def said(request: Request) -> Reply:
    return Reply(f"words {request.seed}")


class Hand:
    """A worker that answers at once, or as its behaviour says."""

    def __init__(self, number: int, behaviour: Behaviour | None = None, who: Who = WHO) -> None:
        self.number, self.behaviour, self.who = number, behaviour, who
        self.batches: list[list[Request]] = []
        self.now = self.most = 0
        self.dismissed = False

    @property
    def requests(self) -> list[Request]:
        return [each for batch in self.batches for each in batch]

    async def answer(self, requests: Sequence[Request]) -> list[Answer]:
        self.batches.append(list(requests))
        self.now += len(requests)
        self.most = max(self.most, self.now)
        try:
            if self.behaviour is not None:
                await self.behaviour(self, requests)
            return [said(each) for each in requests]
        finally:
            self.now -= len(requests)

    async def dismiss(self) -> None:
        self.dismissed = True


class Crew:
    """Workers that were hired, one after the other."""

    def __init__(self, count: int, *behaviours: Behaviour | None, hiring: Behaviour | None = None) -> None:
        """A behaviour a worker in the order of hiring, none for the others; `hiring` is awaited before each later
        one."""
        self.left = list(behaviours)
        self.hiring = hiring
        self.hands: list[Hand] = []
        self.ended = 0
        self.engine = Workers([self.next() for _ in range(count)], self.hire, self.end)

    def next(self) -> Hand:
        self.hands.append(Hand(len(self.hands), self.left.pop(0) if self.left else None))
        return self.hands[-1]

    async def hire(self) -> Hand:
        hand = self.next()
        if self.hiring is not None:
            await self.hiring(hand, ())
        return hand

    def end(self) -> None:
        self.ended += 1


async def dies(hand: Hand, requests: Sequence[Request]) -> None:
    raise LostError("its machine is gone")


async def hangs(hand: Hand, requests: Sequence[Request]) -> None:
    await asyncio.Event().wait()


def dies_at(seed: int) -> Behaviour:
    async def behaviour(hand: Hand, requests: Sequence[Request]) -> None:
        if any(each.seed == seed for each in requests):
            raise LostError("out of memory")
    return behaviour


def answers(crew: Crew, *requests: Request) -> list[Answer]:
    return asyncio.run(asyncio.wait_for(crew.engine.answer(requests), 10))


# ---------------------------------------------------------------- who is asked


def test_it_is_the_engine_of_its_workers_with_the_slots_of_all() -> None:
    engine = Crew(3).engine
    assert (engine.name, engine.model) == (WHO.name, WHO.model)
    assert engine.abilities == replace(WHO.abilities, slots=3 * SLOTS)


def test_a_dialogue_s_requests_go_to_one_worker() -> None:
    crew = Crew(3)
    for turn in range(5):
        assert answers(crew, *(asked(episode, turn) for episode in range(12))) == \
            [said(asked(episode, turn)) for episode in range(12)]
    for hand in crew.hands:
        episodes = {each.key.partition("/")[0] for each in hand.requests}
        assert len(episodes) == 4, "as many dialogues as any other"
        assert len(hand.requests) == 20


def test_dialogues_one_after_the_other_are_spread_too() -> None:
    crew = Crew(2)
    for episode in range(10):
        answers(crew, asked(episode))
    assert [len(hand.requests) for hand in crew.hands] == [5, 5]


def test_what_is_ready_together_is_one_call_a_worker() -> None:
    crew = Crew(2)
    answers(crew, *(asked(episode) for episode in range(8)))
    assert [len(hand.batches) for hand in crew.hands] == [1, 1]


def test_a_full_worker_s_dialogue_is_answered_by_another() -> None:
    async def busy() -> list[Answer]:
        crew.hands[0].behaviour = hangs
        waiting = asyncio.ensure_future(crew.engine.answer([asked(2 * n) for n in range(SLOTS)]))
        await asyncio.sleep(0)
        found = await crew.engine.answer([asked(0, 1), asked(2, 1)])
        waiting.cancel()
        return found

    crew = Crew(2)
    answers(crew, *(asked(episode) for episode in range(2 * SLOTS)))
    assert asyncio.run(busy()) == [said(asked(0, 1)), said(asked(2, 1))]
    assert crew.hands[1].requests[-2:] == [asked(0, 1), asked(2, 1)]


# ---------------------------------------------------------------- losses


def test_a_lost_worker_s_requests_are_answered_by_others_and_another_is_hired() -> None:
    crew = Crew(2, dies)
    requests = [asked(episode) for episode in range(6)]
    found = answers(crew, *requests)
    attempts = [each.attempts for each in found if isinstance(each, Reply)]
    assert [replace_attempts(each) for each in found] == [said(each) for each in requests]
    assert sorted(attempts) == [1, 1, 1, 2, 2, 2]
    assert len(crew.hands) == 3
    answers(crew, *(asked(episode) for episode in range(10, 18)))
    assert len(crew.hands[2].requests) >= SLOTS


def replace_attempts(answer: Answer) -> Answer:
    return Reply(answer.text) if isinstance(answer, Reply) else answer


def test_a_request_that_kills_its_workers_is_given_up_and_the_others_are_answered() -> None:
    crew = Crew(2, *[dies_at(300)] * 20)
    (poison,) = answers(crew, asked(3))
    assert isinstance(poison, EngineError)
    assert (poison.code, poison.retryable) == ("PED1130", True)
    assert sum(len(hand.requests) for hand in crew.hands) == ATTEMPTS
    assert answers(crew, asked(4)) == [said(asked(4))]


def test_workers_that_die_at_once_are_not_hired_for_ever() -> None:
    crew = Crew(2, *[dies] * 100)
    found = answers(crew, *(asked(episode) for episode in range(5)))
    assert [each.code for each in found if isinstance(each, EngineError)] == ["PED1130"] * 5
    answers(crew, asked(9))
    again = answers(crew, asked(9))
    assert isinstance(again[0], EngineError)
    assert len(crew.hands) <= 2 * LOSSES


def test_where_no_other_can_be_hired_the_rest_go_on() -> None:
    crew = Crew(2, dies, hiring=dies)
    requests = [asked(episode) for episode in range(2 * SLOTS)]
    assert [replace_attempts(each) for each in answers(crew, *requests)] == [said(each) for each in requests]
    assert answers(crew, *requests) == [said(each) for each in requests], "with half of the slots"
    assert crew.hands[1].most == SLOTS
    assert len(crew.hands) == 1 + LOSSES, "one was lost, two could not be hired"


def test_a_worker_of_another_model_is_not_taken() -> None:
    other = WHO._replace(model="5678")
    with pytest.raises(EngineError, match="the model of one is `1234`, of another `5678`"):
        Workers([Hand(0), Hand(1, who=other)], Crew(1).hire, lambda: None)

    async def hire() -> Hand:
        return late

    late = Hand(1, who=other)
    engine = Workers([Hand(0, dies)], hire, lambda: None)
    (found,) = asyncio.run(engine.answer([asked(1)]))
    assert isinstance(found, EngineError)
    assert found.code == "PED1132"
    assert late.dismissed


def test_a_fault_of_the_engine_inside_is_no_loss() -> None:
    async def fault(hand: Hand, requests: Sequence[Request]) -> None:
        raise ZeroDivisionError

    crew = Crew(2, fault)
    with pytest.raises(ZeroDivisionError):
        answers(crew, *(asked(episode) for episode in range(4)))
    assert len(crew.hands) == 2


# ---------------------------------------------------------------- ends


def test_a_call_given_up_ends_at_its_worker_and_makes_room() -> None:
    async def given_up() -> list[Answer]:
        calling = asyncio.ensure_future(crew.engine.answer([asked(episode) for episode in range(SLOTS)]))
        waiting = asyncio.ensure_future(crew.engine.answer([asked(9)]))
        while crew.hands[0].now < SLOTS:
            await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert crew.hands[0].now == 0
        crew.hands[0].behaviour = None
        return await waiting

    crew = Crew(1, hangs)
    assert asyncio.run(asyncio.wait_for(given_up(), 10)) == [said(asked(9))]


def test_closing_dismisses_all_once_and_ends_what_is_being_hired() -> None:
    async def closed() -> None:
        await crew.engine.answer([asked(0), asked(1)])
        await asyncio.sleep(0)
        await crew.engine.close()
        await crew.engine.close()

    crew = Crew(2, dies, hiring=hangs)
    asyncio.run(asyncio.wait_for(closed(), 10))
    assert crew.hands[1].dismissed
    assert crew.ended == 1
    (after,) = answers(crew, asked(0))
    assert isinstance(after, EngineError)
    assert after.code == "PED1104"


def test_a_loss_in_one_event_loop_is_made_good_in_the_next() -> None:
    crew = Crew(1, dies, hiring=hangs)
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(crew.engine.answer([asked(0)]), 0.01))
    crew.hiring = None
    assert answers(crew, asked(0)) == [said(asked(0))]


@settings(deadline=None, max_examples=50)
@given(some.integers(0, 10**6), some.integers(1, 4), some.integers(0, 30))
def test_each_request_gets_its_own_answer_whoever_is_lost(seed: int, workers: int, losses: int) -> None:
    chance = Random(seed)
    left = losses

    async def behaviour(hand: Hand, requests: Sequence[Request]) -> None:
        nonlocal left
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        if left and chance.random() < 0.4:
            left -= 1
            raise LostError("gone")

    async def dialogues(crew: Crew, number: int) -> list[tuple[Request, Answer]]:
        found = []
        for turn in range(3):
            requests = [asked(number, turn, who) for who in ("a tutor", "a learner")]
            found += zip(requests, await crew.engine.answer(requests), strict=True)
        return found

    async def run(crew: Crew) -> list[list[tuple[Request, Answer]]]:
        found = await asyncio.gather(*(dialogues(crew, number) for number in range(6)))
        await crew.engine.close()
        return found

    crew = Crew(workers, *[behaviour] * 200)
    for found in asyncio.run(run(crew)):
        for request, answer in found:
            if isinstance(answer, Reply):
                assert answer.text == said(request).text
                assert answer.attempts <= ATTEMPTS
            else:
                assert answer.code == "PED1130"
                assert losses
    assert all(hand.most <= SLOTS for hand in crew.hands)
