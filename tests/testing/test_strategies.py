"""Dialogues for tests in Python: Hypothesis draws them, and shrinks them too."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pedalang.cli import main
from pedalang.testing import strategies

ROOT = Path(__file__).parents[2]
GUIDED = strategies.program(ROOT / "programs" / "guided_fraction" / "main.ped")
FIRST = strategies.program(ROOT / "programs" / "first" / "main.ped")
quickly = settings(max_examples=15, phases=[Phase.generate],
                   suppress_health_check=[HealthCheck.too_slow])


@quickly
@given(GUIDED.property("no dialogue gets lost"))
def test_the_dialogues_of_a_property(dialogue: strategies.Dialogue) -> None:
    assert not dialogue.broken, dialogue
    assert dialogue.ending is not None and dialogue.turns[-1].phase in ("solved", "unresolved")


@quickly
@given(GUIDED.rows("problems"), GUIDED.values("List[Int in 1..9]?"), GUIDED.students("guided", "student"))
def test_rows_values_and_students(row: dict[str, object], numbers: tuple[int, ...] | None,
                                  student: dict[str, object]) -> None:
    assert {"question", "answer", "confusion"} <= row.keys()
    assert numbers is None or all(1 <= number <= 9 for number in numbers)
    assert student["mood"] == "curious" and student["mastery"] == 0.1


def test_what_breaks_is_shrunk_and_reads_like_a_message() -> None:
    @settings(max_examples=20, database=None)
    @given(st.data())
    def never_asks(data: st.DataObject) -> None:
        dialogue = data.draw(FIRST.dialogues(next(iter(FIRST.plan.flows))))
        assert len(dialogue.turns) < 2, f"\n{dialogue!r}"

    with pytest.raises(AssertionError) as raised:
        never_asks()
    assert " 0  " in str(raised.value) and " 1  " in str(raised.value)


def test_a_file_for_pytest_and_the_page_s_example(tmp_path: Path) -> None:
    program = tmp_path / "main.ped"
    program.write_text("""pedalang 1
move ask for teacher { say: ["How?"] }
move tell for teacher { say: ["So."] }
role Tutor { moves: [ask, tell]  speak: grounded }
student Learner { act waits { say: ["Well."] } }
flow lesson {
  cast teacher: Tutor
  cast student: Learner
  phase work max 6 turns { turn teacher  turn student  -> done at max }
  phase done final {}
}
test "asking is asking" { given t: trace([teacher.ask]) expect first ask }
property "it ends" { runs: 20 expect at most 6 (teacher or student) }
property "It ends!" { runs: 50 expect never tell }
""", encoding="utf-8")
    (tmp_path / "tests").mkdir()
    emitted = tmp_path / "tests" / "test_main.py"
    done = CliRunner().invoke(main, ["test", str(program), "--emit", "pytest", str(emitted)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page = (ROOT / "docs" / "language" / "tests.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "tests" / "test_page.py").write_text(shown.replace("@given", "@settings(max_examples=9)\n@given")
                                                     .replace("import given", "import given, settings"))
    ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path),
                          str(tmp_path)], capture_output=True, text=True, cwd=ROOT,
                         env={"PYTHONPATH": str(ROOT), "PATH": ""})
    assert "1 failed, 5 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "test_it_ends_2" in ran.stdout and "work: teacher.tell" in ran.stdout
