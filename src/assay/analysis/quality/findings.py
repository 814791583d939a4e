"""What a reader takes away from a report on data quality, as findings without sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from assay.core.finding import Finding

if TYPE_CHECKING:
    from assay.analysis.quality.result import Fit, Fitness, QualityResult
    from assay.core.finding import Estimate, Tone

TONES: Final[dict[Fitness, Tone]] = {"fit": "good", "caveats": "attention", "not fit": "bad"}
_ACTIONS: Final[dict[Fitness, str]] = {
    "fit": "none",
    "caveats": "read with what is said in mind",
    "not fit": "mend the data first",
}


def findings_of(result: QualityResult) -> tuple[Finding, ...]:
    """One per analysis (`fit/costs`), per run of odd days (`volume/DAY`), per mix that moved."""
    return (
        *(_fitness(fit, result) for fit in result.fits),
        *(
            _moved(
                f"volume/{event.first}",
                f"rows per day from {event.first}",
                event.change,
                result,
                n=event.rows,
                reason=f"{event.rows:,} rows where {event.expected:,.0f} were expected",
            )
            for event in result.volume.events
        ),
        *(
            _moved(
                f"mix/{mix.column}",
                f"share of {mix.column} {mix.changes[0].value}",
                mix.changes[0].change,
                result,
                n=result.rows,
                reason=f"weeks chosen otherwise lie as far apart with p = {mix.p_value:.2g}",
            )
            for mix in result.mixes
            if mix.changed
        ),
    )


def _fitness(fit: Fit, result: QualityResult) -> Finding:
    return Finding(
        key=f"fit/{fit.analysis}",
        what=fit.analysis,
        state=fit.verdict,
        tone=TONES[fit.verdict],
        needs_decision=fit.verdict == "not fit" and "was not given" not in fit.reasons[0],
        evidence="rule",
        unit="share",
        size=None,
        lift=None,
        n=result.rows,
        confidence=1 - result.thresholds.alpha,
        action=_ACTIONS[fit.verdict],
        reason="; ".join(fit.reasons),
    )


def _moved(  # noqa: PLR0913  what a finding is made of
    key: str, what: str, change: Estimate, result: QualityResult, *, n: int, reason: str
) -> Finding:
    return Finding(
        key=key,
        what=what,
        state="changed",
        tone="attention",
        needs_decision=False,
        evidence="association",
        unit="share",
        size=change,
        lift=None,
        n=n,
        confidence=1 - result.thresholds.alpha,
        action="find out what happened",
        reason=reason,
    )
