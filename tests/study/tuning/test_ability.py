"""General ability: the committed questions, and what is said of a model that lost some of it."""

from __future__ import annotations

import pytest

from pedalang.runtime.engines import scripted
from pedalang.runtime.engines.engine import Reply, Request
from pedalang.runtime.errors import EngineError
from pedalang.study.tuning import ability

RIGHT = {item.ask: item.right for item in ability.items()}


def knowing(loss: float, forgotten: int = 0) -> scripted.Scripted:
    """Answers rightly, each right answer at this loss; of so many questions it has forgotten the answers."""
    lost = {item.ask for item in ability.items()[:forgotten]}

    def script(request: Request) -> Reply:
        ask = request.messages[-1].text
        right = request.choices.index(RIGHT[ask])
        scores = [-4.0] * 4
        scores[right] = -loss - (len(ask) % 5) / 100
        if ask in lost:
            scores[(right + 1) % 4] = -0.01
        best = scores.index(max(scores))
        return Reply(request.choices[best], best, tuple(scores))

    return scripted.from_function(script)


def test_the_questions_are_whole() -> None:
    items = ability.items()
    assert len({item.item for item in items}) == len(items) == 64
    assert len({item.ask for item in items}) == 64
    for item in items:
        assert len({item.right, *item.wrong}) == 4, item.item
    areas = [item.area for item in items]
    assert {area: areas.count(area) for area in areas} == {"numbers": 16, "words": 16, "world": 16, "sense": 16}


def test_the_right_answer_s_place_tells_nothing() -> None:
    places = [sorted((item.right, *item.wrong)).index(item.right) for item in ability.items()]
    assert all(9 <= places.count(place) <= 23 for place in range(4)), places


def test_a_model_that_stays_as_it_is_keeps_all() -> None:
    before = ability.measured(knowing(0.5))
    found = ability.kept(before, before)
    assert (found.before.value, found.share.value, found.loss.value, found.broken) == (1.0, 0.0, 0.0, "")


def test_a_model_that_forgets_a_little_is_let_be() -> None:
    found = ability.kept(ability.measured(knowing(0.5)), ability.measured(knowing(0.55, forgotten=2)))
    assert found.loss.rose
    assert found.broken == ""


def test_a_model_whose_answers_become_less_likely_is_stopped() -> None:
    found = ability.kept(ability.measured(knowing(0.5)), ability.measured(knowing(0.8)))
    assert found.share.value == 0, "it still answers rightly"
    assert found.broken == ("general ability fell: right answers lost 0.30 nats a token [0.30, 0.30] on 64 questions, "
                            "0.1 are allowed")


def test_a_model_that_answers_wrongly_is_stopped() -> None:
    found = ability.kept(ability.measured(knowing(0.5)), ability.measured(knowing(0.5, forgotten=12)))
    assert found.share.value == pytest.approx(-12 / 64)
    assert found.areas["numbers"].value == pytest.approx(-12 / 16)
    assert found.areas["world"].value == 0
    assert found.broken.startswith("general ability fell: 19% fewer right answers [")


def test_what_an_engine_cannot_say_is_missing() -> None:
    failing = scripted.from_function(lambda _: EngineError("PED1108", "it is down"))
    choosing = scripted.from_function(lambda request: Reply(request.choices[0], 0))
    found = ability.measured(failing)
    assert {(each.right, each.loss, each.why) for each in found} == {(None, None, "PED1108: it is down")}
    again = ability.kept(found, found)
    assert (again.share.n, again.share.missing, again.share.value, again.broken) == (0, 64, None, "")
    assert {each.loss for each in ability.measured(choosing)} == {None}
    assert 0 < sum(each.right or 0 for each in ability.measured(choosing)) < 64
