"""Segments by rule over rows: classes against a simulated truth, and nothing small is told."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.segments.rules import assess_rules, membership_of
from assay.core.errors import ParameterError
from assay.core.result import result_schema
from assay.core.segment_rules import Condition, SegmentRule
from assay.features.behaviour.evidence import evidence

USERS = 400
START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def rule(name, *conditions, least=0.8):
    return SegmentRule(
        name=name, describes="", conditions=conditions, least=least, place="rules.yaml:1"
    )


ERRORS = rule("struggling", Condition(measure="errors", above=0.3))
NEW = rule("new", Condition(measure="tenure_days", below=15))


@pytest.fixture(scope="module")
def world():
    """Users who fail at a rate of their own, alike within a day, and come for 4 to 60 days."""
    rng = np.random.default_rng(9)
    rate, users = rng.beta(2, 6, USERS), np.arange(USERS)
    visits = []
    for user, own in zip(users, rate, strict=True):
        for day in range(60 - int(rng.integers(4, 61)), 60, 3):
            bad = rng.beta(own * 8, (1 - own) * 8)
            visits += [(f"u{user:03}", day, bool(rng.random() < bad)) for _ in range(4)]
    who, day, failed = zip(*visits, strict=True)
    rows = pl.LazyFrame(
        {
            "user_id": who,
            "occurred_at": [START + timedelta(days=int(one)) for one in day],
            "succeeded": [not one for one in failed],
        }
    )
    counted = evidence(rows, ["errors", "tenure_days"])
    return counted, rate[[int(name[1:]) for name in counted.entities]]


def test_probabilities_are_right_as_often_as_they_say(world) -> None:
    counted, rate = world
    assert counted.of("errors").excess > 1.15
    found = membership_of(counted, [ERRORS])[0]
    p, true = found.members.probabilities, rate > 0.3
    for low, high in ((0, 0.2), (0.2, 0.8), (0.8, 1)):
        mine = (p >= low) & (p <= high)
        error = np.sqrt((p[mine] * (1 - p[mine])).sum()) / mine.sum()
        assert mine.sum() > 20
        assert true[mine].mean() == pytest.approx(p[mine].mean(), abs=3.5 * error)
    assert found.members.low <= true.sum() <= found.members.high
    assert set(found.classes) <= {"in", "not", "unclear", "too little data"}


def test_what_is_exact_has_no_interval_and_the_result_a_schema(world) -> None:
    result = assess_rules(world[0], [ERRORS, NEW])
    struggling, new = result.segments
    assert new.expected.low == new.expected.value == new.expected.high == new.naive == new.members
    assert struggling.expected.low < struggling.expected.value < struggling.expected.high
    assert struggling.naive > struggling.expected.value  # cuts count more: rates are noisy
    parts = (new.members, new.others, new.unclear, new.too_little)
    assert sum(parts) == USERS == result.entities
    assert struggling.conditions[0].excess > 1.15
    assert result_schema(type(result), kind="rules")


def test_no_number_is_of_fewer_than_may_be_told(world) -> None:
    rare = rule("rare", Condition(measure="errors", above=0.65), least=0.7)
    segment = assess_rules(world[0], [rare]).segments[0]
    assert segment.members is None
    assert segment.expected is None
    shown = [segment.others, segment.unclear, segment.too_little]
    assert sum(one is None for one in shown) >= 1  # so that nothing follows from the total
    assert segment.certainty is None


def test_a_rule_needs_what_was_counted(world) -> None:
    with pytest.raises(ParameterError, match=r"rules.yaml:1.*'cost'"):
        assess_rules(world[0], [rule("dear", Condition(measure="cost", above=1))])
    with pytest.raises(ParameterError, match="no segment"):
        assess_rules(world[0], [])
