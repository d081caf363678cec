"""The tree of a program: one frozen class for each rule of `grammar/pedalang.lark`, its fields what the rule keeps.

The tree is a value and holds no meaning: names are not resolved, texts not cut at interpolations, numbers not read.
Every node has `start` and `end`, offsets into its source. Nodes compare and hash by identity, so that tables of
meaning can be kept beside the tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """Part of a program: characters `start` up to but not including `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Word(Node):
    """A token that is kept: a name, a key (without its colon), a number, an operator. `text` is as it was written."""

    text: str


Docs: TypeAlias = "tuple[Word, ...]"


# ---------------------------------------------------------------- modules and imports


@dataclass(frozen=True, slots=True, eq=False)
class Module(Node):
    edition: Edition | None
    moddocs: Docs
    imports: tuple[FromImport | ImportModule, ...]
    decls: tuple[Decl, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Edition(Node):
    number: Word


@dataclass(frozen=True, slots=True, eq=False)
class FromImport(Node):
    path: ModulePath
    items: tuple[ImportItem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImportModule(Node):
    path: ModulePath
    alias: Word | None


@dataclass(frozen=True, slots=True, eq=False)
class ModulePath(Node):
    dots: tuple[Word, ...]
    names: NamePath


@dataclass(frozen=True, slots=True, eq=False)
class NamePath(Node):
    names: tuple[Word, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ImportItem(Node):
    name: Word
    alias: Word | None


# ---------------------------------------------------------------- declarations


@dataclass(frozen=True, slots=True, eq=False)
class Decl(Node):
    docs: Docs
    decorators: tuple[Decorator, ...]
    body: Declaration


@dataclass(frozen=True, slots=True, eq=False)
class Decorator(Node):
    name: Word
    arguments: tuple[Argument, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class TypeDecl(Node):
    name: Word
    fields: tuple[TypeField, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TypeField(Node):
    docs: Docs
    key: Word
    type: Type
    default: Expr | None
    decorators: tuple[Decorator, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EnumDecl(Node):
    name: Word
    cases: tuple[EnumCase, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EnumCase(Node):
    docs: Docs
    name: Word
    description: Word | None


@dataclass(frozen=True, slots=True, eq=False)
class ScaleDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    kind: Word
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Level(Node):
    docs: Docs
    value: Signed
    label: Word | None
    text: Text


@dataclass(frozen=True, slots=True, eq=False)
class Signed(Node):
    minus: Word | None
    number: Word


@dataclass(frozen=True, slots=True, eq=False)
class LetDecl(Node):
    name: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class LetTyped(Node):
    name: Word
    type: Type
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class DefDecl(Node):
    name: Word
    params: tuple[Param, ...]
    type: Type
    value: Expr | Extern


@dataclass(frozen=True, slots=True, eq=False)
class Extern(Node):
    target: Word


@dataclass(frozen=True, slots=True, eq=False)
class MovesDecl(Node):
    name: Word
    open: Word | None
    names: tuple[Word, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MovesOrdered(Node):
    """A move set in order of specificity, the least specific first."""

    name: Word
    open: Word | None
    names: tuple[Word, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MoveDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    role: Word | None
    items: tuple[Field | AllowWhen | Example | SubIntent, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AllowWhen(Node):
    docs: Docs
    guard: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Example(Node):
    docs: Docs
    text: Text
    reply: Text | None


@dataclass(frozen=True, slots=True, eq=False)
class SubIntent(Node):
    docs: Docs
    name: Word
    description: Word | None


@dataclass(frozen=True, slots=True, eq=False)
class MisconceptionDecl(Node):
    name: Word
    type: Word
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RoleDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    items: tuple[RoleItem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StudentDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    items: tuple[RoleItem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Say(Node):
    docs: Docs
    key: Word
    candidates: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Act(Node):
    docs: Docs
    name: Word
    guard: Expr | Otherwise | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Policy(Node):
    docs: Docs
    kind: Word
    arms: tuple[PolicyArm, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class PolicyArm(Node):
    move: Ref
    weight: Weight | None
    guard: Expr | Otherwise | None


@dataclass(frozen=True, slots=True, eq=False)
class Otherwise(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class State(Node):
    docs: Docs
    vars: tuple[StateVar, ...]


@dataclass(frozen=True, slots=True, eq=False)
class StateVar(Node):
    docs: Docs
    key: Word
    type: Type
    value: Expr | Draw


@dataclass(frozen=True, slots=True, eq=False)
class Draw(Node):
    distribution: Expr


@dataclass(frozen=True, slots=True, eq=False)
class On(Node):
    docs: Docs
    event: Event
    guard: Expr | None
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Event(Node):
    names: NamePath
    binds: tuple[Word, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Node):
    target: Ref
    operator: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Sample(Node):
    name: Word
    distribution: Expr


@dataclass(frozen=True, slots=True, eq=False)
class IfStmt(Node):
    condition: Expr
    then: tuple[Statement, ...]
    otherwise: IfStmt | tuple[Statement, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class Hint(Node):
    text: Text


@dataclass(frozen=True, slots=True, eq=False)
class PredicateDecl(Node):
    name: Word
    params: tuple[Param, ...]
    method: Word
    fields: tuple[Field, ...]


# ---------------------------------------------------------------- flows and contracts


@dataclass(frozen=True, slots=True, eq=False)
class FlowDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Cast | Phase | Obeys | GivenHistory | State | On, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cast(Node):
    docs: Docs
    key: Word
    role: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Obeys(Node):
    docs: Docs
    contracts: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GivenHistory(Node):
    docs: Docs


@dataclass(frozen=True, slots=True, eq=False)
class Phase(Node):
    docs: Docs
    name: Word
    mods: tuple[Start | Final | MaxTurns, ...]
    items: tuple[Field | Turn | Goto | On, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Start(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Final(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class MaxTurns(Node):
    quantity: Word


@dataclass(frozen=True, slots=True, eq=False)
class Turn(Node):
    docs: Docs
    role: Word
    moves: May | Must | None
    fields: tuple[Field, ...] | None


@dataclass(frozen=True, slots=True, eq=False)
class May(Node):
    names: tuple[Word, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Must(Node):
    name: Word


@dataclass(frozen=True, slots=True, eq=False)
class Goto(Node):
    phase: Word
    guard: AtMax | Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class AtMax(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class ContractDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    over: Word | None
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Clause(Node):
    docs: Docs
    severity: Word | None
    key: Word
    formula: Formula


# ---------------------------------------------------------------- rubrics, data, things to do


@dataclass(frozen=True, slots=True, eq=False)
class RubricDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    unit: Word | None
    items: tuple[Field | Criterion, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Criterion(Node):
    docs: Docs
    name: Word
    mods: tuple[Weight | OnScale | ByMethod | OnUnit | Gate, ...]
    items: tuple[Field | Anchor | AnchorLabel, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Weight(Node):
    number: Word


@dataclass(frozen=True, slots=True, eq=False)
class OnScale(Node):
    scale: Ref


@dataclass(frozen=True, slots=True, eq=False)
class ByMethod(Node):
    method: Word


@dataclass(frozen=True, slots=True, eq=False)
class OnUnit(Node):
    unit: Word


@dataclass(frozen=True, slots=True, eq=False)
class Gate(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Anchor(Node):
    docs: Docs
    level: Signed
    text: Text


@dataclass(frozen=True, slots=True, eq=False)
class AnchorLabel(Node):
    docs: Docs
    label: Word
    text: Text


@dataclass(frozen=True, slots=True, eq=False)
class DatasetDecl(Node):
    name: Word
    path: Word | None
    type: Type | None
    items: tuple[Field | Map, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Map(Node):
    docs: Docs
    name: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class ModelDecl(Node):
    name: Word
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class RunDecl(Node):
    name: Word
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MatrixDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Vary | Exclude, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OptimizeDecl(Node):
    flow: Ref
    name: Word | None
    items: tuple[Field | Vary | Exclude, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Vary(Node):
    docs: Docs
    name: Word
    values: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Exclude(Node):
    docs: Docs
    guard: Expr


@dataclass(frozen=True, slots=True, eq=False)
class ObserveDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Vary, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CourseDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CurriculumDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TestDecl(Node):
    name: Word
    items: tuple[TestItem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PropertyDecl(Node):
    name: Word
    items: tuple[TestItem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Given(Node):
    docs: Docs
    key: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Forall(Node):
    docs: Docs
    name: Word
    values: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Expect(Node):
    docs: Docs
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class ExpectVerdict(Node):
    docs: Docs
    contract: Ref
    verdict: Word
    trace: Ref


# ---------------------------------------------------------------- what declarations share


@dataclass(frozen=True, slots=True, eq=False)
class Field(Node):
    docs: Docs
    key: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Param(Node):
    key: Word
    type: Type
    default: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Type(Node):
    names: NamePath
    arguments: tuple[Type, ...] | None
    optional: Word | None
    bounds: Bounds | None


@dataclass(frozen=True, slots=True, eq=False)
class Bounds(Node):
    low: Expr
    high: Expr


# ---------------------------------------------------------------- formulas over time


@dataclass(frozen=True, slots=True, eq=False)
class Implies(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class FOr(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class FAnd(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Always(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Never(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Eventually(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Next(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class First(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Last(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Whenever(Node):
    trigger: Formula
    response: Formula


@dataclass(frozen=True, slots=True, eq=False)
class During(Node):
    phase: Word
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Count(Node):
    quantifier: AtMost | AtLeast | Exactly
    number: Word
    consecutive: Word | None
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class AtMost(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class AtLeast(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Exactly(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Within(Node):
    formula: Formula
    quantity: Word


@dataclass(frozen=True, slots=True, eq=False)
class Until(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class UntilFinally(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Before(Node):
    left: Formula
    number: Word | None
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class Since(Node):
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True, eq=False)
class FNot(Node):
    formula: Formula


@dataclass(frozen=True, slots=True, eq=False)
class FCompare(Node):
    left: Ref
    operator: Word
    right: Expr


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Or(Node):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class And(Node):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Not(Node):
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Node):
    left: Expr
    operator: Word
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class In(Node):
    item: Expr
    container: Expr


@dataclass(frozen=True, slots=True, eq=False)
class NotIn(Node):
    item: Expr
    container: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Coalesce(Node):
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Range(Node):
    low: Expr
    high: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    left: Expr
    operator: Word
    right: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Negative(Node):
    minus: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    word: Word


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Node):
    of: Expr
    name: Word


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    of: Expr
    key: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Named(Node):
    key: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Node):
    value: Expr
    name: Word
    over: Expr
    condition: Expr | None


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    word: Word


@dataclass(frozen=True, slots=True, eq=False)
class Quantity(Node):
    word: Word


@dataclass(frozen=True, slots=True, eq=False)
class True_(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class False_(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class None_(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class List(Node):
    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ListOf(Node):
    comprehension: Comprehension


@dataclass(frozen=True, slots=True, eq=False)
class Record(Node):
    entries: tuple[KeyEntry | TextEntry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KeyEntry(Node):
    key: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class TextEntry(Node):
    key: Word
    value: Expr


@dataclass(frozen=True, slots=True, eq=False)
class Text(Node):
    """A text as written, with its quotes: `syntax/texts.py` reads it."""

    word: Word


Ref: TypeAlias = "Name | Attribute | Call | Index"
Expr: TypeAlias = (
    "Conditional | Or | And | Not | Compare | In | NotIn | Coalesce | Range | Binary | Negative | Name | Attribute"
    " | Call | Index | Number | Quantity | True_ | False_ | None_ | List | ListOf | Record | Text"
)
Argument: TypeAlias = "Expr | Named | Comprehension"
Formula: TypeAlias = (
    "Implies | FOr | FAnd | Always | Never | Eventually | Next | First | Last | Whenever | During | Count | Within"
    " | Until | UntilFinally | Before | Since | FNot | FCompare | Ref"
)
Statement: TypeAlias = "Assign | Sample | IfStmt | Hint"
RoleItem: TypeAlias = "Field | Say | Act | Policy | State | On | AllowWhen"
TestItem: TypeAlias = "Given | Forall | Expect | ExpectVerdict"
Declaration: TypeAlias = (
    "TypeDecl | EnumDecl | ScaleDecl | LetDecl | LetTyped | DefDecl | MovesDecl | MovesOrdered | MoveDecl"
    " | MisconceptionDecl | RoleDecl | StudentDecl | PredicateDecl | FlowDecl | ContractDecl | RubricDecl | DatasetDecl"
    " | ModelDecl | RunDecl | MatrixDecl | OptimizeDecl | ObserveDecl | CourseDecl | CurriculumDecl | TestDecl"
    " | PropertyDecl"
)
