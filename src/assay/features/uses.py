"""Rows → each user's uses, one user after the other, as arrays: when, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from assay.features.behaviour.scan import LOCAL, with_local
from assay.features.faults import in_batches
from assay.features.numbering import Numbering, room_for

if TYPE_CHECKING:
    from assay.features.numbering import Numbers

_BATCH: Final = 500_000
_LATE: Final = 2**62
_SHORT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uses:
    """Uses of all users, and rows that are none.

    Attributes:
        users: names, by number.
        groups: of each user's first row, null where it names none.
        whose: shape (n,), of each use its user's number.
        hour: shape (n,), local hours since 1970.
        spend: shape (n,), NaN where no fair cost is known.
        rows: all there are, with `nameless`, `undated` and `negative` ones: without a user,
            with one but without a time, with a cost below 0 or that is no number.
    """

    users: pl.Series
    groups: pl.Series
    whose: NDArray[np.int32]
    hour: NDArray[np.int32]
    spend: NDArray[np.float64]
    rows: int
    nameless: int
    undated: int
    negative: int

    def until(self, day: int) -> Uses:
        """Those up to a day, of the users who have any, numbered by name, each in order of time.

        Args:
            day: days since 1970-01-01.
        """
        whose, hour, spend = self.whose, self.hour, self.spend
        there = hour < (day + 1) * 24
        if not there.all():
            whose, hour, spend = whose[there], hour[there], spend[there]
        met = np.flatnonzero(np.bincount(whose, minlength=len(self.users)))
        users = self.users.gather(met)
        order = users.arg_sort().to_numpy()
        rank = np.zeros(len(self.users), dtype=np.int32)
        rank[met[order]] = np.arange(len(met), dtype=np.int32)
        whose = rank[whose]
        kind = np.int32 if len(whose) < _SHORT else np.int64
        place: NDArray[Any] = np.arange(len(whose) + 1, dtype=kind)
        parts: Any = (spend, whose, place)
        by_use: Any = sparse.csr_array(parts, shape=(len(whose), len(met)))
        by_user = by_use.tocsc()  # counts, and so keeps the order of uses within a user
        whose = np.repeat(np.arange(len(met), dtype=np.int32), np.diff(by_user.indptr))
        hour, spend = hour[by_user.indices], by_user.data
        back = (hour[1:] < hour[:-1]) & (whose[1:] == whose[:-1])
        if back.any():
            sorted_by = np.argsort((whose.astype(np.int64) << 32) + hour)
            hour, spend = hour[sorted_by], spend[sorted_by]
        return replace(
            self,
            users=users.gather(order),
            groups=self.groups.gather(met[order]),
            whose=whose,
            hour=hour,
            spend=spend,
        )


def uses_of(  # noqa: PLR0913, PLR0917  the columns, and what clocks show
    rows: pl.LazyFrame, user: str, by: str | None, time: str, spend: str, time_zone: str
) -> Uses:
    """Uses in the order of the rows, read once.

    Raises:
        DataError: where a file cannot be read.
    """
    schema = rows.collect_schema()
    cost = pl.col(spend).cast(pl.Float64) if spend in schema else pl.lit(None, pl.Float64)
    fair = cost.is_finite() & (cost >= 0)
    name, at = pl.col(user).cast(pl.String), pl.col(time).cast(pl.Datetime("us"))
    group = pl.col(by).cast(pl.String) if by else pl.lit(None, pl.String)
    picked = with_local(rows, time, time_zone).select(
        pl.when(name.is_not_null() & at.is_not_null()).then(pl.col(LOCAL)).alias("local"),
        name.is_null().alias("nameless"),
        (~fair).alias("negative"),
        name.alias("user"),
        name.hash().alias("key"),
        at.dt.timestamp("us").alias("at"),
        pl.when(fair).then(cost).fill_null(float("nan")).alias("spend"),
        *([group.alias("group"), group.hash().alias("group key")] if by else []),
    )
    met = _Met()
    for batch in in_batches(picked, _BATCH):
        met.add(batch)
    return met.told()


class _Met:
    """Users and their uses, as far as rows were read."""

    def __init__(self) -> None:
        self._users, self._groups = Numbering(), Numbering()
        self._names: list[Any] = []
        self._group_names: list[Any] = [None]
        self._first: Numbers = np.zeros(0, dtype=np.int64)
        self._of: Numbers = np.zeros(0, dtype=np.int64)
        self._parts: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
        self._counts = {"rows": 0, "nameless": 0, "undated": 0, "negative": 0}

    def add(self, batch: pl.DataFrame) -> None:
        """The rows of one more batch."""
        nameless, gone = int(batch["nameless"].sum()), batch["local"].null_count()
        self._counts["rows"] += batch.height
        self._counts["nameless"] += nameless
        self._counts["undated"] += gone - nameless
        self._counts["negative"] += int(batch["negative"].sum())
        known = batch.filter(pl.col("local").is_not_null()) if gone else batch
        if known.is_empty():
            return
        whose, fresh = self._users.of(known["key"].to_numpy())
        self._names += known["user"].gather(fresh).to_list()
        if "group" in known.columns:
            self._add_groups(whose, known)
        hour = known["local"].to_numpy() // 3600
        spend = known["spend"].to_numpy()
        self._parts.append((whose.astype(np.int32), hour.astype(np.int32), spend.copy()))

    def _add_groups(self, whose: Numbers, known: pl.DataFrame) -> None:
        """The group of each user's earliest row so far, of several the first one read."""
        groups, fresh = self._groups.of(known["group key"].to_numpy())
        self._group_names += known["group"].gather(fresh).to_list()
        at = known["at"].to_numpy()
        self._first = room_for(self._first, self._users.count, _LATE)
        self._of = room_for(self._of, self._users.count)
        before = self._first[whose]
        np.minimum.at(self._first, whose, at)
        earliest = np.flatnonzero((at < before) & (at == self._first[whose]))[::-1]
        self._of[whose[earliest]] = groups[earliest] + 1

    def told(self) -> Uses:
        """All of them."""
        empty = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
        whose, hour, spend = (
            np.concatenate(part) for part in zip(empty, *self._parts, strict=True)
        )
        of = room_for(self._of, self._users.count)[: self._users.count]
        return Uses(
            users=pl.Series("user", self._names, dtype=pl.String),
            groups=pl.Series("group", self._group_names, dtype=pl.String).gather(of),
            whose=whose,
            hour=hour,
            spend=spend,
            **self._counts,
        )
