"""Rows made into typed records, and the choice among them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pedalang import plan
from pedalang.exchange import dataset
from pedalang.exchange.errors import DataError
from pedalang.expression import values
from pedalang.expression.evaluate import Evaluator
from pedalang.expression.nodes import Attr, Binary, Call, Index, Lit, Name

ROW = Name("row")
PROBLEM = plan.RecordType("Problem", (
    plan.FieldSpec("id", "Text"), plan.FieldSpec("a", "Rational"), plan.FieldSpec("b", "Rational"),
    plan.FieldSpec("answer", "Rational", default=Binary("+", Name("a"), Name("b"))),
    plan.FieldSpec("common", "Int", default=Call("lcm", (Call("den", (Name("a"),)), Call("den", (Name("b"),))))),
))
MAPS = {"id": Attr(ROW, "id"), "a": Call("rational", (Attr(ROW, "a"),)), "b": Call("rational", (Attr(ROW, "b"),))}
SUMS = plan.Dataset("sums", "sums.csv", "Problem", MAPS, {"practice": (0, 3), "exam": (3, 5)}, place="main.ped:3:1")
TEXT = "id,a,b\np1,1/2,1/3\np2,1/4,1/6\np3,2/3,1/9\ne1,1/5,1/2\ne2,3/4,1/8\n"


def load(folder: Path, text: str = TEXT, declared: plan.Dataset = SUMS, record: plan.RecordType = PROBLEM,
         name: str = "sums.csv", **others: plan.RecordType) -> dataset.Loaded:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return dataset.load(declared, {record.name: record, **others}, path, Evaluator())


def refusal(folder: Path, text: str, declared: plan.Dataset = SUMS, record: plan.RecordType = PROBLEM,
            name: str = "sums.csv") -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        load(folder, text, declared, record, name)
    assert caught.value.place == declared.place
    return str(caught.value), caught.value.help


def of(*specs: plan.FieldSpec) -> tuple[plan.Dataset, plan.RecordType]:
    return plan.Dataset("d", "d.jsonl", "R", {}), plan.RecordType("R", specs)


def test_maps_then_defaults_in_the_order_of_the_fields(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert list(loaded.rows[0].items()) == [
        ("id", "p1"), ("a", Fraction(1, 2)), ("b", Fraction(1, 3)), ("answer", Fraction(5, 6)), ("common", 6),
    ]
    assert loaded.raw[4] == {"id": "e2", "a": "3/4", "b": "1/8"}
    assert loaded.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (loaded.name, len(loaded.rows)) == ("sums", 5)


def test_a_map_wins_over_a_default_and_a_field_without_either_is_the_rows_own(tmp_path: Path) -> None:
    twice = plan.FieldSpec("twice", "Int", default=Binary("*", Lit(2), Name("n")))
    declared, record = of(plan.FieldSpec("n", "Int"), twice, plan.FieldSpec("note", "Text?", optional=True))
    text = '{"n": 3, "twice": 7}\n{"n": 4, "note": "x"}\n'
    assert load(tmp_path, text, declared, record, "d.jsonl").rows == (
        {"n": 3, "twice": 6, "note": None}, {"n": 4, "twice": 8, "note": "x"})
    mapped = plan.Dataset("d", "d.jsonl", "R", {"twice": Attr(ROW, "n"), "note": Index(ROW, Lit("self-note"))})
    assert load(tmp_path, text, mapped, record, "d.jsonl").rows[0] == {"n": 3, "twice": 3, "note": None}


def test_records_inside_records(tmp_path: Path) -> None:
    step = plan.RecordType("Step", (plan.FieldSpec("say", "Text"), plan.FieldSpec("n", "Int", default=Lit(1))))
    declared, record = of(plan.FieldSpec("steps", "List[Step]"), plan.FieldSpec("last", "Step?", optional=True))
    text = '{"steps": [{"say": "a", "other": 1}, {"say": "b", "n": "5"}], "last": null}\n'
    assert load(tmp_path, text, declared, record, "d.jsonl", Step=step).rows == (
        {"steps": ({"say": "a", "n": 1}, {"say": "b", "n": 5}), "last": None},)
    with pytest.raises(DataError, match="there is no field `say`, which a `Step` needs"):
        load(tmp_path, '{"steps": [{"n": 1}]}', declared, record, "d.jsonl", Step=step)
    with pytest.raises(DataError, match="`steps` is to be List\\[Step\\]: 'x' is no `Step`"):
        load(tmp_path, '{"steps": ["x"]}', declared, record, "d.jsonl", Step=step)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "no.csv", "there is no such file"), (tmp_path / "no", "there is no such file")):
        with pytest.raises(DataError) as caught:
            dataset.load(SUMS, {"Problem": PROBLEM}, path, Evaluator())
        assert str(caught.value) == f"PED0801: the data of `sums` cannot be read: looked for {path}: {why}"
        assert caught.value.help == "say where the file is: `--data sums=PATH`"
        assert caught.value.place == "main.ped:3:1"


def test_what_the_file_itself_is_refused_for_is_placed_at_the_data_set(tmp_path: Path) -> None:
    assert refusal(tmp_path, "id,a,b\n1,2\n")[0].startswith("PED0805: `sums.csv`, line 2")
    assert refusal(tmp_path, "id,a,b\n") == ("PED0807: `sums.csv` has no rows", "bring at least one")


def test_a_row_without_a_field(tmp_path: Path) -> None:
    assert refusal(tmp_path, "id,a,bb\n1,1/2,1/3\n") == (
        "PED0803: `sums.csv`, row 1 (line 2): there is no field `b`, which the map of `b` reads",
        "did you mean `bb`? the row's fields: `id`, `a`, `bb`")
    declared, record = of(plan.FieldSpec("question", "Text"))
    assert refusal(tmp_path, '{"question": "?"}\n{"x": 1}\n', declared, record, "d.jsonl") == (
        "PED0803: `d.jsonl`, row 2 (line 2): there is no field `question`, which a `R` needs", "the row's fields: `x`")


def test_a_value_of_the_wrong_type(tmp_path: Path) -> None:
    assert refusal(tmp_path, "id,a,b\n1,1/2,one third\n") == (
        "PED0804: `sums.csv`, row 1 (line 2): no value for `b`: no value: 'one third' is not one number",
        "look at the row, and at `map b`")
    declared, record = of(plan.FieldSpec("n", "Int in 1..12"))
    assert refusal(tmp_path, '[{"n": 3}, {"n": 13}]', declared, record, "d.json") == (
        "PED0804: `d.json`, row 2: `n` is to be Int in 1..12: 13 is not in 1..12", "")


def test_a_default_without_a_value(tmp_path: Path) -> None:
    inverse = plan.FieldSpec("x", "Float", default=Binary("/", Lit(1), Name("n")))
    declared, record = of(plan.FieldSpec("n", "Int"), inverse)
    assert refusal(tmp_path, '{"n": 0}', declared, record, "d.jsonl") == (
        "PED0804: `d.jsonl`, row 1 (line 1): no value for `x`, which is computed from the fields before it: "
        "division by zero", "")


@pytest.mark.parametrize(("bad", "also"), [
    (1, ""), (2, "; row 3 cannot be used either"), (5, "; rows 3, 4, 5, 6 cannot be used either"),
    (6, "; rows 3, 4, 5, 6 and 1 more cannot be used either"),
    (40, "; rows 3, 4, 5, 6 and 35 more cannot be used either"),
])
def test_many_bad_rows_make_one_error(tmp_path: Path, bad: int, also: str) -> None:
    declared, record = of(plan.FieldSpec("n", "Int"))
    message, _ = refusal(tmp_path, '{"n": 1}\n' + '{"n": "x"}\n' * bad, declared, record, "d.jsonl")
    assert message == f"PED0804: `d.jsonl`, row 2 (line 2): `n` is to be Int: 'x' is no whole number{also}"


def test_the_declared_hash(tmp_path: Path) -> None:
    right = hashlib.sha256(TEXT.encode()).hexdigest()
    declared = plan.Dataset("sums", "sums.csv", "Problem", MAPS, sha256=right.upper())
    assert load(tmp_path, declared=declared).sha256 == right
    message, help = refusal(tmp_path, TEXT + "\n", declared)
    assert message.startswith("PED0806: `sums.csv` is not the file that `sums` was declared with: its SHA-256 is ")
    assert "--data sums=" in help


def test_a_split_then_a_sample_in_the_order_of_the_file(tmp_path: Path) -> None:
    loaded = load(tmp_path)

    def places(selection: plan.Selection, limit: int | None = None) -> list[int]:
        found = dataset.select(loaded, selection, SUMS, limit)
        assert all(loaded.rows[index] is record for index, record in found)
        return [index for index, _ in found]

    assert places(plan.Selection("sums")) == [0, 1, 2, 3, 4]
    assert places(plan.Selection("sums", "exam")) == [3, 4]
    assert places(plan.Selection("sums", "practice"), 2) == [0, 1]
    assert places(plan.Selection("sums", sample=3, seed=7)) == sorted(random.Random(7).sample(range(5), 3))
    assert places(plan.Selection("sums", "exam", sample=1, seed=2), 2) == [3, 4]


@pytest.mark.parametrize(("selection", "limit", "message"), [
    (plan.Selection("sums", "exam", sample=3), None, "3 rows of `sums.exam` are asked for, which has 2 rows"),
    (plan.Selection("sums"), 6, "6 rows of `sums` are asked for, which has 5 rows"),
    (plan.Selection("sums"), 0, "0 rows of `sums` are asked for, which has 5 rows"),
    (plan.Selection("sums", "late"), None, "the split `late` is rows 4..9 of `sums`, and `sums.csv` has 5 rows"),
    (plan.Selection("sums", "practise"), None, "`sums` has no split `practise`"),
])
def test_more_than_there_is(tmp_path: Path, selection: plan.Selection, limit: int | None, message: str) -> None:
    with pytest.raises(DataError) as caught:
        dataset.select(load(tmp_path), selection, replace(SUMS, splits={**SUMS.splits, "late": (4, 9)}), limit)
    assert str(caught.value) == f"PED0807: {message}"
    assert caught.value.help


@given(st.integers(1, 30), st.data())
def test_a_selection_is_the_same_each_time_in_order_without_repeats(size: int, data: st.DataObject) -> None:
    rows = tuple({"n": n} for n in range(size))
    loaded = dataset.Loaded("d", Path("d.csv"), rows, rows, "")
    low = data.draw(st.integers(0, size - 1))
    splits = {"s": (low, data.draw(st.integers(low + 1, size)))}
    wanted = data.draw(st.integers(1, splits["s"][1] - low))
    selection = plan.Selection("d", "s", wanted, data.draw(st.integers()))
    declared = replace(SUMS, splits=splits)
    found = dataset.select(loaded, selection, declared)
    assert found == dataset.select(loaded, selection, declared)
    places = [index for index, _ in found]
    assert places == sorted(set(places)) and len(places) == wanted
    assert all(low <= place < splits["s"][1] for place in places)


# ---------------------------------------------------------------- typed records written and read again

ALL = plan.RecordType("R", (
    plan.FieldSpec("t", "Text"), plan.FieldSpec("i", "Int"), plan.FieldSpec("f", "Float"), plan.FieldSpec("p", "Prob"),
    plan.FieldSpec("r", "Rational"), plan.FieldSpec("b", "Bool"), plan.FieldSpec("e", "Level", cases=("easy", "hard")),
    plan.FieldSpec("o", "Int?", optional=True),
))
finite = st.floats(allow_nan=False, allow_infinity=False)
records = st.fixed_dictionaries({
    "t": st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12),
    "i": st.integers(-(10**30), 10**30), "f": finite, "p": st.floats(0, 1),
    "r": st.fractions(), "b": st.booleans(), "e": st.sampled_from(["easy", "hard"]), "o": st.none() | st.integers(),
})


def cell(value: values.Value) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@given(st.lists(records, min_size=1, max_size=4))
@settings(max_examples=60)
def test_typed_records_come_back_from_csv_and_jsonl(
    tmp_path_factory: pytest.TempPathFactory, made: list[dict[str, values.Value]],
) -> None:
    declared, folder = plan.Dataset("d", "d.csv", "R", {}), tmp_path_factory.mktemp("t")
    out = io.StringIO(newline="")
    names = [spec.name for spec in ALL.fields]
    cells = [[cell(row[name]) for name in names] for row in made]
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([names, *cells])
    assert load(folder, out.getvalue(), declared, ALL, "d.csv").rows == tuple(made)
    lines = "\n".join(json.dumps({**row, "r": str(row["r"])}) for row in made)
    assert load(folder, lines, declared, ALL, "d.jsonl").rows == tuple(made)


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 3), st.text(max_size=4)), max_size=4))
@settings(max_examples=200)
def test_a_broken_file_makes_typed_records_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, str]],
) -> None:
    text = TEXT
    for at, length, new in edits:
        text = text[:at] + new + text[at + length:]
    try:
        loaded = load(tmp_path_factory.mktemp("t"), text)
    except DataError as error:
        assert error.code.startswith("PED08")
    else:
        for row in loaded.rows:
            assert isinstance(row["answer"], Fraction) and row["answer"] == row["a"] + row["b"]


def numbered(topics: str, **fields: object) -> tuple[dataset.Loaded, plan.Dataset]:
    rows = tuple({"n": n, "topic": topic} for n, topic in enumerate(topics))
    return dataset.Loaded("d", Path("d.csv"), rows, rows, ""), replace(SUMS, name="d", splits={}, **fields)


@given(st.integers(1, 60), st.integers(0, 1 << 40), st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_splits_by_share_have_no_row_in_common(size: int, seed: int, parts: list[int]) -> None:
    edges = [sum(parts[:at]) / sum(parts) for at in range(len(parts) + 1)]
    shares = {str(at): (edges[at], edges[at + 1]) for at in range(len(parts))}
    loaded, declared = numbered("x" * size, shares=shares, seed=seed)
    found: list[int] = []
    for name in shares:
        try:
            chosen = [index for index, _ in dataset.select(loaded, plan.Selection("d", name), declared)]
        except DataError as error:
            assert error.code == "PED0807" and "no rows" in error.message
            continue
        assert chosen == sorted(chosen)
        found += chosen
    assert sorted(found) == list(range(size))


def test_a_split_by_share_is_drawn_by_its_seed() -> None:
    cut = {"train": (0.0, 0.8), "test": (0.8, 1.0)}

    def test_rows(seed: int) -> list[int]:
        loaded, declared = numbered("x" * 20, shares=cut, seed=seed)
        return [index for index, _ in dataset.select(loaded, plan.Selection("d", "test"), declared)]

    assert len(test_rows(1)) == 4 and test_rows(1) == test_rows(1)
    assert len({tuple(test_rows(seed)) for seed in range(5)}) > 1


@given(st.text("abc", min_size=1, max_size=40), st.data())
def test_a_stratified_sample_keeps_the_shares(topics: str, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, len(topics)))
    loaded, declared = numbered(topics)
    selection = plan.Selection("d", "", wanted, 3, "topic")
    found = dataset.select(loaded, selection, declared)
    assert [index for index, _ in found] == sorted({index for index, _ in found}) and len(found) == wanted
    for topic in set(topics):
        share = wanted * topics.count(topic) / len(topics)
        assert abs(sum(row["topic"] == topic for _, row in found) - share) < 1
