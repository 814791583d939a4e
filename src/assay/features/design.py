"""How an experiment was laid out, in the words of the notebook's parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, get_args

from pydantic import TypeAdapter, ValidationError

from assay.core.errors import ParameterError, nearest
from assay.features.combining import check_combined
from assay.features.labels import label
from assay.params import Column, Metric, Window

Layout = Literal["auto", "independent", "paired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Which column says what, which arm is the control, and what is measured.

    Attributes:
        arm: column that holds the arm (in the assignments, where there are any).
        control: label of the arm compared against.
        unit: column of what was randomised; None where a row is a unit.
        experiment: rows of this experiment count, where the data have `experiment_id`; else a name.
        time, window: column of the time, and the days that count.
        design: auto pairs arms that share their items (see `features.layout`).
        item: column of what paired arms share; defaults to `unit`.
        split: arm → share (any scale) that was planned; equal shares of the assigned arms where
            None, so that two arms read as one have two.
        segments: columns whose values are also looked at one by one.
        combine: name → arms that are read as one of that name, say two versions of one idea; their
            units are added up before anything is computed.
        strata: columns whose combinations are known beforehand and weighted alike in all arms.
        shared: columns of what units may share (a session, a workspace), through which the
            treatment of one could reach another.
        cluster: column of the groups of units that were randomised together.
        exposure: column of the time at which a unit was first exposed, in the data or the
            assignments; the assignments' `assigned_at`, or else a unit's first row, where None.
    """

    arm: Column
    control: str
    metrics: tuple[Metric, ...]
    unit: Column | None = None
    experiment: str | None = None
    time: Column | None = None
    window: Window | None = None
    design: Layout = "auto"
    item: Column | None = None
    split: Mapping[str, float] | None = None
    segments: tuple[Column, ...] = ()
    combine: Mapping[str, tuple[str, ...]] | None = None
    exposure: Column | None = None
    cluster: Column | None = None
    strata: tuple[Column, ...] = ()
    shared: tuple[Column, ...] = ()

    def __post_init__(self) -> None:
        check_combined(self.combine, self.control, self.split)
        _check_metrics(self)
        if self.design not in get_args(Layout):
            raise ParameterError(
                f"design={self.design!r}, expected auto, independent or paired",
                remedy=nearest(str(self.design), get_args(Layout)),
            )
        if self.window is not None and self.time is None:
            raise ParameterError(
                "window is given without time", remedy="name the column of the time: time=…"
            )
        if self.design == "paired" and self.item is None and self.unit is None:
            raise ParameterError(
                "design is paired without item, expected the column that the arms share",
                remedy="name it: item=…",
            )
        if self.design == "paired" and self.segments:
            raise ParameterError(
                "segments of a paired design are not supported",
                remedy="filter the data to the segment, or use design=independent",
            )
        if self.design == "paired" and self.strata:
            raise ParameterError(
                "strata of a paired design are not supported",
                remedy="leave them out: pairs are compared within themselves already",
            )
        if self.arm in self.strata or len(set(self.strata)) < len(self.strata):
            raise ParameterError(f"strata={self.strata}, expected distinct columns, not the arm")
        if self.split is not None and not all(0 < share < inf for share in self.split.values()):
            raise ParameterError(
                f"split={dict(self.split)}, expected positive shares",
                remedy="leave out an arm that nobody was to be in",
            )
        doubled = {name for name in self.segments if self.segments.count(name) > 1}
        if doubled or self.arm in self.segments:
            raise ParameterError(
                f"segments={self.segments}, expected distinct columns, not the arm"
            )

    def shares(self, arms: Iterable[str]) -> dict[str, float]:
        """The planned share of each arm, on any scale.

        Where no split was given, each assigned arm had the same: arms that are read as one have as
        many shares as they are.
        """
        if self.split is not None:
            return {arm: self.split[arm] for arm in arms}
        groups = self.combine or {}
        return {arm: float(len(groups.get(arm, (arm,)))) for arm in arms}

    @classmethod
    def of(cls, **parameters: Any) -> Design:  # noqa: ANN401  plain JSON, checked here
        """The design from plain JSON values, as a notebook's parameters cell holds them.

        Raises:
            ParameterError: where a name is unknown, or a value is not what the parameter takes.
        """
        for name in parameters:
            if name not in _TYPES:
                raise ParameterError(f"unknown parameter {name!r}", remedy=nearest(name, _TYPES))
        missing = [name for name in ("arm", "control", "metrics") if name not in parameters]
        if missing:
            raise ParameterError(f"{', '.join(missing)} missing, expected arm, control and metrics")
        return cls(**{name: _value(name, given) for name, given in parameters.items()})

    @property
    def groups(self) -> tuple[Column, ...]:
        """Columns by which one scan tells units apart."""
        return tuple(dict.fromkeys((*self.segments, *self.strata)))

    @property
    def pairing(self) -> Column:
        """Column that paired arms share.

        Raises:
            ParameterError: where the design is not paired.
        """
        name = self.item or self.unit
        if name is None:
            raise ParameterError("the design has neither item nor unit")
        return name


