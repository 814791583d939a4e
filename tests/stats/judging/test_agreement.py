"""Agreement: published values, another package's, what it must not depend on, and its intervals."""

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from assay.core.errors import DataError
from assay.stats.judging import alpha_of, concordance_of

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, table of four observers and
# twelve units; the values .815 (ordinal) and .849 (interval) are printed there.
OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]


def _published():
    cells = [
        (unit, float(value))
        for line in OBSERVERS
        for unit, value in enumerate(line.split())
        if value != "."
    ]
    return np.array([u for u, _ in cells]), np.array([v for _, v in cells])


@pytest.mark.parametrize(("ordinal", "printed"), [(False, 0.849), (True, 0.815)])
def test_alpha_is_the_published_one(ordinal, printed):
    items, values = _published()
    found = alpha_of(items, values, items, ordinal=ordinal)
    assert found.value == pytest.approx(printed, abs=5e-4)
    assert (found.items, found.ratings) == (11, 40)  # the twelfth unit was judged once
    assert found.low < found.value < found.high <= 1


def test_kappa_is_that_of_another_package():
    rng = np.random.default_rng(3)
    x = rng.integers(1, 6, 300)
    y = np.clip(x + rng.integers(-1, 3, 300), 1, 5)
    table = np.zeros((5, 5))
    np.add.at(table, (x - 1, y - 1), 1)
    theirs = cohens_kappa(table, wt="quadratic")
    ours = concordance_of(x, y, np.arange(300))
    assert ours.value == pytest.approx(theirs.kappa, abs=1e-12)
    half = (ours.high - ours.low) / 2
    assert half == pytest.approx(1.968 * theirs.std_kappa, rel=0.1)  # theirs assumes large samples


def test_two_values_are_nominal_ordinal_and_interval_alike():
    rng = np.random.default_rng(5)
    items = np.repeat(np.arange(60), 3)
    values = rng.integers(0, 2, 180).astype(float)
    plain = alpha_of(items, values, items)
    ranked = alpha_of(items, values, items, ordinal=True)
    assert plain.value == pytest.approx(ranked.value, abs=1e-12)


def test_alpha_does_not_depend_on_the_scale_and_ordinal_not_on_its_shape():
    items, values = _published()
    plain = alpha_of(items, values, items)
    assert alpha_of(items, 10 * values - 3, items).value == pytest.approx(plain.value)
    ranked = alpha_of(items, values, items, ordinal=True)
    assert alpha_of(items, np.exp(values), items, ordinal=True).value == pytest.approx(ranked.value)


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(11)
    truth, hits, runs = 0.5, 0, 100
    for _ in range(runs):
        worth = (np.repeat(rng.normal(size=40), 2) + rng.normal(size=80)) / np.sqrt(2)
        values = (worth[:, None] + rng.normal(size=(80, 2))).ravel()
        items, clusters = np.repeat(np.arange(80), 2), np.repeat(np.arange(40), 4)
        found = alpha_of(items, values, clusters)
        hits += found.low <= truth <= found.high
    assert hits / runs >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_edges_have_no_value_rather_than_a_wrong_one():
    nothing = alpha_of([], [], [])
    assert (nothing.value, nothing.items) == (None, 0)
    assert alpha_of([1, 2], [3.0, 4.0], [1, 2]).value is None
    assert alpha_of([1, 1, 2, 2], [3.0] * 4, [1, 1, 2, 2]).value is None
    always = alpha_of([1, 1, 2, 2], [3.0, 3.0, 4.0, 4.0], [1, 1, 2, 2])
    assert (always.value, always.low, always.high) == (1.0, None, None)
    with pytest.raises(DataError, match="not finite"):
        alpha_of([1, 1], [1.0, np.nan], [1, 1])
    with pytest.raises(DataError, match="expected one of each"):
        alpha_of([1, 1], [1.0], [1, 1])
