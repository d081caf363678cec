"""Roles: what a child takes over and what it replaces, memory, languages, `allow when` for all moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import plan, prompt
from pedalang.compiler import compile
from pedalang.expression import nodes
from tests.people.conftest import SUM, Keeps, compiled, said

Played = Callable[..., SimpleNamespace]

PROGRAM = """\
type Sum { a: Float  b: Float  answer: Float = a + b }
move ask for teacher { say: ["What is it?"] }
move tell for teacher { say: ["It is {{ what }}."] }
move praise for teacher { say: ["Good."] }
model small { engine: random }

role Adult(tone: Text = "kind", most: Int = 2) {
  PARENT
}

role Tutor(sum: Sum) extends Adult("calm") {
  CHILD
}

student Learner(sum: Sum) {
  speak: free
  act wonders {}
}

flow lesson(sum: Sum) {
  cast teacher: Tutor(sum)
  cast student: Learner(sum)
  phase work max 8 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
"""


def program(parent: str, child: str = "", head: str = "") -> str:
    text = PROGRAM.replace("move tell for teacher", "move tell(what: Text = \"five\") for teacher")
    return head + text.replace("PARENT", parent).replace("CHILD", child)


def teacher(text: str) -> plan.Role:
    return compiled(text).flows["lesson"].cast["teacher"]


# ---------------------------------------------------------------- extends


PARENT = """\
  moves: [ask, tell]  speak: free  limit: 30 tokens  sees: [history]  voice: "You are {{ tone }}."
  state { n: Int = most  calm: Prob = 0.5 }
  policy rule { ask when n > 0  tell }
  say ask: ["And?"]
  on self.ask { set n -= 1 }
"""


def test_a_child_has_what_its_parent_has(play: Played) -> None:
    played = play(program(PARENT))
    assert [turn.move for turn in played.turns if turn.role == "teacher"] == ["ask", "ask", "tell", "tell"]
    assert played.engine.asked[0].messages[0].text == "You are calm."
    assert {request.max_tokens for request in played.engine.asked if "calm" in request.messages[0].text} == {30}


def test_what_a_child_says_takes_its_parent_s_place(play: Played) -> None:
    role = teacher(program(PARENT, """\
  speak: grounded  limit: 20 tokens
  state { n: Int = 1 }
  say ask: ["So?"]
  on self.ask { set calm = 0.9 }
"""))
    assert (role.speak, role.limit, len(role.state), len(role.handlers)) == ("grounded", 20, 2, 2)
    assert role.moves["ask"].say == (nodes.Lit("So?"),)
    assert isinstance(role.state[0].initial, nodes.Lit) and role.state[0].initial.value == 1


def test_a_child_may_have_fewer_moves(play: Played) -> None:
    played = play(program(PARENT + "say tell: [\"So.\"]", "moves: [ask, praise]"))
    assert {turn.move for turn in played.turns if turn.role == "teacher"} == {"ask"}


@pytest.mark.parametrize(("parent", "child", "code", "at"), [
    ("voice: \"{{ ton }}\"", "voice: \"You.\"", "PED0201", "ton"),
    ("voice: 3", "voice: \"You.\"", "PED0301", "3"),
    ("carries: nobody", "carries: 3", "PED0201", "nobody"),
    ("sees: [nothing]", "sees: [history]", "PED0201", "nothing"),
    ("speak: loud", "speak: free", "PED0309", "loud"),
    ("limit: 0 tokens", "limit: 3 tokens", "PED0305", "0 tokens"),
    ("memory: 0 turns", "memory: 3 turns", "PED0305", "0 turns"),
    ("model: smal", "model: small", "PED0201", "smal"),
    ("moves: [aks]", "moves: [ask]", "PED0201", "aks"),
    ("moves: [ask] policy rule { sing }", "policy rule { ask }", "PED0201", "sing"),
    ("moves: [ask] say ask: 3", "say ask: [\"A.\"]", "PED0301", "3"),
    ("act a when 3 { say: [] }", "act a { say: [] }", "PED0301", "3"),
    ("state { n: Int = \"a\" }", "state { n: Int = 1 }", "PED0301", '"a"'),
    ("moves: [ask]", "say sing: [\"La.\"]", "PED0201", "sing"),
    ("tools: [ask]", "", "PED0210", "tools"),
    ("allow when history.turns > 2", "", "PED0309", "allow when history.turns > 2"),
])
def test_what_is_replaced_is_checked_too(parent: str, child: str, code: str, at: str) -> None:
    assert [(found, where) for found, where, _ in said(program(parent, child))] == [(code, at)]


@pytest.mark.parametrize("extends", ["Tutor(none)", "Other"])
def test_a_role_that_extends_itself_is_refused(extends: str) -> None:
    text = program("").replace("role Adult(tone: Text = \"kind\", most: Int = 2)",
                               f"role Other extends Adult {{}}\nrole Adult(tone: Text = \"a\") extends {extends}")
    assert {code for code, _, _ in said(text)} == {"PED0209"}


def test_allow_when_in_a_role_is_for_all_its_moves(play: Played) -> None:
    text = program("moves: [ask, tell] speak: free policy rule { ask } allow when history.count(\"ask\") < 2",
                   "allow when turn.number < 5")
    ending = play(text).ending
    assert (ending.why, ending.code, "in turn 4" in ending.message) == ("failed", "PED1203", True)


# ---------------------------------------------------------------- memory


def role(memory: int | None) -> plan.Role:
    return plan.Role("Tutor", "role", nodes.Lit("You."), ("history",), memory=memory)


@given(st.integers(1, 12), st.integers(0, 60))
def test_a_role_remembers_no_more_than_it_says_and_half_at_least(memory: int, length: int) -> None:
    turns = [{"speaker": "a" if at % 2 else "b", "text": str(at)} for at in range(length)]
    shown = prompt.heard(role(memory), "a", turns)
    assert list(shown) == turns[length - len(shown):]
    assert min(length, memory // 2 + 1) <= len(shown) <= memory


@given(st.integers(2, 12), st.integers(0, 60))
def test_prompts_begin_alike_for_half_a_memory_at_a_time(memory: int, length: int) -> None:
    turns = [{"speaker": "a", "text": str(at)} for at in range(length + 1)]
    before, after = (prompt.heard(role(memory), "a", turns[:end]) for end in (length, length + 1))
    if list(after[:len(before)]) != list(before):
        assert len(before) == memory and len(before) - len(after) == memory // 2 - 1


def test_a_prompt_shows_what_is_remembered(play: Played) -> None:
    engine = Keeps(words=lambda request: f"Words {len(request.messages)}.")
    asked = play(program("speak: free  memory: 3 turns  voice: \"You.\""), engine=engine).engine.asked
    texts = [[message.text for message in request.messages[1:]] for request in asked if
             request.messages[0].text == "You."]
    assert [len(each) for each in texts] == [1, 3, 3, 3]
    assert [each[0] for each in texts[:2]] == ["(The dialogue begins.)"] * 2


# ---------------------------------------------------------------- languages


GERMAN = """\
  language: "de"  speak: either  moves: [tell]  sees: [sum.a, history]
  voice: "Du hilfst mit {{ sum.a }} und {{ [0.5, 2.0] }}."
  carries: sum.a
  state { heard: List[Float] = []  whole: Int = 0 }
  policy rule { tell(what: "{{ sum.a }}") }
  on student.turn { set heard = numbers(turn.text)  set whole = int("1.200") }
"""


def german(language: str = "de") -> str:
    return program("", GERMAN.replace('"de"', f'"{language}"'))


ITEM = {"sum": {"a": 1.5, "b": 2.0, "answer": 3.5}}


def test_numbers_are_shown_and_read_as_the_language_writes_them(play: Played) -> None:
    engine = Keeps(words=lambda request: "Es sind 1.234,5 und 0,25, also 3.")
    played = play(german(), ITEM, engine=engine)
    state = played.turns[1].state["teacher"]
    assert (state["heard"], state["whole"]) == ([1234.5, 0.25, 3.0], 1200)
    assert played.turns[0].text == "It is 1,5."
    assert [turn.notes for turn in played.turns[:1]] == [()]


def test_the_prompt_asks_for_the_language(play: Played) -> None:
    played = play(german().replace("speak: either", "speak: free"), ITEM,
                  engine=Keeps(words=lambda request: "Es sind 1,5 Teile."))
    system, *_, last = (message.text for message in played.engine.asked[0].messages)
    assert system == "Du hilfst mit 1,5 und 0,5; 2.\n\nWrite in German."
    assert "tell (what: 1,5)" in last and "your words must show: 1,5" in last
    assert played.turns[0].notes == ()


def test_words_show_a_number_as_their_language_writes_it(play: Played) -> None:
    text = german().replace("speak: either", "speak: free")
    played = play(text, ITEM, engine=Keeps(words=lambda request: "Es sind 15 Teile."))
    assert played.turns[0].notes == ("said again", "taken from candidates")


def test_a_program_has_a_language_for_all_that_name_none(play: Played) -> None:
    text = program("voice: \"You see {{ 0.5 }}.\"  speak: free", "", "pedalang 1\nlanguage: \"fr\"\n")
    asked = play(text.replace("act wonders {}", "language: \"en\"  act wonders {}"), {"sum": SUM}).engine.asked
    assert asked[0].messages[0].text == "You see 0,5.\n\nWrite in French."
    assert asked[1].messages[0].text == "Write in English."


def test_what_speaks_of_a_dialogue_reads_the_program_s_numbers(play: Played) -> None:
    text = program("speak: free", "", "pedalang 1\nlanguage: \"de\"\n").replace(
        "flow lesson(sum: Sum) {", "flow lesson(sum: Sum) {\nobeys Right").replace("-> done at max", "-> done")
    text += "contract Right { hard says: always mentions_number(turn.text, 1.5) }\n"
    assert play(text, ITEM, engine=Keeps(words=lambda request: "1,5!")).ending.verdicts[0].kept
    assert not play(text, ITEM, engine=Keeps(words=lambda request: "15!")).ending.verdicts[0].kept


@pytest.mark.parametrize(("tag", "help"), [
    ("german", "write `\"de\"` for German"), ("French", "write `\"fr\"` for French"), ("d", "for example"),
    ("de_DE", "for example"), ("de-", "for example"), ("en-toolongsubtag", "for example"),
])
def test_what_is_no_tag_is_refused(tag: str, help: str) -> None:
    assert [(code, at) for code, at, _ in said(german(tag))] == [("PED0309", f'"{tag}"')]
    assert help in compile.check_text(german(tag))[0].help


@pytest.mark.parametrize("tag", ["de", "pt-BR", "zh-Hant-TW", "sl-rozaj-biske", "de-CH-1996", "es-419", "xh",
                                 "en-a-bbb-x-a-ccc"])
def test_tags_of_all_forms_are_read(tag: str) -> None:
    assert teacher(german(tag)).language == tag


def test_a_program_has_no_other_field() -> None:
    assert [(code, at) for code, at, _ in said("pedalang 1\nlangage: \"de\"\n" + program(""))] == [
        ("PED0210", "langage")]
