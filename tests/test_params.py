from datetime import date

import pytest
from pydantic import ValidationError

from assay.params import Metric, Window


def test_a_metric_names_the_columns_it_reads() -> None:
    ratio = Metric(name="cost per task", kind="ratio", numerator="cost", denominator="solved")
    assert ratio.columns == ("cost", "solved")
    assert Metric(name="calls", kind="count").columns == ()
    assert Metric(name="s", kind="mean", value="spend", covariate="before").columns == (
        "spend",
        "before",
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "mean"}, "expected a value column"),
        ({"kind": "rate"}, "expected a value column"),
        ({"kind": "ratio", "value": "x"}, "expected a numerator column"),
        ({"kind": "rate", "numerator": "x"}, "no denominator"),
        ({"kind": "mean", "numerator": "x"}, "expected value, not numerator"),
        ({"kind": "rate", "value": "x", "numerator": "y"}, "expected one of them"),
        ({"kind": "median", "value": "x"}, "Input should be"),
        ({"kind": "mean", "value": "x", "betetr": "up"}, "Extra inputs"),
        ({"kind": "mean", "value": "x", "equivalence": -0.1}, "greater than or equal to 0"),
        ({"kind": "mean", "value": "x", "equivalence": float("nan")}, "equivalence"),
        ({"kind": "mean", "value": "x", "margin": 0}, "greater than 0"),
        ({"kind": "mean", "value": 3}, "valid string"),
    ],
)
def test_a_metric_that_makes_no_sense_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Metric.model_validate({"name": "m", **wrong})


@pytest.mark.parametrize(
    "given",
    [
        ["2026-10-09", "2026-11-19"],
        {"from": "2026-10-09", "to": "2026-11-19"},
        {"start": date(2026, 10, 9), "end": date(2026, 11, 19)},
    ],
)
def test_a_window_is_two_days_however_written(given: object) -> None:
    window = Window.model_validate(given)
    assert (window.start, window.end) == (date(2026, 10, 9), date(2026, 11, 19))


def test_a_window_may_be_open_but_not_backwards() -> None:
    assert Window.model_validate({"from": "2026-10-09"}).end is None
    one_day = Window.model_validate(["2026-10-09", "2026-10-09"])
    assert one_day.start == one_day.end
    with pytest.raises(ValidationError, match="before it starts"):
        Window.model_validate(["2026-10-09", "2026-10-08"])
