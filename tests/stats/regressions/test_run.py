"""What a run's summary says of its requests."""

from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import trim_mean

from assay.core.errors import DataError
from assay.stats.regressions import Run, run_of


def test_values_are_those_of_numpy_and_of_the_twentieths():
    seconds = np.random.default_rng(1).lognormal(0, 0.6, 1001)
    found = run_of(seconds).values
    for name, at in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found[name] == pytest.approx(np.quantile(seconds, at))
    assert found["mean"] == pytest.approx(seconds.mean())
    twentieths = np.quantile(np.log(seconds), np.arange(1, 20) / 20)
    assert log(found["typical"]) == pytest.approx(twentieths.mean())
    # Close to what the trimmed mean of another package says of the same logs.
    assert log(found["typical"]) == pytest.approx(trim_mean(np.log(seconds), 0.05), abs=0.01)


def test_errors_are_what_repetition_shows():
    rng = np.random.default_rng(2)
    runs = [run_of(rng.lognormal(0, 0.6, 400)) for _ in range(1500)]
    for name in ("typical", "p50", "p95", "mean"):
        spread = np.std([log(run.values[name]) for run in runs])
        told = sqrt(np.mean([run.errors[name] ** 2 for run in runs]))
        assert told == pytest.approx(spread, rel=0.12), name
    # Closed forms for the normal: median √(π/2) σ/√n; a quantile √(p(1−p)) / φ(z_p) σ/√n.
    z = ndtri(0.95)
    density = exp(-z * z / 2) / sqrt(2 * np.pi)
    told = np.mean([run.errors["p95"] for run in runs])
    assert told == pytest.approx(sqrt(0.05 * 0.95) / density * 0.6 / 20, rel=0.1)


def test_a_factor_moves_every_statistic_and_no_error():
    seconds = np.random.default_rng(3).lognormal(0, 0.6, 300)
    one, other = run_of(seconds), run_of(3 * seconds)
    assert other.values == pytest.approx({name: 3 * x for name, x in one.values.items()})
    assert other.errors == pytest.approx(dict(one.errors))


def test_a_tail_that_few_requests_do_not_show_is_left_out():
    assert set(run_of(np.arange(1.0, 31.0)).values) == {"typical", "p50", "mean"}
    assert "p95" in run_of(np.arange(1.0, 41.0)).values
    assert "p99" in run_of(np.arange(1.0, 201.0)).values
    assert run_of([2.0]).values == pytest.approx({"typical": 2, "p50": 2, "mean": 2})
    assert set(run_of([2.0]).errors.values()) == {0.0}


def test_missing_requests_do_not_count():
    assert run_of([1.0, float("nan"), 3.0]).n == 2


@pytest.mark.parametrize(
    ("requests", "told"),
    [
        ([], "0 requests"),
        ([float("nan")], "1 requests, all of them missing"),
        ([1.0, -2.0], "request of -2"),
        ([1.0, 0.0], "request of 0"),
        ([1.0, float("inf")], "request of inf"),
    ],
)
def test_what_is_no_amount_is_refused(requests, told):
    with pytest.raises(DataError, match=told):
        run_of(requests)


def test_a_summary_holds_positive_numbers():
    with pytest.raises(DataError, match="n=0"):
        Run(n=0, values={}, errors={})
    with pytest.raises(DataError, match="p50=nan"):
        Run(n=1, values={"p50": float("nan")}, errors={})
