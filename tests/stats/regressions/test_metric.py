"""All statistics of a metric together, and versions that creep."""

from math import sqrt

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.multiplicity.corrections import adjusted_p_values
from assay.stats.regressions import WEIGHTS, Rules, Run, compare_metric, creep, run_of
from assay.stats.regressions.metric import _adjusted

RULES = Rules()


def runs(rng, number, requests=200, *, sd=0.02, change=0.0, stalls=0.02):
    """The simulation of benchmarks/regressions.py, of which this is a small piece."""
    seconds = np.exp(rng.normal(0, 0.6, (number, requests)) + rng.normal(0, sd, (number, 1)))
    stalled = rng.random(seconds.shape) < stalls
    seconds *= np.where(stalled, 3 * (1 + rng.pareto(1.8, seconds.shape)), 1.0) * (1 + change)
    return [run_of(row) for row in seconds]


def shares(repeats, verdict, *, of, against, **simulated):
    rng = np.random.default_rng(11)
    quiet = {"sd": simulated.get("sd", 0.02)}
    return np.mean(
        [
            compare_metric(
                runs(rng, of, **quiet), runs(rng, against, **simulated), rules=RULES
            ).verdict
            == verdict
            for _ in range(repeats)
        ]
    )


def test_false_alarms_keep_to_alpha_over_all_statistics():
    assert shares(300, "regression", of=20, against=10) <= 0.01 + 3 * sqrt(0.01 * 0.99 / 300)


def test_ten_percent_are_found():
    assert shares(150, "regression", of=20, against=10, change=0.10) >= 0.95


def test_one_noisy_run_each_is_not_enough():
    assert shares(200, "not enough data", of=1, against=1, sd=0.05, change=0.1) >= 0.95


def test_a_tail_alone_can_get_worse():
    rng = np.random.default_rng(12)
    found = compare_metric(runs(rng, 20), runs(rng, 20, stalls=0.06), rules=RULES)
    assert found.verdict == "regression"
    assert found.decided_by in {"p95", "p99", "mean"}
    assert found.reason.startswith(found.decided_by)


def test_statistics_that_not_all_runs_show_are_left_out():
    rng = np.random.default_rng(13)
    found = compare_metric(runs(rng, 5, 50), runs(rng, 5, 30), rules=RULES)
    assert found.left_out == ("p95", "p99")
    assert list(found.statistics) == ["typical", "p50", "mean"]


def test_levels_of_the_statistics_add_up_to_alpha():
    rng = np.random.default_rng(14)
    found = compare_metric(runs(rng, 5), runs(rng, 5), rules=RULES)
    assert sum(each.level for each in found.statistics.values()) == pytest.approx(RULES.alpha)


def test_equal_weights_are_holm():
    p = {"a": 0.011, "b": 0.03, "c": 0.02, "d": 0.9}
    theirs = adjusted_p_values(list(p.values()), "holm")
    ours = _adjusted(p, dict.fromkeys(p, 0.25))
    assert [ours[name] for name in p] == pytest.approx(list(theirs))


def test_weights_by_hand():
    # Ordered by p / w: a .02/.8, b .01/.2; then .02·1/.8 = .025, and .01·.2/.2 = .01 → .025.
    assert _adjusted({"a": 0.02, "b": 0.01}, {"a": 0.8, "b": 0.2}) == pytest.approx(
        {"a": 0.025, "b": 0.025}
    )


def test_without_runs_or_a_shared_statistic_it_is_refused():
    run = Run(n=5, values={"p50": 1.0}, errors={"p50": 0.1})
    other = Run(n=5, values={"mean": 1.0}, errors={"mean": 0.1})
    with pytest.raises(DataError, match="baseline has no run"):
        compare_metric([], [run], rules=RULES)
    with pytest.raises(DataError, match="shows all of one statistic"):
        compare_metric([run], [other], rules=RULES)
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def versions(rng, step, number=8, each=5, sd=0.03):
    return [np.exp(rng.normal(step * place, sd, each)) for place in range(number)]


def test_a_creep_is_found_though_no_step_is():
    rng = np.random.default_rng(15)
    found = [creep(versions(rng, np.log(1.02)), rules=RULES) for _ in range(100)]
    assert np.mean([each.worse for each in found]) >= 0.97
    assert np.mean([each.creeping for each in found]) >= 0.7
    assert np.mean([each.slope for each in found]) == pytest.approx(0.02, abs=0.001)
    assert np.mean([len(each.seen) / len(each.steps) for each in found]) < 0.05


def test_versions_that_stay_do_not_creep():
    rng = np.random.default_rng(16)
    calls = [creep(versions(rng, 0.0), rules=RULES).worse for _ in range(300)]
    assert np.mean(calls) <= 0.01 + 3 * sqrt(0.01 * 0.99 / 300)


def test_a_step_that_was_seen_is_no_creep():
    rng = np.random.default_rng(17)
    levels = [np.exp(rng.normal(0.3 * (place > 2), 0.02, 6)) for place in range(6)]
    found = creep(levels, rules=RULES)
    assert found.seen == (2,)
    assert (found.worse, found.creeping) == (True, False)
    assert found.whole.verdict == "regression"


def test_two_versions_are_compared_not_followed():
    with pytest.raises(DataError, match="2 versions"):
        creep([[1.0], [1.0]], rules=RULES)
