"""The record on providers: what shared items show, what only goes along, a mix that misleads."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.analysis.providers import assess_providers, report_providers
from assay.core.errors import DataError, ParameterError
from assay.features.provider_cells import items_there, provider_cells
from assay.features.provider_mixes import kinds_there, last_days, provider_mixes

START = datetime(2026, 3, 2, tzinfo=UTC)


def rows_of(*, items=0, lift=0.0, mixed=False, seed=1, persons=60):
    """Rows of one agent with two providers; `mixed`: the easy kind of work nearly all goes to b."""
    rng = np.random.default_rng(seed)
    n = 4000
    easy = rng.random(n) < 0.5
    second = rng.random(n) < np.where(easy, 0.9, 0.1) if mixed else rng.random(n) < 0.5
    chance = np.where(easy & mixed, 0.9, 0.5) + lift * second
    rows = pl.DataFrame(
        {
            "agent_id": "writer",
            "provider": np.where(second, "b", "a"),
            "user_id": [f"u{at}" for at in rng.integers(0, persons, n)],
            "operation": np.where(easy, "easy", "hard"),
            "occurred_at": [START + timedelta(hours=int(at)) for at in rng.integers(0, 500, n)],
            "succeeded": rng.random(n) < chance,
            "item_id": pl.Series([None] * n, dtype=pl.String),
        }
    )
    if not items:
        return rows
    names = [f"i{at}" for at in range(items)]
    tried = pl.DataFrame(
        {
            "agent_id": "writer",
            "provider": np.repeat(["a", "b"], items),
            "user_id": pl.Series([None] * (2 * items), dtype=pl.String),
            "operation": "trial",
            "occurred_at": START,
            "succeeded": np.concatenate(
                (rng.random(items) < 0.4, rng.random(items) < 0.4 + 5 * lift)
            ),
            "item_id": names * 2,
        }
    )
    return pl.concat([rows, tried.cast(rows.schema)])


def report(rows, *, mix=("operation",), days=None, **options):
    lazy, span = last_days(rows.lazy(), days)
    shared, reason = items_there(lazy)
    found = assess_providers(provider_cells(lazy), shared, **options)
    mixes = provider_mixes(lazy, kinds_there(lazy, mix))
    return report_providers(found, mixes, days=span, shared_reason=reason)


def test_shared_items_show_that_results_depend_and_leave_no_association() -> None:
    found = report(rows_of(items=200, lift=0.08))
    assert found.depends == "depends"
    assert found.associations == ()
    assert found.shared_reason == ""
    assert {one.evidence for one in found.findings} == {"paired"}
    assert found.unnamed == 400


def test_without_shared_items_a_difference_goes_along() -> None:
    found = report(rows_of(lift=0.1))
    (one,) = found.associations
    assert found.depends == "goes along"
    assert one.difference.low < 0.1 < one.difference.high
    assert one.rows % 10 == one.persons % 10 == 0
    assert found.shared_reason == "no agent tried the same item with two of them"
    assert [each.evidence for each in found.findings] == ["association"]


def test_a_mix_that_differs_is_taken_off() -> None:
    """Nothing depends on the provider; the easy half nearly all goes to b."""
    found = report(rows_of(mixed=True))
    (one,) = found.associations
    assert (one.raw if one.other == "b" else -one.raw) > 0.25
    assert not one.differs
    assert found.depends == "not shown"
    blind = report(rows_of(mixed=True), mix=())
    assert blind.associations[0].differs


def test_nothing_is_claimed_where_nothing_differs() -> None:
    sets = 60
    claims = sum(report(rows_of(seed=at)).depends == "goes along" for at in range(sets))
    assert claims / sets <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sets)


def test_few_persons_and_kinds_of_one_side_are_told_as_such() -> None:
    few = report(rows_of(persons=8))
    assert few.associations[0].difference is None
    assert "too few persons" in few.associations[0].reason
    assert few.found.withheld == 2
    rows = rows_of()
    apart = rows.with_columns(operation=pl.col("provider"))
    assert report(apart).associations[0].reason == "they share no kind of row"
    assert report(rows.filter(pl.col("provider") == "a")).depends == "nothing to compare"


def test_days_and_columns_that_are_not_there() -> None:
    rows = rows_of()
    assert report(rows, mix=("operation", "user_type")).mix == ("operation",)
    last = report(rows, days=7)
    assert (last.last - last.first).days == 6
    assert "no column item_id" in report(rows.drop("item_id")).shared_reason
    with pytest.raises(ParameterError, match="days=0"):
        report(rows, days=0)
    with pytest.raises(DataError, match="no row has a time"):
        report(rows.with_columns(occurred_at=pl.lit(None, pl.Datetime("us", "UTC"))))
    with pytest.raises(DataError, match="provider"):
        report(rows.drop("provider"))


def test_gaps_are_no_numbers_and_nothing_to_measure_is_said() -> None:
    rows = rows_of()
    gaps = report(rows.with_columns(rating=pl.lit(float("nan"))))
    assert {one.measure for one in gaps.associations if one.difference} == {"success"}
    constant = report(rows.with_columns(succeeded=pl.lit(value=True)))
    assert constant.depends == "not shown"
    with pytest.raises(DataError, match="none of the columns succeeded"):
        report(rows.drop("succeeded"))
    with pytest.raises(DataError, match="infinite"):
        report(rows.with_columns(cost_usd=pl.lit(float("inf"))))
