"""From the profile of a table to everything that its report prints."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from assay.analysis.quality.findings import findings_of
from assay.analysis.quality.mix import compare_weeks
from assay.analysis.quality.prices import costs_of
from assay.analysis.quality.requirements import fits_of
from assay.analysis.quality.result import (
    ColumnQuality,
    Freshness,
    Implausible,
    MixChange,
    MixQuality,
    NewName,
    QualityResult,
    Thresholds,
)
from assay.analysis.quality.rows import volume_of
from assay.core.errors import ParameterError
from assay.core.finding import Estimate
from assay.core.provenance import LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assay.analysis.quality.result import Fitness
    from assay.features.profile import ColumnProfile, Profile
    from assay.features.profile_tables import Rejection, TableCount

WEEK: Final = 7
SHOWN_GAPS: Final = 10
UNITS: Final = {"cost_usd": "USD", "latency_s": "s", "first_token_s": "s", "rating": "share"}


def assess(
    profile: Profile,
    *,
    rejections: Sequence[Rejection] = (),
    rejected: int = 0,
    tables: Mapping[str, TableCount] | None = None,
    thresholds: Thresholds | None = None,
) -> QualityResult:
    """Whether the data can be trusted, for what, and what is odd about them.

    Args:
        profile: of `features.profile.profile_rows`.
        rejections: why rows were turned away before.
        rejected: how many rows that were.
        tables: other tables that later analyses stand on.
        thresholds: from where on something counts against the data.

    Raises:
        ParameterError: where a threshold lies outside its range.
    """
    limits = thresholds or Thresholds()
    _check(limits)
    volume, days = volume_of(profile.days, limits.false_alarms)
    mixes = _mixes(profile, limits)
    result = QualityResult(
        table="interactions",
        rows=profile.rows,
        rejected=rejected,
        rejected_share=rejected / (profile.rows + rejected),
        persons=profile.persons,
        first=profile.first.isoformat(),
        last=profile.last.isoformat(),
        as_of=profile.as_of.isoformat(),
        k=profile.scope.k,
        recent_days=profile.scope.recent_days,
        thresholds=limits,
        columns=_columns(profile, rejections),
        rejections=tuple(
            LeftOut(what=" and ".join(one.columns), count=one.count, reason=one.told)
            for one in rejections
        ),
        freshness=_freshness(profile, rejections, days),
        volume=volume,
        mixes=mixes,
        new_names=tuple(
            NewName(column=n.column, value=n.value, first=n.first.isoformat(), rows=n.rows)
            for n in profile.labels.new
        ),
        new_hidden=sum(one.new_hidden for one in profile.labels.columns),
        implausible=_implausible(profile),
        costs=costs_of(profile.costs, k=profile.scope.k, alpha=limits.alpha),
        fits=(),
        verdict="fit",
        findings=(),
        threshold_p=limits.alpha / max(1, len(mixes)),
    )
    fits = fits_of(result, profile.facts, tables or {})
    kinds = {fit.verdict for fit in fits}
    verdict: Fitness = (
        "fit" if kinds == {"fit"} else "not fit" if kinds == {"not fit"} else "caveats"
    )
    told = replace(result, fits=fits, verdict=verdict)
    return replace(told, findings=findings_of(told))


def _check(limits: Thresholds) -> None:
    for name in ("alpha", "false_alarms"):
        if not 0 < getattr(limits, name) < 1:
            raise ParameterError(f"{name}={getattr(limits, name)}, expected between 0 and 1")
    for name in ("max_missing", "max_rejected", "min_explained", "mix_change", "dear_share"):
        if not 0 <= getattr(limits, name) <= 1:
            raise ParameterError(f"{name}={getattr(limits, name)}, expected 0 to 1, a share")


def _columns(profile: Profile, rejections: Sequence[Rejection]) -> tuple[ColumnQuality, ...]:
    labels = {one.column: one for one in profile.labels.columns}
    return tuple(
        ColumnQuality(
            name=column.name,
            kind=column.kind,
            unit=UNITS.get(column.name, "count"),
            missing=column.missing,
            missing_share=column.missing / profile.rows,
            distinct=column.distinct,
            exact=column.exact,
            rejected=sum(one.count for one in rejections if column.name in one.columns),
            low=_number(column, column.low),
            high=_number(column, column.high),
            first=_moment(column.low),
            last=_moment(column.high),
            hidden=labels[column.name].hidden if column.name in labels else None,
            new=labels[column.name].new if column.name in labels else None,
        )
        for column in profile.columns
    )


def _number(column: ColumnProfile, value: float | datetime | date | None) -> float | None:
    if column.kind != "number" or value is None or isinstance(value, date):
        return None
    return float(value) if UNITS.get(column.name) else int(value) if value == int(value) else value


def _moment(value: float | datetime | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else None


def _freshness(
    profile: Profile, rejections: Sequence[Rejection], days: tuple[list[date], int]
) -> Freshness:
    gaps, empty = days
    return Freshness(
        due=profile.scope.as_of is not None,
        behind=(profile.as_of - profile.last).days,
        gaps=len(gaps),
        gap_days=tuple(day.isoformat() for day in gaps[:SHOWN_GAPS]),
        empty_days=empty,
        repeated_keys=sum(one.count for one in rejections if one.repeated),
        repeated_rows=profile.oddities.repeated,
    )


def _mixes(profile: Profile, limits: Thresholds) -> tuple[MixQuality, ...]:
    """Each column's family of values shares the alpha of its column, columns share the whole."""
    found = []
    columns = max(1, len(profile.labels.mixes))
    for mix in profile.labels.mixes:
        weeks = profile.scope.recent_days // WEEK
        shift = compare_weeks(mix.levels, mix.counts, recent=weeks, alpha=limits.alpha / columns)
        changed = (
            shift.p_value is not None
            and shift.distance is not None
            and shift.p_value < limits.alpha / columns
            and shift.distance >= limits.mix_change
        )
        found.append(
            MixQuality(
                column=mix.column,
                recent_weeks=shift.recent,
                weeks_before=shift.before,
                distance=shift.distance,
                p_value=shift.p_value,
                changed=changed,
                changes=tuple(
                    MixChange(
                        value=one.value,
                        before=one.before,
                        after=one.after,
                        change=Estimate(value=one.after - one.before, low=one.low, high=one.high),
                    )
                    for one in shift.shifts
                ),
                reason=shift.reason,
            )
        )
    return tuple(found)


def _implausible(profile: Profile) -> tuple[Implausible, ...]:
    odd, costs = profile.oddities, profile.costs
    rows = profile.rows
    kinds = (
        ("dear", costs.dear, costs.rows),
        ("cheap", costs.cheap, costs.rows),
        ("cost without tokens", odd.cost_without_tokens, rows),
        ("tokens without cost", odd.tokens_without_cost, rows),
        ("ahead of as_of", odd.ahead, rows),
        ("before its parent", odd.before_parent, odd.children),
        ("parent unknown", odd.orphans, odd.children),
        ("repeated", odd.repeated, rows),
    )
    return tuple(Implausible(key=key, count=count, among=among) for key, count, among in kinds)
