"""The tree of a program: one frozen class for each rule of `grammar/pedalang.lark`, its fields what the rule keeps.

The tree is a value and holds no meaning: names are not resolved, texts not cut at interpolations, numbers not read.
Every node has `start` and `end`, offsets into its source. Nodes compare and hash by identity, so that tables of
meaning can be kept beside the tree. One file, although it is long: it is read beside the grammar, rule by rule.
"""

from __future__ import annotations

from typing import TypeAlias

from pedalang.compiler.syntax.node import Node, node


@node
class Word(Node):
    """A token that is kept: a name, a key (without its colon), a number, an operator. `text` is as it was written."""

    text: str


Docs: TypeAlias = "tuple[Word, ...]"


# ---------------------------------------------------------------- modules and imports


@node
class Module(Node):
    edition: Edition | None
    moddocs: Docs
    imports: tuple[FromImport | ImportModule, ...]
    decls: tuple[Decl, ...]


@node
class Edition(Node):
    number: Word
    language: Language | None


@node
class Language(Node):
    """`language: "de"` behind the edition of a file."""

    key: Word
    tag: Word


@node
class FromImport(Node):
    path: ModulePath
    items: tuple[ImportItem, ...]


@node
class ImportModule(Node):
    path: ModulePath
    alias: Word | None


@node
class ModulePath(Node):
    dots: tuple[Word, ...]
    names: NamePath


@node
class NamePath(Node):
    names: tuple[Word, ...]


@node
class ImportItem(Node):
    name: Word
    alias: Word | None


# ---------------------------------------------------------------- declarations


@node
class Decl(Node):
    docs: Docs
    decorators: tuple[Decorator, ...]
    body: Declaration


@node
class Decorator(Node):
    name: Word
    arguments: tuple[Argument, ...] | None


@node
class TypeDecl(Node):
    name: Word
    fields: tuple[TypeField, ...]


@node
class TypeField(Node):
    docs: Docs
    key: Word
    type: Type
    default: Expr | None
    decorators: tuple[Decorator, ...]


@node
class EnumDecl(Node):
    name: Word
    cases: tuple[EnumCase, ...]


@node
class EnumCase(Node):
    docs: Docs
    name: Word
    description: Word | None


@node
class ScaleDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    kind: Word
    levels: tuple[Level, ...]


@node
class Level(Node):
    docs: Docs
    value: Signed
    label: Word | None
    text: Text


@node
class Signed(Node):
    minus: Word | None
    number: Word


@node
class LetDecl(Node):
    name: Word
    value: Expr


@node
class LetTyped(Node):
    name: Word
    type: Type
    value: Expr


@node
class DefDecl(Node):
    name: Word
    params: tuple[Param, ...]
    type: Type
    value: Expr | Extern


@node
class Extern(Node):
    target: Word


@node
class MovesDecl(Node):
    name: Word
    open: Word | None
    names: tuple[Word, ...]


@node
class MovesOrdered(Node):
    """A move set in order of specificity, the least specific first."""

    name: Word
    open: Word | None
    names: tuple[Word, ...]


@node
class MoveDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    role: Word | None
    items: tuple[Field | AllowWhen | Example | SubIntent, ...]


@node
class AllowWhen(Node):
    docs: Docs
    guard: Expr


@node
class Example(Node):
    docs: Docs
    text: Text
    reply: Text | None


@node
class SubIntent(Node):
    docs: Docs
    name: Word
    description: Word | None


@node
class MisconceptionDecl(Node):
    name: Word
    type: Word
    fields: tuple[Field, ...]


@node
class RoleDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    items: tuple[RoleItem, ...]


@node
class StudentDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    items: tuple[RoleItem, ...]


@node
class Say(Node):
    docs: Docs
    key: Word
    candidates: Expr


@node
class Act(Node):
    docs: Docs
    name: Word
    guard: Expr | Otherwise | None
    fields: tuple[Field, ...]


@node
class Policy(Node):
    docs: Docs
    kind: Word
    arms: tuple[PolicyArm, ...] | None


@node
class PolicyArm(Node):
    move: Ref
    weight: Weight | None
    guard: Expr | Otherwise | None


@node
class Otherwise(Node):
    pass


@node
class State(Node):
    docs: Docs
    vars: tuple[StateVar, ...]


@node
class StateVar(Node):
    docs: Docs
    key: Word
    type: Type
    value: Expr | Draw


@node
class Draw(Node):
    distribution: Expr


@node
class On(Node):
    docs: Docs
    event: Event
    guard: Expr | None
    body: tuple[Statement, ...]


@node
class Event(Node):
    names: NamePath
    binds: tuple[Word, ...] | None


@node
class Assign(Node):
    target: Ref
    operator: Word
    value: Expr


