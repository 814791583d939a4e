"""What `params/alerts.yaml` says: what is watched, for which changes, at how many false alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from assay.core.errors import ParameterError, nearest
from assay.core.sections import Section
from assay.core.written import Day, one_or_more
from assay.params import Metric
from assay.workbench.declarations import read_declaration
from assay.workbench.metrics import declared_metrics

if TYPE_CHECKING:
    from assay.workbench.project import Project

ALERTS_FILE: Final = "alerts.yaml"


def _named(value: object) -> object:
    return {"metric": value} if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(one_or_more)]


class WatchedMetric(Section):
    """A metric by its name, and which change of it matters."""

    metric: str
    smallest: float | None = Field(None, gt=0, lt=1, description="a share of what is expected")
    difference: float | None = Field(None, gt=0, description="instead: in the metric's unit")
    usd: float | None = Field(None, ge=0, description="what one unit of it costs, per row")

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if self.smallest is not None and self.difference is not None:
            raise ValueError("expected smallest or difference, not both")
        return self


class Watching(Section):
    """Rows, and what is watched in them."""

    data: str = Field(min_length=1, description="path, glob or source, as reports take it")
    time: str = "occurred_at"
    every: Literal["hour", "day", "week"] = "day"
    until: Literal["today", "data"] = Field(
        "today", description="which period is the last: before today, or the last of the data"
    )
    by: Names = Field((), description="columns: one series for each value")
    unit: str | None = Field(None, description="column of units whose rows resemble each other")
    fewest: int = Field(20, ge=1, description="rows or units below which a point is not judged")
    metrics: Annotated[
        tuple[Annotated[WatchedMetric, BeforeValidator(_named)], ...], BeforeValidator(one_or_more)
    ] = ()
    mix: Names = Field((), description="columns whose shares of rows are watched")
    smallest: float = Field(0.05, gt=0, lt=1, description="change that matters, as a share")
    smallest_share: float = Field(0.05, gt=0, lt=1, description="change of a share that matters")

    @model_validator(mode="after")
    def _watches_something(self) -> Self:
        if not self.metrics and not self.mix:
            raise ValueError("expected metrics or mix: nothing is watched")
        return self


class Limit(Section):
    """A threshold, and how sure it must be that the present level is beyond it."""

    metric: str
    above: float | None = None
    below: float | None = None
    probability: float = Field(0.95, gt=0.5, lt=1)
    watched: str | None = Field(None, description="one of watched; by default all with the metric")

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        if (self.above is None) == (self.below is None):
            raise ValueError("expected above or below, one of them")
        return self


class Mute(Section):
    """What is not to be told: still watched and kept, but in no report."""

    metric: str | None = None
    by: dict[str, str] = Field(default_factory=dict)
    until: Day | None = None
    note: str = ""

    @model_validator(mode="after")
    def _mutes_something(self) -> Self:
        if self.metric is None and not self.by:
            raise ValueError("expected metric or by: this would mute everything")
        return self


class Severity(Section):
    """From how many dollars a day an alert is a warning, and from how many it is critical."""

    warning: float = Field(1.0, ge=0)
    critical: float = Field(100.0, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.warning <= self.critical:
            raise ValueError("expected warning not above critical")
        return self


class _File(Section):
    budget: float = Field(
        1.0, gt=0, le=50, description="false alarms per 100 days, over everything watched"
    )
    watched: dict[str, Watching] = Field(default_factory=dict)
    thresholds: Annotated[tuple[Limit, ...], BeforeValidator(one_or_more)] = ()
    mutes: Annotated[tuple[Mute, ...], BeforeValidator(one_or_more)] = ()
    severity: Severity = Severity()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watchlist:
    """All that a project watches; metrics are those of `params/metrics.yaml`."""

    budget: float
    watched: Mapping[str, Watching]
    thresholds: tuple[Limit, ...]
    mutes: tuple[Mute, ...]
    severity: Severity
    metrics: Mapping[str, Metric]


def read_watchlist(project: Project) -> Watchlist:
    """What a project watches; nothing where it has no file.

    Raises:
        ParameterError: where a key, a value or a name is not understood; it names file and line,
            and the nearest name that is known.
    """
    found = read_declaration(project.params / ALERTS_FILE, _File)
    told = found.told
    declared = declared_metrics(project)
    for place, name in _metric_names(told):
        if name not in declared:
            raise ParameterError(
                f"{found.place(*place)}: there is no metric {name!r}",
                remedy=f"{nearest(name, declared)} (of metrics.yaml)",
            )
    for number, limit in enumerate(told.thresholds):
        place = ("thresholds", str(number))
        if limit.watched is not None and limit.watched not in told.watched:
            raise ParameterError(
                f"{found.place(*place)}: nothing watched is named {limit.watched!r}",
                remedy=nearest(limit.watched, told.watched),
            )
        wanted = [limit.watched] if limit.watched is not None else list(told.watched)
        if not any(limit.metric == m.metric for w in wanted for m in told.watched[w].metrics):
            raise ParameterError(
                f"{found.place(*place)}: a threshold of {limit.metric!r}, which is not watched",
                remedy="name the metric under metrics of what is watched",
            )
    used = {name for _, name in _metric_names(told)}
    return Watchlist(
        budget=told.budget,
        watched=told.watched,
        thresholds=told.thresholds,
        mutes=told.mutes,
        severity=told.severity,
        metrics={name: Metric.model_validate(declared[name]) for name in sorted(used)},
    )


def _metric_names(told: _File) -> list[tuple[tuple[str, ...], str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    for name, watching in told.watched.items():
        for number, each in enumerate(watching.metrics):
            found.append((("watched", name, "metrics", str(number)), each.metric))
    for number, limit in enumerate(told.thresholds):
        found.append((("thresholds", str(number)), limit.metric))
    return found
