"""Measures that count: zeros and ones per unit, and successes out of trials per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from assay.features.maturity import within
from assay.features.measure import Schema, Stage
from assay.features.summary import Sample
from assay.params import Metric
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping

_FAULT: Final = 2
"""Stands for a value that is neither 0 nor 1; the greatest, so that it survives the grouping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """Zeros and ones, counted exactly; per unit, whether a one occurred."""

    metric: Metric
    prefix: str
    stage: Stage

    def rows(self, schema: Schema) -> list[nw.Expr]:
        """Columns made from a row."""
        name = self.metric.value or ""
        value, excluding = nw.col(name), self.metric.missing == "exclude"
        if schema[name] == nw.Boolean:
            code = value.cast(nw.Int8)
        else:
            if schema[name].is_float() and excluding:
                value = value.fill_nan(None)
            zero_or_one = nw.when(value == 0).then(nw.lit(0)).otherwise(_one_or_fault(value))
            code = nw.when(~value.is_null()).then(zero_or_one).cast(nw.Int8)
        if self.stage.grouped and not excluding:
            code = code.fill_null(_FAULT)
        if self.metric.window_days is not None:
            code = nw.when(within(self.metric.window_days)).then(code).otherwise(nw.lit(0))
            code = code.cast(nw.Int8)
        return [code.alias(self.prefix)]

    def units(self) -> list[nw.Expr]:
        """Aggregates of them over the rows of a unit."""
        return [nw.col(self.prefix).max()]

    def brought(self, schema: Schema) -> list[nw.Expr]:
        """Nothing: there is no covariate."""
        del schema
        return []

    def settled(self, absent: nw.Expr) -> list[nw.Expr]:
        """The unit's values, also of a unit without rows."""
        code = nw.col(self.prefix)
        if self.stage.assigned:
            code = nw.when(absent).then(nw.lit(0)).otherwise(code).cast(nw.Int8)
        mature = self.stage.mature(self.metric)
        if mature is None:
            return [code.alias(self.prefix)]
        young = (~mature).cast(nw.Int64).alias(f"{self.prefix}_young")
        return [nw.when(mature).then(code).alias(self.prefix), young]

    def ready(self) -> list[nw.Expr]:
        """Nothing: zeros and ones are as they are."""
        return []

    def statistics(self) -> list[nw.Expr]:
        """Aggregates of them over the units of a group."""
        code = nw.col(self.prefix)
        windowed = self.stage.mature(self.metric) is not None
        return [
            *([nw.col(f"{self.prefix}_young").sum()] if windowed else []),
            code.count().alias(f"{self.prefix}_n"),
            code.sum().alias(f"{self.prefix}_ones"),
            code.max().alias(f"{self.prefix}_greatest"),
        ]

    def kept(self) -> dict[str, nw.Expr]:
        """The zeros and ones themselves."""
        return {self.prefix: nw.col(self.prefix)}

    def sample(self, found: Mapping[str, Any]) -> Sample | None:
        """The group's sample; None where something is wrong with the values."""
        n, ones = int(found[f"{self.prefix}_n"]), int(found[f"{self.prefix}_ones"] or 0)
        young = int(found.get(f"{self.prefix}_young") or 0)
        missing = int(found["units"]) - n - young
        if int(found[f"{self.prefix}_greatest"] or 0) == _FAULT:
            return None
        if missing and not self.stage.grouped and self.metric.missing == "refuse":
            return None
        return Sample(
            moments=Moments.of_counts(ones, n), missing=missing, successes=ones, immature=young
        )


def _how_many(true: nw.Expr) -> nw.Expr:
    """In how many rows something is true; Spark adds up numbers alone."""
    return true.cast(nw.Int64).sum()


def _one_or_fault(value: nw.Expr) -> nw.Expr:
    return nw.when(value == 1).then(nw.lit(1)).otherwise(nw.lit(_FAULT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Successes out of trials, where each row already adds up many."""

    metric: Metric
    prefix: str

    def rows(self, schema: Schema) -> list[nw.Expr]:
        """Columns made from a row."""
        del schema
        ones = nw.col(self.metric.numerator or "").cast(nw.Float64)
        trials = nw.col(self.metric.denominator or "").cast(nw.Float64)
        if self.metric.missing == "exclude":
            ones, trials = ones.fill_nan(None), trials.fill_nan(None)
            both = ~(ones.is_null() | trials.is_null())
            ones, trials = nw.when(both).then(ones), nw.when(both).then(trials)
        return [ones.alias(f"{self.prefix}_s"), trials.alias(f"{self.prefix}_t")]

    def units(self) -> list[nw.Expr]:
        """Aggregates of them over the rows of a unit."""
        return []

    def brought(self, schema: Schema) -> list[nw.Expr]:
        """Nothing: there is no covariate."""
        del schema
        return []

    def settled(self, absent: nw.Expr) -> list[nw.Expr]:
        """The unit's values, also of a unit without rows."""
        del absent
        return []

    def ready(self) -> list[nw.Expr]:
        """Nothing: a row is many units."""
        return []

    def statistics(self) -> list[nw.Expr]:
        """Aggregates of them over the units of a group."""
        ones, trials = nw.col(f"{self.prefix}_s"), nw.col(f"{self.prefix}_t")
        whole = (ones == ones.floor()) & (trials == trials.floor())
        sound = (ones >= 0) & (ones <= trials) & whole
        return [
            ones.count().alias(f"{self.prefix}_k"),
            _how_many(sound).alias(f"{self.prefix}_sound"),
            ones.sum().alias(f"{self.prefix}_ones"),
            trials.sum().alias(f"{self.prefix}_trials"),
        ]

    def kept(self) -> dict[str, nw.Expr]:
        """Nothing: a row is many units."""
        return {}

    def sample(self, found: Mapping[str, Any]) -> Sample | None:
        """The group's sample; None where something is wrong with the values."""
        rows, sound = int(found[f"{self.prefix}_k"]), int(found[f"{self.prefix}_sound"] or 0)
        ones, trials = (float(found[f"{self.prefix}_{x}"] or 0) for x in ("ones", "trials"))
        missing = int(found["units"]) - rows
        if sound != rows or (missing and self.metric.missing == "refuse"):
            return None
        return Sample(
            moments=Moments.of_counts(int(ones), int(trials)),
            missing=missing,
            successes=int(ones),
        )
