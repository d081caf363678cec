"""The plan: what a program is, for whoever runs, tunes or scores it. Frozen, versioned JSON with source places.

Names are resolved and types checked; role parameters are filled in, so that every expression speaks of the flow's
parameters, the members of its cast, `history`, `turn`, `phase` and `args`. A plan holds no data: rows are bound to the
parameters of a flow when it is run. One file, although it is long: it is one document.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from pedalang.classifier import Classifier as Classifier
from pedalang.classifier import Feature as Feature
from pedalang.classifier import Figure as Figure
from pedalang.classifier import Method as Method
from pedalang.classifier import Reads as Reads
from pedalang.contract import Assurance as Assurance
from pedalang.contract import Atom as Atom
from pedalang.contract import Automaton as Automaton
from pedalang.contract import Clause as Clause
from pedalang.contract import ClauseState as ClauseState
from pedalang.contract import Contract as Contract
from pedalang.contract import Formula as Formula
from pedalang.contract import Look as Look
from pedalang.contract import Op as Op
from pedalang.contract import Position as Position
from pedalang.contract import Reading as Reading
from pedalang.contract import Shield as Shield
from pedalang.contract import Standing as Standing
from pedalang.contract import atoms as atoms
from pedalang.contract import judged as judged
from pedalang.expression.nodes import Distribution, Expr
from pedalang.rubric import Agreement as Agreement
from pedalang.rubric import Classified as Classified
from pedalang.rubric import Criterion as Criterion
from pedalang.rubric import Gathered as Gathered
from pedalang.rubric import Human as Human
from pedalang.rubric import Judge as Judge
from pedalang.rubric import Kind as Kind
from pedalang.rubric import Measure as Measure
from pedalang.rubric import Reason as Reason
from pedalang.rubric import Rubric as Rubric
from pedalang.rubric import ScaleLevel as ScaleLevel
from pedalang.rubric import Units as Units
from pedalang.rubric import alike as alike
from pedalang.rubric import comparable as comparable
from pedalang.trial import Change as Change
from pedalang.trial import Expectation as Expectation
from pedalang.trial import Heard as Heard
from pedalang.trial import Listed as Listed
from pedalang.trial import Over as Over
from pedalang.trial import Property as Property
from pedalang.trial import Related as Related
from pedalang.trial import Rows as Rows
from pedalang.trial import Test as Test
from pedalang.trial import Typed as Typed
from pedalang.tuning import Course as Course
from pedalang.tuning import Curriculum as Curriculum
from pedalang.tuning import Optimize as Optimize
from pedalang.tuning import Slot as Slot
from pedalang.work import Axis as Axis
from pedalang.work import Budget as Budget
from pedalang.work import Comparison as Comparison
from pedalang.work import Matrix as Matrix
from pedalang.work import Observe as Observe
from pedalang.work import Run as Run
from pedalang.work import Selection as Selection
from pedalang.work import Table as Table

VERSION = 1
FLOW = "flow"
"""Under which name a flow's own state stands beside that of its cast."""
CASE = "case"
"""The argument of a move that says for which of its cases it was made."""
GIVEN = "history"
"""What an item calls the recorded turns that come before a dialogue's first phase."""


class PlanError(Exception):
    """A text is no plan that this version can read."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class FieldSpec(_Part, frozen=True):
    """A field of a record type. `default` is computed from the fields before it, by their bare names."""

    name: str
    type: str
    optional: bool = False
    default: Expr | None = None
    cases: tuple[str, ...] = ()
    """What it may be, where its type is an enum."""


class RecordType(_Part, frozen=True):
    """What every record of a data set has, in order."""

    name: str
    fields: tuple[FieldSpec, ...]
    place: str = ""


class Dataset(_Part, frozen=True):
    """Where records come from. A map is computed from `row`, a record of the file's own fields, and from `entry`."""

    name: str
    path: str
    record: str
    maps: dict[str, Expr]
    splits: dict[str, tuple[int, int]] = {}
    """Name to rows, from the first up to but not including the last; all of them by default."""
    shares: dict[str, tuple[float, float]] = {}
    """Name to the part of the rows, from 0 to 1, after they were shuffled with `seed`."""
    seed: int = 0
    licence: str = ""
    sha256: str = ""
    transcripts: str = ""
    """The format of a recorded dialogue that each row holds, or empty."""
    place: str = ""
    each: Expr | None = None
    """The list or map in `row` whose items make a record each, seen as `entry`; None where a row makes one."""
    columns: dict[str, str] = {}
    """What the columns of a table of utterances are called, by what they hold: `speaker`, `text` and others."""


class Model(_Part, frozen=True):
    """An engine by its address, and what a role asks of it: how it samples (with a `seed` of its own in place of the
    run's), how many tokens it reads at most, an adapter for its weights."""

    name: str
    engine: str
    temperature: float = 0.0
    place: str = ""
    context: int | None = None
    seed: int | None = None
    top_p: float | None = None
    adapter: str = ""


