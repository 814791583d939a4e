"""The measure of repeated trials: does one of k succeed (pass@k), or do all (pass^k)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING, Any

import narwhals as nw

from assay.features.measure import Schema, Stage
from assay.features.values import Values
from assay.params import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.features.summary import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """One share per unit from its c successes in n trials; None for units of fewer than k.

    pass@k is `1 − C(n − c, k) / C(n, k)`, pass^k is `C(c, k) / C(n, k)`: of all choices of k of the
    trials seen, those that hold a success, and those that hold nothing else. Both are unbiased for
    every n ≥ k, however many trials each unit has.

    References:
        Chen et al. (2021), Evaluating large language models trained on code, arXiv 2107.03374,
        eq. 1; Yao et al. (2024), τ-bench, arXiv 2406.12045, sec. 4.
    """

    metric: Metric
    prefix: str
    stage: Stage

    @property
    def names(self) -> tuple[str, ...]:
        """The value column, as moments list it."""
        return self._settled.names

    def rows(self, schema: Schema) -> list[nw.Expr]:
        """Columns made from a row."""
        name = self.metric.value or ""
        value = nw.col(name)
        if schema[name] != nw.Float64:
            value = value.cast(nw.Float64)
        if self.metric.missing == "exclude":
            value = value.fill_nan(None)
        sound = (value == 0) | (value == 1) | value.is_null()
        value = nw.when(sound).then(value).otherwise(nw.lit(inf))
        if self.metric.missing == "refuse":
            value = value.fill_null(nan)
        return [value.alias(f"{self.prefix}_c")]

    def units(self) -> list[nw.Expr]:
        """Aggregates of them over the rows of a unit."""
        value = nw.col(f"{self.prefix}_c")
        return [value.sum(), value.count().alias(f"{self.prefix}_t")]

    def brought(self, schema: Schema) -> list[nw.Expr]:
        """Nothing: there is no covariate."""
        del schema
        return []

    def settled(self, absent: nw.Expr) -> list[nw.Expr]:
        """The unit's share, from its successes and trials."""
        del absent
        successes, trials = nw.col(f"{self.prefix}_c"), nw.col(f"{self.prefix}_t")
        k = self.metric.k or 1
        fails = self.metric.kind == "pass@k"
        kept = trials - successes if fails else successes
        share = nw.lit(1.0)
        for i in range(k):
            share = share * (kept - i) / (trials - i)
        share = nw.when(kept < k).then(nw.lit(0.0)).otherwise(share)
        if fails:
            share = 1.0 - share
        fault = successes - successes  # 0, or NaN where a value was no 0 or 1
        return [nw.when(trials >= k).then(share + fault).alias(self.names[0])]

    def ready(self) -> list[nw.Expr]:
        """Nothing: a share is as it is."""
        return []

    def statistics(self) -> list[nw.Expr]:
        """Aggregates of it over the units of a group."""
        return self._settled.statistics()

    def kept(self) -> dict[str, nw.Expr]:
        """The units' shares."""
        return {name: nw.col(name) for name in self.names}

    def sample(self, found: Mapping[str, Any]) -> Sample | None:
        """The group's sample; None where something is wrong with the values."""
        return self._settled.sample(found)

    @property
    def _settled(self) -> Values:
        return Values(metric=self.metric, prefix=self.prefix, stage=self.stage)
