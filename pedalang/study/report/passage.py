"""The panel of the flow: its picture, with how many dialogues came through each phase and went each way."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pedalang.drawing import chart, svg
from pedalang.drawing.chart import Passed
from pedalang.study.report.evidence import Evidence
from pedalang.study.report.tally import Tally


@dataclass(frozen=True)
class Panel:
    """The picture, and whether dialogues are counted in it."""

    picture: Markup
    counted: bool


def panel(evidence: Evidence, tally: Tally) -> Panel | None:
    """None where the plan lacks the flow or its phases. Recorded dialogues that name no phase are not counted."""
    if evidence.flow is None or not evidence.flow.phases:
        return None
    counted = bool(tally.steps)
    passed = Passed(len(evidence.dialogues), tally.phases, tally.steps) if counted else None
    # The picture is built as a tree of elements, which has escaped every text and attribute.
    return Panel(Markup(svg.draw(chart.of_flow(evidence.plan, evidence.flow.name, passed))), counted)