class Variable(_Part, frozen=True):
    """Part of a state. `low` and `high` bound it, or, where it is a list or map, what it holds: a Prob is clamped with
    a note, an Int range likewise."""

    name: str
    type: str
    initial: Expr | Distribution
    low: float | None = None
    high: float | None = None


class Assign(_Part, frozen=True, tag_field="do", tag="set"):
    """A variable of the state gets a value, or a part of it does: `path` leads there, from the outermost list, map or
    record in."""

    variable: str
    value: Expr
    place: str = ""
    path: tuple[Expr, ...] = ()


class Sample(_Part, frozen=True, tag_field="do", tag="draw"):
    """Binds `name` for the rest of the turn's handlers."""

    name: str
    distribution: Distribution
    place: str = ""


class Branch(_Part, frozen=True, tag_field="do", tag="if"):
    """Statements for when a condition holds, and for when it does not."""

    condition: Expr
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()
    place: str = ""


class Hint(_Part, frozen=True, tag_field="do", tag="hint"):
    """A line for the role's next prompt, and only for that."""

    text: Expr
    place: str = ""


Statement: TypeAlias = Assign | Sample | Branch | Hint


class Handler(_Part, frozen=True):
    """What changes a role's state, and when.

    `actor` is a member of the cast. `event`: `turn` before the role's own simulated turn, or after another's turn;
    `said` after words of the role itself that no rule computed (a person's, or recorded ones); else the move or act
    that the actor made, the role itself included.
    """

    actor: str
    event: str
    when: Expr | None
    body: tuple[Statement, ...]
    place: str = ""


class Move(_Part, frozen=True):
    """What a teacher may do in a turn. `defaults` are the arguments that a policy does not give. A `say` that is `none`
    or absent is no candidate."""

    name: str
    intent: Expr | None = None
    allow: Expr | None = None
    defaults: dict[str, Expr] = {}
    options: dict[str, tuple[str, ...]] = {}
    """Arguments whose values can be listed (an enum's cases): a model's policy chooses among them too."""
    cases: dict[str, str] = {}
    """What the move can be made for, each with its description: one of them is its argument `CASE`."""
    say: tuple[Expr, ...] = ()
    place: str = ""


class Act(_Part, frozen=True):
    """What a learner does in a turn: the first act whose guard holds. A `say` without a value is no candidate."""

    name: str
    when: Expr | None
    say: tuple[Expr, ...] = ()
    place: str = ""


class Arm(_Part, frozen=True):
    """One line of a policy: a move with arguments. `otherwise` holds where no arm with a guard does."""

    move: str
    arguments: dict[str, Expr]
    when: Expr | None = None
    otherwise: bool = False
    weight: float = 1.0
    place: str = ""


class Cue(_Part, frozen=True):
    """A number or truth value that a trained policy looks at before it chooses."""

    name: str
    of: Expr


class Policy(_Part, frozen=True):
    """How a move is chosen among those allowed: `rule` takes the first arm that holds, `table` draws one of those that
    hold by weight, `model` asks the engine which move's words are likeliest, `trained` takes the one for which the
    cues speak most. Arms then say only with which arguments a move is made."""

    kind: Literal["rule", "table", "model", "trained"]
    arms: tuple[Arm, ...] = ()
    cues: tuple[Cue, ...] = ()
    scores: dict[str, tuple[float, ...]] = {}
    """For each move what each cue counts for it, in their order, and last what it has without any. A move that has no
    scores is made where no other may be."""
    explore: float = 0.0
    """In which share of its turns the policy makes any allowed move by chance, from 0 to 1: to learn what moves do."""


class Opened(_Part, frozen=True):
    """A message that stands in a role's prompts before all that was said."""

    role: Literal["user", "assistant"]
    text: Expr


class Role(_Part, frozen=True):
    """A member of a flow's cast. `sees` lists what its prompts may show; `carries` is what its words must show."""

    name: str
    kind: Literal["role", "student"]
    voice: Expr
    sees: tuple[str, ...] = ()
    speak: Literal["grounded", "free", "either"] = "either"
    limit: int = 80
    model: str = ""
    moves: dict[str, Move] = {}
    policy: Policy = Policy("model")
    acts: tuple[Act, ...] = ()
    carries: Expr | None = None
    state: tuple[Variable, ...] = ()
    handlers: tuple[Handler, ...] = ()
    place: str = ""
    open: bool = False
    """Whether people and recordings may bring moves that are not among `moves`."""
    language: str = ""
    """The tag of the language that it writes in (BCP 47), or empty."""
    memory: int | None = None
    """How many turns its prompts show at most; all of them where there is none."""
    window: int | None = None
    """How many turns its prompts show at most, always the latest."""
    hears: Literal["all", "previous"] = "all"
    """Whose turns its prompts show beside its own: everybody's, or of each of its own turns the one before it."""
    layout: Literal["paired", "plain"] = "paired"
    """How its prompts are laid out: `plain` adds nothing to what was said, and joins nothing."""
    opening: tuple[Opened, ...] = ()
    told: dict[str, Expr] = {}
    """What stands in place of its voice in one of its steps (`speech`, `move`), where tuning found something better."""


