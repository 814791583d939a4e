"""Measures that average: numbers per unit, ratios of sums, and their covariates."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.features.maturity import within
from assay.features.measure import Schema, Stage
from assay.features.summary import Sample
from assay.params import Metric
from assay.stats.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping

Limits = tuple[float | None, float | None]
"""Least and greatest that a value may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Numbers per unit: one, or numerator and denominator; then the covariates, if there are some.

    A covariate that may be missing is followed by an indicator of the units that lack it, whose own
    covariate is set to zero: with the indicator beside it, any other number would do as well.

    Attributes:
        centre: subtracted before moments are taken and added to the means after; set by a second
            scan where the first found values far from zero beside their spread.
        limits: how far the value may reach, or numerator and denominator; set by a second scan.
    """

    metric: Metric
    prefix: str
    stage: Stage
    centre: tuple[float, ...] = field(default=())
    limits: tuple[Limits, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The value columns, as moments list them."""
        return (*self._summed, *(name for group in self._covariates for name in group))

    @property
    def reduce(self) -> str:
        """How the rows of a unit become one number."""
        if self.metric.numerator is not None or self.metric.kind == "count":
            return self.metric.per_unit or "sum"
        if self.metric.kind == "time_to_event":
            return "max"
        chosen = self.metric.per_unit or self.stage.reduce
        if self.metric.kind == "rate" and chosen in {None, "any"}:
            return "max"
        return chosen or "sum"

    def rows(self, schema: Schema) -> list[nw.Expr]:
        """Columns made from a row."""
        metric = self.metric
        found: list[nw.Expr] = []
        if metric.value is not None:
            found.append(self._guard(self._number(metric.value, schema), self.reduce))
            if metric.event is not None:
                found.append(self._guard(self._zero_or_one(metric.event, schema), "max"))
        elif metric.numerator is not None:
            found += self._fraction(metric.numerator, metric.denominator, schema)
        if self._counts_rows and metric.window_days is not None:
            found.append(nw.lit(1.0))
        named = () if self._counts_rows and metric.window_days is None else self._summed
        if metric.window_days is not None:
            inside, kept = within(metric.window_days), self.reduce == "sum"
            neutral = nw.lit(0.0) if kept else nw.lit(None, dtype=nw.Float64)
            found = [nw.when(inside).then(value).otherwise(neutral) for value in found]
        made = [value.alias(name) for value, name in zip(found, named, strict=True)]
        for column, names in zip(metric.adjusters, self._covariates, strict=True):
            if column in self.stage.brought:
                continue
            value = self._covariate(column, schema)
            made.append(value.alias(names[0]))
            if not self.stage.grouped and len(names) > 1:
                made[-1:] = _imputed(value, names)
        return made

    def units(self) -> list[nw.Expr]:
        """Aggregates of them over the rows of a unit."""
        y, *others = self._summed
        covariates = [
            nw.col(names[0]).mean()
            for column, names in zip(self.metric.adjusters, self._covariates, strict=True)
            if column not in self.stage.brought
        ]
        if self._counts_rows and self.metric.window_days is None:
            return [nw.len().cast(nw.Float64).alias(y), *covariates]
        found = [_reduced(nw.col(y), self.reduce), *covariates]
        second = "max" if self.metric.kind == "time_to_event" else "sum"
        found[1:1] = [_reduced(nw.col(d), second) for d in others]
        if self._excluding:
            found.append(nw.col(y).count().alias(f"{self.prefix}_k"))
        return found

    def brought(self, schema: Schema) -> list[nw.Expr]:
        """The covariates that the assignments have."""
        return [
            self._covariate(column, schema).alias(names[0])
            for column, names in zip(self.metric.adjusters, self._covariates, strict=True)
            if column in self.stage.brought
        ]

    def settled(self, absent: nw.Expr) -> list[nw.Expr]:
        """The unit's values, also of a unit without rows."""
        values = {name: nw.col(name) for name in self._summed}
        if self.stage.grouped and self._excluding and not self._counts_rows:
            some = nw.col(f"{self.prefix}_k") > 0
            values |= {name: nw.when(some).then(values[name]) for name in self._summed}
        if self.stage.assigned and self.is_zero_without_rows:
            values |= {
                name: nw.when(absent).then(nw.lit(0.0)).otherwise(values[name])
                for name in self._summed
            }
        mature = self.stage.mature(self.metric)
        if mature is not None:
            values = {name: nw.when(mature).then(value) for name, value in values.items()}
        found = [value.alias(name) for name, value in values.items()]
        if mature is not None:
            found.append((~mature).cast(nw.Int64).alias(f"{self.prefix}_young"))
        for names in self._covariates:
            value = nw.col(names[0])
            found += [value] if len(names) == 1 else _imputed(value, names)
        return found

    def ready(self) -> list[nw.Expr]:
        """The values within their limits, about the centre, and of units that have all of them."""
        columns = self._limited()
        if len(columns) > 1:
            absent = columns[0].is_null()
            for column in columns[1:]:
                absent = absent | column.is_null()
            columns = [nw.when(~absent).then(column) for column in columns]
        elif not self.limits and not self.centre:
            return []
        if self.centre:
            columns = [c - origin for c, origin in zip(columns, self.centre, strict=True)]
        return [column.alias(name) for name, column in zip(self.names, columns, strict=True)]

    def statistics(self) -> list[nw.Expr]:
        """Aggregates of them over the units of a group."""
        columns = [nw.col(name) for name in self.names]
        found = [columns[0].count().alias(f"{self.prefix}_n")]
        if self.stage.mature(self.metric) is not None:
            found.append(nw.col(f"{self.prefix}_young").sum())
        for i, (name, column) in enumerate(zip(self.names, columns, strict=True)):
            found += [column.mean().alias(f"{name}_mean"), column.var().alias(f"{name}_var")]
            found += [nw.cov(column, columns[j]).alias(f"{name}_cov{j}") for j in range(i)]
        return found

    def kept(self) -> dict[str, nw.Expr]:
        """The value columns."""
        return dict(zip(self.names, self._limited(), strict=True))

    def sample(self, found: Mapping[str, Any]) -> Sample | None:
        """The group's sample; None where something is wrong with the values."""
        n = int(found[f"{self.prefix}_n"])
        young = int(found.get(f"{self.prefix}_young") or 0)
        missing = int(found["units"]) - n - young
        if missing and not self.stage.grouped and self.metric.missing == "refuse":
            return None
        names = self.names
        columns = range(len(names))
        if n == 0:
            return Sample(moments=Moments.empty(len(columns)), missing=missing, immature=young)
        centre = self.centre or (0.0,) * len(columns)
        mean = [float(found[f"{name}_mean"]) for name in names]
        scatter = [[0.0 for _ in columns] for _ in columns]
        for i, name in enumerate(names):
            for j in range(i + 1):
                raw = found[f"{name}_var" if i == j else f"{name}_cov{j}"]
                scatter[i][j] = scatter[j][i] = (n - 1) * float(raw or 0.0) if n > 1 else 0.0
        if not all(isfinite(x) for row in (mean, *scatter) for x in row):
            return None
        moments = Moments(
            n,
            tuple(m + origin for m, origin in zip(mean, centre, strict=True)),
            tuple(tuple(row) for row in scatter),
        )
        return Sample(moments=moments, missing=missing, immature=young)

    @property
    def is_zero_without_rows(self) -> bool:
        """Whether an assigned unit to which nothing happened has a value: nothing."""
        return self.reduce == "sum" or (self.metric.kind == "rate" and self.reduce == "max")

    @property
    def _excluding(self) -> bool:
        return self.metric.missing == "exclude"

    @property
    def _counts_rows(self) -> bool:
        return self.metric.value is None and self.metric.numerator is None

    @property
    def _summed(self) -> tuple[str, ...]:
        two = self.metric.numerator is not None or self.metric.event is not None
        parts = ("y", "d") if two else ("y",)
        return tuple(f"{self.prefix}_{part}" for part in parts)

    @property
    def _covariates(self) -> list[tuple[str, ...]]:
        """The columns of each covariate: it, and its indicator where it may be missing."""
        parts = ("x",) if self.metric.covariate_missing == "refuse" else ("x", "u")
        return [
            tuple(f"{self.prefix}_{part}{i}" for part in parts)
            for i in range(len(self.metric.adjusters))
        ]

    def _covariate(self, name: str, schema: Schema) -> nw.Expr:
        value = _number(name, schema)
        if self.metric.covariate_missing == "impute":
            return value.fill_nan(None)
        return self._guard(value, "mean")

    def _number(self, name: str, schema: Schema) -> nw.Expr:
        if self.metric.kind != "rate":
            return _number(name, schema)
        return self._zero_or_one(name, schema)

    def _limited(self) -> list[nw.Expr]:
        """The columns, those of the value within its limits."""
        columns = [nw.col(name) for name in self.names]
        for i, (low, high) in enumerate(self.limits):
            if low is not None:
                columns[i] = nw.when(columns[i] < low).then(nw.lit(low)).otherwise(columns[i])
            if high is not None:
                columns[i] = nw.when(columns[i] > high).then(nw.lit(high)).otherwise(columns[i])
        return columns

    def _zero_or_one(self, name: str, schema: Schema) -> nw.Expr:
        """The column, infinite where it is neither."""
        value = _number(name, schema)
        sound = (value == 0) | (value == 1) | value.is_null()
        if self._excluding:
            sound = sound | value.is_nan()
        return nw.when(sound).then(value).otherwise(nw.lit(inf))

    def _fraction(self, top: str, bottom: str | None, schema: Schema) -> list[nw.Expr]:
        y = _number(top, schema)
        if bottom is None:
            y = y.fill_nan(None)
            return [y.fill_null(0.0), (~y.is_null()).cast(nw.Float64)]
        d = _number(bottom, schema)
        if self._excluding:
            y, d = y.fill_nan(None), d.fill_nan(None)
            both = ~(y.is_null() | d.is_null())
            return [nw.when(both).then(y), nw.when(both).then(d)]
        return [self._guard(y, "sum"), self._guard(d, "sum")]

    def _guard(self, value: nw.Expr, reduce: str) -> nw.Expr:
        """Missing values so that they survive the grouping: left out, or as a number that shows."""
        if self._excluding:
            return value.fill_nan(None)
        if not self.stage.grouped:
            return value
        if reduce == "max":
            return value.fill_nan(None).fill_null(inf)
        return value.fill_null(nan)


def _imputed(value: nw.Expr, names: tuple[str, ...]) -> list[nw.Expr]:
    absent = value.is_null().cast(nw.Float64)
    return [value.fill_null(0.0).alias(names[0]), absent.alias(names[1])]


def _number(name: str, schema: Schema) -> nw.Expr:
    column = nw.col(name)
    return column if schema[name] == nw.Float64 else column.cast(nw.Float64)


def _reduced(column: nw.Expr, reduce: str) -> nw.Expr:
    if reduce == "mean":
        return column.mean()
    return column.max() if reduce == "max" else column.sum()
