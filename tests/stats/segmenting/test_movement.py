"""Movement where nobody moved is none; where a fifth moved, a fifth is told."""

import numpy as np
import pytest
from scipy.special import expit

from assay.core.errors import DataError
from assay.stats.segmenting.movement import movement


def chances(group, rng):
    """Of two unit normals 2.5 apart and of one size: the log odds are 2.5x − 3.125."""
    value = rng.normal(2.5 * group, 1)
    one = expit(2.5 * value - 3.125)
    return np.column_stack((1 - one, one))


def periods(moving, n=2000, seed=3):
    rng = np.random.default_rng(seed)
    group = rng.integers(2, size=n)
    later = np.where(rng.random(n) < moving, 1 - group, group)
    return chances(group, rng), chances(later, rng)


def test_nobody_moved_though_a_fifth_changed_sides():
    """Each period errs for Φ(−1.25) = .1056; sides change with 2 × .1056 × .8944 = .189."""
    found = movement(*periods(0.0))
    assert found.moved_seen == pytest.approx(0.189, abs=0.027)
    assert found.moved_by_error == pytest.approx(0.189, abs=0.02)
    assert found.moved < 0.03
    assert found.moved_low < 0.005
    assert found.p_value > 0.01


def test_a_fifth_moved():
    found = movement(*periods(0.2))
    assert found.moved_low < 0.2 < found.moved_high
    assert found.moved == pytest.approx(0.2, abs=0.04)
    assert found.moved_seen > 0.28
    assert found.p_value < 1e-6
    assert (found.low <= found.flow).all()
    assert (found.flow <= found.high).all()
    assert found.flow.sum() == pytest.approx(1)


def test_sure_members_are_counted_as_they_are():
    before, after = np.eye(2)[[0, 0, 0, 1]], np.eye(2)[[0, 0, 1, 1]]
    found = movement(before, after)
    np.testing.assert_allclose(found.flow, [[0.5, 0.25], [0, 0.25]], atol=1e-6)
    assert found.moved_by_error == 0


def test_flows_solve_the_equations_of_misclassification():
    """Where the solution has no negative part: F = C₁⁻ᵀ O C₂⁻¹."""
    before, after = periods(0.3, n=4000)
    found = movement(before, after, draws=2)
    errs = []
    for each in (before, after):
        label = each.argmax(axis=1)
        table = np.array([each[label == at].sum(axis=0) for at in range(2)]).T
        errs.append(table / table.sum(axis=1, keepdims=True))
    solved = np.linalg.inv(errs[0].T) @ found.seen @ np.linalg.inv(errs[1])
    np.testing.assert_allclose(found.flow, solved, atol=1e-3)


def test_noise_is_left_out_and_none_shared_is_told():
    before, after = np.eye(2)[[0, 1, 0]], np.eye(2)[[0, 1, 0]]
    after[2] = 0
    assert movement(before, after).entities == 2
    with pytest.raises(DataError, match="no entity"):
        movement(before, np.zeros((3, 2)))
    with pytest.raises(DataError, match="expected the same entities"):
        movement(before, after[:2])
