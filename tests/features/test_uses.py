from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from assay.features import uses
from assay.features.uses import uses_of

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 20_514
"""2026-03-02 in days since 1970-01-01."""


def some_rows(seed=2, count=400):
    """Rows in no order, with gaps in every column and costs that cannot be."""
    rng = np.random.default_rng(seed)

    def maybe(value, chance=0.9):
        return value if rng.random() < chance else None

    return [
        {
            "user_id": maybe(f"u{int(25 * rng.random() ** 2)}"),
            "occurred_at": maybe(START + timedelta(seconds=int(rng.integers(20 * 86_400)))),
            "cost_usd": maybe([0.0, 1.5, -1.0, float("nan"), float("inf")][rng.integers(5)]),
            "plan": maybe(f"p{rng.integers(3)}", 0.7),
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("batch", [7, 500_000])
@pytest.mark.parametrize("by", [None, "plan"])
@pytest.mark.parametrize("sort", [False, True])
def test_uses_are_those_of_a_loop(monkeypatch, batch, by, sort):
    """In any order, in any number of parts; users whose uses are all too late are none."""
    monkeypatch.setattr(uses, "_BATCH", batch)
    rows = some_rows()
    if sort:
        rows.sort(key=lambda row: (row["occurred_at"] is not None, row["occurred_at"] or START))
    rows += [{"user_id": "late", "occurred_at": START + timedelta(days=30)}]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    found = uses_of(frame.lazy(), "user_id", by, "occurred_at", "cost_usd", "UTC")
    cut = found.until(DAY + 14)
    told: dict[str, list] = {}
    for row in rows:
        if row["user_id"] and row["occurred_at"]:
            told.setdefault(row["user_id"], []).append(row)
    assert sorted(found.users.to_list()) == sorted(told)
    assert len(found.hour) == sum(map(len, told.values()))
    kept = {}
    for user, mine in sorted(told.items()):
        early = [row for row in mine if (row["occurred_at"] - START).days <= 14]
        if early:
            kept[user] = sorted(early, key=lambda row: row["occurred_at"])
    assert cut.users.to_list() == list(kept)
    for number, (user, mine) in enumerate(kept.items()):
        here = cut.whose == number
        hours = [DAY * 24 + (row["occurred_at"] - START) // timedelta(hours=1) for row in mine]
        assert cut.hour[here].tolist() == hours
        fair = [row["cost_usd"] for row in mine if row["cost_usd"] in {0.0, 1.5}]
        assert sorted(cut.spend[here][~np.isnan(cut.spend[here])]) == sorted(fair)
        first = min(told[user], key=lambda row: row["occurred_at"])
        assert cut.groups[number] == (first["plan"] if by else None)
    assert found.rows == len(rows)
    assert found.nameless == sum(not row["user_id"] for row in rows)
    assert found.undated == sum(bool(row["user_id"] and not row["occurred_at"]) for row in rows)
    odd = [row for row in rows if row.get("cost_usd") not in {None, 0.0, 1.5}]
    assert found.negative == len(odd) > 50


def test_spend_stays_with_its_use():
    at = [START + timedelta(hours=h) for h in (5, 1, 3)]
    frame = pl.DataFrame(
        {"user_id": ["b", "a", "b"], "occurred_at": at, "cost_usd": [5.0, 1.0, 3.0]}
    )
    cut = uses_of(frame.lazy(), "user_id", None, "occurred_at", "cost_usd", "UTC").until(DAY)
    assert (cut.whose.tolist(), cut.spend.tolist()) == ([0, 1, 1], [1, 3, 5])


def test_of_rows_at_the_same_time_the_first_read_tells_the_group():
    frame = pl.DataFrame({"user_id": "a", "occurred_at": [START] * 3, "plan": ["x", "y", "z"]})
    found = uses_of(frame.lazy(), "user_id", "plan", "occurred_at", "cost_usd", "UTC")
    assert found.groups.to_list() == ["x"]
