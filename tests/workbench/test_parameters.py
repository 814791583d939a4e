from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import NotebookError, ParameterError
from assay.workbench.annotations import Default, declarations
from assay.workbench.catalogue import find_report
from assay.workbench.notebook import Cell
from assay.workbench.parameters import Form
from assay.workbench.plan import given_parameters

CELL = """from datetime import date
from typing import Literal

from assay.params import Column, Input, Metric, Window

data: Input = "data/*.parquet"  # what was logged
control: str  # label of the arm compared against
arm: Column = "variant"
unit: Column | None = None
window: Window | None = None
metrics: list[Metric] = [{"name": "v", "kind": "rate", "value": "visit"}]
design: Literal["independent", "paired"] = "independent"
split: dict[str, float] | None = None
alpha: float = 0.05
n: int = 3
start: date = date(2026, 1, 2)
end: date = "2026-02-01"
flag: bool = False
limit: int = 2 * n
more: "list[int]" = []
"""


def form_of(source: str) -> Form:
    cell = Cell(number=2, kind="code", source=source, tags=("parameters",))
    return Form(report="ab", declared=declarations(cell, notebook="10-ab.ipynb"))


FORM = form_of(CELL)
DEFAULTS = {
    "data": "data/*.parquet",
    "control": "old",
    "arm": "variant",
    "unit": None,
    "window": None,
    "metrics": [{"name": "v", "kind": "rate", "value": "visit"}],
    "design": "independent",
    "split": None,
    "alpha": 0.05,
    "n": 3,
    "start": "2026-01-02",
    "end": "2026-02-01",
    "flag": False,
    "more": [],
}


def test_the_cell_declares_names_help_and_defaults() -> None:
    by_name = {declared.name: declared for declared in FORM.declared}
    assert list(by_name) == [
        "data", "control", "arm", "unit", "window", "metrics", "design", "split", "alpha", "n",
        "start", "end", "flag", "limit", "more",
    ]  # fmt: skip
    assert by_name["data"].help == "what was logged"
    assert by_name["control"].required
    assert by_name["unit"].annotation == "Column | None"
    assert by_name["limit"].default is Default.COMPUTED
    assert (by_name["start"].as_text, by_name["end"].as_text) == (False, True)
    assert FORM.inputs == ("data",)


def test_defaults_fill_what_is_not_given_and_computed_ones_are_left_to_the_notebook() -> None:
    assert FORM.resolve({"control": "old"}) == DEFAULTS


def test_values_are_checked_and_kept_as_plain_json() -> None:
    given_values = {
        "control": "a",
        "window": ["2026-01-01", "2026-02-01"],
        "start": date(2026, 3, 1),
        "split": {"a": 1, "b": 0.5},
        "alpha": 1,
        "limit": 7,
    }
    resolved = FORM.resolve(given_values)
    assert resolved == DEFAULTS | {
        "control": "a",
        "window": {"from": "2026-01-01", "to": "2026-02-01"},
        "start": "2026-03-01",
        "split": {"a": 1.0, "b": 0.5},
        "alpha": 1.0,
        "limit": 7,
    }


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "parameter control has no value, expected text"),
        ({"control": 3}, "parameter control is 3, expected text"),
        ({"contrl": "a"}, "report 'ab' has no parameter 'contrl'\n  → did you mean 'control'?"),
        ({"control": "a", "n": True}, "parameter n is True, expected a whole number"),
        ({"control": "a", "n": 2.0}, "parameter n is 2.0, expected a whole number"),
        ({"control": "a", "n": "3"}, "parameter n is '3', expected a whole number"),
        ({"control": "a", "flag": "yes"}, "parameter flag is 'yes', expected true or false"),
        ({"control": "a", "start": "2026-13-01"}, "start is '2026-13-01', expected a date"),
        ({"control": "a", "start": 20260101}, "start is 20260101, expected a date"),
        (
            {"control": "a", "design": "pair"},
            "design is 'pair', expected 'independent' or 'paired'",
        ),
        ({"control": "a", "metrics": "visit"}, "expected a list, each a table {name, kind, value,"),
        (
            {"control": "a", "metrics": [{"name": "m", "kind": "rat", "value": "v"}]},
            "metrics[0]['kind'] is 'rat', expected 'rate', 'mean', 'count', 'ratio',",
        ),
        (
            {"control": "a", "metrics": [{"name": "m", "kind": "rate", "vlue": "v"}]},
            "metrics[0]['vlue'] is not known (did you mean 'value'?)",
        ),
        (
            {"control": "a", "metrics": [{"kind": "rate", "value": "v"}]},
            "metrics[0]['name'] is missing",
        ),
        (
            {"control": "a", "metrics": [{"name": "m", "kind": "rate"}]},
            "metrics[0]: metric 'm' is a rate, expected a value column",
        ),
        (
            {"control": "a", "window": {"from": "2026-02-01", "to": "2026-01-01"}},
            "window ends 2026-01-01, before it starts 2026-02-01",
        ),
        ({"control": "a", "split": {"a": "x"}}, "split['a'] is 'x', expected a number"),
    ],
)
def test_mistakes_are_told_in_words_before_anything_starts(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        FORM.resolve(values)
    assert told in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        FORM.resolve({"n": "x", "flag": 1})
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    "name", ["k=1; import os; os.system('x'); q", "a b", "", "class", "1a", "a.b"]
)
def test_a_name_that_could_be_code_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="cannot be the name of a parameter"):
        FORM.resolve({name: 3})


