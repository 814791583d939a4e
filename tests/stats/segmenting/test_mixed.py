"""Numbers and categories together: each counts, rare ones are pooled, identifiers refused."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.stats.segmenting import embed, segment

RNG = np.random.default_rng(6)
TRUTH = np.repeat([0, 1, 2], [80, 60, 40])
NUMBERS = RNG.normal(size=(180, 2)) + np.array([[0, 0], [4, 0], [0, 0]])[TRUTH]
TOOLS = np.where(RNG.random(180) < 0.95, np.array(["a", "a", "b"])[TRUTH], "c")
PLANS = np.where(RNG.random(180) < 0.95, np.array(["free", "free", "paid"])[TRUTH], "free")


def test_groups_that_only_both_show_are_found():
    laid = embed(NUMBERS, [TOOLS, PLANS])
    found = segment(laid(NUMBERS, [TOOLS, PLANS]), k=3, method="ward", seed=1, scale=False)
    right = max(
        (found.labels == np.array(order)[TRUTH]).mean()
        for order in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0))
    )
    numbers = segment(NUMBERS, k=3, method="ward", seed=1)
    assert right > 0.9
    assert (numbers.labels[TRUTH == 0][:, None] == numbers.labels[TRUTH == 2]).mean() > 0.3


def test_categories_alone_lie_as_far_apart_as_their_shares_say():
    """Half of all pairs are unlike: squared, they lie 4 apart, and 2 on the average of all pairs."""
    feature = ["a", "b"] * 10
    laid = embed(None, [feature])(None, [feature])
    assert np.ptp(laid[:, 0]) ** 2 == pytest.approx(4)
    assert laid.shape == (20, 1)


def test_new_rows_lie_where_the_same_rows_lay():
    laid = embed(NUMBERS, [TOOLS])
    every = laid(NUMBERS, [TOOLS])
    np.testing.assert_allclose(laid(NUMBERS[:5], [TOOLS[:5]]), every[:5])
    assert np.isfinite(laid(NUMBERS[:1], [["never seen"]])).all()


def test_rare_categories_are_pooled_and_said():
    feature = ["usual", "other"] * 100 + [f"rare {at}" for at in range(20)]
    assert embed(None, [feature]).pooled == (20,)


def test_ten_thousand_categories_of_which_few_are_common_hide_no_groups():
    rng = np.random.default_rng(5)
    group = rng.integers(2, size=20_000)
    rare = rng.integers(10_000, size=20_000)
    feature = [
        f"rare {other}" if at % 3 == 0 else f"common to {side}"
        for at, (side, other) in enumerate(zip(group, rare, strict=True))
    ]
    numbers = rng.normal(size=(20_000, 2)) + 3 * group[:, None]
    laid = embed(numbers, [feature])
    assert laid.pooled[0] > 4_500
    found = segment(laid(numbers, [feature]), k=2, method="k-means", scale=False)
    agree = np.mean(found.labels == group)
    assert max(agree, 1 - agree) > 0.97


@pytest.mark.parametrize(
    ("categories", "says"),
    [
        ([[str(at) for at in range(10_000)]], "10,000 categories for 10,000 entities"),
        ([["same"] * 9], "one category"),
        ([["a", "b"], ["a"]], "the same entities"),
        ([], "at least one feature of categories"),
        ([[]], "at least one feature of categories"),
    ],
)
def test_what_cannot_be_laid_out_is_told(categories, says):
    with pytest.raises(DataError, match=says) as told:
        embed(None, categories)
    assert told.value.remedy


def test_new_rows_have_the_features_of_the_embedding():
    with pytest.raises(DataError, match="2 features of categories, expected 1"):
        embed(NUMBERS, [TOOLS])(NUMBERS, [TOOLS, PLANS])
    with pytest.raises(DataError, match="numbers too"):
        embed(NUMBERS, [TOOLS])(None, [TOOLS])
