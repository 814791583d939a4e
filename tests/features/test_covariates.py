import numpy as np
import polars as pl
import pytest

from assay.core.errors import DataError
from assay.features.arms import Design, summarise_arms
from assay.features.summary import Sample
from features.arm_tables import COST, RATE, assigned, by_hand, same, visits


def design(**changes):
    return Design.of(**({"arm": "arm", "control": "A", "metrics": [RATE, COST]} | changes))


def test_covariate_moments_are_joint():
    frame = visits()
    metric = COST | {"covariate": "tokens"}
    found = summarise_arms(frame.lazy(), design(metrics=[metric])).samples["cost"]["A"].moments
    mine = frame.filter(pl.col("arm") == "A")
    expected = np.cov(mine["cost"], mine["tokens"])
    assert found.covariance(0, 1) == pytest.approx(expected[0, 1], rel=1e-11)
    assert found.variance(1) == pytest.approx(expected[1, 1], rel=1e-11)


@pytest.mark.parametrize("metric", [COST, RATE, RATE | {"per_unit": "any"}])
def test_the_covariate_of_assigned_units_comes_from_the_assignments(metric):
    known = assigned().with_columns(before=pl.col("unit_id") % 7)
    plain = design(unit="user", metrics=[metric])
    adjusted = design(unit="user", metrics=[metric | {"covariate": "before"}])
    expected = summarise_arms(visits().lazy(), plain, assignments=known.lazy())
    found = summarise_arms(visits().lazy(), adjusted, assignments=known.lazy())
    for arm in "AB":
        sample, bare = found.samples[metric["name"]][arm], expected.samples[metric["name"]][arm]
        same(Sample(moments=sample.moments.column(1)), known_of(known, arm))
        assert sample.moments.mean[0] == pytest.approx(bare.moments.mean[0], rel=1e-12)
        assert (sample.n, sample.missing) == (bare.n, 0)


def known_of(assignments, arm):
    return assignments.filter(pl.col("variant") == arm)["before"].to_list()


def test_units_without_rows_do_not_drop_out_for_want_of_a_covariate():
    metric = COST | {"covariate": "tokens"}
    with pytest.raises(DataError, match="30 assigned units have no rows, and so no covariate"):
        summarise_arms(
            visits().lazy(), design(unit="user", metrics=[metric]), assignments=assigned().lazy()
        )
    chosen = design(unit="user", metrics=[metric | {"missing": "exclude"}])
    found = summarise_arms(visits().lazy(), chosen, assignments=assigned().lazy())
    assert sum(sample.missing for sample in found.samples["cost"].values()) == 30


def test_a_rate_with_a_covariate_is_still_whether_it_ever_happened():
    metric = RATE | {"covariate": "tokens", "per_unit": "any"}
    found = summarise_arms(visits().lazy(), design(unit="user", metrics=[metric]))
    hand = by_hand(visits(), "ok", any)
    same(Sample(moments=found.samples["solved"]["A"].moments.column(0)), hand["A"])
