"""The grammar for language models: it takes what the parser takes, and what it is asked for comes out as programs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import llguidance
import pytest

from pedalang.compiler import compile
from pedalang.compiler.syntax import constrain, format, parse, tables
from pedalang.diagnostic import Report
from pedalang.source import Source

ROOT = Path(__file__).resolve().parents[2]
WORD = re.compile(r"[^\W\d]\w*|\d+|\"[^\"\n]*\"|\s+|.")
BLOCK = re.compile(r"^```ped[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
END = 256
LONGEST_DRAFT = 3_000


class Bytes:
    """A tokenizer of which each byte is a token: nothing is skipped, nothing is taken together."""

    eos_token_id = END
    bos_token_id = None
    tokens: ClassVar[list[bytes]] = [bytes([each]) for each in range(256)] + [b"<end>"]
    special_token_ids: ClassVar[list[int]] = [END]

    def __call__(self, text: str) -> list[int]:
        return list(text.encode())


Matcher = llguidance.LLMatcher


def matcher(grammar: str) -> Matcher:
    lark = grammar.removeprefix("%llguidance {}\n")
    made = Matcher(llguidance.LLTokenizer(llguidance.TokenizerWrapper(Bytes())), Matcher.grammar_from_lark(lark))
    assert not made.is_error(), made.get_error()
    return made


@pytest.fixture(scope="module")
def whole() -> Matcher:
    return matcher(constrain.whole())


@pytest.fixture(scope="module")
def drafts() -> Matcher:
    return matcher(constrain.draft())


def refused_at(grammar: Matcher, text: str) -> int | None:
    """The first byte that the grammar does not take; the length where the text only lacks an end; else None."""
    at, given = grammar.deep_copy(), list(text.encode())
    taken = at.try_consume_tokens(given)
    return None if taken == len(given) and at.is_accepting() else taken


def parses(text: str) -> bool:
    report = Report()
    parse.parse(Source("test.ped", text), report)
    return not report.found


def programs() -> Iterator[tuple[str, str]]:
    """All programs of the repository and all blocks of its pages, by where they stand."""
    for folder in ("programs", "stdlib", "grammar", "tests"):
        for path in sorted((ROOT / folder).rglob("*.ped")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, block in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
            yield f"{page.relative_to(ROOT)}, block {number}", block


def test_every_program_of_the_repository_is_taken_byte_by_byte(whole: Matcher) -> None:
    read = [(place, text) for place, text in programs() if parses(text)]
    assert len(read) > 50
    refused = [f"{place}, byte {at}: {text.encode()[max(0, at - 40) : at + 20]!r}" for place, text in read
               if (at := refused_at(whole, text)) is not None]
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize("seed", range(0, 100, 10))
def test_every_program_that_the_grammar_derives_is_taken(
    whole: Matcher, derive: Callable[[int, int], str], seed: int,
) -> None:
    for each in range(seed, seed + 10):
        text = derive(each, 40)
        assert refused_at(whole, text) is None, text


LESSON = (ROOT / "tests" / "compiler" / "lesson.ped").read_text(encoding="utf-8")


def damaged(seed: int) -> str:
    """A program with one word gone, doubled, or put in place of another."""
    draw = random.Random(seed)
    found = WORD.findall(LESSON)
    at, other = draw.randrange(len(found)), draw.randrange(len(found))
    found[at : at + draw.randrange(2)] = [[], [found[other]], ["}"], ['"'], ["if"], ["1.."]][draw.randrange(6)]
    return "".join(found)


@pytest.mark.parametrize("part", range(4))
def test_what_the_parser_refuses_is_refused(whole: Matcher, part: int) -> None:
    wrong = [text for seed in range(part * 40, part * 40 + 40) if not parses(text := damaged(seed))]
    assert len(wrong) > 8
    taken = [text for text in wrong if refused_at(whole, text) is None]
    assert not taken, "\n----\n".join(taken)


@pytest.mark.parametrize("text", [
    "let a = (1..5)", "let a = 1.5..2", "let a = if x > 12 then 1 else 2", "let a = [12 turns, 3 tokens]",
    "let a = 12 turning", "let a = 1 / 2 // half\n/ 3", "let a = { tokens: 12 tokens: 5 }", "let last = last(history)",
    "let a = \"{{ join(steps, \", \") }}\"", "let é = 40% * x", "role a {}role b {}", "import ..a.b as c",
    'let a = """He said "no""""', 'let a = #"""{{ not read }}"""#', "let a = not if x then y else z",
    "contract c { hard a: first first }", "contract c { hard a: last x within 3 turns }", "let a = 12turns",
    "let a = 1 turnsx", "let if = 1", "let a = [x for x in 1..3 if x]", "let a = truely", "let a = if", "rolea {}",
])
def test_where_the_lexers_are_unlike_they_agree(whole: Matcher, text: str) -> None:
    assert (refused_at(whole, text) is None) == parses(text)


@pytest.mark.parametrize("text", [
    "let a = if(x) then 1 else 2", "let a = not(x)", "type none {} role a extends none {}",
    "flow f { phase a final{} }", "contract c { hard a: never(x) }",
])
def test_the_parser_takes_this_and_a_model_cannot_write_it(whole: Matcher, text: str) -> None:
    assert parses(text)
    assert refused_at(whole, text) is not None


@pytest.mark.parametrize("text", [
    "type T {} /// of nothing", "let a = 40% x", "flow f { phase a max 3 turnsfinal {} }",
])
def test_a_model_can_write_this_and_the_parser_refuses_it(whole: Matcher, text: str) -> None:
    assert not parses(text)
    assert refused_at(whole, text) is None


def test_reserved_names_are_the_words_that_can_stand_where_the_name_does() -> None:
    made = tables.load()
    name, words = made.number("NAME"), made.soft[made.number("NAME")] or {}
    clashing = {word for row in made.actions if 0 < row.get(name, 0) < tables.NO_ACTION
                for word, number in words.items() if number in row}
    assert clashing == set((constrain.RESERVED["ref"] + " " + constrain.RESERVED["f_ref"]).split())


# ---------------------------------------------------------------- drafts


def wandered(grammar: Matcher, seed: int) -> str:
    """What comes of taking any byte that the grammar allows, until it allows none."""
    draw, at, text = random.Random(seed), grammar.deep_copy(), bytearray()
    while not at.is_stopped():
        mask = at.compute_bitmask()
        token = draw.choice([each for each in range(END + 1) if mask[each // 8] >> (each % 8) & 1])
        assert at.consume_token(token)
        text += bytes([token]) if token < END else b""
        assert len(text) < LONGEST_DRAFT
    return text.decode()


def test_whatever_is_drafted_is_a_formatted_program_without_mistakes(drafts: Matcher, whole: Matcher) -> None:
    made = [wandered(drafts, seed) for seed in range(30)]
    assert len(set(made)) == len(made)
    for text in made:
        assert format.format(Source("draft.ped", text)) == text
        assert refused_at(whole, text) is None
        assert not [each for each in compile.check_text(text) if each.severity == "error"], text
        assert text.count("\n") >= 25
        assert all(re.search(rf"^{kind} ", text, re.MULTILINE) for kind in ("role", "flow", "contract", "rubric"))


def test_the_example_of_a_draft_is_one(drafts: Matcher) -> None:
    assert refused_at(drafts, constrain.example()) is None


def test_a_grammar_that_changed_its_numbers_is_noticed(monkeypatch: pytest.MonkeyPatch, grammar: str) -> None:
    read = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda self, *_, **__: read(self, encoding="utf-8")
                        .replace("QUANTITY.2: /[0-9]", "QUANTITY.2: /[1-9]"))
    with pytest.raises(ValueError, match="QUANTITY"):
        constrain.whole.__wrapped__()
