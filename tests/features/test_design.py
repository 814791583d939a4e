import pytest

from assay.core.errors import ParameterError
from assay.features.arms import Design
from assay.params import Metric

RATE = {"name": "solved", "kind": "rate", "value": "ok"}
PLAIN = {"arm": "arm", "control": "A", "metrics": [RATE]}


def test_plain_values_become_a_design():
    found = Design.of(
        **PLAIN, unit="user", time="at", window=["2026-01-01", None], split={"A": 1, "B": 2},
        segments=["where"],
    )  # fmt: skip
    assert found.metrics == (Metric(**RATE),)
    assert found.window.start.isoformat() == "2026-01-01"
    assert found.window.end is None
    assert found.segments == ("where",)


@pytest.mark.parametrize(
    ("given", "label"), [(0, "0"), (1.0, "1"), (0.5, "0.5"), (True, "True"), ("B", "B")]
)
def test_a_control_may_be_given_as_it_stands_in_the_data(given, label):
    assert Design.of(**PLAIN | {"control": given}).control == label


def test_a_split_names_truth_values_as_arms_are_named():
    found = Design.of(**PLAIN | {"control": False, "split": {False: 1, True: 2}})
    assert found.split == {"false": 1, "true": 2}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contrl": "A"}, "unknown parameter 'contrl'"),
        ({"metrics": []}, "metrics is empty"),
        ({"metrics": [RATE, RATE]}, "metrics named twice: solved"),
        ({"metrics": [RATE | {"valeu": "x"}]}, "did you mean 'value'"),
        ({"metrics": [{"name": "x", "kind": "mean"}]}, "expected a value column"),
        ({"metrics": [{"name": "n", "kind": "count"}]}, "counts rows, but a row is a unit"),
        ({"metrics": [RATE | {"kind": "mean", "per_unit": "any"}], "unit": "u"}, "per_unit='any'"),
        ({"window": ["2026-01-01", "2026-02-01"]}, "window is given without time"),
        ({"window": ["2026-03-01", "2026-02-01"], "time": "at"}, "before it starts"),
        ({"design": "pared"}, "design"),
        ({"design": "paired"}, "paired without item"),
        ({"design": "paired", "item": "i", "segments": ["s"]}, "segments of a paired design"),
        (
            {"design": "paired", "item": "i", "metrics": [RATE | {"covariate": "x"}]},
            "has a covariate, which paired designs do not take",
        ),
        ({"split": {"A": 1, "B": 0}}, "expected positive shares"),
        ({"split": {"A": 1, "B": float("nan")}}, "expected positive shares"),
        ({"segments": ["s", "s"]}, "expected distinct columns"),
        ({"segments": ["arm"]}, "not the arm"),
        ({"unit": 3}, "unit"),
    ],
)
def test_what_no_design_can_be_is_refused(changes, said):
    with pytest.raises(ParameterError, match=r"(?s).*") as caught:
        Design.of(**PLAIN | changes)
    assert said in str(caught.value)


def test_missing_parameters_are_named():
    with pytest.raises(ParameterError, match="control, metrics missing"):
        Design.of(arm="arm")
