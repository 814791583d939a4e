import math
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ParameterError
from assay.params import Metric, Window
from assay.workbench.values import expectation, plain, read_typed, read_yaml

# What a YAML 1.1 reader and papermill's command line make of each (measured with papermill 2.7 and
# PyYAML 6): 007 → 7, 1_000 → 1000, yes → True, 2026-11-01 → date, nan → float, infinity → inf.
TRAPS: list[tuple[str, Any, Any]] = [
    ("007", str, "007"),
    ("yes", str, "yes"),
    ("null", str, "null"),
    ("2026-11-01", str, "2026-11-01"),
    ("[a]", str, "[a]"),
    ("", str, ""),
    ("a=b", str, "a=b"),
    ("12", int, 12),
    ("-3", int, -3),
    ("0", int, 0),
    ("1e3", float, 1000.0),
    ("1", float, 1.0),
    (".5", float, 0.5),
    ("true", bool, True),
    ("false", bool, False),
    ("2026-11-01", date, "2026-11-01"),
    ("2026-11-01T09:30", datetime, "2026-11-01T09:30"),
    ("2026-11-01T09:30:00.5+02:00", datetime | None, "2026-11-01T09:30:00.5+02:00"),
    ("null", int | None, None),
    ("null", str | None, None),
    ("3", int | str, 3),
    ("x", int | str, "x"),
    ("b", Literal["a", "b"], "b"),
    ("2", Literal[1, 2], 2),
    ("true", Literal[True, "x"], True),
    ("[a, yes, 007, 1]", list[Any], ["a", "yes", "007", 1]),
    ("{a: 1e3, b: 2026-11-01}", dict[str, Any], {"a": 1000.0, "b": "2026-11-01"}),
    ("[1, 2.5, null, true, ~]", Any, [1, 2.5, None, True, None]),
    ('["007", "1"]', list[str], ["007", "1"]),
]


@pytest.mark.parametrize(("text", "kind", "value"), TRAPS)
def test_text_is_read_by_the_declared_type(text: str, kind: Any, value: Any) -> None:
    found = read_typed(text, kind, name="x")
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("007", int),
        ("1_000", int),
        ("1e3", int),
        ("1.0", int),
        ("", int),
        ("٣", int),
        ("nan", float),
        ("inf", float),
        ("infinity", float),
        ("1e999", float),
        ("0x10", float),
        ("yes", bool),
        ("True", bool),
        ("1", bool),
        ("2026-1-1", date),
        ("20261101", date),
        ("2026-11-01T00:00", date),
        ("2026-11-01", datetime),
        ("2026-11-01 00:00", datetime),
        ("c", Literal["a", "b"]),
        ("1", Literal[True, "x"]),
    ],
)
def test_what_the_type_does_not_allow_is_refused_by_name(text: str, kind: Any) -> None:
    with pytest.raises(ParameterError, match=re.escape(f"'x' is {text!r}, expected")):
        read_typed(text, kind, name="x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\na: 2", "'a' stands here twice at line 2, column 1"),
        ("1: x", "key 1 is not text"),
        ("a: [1", "line"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ],
)
def test_yaml_that_cannot_be_meant_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(told)) as caught:
        read_yaml(text, place="params.yaml")
    assert "params.yaml" in str(caught.value)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_plain_values_stay_what_they_are(value: Any) -> None:
    assert plain(value, name="x") == value


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans())
def test_a_number_as_python_prints_it_is_read_back(value: Any) -> None:
    text = repr(value).lower() if isinstance(value, bool) else repr(value)
    assert read_typed(text, type(value), name="x") == value


@given(st.text())
def test_text_is_never_changed(text: str) -> None:
    assert read_typed(text, str, name="x") == text


@given(st.dates())
def test_a_date_is_its_iso_text(day: date) -> None:
    assert read_typed(plain(day, name="x"), date, name="x") == day.isoformat()


@pytest.mark.parametrize(
    "value", [np.int64(3), np.float64(0.5), Decimal(1), Path("a"), {1, 2}, b"x", {1: 2}, object()]
)
def test_values_without_a_json_form_are_refused(value: object) -> None:
    with pytest.raises(ParameterError, match=r"parameter 'x' holds a .*, expected a plain value"):
        plain(value, name="x")


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_no_number_that_json_lacks(value: object) -> None:
    with pytest.raises(ParameterError, match="finite"):
        plain(value, name="x")


def test_models_become_the_tables_that_were_written() -> None:
    metric = Metric(name="visits", kind="rate", value="visit")
    assert plain([metric], name="x") == [{"name": "visits", "kind": "rate", "value": "visit"}]
    window = Window.model_validate(["2026-01-01", "2026-01-31"])
    assert plain(window, name="x") == {"from": "2026-01-01", "to": "2026-01-31"}


def test_expectations_are_in_plain_words() -> None:
    assert expectation(int | None) == "null or a whole number"
    assert expectation(Literal["a", "b"]) == "a or b"
    assert expectation(list[float]) == "a list, each a number, as in [a, b]"
    assert expectation(Window) == "a table {from, to}"