class Turn(_Part, frozen=True, tag_field="step", tag="turn"):
    """Someone's turn. `moves` are those allowed here, by name; empty for a role without moves."""

    role: str
    moves: tuple[str, ...] = ()
    limit: int | None = None
    place: str = ""


class Goto(_Part, frozen=True, tag_field="step", tag="goto"):
    """Leaves the phase, if the guard holds; with `at_max`, if the phase has had its turns."""

    phase: str
    when: Expr | None = None
    at_max: bool = False
    place: str = ""
    text: str = ""
    """The guard as the author wrote it; empty where there is none."""


class Phase(_Part, frozen=True):
    """Steps in order, again and again until a goto leaves; a final phase ends the dialogue after one round. It is used
    up after `max_turns`, or when `budget` tokens have been read and written in it. `handlers` change the flow's state.
    """

    name: str
    steps: tuple[Turn | Goto, ...]
    final: bool = False
    max_turns: int | None = None
    goal: Expr | None = None
    place: str = ""
    budget: int | None = None
    handlers: tuple[Handler, ...] = ()


class Flow(_Part, frozen=True):
    """How a dialogue goes. `max_turns` counts both speakers; the dialogue is cut there, and where `budget` tokens have
    been read and written. `defaults` are for parameters that an item does not give. `state` is kept beside that of the
    cast, under the name `FLOW`."""

    name: str
    params: dict[str, str]
    cast: dict[str, Role]
    phases: dict[str, Phase]
    start: str
    max_turns: int
    obeys: tuple[str, ...] = ()
    place: str = ""
    defaults: dict[str, Expr] = {}
    state: tuple[Variable, ...] = ()
    handlers: tuple[Handler, ...] = ()
    budget: int | None = None
    given: int | None = None
    """How many turns of a recorded dialogue come before the first phase: so many of the item's `history`, 0 for all;
    None for a flow that begins at its beginning."""


class Plan(_Part, frozen=True):
    """A whole program."""

    program: str
    sources: dict[str, str]
    """File name to the SHA-256 of its text."""
    records: dict[str, RecordType] = {}
    datasets: dict[str, Dataset] = {}
    models: dict[str, Model] = {}
    flows: dict[str, Flow] = {}
    contracts: dict[str, Contract] = {}
    rubrics: dict[str, Rubric] = {}
    runs: dict[str, Run] = {}
    observes: dict[str, Observe] = {}
    tests: dict[str, Test] = {}
    matrices: dict[str, Matrix] = {}
    shields: tuple[Shield, ...] = ()
    properties: dict[str, Property] = {}
    classifiers: dict[str, Classifier] = {}
    optimizations: dict[str, Optimize] = {}
    courses: dict[str, Course] = {}
    curricula: dict[str, Curriculum] = {}
    version: int = VERSION


def work(of: Plan, name: str) -> Run | Observe | Matrix | Course | None:
    """The run, observe, matrix or course of a name; None for a flow that is played by itself."""
    return of.runs.get(name) or of.observes.get(name) or of.matrices.get(name) or of.courses.get(name)


def to_json(plan: Plan) -> bytes:
    """The canonical form: the same plan gives the same bytes, made or read back (where a 1 in a float field is 1.0)."""
    once = msgspec.json.encode(plan, order="deterministic")
    return msgspec.json.encode(msgspec.json.decode(once, type=Plan), order="deterministic")


def to_text(plan: Plan) -> str:
    """The canonical form, indented for people."""
    return msgspec.json.format(to_json(plan), indent=2).decode() + "\n"


def from_json(data: bytes | str) -> Plan:
    """Reads a plan. Raises `PlanError` for anything that is not a plan of this version."""
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise PlanError(f"not a plan: {error}") from None
    if plan.version != VERSION:
        raise PlanError(f"a plan of version {plan.version}; this is version {VERSION}")
    for contract in plan.contracts.values():
        for clause in contract.clauses:
            if clause.automaton is not None and not clause.automaton.sound:
                raise PlanError(f"not a plan: the automaton of {contract.name}.{clause.name} leads nowhere")
    return plan


def voice_digest(role: Role) -> str:
    """SHA-256 of what a role's prompts begin with, in hexadecimal: what was tuned for it is for no other."""
    return hashlib.sha256(msgspec.json.encode(role.voice, order="deterministic")).hexdigest()


def without_places(value: Any) -> Any:
    """A part of a plan, or what it holds, without where it stands in the source."""
    if isinstance(value, tuple):
        return tuple([without_places(item) for item in value])
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()}
    if not isinstance(value, Struct):
        return value
    fields = {name: without_places(getattr(value, name)) for name in value.__struct_fields__ if name != "place"}
    return type(value)(**fields)


def flow_digest(of: Plan, name: str) -> str:
    """SHA-256 of what a flow's dialogues hang on, in hexadecimal: the flow and the contracts over it; neither where
    these stand in the source, nor which engines answer."""
    said = without_places((of.flows[name], {each.name: each for each in of.contracts.values() if each.flow == name}))
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def digest(plan: Plan) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(to_json(plan)).hexdigest()
