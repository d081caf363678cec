"""Measures what the rules of `anonymise:` find in recorded dialogues, and what they take away that they should not.

    PEDALANG_DATA=DIR python -m tests.exchange.measure [--words]

DIR holds `mathdial/dialogues.jsonl`, whose profiles tell the pupils' names, `bridge/*.json`, `uptake/uptake_data.csv`.
Nobody has labelled all names in them. What is derived: pupils' names that are left (recall), words taken for names
that were looked at by hand and are none (precision), numbers that went. `--words` prints the words taken for names.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pedalang.exchange import anonymising, tables, transcript
from pedalang.exchange.speakers import Spoken
from pedalang.exchange.utterance import Utterance

NO_PERSONS = frozenset(re.findall(r"\S+", """
Toyota Ford Russia Mars Germany Spiders Kickers Dodge Granville Salisbury Seahawks Tshirts Bugs Spain Hooper Bay
Volkswagen Seattle Google Taco Albaszu Tshirt Xmph Kickesr Kicker Spider Ar Tinley Park Mokena Graphs Ray Xs
Cumference International Dateline Mexican Witzzle Pro United States Macs Pcs Session Bingo Wahoo Wheaties Ton
Incredible Hulk America Central Europe Rock Harvard Singapore Valentine
"""))
"""Words that the rules take for names in these dialogues, and that name neither a person nor a school where they were
read."""

_NUMBER = re.compile(r"\d[\d,.]*")
_SHOWN = re.compile(r"(?:Person|School) \d+|\[number\]")

Talk = list[Spoken]


def talk(turns: Sequence[Utterance]) -> Talk:
    return [Spoken(each.speaker.lower(), each) for each in turns]


def mathdial(folder: Path) -> tuple[list[Talk], list[str]]:
    """The dialogues, and the name of each one's pupil."""
    rows = [row.fields for row in tables.read(folder / "mathdial" / "dialogues.jsonl").rows]
    pupils = [str(row["student_profile"]).split()[0] for row in rows]
    return [talk(each) for each in transcript.dialogues("mathdial", rows, range(len(rows)))], pupils


def bridge(folder: Path) -> list[Talk]:
    rows = [row for name in ("train", "validation", "test")
            for row in json.loads((folder / "bridge" / f"{name}.json").read_text(encoding="utf-8"))]
    return [talk([Utterance(each["user"], each["text"]) for each in (*row["c_h"], *row["c_r"])]) for row in rows]


def uptake(folder: Path) -> list[Talk]:
    rows = [row.fields for row in tables.read(folder / "uptake" / "uptake_data.csv").rows]
    return [talk([Utterance("Student", row["student_text"]), Utterance("Teacher", row["teacher_text"])])
            for row in rows]


def without(talks: Sequence[Talk]) -> list[list[str]]:
    told = anonymising.anonymised([({}, each) for each in talks], anonymising.KINDS)
    return [[each.utterance.text for each in said] for _, said in told]


def texts(talks: Sequence[Talk]) -> list[str]:
    return [each.utterance.text for said in talks for each in said]


def taken(before: Sequence[str], after: Sequence[str]) -> Counter[str]:
    """The words for which something else stands, by how often."""
    found: Counter[str] = Counter()
    for text, shown in zip(before, after, strict=True):
        parts = [re.escape(part) for part in _SHOWN.split(shown)]
        match = re.fullmatch("(.+?)".join(parts), text, re.DOTALL)
        if match is not None:
            found.update(zip_kinds(_SHOWN.findall(shown), match.groups()))
    return found


def zip_kinds(shown: Sequence[str], words: Sequence[str]) -> list[str]:
    return [word for kind, word in zip(shown, words, strict=True) if kind.startswith(("Person", "School"))]


def told(name: str, talks: Sequence[Talk], words: bool) -> None:
    before, after = texts(talks), [text for said in without(talks) for text in said]
    found = taken(before, after)
    wrong = sum(number for word, number in found.items() if word.title() in NO_PERSONS)
    numbers = sum(len(_NUMBER.findall(text)) for text in before)
    gone = numbers - sum(len(_NUMBER.findall(re.sub(r"(?:Person|School) \d+", "", text))) for text in after)
    kinds = sum(word.title() in NO_PERSONS for word in found)
    print(f"{name}: {len(talks)} dialogues, {len(before)} turns; taken for names {found.total()} times "
          f"({len(found)} words), of them no names {wrong} times ({kinds} words): "
          f"precision {1 - wrong / max(1, found.total()):.3f}; numbers {numbers}, gone {gone}")
    if words:
        print("  " + " ".join(f"{word}({number})" for word, number in found.most_common()))


def recall(talks: Sequence[Talk], pupils: Sequence[str]) -> None:
    everybody = re.compile(rf"\b(?:{'|'.join(sorted(set(pupils)))})\b")
    there = sum(len(everybody.findall(text)) for text in texts(talks))
    together = sum(len(everybody.findall(text)) for said in without(talks) for text in said)
    alone = sum(len(everybody.findall(text)) for each in talks for said in without([each]) for text in said)
    labelled = sum(len(re.findall(rf"\b{pupil}\b", text, re.IGNORECASE))
                   for each, pupil in zip(talks, pupils, strict=True)
                   for said in without([_labelled(each, pupil)]) for text in said)
    own = sum(len(re.findall(rf"\b{pupil}\b", text, re.IGNORECASE)) for each, pupil in zip(talks, pupils, strict=True)
              for text in texts([each]))
    print(f"pupils' names: {there}; found with all dialogues together {there - together}, each alone {there - alone}; "
          f"of {own} of the own pupil in any capitals, where the label tells the name, {own - labelled}")


def _labelled(said: Talk, pupil: str) -> Talk:
    return [Spoken(each.member, Utterance(pupil, each.utterance.text)) if each.member == "student" else each
            for each in said]


def main() -> None:
    folder, words = Path(os.environ["PEDALANG_DATA"]), "--words" in sys.argv
    talks, pupils = mathdial(folder)
    recall(talks, pupils)
    for name, each in (("mathdial", talks), ("bridge", bridge(folder)), ("uptake", uptake(folder))):
        told(name, each, words)


if __name__ == "__main__":
    main()
