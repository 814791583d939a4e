"""One statistic of runs against runs."""

from math import expm1, log, log1p, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student
from scipy.stats import ttest_ind

from assay.core.errors import DataError, ParameterError
from assay.stats.regressions import Rules, compare_runs

RULES = Rules()
AMOUNTS = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=12)


def logs(rng, runs, sd, change=0.0):
    return np.exp(rng.normal(log1p(change), sd, runs))


def test_many_runs_are_compared_by_welch():
    rng = np.random.default_rng(1)
    before, after = logs(rng, 20, 0.04), logs(rng, 10, 0.08, 0.1)
    found = compare_runs(before, after, rules=RULES)
    theirs = ttest_ind(np.log(after), np.log(before), equal_var=False, alternative="greater")
    assert found.p_worse == pytest.approx(theirs.pvalue)
    assert found.freedom == pytest.approx(theirs.df)
    both = ttest_ind(np.log(after), np.log(before), equal_var=False).confidence_interval(0.98)
    assert (found.low, found.high) == pytest.approx((expm1(both.low), expm1(both.high)))


def test_few_runs_share_a_spread_with_the_believed_one():
    before, after = [1.0, 1.02, 0.99], [1.2, 1.21]
    found = compare_runs(before, after, rules=RULES)
    squares = sum(((np.log(x) - np.log(x).mean()) ** 2).sum() for x in (before, after))
    variance = (squares + 0.05**2) / 4  # three degrees of freedom seen, one run believed
    error = sqrt(variance * (1 / 3 + 1 / 2))
    gap = np.log(after).mean() - np.log(before).mean()
    assert found.p_worse == pytest.approx(student.sf(gap / error, 3))
    reach = student.isf(0.01, 3) + student.ppf(0.8, 3)
    assert found.detectable == pytest.approx(expm1(reach * error))
    assert found.run_sd == pytest.approx(sqrt(squares / 3))


def test_a_few_runs_that_agree_exactly_prove_nothing_small():
    found = compare_runs([1.0, 1.0], [1.06, 1.06], rules=RULES)
    assert found.verdict == "not enough data"
    assert found.runs_needed > 2
    many = compare_runs([1.0] * 6, [1.06] * 6, rules=RULES)
    assert many.verdict == "regression"  # counts that never vary, six times over


def test_one_run_each_is_not_enough_and_says_what_would_be():
    found = compare_runs([1.0], [1.12], rules=RULES, errors=([0.04], [0.04]))
    assert found.verdict == "not enough data"
    assert found.run_sd is None
    assert found.detectable > 0.5
    assert found.candidate_runs_needed is None  # with one baseline run no number would do
    assert f"{found.runs_needed} runs on each side" in found.reason
    assert compare_runs([1.0], [9.0], rules=RULES).verdict == "regression"


@pytest.mark.parametrize("extended", ["both", "candidate"])
def test_runs_needed_are_what_it_takes(extended):
    """As many runs as advised find the change with the promised power, in simulation."""
    rng, rules = np.random.default_rng(3), Rules(smallest=0.08)
    before, after = logs(rng, 20, 0.06), logs(rng, 6, 0.06)
    found = compare_runs(before, after, rules=rules)
    runs = found.runs_needed if extended == "both" else found.candidate_runs_needed
    sides = (runs if extended == "both" else 20, runs)
    spreads = [np.log(side).std(ddof=1) for side in (before, after)]  # taken for true
    hits = [
        compare_runs(
            np.exp(rng.normal(0, spreads[0], sides[0])),
            np.exp(rng.normal(log(1.08), spreads[1], sides[1])),
            rules=rules,
        ).p_worse
        < rules.alpha
        for _ in range(500)
    ]
    # Runs come whole, so that the power is the promised one or a little more.
    assert 0.8 - 3 * sqrt(0.16 / 500) <= np.mean(hits) <= 0.9


@pytest.mark.parametrize(("runs", "sd"), [((20, 10), 0.02), ((5, 5), 0.1), ((2, 3), 0.15)])
def test_false_alarms_keep_to_alpha(runs, sd):
    rng = np.random.default_rng(5)
    calls = [
        compare_runs(logs(rng, runs[0], sd), logs(rng, runs[1], sd), rules=RULES).p_worse < 0.01
        for _ in range(1000)
    ]
    assert np.mean(calls) <= 0.01 + 3 * sqrt(0.01 * 0.99 / 1000)


