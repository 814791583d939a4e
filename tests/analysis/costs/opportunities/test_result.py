"""An opportunity is told with an interval, a risk and a trial, or not at all."""

from dataclasses import replace

import pytest

from assay.analysis.costs.opportunities import Opportunity, Scope, Trial, ranked
from assay.core.errors import ResultError
from assay.core.finding import Estimate
from assay.core.result import record

FOUND = Opportunity(
    key="caching/helper",
    kind="caching",
    what="cache the prompt’s repeated start",
    whom="helper",
    scope=Scope(agent_id="helper"),
    state="try",
    evidence="rule",
    saving=Estimate(value=40.0, low=30.0, high=50.0),
    spend=200.0,
    confidence=0.95,
    n=100,
    unit="user",
    days=28.0,
    reason="the start of six in ten prompts was seen within five minutes",
    risks=("a cache that is rarely read costs more than none",),
    trial=Trial(design="A/B test", metric="cost per session", unit="user", per_arm=200, days=12.0),
)


def test_its_finding_carries_the_saving_and_its_share_of_the_spend() -> None:
    finding = FOUND.finding
    assert finding.size == FOUND.saving
    assert finding.lift == Estimate(value=0.2, low=0.15, high=0.25)
    assert (finding.key, finding.needs_decision) == ("opportunity/caching/helper", True)


@pytest.mark.parametrize(
    "saving",
    [
        None,
        Estimate(value=40.0, low=None, high=50.0),
        Estimate(value=40.0, low=-1.0, high=50.0),
        Estimate(value=40.0, low=0.0, high=50.0),
    ],
)
def test_nothing_is_advised_without_an_interval_above_zero(saving: Estimate | None) -> None:
    with pytest.raises(ResultError):
        replace(FOUND, saving=saving)


@pytest.mark.parametrize("missing", [{"risks": ()}, {"trial": None}])
def test_nothing_is_advised_without_a_risk_and_a_trial(missing: dict[str, object]) -> None:
    with pytest.raises(ResultError, match="no risk or no trial"):
        replace(FOUND, **missing)


def test_no_evidence_is_an_answer_that_ranks_behind_every_saving() -> None:
    nothing = replace(
        FOUND, key="a", state="no evidence", saving=Estimate(value=900.0, low=-1.0, high=2000.0)
    )
    unknown = replace(FOUND, key="b", state="not enough data", saving=None, spend=None)
    small = replace(FOUND, key="c", saving=Estimate(value=60.0, low=1.0, high=120.0))
    order = [one.key for one in ranked((unknown, nothing, small, FOUND))]
    assert order == ["caching/helper", "c", "a", "b"]
    assert unknown.finding.size is None


def test_it_can_be_recorded() -> None:
    assert record(FOUND, kind="x")["units"]["/saving/low"] == "USD"
