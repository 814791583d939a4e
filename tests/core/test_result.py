import json
from dataclasses import dataclass
from datetime import date
from math import inf, nan
from typing import Annotated

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import ResultError
from assay.core.finding import Estimate, Finding
from assay.core.result import record, result_schema
from assay.core.units import SHARE, Count, Number, Share, UnitOf, Usd

finite = st.floats(allow_nan=False, allow_infinity=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    unit: str
    cost: Usd
    size: Annotated[Estimate, UnitOf("unit")]
    lift: Annotated[Estimate | None, SHARE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    share: Share
    n: Count
    day: date
    lines: tuple[Line, ...]
    weights: Annotated[dict[str, float], SHARE]


def an_answer(*, share: float = 0.5) -> Answer:
    line = Line(
        name="latency",
        unit="s",
        cost=1.5,
        size=Estimate(value=1.0, low=0.5, high=None),
        lift=None,
    )
    return Answer(share=share, n=3, day=date(2026, 11, 20), lines=(line,), weights={"a": 0.25})


def test_a_record_carries_its_kind_its_version_and_a_unit_for_every_number() -> None:
    made = record(an_answer(), kind="answer")
    assert made["schema"] == {"kind": "answer", "version": 1}
    assert made["day"] == "2026-11-20"
    assert made["lines"][0]["size"] == {"value": 1.0, "low": 0.5, "high": None}
    assert made["units"] == {
        "/share": "share",
        "/n": "count",
        "/lines/0/cost": "USD",
        "/lines/0/size/value": "s",
        "/lines/0/size/low": "s",
        "/weights/a": "share",
    }


def test_a_record_keeps_to_the_schema_of_its_type() -> None:
    schema = result_schema(Answer, kind="answer")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(record(an_answer(), kind="answer"), schema)


def test_the_schema_refuses_a_record_that_lacks_a_field_or_is_of_another_kind() -> None:
    schema = result_schema(Answer, kind="answer")
    lacking = {k: v for k, v in record(an_answer(), kind="answer").items() if k != "share"}
    other = record(an_answer(), kind="question")
    for wrong in (lacking, other):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@given(finite)
def test_a_record_survives_json(share: float) -> None:
    made = record(an_answer(share=share), kind="answer")
    assert json.loads(json.dumps(made, allow_nan=False)) == made


@pytest.mark.parametrize("wrong", [nan, inf, -inf])
def test_a_number_that_is_not_finite_is_refused_with_its_place(wrong: float) -> None:
    with pytest.raises(ResultError, match=r"/share is (nan|inf|-inf), expected a finite number"):
        record(an_answer(share=wrong), kind="answer")


def test_a_number_without_a_unit_is_refused() -> None:
    @dataclass(frozen=True)
    class Bare:
        size: float

    with pytest.raises(ResultError, match="/size is a number without a unit"):
        record(Bare(1.0), kind="bare")


def test_what_has_no_json_form_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        size: Number
        thing: object

    with pytest.raises(ResultError, match="/thing is a complex"):
        record(Odd(1.0, 1j), kind="odd")
    with pytest.raises(ResultError, match="expected a dataclass"):
        record({"a": 1}, kind="odd")


def test_an_interval_out_of_order_is_no_estimate() -> None:
    with pytest.raises(ResultError, match="expected low ≤ high"):
        Estimate(value=1.0, low=2.0, high=1.0)
    with pytest.raises(ResultError):
        Estimate(value=1.0, low=nan, high=1.0)


def test_a_finding_told_keeps_its_numbers() -> None:
    finding = Finding(
        key="ab/x",
        what="success",
        state="ship",
        tone="good",
        needs_decision=True,
        evidence="randomised",
        unit="share",
        size=Estimate(value=0.1, low=0.05, high=0.15),
        lift=None,
        n=10,
        confidence=0.95,
        action="ship B",
        reason="above the region",
    )
    told = finding.told(title="It rises", plain="Of 100, 10 more", exact="0.1 [0.05, 0.15]")
    assert (told.title, told.plain, told.exact) == (
        "It rises",
        "Of 100, 10 more",
        "0.1 [0.05, 0.15]",
    )
    assert told.size == finding.size
    assert finding.title == ""
    assert record(told, kind="finding")["units"]["/size/low"] == "share"
