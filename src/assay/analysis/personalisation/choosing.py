"""Whether users keep to their choices, and how many configurations they try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.special import ndtri

from assay.analysis.personalisation.result import Lag, Stability, Tried, Trying
from assay.core.errors import DataError
from assay.core.finding import Estimate
from assay.stats.personal_choices import Agreement, Choices, agreements
from assay.stats.personal_tries import Ratio, tries_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.personal_weeks import PersonalWeeks


def stability_of(given: PersonalWeeks, *, lags: int, k: int, level: float) -> tuple[Stability, ...]:
    """Of each column of choices; with a reason where it cannot be told."""
    return tuple(
        _stability(column, frame, given, lags=lags, k=k, level=level)
        for column, frame in given.choices.items()
    )


def _stability(  # noqa: PLR0913  private: a column and how it is told
    column: str, frame: pl.DataFrame, given: PersonalWeeks, *, lags: int, k: int, level: float
) -> Stability:
    try:
        steps, whole = _agreed(frame, given, lags, k)
    except DataError as error:
        return Stability(
            column=column,
            reason=error.message,
            users=0,
            pairs=0,
            within=None,
            between=None,
            beyond=None,
            lags=(),
        )
    return Stability(
        column=column,
        reason="",
        users=whole.users,
        pairs=whole.pairs,
        within=_told(whole.within, level),
        between=_told(whole.between, level),
        beyond=_told(whole.beyond, level, least=-1.0),
        lags=tuple(_lag(one, level) for one in steps if one.users >= k),
    )


def _agreed(
    frame: pl.DataFrame, given: PersonalWeeks, lags: int, k: int
) -> tuple[tuple[Agreement, ...], Agreement]:
    if frame["value"].n_unique() < 2:
        what = "no value" if frame.is_empty() else "a single value"
        raise DataError(f"there is {what}, so nothing to choose")
    steps, whole = agreements(choices_of(frame, given), range(1, lags + 1))
    if whole.users < k:
        raise DataError(f"fewer than {k} users chose in two different weeks")
    return steps, whole


def choices_of(frame: pl.DataFrame, given: PersonalWeeks) -> Choices:
    """The rows as numbers."""
    coded = frame.with_columns(pl.col("value").rank("dense").cast(pl.Int64) - 1).sort(
        "who", "week", "value"
    )
    return Choices(
        who=coded["who"].to_numpy().astype(np.int64),
        week=coded["week"].to_numpy().astype(np.int64),
        value=coded["value"].to_numpy(),
        times=coded["times"].to_numpy(),
        stratum=given.users["group"].rank("dense").to_numpy().astype(np.int64) - 1,
    )


def _lag(one: Agreement, level: float) -> Lag:
    return Lag(
        weeks=one.lag or 0,
        users=one.users,
        within=_told(one.within, level),
        between=_told(one.between, level),
        beyond=_told(one.beyond, level, least=-1.0),
    )


def _told(one: tuple[float, float], level: float, *, least: float = 0.0) -> Estimate:
    value, error = one
    reach = float(ndtri((1 + level) / 2)) * error
    return Estimate(value=value, low=max(least, value - reach), high=min(1.0, value + reach))


def trying_of(  # noqa: PLR0913  weeks, columns, what counts, how it is told
    given: PersonalWeeks,
    columns: Sequence[str],
    *,
    burn_in: int,
    within: int,
    k: int,
    level: float,
) -> tuple[Trying, int]:
    """New configurations per week, of all and of each kind of users; and kinds that are not told.

    Raises:
        DataError: where there is no configuration, or too few users came back.
    """
    frame = given.configurations
    if frame.is_empty():
        raise DataError("no columns make up a configuration")
    choices = choices_of(frame, given)
    groups = given.users["group"].to_numpy()
    told, hidden = [], 0
    names = np.unique(groups)
    for name in ["", *(names if names.size > 1 else ())]:
        mine = groups == name if name else np.ones(groups.size, dtype=bool)
        found = tries_of(choices, mine, burn_in=burn_in, within=within)
        if found is None or found.users < k:
            hidden += bool(name)
            continue
        told.append(
            Tried(
                group=str(name),
                users=found.users,
                weeks=found.weeks,
                tried=found.tried,
                rate=_ratio(found.rate, level),
                used=_ratio(found.used, level),
                new=_ratio(found.new, level, most=1.0),
                stay=None if found.stay is None or found.stay.users < k
                else _ratio(found.stay, level, most=1.0),
            )
        )  # fmt: skip
    if not told or told[0].group:
        raise DataError(f"fewer than {k} users came back in a week that counts")
    trying = Trying(
        columns=tuple(columns),
        different=frame["value"].n_unique(),
        burn_in=burn_in,
        within=within,
        groups=tuple(told),
    )
    return trying, hidden


def _ratio(one: Ratio, level: float, *, most: float = np.inf) -> Estimate:
    low, high = one.interval(level, most=most)
    return Estimate(value=one.value, low=min(low, one.value), high=max(high, one.value))
