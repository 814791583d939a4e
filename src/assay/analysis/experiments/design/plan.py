"""How long an experiment must run: its plan, from the history of its units or from what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.analysis.experiments.design.basis import WEEK, Basis
from assay.analysis.experiments.design.findings import findings_of
from assay.analysis.experiments.design.questions import YEAR, Questions, Wish
from assay.analysis.experiments.design.result import DesignResult, Verdict
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from assay.analysis.experiments.design.basis import Known

__all__ = ["Wish", "plan_for"]

MORE_WEEKS: Final = 2
"""Weeks that the curve shows beyond the answer."""


def plan_for(basis: Basis, wish: Wish) -> DesignResult:
    """The plan: how long, how many units, what could be seen, and what would save time.

    The length is the first whole number of weeks at whose end every deciding metric has the wanted
    power, with units as the recent history brings them and values as they are over windows of just
    this length. Primary metrics decide (all, where none is); a guardrail with a margin is planned
    for a change of zero and told, but does not decide.

    Args:
        basis: of `basis_of(history)` or `basis_given(…)`.
        wish: what is to be shown.
    """
    ask = Questions(basis, wish)
    for name in wish.effects:
        if name not in {known.metric.name for known in basis.known}:
            raise ParameterError(f"effects names {name!r}, which is no metric of the plan")
    silent = [known for known in ask.deciding if ask.reason(known)]
    days = None if silent or basis.arrivals is None else ask.first_days()
    units = None if silent else ask.units(days)
    metrics = tuple(ask.metric(known, days, units) for known in basis.known)
    verdict, reason = _verdict(ask, days, units, silent)
    shown = [days // WEEK] if days else []
    looks = ask.look_table(days, units)
    ends = ask.expected(days, units)
    return DesignResult(
        experiment=wish.experiment,
        unit=basis.unit,
        source="given" if basis.days is None and not basis.rows else "history",
        arms=tuple(share / sum(wish.split) for share in wish.split),
        alpha=wish.alpha,
        alpha_each=ask.alpha,
        correction=ask.correction,
        wanted=wish.power,
        plan=wish.plan,
        spending=wish.spending if wish.plan == "group-sequential" else None,
        weeks=wish.weeks,
        seed=wish.seed,
        first=basis.first.isoformat() if basis.first else None,
        last=basis.last.isoformat() if basis.last else None,
        history_days=basis.days,
        history_rows=basis.rows,
        days=days,
        size=units,
        inflation=ask.inflation(),
        verdict=verdict,
        reason=reason,
        metrics=metrics,
        curve=()
        if basis.arrivals is None or silent
        else ask.curve(min(YEAR, max([wish.weeks, *(w + MORE_WEEKS for w in shown)]))),
        looks=looks,
        expected_days=ends[0],
        expected_days_null=ends[1],
        weekdays=basis.weekdays,
        left_out=basis.left_out,
        findings=findings_of(metrics, verdict, reason, 1 - wish.alpha),
    )


def _verdict(
    ask: Questions, days: int | None, units: int | None, silent: list[Known]
) -> tuple[Verdict, str]:
    if silent:
        return "unknown", ask.reason(silent[0]) or ""
    if ask.basis.arrivals is None:
        if units is None:
            return "unreachable", "no number of units shows the effect"
        return "size", "nothing is known of how units come, so that no length can be told"
    if days is None:
        return "unreachable", f"{YEAR} weeks do not show the effect of interest"
    if days > WEEK * ask.wish.weeks:
        return "long", f"it takes {days // WEEK} weeks, more than the {ask.wish.weeks} that one has"
    return "run", f"{days // WEEK} weeks show the effect of interest"
