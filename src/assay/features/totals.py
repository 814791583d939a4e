"""What adds up over rows in two steps: within a moment or a day first, then over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import narwhals as nw

from assay.features.daily import TOKENS
from assay.features.measure import Schema

TOTALS: Final = (
    "successes",
    "failures",
    "errors",
    "first_success_at",
    "last_success_at",
    *TOKENS,
    "cost_n",
    "cost_usd",
)
"""Rows that succeeded, failed, have an `error_type`; times of the first and the last success;
tokens by kind; rows with a cost, and their sum in USD. Null where the rows lack the column."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Expressions for the totals that rows of a schema allow, `time` among their columns.

    Attributes:
        time: column of times; its least and greatest over successes are kept.
    """

    schema: Schema
    time: str

    def of_rows(self) -> list[nw.Expr]:
        """One column per total, made from a row."""
        time, found = nw.col(self.time), []
        success = time.is_null()  # of nothing, where no row tells: a time that is null
        if "succeeded" in self.schema:
            success = nw.col("succeeded").cast(nw.Boolean)
            found += [
                success.cast(nw.Int64).alias("successes"),
                (~success).cast(nw.Int64).alias("failures"),
            ]
        found += [
            nw.when(success).then(time).alias(name)
            for name in ("first_success_at", "last_success_at")
        ]
        if "error_type" in self.schema:
            found.append((~nw.col("error_type").is_null()).cast(nw.Int64).alias("errors"))
        found += [nw.col(name).cast(nw.Int64) for name in TOKENS if name in self.schema]
        if "cost_usd" in self.schema:
            cost = nw.col("cost_usd").cast(nw.Float64).fill_nan(None)
            found += [(~cost.is_null()).cast(nw.Int64).alias("cost_n"), cost.alias("cost_usd")]
        return found

    def added(self) -> list[nw.Expr]:
        """The totals of a group, of rows or of groups: what is added is added again."""
        return [_added(name) for name in TOTALS if self._has(name)]

    def settled(self) -> list[nw.Expr]:
        """The totals in their order; null where the rows lack the column."""
        return [
            nw.col(name) if self._has(name) else nw.lit(None, dtype=_kind(name)).alias(name)
            for name in TOTALS
        ]

    def _has(self, name: str) -> bool:
        if name.startswith("cost_"):
            return "cost_usd" in self.schema
        if name.endswith("_success_at"):
            return True
        if name == "errors":
            return "error_type" in self.schema
        return ("succeeded" if name not in TOKENS else name) in self.schema


def share(part: str, whole: nw.Expr) -> nw.Expr:
    """A part of a whole; null where there is none to be a part of."""
    return nw.col(part).cast(nw.Float64) / nw.when(whole > 0).then(whole.cast(nw.Float64))


def _added(name: str) -> nw.Expr:
    if name == "first_success_at":
        return nw.col(name).min()
    return nw.col(name).max() if name == "last_success_at" else nw.col(name).sum()


def _kind(name: str) -> type[nw.Float64 | nw.Int64]:
    return nw.Float64 if name == "cost_usd" else nw.Int64