@pytest.mark.parametrize(
    ("assignments", "told"),
    [
        (["control"], "has no value"),
        (["control=a", "control=b"], "given twice"),
        (["contrl=a"], "did you mean 'control'"),
        (["n=1_000"], "expected a whole number"),
        (["k;import os=1"], "cannot be the name"),
    ],
)
def test_assignments_that_cannot_be_meant_are_refused(assignments: list[str], told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        FORM.parse(assignments)


def test_assignments_are_read_by_type() -> None:
    assert FORM.parse(["control=007", "n=7", "metrics=[{name: a, kind: count}]", "unit=null"]) == {
        "control": "007",
        "n": 7,
        "metrics": [{"name": "a", "kind": "count"}],
        "unit": None,
    }


def test_a_classic_cell_takes_its_types_from_its_defaults() -> None:
    form = form_of(
        "x = 1  # how many\ny = 'a'\nz = None\nw = [1]\nq = f(x)\nr = s = 0.5\nday = date(2026, 1, 1)"
    )
    assert [(d.name, d.annotation) for d in form.declared] == [
        ("x", "int | float"), ("y", "str"), ("z", "Any"), ("w", "list"), ("q", "Any"), ("r", "float"),
        ("s", "float"), ("day", "date"),
    ]  # fmt: skip
    assert form.resolve({"x": 0.5, "z": [1], "q": "any"})["x"] == 0.5
    with pytest.raises(ParameterError, match="y is 3, expected text"):
        form.resolve({"y": 3})


def test_every_way_to_write_a_type_is_understood() -> None:
    form = form_of(
        "a: Optional[int] = None\nb: List[str] = []\nc: Dict[str, int] = {}\nd: Literal['x'] = 'x'\n"
        "e: typing.Any = 1\nf: list = [1]\ng: dict = {}\nh: 'params.Window | None' = None\n"
        "i: date = datetime.date.fromisoformat('2026-01-01')\nj: list[list[float]] = [[1]]\n"
        "k: date = date(2026, 13, 1)\nm: date = date('x')\nn: int = len('a')\nx.y = 3\n'just text'"
    )
    assert form.resolve({}) == {
        "a": None, "b": [], "c": {}, "d": "x", "e": 1, "f": [1], "g": {}, "h": None,
        "i": "2026-01-01", "j": [[1.0]],
    }  # fmt: skip
    computed = [declared.name for declared in form.declared if declared.default is Default.COMPUTED]
    assert computed == ["k", "m", "n"]


def test_none_as_default_makes_a_type_optional() -> None:
    assert form_of("x: str = None").resolve({}) == {"x": None}


@pytest.mark.parametrize(
    "annotation",
    ["Decimal", "np.ndarray", "tuple[int, ...]", "Set", "Literal[f()]", "dict[int, str]"],
)
def test_a_type_that_cannot_be_checked_is_refused_with_its_place(annotation: str) -> None:
    with pytest.raises(
        NotebookError, match=r"10-ab.ipynb, cell 2 \(parameters\), line 2: the type"
    ):
        form_of(f"\nx: {annotation} = None")


def test_a_cell_that_is_not_python_is_refused_with_its_place() -> None:
    with pytest.raises(NotebookError, match="line 2"):
        form_of("x = 1\ny = = 2")


def test_a_default_of_the_wrong_type_is_the_notebooks_mistake() -> None:
    with pytest.raises(ParameterError, match="the notebook's default"):
        form_of("n: int = 'many'").resolve({})


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


VALUES = st.fixed_dictionaries(
    {
        "n": st.integers(),
        "alpha": NUMBERS,
        "flag": st.booleans(),
        "control": st.text(),
        "start": st.dates(),
        "split": st.dictionaries(st.text(), NUMBERS),
    }
)


@given(VALUES)
def test_what_is_resolved_resolves_to_itself(values: dict[str, Any]) -> None:
    once = FORM.resolve(values)
    assert FORM.resolve(once) == once
    assert once == DEFAULTS | values | {"start": values["start"].isoformat()}


def test_an_assignment_goes_into_a_table_or_takes_a_file(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("[{name: v, kind: rate, value: x}]")
    file = tmp_path / "m.yaml"
    assert FORM.parse(["window.from=2026-01-01", "split.a=0.5", f"metrics@{file}"]) == {
        "window.from": "2026-01-01",
        "split.a": 0.5,
        "metrics": [{"name": "v", "kind": "rate", "value": "x"}],
    }
    for assignment, told in {
        "windw.from=1": "no parameter 'windw'",
        "window.from=1": "'window.from' is '1', expected null or a date",
        "metrics@nowhere.yaml": "nowhere.yaml cannot be read",
        "metrics": "has no value",
    }.items():
        with pytest.raises(ParameterError, match=told):
            FORM.parse([assignment])


def test_an_entry_that_is_assigned_leaves_the_rest_of_its_table(workshop) -> None:
    workshop.notebook("x", "1", parameters="t: dict[str, int] = {'a': 1, 'b': 2}\nu: dict = {}")
    workshop.write("params/x.yaml", "sets: {s: {t: {a: 5, c: 6}}}")
    report = find_report(workshop.project, "x")
    given = given_parameters(workshop.project, report, assignments=["t.b=3", "u.k.l=x"])
    assert given == {"t": {"a": 1, "b": 3}, "u": {"k": {"l": "x"}}}
    given = given_parameters(workshop.project, report, set_name="s", assignments=["t.b=3"])
    assert given == {"t": {"a": 5, "b": 3, "c": 6}}
