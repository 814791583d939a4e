"""Hand-made results of A/B tests: one for each thing that a report must be able to say.

Intervals are normal ones around given values; the lift is the difference over the control, which is
what Fieller's interval comes to where the control is known well. Present never computes any of it.
"""

from dataclasses import replace
from statistics import NormalDist

from assay.analysis.experiments.result import (
    ABTestResult,
    ArmCount,
    Comparison,
    Lift,
    Method,
    Posterior,
    SampleRatio,
    SegmentComparison,
)
from assay.core.finding import Estimate, Finding
from assay.core.provenance import LeftOut
from assay.core.result import record

CRITICAL = 1.96
WELCH = "Welch t"


def comparison(
    metric="Task success",
    *,
    before=0.701,
    after=0.733,
    error=0.0042,
    unit="share",
    kind="rate",
    role="primary",
    better="up",
    equivalence=None,
    margin=None,
    verdict="ship",
    reason="the interval lies above zero",
    arm="greeting-v2",
    control="control",
    n=24_131,
    n_control=24_079,
    missing=0,
    missing_control=0,
    unbounded=False,
    refused=False,
    blocked_posterior=False,
    theta=None,
    needed_n=None,
) -> Comparison:
    difference = after - before
    ends = Estimate(
        value=difference, low=difference - CRITICAL * error, high=difference + CRITICAL * error
    )
    spread = NormalDist(difference, error)
    gain = spread if better == "up" else NormalDist(-difference, error)
    lift = Lift(
        value=difference / before if before else None,
        low=ends.low / before if before and not unbounded else None,
        high=ends.high / before if before and not unbounded else None,
        unbounded=unbounded,
        reason="the control cannot be told from zero" if unbounded else None,
    )
    if refused:
        ends = Estimate(value=difference, low=None, high=None)
        lift = Lift(value=lift.value, low=None, high=None, unbounded=False, reason=reason)
    standard = NormalDist()
    z = gain.mean / error
    loss_ship = error * standard.pdf(z) - gain.mean * standard.cdf(-z)
    quantiles = tuple(spread.inv_cdf((i + 0.5) / 50) / before for i in range(50)) if before else ()
    posterior = Posterior(
        unit=unit,
        p_better=None if blocked_posterior else 1 - gain.cdf(0),
        difference=ends,
        lift=Estimate(value=lift.value, low=lift.low, high=lift.high),
        expected_loss_ship=None if blocked_posterior else max(0.0, loss_ship),
        expected_loss_keep=None if blocked_posterior else max(0.0, loss_ship + gain.mean),
        prior="uniform on each rate"
        if kind == "rate"
        else "normal on the difference, sd 30 % of control",
        method="exact Beta-Binomial" if kind == "rate" else "normal-normal",
        reason="no chance can be given" if blocked_posterior else None,
        lift_quantiles=() if blocked_posterior else quantiles,
    )
    method = Method(
        name=WELCH,
        per_unit="any interaction solved" if kind == "rate" else "sum over interactions",
        unit=unit,
        standard_error=None if refused else error,
        degrees_of_freedom=None if refused else 48_187.3,
        critical_value=None if refused else CRITICAL,
        fieller_g=None if refused else 1.4 if unbounded else 0.0003,
        theta=theta,
        rho_squared=None if theta is None else 0.31,
        unadjusted=None if theta is None else ends,
    )
    return Comparison(
        metric=metric, kind=kind, role=role, better=better, unit=unit, arm=arm, control=control,
        n=n, n_control=n_control, missing=missing, missing_control=missing_control,
        value=after, value_control=before, difference=ends, lift=lift,
        p_value=None if refused else 2 * standard.cdf(-abs(difference / error)),
        posterior=posterior, method=method, equivalence=equivalence, margin=margin,
        verdict=verdict, reason=reason, needed_n=needed_n,
    )  # fmt: skip


