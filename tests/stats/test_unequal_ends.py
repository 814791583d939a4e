import numpy as np
import pytest
from scipy.special import stdtrit

from assay.core.errors import DataError
from assay.stats.fieller import fieller
from assay.stats.unequal_ends import product_of_ends, ratio_of_ends, score_rate, skewed_mean


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3 (Wilson, no correction)
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_score_ends_are_the_published_ones(hits, n, low, high):
    found = score_rate(hits / n, n=n, critical=1.959964)
    assert found[1:] == pytest.approx((low, high), abs=5e-5)


def test_without_skewness_a_mean_has_students_ends():
    found = skewed_mean(10.0, 2.0, skewness=0.0, n=20, freedom=19, alpha=0.05)
    half = 2.0 * stdtrit(19, 0.975)
    assert found == pytest.approx((10.0, 10 - half, 10 + half))
    near = skewed_mean(10.0, 2.0, skewness=1e-4, n=20, freedom=19, alpha=0.05)
    assert near == pytest.approx(found, abs=1e-3)


def test_a_long_tail_moves_both_ends_its_way_and_mirrors():
    straight = skewed_mean(0.0, 1.0, skewness=0.0, n=50, freedom=49, alpha=0.05)
    leaning = skewed_mean(0.0, 1.0, skewness=2.0, n=50, freedom=49, alpha=0.05)
    mirrored = skewed_mean(0.0, 1.0, skewness=-2.0, n=50, freedom=49, alpha=0.05)
    assert leaning[1] > straight[1]
    assert leaning[2] > straight[2]
    assert mirrored[1:] == pytest.approx((-leaning[2], -leaning[1]))


def test_the_mean_of_lognormal_values_is_covered_as_promised():
    rng = np.random.default_rng(3)
    values = np.exp(rng.standard_normal((3000, 60)))
    means, sds = values.mean(axis=1), values.std(axis=1)
    skews = ((values - means[:, None]) ** 3).mean(axis=1) / sds**3
    inside = [
        low <= np.exp(0.5) <= high
        for _, low, high in (
            skewed_mean(m, s / 59**0.5, skewness=g, n=60, freedom=59, alpha=0.05)
            for m, s, g in zip(means, sds, skews, strict=True)
        )
    ]
    students = np.abs(means - np.exp(0.5)) <= sds / 59**0.5 * stdtrit(59, 0.975)
    assert np.mean(inside) > students.mean() + 0.01
    assert np.mean(inside) > 0.93  # the estimated skewness is itself short in so small samples


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.6])
def test_of_symmetric_ends_the_ratio_is_fiellers(correlation):
    top, bottom, z = (5.0, 1.2), (2.0, 0.3), 1.96
    expected = fieller(
        top[0],
        bottom[0],
        half_width=z * top[1],
        variance=bottom[1] ** 2,
        covariance=correlation * top[1] * bottom[1],
        critical_value=z,
    )
    found = ratio_of_ends(
        (top[0], top[0] - z * top[1], top[0] + z * top[1]),
        (bottom[0], bottom[0] - z * bottom[1], bottom[0] + z * bottom[1]),
        correlation=correlation,
    )
    assert found == pytest.approx((expected.low, expected.high))


def test_a_rate_of_nothing_leaves_a_lower_end_and_no_upper_one():
    low, high = ratio_of_ends((2.0, 1.5, 2.7), (0.0, 0.0, 0.1))
    # the root of (2 − 0)² = .5² + R²·.1², MOVER's equation at a rate of zero
    assert low == pytest.approx((4 - 0.25) ** 0.5 / 0.1)
    assert high == np.inf
    assert ratio_of_ends((2.0, 1.5, 2.7), (0.01, 0.0, 0.1))[1] == np.inf


def test_ends_out_of_order_are_refused():
    with pytest.raises(DataError, match="low ≤ value ≤ high"):
        ratio_of_ends((2.0, 2.5, 3.0), (1.0, 0.5, 1.5))
    with pytest.raises(DataError, match="correlation nan"):
        ratio_of_ends((2.0, 1.5, 3.0), (1.0, 0.5, 1.5), correlation=float("nan"))
    with pytest.raises(DataError, match="rate 1\\.5"):
        score_rate(1.5, n=10, critical=2.0)


def test_a_product_of_exact_parts_is_exact_and_symmetric_errors_add_in_squares():
    assert product_of_ends((3.0, 3.0, 3.0), (-2.0, -2.0, -2.0)) == (-6.0, -6.0, -6.0)
    value, low, high = product_of_ends((10.0, 9.0, 11.0), (0.5, 0.4, 0.6))
    half = ((0.5 * 1) ** 2 + (10 * 0.1) ** 2) ** 0.5  # the delta method, linear terms
    assert (value, low, high) == pytest.approx((5.0, 5 - half, 5 + half))


def test_of_a_negative_factor_the_ends_of_the_other_change_places():
    value, low, high = product_of_ends((10.0, 9.0, 14.0), (-1.0, -1.0, -1.0))
    assert (value, low, high) == pytest.approx((-10.0, -14.0, -9.0))
    with pytest.raises(DataError, match="first not negative"):
        product_of_ends((-1.0, -1.0, 2.0), (1.0, 1.0, 1.0))
