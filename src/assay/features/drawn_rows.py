"""Rows of very many, read once for all sections that look at single rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

import polars as pl

from assay.features.daily import TOKENS
from assay.features.implausible import is_even
from assay.features.plausible import plausible
from assay.features.pricing import HOUR_TOKENS
from assay.features.spend_scan import PRICED

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS: Final = 2_000_000
"""Rows up to which each section reads what it needs, all of it where that is quick."""
USER_ROWS: Final = 300_000
"""Of more rows, about so many of whole users are read, once for all sections."""
EVEN_ROWS: Final = 200_000
"""And about so many that are chosen one by one, by a hash of their numbers."""
ITEM_ROWS: Final = 500_000
"""Rows that name an item, up to which all of them are read with the others."""
ENOUGH: Final = 0.5
"""Share of the rows that a section would draw by itself from which it takes those drawn already."""
USER: Final = "user_id"
_PARTS: Final = 8192
_SEED: Final = 20_263
_GROUPS: Final = 64
_SPREAD: Final = 16.0
"""Groups of equal size that would vary as much; below it one user has most of the rows."""
_NAMED: Final = 0.5
_COLUMNS: Final = frozenset(
    {
        "interaction_id",
        "occurred_at",
        "session_id",
        "trace_id",
        "item_id",
        USER,
        "user_type",
        "agent_id",
        "template_id",
        "operation",
        *PRICED,
        *TOKENS,
        HOUR_TOKENS,
        "prefix_hash",
        "cache_hit",
        "cost_usd",
        "latency_s",
        "succeeded",
        "error_type",
        "retry_of",
        "rating",
    }
)
"""What sections look at, beside the columns that spending is broken down by."""
_IS_USERS: Final = "assay_is_users"
_IS_EVEN: Final = "assay_is_even"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnRows:
    """Three parts of the same rows, in memory, each in the order of the rows.

    Attributes:
        users: all rows of a random part of the users; a row without a user belongs to its session,
            or stands for itself.
        share: of the users.
        items: all rows that name an item; None where these are very many, too.
        even: one row in `step`, by a hash of its numbers.
    """

    users: pl.LazyFrame
    share: float
    items: pl.LazyFrame | None
    even: pl.LazyFrame
    step: int

    def holds(self, wanted: float, *, of: float) -> bool:
        """Whether of so many rows about as many are drawn as are wanted, or half of them."""
        return self.share * of >= ENOUGH * wanted


def drawn_rows(
    rows: pl.LazyFrame, *, by: Sequence[str] = (), most_rows: int = MOST_ROWS
) -> DrawnRows | None:
    """The parts, in one scan; None where rows are few, or no users that vary alike are named.

    Which users are drawn depends on a hash of their name alone, and on no other hash that throws
    them into groups.

    Args:
        rows: interactions.
        by: columns that spending is broken down by.
        most_rows: up to so many rows nothing is drawn.
    """
    schema = rows.collect_schema()
    if USER not in schema or "occurred_at" not in schema:
        return None
    total = int(rows.select(pl.len()).collect(engine="streaming").item())
    if total <= most_rows:
        return None
    named = [name for name in schema if name in _COLUMNS or name in by]
    kept = min(_PARTS, ceil(_PARTS * USER_ROWS / total))
    step = ceil(total / EVEN_ROWS)
    item = pl.col("item_id").is_not_null() if "item_id" in schema else pl.lit(value=False)
    tried = int(rows.select(item.sum()).collect(engine="streaming").item())
    wanted = item if tried <= ITEM_ROWS else pl.lit(value=False)
    mine = whose(rows).hash(_SEED) % _PARTS < kept
    even = is_even(schema.names(), step)
    found = (
        rows.select(named)
        .filter(mine | even | wanted)
        .with_columns(mine.alias(_IS_USERS), even.alias(_IS_EVEN))
        .collect(engine="streaming")
    )
    users = found.filter(_IS_USERS).select(named)
    if not _usable(users):
        return None
    return DrawnRows(
        users=users.lazy(),
        share=kept / _PARTS,
        items=found.filter(item).select(named).lazy() if tried <= ITEM_ROWS else None,
        even=found.filter(_IS_EVEN).select(named).lazy(),
        step=step,
    )


def whose(rows: pl.LazyFrame) -> pl.Expr:
    """The user of a row, else its session, else the row itself.

    Where every row names its user, that column alone tells: of a file's other columns only the
    rows that are kept are read then.
    """
    schema = rows.collect_schema()
    if rows.filter(pl.col(USER).is_null()).select(USER).head(1).collect().is_empty():
        return pl.col(USER)
    there = [name for name in (USER, "session_id", "interaction_id") if name in schema]
    return pl.coalesce(pl.col(name).cast(pl.String) for name in there)


def plausible_drawn(
    drawn: DrawnRows | None, lines: pl.DataFrame, usual: pl.DataFrame | None
) -> DrawnRows | None:
    """The parts of users and items without the implausible records that the lines tell of."""
    if drawn is None:
        return None
    return replace(
        drawn,
        users=plausible(drawn.users, lines, usual),
        items=None if drawn.items is None else plausible(drawn.items, lines, usual),
    )


def _usable(users: pl.DataFrame) -> bool:
    """Whether most rows name a user, and no few users have most of them."""
    if users.is_empty() or users[USER].null_count() > _NAMED * len(users):
        return False
    group = pl.col(USER).hash() % _GROUPS
    sizes = users.filter(pl.col(USER).is_not_null()).group_by(group).len()["len"].cast(pl.Float64)
    return float(sizes.sum()) ** 2 / float((sizes**2).sum()) >= _SPREAD
