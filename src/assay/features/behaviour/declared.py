"""What is looked at of each entity: unit, exposure, transformation and what a gap means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from assay.core.errors import ParameterError

Transform = Literal["identity", "log", "log1p", "logit"]
Missing = Literal["apart", "typical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One thing that is looked at of an entity, by exposure, so that it does not grow with tenure.

    Attributes:
        name: column of the frame.
        label: what it is called, as in a sentence.
        unit: what its numbers are in.
        part: column of sums that is divided.
        whole: column of sums that it is divided by, its exposure; the value itself where None.
        scale: what the ratio is multiplied by.
        transform: before entities are compared. `log1p` is of the value over its median, for
            amounts that may be zero; `logit` is of shares.
        shrunken: a share of few trials is drawn to the mean of all entities, as far as it is
            noise, so that few trials do not look like a behaviour of their own.
        least: exposure below which the value is not known.
        missing: what a value that is not known means. `apart`: too little is known of the entity,
            which is in no segment. `typical`: the median stands in, and how often is told.
        visits: makes sense only for entities that come back, on days.
        high: what an entity is called that has much of it; empty where no word says it.
        low: what one is called that has little.
    """

    name: str
    label: str
    unit: str
    part: str
    whole: str | None = None
    scale: float = 1.0
    transform: Transform = "log"
    shrunken: bool = False
    least: float = 1.0
    missing: Missing = "typical"
    visits: bool = False
    high: str = ""
    low: str = ""

    def value(self) -> pl.Expr:
        """The value from sums, in its own unit; null where too little stands behind it."""
        part = pl.col(self.part).cast(pl.Float64)
        if self.whole is None:
            return part.alias(self.name)
        whole = pl.col(self.whole).cast(pl.Float64)
        known = whole >= max(self.least, 1e-12)
        return pl.when(known).then(part / whole * self.scale).alias(self.name)

    @property
    def needs(self) -> frozenset[str]:
        """Sums that it is made of."""
        return frozenset({self.part, *(() if self.whole is None else (self.whole,))})


def _share(name: str, label: str, part: str, whole: str, **more: str) -> Feature:
    return Feature(
        name=name,
        label=label,
        unit="share",
        part=part,
        whole=whole,
        transform="logit",
        shrunken=True,
        **more,  # type: ignore[arg-type]
    )


BEHAVIOURS: Final[tuple[Feature, ...]] = (
    Feature(
        name="days_per_week",
        label="days with use per week",
        unit="days per week",
        part="days",
        whole="tenure_days",
        scale=7,
        least=14,
        missing="apart",
        visits=True,
        high="frequent",
        low="rare",
    ),
    Feature(
        name="recency_days",
        label="days since the last use",
        unit="days",
        part="recency_days",
        transform="log1p",
        visits=True,
        high="away",
        low="",
    ),
    Feature(
        name="irregularity",
        label="unevenness of the gaps between days with use",
        unit="ratio",
        part="gap_cv",
        transform="log1p",
        visits=True,
        high="in bursts",
        low="regular",
    ),
    Feature(
        name="per_day",
        label="interactions on a day with use",
        unit="interactions",
        part="rows",
        whole="days",
        least=3,
        missing="apart",
        visits=True,
        high="intensive",
        low="brief",
    ),
    Feature(
        name="per_session",
        label="interactions per session",
        unit="interactions",
        part="session_rows",
        whole="sessions",
        least=3,
        high="long sessions",
        low="short sessions",
    ),
    Feature(
        name="tokens",
        label="tokens per interaction",
        unit="tokens",
        part="tokens",
        whole="tokens_n",
        least=5,
        high="long texts",
        low="short texts",
    ),
    Feature(
        name="output_share",
        label="share of tokens that is output",
        unit="share",
        part="output_tokens",
        whole="tokens",
        transform="logit",
        high="much output",
        low="little output",
    ),
    Feature(
        name="cached_share",
        label="share of input that was read from a cache",
        unit="share",
        part="cache_read_tokens",
        whole="all_input",
        transform="identity",
        high="cached",
        low="uncached",
    ),
    Feature(
        name="cost",
        label="cost per interaction",
        unit="USD",
        part="cost_usd",
        whole="cost_n",
        transform="log1p",
        least=5,
        high="costly",
        low="cheap",
    ),
    Feature(
        name="log_latency",
        label="typical wait (log of seconds)",
        unit="log s",
        part="log_latency",
        whole="latency_n",
        transform="identity",
        least=5,
        high="slow answers",
        low="quick answers",
    ),
    _share(
        "errors",
        "share of interactions that failed",
        "failed",
        "known",
        high="failing",
        low="sound",
    ),
    _share("retries", "share of interactions that are retries", "retries", "rows", high="retrying"),
    _share("tool_share", "share of interactions with a tool", "tooled", "rows", high="with tools"),
    Feature(
        name="tool_mix",
        label="chance that two calls of tools are of different tools",
        unit="share",
        part="tool_pairs",
        whole="tool_pairs_n",
        transform="identity",
        least=10,
        high="many tools",
        low="one tool",
    ),
    Feature(
        name="model_mix",
        label="chance that two interactions are with different models",
        unit="share",
        part="model_pairs",
        whole="model_pairs_n",
        transform="identity",
        least=10,
        high="many models",
        low="one model",
    ),
    Feature(
        name="interventions",
        label="interventions per interaction",
        unit="per interaction",
        part="interventions",
        whole="interventions_n",
        transform="log1p",
        least=5,
        high="watched",
    ),
    Feature(
        name="rating",
        label="mean rating",
        unit="share",
        part="rating_sum",
        whole="rating_n",
        transform="identity",
        least=3,
        high="satisfied",
        low="dissatisfied",
    ),
    _share("rated", "share of interactions that were rated", "rating_n", "rows", high="outspoken"),
    _share("nights", "share of interactions from 22 to 6", "nights", "rows", high="mostly nights"),
    _share(
        "office_hours",
        "share of interactions from 9 to 17",
        "office",
        "rows",
        high="in office hours",
        low="out of office hours",
    ),
    _share("weekends", "share of interactions at weekends", "weekend", "rows", high="at weekends"),
    Feature(
        name="hour_mix",
        label="chance that two interactions are in different parts of the day",
        unit="share",
        part="hour_pairs",
        whole="rows",
        transform="identity",
        least=10,
        high="all hours",
        low="fixed hours",
    ),
    Feature(
        name="changes",
        label="customisations per week",
        unit="per week",
        part="changes",
        whole="tenure_days",
        scale=7,
        transform="log1p",
        least=14,
        high="customising",
    ),
)
"""Behaviours that are known by name, in the order in which pages tell them."""


def chosen(names: tuple[str, ...] | None) -> tuple[Feature, ...]:
    """The features of these names, all where there are none.

    Raises:
        ParameterError: naming the first that is unknown.
    """
    if names is None:
        return BEHAVIOURS
    known = {one.name: one for one in BEHAVIOURS}
    for name in names:
        if name not in known:
            raise ParameterError(
                f"feature {name!r} is unknown", remedy=f"expected some of {', '.join(known)}"
            )
    return tuple(known[name] for name in dict.fromkeys(names))
