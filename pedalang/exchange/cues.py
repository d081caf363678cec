"""Subtitles as dialogues: cues with times become utterances. What WebVTT and SubRip have in common.

Who speaks stands before the words, `Ms Ruiz: What is half of 6?`, or in a voice tag (WebVTT); a cue without either goes
on from the one before it. Cues are in the order of their times. Cues of one speaker in a row are one utterance, their
texts joined by a space, unless there are more than `PAUSE` seconds between them or the whole would take more than
`LONGEST`: a lecture stays apart in pieces, so that segments by time can be cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pedalang.exchange import tables
from pedalang.exchange.errors import DataError
from pedalang.exchange.utterance import Utterance

PAUSE = 10.0
"""Seconds of silence after which the same speaker begins anew."""
LONGEST = 60.0
"""Seconds that joined cues may take."""

_TIME = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_ARROW = re.compile(rf"[ \t]*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_WORD = r"(?:[^\W_][^\s:,;?!]*|\([^\s:()]*\))"
_PREFIX = re.compile(rf"[ \t]*(?:>>+[ \t]*|-[ \t]*)?({_WORD}(?:[ \t]{_WORD}){{0,3}})[ \t]*:(?:[ \t]+|$)")
_NO_SPEAKER = re.compile(
    r"(?:answer|question|example|note|notes|remember|hint|step|problem|remark|task|exercise|rule|proof|solution|result|"
    r"theorem|definition|so|and|then|now|because|but|well|okay|ok|first|second|third|next|today|homework|page|number|"
    r"here|look|listen|yes|no|http|https)(?:[ \t]\d+)?|\d.*", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|\{\\[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue: seconds, its lines without tags, and the line of the file in which its times stand. `speaker` is that of
    a voice tag, or empty."""

    start: float
    end: float
    text: str
    line: int
    speaker: str = ""


def lines(path: Path) -> list[str]:
    """The lines of a file of subtitles. Raises `OSError`, `DataError`."""
    return re.split(r"\r\n|\r|\n", tables.text(path))


def blocks(of: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines between empty ones, with the number of the first, from 1."""
    begins, block = 1, list[str]()
    for number, line in enumerate((*of, ""), 1):
        if line.strip():
            begins = begins if block else number
            block.append(line)
        elif block:
            yield begins, block
            block = []


def times(line: str, name: str, number: int) -> tuple[float, float]:
    """The seconds of a line `00:01:02.500 --> 00:01:04.000`. Raises `DataError`."""
    found = _ARROW.fullmatch(line)
    if found is None:
        raise DataError("PED0830", f"`{name}`, line {number}: no times of a cue in `{line.strip()[:60]}`",
                        help="times look like `00:01:02.500 --> 00:01:04.000`, minutes and seconds below 60")
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end < start:
        raise DataError("PED0830", f"`{name}`, line {number}: this cue ends before it begins",
                        help="correct its times")
    return start, end


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return ((int(hours) * 60 + int(minutes)) * 60_000 + int(seconds) * 1000 + int(fraction.ljust(3, "0"))) / 1000


def without_tags(text: str) -> str:
    """A cue's lines, without what says how they look."""
    return _TAG.sub("", text)


def utterances(cues: Iterable[Cue], name: str) -> list[Utterance]:
    """What is said in cues. Raises `DataError` where nobody is named as the first speaker, or nothing is said."""
    found: list[Utterance] = []
    who = ""
    for cue in sorted(cues, key=lambda each: each.start):
        for speaker, words in _said(cue):
            who = speaker or who
            if not who:
                raise DataError("PED0831", f"`{name}`, line {cue.line}: nothing says who speaks",
                                help="write the speaker before the words, `Teacher: …`, or in a voice tag of WebVTT, "
                                "`<v Teacher>`; a cue without either goes on from the one before")
            if words:
                _add(found, Utterance(who, words, "", cue.start, cue.end))
    if not found:
        raise DataError("PED0830", f"`{name}` has no cue with words", help="bring a file in which somebody speaks")
    return found


def _said(cue: Cue) -> Iterator[tuple[str, str]]:
    """The speakers and words of a cue; a line may begin with another speaker."""
    if cue.speaker:
        yield cue.speaker, " ".join(cue.text.split())
        return
    who, words = "", list[str]()
    for line in cue.text.split("\n"):
        plain = " ".join(line.split())
        prefix = _PREFIX.match(plain)
        if prefix is None or _NO_SPEAKER.fullmatch(prefix[1]):
            words.append(plain)
            continue
        if words:
            yield who, " ".join(words)
        who, words = prefix[1], [plain[prefix.end():]]
    yield who, " ".join(filter(None, words))


def _add(found: list[Utterance], each: Utterance) -> None:
    """Adds an utterance, joined to the one before where it goes on from it."""
    before = found[-1] if found else None
    if before is None or before.speaker != each.speaker:
        found.append(each)
        return
    assert before.start is not None and before.end is not None and each.start is not None and each.end is not None
    if each.start - before.end > PAUSE or each.end - before.start > LONGEST:
        found.append(each)
    else:
        found[-1] = replace(before, text=f"{before.text} {each.text}", end=max(before.end, each.end))
