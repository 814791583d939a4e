"""Which models the page names."""

from datetime import date

import pytest

from assay.analysis.quality.prices import costs_of
from assay.features.profile_costs import CostProfile, PricedRows


def rows_of(model: str, persons: int, rows: int) -> PricedRows:
    tokens = tuple((1_000 + i, 0, 0, 100) for i in range(rows))
    return PricedRows(
        model=model,
        tier=None,
        rows=rows,
        persons=persons,
        cost=float(rows),
        days=(date(2026, 6, 1),) * rows,
        tokens=tokens,
        costs=tuple(t[0] * 3e-6 + t[3] * 15e-6 for t in tokens),
    )


@pytest.mark.parametrize(
    ("persons", "shown"),
    [
        ({"m-1": 40, "m-2": 30, "rare": 3}, {"m-1"}),
        ({"m-1": 40, "m-2": 30, "rare": 3, "odd name": 20}, {"m-1", "m-2"}),
        ({"m-1": 40, "m-2": 30}, {"m-1", "m-2"}),
        ({"m-1": 40, "rare": 3}, set()),
        ({"rare": 3}, set()),
    ],
)
def test_the_sums_of_all_models_do_not_give_a_small_one_away(
    persons: dict[str, int], shown: set[str]
) -> None:
    groups = tuple(rows_of(model, count, 60) for model, count in persons.items())
    profile = CostProfile(
        groups=groups, sampled=False, rows=60 * len(groups), cost=60.0 * len(groups),
        factor=20.0, dear=0, dear_cost=0.0, dearest=None, cheap=0,
    )  # fmt: skip
    found = costs_of(profile, k=10, alpha=0.05)
    assert {model.model for model in found.models} == shown
    assert found.hidden == len(persons) - len(shown)
