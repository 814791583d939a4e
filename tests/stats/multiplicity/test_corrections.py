import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from assay.core.errors import DataError, ParameterError
from assay.stats.multiplicity.corrections import adjusted_p_values, interval_alpha

PEERS = {
    "bonferroni": "bonferroni",
    "sidak": "sidak",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "bh": "fdr_bh",
    "by": "fdr_by",
}
ONE_FAMILY = (0.001, 0.008, 0.021, 0.04, 0.049, 0.3)
P_VALUES = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.02, 0.05, 1.0])),
    min_size=1,
    max_size=9,
)


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        ("bonferroni", (0.006, 0.048, 0.126, 0.24, 0.294, 1)),
        ("holm", (0.006, 0.04, 0.084, 0.12, 0.12, 0.3)),
        ("hochberg", (0.006, 0.04, 0.084, 0.098, 0.098, 0.3)),
        ("hommel", (0.006, 0.04, 0.196 / 3, 0.08, 0.098, 0.3)),
        ("bh", (0.006, 0.024, 0.042, 0.0588, 0.0588, 0.3)),
        ("by", (0.0147, 0.0588, 0.1029, 0.14406, 0.14406, 0.735)),
        ("none", ONE_FAMILY),
    ],
)
def test_one_family_by_hand(correction, expected):
    """By the definitions: i-th of six times 6, 6 − i + 1, 6 / i, times 2.45 for `by`.

    Hommel's third by its definition: .021 is rejected once Simes' test rejects every subset that
    holds it; the slowest is (.021, .04, .049, .3) with 4 × .049 / 3.
    """
    assert adjusted_p_values(ONE_FAMILY, correction) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("correction", PEERS)
def test_agrees_with_statsmodels(correction):
    """statsmodels 0.14, `multipletests`, also with ties and with a family of one."""
    rng = np.random.default_rng(11)
    for m in (1, 2, 3, 7):
        for _ in range(12):
            p = rng.beta(0.5, 3, m)
            p[-1] = p[0]
            expected = multipletests(p, 0.05, PEERS[correction])[1]
            assert adjusted_p_values(p, correction) == pytest.approx(list(expected), abs=1e-12)


@given(P_VALUES, st.sampled_from(list(PEERS)), st.randoms())
def test_order_does_not_matter_and_nothing_gets_surer(p, correction, random):
    found = adjusted_p_values(p, correction)
    assert all(q >= raw for q, raw in zip(found, p, strict=True))
    order = list(range(len(p)))
    random.shuffle(order)
    shuffled = adjusted_p_values([p[i] for i in order], correction)
    assert shuffled == tuple(found[i] for i in order)
    ranked = [q for _, q in sorted(zip(p, found, strict=True))]
    assert ranked == sorted(ranked)


@given(P_VALUES)
def test_each_method_is_as_sharp_as_its_proof(p):
    """Hommel ≤ Hochberg ≤ Holm ≤ Bonferroni, Šidák ≤ Bonferroni, BH ≤ Hommel, BH ≤ BY."""
    of = {name: np.array(adjusted_p_values(p, name)) for name in PEERS}
    for sharper, blunter in [
        ("hommel", "hochberg"), ("hochberg", "holm"), ("holm", "bonferroni"),
        ("sidak", "bonferroni"), ("bh", "hommel"), ("bh", "by"),
    ]:  # fmt: skip
        assert (of[sharper] <= of[blunter] + 1e-12).all(), (sharper, blunter)


@given(P_VALUES, st.sampled_from(list(PEERS)))
def test_what_was_not_tested_stays_open_and_counts_only_where_declared(p, correction):
    found = adjusted_p_values([None, *p, math.nan], correction)
    assert found[0] is None
    assert found[-1] is None
    assert found[1:-1] == adjusted_p_values(p, correction)
    declared = adjusted_p_values([None, *p], correction, tests=len(p) + 1)[1:]
    assert declared == pytest.approx(adjusted_p_values([1.0, *p], correction)[1:], rel=1e-12)


@pytest.mark.parametrize("correction", ["bonferroni", "sidak", "bh", "by", "none"])
@given(p=P_VALUES, alpha=st.sampled_from([0.01, 0.05, 0.2]))
def test_intervals_exclude_zero_exactly_where_rejected(correction, p, alpha):
    """An interval of level 1 − a excludes zero exactly where its raw p lies below a."""
    each = interval_alpha(p, correction, alpha=alpha)
    for raw, adjusted in zip(p, adjusted_p_values(p, correction), strict=True):
        if abs(adjusted - alpha) > 1e-9:
            assert (raw < each) == (adjusted < alpha)


@pytest.mark.parametrize("correction", ["holm", "hochberg", "hommel"])
@given(p=P_VALUES)
def test_intervals_of_stepwise_tests_are_simultaneous_by_bonferroni(correction, p):
    each = interval_alpha(p, correction, alpha=0.05)
    assert each == pytest.approx(0.05 / len(p))
    for raw, adjusted in zip(p, adjusted_p_values(p, correction), strict=True):
        assert adjusted <= 0.05 + 1e-12 or raw >= each


def test_false_coverage_rate_level_counts_the_rejected():
    """Benjamini & Yekutieli (2005): R of m rejected at q, so intervals of level 1 − R q / m."""
    assert interval_alpha(ONE_FAMILY, "bh", alpha=0.05) == pytest.approx(0.05 * 3 / 6)
    assert interval_alpha((0.5, 0.6), "bh", alpha=0.05) == pytest.approx(0.05 / 2)
    assert interval_alpha((None,), "bh", alpha=0.05) == 0.05


def test_errors_are_kept_in_thin_families_of_nulls_and_effects():
    """4,000 families of 12 normal statistics, 6 of them with an effect of 3 standard errors.

    Tolerances: 3 standard errors of a share of 4,000. Correlated by a shared part of .5, which
    Hochberg, Hommel and BH are proven for.
    """
    rng = np.random.default_rng(5)
    effect = np.repeat((0.0, 3.0), 6)
    z = np.sqrt(0.5) * (rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 12))) + effect
    p = np.array([[math.erfc(abs(x) / math.sqrt(2)) for x in row] for row in z])
    bound = 0.05 + 3 * math.sqrt(0.05 * 0.95 / 4000)
    for correction in PEERS:
        rejected = np.array([adjusted_p_values(row, correction) for row in p]) <= 0.05
        false = rejected[:, :6]
        if correction in {"bh", "by"}:
            share = false.sum(axis=1) / np.maximum(rejected.sum(axis=1), 1)
            assert share.mean() <= bound
        else:
            assert false.any(axis=1).mean() <= bound
        assert rejected[:, 6:].mean() > 0.4


@pytest.mark.parametrize("p", [(-0.1,), (1.2,)])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(DataError, match="from 0 to 1"):
        adjusted_p_values(p, "holm")


def test_other_mistakes_are_told():
    with pytest.raises(ParameterError, match="holm"):
        adjusted_p_values((0.1,), "holmes")
    with pytest.raises(DataError, match="tests=1"):
        adjusted_p_values((0.1, 0.2), "holm", tests=1)
    with pytest.raises(DataError, match="alpha"):
        interval_alpha((0.1,), "holm", alpha=1.0)
    assert adjusted_p_values((), "holm") == ()
