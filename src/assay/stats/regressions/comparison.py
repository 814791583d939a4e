"""One statistic of a candidate's runs against that of a baseline's runs, with a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, inf, sqrt
from typing import TYPE_CHECKING, Final, Literal

from assay.stats.regressions.gap import MOST_RUNS, gap_between, reach, runs_needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from assay.stats.regressions.gap import Gap
    from assay.stats.regressions.rules import Rules

Verdict = Literal["regression", "improvement", "no change", "not enough data"]
EQUIVALENCE: Final = 0.05
"""Error on each side with which "no change" is said."""
_LARGEST: Final = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What happened to one statistic, and what could have been seen.

    Changes are shares of the baseline where ratios are compared, else differences; positive means
    that the candidate's is higher, whichever direction is worse.

    Attributes:
        runs: that count, of the baseline and of the candidate.
        change, low, high: estimate, and its interval of confidence 1 − 2 × level.
        equal_low, equal_high: of confidence 1 − 2 × `EQUIVALENCE`; "no change" is said where both
            are within `smallest` of none.
        level: one-sided, at which this statistic is tested.
        p_worse, p_better: one-sided, of no change.
        freedom: degrees of freedom behind both.
        run_sd: estimated spread between runs beyond what their requests explain; None where no
            side has two runs.
        detectable: smallest worsening found with the rules' power, with these runs.
        runs_needed: of each side, at which `smallest` would be found with that power; None where
            `MOST_RUNS` would not do.
        candidate_runs_needed: the same with the baseline as it is; None where no number would do.
        set_aside: places of runs left out as outlying, of the baseline and of the candidate.
    """

    runs: tuple[int, int]
    change: float
    low: float
    high: float
    equal_low: float
    equal_high: float
    level: float
    p_worse: float
    p_better: float
    freedom: float
    run_sd: float | None
    detectable: float
    runs_needed: int | None
    candidate_runs_needed: int | None
    verdict: Verdict
    reason: str
    set_aside: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def compare_runs(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rules: Rules,
    errors: tuple[Sequence[float] | None, Sequence[float] | None] = (None, None),
) -> Comparison:
    """Whether runs of a candidate differ from runs of a baseline: Welch's test at run level.

    A run is one observation, however many requests it holds: requests of one run share its
    machine, its minute and its luck. With fewer than `gap.WELCH_FROM` runs on a side both share one
    spread, in which the believed one (`Rules.run_sd`, and the requests' own error) counts as one
    run more. With one run on each side nothing is seen of it, and only a change of a factor is
    beyond doubt.

    Single runs farther than `gap.OUTLYING` robust standard deviations from the median of their side
    are set aside and named, at most one in ten, or one of fewer than ten.

    Args:
        baseline: one value per run; NaN where a run failed.
        candidate: the same of what is judged.
        rules: what counts as a change.
        errors: standard error within each run, relative (or in the values' unit where differences
            are compared); None where unknown.

    Raises:
        DataError: where a side has no run, or a value that cannot be compared.

    References:
        Welch (1947), Biometrika 34; Kalibera & Jones (2013), Rigorous benchmarking in reasonable
        time, ISMM (repetitions count at the level at which they vary); Schuirmann (1987), J.
        Pharmacokinetics and Biopharmaceutics 15 (two one-sided tests, for "no change").
    """
    gap = gap_between(baseline, candidate, rules=rules, errors=errors)
    above = gap.p_above()
    tails = (above, 1 - above) if rules.sign > 0 else (1 - above, above)
    return judge(gap, rules, tails=tails, level=rules.alpha)


def judge(gap: Gap, rules: Rules, *, tails: tuple[float, float], level: float) -> Comparison:
    """The verdict on a gap.

    Args:
        gap: estimate and error.
        rules: what counts as a change.
        tails: p-values of no worsening and of no improvement, corrected for tests beside this.
        level: one-sided level at which it is tested by itself.
    """
    half = gap.half(level)
    found = reach(gap.freedom, rules, level) * gap.error
    detectable = abs(_change(rules.sign * found, rules))
    each = runs_needed(gap, rules, level)
    seen = _change(gap.value, rules)
    p = min(tails)
    verdict: Verdict = "not enough data"
    if p < rules.alpha and abs(gap.value) >= rules.threshold:
        verdict = "regression" if tails[0] < tails[1] else "improvement"
        reason = f"{_words(seen, rules)}, p = {p:.2g}"
    elif abs(gap.value) + gap.half(EQUIVALENCE) < rules.threshold:
        verdict = "no change"
        reason = f"changes of {_words(rules.smallest, rules)} are ruled out either way"
    elif detectable > rules.smallest:
        takes = f"{each}" if each else f"more than {MOST_RUNS:,}"
        reason = (
            f"a change of {_words(detectable, rules)} could have been seen; "
            f"one of {_words(rules.smallest, rules)} takes {takes} runs on each side"
        )
    else:
        reason = (
            f"{_words(seen, rules)} is neither clear of zero nor of {_words(rules.smallest, rules)}"
        )
        if p < rules.alpha:
            reason = f"{_words(seen, rules)} may or may not reach {_words(rules.smallest, rules)}"
    return Comparison(
        runs=(gap.baseline.n, gap.candidate.n),
        change=seen,
        low=_change(gap.value - half, rules),
        high=_change(gap.value + half, rules),
        equal_low=_change(gap.value - gap.half(EQUIVALENCE), rules),
        equal_high=_change(gap.value + gap.half(EQUIVALENCE), rules),
        level=level,
        p_worse=tails[0],
        p_better=tails[1],
        freedom=gap.freedom,
        run_sd=None if gap.between is None else sqrt(gap.between),
        detectable=detectable,
        runs_needed=each,
        candidate_runs_needed=runs_needed(gap, rules, level, baseline=gap.baseline.n),
        verdict=verdict,
        reason=reason,
        set_aside=(gap.baseline.set_aside, gap.candidate.set_aside),
    )


def _change(scaled: float, rules: Rules) -> float:
    """A difference on the scale of the comparison as the reader's share or difference."""
    if not rules.relative:
        return scaled
    return expm1(scaled) if scaled < _LARGEST else inf


def _words(change: float, rules: Rules) -> str:
    """Of a share "5 %", of a difference the bare number."""
    return f"{100 * change:.3g} %" if rules.relative else f"{change:.3g}"
