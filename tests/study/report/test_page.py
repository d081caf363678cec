"""A report holds what the run holds, nothing in it is live, and it needs nothing but itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.expression.nodes import Lit
from pedalang.study.report import evidence, page, tally
from pedalang.study.scores import ScoresError

VOID = {"meta", "br", "img", "hr", "input", "link", "wbr"}
LIVE = {"script", "iframe", "object", "embed", "link", "img", "form", "base", "audio", "video", "foreignobject", "use"}
TEMPLATES = Path(page.__file__).parent / "templates"


class Page(HTMLParser):
    """A parsed page: its tags in order, its text, and what was not closed as it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.style = ""
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def values(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def read(folder: Path) -> Page:
    return Page(page.write(folder).read_text(encoding="utf-8"))


def assert_inert(found: Page) -> None:
    """Nothing runs, nothing is fetched, every link stays on the page and leads somewhere."""
    assert found.wrong == []
    assert {tag for tag, _ in found.tags} & LIVE == set()
    names = {name for _, attributes in found.tags for name in attributes}
    assert not [name for name in names if name.startswith("on")]
    assert names & {"src", "srcset", "action", "formaction", "data", "xlink:href", "style", "ping"} == set()
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    assert {link for link in found.values("href") if link.removeprefix("#") not in ids} == set()
    assert "url(" not in found.style and "@import" not in found.style
    policies = [a["content"] for tag, a in found.tags if tag == "meta" and "http-equiv" in a]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_a_lesson_is_inert_and_well_formed(lesson_folder: Callable[..., Path]) -> None:
    assert_inert(read(lesson_folder()))


def test_hostile_texts_stay_text(evil_folder: Path, evil: str) -> None:
    found = read(evil_folder)
    assert_inert(found)
    assert found.text.count(evil) > 60
    assert "{{ 7*7 }}" in found.text
    assert "w" * 10_000 in found.text
    assert "كم يساوي" in found.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", found.text)
    assert "bell\ufffd nul\ufffd del\ufffd end" in found.text


def test_templates_never_switch_escaping_off() -> None:
    sources = {path.name: path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")}
    assert sources
    assert [name for name, source in sources.items() if re.search(r"\|\s*safe|autoescape", source)] == []


def test_every_dialogue_and_turn_is_there(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    found = read(folder)
    journal = journals.open_journal(folder)
    ids = set(found.values("id"))
    assert len(journal.turns()) > 40
    for turn in journal.turns():
        assert f"d{turn.episode}-t{turn.turn}" in ids
        assert turn.text in found.text
    journal.close()


def test_failures_come_first_then_breaches(lesson_folder: Callable[..., Path]) -> None:
    ids = read(lesson_folder()).values("id")
    order = [int(name[1:]) for name in ids if re.fullmatch(r"d\d+", name)]
    assert order == [7, 2, 1, 0, 3, 4, 5, 6]


def test_it_says_what_happened(lesson_folder: Callable[..., Path]) -> None:
    text = " ".join(read(lesson_folder()).text.split())
    assert "7 of 8 dialogues came to an end. 1 failed. 1 broke a hard clause of a contract." in text
    assert "PED1104: the engine answered nothing, 3 times" in text
    assert "never telling before 2 probing" in text
    assert "6 kept, 1 broken" in text
    assert "broken in #2" in text
    assert "mastery 0.25 → 0.37" in text
    assert "attempt none → 2/7" in text
    assert "breaks hard Patience.struggle_first" in text
    assert "ped run --resume DIR" in text
    assert "ped run FILE demo --seed 1 -n 8" in text
    assert "7.70 to 12.3" in text


def test_a_judge_without_validation_says_so_wherever_it_scores(lesson_folder: Callable[..., Path]) -> None:
    text = " ".join(read(lesson_folder()).text.split())
    told = len(re.findall(r"guidance not validated", text))
    assert told == 1 + 1 + 8, "in the measures, in the list, in each dialogue"
    assert len(re.findall(r"includes guidance: not validated", text)) == 2 + 8
    assert len(re.findall(r"partly not validated", text)) == 1


def test_measures_over_k_are_curves_of_both(lesson_folder: Callable[..., Path]) -> None:
    labels = [label for label in read(lesson_folder()).values("aria-label") if label.startswith("success at k")]
    assert len(labels) == 1
    assert "simulated 0.09 at 1, 0.18 at 2" in labels[0] and "recorded 0.13 at 1" in labels[0]


def test_a_run_without_scores_has_a_report(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    (folder / "scores.json").unlink()
    found = read(folder)
    assert_inert(found)
    assert "This run has not been scored." in found.text
    assert "1 broke a hard clause" in found.text


def test_a_run_without_a_rubric_says_so(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    nothing = {"rubric": "", "measures": {}, "contracts": {}, "dialogues": []}
    (folder / "scores.json").write_bytes(msgspec.json.encode(nothing))
    assert "No rubric scores this run." in read(folder).text


def test_a_run_without_dialogues_has_a_report(lesson_folder: Callable[..., Path]) -> None:
    found = read(lesson_folder(dialogues=0, failed=0))
    assert_inert(found)
    assert "The journal holds no dialogue." in found.text


def test_a_run_that_was_stopped_says_so(tmp_path: Path, lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder(dialogues=3, failed=0)
    journal = journals.reopen(folder)
    item = journal.episodes()[0]
    journal._connection.execute("DELETE FROM endings WHERE episode = 1")
    journal._connection.commit()
    journal.close()
    text = read(folder).text
    assert item.episode == 0
    assert "2 of 3 dialogues came to an end." in text and "The others are not finished." in text
    assert "no end in the journal" in text


def test_another_plan_is_noticed(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    plan = plans.from_json((folder / "plan.json").read_bytes())
    (folder / "plan.json").write_bytes(plans.to_json(msgspec.structs.replace(plan, program="other")))
    assert "is not the plan that the journal was written for" in read(folder).text


def test_the_same_run_gives_the_same_bytes(lesson_folder: Callable[..., Path]) -> None:
    folder = lesson_folder()
    first = page.write(folder).read_bytes()
    assert page.write(folder).read_bytes() == first
    assert str(folder) not in first.decode()


def test_a_big_run_fits_and_shows_every_kind(lesson_folder: Callable[..., Path]) -> None:
    found = page.write(lesson_folder(dialogues=10_000, failed=900, exchanges=1))
    assert found.stat().st_size < 3_000_000
    seen = Page(found.read_text(encoding="utf-8"))
    assert_inert(seen)
    text = " ".join(seen.text.split())
    assert "200 of 10,000 dialogues are shown" in text
    assert "67 of 900 failed; 67 of 1,820 with a hard breach; 66 of 7,280 with a soft breach only" in text
    assert "200 of 9,100 dialogues, and the mean of all" in text
    assert "7,280 kept, 1,820 broken" in text


def test_long_dialogues_do_not_burst_the_page(tmp_path: Path) -> None:
    plan = plans.Plan("long", {})
    journal = journals.create(tmp_path, journals.Header("run", plans.digest(plan), "r", "f", 1, 60, {}))
    for number in range(60):
        journal.add(journals.Episode(number, {}, {}))
        for turn in range(4):
            journal.add(journals.Turn(number, turn, "teacher", "p", "&" * 30_000, "generated"))
        journal.add(journals.Ending(number, "p", "limit"))
    journal.commit()
    text = page.html(plan, journal, {})
    journal.close()
    assert 10_000_000 < len(text.encode()) < 20_000_000
    assert "of 60 dialogues are shown" in text
    assert "(10,000 more characters in the journal)" in text


def test_a_report_is_replaced_whole_or_not_at_all(lesson_folder: Callable[..., Path],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lesson_folder(dialogues=2, failed=0)
    (folder / "report.html").write_text("the old one")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        page.write(folder)
    assert (folder / "report.html").read_text() == "the old one"
    assert sorted(path.name for path in folder.glob("*report*")) == ["report.html"]


@pytest.mark.parametrize(("scores", "seen"), [
    (b"[]", "not scores"), (b"{", "not scores"), (b'{"version": 9}', "version 9"), (b'{"measures": 3}', "not scores"),
])
def test_wrong_scores_are_refused(lesson_folder: Callable[..., Path], scores: bytes, seen: str) -> None:
    folder = lesson_folder(dialogues=1, failed=0)
    (folder / "scores.json").write_bytes(scores)
    with pytest.raises(ScoresError, match=seen):
        page.write(folder)


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        page.write(tmp_path)


def test_dialogues_that_have_ended_keep_their_value_in_the_mean(tmp_path: Path) -> None:
    student = plans.Role("L", "student", Lit("x"), state=(plans.Variable("m", "Prob", Lit(0.0), 0.0, 1.0),))
    plan = plans.Plan("p", {}, flows={"f": plans.Flow("f", {}, {"s": student}, {}, "a", 9)})
    journal = journals.create(tmp_path, journals.Header("run", plans.digest(plan), "r", "f", 1, 3, {}))
    for number, course in enumerate(([0.0, 1.0], [0.0, 0.5, 0.25, 0.0], [0.0, None])):
        journal.add(journals.Episode(number, {}, {"s": {"m": course[0]}}))
        for turn, value in enumerate(course[1:]):
            journal.add(journals.Turn(number, turn, "s", "a", "…", "generated", state={"s": {"m": value}}))
        journal.add(journals.Ending(number, "a", "final"))
    journal.commit()
    (series,) = tally.count(evidence.gather(plan, journal, {})).series
    journal.close()
    assert series.mean == (0.0, 0.75, 0.625, 0.5)
    assert series.lines == ((0.0, 1.0), (0.0, 0.5, 0.25, 0.0), (0.0, None))


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 120))
def test_shares_are_as_equal_as_sizes_allow(sizes: list[int], limit: int) -> None:
    found = evidence.shares(sizes, limit)
    assert sum(found) == min(limit, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(found, sizes, strict=True))
    cut = [share for share, size in zip(found, sizes, strict=True) if share < size]
    assert all(share <= min(cut) + 1 for share in found) if cut else True


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_the_contrast_that_reading_needs(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "style.css").read_text(encoding="utf-8"), re.S)
    colours = dict(re.findall(r"(--\w+): (#[0-9a-f]{6})\b", blocks[scheme]))
    for name in ("--ink", "--soft", "--blue", "--amber", "--red", "--green"):
        for ground in ("--paper", "--wash"):
            low, high = sorted((_luminance(colours[name]), _luminance(colours[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (name, ground)


def test_the_flow_is_drawn_with_the_ways_that_dialogues_went(lesson_folder: Callable[..., Path]) -> None:
    found = read(lesson_folder())
    labels = [label for label in found.values("aria-label") if label.startswith("flow ")]
    assert len(labels) == 1
    assert re.search(r"in \d of 8", found.text)


def test_a_trail_passes_phases_without_turns() -> None:
    flow = plans.Flow("f", {}, {}, {
        "a": plans.Phase("a", (plans.Turn("t"), plans.Goto("b"), plans.Goto("c", Lit(True)))),
        "b": plans.Phase("b", (plans.Goto("d"),)), "c": plans.Phase("c", (plans.Turn("t"), plans.Goto("d"))),
        "d": plans.Phase("d", (), final=True)}, "a", 9)
    assert tally.trail(flow, ["a", "a", "d"]).ways == (("a", "b"), ("b", "d"))
    assert tally.trail(flow, ["a", "c", "d"]).ways == (("a", "c"), ("c", "d"))
    assert tally.trail(flow, ["", "elsewhere"]).phases == ("a",)
