"""Drift of a judge is told from drift of what is judged: simulations whose truth is known."""

import numpy as np
import pytest

from assay.stats.judging import change_within, shifts_of


def _world(rng, *, judges=4, items=300, moved=None, size=0.0, judged=0.0, anchors=0):
    """Half of the items early, half late; each judged by two of the judges."""
    item = np.repeat(np.arange(items), 2)
    late = item >= items // 2
    judge = np.concatenate([rng.choice(judges, 2, replace=False) for _ in range(items)])
    worth = rng.normal(size=items)
    lenient = np.linspace(-0.3, 0.3, judges)
    if anchors:  # the same items, judged again by the same judge
        item = np.concatenate([item, np.arange(anchors)])
        late = np.concatenate([late, np.ones(anchors, dtype=bool)])
        judge = np.concatenate([judge, judge[: 2 * anchors : 2]])
    y = worth[item] + lenient[judge] + rng.normal(scale=0.5, size=item.size)
    y += np.where(late & (judge == moved), size, 0.0) + np.where(
        late & (item >= items // 2), judged, 0.0
    )
    return item, judge, late, y


def test_the_judge_who_moved_is_named_and_measured():
    rng = np.random.default_rng(1)
    item, judge, late, y = _world(rng, moved=2, size=0.5, judged=-0.4)
    found = shifts_of(item, judge, late, y, item)
    assert [one.verdict for one in found.shifts] == ["steady", "steady", "drifted", "steady"]
    assert found.trusted == (0, 1, 3)
    assert found.shifts[2].low <= 0.5 <= found.shifts[2].high
    keep = np.isin(judge, found.trusted)
    change = change_within(judge[keep], late[keep], y[keep], item[keep])
    assert change.low <= -0.4 <= change.high


def test_all_moving_together_is_no_drift_of_a_judge():
    rng = np.random.default_rng(2)
    found = shifts_of(*(w := _world(rng, judged=-0.8)), w[0])
    assert {one.verdict for one in found.shifts} == {"steady"}


def test_steady_judges_are_called_drifted_no_more_often_than_said():
    rng = np.random.default_rng(3)
    runs = 40
    wrong = sum(
        len(shifts_of(*(w := _world(rng, items=160)), w[0]).trusted) < 4 for _ in range(runs)
    )
    assert wrong / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_intervals_of_shifts_hold_the_truth():
    rng = np.random.default_rng(4)
    runs, hits = 40, 0
    for _ in range(runs):
        world = _world(rng, items=200, moved=0, size=2.0)
        one = shifts_of(*world, world[0]).shifts[0]
        hits += one.low <= 2.0 <= one.high
    assert hits / runs == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / runs))


def test_of_two_judges_it_is_not_said_which_moved_but_anchors_say_it():
    rng = np.random.default_rng(5)
    world = _world(rng, judges=2, moved=1, size=0.6)
    found = shifts_of(*world, world[0])
    assert {one.verdict for one in found.shifts} == {"one of two"}
    assert found.trusted == ()
    world = _world(rng, judges=2, moved=1, size=0.6, anchors=60)
    found = shifts_of(*world, world[0])
    assert all(one.anchored for one in found.shifts)
    assert found.shifts[1].verdict == "drifted"
    assert found.shifts[1].low <= 0.6 <= found.shifts[1].high


def test_without_shared_items_nothing_is_said():
    item = np.arange(40)
    found = shifts_of(item, item % 2, item >= 20, np.ones(40), item)
    assert {one.verdict for one in found.shifts} == {"unknown"}
    nobody = np.zeros(0, dtype=np.int64)
    assert shifts_of(nobody, nobody, nobody > 0, nobody.astype(float), nobody).shifts == ()


def test_change_within_judges_ignores_who_judged_more():
    """Two steady judges, one strict; the strict one does most of the later work."""
    judge = np.repeat([0, 1, 0, 1], [90, 10, 10, 90])
    late = np.repeat([False, True], 100)
    rng = np.random.default_rng(6)
    y = np.where(judge == 0, 4.0, 2.0) + rng.normal(scale=0.1, size=200)
    change = change_within(judge, late, y, np.arange(200))
    assert y[late].mean() - y[~late].mean() < -1.5
    assert change.low <= 0 <= change.high
    assert change_within(judge[:100], late[:100], y[:100], np.arange(100)) is None


def test_change_of_one_judge_is_the_difference_of_means_with_clustered_errors():
    """statsmodels OLS with cov_type="cluster", use_t: value .3, se within the small-sample factor."""
    from statsmodels.api import OLS, add_constant  # noqa: PLC0415  slow, here only

    rng = np.random.default_rng(7)
    cluster = np.repeat(np.arange(50), 4)
    late = np.tile([False, False, True, True], 50)
    y = rng.normal(size=50)[cluster] + 0.3 * late + rng.normal(size=200)
    ours = change_within(np.zeros(200, dtype=np.int64), late, y, cluster)
    theirs = OLS(y, add_constant(late.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True
    )
    assert ours.value == pytest.approx(theirs.params[1])
    small = np.sqrt(199 / 198)  # theirs also counts two fitted coefficients
    assert (ours.high - ours.value) * small == pytest.approx(
        theirs.conf_int()[1][1] - theirs.params[1], rel=1e-9
    )