SUCCESS = comparison(equivalence=0.01)
COST = comparison(
    "Cost per solved task", before=0.118, after=0.110, error=0.0025, unit="USD", kind="ratio",
    role="secondary", better="down",
)  # fmt: skip
RATING = comparison(
    "User rating", before=0.71, after=0.72, error=0.0075, unit="1", kind="mean", role="secondary",
    verdict="undecided", reason="the interval contains zero",
    n=9_412, n_control=9_105, missing=14_719, missing_control=14_974,
)  # fmt: skip
LATENCY = comparison(
    "Latency", before=2.1, after=2.14, error=0.029, unit="s", kind="mean", role="guardrail",
    better="down", margin=0.05, verdict="ship", reason="the interval lies within the margin",
)  # fmt: skip
ESCALATIONS = comparison(
    "Escalations", before=0.051, after=0.050, error=0.002, role="guardrail", better="down",
    verdict="undecided", reason="the interval contains zero",
)  # fmt: skip
HELD = comparison(
    "Latency", before=2.1, after=2.17, error=0.04, unit="s", kind="mean", role="guardrail",
    better="down", margin=0.05, verdict="undecided", needed_n=21_000,
    reason="the interval reaches beyond the margin",
)  # fmt: skip
HARMED = comparison(
    "Latency", before=2.1, after=2.31, error=0.03, unit="s", kind="mean", role="guardrail",
    better="down", margin=0.05, verdict="keep", reason="the interval lies beyond the margin",
)  # fmt: skip
WORSE = comparison(before=0.733, after=0.701, verdict="keep", reason="the interval lies below zero")
SMALL = comparison(
    before=0.701, after=0.702, error=0.001, equivalence=0.01, verdict="keep",
    reason="the interval lies inside the region of no interest",
)  # fmt: skip
UNSURE = comparison(
    before=0.701, after=0.706, error=0.006, equivalence=0.01, verdict="undecided",
    reason="the interval contains zero", needed_n=124_000,
)  # fmt: skip
GAINLESS = comparison(
    before=0.701, after=0.699, error=0.0035, equivalence=0.01, verdict="keep",
    reason="the interval excludes every gain that matters",
)  # fmt: skip
EDGE = comparison(
    before=0.701, after=0.709, error=0.0036, equivalence=0.01, verdict="undecided",
    reason="the interval reaches into the region of no interest",
)  # fmt: skip
UNBOUNDED = comparison(
    "Refunds", before=0.0004, after=0.0021, error=0.0005, unbounded=True, verdict="ship",
)  # fmt: skip
REFUSED = comparison(
    "Conversions", before=0.0002, after=0.0001, error=0.0001, refused=True, verdict="undecided",
    reason="not enough data: 3 successes of 24,131 in greeting-v2, needs at least 5 in each arm",
)  # fmt: skip

BALANCED = SampleRatio(
    p_value=0.813, ok=True, threshold=0.001, statistic=0.056,
    arms=(
        ArmCount(arm="control", n=24_079, share=0.4995, expected=0.5),
        ArmCount(arm="greeting-v2", n=24_131, share=0.5005, expected=0.5),
    ),
)  # fmt: skip
UNBALANCED = SampleRatio(
    p_value=2.3e-21, ok=False, threshold=0.001, statistic=90.1,
    arms=(
        ArmCount(arm="control", n=24_079, share=0.522, expected=0.5),
        ArmCount(arm="greeting-v2", n=22_031, share=0.478, expected=0.5),
    ),
)  # fmt: skip
UNTESTED = replace(
    BALANCED, p_value=None, statistic=None, reason="arms share their items, so that sizes are equal"
)
TWICE = LeftOut(
    what="units in more than one arm",
    count=12,
    reason="which arm acted on them cannot be told",
    share=12 / 48_222,
)


def finding(c: Comparison) -> Finding:
    return Finding(
        key=f"{c.metric}/{c.arm}", what=c.metric, state=c.verdict, tone="neutral",
        needs_decision=c.verdict != "undecided", evidence="randomised", unit=c.unit,
        size=c.difference, lift=c.lift, n=c.n + c.n_control, confidence=0.95, action="",
        reason=c.reason,
    )  # fmt: skip


def result(*comparisons: Comparison, verdict="ship", **changes) -> ABTestResult:
    made = ABTestResult(
        experiment="greeting-v2", design="independent", unit="user_id", control="control",
        arms=("control", *dict.fromkeys(c.arm for c in comparisons)),
        n=48_210, rows=201_442, first="2026-10-09", last="2026-11-19", alpha=0.05, seed=0,
        comparisons=comparisons, segments=(), sample_ratio=BALANCED, left_out=(TWICE,),
        verdict=verdict, arm=comparisons[0].arm, reason="",
        findings=tuple(finding(c) for c in comparisons),
    )  # fmt: skip
    return replace(made, **changes)


def segment(name, *, column="user_type", **changes) -> SegmentComparison:
    return SegmentComparison(column=column, segment=name, comparison=comparison(**changes))


def blocked(c: Comparison) -> Comparison:
    return replace(c, verdict="blocked", reason="the arms do not have the planned sizes")


