"""Averages per group: against a bootstrap over units, their coverage, and their edges."""

from functools import reduce
from operator import add

import numpy as np
import pytest

from assay.analysis.averages import average_groups
from assay.core.errors import DataError, ParameterError
from assay.core.result import record
from assay.stats.moments import Moments


def users(rng: np.random.Generator, n: int, chance: float) -> tuple[np.ndarray, np.ndarray]:
    """Each user has a chance of their own, and many rows: what makes naive intervals too narrow."""
    own = rng.beta(4 * chance, 4 * (1 - chance), n)
    rows = 1 + rng.poisson(6, n)
    return rng.binomial(rows, own).astype(float), rows.astype(float)


def answer(groups, **options):
    totals = {name: Moments.of(*columns) for name, columns in groups.items()}
    everyone = reduce(add, totals.values(), Moments.empty(2))
    asked = {"what": "Success", "unit": "share", "alpha": 0.05, "smallest": 2} | options
    return average_groups(everyone, totals, **asked)


def test_the_interval_is_that_of_a_bootstrap_over_units():
    rng = np.random.default_rng(3)
    total, rows = users(rng, 400, 0.6)
    found = answer({"a": (total, rows)}).overall
    drawn = rng.integers(0, 400, (4000, 400))
    again = total[drawn].sum(axis=1) / rows[drawn].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    assert found.average.value == pytest.approx(total.sum() / rows.sum())
    assert found.average.low == pytest.approx(low, abs=0.1 * (high - low))
    assert found.average.high == pytest.approx(high, abs=0.1 * (high - low))
    naive = 2 * 1.96 * (0.6 * 0.4 / rows.sum()) ** 0.5
    assert high - low > 1.2 * naive


def test_all_intervals_of_the_groups_hold_at_once_as_often_as_they_say():
    rng = np.random.default_rng(11)
    truths = {"a": 0.5, "b": 0.7, "c": 0.8}
    held = 0
    for _ in range(400):
        found = answer({name: users(rng, 120, truth) for name, truth in truths.items()})
        held += all(g.average.low <= truths[g.group] <= g.average.high for g in found.groups)
    assert held / 400 >= 0.95 - 3 * (0.95 * 0.05 / 400) ** 0.5


def test_groups_stand_from_large_to_small_and_small_ones_are_not_shown():
    rng = np.random.default_rng(5)
    found = answer(
        {"low": users(rng, 50, 0.2), "high": users(rng, 50, 0.9), "few": users(rng, 9, 0.5)},
        smallest=10,
    )
    assert [group.group for group in found.groups] == ["high", "low"]
    assert (found.small, found.small_n, found.overall.n) == (1, 9, 109)


def test_where_nothing_varies_there_is_no_interval_and_the_finding_says_so():
    found = answer({"a": ([1.0, 2.0, 1.0], [1.0, 2.0, 1.0])})
    assert (found.overall.average.low, found.overall.average.high) == (None, None)
    assert found.findings[0].state == "unsure"
    record(found, kind="averages")


def test_a_share_stays_between_its_bounds():
    found = answer({"a": ([1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0])}).overall.average
    assert 0 <= found.low < found.high <= 1


@pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
def test_alpha_lies_inside_zero_and_one(alpha):
    with pytest.raises(ParameterError, match="alpha"):
        answer({"a": ([1.0, 0.0], [1.0, 1.0])}, alpha=alpha)


def test_no_units_are_no_answer():
    with pytest.raises(DataError, match="0 units have a value"):
        answer({})