def test_intervals_cover():
    rng = np.random.default_rng(6)
    inside = [
        (found := compare_runs(logs(rng, 8, 0.1), logs(rng, 6, 0.05, 0.2), rules=RULES)).low
        <= 0.2
        <= found.high
        for _ in range(1000)
    ]
    assert np.mean(inside) == pytest.approx(0.98, abs=3 * sqrt(0.02 * 0.98 / 1000))


def test_no_change_is_said_only_where_changes_are_ruled_out():
    rng = np.random.default_rng(7)
    wrong = [
        compare_runs(logs(rng, 30, 0.05), logs(rng, 30, 0.05, 0.05), rules=RULES).verdict
        == "no change"
        for _ in range(1000)
    ]
    assert np.mean(wrong) <= 0.05 + 3 * sqrt(0.05 * 0.95 / 1000)
    found = compare_runs(logs(rng, 60, 0.02), logs(rng, 60, 0.02), rules=RULES)
    assert (found.verdict, "ruled out" in found.reason) == ("no change", True)


def test_lower_can_be_worse():
    shares = Rules(worse="lower", relative=False, smallest=0.02, run_sd=0.005)
    before, after = [0.90, 0.91, 0.89, 0.90, 0.905], [0.80, 0.81, 0.79, 0.80, 0.80]
    found = compare_runs(before, after, rules=shares)
    assert found.verdict == "regression"
    assert found.change == pytest.approx(-0.101)
    assert compare_runs(after, before, rules=shares).verdict == "improvement"


def test_one_wrecked_run_of_ten_is_set_aside_and_named():
    rng = np.random.default_rng(8)
    before, after = logs(rng, 20, 0.02), logs(rng, 10, 0.02, 0.12)
    before[7] = 1e9
    found = compare_runs(before, after, rules=RULES)
    assert found.set_aside == ((7,), ())
    assert found.verdict == "regression"
    after[[1, 2]] = 9.0  # two of ten are no accident
    assert compare_runs(before, after, rules=RULES).set_aside == ((7,), ())


def test_failed_runs_do_not_count():
    found = compare_runs([1.0, float("nan"), 1.1], [1.0], rules=RULES)
    assert found.runs == (2, 1)


@given(AMOUNTS, AMOUNTS)
def test_sides_swapped_mirror_the_answer(before, after):
    there, back = (
        compare_runs(before, after, rules=RULES),
        compare_runs(after, before, rules=RULES),
    )
    assert there.p_worse == pytest.approx(back.p_better, abs=1e-9)
    assert log1p(there.change) == pytest.approx(-log1p(back.change), abs=1e-9)


@given(AMOUNTS, AMOUNTS, st.floats(1e-6, 1e6))
def test_the_unit_does_not_matter(before, after, factor):
    one = compare_runs(before, after, rules=RULES)
    other = compare_runs(np.array(before) * factor, np.array(after) * factor, rules=RULES)
    assert other.p_worse == pytest.approx(one.p_worse, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(
    ("baseline", "candidate", "told"),
    [
        ([], [1.0], "baseline has 0 runs"),
        ([1.0], [float("nan")], "candidate has 1 runs with a value missing"),
        ([1.0, -1.0], [1.0], "value -1, expected positive"),
        ([1.0], [float("inf")], "infinite"),
    ],
)
def test_what_cannot_be_compared_is_refused(baseline, candidate, told):
    with pytest.raises(DataError, match=told):
        compare_runs(baseline, candidate, rules=RULES)


def test_errors_belong_to_runs():
    with pytest.raises(DataError, match="2 errors of 1 runs"):
        compare_runs([1.0], [1.0], rules=RULES, errors=([0.1, 0.1], None))


@pytest.mark.parametrize(
    "wrong", [{"worse": "up"}, {"smallest": 0}, {"alpha": 0.6}, {"power": float("nan")}]
)
def test_rules_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Rules(**wrong)
