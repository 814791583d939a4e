"""What is believed of a lift before an experiment has data: from the project's past, or stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.stats.bayes.mixture import Mixture
from assay.stats.bayes.priors import DEFAULT, ENOUGH, SCEPTICAL, fit_prior

Past = Mapping[str, Sequence[tuple[float, float]]]
"""Metric → (log lift, standard error) of each past experiment that measured it."""


@dataclass(frozen=True, slots=True)
class Prior:
    """A distribution of the log lift, and how a method appendix calls it."""

    log_lift: Mixture
    words: str


STATED = Prior(DEFAULT, f"normal on the log lift, mean 0, sd {DEFAULT.sd:.2f}")
DOUBT = Prior(SCEPTICAL, f"sceptical: normal on the log lift, mean 0, sd {SCEPTICAL.sd:.2f}")
FLAT = "flat"


def prior_of(metric: str, past: Past | None) -> Prior:
    """The prior of one metric: fitted where at least ten past experiments measured it."""
    mine = () if past is None else past.get(metric, ())
    if len(mine) < ENOUGH:
        return STATED
    found = fit_prior(mine)
    return Prior(
        found.prior,
        f"fitted from {found.experiments} past experiments: log lifts about {found.mean:+.3f}, "
        f"sd {found.spread:.3f} ({found.spread_low:.3f} to {found.spread_high:.3f})",
    )
