"""Structure in numbers and categories: not in one cloud cut into categories, but among kinds."""

import numpy as np
import pytest
from scipy.special import ndtr
from sklearn.metrics import adjusted_rand_score

from assay.stats.segmenting import embed, mixed_structure, segment_mixed, structure
from assay.stats.segmenting.mixed_structure import mixed_cloud


def cut(latent, shares):
    return np.searchsorted(np.cumsum(shares)[:-1], ndtr(latent))


def cloud(kind, n, rng):
    """One cloud: categories are ranges of what is normal, or have nothing to do with anything."""
    f = rng.standard_normal(n)

    def near(how):
        return how * f + np.sqrt(1 - how**2) * rng.standard_normal(n)

    if kind == "independent":
        categories = [rng.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05]), rng.choice(list("xyz"), n)]
        return rng.standard_normal((n, 3)), [*categories, rng.choice(list("uv"), n)]
    if kind == "one factor":
        first = rng.permutation(5)[cut(near(0.7), [0.4, 0.25, 0.2, 0.1, 0.05])]
        numbers = np.column_stack([near(0.7), np.exp(near(0.7))])
        return numbers, [first, cut(near(0.7), [1 / 3] * 3), cut(near(0.7), [0.6, 0.4])]
    if kind == "10,000 categories":
        shares = np.append([0.25, 0.2, 0.15], np.full(9_997, 0.4 / 9_997))
        numbers = np.column_stack([f, rng.standard_normal(n)])
        return numbers, [rng.choice(10_000, n, p=shares), cut(near(0.5), [0.5, 0.5])]
    rare = [cut(near(0.5), [0.9, 0.04, 0.02, 0.02, 0.02]), cut(near(0.5), [0.97, 0.03])]
    return np.column_stack([near(0.5), rng.gamma(2, size=n)]), rare


def kinds(n, rng):
    """Three kinds of entities, each with its own numbers and its own mix of categories."""
    truth = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    centres = np.array([[0, 0, 0], [3, 0, 0], [0, 3, 0]])
    mixes = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    categories = [np.array([rng.choice(3, p=mixes[one]) for one in truth]) for _ in range(3)]
    return centres[truth] + rng.standard_normal((n, 3)), categories, truth


@pytest.mark.parametrize("kind", ["independent", "one factor", "rare", "10,000 categories"])
def test_one_cloud_is_called_structure_in_hardly_any_case(kind: str) -> None:
    """A share of .05 and three standard errors of 5 sets is .34: at most one."""
    rng = np.random.default_rng(21)
    verdicts = [mixed_structure(*cloud(kind, 200, rng), at).verdict for at in range(5)]
    assert sum(verdict != "none" for verdict in verdicts) <= 1


def test_lumps_of_categories_are_groups_to_the_test_on_coordinates_alone() -> None:
    """What the clouds with categories are for."""
    numbers, categories = cloud("independent", 250, np.random.default_rng(22))
    laid = embed(numbers, categories)
    assert structure(laid(numbers, categories), 1).verdict != "none"
    assert mixed_structure(numbers, categories, 1).verdict == "none"


def test_three_kinds_are_structure_and_found() -> None:
    rng = np.random.default_rng(23)
    ks = []
    for seed in range(3):
        numbers, categories, truth = kinds(700, rng)
        found = segment_mixed(numbers, categories, seed=seed)
        assert found.structure.verdict != "none"
        ks.append(found.k)
        if found.k == 3:
            assert adjusted_rand_score(truth, found.labels) > 0.7
    assert ks.count(3) >= 2


def test_one_cloud_is_one_segment_unless_asked_otherwise() -> None:
    numbers, categories = cloud("one factor", 250, np.random.default_rng(24))
    alone = segment_mixed(numbers, categories)
    assert (alone.k, alone.structure.verdict) == (1, "none")
    asked = segment_mixed(numbers, categories, k=3, method="ward")
    assert (asked.k, asked.structure) == (3, None)


def test_clouds_have_the_shares_and_the_associations_of_the_data() -> None:
    """Cramér's V of 40 draws, beside the data's own; independent features keep none."""
    rng = np.random.default_rng(25)
    for kind, floor in (("one factor", 0.2), ("independent", 0.0)):
        numbers, categories = cloud(kind, 800, rng)
        laid = embed(numbers, categories)
        wide = laid.wide(numbers, categories)
        model = mixed_cloud(wide, laid, rng)
        latent = rng.standard_normal((20_000, len(model.factor))) @ model.factor.T
        drawn = [one.of(latent) for one in model.features]
        at = wide.shape[1] - sum(len(level) + 1 for level in laid.levels)
        seen = []
        for level in laid.levels:
            seen.append(wide[:, at : at + len(level) + 1].argmax(axis=1))
            at += len(level) + 1
        for one, other in zip(drawn, seen, strict=True):
            size = int(other.max()) + 1
            assert np.bincount(one, minlength=size)[:size] / 20_000 == pytest.approx(
                np.bincount(other) / 800, abs=0.025
            )
        true, held = association(seen[0], seen[1]), association(drawn[0], drawn[1])
        assert true >= floor
        assert held == pytest.approx(true, abs=0.08)


def association(one, other):
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    even = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return np.sqrt(((table - even) ** 2 / even).sum() / table.sum() / (min(table.shape) - 1))
