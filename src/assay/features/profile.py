"""What a table of interactions holds: columns, days, labels, costs, and rows that cannot be true.

A handful of scans over a lazy frame; what comes back are counts, and never a value that belongs to
fewer than k persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from assay.core.errors import DataError, ParameterError
from assay.features.profile_costs import CostProfile, profile_costs
from assay.features.profile_labels import LabelProfile, profile_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["number", "time", "text", "flag", "list"]

COUNTED: Final = 2_000_000
"""Rows up to which distinct values are counted; of more, Polars' sketch says about how many."""
KEY: Final = "interaction_id"
CONTEXT: Final = "ctx_"
TOKENS: Final = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which rows and columns are looked at, and what is too little to be shown.

    Attributes:
        labels: columns whose values are names of things, never of persons.
        mix: labels whose shares are compared between periods.
        as_of: day up to which data are due; None = the last day in the data.
        recent_days: days at the end that are held against those before.
        k: a label of fewer persons (or rows, where they name none) is counted, not shown.
        cost_factor: how many times dearer or cheaper per token than is usual is implausible.

    Raises:
        ParameterError: where a number makes no sense.
    """

    labels: tuple[str, ...]
    mix: tuple[str, ...]
    as_of: date | str | None = None
    recent_days: int = 28
    k: int = 10
    cost_factor: float = 20.0

    @property
    def due(self) -> date | None:
        """The day `as_of`, also where it is written as ISO text."""
        return date.fromisoformat(self.as_of) if isinstance(self.as_of, str) else self.as_of

    def __post_init__(self) -> None:
        for name, low in (("recent_days", 1), ("k", 1), ("cost_factor", 1.5)):
            if not getattr(self, name) >= low:
                raise ParameterError(f"{name}={getattr(self, name)}, expected at least {low}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column: how many rows lack it, how many values it has, between which ends.

    Attributes:
        low, high: of numbers and times only, and of columns of the table: the ends of one of the
            user's own (a year of birth, say) would be those of one person.
        exact: whether `distinct` was counted rather than estimated.
    """

    name: str
    kind: Kind
    missing: int
    distinct: int
    exact: bool
    low: float | datetime | date | None
    high: float | datetime | date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddities:
    """Rows that keep every rule by themselves and yet can hardly be true.

    Attributes:
        ahead: of the end of the day `as_of`.
        children, before_parent, orphans: rows with a parent; those that began before it did; those
            whose parent is not there.
        repeated: rows equal to another in everything but their id.
    """

    ahead: int
    children: int
    before_parent: int
    orphans: int
    repeated: int
    cost_without_tokens: int
    tokens_without_cost: int
    priced: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Everything that a report on the quality of interactions is made from."""

    scope: Scope
    rows: int
    persons: int
    first: date
    last: date
    as_of: date
    columns: tuple[ColumnProfile, ...]
    days: tuple[tuple[date, int], ...]
    labels: LabelProfile
    costs: CostProfile
    oddities: Oddities
    facts: dict[str, int]


def profile_rows(rows: pl.LazyFrame, scope: Scope) -> Profile:
    """The profile of valid interactions.

    Args:
        rows: with the columns of the table `interactions`; those of the user's own come along.
        scope: what is looked at.

    Raises:
        DataError: where there is no row.
    """
    schema = rows.collect_schema()
    whole = _row(rows, [pl.len().alias("rows"), *_column_exprs(schema), *_odd(scope)])
    if not whole["rows"]:
        raise DataError("there is no row to look at", remedy="name another file")
    first, last = whole["occurred_at low"].date(), whole["occurred_at high"].date()
    as_of = scope.due or last
    day = pl.col("occurred_at").dt.date().alias("day")
    found, family, repeated, facts = pl.collect_all(
        [
            rows.group_by(day).agg(pl.len().alias("rows")).sort("day"),
            _families(rows),
            _repeated(rows, schema),
            _facts(rows),
        ],
        engine="streaming",
    )
    exact = whole["rows"] <= COUNTED
    distinct = _distinct(rows, schema, exact=exact)
    counts = dict(found.iter_rows())
    length = (last - first).days + 1
    calendar = [first + timedelta(days=i) for i in range(length)]
    return Profile(
        scope=scope,
        rows=whole["rows"],
        persons=distinct["user_id"],
        first=first,
        last=last,
        as_of=as_of,
        columns=tuple(
            _column(name, dtype, whole, distinct, exact=exact) for name, dtype in schema.items()
        ),
        days=tuple((one, counts.get(one, 0)) for one in calendar),
        labels=profile_labels(
            rows, scope.labels, scope.mix, recent=scope.recent_days, last=last, k=scope.k
        ),
        costs=profile_costs(rows, whole["rows"], factor=scope.cost_factor),
        oddities=Oddities(
            **family.row(0, named=True),
            repeated=int(repeated.item() or 0),
            **{
                name: whole[name]
                for name in ("ahead", "cost_without_tokens", "tokens_without_cost", "priced")
            },
        ),
        facts=facts.row(0, named=True),
    )


def _row(rows: pl.LazyFrame, wanted: Sequence[pl.Expr]) -> dict[str, Any]:
    return rows.select(wanted).collect(engine="streaming").row(0, named=True)


def _column_exprs(schema: pl.Schema) -> list[pl.Expr]:
    found = []
    for name, dtype in schema.items():
        column = pl.col(name)
        found.append(column.null_count().alias(f"{name} missing"))
        if (dtype.is_numeric() or dtype.is_temporal()) and not name.startswith(CONTEXT):
            found += [column.min().alias(f"{name} low"), column.max().alias(f"{name} high")]
    return found


def _odd(scope: Scope) -> list[pl.Expr]:
    tokens = pl.sum_horizontal(pl.col(name).fill_null(0) for name in TOKENS)
    known = pl.any_horizontal(pl.col(name).is_not_null() for name in TOKENS)
    cost, cached = pl.col("cost_usd"), pl.col("cache_hit").fill_null(value=False)
    bad = pl.col("succeeded").fill_null(value=True).not_()
    ahead = pl.lit(0) if scope.due is None else (pl.col("occurred_at").dt.date() > scope.due)
    return [
        ahead.sum().alias("ahead"),
        (known & (tokens == 0) & (cost > 0)).sum().alias("cost_without_tokens"),
        ((tokens > 0) & (cost == 0) & ~cached & ~bad).sum().alias("tokens_without_cost"),
        ((tokens > 0) & (cost > 0)).sum().alias("priced"),
    ]


def _distinct(rows: pl.LazyFrame, schema: pl.Schema, *, exact: bool) -> dict[str, int]:
    """Distinct values by column; of the key, and of lists, none are counted."""
    found = [
        pl.col(name).drop_nulls().n_unique()
        if exact or name == "user_id"
        else pl.col(name).drop_nulls().approx_n_unique()
        for name, dtype in schema.items()
        if not dtype.is_nested() and name != KEY
    ]
    return _row(rows, found)


def _column(
    name: str, dtype: pl.DataType, whole: dict[str, Any], distinct: dict[str, int], *, exact: bool
) -> ColumnProfile:
    missing = whole[f"{name} missing"]
    known = whole["rows"] - missing
    return ColumnProfile(
        name=name,
        kind=_kind(dtype),
        missing=missing,
        distinct=min(known, distinct.get(name, known)),
        exact=exact or name == KEY,
        low=whole.get(f"{name} low"),
        high=whole.get(f"{name} high"),
    )


def _kind(dtype: pl.DataType) -> Kind:
    if dtype.is_numeric():
        return "number"
    if dtype.is_temporal():
        return "time"
    if dtype == pl.Boolean:
        return "flag"
    return "list" if dtype.is_nested() else "text"


def _families(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Children beside their parents: clocks of two machines meet here."""
    children = rows.filter(pl.col("parent_id").is_not_null()).select(
        interaction_id="parent_id", child="occurred_at"
    )
    both = children.join(
        rows.select("interaction_id", parent="occurred_at"), on="interaction_id", how="left"
    )
    return both.select(
        children=pl.len(),
        before_parent=(pl.col("child") < pl.col("parent")).sum(),
        orphans=pl.col("parent").is_null().sum(),
    )


def _repeated(rows: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """Rows beyond the first of those that are equal in what was done, when, by whom."""
    same = [
        name
        for name in (
            "occurred_at", "session_id", "user_id", "agent_id", "model", *TOKENS, "cost_usd",
            "latency_s", "item_id", "operation",
        )
        if name in schema
    ]  # fmt: skip
    return rows.select((pl.len() - pl.struct(same).hash(seed=0).n_unique()).alias("repeated"))


def _facts(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Counts that later analyses ask for, beyond columns."""
    person = pl.col("user_id")
    within = pl.col("variant").is_not_null()
    return rows.select(
        assigned_persons=person.filter(within).drop_nulls().n_unique(),
        arms=pl.struct("experiment_id", "variant").filter(within).n_unique(),
        versions=pl.struct("agent_id", "agent_version")
        .filter(pl.col("agent_version").is_not_null())
        .n_unique(),
        rows_with_person=person.is_not_null().sum(),
    )
