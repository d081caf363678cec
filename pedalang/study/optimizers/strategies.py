"""A library of strategies: when something happens in a dialogue, what to do. Read by people as it stands, kept in the
voice of the teacher.

After "strategy teaching" for service dialogues: a scenario in which the learner is weak, a strategy for it, kept if it
does better. Here a scenario is a moment of a played dialogue that was worth little. The writer says when such a moment
is there and what to do then; with that in the voice the dialogue is played again, and some others. What is better there
is tried on the dev problems, and stays in the library if it is the best so far.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pedalang.overlay import Tuned, Voice
from pedalang.prompt import Message
from pedalang.runtime.engines.engine import Request
from pedalang.study.tuning import moments, practice
from pedalang.study.tuning.rollouts import Rollout
from pedalang.study.tuning.spending import Stopped
from pedalang.study.tuning.task import Candidate, Task

ROUNDS = {"light": 6, "medium": 16, "heavy": 40}
LONGEST = {"light": 4, "medium": 8, "heavy": 12}
"""Strategies in a library."""
BESIDE = {"light": 4, "medium": 8, "heavy": 16}
"""Problems that a strategy is tried on beside the one that it was made for."""
CHARACTERS = 300
"""Of each half of a strategy."""
TOKENS = 160
WARMTH = 0.7
"""At which temperature strategies are written."""
HEAD = "What has helped, and when:"

_HALVES = re.compile(r"\bwhen\b[^\w\n]*(?P<when>[^\n]+)\n+\W*\bdo\b[^\w\n]*(?P<do>[^\n]+)", re.IGNORECASE)
_VALUE = re.compile(r"\d+(?:[./]\d+)*")
_ASKED = """You coach a teacher. Below is a moment of a lesson that did not go well, and what it was measured by.
Say in general words when such a moment is there, and what the teacher should do then. Leave out numbers and names of
this problem: the advice is for other problems. Answer in two lines, each one sentence:
When: …
Do: …"""


class Strategy(NamedTuple):
    """What is to be done when something is so."""

    when: str
    do: str

    def __str__(self) -> str:
        return f"{self.when} → {self.do}"


def search(task: Task) -> None:
    """Adds strategies to what each teacher is told whose voice is tuned, one at a time. Raises `Stopped` where the
    writer never wrote one."""
    libraries = [_Library(task, who) for who in task.members("voice")]
    for library in libraries:
        library.grown()
    rounds = sum(library.rounds for library in libraries)
    if rounds and rounds == sum(library.unread for library in libraries):
        raise Stopped(f"the writer `{task.writer.name}` wrote no strategy in {rounds} rounds; name another one: "
                      "`--role writer=URI`")


def with_library(tuned: Tuned, bases: Mapping[str, Voice], library: Sequence[Strategy]) -> Tuned:
    """What was found, with a library at the end of what a member is told in each step (`MEMBER.STEP`)."""
    for key, base in bases.items():
        lines = [base.instructions, "", HEAD, *(f"- When {_small(each.when)}: {each.do}" for each in library)]
        tuned = practice.told(tuned, key, Voice("\n".join(lines), base.examples))
    return tuned


def read(text: str) -> Strategy | None:
    """The strategy that a reply names: a line `When: …`, then a line `Do: …`."""
    found = _HALVES.search(text)
    if found is None:
        return None
    when, do = (" ".join(found[half].split()).strip(" *_\"'`").rstrip(".,;: ") for half in ("when", "do"))
    return Strategy(when, do) if when and do and max(len(when), len(do)) <= CHARACTERS else None


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


class _Library:
    """The strategies of a member as they are found, and those that did not help: these are not proposed again."""

    def __init__(self, task: Task, who: str) -> None:
        self._task = task
        self._who = who
        self._auto = task.chosen.auto
        self.rounds = self.unread = 0
        """How often the writer was asked, and how often no strategy could be read in what it wrote."""
        self._kept: tuple[Strategy, ...] = ()
        self._refused: tuple[Strategy, ...] = ()

    def grown(self) -> None:
        """Rounds of a proposal each, while there is something left to do better, and room."""
        self._current = self._task.best
        self._bases = {f"{self._who}.{step}": practice.voice(self._task, self._current.tuned, f"{self._who}.{step}")
                       for step in self._steps()}
        for number in range(ROUNDS[self._auto]):
            played = practice.played(self._task, self._current.tuned, self._task.train, "train")
            weak = weakest(played, number)
            if weak is None or len(self._kept) >= LONGEST[self._auto]:
                return
            found = self._proposed(weak, number)
            if found is None:
                continue
            candidate = self._better(found, played, weak)
            if candidate is None:
                self._refused += (found,)
            else:
                self._current, self._kept = candidate, (*self._kept, found)

    def _steps(self) -> tuple[str, ...]:
        """Where an engine is asked: for words, and for a move where no rule chooses it."""
        role = self._task.flow.cast[self._who]
        return ("speech", "move") if role.moves and role.policy.kind == "model" else ("speech",)

    def _proposed(self, weak: Rollout, number: int) -> Strategy | None:
        """What the writer proposes for a moment; None for what is no strategy, is known already, or tells of the
        problem itself."""
        task, known = self._task, (*self._kept, *self._refused)
        text = moments.told(task.of, moments.moment(weak, self._who), weak)
        if known:
            text += "\n\nThese are known already. Propose another one:" + "".join(f"\n- {each}" for each in known)
        request = Request((Message("system", _ASKED), Message("user", text)), seed=task.seed + number,
                          max_tokens=TOKENS, temperature=WARMTH, purpose="writing")
        reply = practice.asked(task, task.writer, [request])[0]
        found = None if reply is None else read(reply.text)
        self.rounds += 1
        self.unread += found is None
        return None if found is None or found in known or tells(found, weak) else found

    def _better(self, found: Strategy, played: Sequence[Rollout], weak: Rollout) -> Candidate | None:
        """The candidate with one more strategy, if that helps where it was made for and is then the best of all."""
        task = self._task
        tuned = with_library(self._current.tuned, self._bases, (*self._kept, found))
        others = [each for each in played if each.episode != weak.episode]
        step = max(1, len(others) // BESIDE[self._auto])
        items = [each.item for each in (weak, *others[::step][:BESIDE[self._auto]])]
        what = f"batch-{weak.episode}"
        before, after = (practice.played(task, each, items, what) for each in (self._current.tuned, tuned))
        if practice.gain(before, after) <= 0:
            return None
        candidate = task.tried(tuned, how=f"strategy: {found}", parents=(self._current.number,))
        return candidate if task.best.number == candidate.number else None


def weakest(played: Sequence[Rollout], number: int) -> Rollout | None:
    """A dialogue that was worth less than it could be: the worst first, then the next, and again from the worst."""
    weak = sorted(((each.score, each.episode, each) for each in played
                   if each.score is not None and each.score < 1 and each.dialogue.turns), key=lambda found: found[:2])
    return weak[number % len(weak)][2] if weak else None


def tells(found: Strategy, weak: Rollout) -> bool:
    """Whether a strategy has a number of the problem that it was made for."""
    own = {number for value in moments.texts(weak.item) for number in _VALUE.findall(value)}
    return any(number in own for number in _VALUE.findall(f"{found.when} {found.do}"))
