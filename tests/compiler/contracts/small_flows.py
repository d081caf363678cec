"""Small programs at random, as text: phases, limits, guards on counts and turns, handlers, draws, two who make moves;
and clauses over them. Every turn of a teacher has a move without a guard, so that no dialogue comes to a stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

MOVES = ("ask", "hint", "tell")
ACTS = ("solves", "stalls", "waits")
ENDS = ("done", "lost")


class Small(NamedTuple):
    """A program without contracts, and what clauses over it can speak of."""

    text: str
    phases: tuple[str, ...]
    aide: bool


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


COUNTS = st.integers(0, 3)
CHANCES = st.sampled_from(["0.0", "0.5", "0.5", "1.0", "mastery", "if stuck >= 1 then 0.0 else 1.0"])
CONDITIONS = st.one_of(
    st.just("student.right"),
    st.builds("student.stuck >= {}".format, st.integers(1, 3)),
    st.builds('history.count("{}") >= {}'.format, st.sampled_from(MOVES), st.integers(1, 2)),
    st.builds("history.turns >= {}".format, st.integers(2, 6)),
    st.just('contains(turn.text, "half")'),
    st.just("student.right and student.stuck == 0"),
    st.just("silent >= 2"),
    st.just("student.mastery >= 0.5"),
    st.just("student.mastery > 0.2 and not student.right"),
    st.just("teacher.energy == 0"),
)
"""When a transition is taken."""
GUARDS = st.one_of(
    st.builds(' allow when history.count("{}") < {} '.format, st.sampled_from(MOVES), st.integers(1, 2)),
    st.builds(' allow when history.count("{}") >= {} '.format, st.sampled_from(MOVES), st.integers(1, 2)),
    st.builds(" allow when history.turns >= {} ".format, st.integers(1, 5)),
    st.just(' allow when turn.act != "solves" '),
)
EFFECTS = st.sampled_from(["set stuck = 0", "set stuck += 1", "set right = false", "set right = true", "set mood = low",
                           "set mood = high", "if right { set stuck = 0 } else { set stuck += 1 }",
                           "set mastery += 0.3", "set mastery = 0.0", "draw luck ~ bernoulli(0.5) set right = luck",
                           "draw pick ~ one_of(0, 2) set stuck = pick",
                           "draw much ~ uniform(0.0, 0.4) set mastery += much"])
WHEN = st.sampled_from(["", "", " when right", " when stuck < 2", " when mastery < 0.5"])
THINKS = st.sampled_from(["set right = knows", "if knows { set right = true }",
                          "set right = knows set stuck = if knows then 0 else stuck + 1",
                          "if knows { set stuck += 1 }", "set right = knows and mood == high",
                          "set right = knows or mastery >= 0.5", "if not knows { set mastery += 0.2 }"])


@st.composite
def programs(draw: st.DrawFn) -> Small:
    """A program whose flow is called `lesson`."""
    aide = draw(st.booleans())
    free = draw(st.sampled_from(MOVES))
    phases = [f"p{number}" for number in range(draw(st.integers(1, 2)))]
    guards = {name: "" if name == free else draw(st.just("") | GUARDS) for name in MOVES}
    moves = [f'move {name} {{{guards[name]} say: ["{name.capitalize()}, one half."] }}' for name in MOVES]
    moves += ['move nod { say: ["Yes."] }', 'move doubt { say: ["No."] }'] if aide else []
    steps = [draw(_phase(number, phases, free, aide)) for number in range(len(phases))]
    cast = "cast teacher: Tutor\n  cast student: Learner" + ("\n  cast aide: Aide" if aide else "")
    text = "\n".join([
        *moves, f"role Tutor() {{ moves: [{_list(MOVES)}]  speak: grounded  {draw(_energy())} }}",
        *(["role Aide() { moves: [nod, doubt]  speak: grounded }"] if aide else []),
        'enum Mood { case low "low" case high "high" }', draw(_student()), "flow lesson() {", f"  {cast}",
        f"  max: {draw(st.integers(4, 10))} turns", "  state { silent: Int in 0..3 = 0 }",
        "  on student.waits { set silent += 1 }", f"  on teacher.{draw(st.sampled_from(MOVES))} {{ set silent = 0 }}",
        *steps, "  phase done final {}", f"  phase lost final {{ turn teacher {draw(_allowed(free))} }}", "}\n"])
    return Small(text, (*phases, *ENDS), aide)


@st.composite
def _energy(draw: st.DrawFn) -> str:
    """What a teacher keeps of herself."""
    event = draw(st.sampled_from(["self.tell", "self.hint", "self.turn", "student.solves", "student.turn"]))
    effect = draw(st.sampled_from(["set energy -= 1", "set energy = 2", "draw tired ~ bernoulli(0.5) if tired "
                                   "{ set energy -= 1 }"]))
    return f"state {{ energy: Int in 0..2 = 1 }}  on {event} {{ {effect} }}"


@st.composite
def _student(draw: st.DrawFn) -> str:
    heard = "\n".join(f"  on teacher.{name}{draw(WHEN)} {{ {draw(EFFECTS)} }}"
                      for name in draw(st.lists(st.sampled_from(MOVES), max_size=2, unique=True)))
    return "\n".join([
        "student Learner() {", '  speak: free  voice: "You are seven."',
        "  state { right: Bool = false  stuck: Int in 0..3 = 0  mood: Mood = low  mastery: Prob = 0.1 }", heard,
        f"  on self.turn {{ draw knows ~ bernoulli({draw(CHANCES)})  {draw(THINKS)} }}",
        f"  act solves when {draw(st.sampled_from(['right', 'right', 'mastery >= 0.5']))} {{}}",
        f"  act stalls when stuck >= {draw(st.integers(1, 3))} {{}}",
        "  act waits otherwise {}", "}"])


@st.composite
def _phase(draw: st.DrawFn, number: int, phases: Sequence[str], free: str, aide: bool) -> str:
    """A phase that leads on to the next one, or to an end."""
    later = [*phases[number + 1:], *ENDS]
    steps = [f"turn teacher {draw(_allowed(free))}"]
    if draw(st.integers(0, 4)) == 0:
        steps.append(f"turn teacher {draw(_allowed(free))}")
    if aide:
        steps.insert(draw(st.integers(0, len(steps))), "turn aide")
    steps.append("turn student")
    steps += [f"-> {draw(st.sampled_from([*phases, *ENDS]))} when {draw(CONDITIONS)}"
              for _ in range(draw(st.integers(0, 2)))]
    steps.append(f"-> {later[0]} at max")
    return f"  phase {phases[number]} max {draw(st.integers(2, 6))} turns {{\n    " + "\n    ".join(steps) + "\n  }"


@st.composite
def _allowed(draw: st.DrawFn, free: str) -> str:
    """What a turn of the teacher allows: always the move without a guard among it."""
    more = draw(st.lists(st.sampled_from([name for name in MOVES if name != free]), unique=True, max_size=2))
    return draw(st.sampled_from(["", "", f"must {free}", f"may {{ {_list([free, *more])} }}",
                                 f"may {{ {_list([*more, free])} }}"]))


# ---------------------------------------------------------------- clauses


def clauses(of: Small) -> st.SearchStrategy[str]:
    """Clauses over a program, as text; some that say much of a little, some of any form."""
    facts = _facts(of)
    f, n = facts, st.integers(1, 3)
    usual = st.one_of(
        st.builds("never {}".format, f), st.builds("eventually {}".format, f), st.builds("first {}".format, f),
        st.builds("last {}".format, f), st.builds("at most {} {}".format, COUNTS, f),
        st.builds("at least {} {}".format, COUNTS, f), st.builds("exactly {} {}".format, COUNTS, f),
        st.builds("at most {} consecutive {}".format, n, f), st.builds("at least {} consecutive {}".format, n, f),
        st.builds("never {} before {} {}".format, f, n, f), st.builds("never {} until {}".format, f, f),
        st.builds("{} until finally {}".format, f, f), st.builds("whenever {} then next {}".format, f, f),
        st.builds("whenever {} then {} within {} turns".format, f, f, st.integers(2, 4)),
        st.builds("whenever {} then not {} since {}".format, f, f, f),
        st.builds("eventually {} within {} turns".format, f, st.integers(1, 6)),
    )
    inside = st.builds("during {}: {}".format, st.sampled_from(of.phases), usual)
    return st.one_of(usual, usual, inside, st.builds("({}) and ({})".format, usual, usual),
                     st.builds("({}) or ({})".format, usual, usual),
                     st.builds("({}) implies ({})".format, usual, usual),
                     st.builds("always ({})".format, st.recursive(f, _deeper, max_leaves=3)))


def _facts(of: Small) -> st.SearchStrategy[str]:
    named = [*MOVES, *MOVES, *ACTS, "teacher", "student", "student.right", "(student.stuck >= 2)", "(silent >= 2)",
             "(student.mood == high)", "(student.mastery >= 0.5)", "(teacher.energy == 0)",
             "(history.turns >= 4)", '(history.count("ask") >= 2)',
             *(f'(phase == "{name}")' for name in of.phases), *(["aide", "nod", "doubt"] if of.aide else [])]
    return st.sampled_from(named)


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(["not", "next", "eventually", "never", "always", "last", "first", "at most 1"])
    return st.one_of(st.builds("{} ({})".format, one, inner),
                     st.builds("(({}) {} ({}))".format, inner, st.sampled_from(
                         ["and", "or", "implies", "until", "since", "before", "until finally"]), inner))
