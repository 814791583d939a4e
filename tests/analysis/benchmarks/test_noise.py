"""Noise of a session, and variants beside each other, over runs."""

from math import exp, sqrt

import numpy as np
import pytest

from assay.analysis.benchmarks import hold_against, noise_of, quiet_of
from assay.core.errors import DataError


def test_a_steady_workload_neither_spreads_nor_drifts() -> None:
    told = noise_of("w", [[2.0, 2.0, 2.0]] * 5)
    assert (told.median, told.within, told.between, told.drift) == (2.0, 0.0, 0.0, 0.0)
    assert not told.drifts
    assert (told.runs, told.rounds) == (5, 15)


def test_spread_within_and_between_runs_are_told_apart() -> None:
    told = noise_of("w", [[1.0, 1.0, 1.0], [exp(0.1)] * 3])
    assert told.within == 0
    assert told.between == pytest.approx(0.1 / sqrt(2))  # sd of two logs 0.1 apart
    assert (told.drift, told.drifts) == (None, False)
    assert noise_of("w", [[1.0, 2.0, 3.0]]).within == pytest.approx(0.5)
    assert noise_of("w", [[1.0]]).between is None


def test_a_drift_is_the_change_over_the_session() -> None:
    runs = [[exp(0.05 * i)] for i in range(6)]
    told = noise_of("w", runs)
    assert told.drift == pytest.approx(exp(0.25) - 1)
    assert told.drifts


def test_drift_is_claimed_in_one_steady_session_of_a_hundred() -> None:
    rng = np.random.default_rng(11)
    seen = sum(noise_of("w", np.exp(rng.normal(0, 0.05, (8, 1)))).drifts for _ in range(300))
    assert seen <= 3 + 3 * sqrt(300 * 0.01 * 0.99)
    assert seen >= 1


def test_variants_are_held_against_the_first_over_common_runs() -> None:
    medians = {"a": {1: 1.0, 2: 2.0, 3: 4.0, 4: 9.0}, "b": {1: 2.0, 2: 4.4, 3: 7.2}}
    (told,) = hold_against("w", medians)
    logs = np.log([2.0, 2.2, 1.8])
    assert (told.variant, told.reference, told.runs) == ("b", "a", 3)
    assert told.ratio == pytest.approx(exp(logs.mean()))
    half = 4.302653 * logs.std(ddof=1) / sqrt(3)  # t quantile .975 with 2 df, tables
    assert told.ratio_low == pytest.approx(exp(logs.mean() - half), rel=1e-6)
    assert told.differs
    mirrored = hold_against("w", {"b": medians["b"], "a": medians["a"]})[0]
    assert mirrored.ratio == pytest.approx(1 / told.ratio)
    assert mirrored.ratio_low == pytest.approx(1 / (told.ratio_high or 0))


def test_several_variants_widen_each_other_s_interval() -> None:
    runs = {i: float(x) for i, x in enumerate((1.0, 1.1, 0.9, 1.05))}
    base = dict.fromkeys(runs, 1.0)
    (alone,) = hold_against("w", {"a": base, "b": runs})
    first, second = hold_against("w", {"a": base, "b": runs, "c": runs})
    assert (first.ratio_low or 0) < (alone.ratio_low or 0)
    assert first.ratio == second.ratio == alone.ratio
    assert not alone.differs


def test_too_few_runs_tell_no_interval() -> None:
    (told,) = hold_against("w", {"a": {1: 1.0, 2: 1.0}, "b": {1: 2.0, 2: 3.0}})
    assert (told.ratio_low, told.differs) == (None, None)
    assert hold_against("w", {"a": {1: 1.0}}) == ()
    with pytest.raises(DataError, match="no run has measured both a and b"):
        hold_against("w", {"a": {1: 1.0}, "b": {2: 1.0}})


def test_what_is_no_time_is_refused() -> None:
    for runs in ([], [[]], [[0.0]], [[float("nan")]]):
        with pytest.raises(DataError, match="no times above zero"):
            noise_of("w", runs)
    with pytest.raises(DataError, match="two or more"):
        quiet_of([1.0])
    told = quiet_of([1.0, 1.2, 1.1])
    assert told.change == pytest.approx(0.1)
    assert told.range == pytest.approx(0.2)
