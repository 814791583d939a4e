"""The size of the trial that would settle whether the cheaper model is as good."""

from __future__ import annotations

from math import ceil, inf, sqrt
from typing import TYPE_CHECKING, Final

from assay.analysis.costs.opportunities.switching.result import Confirming
from assay.stats.planning.estimated_spread import stretched_for_estimate
from assay.stats.planning.outcomes import Mean
from assay.stats.planning.paired_margins import pairs_needed
from assay.stats.planning.paired_outcomes import PairedMean
from assay.stats.planning.power import Claim, units_needed

if TYPE_CHECKING:
    from assay.analysis.costs.opportunities.switching.evidence import Evidence
    from assay.stats.planning.power import Outcome

POWER: Final = 0.82
"""Two points above the 80 % that are promised: the spread that a trial is planned with is itself an
estimate, and tests of few items are approximate."""
_FEWEST_DISCORDANT: Final = 0.01
"""Share of items that is planned to differ at least: none in few items is not none at all."""


def trial_of(
    evidence: Evidence, *, margin: float, alpha: float, unit: str, replay: bool
) -> Confirming:
    """Units per arm so that two equally good ones are told to be within the margin.

    Args:
        evidence: from which the spread of outcomes is taken.
        margin: loss that is allowed.
        alpha: one-sided error of the trial's claim.
        unit: what is assigned or replayed.
        replay: the same items by both; else an A/B test of units.
    """
    design = "replay" if replay else "A/B test"
    per_arm, reason = _per_arm(evidence, margin=margin, alpha=alpha, replay=replay), ""
    if per_arm is None:
        reason = "outcomes do not vary, so that nothing can be planned from them"
    return Confirming(
        design=design,  # type: ignore[arg-type]
        unit=unit,
        per_arm=per_arm,
        alpha=alpha,
        power=POWER,
        reason=reason,
    )


def _per_arm(evidence: Evidence, *, margin: float, alpha: float, replay: bool) -> int | None:
    """Units of an arm; None where nothing is known of how they vary."""
    if replay and evidence.discordant is not None:
        share = max(evidence.discordant, _FEWEST_DISCORDANT)
        return pairs_needed(discordant=share, margin=margin, alpha=alpha, wanted=POWER)
    spread, freedom = evidence.spread, float(max(evidence.clusters - 1, 1))
    if not replay and evidence.seen == "paired":  # of single requests nothing but the rate is known
        spread, freedom = evidence.now * (1 - evidence.now), inf
    if not spread > 0:
        return None
    outcome: Outcome = Mean(base=evidence.now, sd=sqrt(spread))
    if replay:  # of an item's difference, whatever the two have in common
        outcome = PairedMean(base=evidence.now, sd=sqrt(spread / 2), correlation=0.0)
    claim = Claim(alpha=alpha, side="up", bound=-margin)
    units = units_needed(outcome, 0.0, wanted=POWER, claim=claim)
    if units is None:
        return None
    stretch = stretched_for_estimate(freedom=freedom, alpha=alpha, wanted=POWER)
    return ceil(units / 2 * stretch)