MENS = {"arm": "mens", "control": "none"}
HEADLINE = "The only thing out of control about spending is the people talking about it"
WOMENS = {"arm": "womens", "control": "none"}

RESULTS = {
    "ship": result(SUCCESS, COST, RATING, LATENCY, ESCALATIONS),
    "ship, guardrails kept": result(SUCCESS, COST, LATENCY),
    "ship, no guardrails": result(comparison()),
    "held back": result(SUCCESS, COST, HELD, verdict="undecided"),
    "harmed": result(SUCCESS, HARMED, verdict="keep"),
    "worse": result(WORSE, LATENCY, verdict="keep"),
    "too small": result(SMALL, verdict="keep"),
    "no gain": result(GAINLESS, verdict="keep"),
    "undecided": result(UNSURE, RATING, verdict="undecided"),
    "edge of the region": result(EDGE, verdict="undecided"),
    "unbounded": result(UNBOUNDED),
    "refused": result(REFUSED, verdict="undecided"),
    "no posterior": result(comparison(blocked_posterior=True)),
    "blocked": result(
        *map(blocked, (SUCCESS, LATENCY)), verdict="blocked", sample_ratio=UNBALANCED, n=46_110,
        reason="the arms do not have the planned sizes",
    ),
    "several arms": result(
        comparison("Visit", before=0.106, after=0.183, error=0.0034, n=21_307, n_control=21_306, **MENS),
        comparison("Visit", before=0.106, after=0.151, error=0.0032, n=21_387, n_control=21_306, **WOMENS),
        comparison("Spend", before=0.653, after=1.423, error=0.145, unit="USD", kind="mean",
                   role="secondary", n=21_307, n_control=21_306, **MENS),
        comparison("Spend", before=0.653, after=1.077, error=0.13, unit="USD", kind="mean",
                   role="secondary", n=21_387, n_control=21_306, **WOMENS),
        experiment="", control="none", arms=("none", "mens", "womens"), arm="mens", unit="row",
        n=64_000, rows=64_000, first=None, last=None, left_out=(),
        sample_ratio=SampleRatio(
            p_value=0.904, ok=True, threshold=0.001, statistic=0.2,
            arms=(
                ArmCount(arm="none", n=21_306, share=0.3329, expected=1 / 3),
                ArmCount(arm="mens", n=21_307, share=0.3329, expected=1 / 3),
                ArmCount(arm="womens", n=21_387, share=0.3342, expected=1 / 3),
            ),
        ),
    ),
    "paired": result(
        comparison("Win rate", before=0.41, after=0.46, error=0.011, n=805, n_control=805),
        design="paired", unit="instruction_id", n=805, rows=1_610, sample_ratio=UNTESTED,
        first=None, last=None, left_out=(),
    ),
    "covariate": result(comparison("Spend", before=10.2, after=10.9, error=0.2, unit="USD", kind="mean", theta=0.49)),
    "segments": result(
        SUCCESS, RATING,
        segments=(
            segment("support desk", after=0.741, error=0.009, n=9_470, n_control=9_460),
            segment("sales", after=0.733, error=0.0088, n=7_700, n_control=7_702),
            segment("internal", after=0.730, error=0.012, n=4_050, n_control=4_070),
            segment("trial", after=0.725, error=0.014, n=2_911, n_control=2_847, verdict="undecided"),
        ),
    ),
    "many metrics": result(
        *(comparison(f"Metric {letter}") for letter in "abc"),
        *(replace(RATING, metric=f"Rating {letter}", role="secondary") for letter in "abcdefgh"),
        verdict="ship",
    ),
    "many segments": result(
        SUCCESS,
        segments=tuple(
            segment(f"Region {i}", column="region", verdict="undecided" if i % 5 else "ship")
            for i in range(30)
        ),
    ),
    "headlines": result(
        *(comparison("Clicks", arm=f"{HEADLINE} {i}", control=HEADLINE) for i in (1, 2, 3)),
        experiment="", control=HEADLINE, arms=(HEADLINE, *(f"{HEADLINE} {i}" for i in (1, 2, 3))),
        verdict="undecided", left_out=(),
    ),
    "one unit, one day": result(
        comparison(n=1, n_control=1), n=1, rows=1, first="2026-10-09", last="2026-10-09", left_out=(),
    ),
}  # fmt: skip
RECORDS = {name: record(made, kind="ab-test") for name, made in RESULTS.items()}
