"""Agents by providers as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from assay.core.finding import Estimate, Finding
from assay.core.units import NONE, SHARE, Count, Number, Probability, Share, UnitOf

Verdict = Literal[
    "better",
    "not worse by more than the margin",
    "worse by more than the margin",
    "worse",
    "unclear",
    "not compared",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCell:
    """One measure of one agent with one provider.

    Attributes:
        n: values behind it.
        value: of these rows alone; None where there is no value.
        pooled: drawn towards what the agent, the provider and all cells say.
    """

    agent: str
    provider: str
    measure: str
    unit: str
    n: Count
    persons: Count
    value: Annotated[float | None, UnitOf("unit")]
    pooled: Annotated[Estimate | None, UnitOf("unit")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSpread:
    """How much of a measure's differences between cells belongs to what.

    Attributes:
        scale: on which the spreads are: of log odds, of logarithms, or the measure's own.
        agents, providers, beyond: standard deviations; `beyond` is what an agent does with one
            provider that neither explains.
    """

    measure: str
    scale: str
    agents: Number
    providers: Number
    beyond: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """One agent with another provider, on the items that it tried with both.

    Attributes:
        base, other: providers; the base is the one with more items.
        items: that both tried and whose outcome is known; None where fewer persons than may be
            told tried them.
        difference: other − base, in the unit; of latency and cost the relative change.
        margin: how much worse still counts as not worse, in the same unit.
        alike: share of items with the same outcome; kappa, ac1: agreement beyond chance. Of
            success only.
        p: McNemar's mid-p, or Student's; adjusted for all changes of all measures (Holm).
        reason: why there is no verdict.
    """

    agent: str
    base: str
    other: str
    measure: str
    unit: str
    items: Count | None
    value_base: Annotated[float | None, UnitOf("unit")]
    value_other: Annotated[float | None, UnitOf("unit")]
    difference: Annotated[Estimate | None, SHARE]
    margin: Share
    alike: Annotated[Estimate | None, SHARE]
    kappa: Annotated[Estimate | None, NONE]
    ac1: Annotated[Estimate | None, NONE]
    p: Probability | None
    adjusted: Probability | None
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAssociation:
    """One agent with another provider, among rows of the same kind, where no items are shared.

    Attributes:
        base, other: providers; the base is the one with more rows.
        rows, persons: of kinds that both have, in whole multiples of the smallest cell; `shared`:
            the share of all rows that these are.
        value_base, value_other: means over the same kinds; of latency and cost geometric.
        difference: other − base, kinds of rows held fixed; of latency and cost the relative change.
        raw: the same of all rows, kinds not held fixed.
        p, adjusted: of no difference; adjusted for all associations (Holm).
        differs: whether the adjusted p-value is at most one minus the confidence.
        reason: why it is not told.
    """

    agent: str
    base: str
    other: str
    measure: str
    unit: str
    rows: Count | None
    persons: Count | None
    shared: Share | None
    value_base: Annotated[float | None, UnitOf("unit")]
    value_other: Annotated[float | None, UnitOf("unit")]
    difference: Annotated[Estimate | None, SHARE]
    raw: Annotated[float | None, SHARE]
    p: Probability | None
    adjusted: Probability | None
    differs: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersResult:
    """Everything that is told of agents by providers.

    Attributes:
        by: names of both columns.
        withheld: cells of fewer persons than may be told; they count in what others are drawn to.
        fewest: shared items that a change needs to be judged.
        attempts: whether the first attempt at an item counts, or the mean of all; empty where no
            items are named. Agreement is of first attempts.
    """

    by: tuple[str, str]
    cells: tuple[ProviderCell, ...]
    spreads: tuple[ProviderSpread, ...]
    changes: tuple[ProviderChange, ...]
    withheld: Count
    smallest: Count
    fewest: Count
    attempts: Literal["first", "all", ""]
    confidence: Share
    findings: tuple[Finding, ...]