_TYPES: dict[str, Any] = {
    "arm": Column,
    "control": str | bool | int | float,
    "metrics": tuple[Metric, ...],
    "unit": Column | None,
    "experiment": str | None,
    "time": Column | None,
    "window": Window | None,
    "design": Layout,
    "item": Column | None,
    "split": dict[str, float] | None,
    "segments": tuple[Column, ...] | None,
    "combine": dict[str, tuple[str, ...]] | None,
    "exposure": Column | None,
    "cluster": Column | None,
    "strata": tuple[Column, ...] | None,
    "shared": tuple[Column, ...] | None,
}


def _value(name: str, given: object) -> Any:  # noqa: ANN401  of the type that the name has
    if isinstance(given, dict) and name == "split":
        given = {label(arm) or "": share for arm, share in given.items()}
    try:
        value = TypeAdapter(_TYPES[name]).validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"[{part!r}]" for part in first["loc"])
        raise ParameterError(
            f"{name}{place}: {first['msg'].removeprefix('Value error, ')}",
            remedy=_remedy(first, given),
        ) from error
    if name in {"segments", "strata", "shared"}:
        return value or ()
    if name == "control":
        return label(value) or "" if isinstance(value, float) else str(value)
    return value


def _remedy(problem: Any, given: object) -> str:  # noqa: ANN401  pydantic's own record
    if problem["type"] == "extra_forbidden":
        return nearest(str(problem["loc"][-1]), Metric.model_fields)
    return f"given: {given!r}"


def _check_metrics(design: Design) -> None:
    names = [metric.name for metric in design.metrics]
    if not names:
        raise ParameterError("metrics is empty, expected at least one metric")
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ParameterError(f"metrics named twice: {', '.join(doubled)}, expected distinct names")
    for metric in design.metrics:
        _check_metric(metric, design)


def _check_metric(metric: Metric, design: Design) -> None:
    named = design.design == "auto" and design.item is not None
    grouped = design.unit is not None or design.design == "paired" or named
    if metric.kind == "count" and metric.value is None and not grouped:
        raise ParameterError(
            f"metric {metric.name!r} counts rows, but a row is a unit: every count would be 1",
            remedy="name the unit, or a value column that holds counts",
        )
    if metric.kind in {"pass@k", "pass^k"} and not grouped and design.design != "auto":
        raise ParameterError(
            f"metric {metric.name!r} ({metric.kind}) needs what was tried repeatedly",
            remedy="name its column: item=…, or unit=…",
        )
    several = {"sum", "mean", "max"}
    allowed = {
        "rate": {"any", *several},
        "mean": several,
        "quantile": several,
        "time_to_event": {"max"},
    }
    if metric.numerator is None:
        taken = allowed.get(
            metric.kind, {"sum"} if metric.value is None else {"sum", "mean", "max"}
        )
    else:
        taken = {"sum"}
    if metric.per_unit is not None and metric.per_unit not in taken:
        raise ParameterError(
            f"metric {metric.name!r} ({metric.kind}) has per_unit={metric.per_unit!r}",
            remedy=f"expected one of {', '.join(sorted(taken))}",
        )
    if metric.kind == "quantile" and design.unit is not None and metric.per_unit is None:
        raise ParameterError(
            f"metric {metric.name!r} is a quantile over units that may have several rows",
            remedy="say how rows become one number per unit: per_unit: sum, mean or max",
        )
    if design.cluster is not None:
        _check_clustered(metric, design)
    _check_pairable(metric, design)
    _check_adjustment(metric, design, aggregated=not grouped)


def _check_pairable(metric: Metric, design: Design) -> None:
    if design.design != "paired":
        return
    whole = metric.kind in {"quantile", "time_to_event"}
    if whole or metric.winsorise:
        raise ParameterError(
            f"metric {metric.name!r} ({metric.kind}) is not supported in paired designs",
            remedy="use design: independent, or leave it out",
        )
    if metric.window_days is not None:
        raise ParameterError(
            f"metric {metric.name!r} has window_days, which paired designs do not take",
            remedy="filter the rows, or use design: independent",
        )


def _check_adjustment(metric: Metric, design: Design, *, aggregated: bool) -> None:
    aggregated = aggregated and metric.kind == "rate" and metric.numerator is not None
    if design.strata and metric.adjusters and metric.adjustment == "lin":
        raise ParameterError(
            f"metric {metric.name!r} has a slope per arm (lin) and strata",
            remedy="use adjustment: cuped with strata, or lin without",
        )
    if metric.adjusters and (design.design == "paired" or aggregated):
        what = "paired designs" if design.design == "paired" else "aggregated counts"
        raise ParameterError(
            f"metric {metric.name!r} has a covariate, which {what} do not take",
            remedy="leave it out; pairing already removes what the arms share"
            if design.design == "paired"
            else "leave it out, or give one row per unit",
        )


def _check_clustered(metric: Metric, design: Design) -> None:
    """That a metric can be summed over clusters.

    Raises:
        ParameterError: where it cannot.
    """
    if design.design == "paired":
        raise ParameterError(
            f"cluster={design.cluster!r} of a paired design, expected independent arms",
            remedy="leave it out, or use design: independent",
        )
    aggregated = metric.kind == "rate" and metric.numerator is not None
    limited = metric.winsorise is not None or metric.window_days is not None
    if metric.kind not in {"rate", "mean", "count", "ratio"} or aggregated or limited:
        what = "winsorise or window_days" if limited else f"kind {metric.kind}"
        raise ParameterError(
            f"metric {metric.name!r} has {what}, which clusters do not take",
            remedy="use a rate, mean, count or ratio of values, or leave the cluster out",
        )
