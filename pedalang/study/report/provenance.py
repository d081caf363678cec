"""The panel about the run itself: what it was made from, with which engines, and how to resume or repeat it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from pedalang import journal as journals
from pedalang import plan as plans
from pedalang.study.report import wording
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.tally import Tally


@dataclass(frozen=True)
class Entry:
    """A line of provenance; `code` is a hash or the like, set in a fixed width."""

    name: str
    value: str = ""
    code: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Panel:
    """What a run was made of, and the commands that go on with it or repeat it."""

    groups: tuple[Group, ...]
    resume: str
    repeat: str
    matches: bool
    """Whether the plan is the one that the journal was written for."""


def panel(evidence: Evidence, tally: Tally) -> Panel:
    """What the header, the plan and the tally say."""
    header = evidence.header
    groups = [
        Group("Program", _program(evidence)),
        Group("Engines", _engines(header)),
        Group("Data", _data(evidence)),
        Group("Work", (
            Entry("turns", f"{tally.turns:,}"),
            Entry("engine calls", f"{tally.calls:,}"),
            Entry("tokens", f"{tally.tokens_in:,} in, {tally.tokens_out:,} out"),
        )),
        Group("Options", tuple(Entry(name, _option(value)) for name, value in sorted(header.options.items()))),
        Group("Versions", (
            Entry("plan", str(evidence.plan.version)),
            Entry("journal", str(journals.VERSION)),
            Entry("scores", str(evidence.scores.version)),
        )),
    ]
    digest = plans.digest(evidence.plan)
    return Panel(
        tuple(group for group in groups if group.entries),
        "ped run --resume DIR" if header.kind == "run" else "",
        _repeat(header),
        digest == header.plan,
    )


def _program(evidence: Evidence) -> tuple[Entry, ...]:
    header = evidence.header
    return (
        Entry("plan", code=header.plan),
        *(Entry(name, code=digest) for name, digest in sorted(evidence.plan.sources.items())),
        Entry(header.kind, header.run),
        Entry("flow", header.flow),
        Entry("seed", str(header.seed)),
        *_branched(header),
    )


def _branched(header: journals.Header) -> tuple[Entry, ...]:
    """What a run comes from that left another one."""
    root = header.options.get("branched")
    if not isinstance(root, dict):
        return ()
    said = f"{root.get('run')}, dialogue {root.get('episode')}, from turn {root.get('turn')} on"
    return (Entry("branched from", said, str(root.get("journal", ""))),)


def _engines(header: journals.Header) -> tuple[Entry, ...]:
    return tuple(Entry(member, wording.without_folders(name)) for member, name in sorted(header.engines.items()))


def _data(evidence: Evidence) -> tuple[Entry, ...]:
    found = []
    for name, digest in sorted(evidence.header.data.items()):
        declared = evidence.plan.datasets.get(name)
        licence = f"licence {declared.licence}" if declared and declared.licence else ""
        differs = "not the file that the program declares" if declared and declared.sha256 not in ("", digest) else ""
        found.append(Entry(name, licence, digest, differs))
    return tuple(found)


def _option(value: Any) -> str:
    return wording.clip(wording.show(wording.without_folders(value)), 2_000)


def _repeat(header: journals.Header) -> str:
    run = shlex.quote(header.run)
    if header.kind == "run":
        return f"ped run FILE {run} --seed {header.seed} -n {header.episodes}"
    return f"ped observe FILE {run} --transcripts PATH" if header.kind == "observe" else ""
