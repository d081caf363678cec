"""What is read of small programs, as trees in text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest

from pedalang.compiler.syntax import show, tree
from pedalang.source import Source

Read = Callable[[str], tree.Module]


@pytest.fixture
def shown(module: Read) -> Callable[[str], str]:
    """A program's tree without its first line, which is the module's, one level to the left."""

    def to_text(text: str) -> str:
        lines = show.to_text(module(text), Source("test.ped", text)).splitlines()
        return "\n".join(line[2:] for line in lines[1:]) + "\n"

    return to_text


def test_a_module(shown: Callable[[str], str]) -> None:
    assert shown("""pedalang 1
//! Moves.
from std.moves import probing, focus as narrow
import ..parts as parts
""") == """edition: Edition 1 1:1
imports:
  FromImport 3:1
    path: ModulePath 3:6
      names: NamePath std moves 3:6
    items:
      ImportItem probing 3:23
      ImportItem focus alias=narrow 3:32
  ImportModule alias=parts 4:1
    path: ModulePath dots=.. 4:8
      names: NamePath parts 4:10
"""


def test_a_move(shown: Callable[[str], str]) -> None:
    assert shown("""/// Explore.
move probing(kind: Text = "explain") for teacher {
  intent: "Ask."
  allow when history.count("probing") < 2
  example "Why?" -> "Because."
  case why
}
""") == """decls:
  Decl docs=/// Explore. 1:1
    body: MoveDecl probing role=teacher 2:1
      params:
        Param kind 2:14
          type: Type 2:20
            names: NamePath Text 2:20
          default: Text "explain" 2:27
      items:
        Field intent 3:3
          value: Text "Ask." 3:11
        AllowWhen 4:3
          guard: Compare < 4:14
            left: Call 4:14
              function: Attribute count 4:14
                of: Name history 4:14
              arguments:
                Text "probing" 4:28
            right: Number 2 4:41
        Example 5:3
          text: Text "Why?" 5:11
          reply: Text "Because." 5:21
        SubIntent why 6:3
"""


def test_a_flow(shown: Callable[[str], str]) -> None:
    assert shown("""flow lesson {
  phase work start max 6 turns {
    turn teacher may { probing, focus }
    turn student
    -> close when student.correct
    -> stop at max
  }
}
""") == """decls:
  Decl 1:1
    body: FlowDecl lesson 1:1
      items:
        Phase work 2:3
          mods:
            Start 2:14
            MaxTurns quantity=6 turns 2:20
          items:
            Turn role=teacher 3:5
              moves: May probing focus 3:18
            Turn role=student 4:5
            Goto phase=close 5:5
              guard: Attribute correct 5:19
                of: Name student 5:19
            Goto phase=stop 6:5
              guard: AtMax 6:13
"""


def test_a_contract(shown: Callable[[str], str]) -> None:
    assert shown("""contract Patience over lesson {
  hard a: never telling before 2 probing
  b: whenever student.asks then next (probing or focus)
}
""") == """decls:
  Decl 1:1
    body: ContractDecl Patience over=lesson 1:1
      clauses:
        Clause severity=hard a 2:3
          formula: Never 2:11
            formula: Before 2 2:17
              left: Name telling 2:17
              right: Name probing 2:34
        Clause b 3:3
          formula: Whenever 3:6
            trigger: Attribute asks 3:15
              of: Name student 3:15
            response: Next 3:33
              formula: FOr 3:39
                left: Name probing 3:39
                right: Name focus 3:50
"""


def test_a_handler(shown: Callable[[str], str]) -> None:
    assert shown("""student S {
  on self.turn when ready {
    draw knows ~ bernoulli(0.5)
    if knows { set x[1] += -1 } else if no { hint "Try." } else { set y = none }
  }
}
""") == """decls:
  Decl 1:1
    body: StudentDecl S 1:1
      items:
        On 2:3
          event: Event 2:6
            names: NamePath self turn 2:6
          guard: Name ready 2:21
          body:
            Sample knows 3:5
              distribution: Call 3:18
                function: Name bernoulli 3:18
                arguments:
                  Number 0.5 3:28
            IfStmt 4:5
              condition: Name knows 4:8
              then:
                Assign += 4:16
                  target: Index 4:20
                    of: Name x 4:20
                    key: Number 1 4:22
                  value: Negative minus=- 4:28
                    value: Number 1 4:29
              otherwise: IfStmt 4:38
                condition: Name no 4:41
                then:
                  Hint 4:46
                    text: Text "Try." 4:51
                otherwise:
                  Assign = 4:67
                    target: Name y 4:71
                    value: None_ 4:75
