"""From users' weeks and changes to everything that the report on personalisation prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.analysis.personalisation.adapting import adapting_of
from assay.analysis.personalisation.choosing import stability_of, trying_of
from assay.analysis.personalisation.findings import with_findings
from assay.analysis.personalisation.result import PersonalisationResult
from assay.analysis.personalisation.trend import trend_of
from assay.core.errors import DataError, ParameterError
from assay.stats.personal_changes import Periods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.analysis.personalisation.result import Adapting, Trend, Trying
    from assay.features.changed_seats import ChangedSeats
    from assay.features.personal_weeks import PersonalWeeks


def assess_personalisation(  # noqa: PLR0913  weeks, changes, what matters, what counts, how sure
    given: PersonalWeeks,
    changes: ChangedSeats | None = None,
    *,
    smallest: float = 0.05,
    measure: str = "rating",
    by: str = "",
    configuration: Sequence[str] = (),
    randomised: bool = False,
    least_weeks: int = 3,
    quiet: int = 4,
    surely: float = 0.8,
    lags: int = 12,
    burn_in: int = 4,
    within: int = 4,
    periods: Periods | None = None,
    smallest_cell: int = 10,
    alpha: float = 0.05,
    seed: int = 1,
) -> PersonalisationResult:
    """Trends, choices, changes and tries; each says why where it cannot be told.

    Args:
        given: of `features.personal_weeks`.
        changes: of `features.changed_seats`; None where no table of configurations is given.
        smallest: change of satisfaction (0–1) per four weeks from which on it matters.
        measure: what satisfaction is, in words.
        by: the column that tells users' kinds, in words.
        configuration: columns that make up a configuration, in words.
        randomised: whether chance alone decided who got a change, and when.
        least_weeks: with a rating, for a user to be called improving, stable or declining.
        quiet: weeks without a use at the end that make a user one who left.
        surely: chance from which on a user is of a class for sure.
        lags: weeks apart up to which choices are compared.
        burn_in: weeks at the beginning of the data in which nothing counts as tried.
        within: weeks in which a new configuration is used again, if it stays.
        periods: weeks about a change.
        smallest_cell: groups of fewer users are not told.
        alpha: one minus the confidence of intervals.
        seed: of draws.

    Raises:
        ParameterError: where a number is out of range.
    """
    if not 0 < smallest < 1:
        raise ParameterError(f"smallest={smallest}, expected a change between 0 and 1")
    if not 0 < alpha < 1:
        raise ParameterError(f"alpha={alpha}, expected between 0 and 1")
    if not 0.5 < surely < 1:
        raise ParameterError(f"surely={surely}, expected a chance between 0.5 and 1")
    if min(quiet, lags, smallest_cell) < 1:
        raise ParameterError(
            f"quiet={quiet}, lags={lags}, smallest_cell={smallest_cell}, expected 1 or more"
        )
    level, k = 1 - alpha, smallest_cell
    trend, trend_reason = _trend(given, smallest, least_weeks, quiet, surely, k, seed, level)
    adapting, adapting_reason = _adapting(
        changes, periods or Periods(), smallest, k, level, randomised=randomised
    )
    trying, trying_reason, hidden = _trying(given, configuration, burn_in, within, k, level)
    return with_findings(
        PersonalisationResult(
            users=given.users.height,
            first=given.start.isoformat(),
            last=given.last.isoformat(),
            weeks=given.weeks,
            time_zone=given.time_zone,
            measure=measure,
            by=by,
            smallest=smallest,
            least_weeks=least_weeks,
            surely=surely,
            k=k,
            hidden=hidden,
            confidence=level,
            trend=trend,
            trend_reason=trend_reason,
            stability=stability_of(given, lags=lags, k=k, level=level),
            adapting=adapting,
            adapting_reason=adapting_reason,
            trying=trying,
            trying_reason=trying_reason,
            left_out=given.left_out,
            findings=(),
        )
    )


def _trend(  # noqa: PLR0913, PLR0917  private
    given: PersonalWeeks,
    smallest: float,
    least_weeks: int,
    quiet: int,
    surely: float,
    k: int,
    seed: int,
    level: float,
) -> tuple[Trend | None, str]:
    try:
        return (
            trend_of(
                given,
                smallest=smallest,
                least_weeks=least_weeks,
                quiet=quiet,
                surely=surely,
                k=k,
                seed=seed,
                level=level,
            ),
            "",
        )
    except DataError as error:
        return None, error.message


def _adapting(  # noqa: PLR0913  private
    changes: ChangedSeats | None,
    periods: Periods,
    smallest: float,
    k: int,
    level: float,
    *,
    randomised: bool,
) -> tuple[Adapting | None, str]:
    if changes is None:
        return None, "no table of configurations is given"
    try:
        return (
            adapting_of(
                changes,
                periods=periods,
                smallest=smallest,
                randomised=randomised,
                k=k,
                level=level,
            ),
            "",
        )
    except DataError as error:
        return None, error.message


def _trying(  # noqa: PLR0913, PLR0917  private
    given: PersonalWeeks,
    configuration: Sequence[str],
    burn_in: int,
    within: int,
    k: int,
    level: float,
) -> tuple[Trying | None, str, int]:
    try:
        found, hidden = trying_of(
            given, configuration, burn_in=burn_in, within=within, k=k, level=level
        )
    except DataError as error:
        return None, error.message, 0
    return found, "", hidden
