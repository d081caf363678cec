"""What a choice of moves that was learnt has to beat besides the program's own: chance, and each move made always."""

from __future__ import annotations

from pedalang import cues
from pedalang.overlay import Learnt, Tuned
from pedalang.study.tuning.rounds import by_chance
from pedalang.study.tuning.task import Task


def rivals(task: Task) -> dict[str, Tuned]:
    """By what people call them; none where no policy is tuned. What may not be made is not made by these either: then
    it is the first of the role's moves that may."""
    members = [who for who in task.members("policy") if cues.contested(task.flow, who)]
    if not members:
        return {}
    found = {"by chance": Tuned(policies={who: by_chance(task, who) for who in members})}
    for who in members:
        for move in cues.contested(task.flow, who):
            name = f"always {move}" if len(members) == 1 else f"{who}: always {move}"
            found[name] = Tuned(policies={who: Learnt(task.chosen.name, (), {move: (1.0,)})})
    return found