@node
class Sample(Node):
    name: Word
    distribution: Expr


@node
class IfStmt(Node):
    condition: Expr
    then: tuple[Statement, ...]
    otherwise: IfStmt | tuple[Statement, ...] | None


@node
class Hint(Node):
    text: Text


@node
class PredicateDecl(Node):
    name: Word
    params: tuple[Param, ...]
    method: Word
    fields: tuple[Field, ...]


# ---------------------------------------------------------------- flows and contracts


@node
class FlowDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Cast | Phase | Obeys | GivenHistory | State | On, ...]


@node
class Cast(Node):
    docs: Docs
    key: Word
    role: Expr


@node
class Obeys(Node):
    docs: Docs
    contracts: tuple[Ref, ...]


@node
class GivenHistory(Node):
    docs: Docs
    turns: Word | None


@node
class Phase(Node):
    docs: Docs
    name: Word
    mods: tuple[Start | Final | MaxTurns, ...]
    items: tuple[Field | Turn | Goto | On, ...]


@node
class Start(Node):
    pass


@node
class Final(Node):
    pass


@node
class MaxTurns(Node):
    quantity: Word


@node
class Turn(Node):
    docs: Docs
    role: Word
    moves: May | Must | None
    fields: tuple[Field, ...] | None


@node
class May(Node):
    names: tuple[Word, ...]


@node
class Must(Node):
    name: Word


@node
class Goto(Node):
    phase: Word
    guard: AtMax | Expr | None


@node
class AtMax(Node):
    pass


@node
class ContractDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    over: Word | None
    clauses: tuple[Clause, ...]


@node
class Clause(Node):
    docs: Docs
    severity: Word | None
    key: Word
    formula: Formula


# ---------------------------------------------------------------- rubrics, data, things to do


@node
class RubricDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    parent: Ref | None
    unit: Word | None
    items: tuple[Field | Criterion, ...]


@node
class Criterion(Node):
    docs: Docs
    name: Word
    mods: tuple[Weight | OnScale | ByMethod | OnUnit | Gate, ...]
    items: tuple[Field | Anchor | AnchorLabel, ...]


@node
class Weight(Node):
    number: Word


@node
class OnScale(Node):
    scale: Ref


@node
class ByMethod(Node):
    method: Word


@node
class OnUnit(Node):
    unit: Word


@node
class Gate(Node):
    pass


@node
class Anchor(Node):
    docs: Docs
    level: Signed
    text: Text


@node
class AnchorLabel(Node):
    docs: Docs
    label: Word
    text: Text


@node
class DatasetDecl(Node):
    name: Word
    path: Word | None
    type: Type | None
    items: tuple[Field | Map, ...]


@node
class Map(Node):
    docs: Docs
    name: Word
    value: Expr


@node
class ClassifierDecl(Node):
    name: Word
    unit: Word | None
    data: Ref | None
    fields: tuple[Field, ...]


@node
class ModelDecl(Node):
    name: Word
    fields: tuple[Field, ...]


@node
class RunDecl(Node):
    name: Word
    fields: tuple[Field, ...]


@node
class MatrixDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Vary | Exclude, ...]


@node
class OptimizeDecl(Node):
    flow: Ref
    name: Word | None
    items: tuple[Field | Vary | Exclude, ...]


@node
class Vary(Node):
    docs: Docs
    name: Word
    values: Expr


@node
class Exclude(Node):
    docs: Docs
    guard: Expr


@node
class ObserveDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    items: tuple[Field | Vary, ...]


@node
class CourseDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    fields: tuple[Field, ...]


@node
class CurriculumDecl(Node):
    name: Word
    params: tuple[Param, ...] | None
    fields: tuple[Field, ...]


@node
class TestDecl(Node):
    name: Word
    items: tuple[TestItem, ...]


@node
class PropertyDecl(Node):
    name: Word
    items: tuple[TestItem, ...]


@node
class Given(Node):
    docs: Docs
    key: Word
    value: Expr


@node
class Forall(Node):
    docs: Docs
    name: Word
    values: Expr


@node
class Expect(Node):
    docs: Docs
    formula: Formula


@node
class ExpectSame(Node):
    docs: Docs
    relation: Word
    of: tuple[Expr, ...]


@node
class ExpectVerdict(Node):
    docs: Docs
    contract: Ref
    verdict: Word
    trace: Ref


# ---------------------------------------------------------------- what declarations share


@node
class Field(Node):
    docs: Docs
    key: Word
    value: Expr


@node
class Param(Node):
    key: Word
    type: Type
    default: Expr | None


@node
class Type(Node):
    names: NamePath
    arguments: tuple[Type, ...] | None
    optional: Word | None
    bounds: Bounds | None


@node
class Bounds(Node):
    low: Expr
    high: Expr


