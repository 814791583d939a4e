"""What the outlook claims: where spending goes, and each budget's state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.core.finding import Estimate, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.analysis.costs.outlook.result import BudgetOutlook, SpendOutlook
    from assay.core.finding import Tone

UNTESTED: Final = "not enough data: too few past sums of 30 days of such spend to test an interval"
_TONES: Final[Mapping[str, Tone]] = {
    "exceeded": "bad",
    "likely over": "bad",
    "at risk": "attention",
    "on track": "good",
}
_ACTIONS: Final[Mapping[str, str]] = {
    "exceeded": "decide on {name}: spend less, or raise it",
    "likely over": "spend less on {name}, or raise it",
    "at risk": "watch {name}",
}
_ORDER: Final = ("exceeded", "likely over", "at risk", "no data", "not enough data")


def outlook_findings(outlook: SpendOutlook) -> tuple[Finding, ...]:
    """Budgets first by how badly they stand, then what thirty days are expected to cost."""
    budgets = sorted(outlook.budgets, key=_urgency)
    return (*(_of_budget(one, outlook) for one in budgets), _of_all(outlook))


def _urgency(one: BudgetOutlook) -> tuple[int, float]:
    place = _ORDER.index(one.state) if one.state in _ORDER else len(_ORDER)
    return place, -(one.probability or 0.0)


def _of_budget(one: BudgetOutlook, outlook: SpendOutlook) -> Finding:
    over = None
    if one.total is not None:
        usd = one.total.usd
        over = Estimate(
            value=_less(usd.value, one.budget),
            low=_less(usd.low, one.budget),
            high=_less(usd.high, one.budget),
        )
    return Finding(
        key=f"outlook/budget/{one.name}",
        what=one.name,
        state=one.state,
        tone=_TONES.get(one.state, "neutral"),
        needs_decision=one.state in {"exceeded", "likely over"} and one.days_left > 0,
        evidence="association",
        unit="USD",
        size=over,
        lift=None,
        n=one.calls,
        confidence=outlook.level,
        action=_ACTIONS.get(one.state, "none").format(name=one.name),
        reason=one.reason,
        since=one.first,
        expected=one.budget,
        seen=one.spent,
    )


def _less(value: float | None, amount: float) -> float | None:
    return None if value is None else value - amount


def _of_all(outlook: SpendOutlook) -> Finding:
    month = next((one for one in outlook.totals if one.label == "30 days"), None)
    return Finding(
        key="outlook/all",
        what="spending to come",
        state="not enough data" if month is None else "foreseen",
        tone="neutral",
        needs_decision=False,
        evidence="association",
        unit="USD",
        size=None if month is None else month.usd,
        lift=None,
        n=outlook.calls,
        confidence=outlook.level,
        action="none",
        reason=outlook.refused or ("" if month else UNTESTED),
        since=outlook.through,
    )
