"""The size of the trial that would settle whether the cheaper model is as good."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING, Final

from assay.analysis.costs.opportunities.switching.result import Confirming
from assay.stats.planning.outcomes import Mean
from assay.stats.planning.paired_margins import PairedMargin
from assay.stats.planning.paired_outcomes import PairedMean
from assay.stats.planning.power import Claim, units_needed

if TYPE_CHECKING:
    from assay.analysis.costs.opportunities.switching.evidence import Evidence
    from assay.stats.planning.power import Outcome

POWER: Final = 0.8
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
    claim = Claim(alpha=alpha, side="up", bound=-margin)
    outcome = _outcome(evidence, replay=replay)
    design = "replay" if replay else "A/B test"
    per_arm, reason = None, "outcomes do not vary, so that nothing can be planned from them"
    if outcome is not None:
        units = units_needed(outcome, 0.0, wanted=POWER, claim=claim)
        per_arm = None if units is None else ceil(units / 2)
        reason = "" if per_arm is not None else "no number of units shows it"
    return Confirming(
        design=design,  # type: ignore[arg-type]
        unit=unit,
        per_arm=per_arm,
        alpha=alpha,
        power=POWER,
        reason=reason,
    )


def _outcome(evidence: Evidence, *, replay: bool) -> Outcome | None:
    base = min(max(evidence.now, 0.01), 0.99)
    if not replay:
        spread = evidence.spread if evidence.seen == "matched" else base * (1 - base)
        return Mean(base=evidence.now, sd=sqrt(spread)) if spread > 0 else None
    if evidence.discordant is not None:
        share = max(evidence.discordant, _FEWEST_DISCORDANT)
        return PairedMargin(base=base, discordant=share)
    if not evidence.spread > 0:
        return None
    return PairedMean(base=evidence.now, sd=sqrt(evidence.spread / 2), correlation=0.0)