# ---------------------------------------------------------------- formulas over time


@node
class Implies(Node):
    left: Formula
    right: Formula


@node
class FOr(Node):
    left: Formula
    right: Formula


@node
class FAnd(Node):
    left: Formula
    right: Formula


@node
class Always(Node):
    formula: Formula


@node
class Never(Node):
    formula: Formula


@node
class Eventually(Node):
    formula: Formula


@node
class Next(Node):
    formula: Formula


@node
class First(Node):
    formula: Formula


@node
class Last(Node):
    formula: Formula


@node
class Whenever(Node):
    trigger: Formula
    response: Formula


@node
class During(Node):
    phase: Word
    formula: Formula


@node
class Count(Node):
    quantifier: AtMost | AtLeast | Exactly
    number: Word
    consecutive: Word | None
    formula: Formula


@node
class AtMost(Node):
    pass


@node
class AtLeast(Node):
    pass


@node
class Exactly(Node):
    pass


@node
class Within(Node):
    formula: Formula
    quantity: Word


@node
class Until(Node):
    left: Formula
    right: Formula


@node
class UntilFinally(Node):
    left: Formula
    right: Formula


@node
class Before(Node):
    left: Formula
    number: Word | None
    right: Formula


@node
class Since(Node):
    left: Formula
    right: Formula


@node
class FNot(Node):
    formula: Formula


@node
class FCompare(Node):
    left: Ref
    operator: Word
    right: Expr


# ---------------------------------------------------------------- expressions


@node
class Conditional(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@node
class Or(Node):
    left: Expr
    right: Expr


@node
class And(Node):
    left: Expr
    right: Expr


@node
class Not(Node):
    value: Expr


@node
class Compare(Node):
    left: Expr
    operator: Word
    right: Expr


@node
class In(Node):
    item: Expr
    container: Expr


@node
class NotIn(Node):
    item: Expr
    container: Expr


@node
class Coalesce(Node):
    left: Expr
    right: Expr


@node
class Range(Node):
    low: Expr
    high: Expr


@node
class Binary(Node):
    left: Expr
    operator: Word
    right: Expr


@node
class Negative(Node):
    minus: Word
    value: Expr


@node
class Name(Node):
    word: Word


@node
class Attribute(Node):
    of: Expr
    name: Word


@node
class Call(Node):
    function: Expr
    arguments: tuple[Argument, ...]


@node
class Index(Node):
    of: Expr
    key: Expr


@node
class Named(Node):
    key: Word
    value: Expr


@node
class Comprehension(Node):
    value: Expr
    name: Word
    over: Expr
    condition: Expr | None


@node
class Number(Node):
    word: Word


@node
class Quantity(Node):
    word: Word


@node
class True_(Node):
    pass


@node
class False_(Node):
    pass


@node
class None_(Node):
    pass


@node
class List(Node):
    items: tuple[Expr, ...]


@node
class ListOf(Node):
    comprehension: Comprehension


@node
class Record(Node):
    entries: tuple[KeyEntry | TextEntry, ...]


@node
class KeyEntry(Node):
    key: Word
    value: Expr


@node
class TextEntry(Node):
    key: Word
    value: Expr


@node
class Text(Node):
    """A text as written, with its quotes: `syntax/texts.py` reads it."""

    word: Word


Ref: TypeAlias = Name | Attribute | Call | Index
Expr: TypeAlias = (
    Conditional | Or | And | Not | Compare | In | NotIn | Coalesce | Range | Binary | Negative | Name | Attribute
    | Call | Index | Number | Quantity | True_ | False_ | None_ | List | ListOf | Record | Text
)
Argument: TypeAlias = Expr | Named | Comprehension
Formula: TypeAlias = (
    Implies | FOr | FAnd | Always | Never | Eventually | Next | First | Last | Whenever | During | Count | Within
    | Until | UntilFinally | Before | Since | FNot | FCompare | Ref
)
Statement: TypeAlias = Assign | Sample | IfStmt | Hint
RoleItem: TypeAlias = Field | Say | Act | Policy | State | On | AllowWhen
TestItem: TypeAlias = Given | Forall | Expect | ExpectSame | ExpectVerdict
Declaration: TypeAlias = (
    TypeDecl | EnumDecl | ScaleDecl | LetDecl | LetTyped | DefDecl | MovesDecl | MovesOrdered | MoveDecl
    | MisconceptionDecl | RoleDecl | StudentDecl | PredicateDecl | FlowDecl | ContractDecl | RubricDecl | DatasetDecl
    | ClassifierDecl | ModelDecl | RunDecl | MatrixDecl | OptimizeDecl | ObserveDecl | CourseDecl | CurriculumDecl
    | TestDecl | PropertyDecl
)
