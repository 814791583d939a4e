"""Streaming scores of rows."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError, ParameterError
from assay.stats.anomalies import anomaly_scores, first_of_each
from assay.stats.anomalies.trailing import standardised, trailing

ROWS = st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=1, max_size=120)


def days(number, rng, *, per_day=48, noise=0.1):
    """A daily wave with noise."""
    places = np.arange(number * per_day)
    return 5 + np.sin(2 * np.pi * places / per_day) + rng.normal(0, noise, places.size)


def test_moments_are_those_of_the_rows_before():
    rows = np.random.default_rng(1).normal(3, 2, 900)
    found = trailing(rows, 300)
    for row in (1, 10, 299, 300, 899):
        before = rows[max(row - 300, 0) : row]
        assert found.mean[row] == pytest.approx(before.mean())
        assert found.sd[row] == pytest.approx(before.std(), abs=1e-9)
        assert found.rows[row] == before.size


def test_distances_by_hand():
    rows = np.array([1.0, 3.0] * 10 + [8.0])
    # Twenty rows of mean 2 and sd 1: the last is six of them away.
    assert standardised(rows, 100)[-1] == pytest.approx(6)
    assert (standardised(rows, 100)[:10] == 0).all()


@given(ROWS, st.integers(1, 119), st.sampled_from([None, 2, 7]))
def test_a_row_is_judged_by_the_rows_before_it(rows, cut, period):
    whole = anomaly_scores(rows, period=period)
    part = anomaly_scores(rows[:cut], period=period)
    assert part == pytest.approx(whole[:cut], rel=1e-9, abs=1e-9)
    assert np.isfinite(whole).all()
    told = first_of_each(whole, quiet=5)
    assert first_of_each(part, quiet=5) == pytest.approx(told[:cut], rel=1e-9, abs=1e-9)


@given(ROWS, st.integers(1, 40))
def test_first_of_each_is_what_a_loop_says(rows, quiet):
    scores = np.abs(np.nan_to_num(np.array(rows)))
    slow = [
        score if score > max([0.0, *scores[max(row - quiet, 0) : row]]) else 0.0
        for row, score in enumerate(scores)
    ]
    assert first_of_each(scores, quiet=quiet).tolist() == slow


def test_a_spike_a_lasting_shift_and_a_missing_wave_stand_out():
    rng = np.random.default_rng(2)
    usual = anomaly_scores(days(20, rng), period=48)[10 * 48 :].max()
    spiked = days(20, rng)
    spiked[700] += 5
    assert np.argmax(anomaly_scores(spiked, period=48)) in {700, 701, 702}
    shifted = days(20, rng)
    shifted[700:] += 1.2
    assert anomaly_scores(shifted, period=48)[700:710].max() > usual * 2
    flat = days(20, rng)
    flat[720:744] = 5.0  # half a wave that does not come: no value is unusual by itself
    assert anomaly_scores(flat, period=48)[720:744].max() > usual
    assert (
        anomaly_scores(flat, period=48)[720:744].max() > 1.5 * anomaly_scores(flat)[720:744].max()
    )


@pytest.mark.parametrize("period", [None, 24])
@pytest.mark.parametrize("place", [3, 100, 1500])
def test_one_row_of_a_billion_does_not_blind_what_follows(place, period):
    rows = np.random.default_rng(3).normal(10, 1, 3000)
    rows[2500] = 30.0
    usual = anomaly_scores(rows, period=period)[2500]
    rows[place] = 1e9
    scores = anomaly_scores(rows, period=period)
    assert scores[2500] > usual / 4
    assert scores[place + 3 : 2500].max() < scores[2500]  # nor does it come back on later days
    assert first_of_each(scores)[2500] > 0
    if place > 10:
        assert np.argmax(scores) in {place, place + 1, place + 2}


@given(st.sampled_from([1e-15, 1e-9, 1e9, 1e15]))
def test_a_tiny_unit_does_not_matter(factor):
    rows = np.random.default_rng(5).normal(0, 1, 300)
    assert anomaly_scores(factor * rows) == pytest.approx(anomaly_scores(rows), rel=1e-6)


def test_the_first_row_that_differs_from_a_constant_stands_out_and_rounding_does_not():
    rows = np.append(np.full(60, 0.1), [0.2])
    assert anomaly_scores(rows)[-1] == pytest.approx(1000)
    rows[-1] = 0.1 + 1e-16
    assert (anomaly_scores(rows) == 0).all()


def test_constants_and_gaps_are_usual():
    assert (anomaly_scores(np.full(500, 7.0), period=24) == 0).all()
    assert (anomaly_scores([float("nan")] * 50) == 0).all()
    assert (anomaly_scores([1.0, 2.0, 3.0]) == 0).all()
    assert anomaly_scores([]).size == 0
    rows = np.random.default_rng(4).normal(0, 1, 400)
    rows[100:200] = np.nan
    scores = anomaly_scores(rows)
    assert (scores[100:200] == 0).all()
    assert scores[200:].max() < 6


@given(st.floats(0.01, 100), st.floats(-100, 100))
def test_unit_and_origin_do_not_matter(factor, origin):
    rows = np.random.default_rng(5).normal(0, 1, 300)
    one = anomaly_scores(rows, period=24)
    assert anomaly_scores(factor * rows + origin, period=24) == pytest.approx(
        one, rel=1e-5, abs=1e-6
    )


def test_what_is_out_of_range_is_refused():
    with pytest.raises(DataError, match="infinite"):
        anomaly_scores([1.0, float("inf")])
    with pytest.raises(ParameterError, match="period=1"):
        anomaly_scores([1.0], period=1)
    with pytest.raises(ParameterError, match="quiet=0"):
        first_of_each(np.ones(3), quiet=0)


@pytest.fixture(scope="module")
def bench():
    script = Path(__file__).resolve().parents[3] / "benchmarks/anomalies.py"
    spec = importlib.util.spec_from_file_location("bench_anomalies", script)
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_anomalies"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["bench_anomalies"]


COST = {"tpWeight": 1.0, "fnWeight": 1.0, "fpWeight": 0.11}


def test_the_benchmark_scores_as_its_authors_do(bench):
    """By hand from Lavin & Ahmad (2015): 100 rows, one window of rows 50 to 59."""
    series = bench.Series("one", np.zeros(100), None, ((50, 59),))
    perfect, nothing = np.zeros(100), np.zeros(100)
    perfect[50] = 1
    assert bench.score([series], [perfect], COST)[0] == pytest.approx(100)
    assert bench.score([series], [nothing], COST)[0] == 0
    # Told only far before the window: worse than nothing, so the best threshold tells nothing.
    late = np.zeros(100)
    late[54] = 1  # position −(59 − 54 + 1) / 10 = −.6
    value = (2 / (1 + np.exp(-3)) - 1) / (2 / (1 + np.exp(-5)) - 1)
    assert bench.score([series], [late], COST)[0] == pytest.approx(50 * (value + 1))
    # One false positive far before it costs .11 of a scale of 2.
    late[20] = 1
    assert bench.score([series], [late], COST)[0] == pytest.approx(50 * (value + 1 - 0.11))
    # In the probationary part nothing counts.
    late[20], late[10] = 0, 1
    assert bench.score([series], [late], COST)[0] == pytest.approx(50 * (value + 1))


def test_published_files_reach_what_is_promised(bench):
    if not (bench.FOLDER / "data").is_dir():
        pytest.skip("the files of the Numenta anomaly benchmark are not here")
    corpus = bench.load(bench.FOLDER)
    scores = [bench.ours(series) for series in corpus]
    assert bench.score(corpus, scores, COST)[0] >= 55
