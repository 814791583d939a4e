import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.anomalies.drilling import holding

AGENTS, MODELS, KINDS = 4, 3, 2


def cells():
    """Expected amounts of every agent × model × kind; nine tenths are of the first kind."""
    codes = np.array(
        [(a, m, k) for a in range(AGENTS) for m in range(MODELS) for k in range(KINDS)]
    )
    rng = np.random.default_rng(1)
    return codes, rng.uniform(5, 15, len(codes)) * np.where(codes[:, 2] == 0, 0.9, 0.1)


@pytest.mark.parametrize(
    "labels",
    [((0, 2),), ((1, 1),), ((0, 2), (1, 1)), ((0, 1), (1, 0), (2, 1)), ()],
)
def test_the_combination_that_was_multiplied_is_named_and_no_more(labels):
    codes, expected = cells()
    inside = np.all([codes[:, column] == code for column, code in labels] or [codes[:, 0] >= 0], 0)
    noise = np.random.default_rng(2).normal(1, 0.002, len(codes))
    (found,) = holding(codes, expected * np.where(inside, 3.0, 1.0) * noise, expected)
    assert found.labels == labels
    assert found.share == pytest.approx(1, abs=0.1)
    assert (found.cells == inside).all()


def test_a_label_that_nearly_all_have_is_not_named():
    codes, expected = cells()
    inside = codes[:, 0] == 0
    # Nine tenths of the excess are of the first kind, since nine tenths of everything are.
    (found,) = holding(codes, expected * np.where(inside, 2.0, 1.0), expected)
    assert found.labels == ((0, 0),)


def test_what_was_never_there_and_what_vanished_are_named():
    codes, expected = cells()
    new = (codes == (3, 2, 1)).all(axis=1)
    (found,) = holding(codes, np.where(new, 40.0, expected), np.where(new, 0.0, expected))
    assert found.cells.tolist() == new.tolist()
    gone = codes[:, 1] == 2
    (found,) = holding(codes, np.where(gone, 0.0, expected), expected)
    assert found.labels == ((1, 2),)
    assert found.share == pytest.approx(1)


def test_two_causes_that_have_nothing_in_common_are_two():
    codes, expected = cells()
    one = (codes[:, 0] == 0) & (codes[:, 1] == 0)
    two = codes[:, 0] == 3
    found = holding(codes, expected * np.where(one, 3.0, np.where(two, 2.5, 1.0)), expected)
    assert {held.labels for held in found} == {((0, 0), (1, 0)), ((0, 3),)}
    assert sum(held.share for held in found) == pytest.approx(1)


def test_amounts_below_zero_are_refused():
    with pytest.raises(DataError, match="below zero"):
        holding([[0], [1]], [1.0, -1.0], [1.0, 1.0])
    with pytest.raises(DataError, match="codes for"):
        holding([[0], [1]], [1.0], [1.0])