"""


@pytest.mark.parametrize(("text", "expected"), [
    ("a + b * c", "Binary(a, +, Binary(b, *, c))"),
    ("a - b - c", "Binary(Binary(a, -, b), -, c)"),
    ("not a or b and c", "Or(Not(a), And(b, c))"),
    ("a ?? b ?? c", "Coalesce(a, Coalesce(b, c))"),
    ("a + 1 in 0..3", "In(Binary(a, +, 1), Range(0, 3))"),
    ("a not in [b]", "NotIn(a, List([b]))"),
    ("-a.b(1, k: 2)[0]", "Negative(-, Index(Call(Attribute(a, b), [1, Named(k, 2)]), 0))"),
    ("if a then b else if c then d else e", "Conditional(a, b, Conditional(c, d, e))"),
    ("[x * 2 for x in xs if x > 0]", "ListOf(Comprehension(Binary(x, *, 2), x, xs, Compare(x, >, 0)))"),
    ('{ a: 1, "b c": true }', 'Record([KeyEntry(a, 1), TextEntry("b c", True_())])'),
    ("count(a for a in b)", "Call(count, [Comprehension(a, a, b, None)])"),
    ("((1))", "1"),
    ("50% + 12 turns", "Binary(50%, +, 12 turns)"),
    ("2 tokens", "2 tokens"),
    ("turn.when + phase", "Binary(Attribute(turn, when), +, phase)"),
    ("a<-b", "Compare(a, <, Negative(-, b))"),
])
def test_an_expression(module: Read, text: str, expected: str) -> None:
    decl = module(f"let x = {text}").decls[0].body
    assert isinstance(decl, tree.LetDecl)
    assert brief(decl.value) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("always a and b or c", "FOr(FAnd(Always(a), b), c)"),
    ("a implies b implies c", "Implies(a, Implies(b, c))"),
    ("never a until finally b", "Never(UntilFinally(a, b))"),
    ("at most 2 consecutive telling", "Count(AtMost(), 2, consecutive, telling)"),
    ("exactly 3 turns", "Count(Exactly(), 3, None, turns)"),
    ("eventually a.b within 12 turns", "Eventually(Within(Attribute(a, b), 12 turns))"),
    ("during work: not a == 1 + 2", "During(work, FNot(FCompare(a, ==, Binary(1, +, 2))))"),
    ("a before b", "Before(a, None, b)"),
])
def test_a_formula(module: Read, text: str, expected: str) -> None:
    decl = module(f"contract C {{ c: {text} }}").decls[0].body
    assert isinstance(decl, tree.ContractDecl)
    assert brief(decl.clauses[0].formula) == expected


def brief(value: object) -> str:
    """A tree on one line, without places."""
    match value:
        case tree.Word(text=text) | tree.Name(word=tree.Word(text=text)) | tree.Number(word=tree.Word(text=text)):
            return text
        case tree.Quantity(word=tree.Word(text=text)) | tree.Text(word=tree.Word(text=text)):
            return text
        case tree.Node():
            parts = [brief(getattr(value, name)) for name in type(value).__match_args__[2:]]
            return f"{type(value).__name__}({', '.join(parts)})"
        case tuple():
            return f"[{', '.join(map(brief, value))}]"
    return str(value)


def test_keywords_are_names_where_no_keyword_can_stand(module: Read) -> None:
    """Each word of the language names a declaration and a field, and is used as a value."""
    words = ["type", "role", "turn", "phase", "when", "model", "max", "in_", "code", "student", "allow", "on"]
    for word in words:
        decl = module(f"model {word} {{ {word}: {word}.{word} }}").decls[0].body
        assert isinstance(decl, tree.ModelDecl)
        assert (decl.name.text, decl.fields[0].key.text) == (word, word)


def test_words_stand_where_they_were_written(module: Read) -> None:
    """A key's word is without its colon; documentation belongs to what follows it."""
    text = '/// Doc.\nmodel small { context: 8192 tokens }\n'
    decl = module(text).decls[0]
    field = decl.body.fields[0]
    assert text[field.key.start : field.key.end] == field.key.text == "context"
    assert text[field.start : field.end] == "context: 8192 tokens"
    assert text[decl.start : decl.end] == text.strip()
    assert text[decl.body.start : decl.body.end] == "model small { context: 8192 tokens }"


def test_documentation_of_nothing_is_a_comment_inside_an_item(module: Read) -> None:
    assert module("let x = 1 + /// why\n2").decls
    assert module("let x = [a /// why\n.b]").decls


def test_a_tree_is_a_value(module: Read) -> None:
    """It cannot be changed, and its nodes are told apart by identity, so that tables can be kept beside it."""
    decl = module("let x = 1").decls[0]
    with pytest.raises(FrozenInstanceError):
        decl.body.name = decl.body.name
    with pytest.raises(FrozenInstanceError):
        del decl.body.value
    twin = module("let x = 1").decls[0]
    assert decl != twin
    assert len({decl, twin}) == 2
    assert repr(decl.body.name) == "Word(4, 5, 'x')"
