"""Plans with known answers: sizes by closed form, traffic by hand."""

from datetime import UTC, datetime, timedelta
from math import ceil

import numpy as np
import polars as pl
import pytest
from scipy import stats

from assay.analysis.experiments.design.basis import Given, basis_given, basis_of
from assay.analysis.experiments.design.plan import Wish, plan_for
from assay.analysis.experiments.design.simulation import simulated
from assay.core.errors import ParameterError
from assay.core.result import record
from assay.features.history import Layout, summarise_history, unit_values
from assay.params import Metric

DONE = Metric(name="Done", kind="rate", value="done")
SPEND = Metric(name="Spend", kind="mean", value="spend", role="secondary")
ERRORS = Metric(
    name="Errors", kind="rate", value="error", role="guardrail", better="down", margin=0.25
)
START = datetime(2026, 6, 1, tzinfo=UTC)


def newcomers(per_day: int = 100, days: int = 70, seed: int = 1) -> pl.LazyFrame:
    """Every row is a unit of its own, as many on each day."""
    rng = np.random.default_rng(seed)
    n = per_day * days
    return pl.DataFrame(
        {
            "user": np.arange(n),
            "at": [START + timedelta(days=i // per_day, hours=3) for i in range(n)],
            "done": rng.random(n) < 0.3,
            "spend": rng.gamma(2.0, 5.0, n),
            "error": rng.random(n) < 0.08,
        }
    ).lazy()


LAYOUT = Layout(metrics=(DONE, SPEND, ERRORS), unit="user", time="at")


@pytest.fixture(scope="module")
def basis():
    return basis_of(summarise_history(newcomers(), LAYOUT))


def metric_of(plan, name):
    return next(one for one in plan.metrics if one.metric == name)


def closed_form(base, lift, *, alpha=0.05, power=0.8):
    z = stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power)
    after = base * (1 + lift)
    return 2 * z * z * (base * (1 - base) + after * (1 - after)) / (base * lift) ** 2


def test_the_length_is_the_first_whole_week_that_brings_the_size(basis):
    plan = plan_for(basis, Wish(effect=0.15, weeks=8))
    done = metric_of(plan, "Done")
    needed = closed_form(done.base, 0.15)
    assert done.sizes[1].units == ceil(needed)
    assert plan.days == 7 * ceil(needed / 700)
    assert plan.size == 100 * plan.days
    assert (plan.verdict, plan.first, plan.history_days) == ("run", "2026-06-01", 70)
    assert done.power >= 0.8 > plan.curve[plan.days // 7 - 2].power
    assert [p.units for p in plan.curve] == [700 * (i + 1) for i in range(len(plan.curve))]


def test_the_curve_falls_and_its_change_has_the_wanted_power(basis):
    plan = plan_for(basis, Wish(effect=0.15))
    seen = [point.detectable for point in plan.curve]
    assert seen == sorted(seen, reverse=True)
    again = plan_for(basis, Wish(effect=seen[2] * (1 + 1e-9)))
    assert again.days == 21


def test_beyond_the_history_traffic_goes_on_at_its_pace(basis):
    plan = plan_for(basis, Wish(effect=0.05, weeks=8))
    assert plan.verdict == "long"
    point = next(p for p in plan.curve if p.days == 7 * 12)
    assert (point.extrapolated, point.units, point.low) == (True, 8_400, None)
    assert not next(p for p in plan.curve if p.days == 70).extrapolated


def test_an_effect_out_of_reach_within_a_year(basis):
    plan = plan_for(basis, Wish(effect=0.001, weeks=4))
    assert (plan.verdict, plan.days) == ("unreachable", None)
    assert plan.size > 52 * 700
    assert metric_of(plan, "Done").sizes[0].days is None
    assert plan.curve[-1].days == 28
    values = unit_values(newcomers(), LAYOUT, days=None)
    assert simulated(plan, values).operating == ()


def test_without_times_there_is_a_size_and_no_length():
    layout = Layout(metrics=(DONE,), unit="user")
    plan = plan_for(basis_of(summarise_history(newcomers(), layout)), Wish(effect=0.2))
    assert (plan.verdict, plan.days, plan.curve) == ("size", None, ())
    assert plan.size == ceil(closed_form(metric_of(plan, "Done").base, 0.2))


def test_too_little_history_is_no_plan():
    few = newcomers(per_day=2, days=6)
    plan = plan_for(basis_of(summarise_history(few, LAYOUT)), Wish())
    assert (plan.verdict, plan.days, plan.size) == ("unknown", None, None)
    assert plan.reason.startswith("too little history: 12 units")
    assert simulated(plan, unit_values(few, LAYOUT, days=None)).operating == ()


def test_an_effect_that_would_be_too_small_to_matter():
    metric = DONE.model_copy(update={"equivalence": 0.2})
    layout = Layout(metrics=(metric,), unit="user", time="at")
    plan = plan_for(basis_of(summarise_history(newcomers(), layout)), Wish(effect=0.15))
    assert plan.verdict == "unknown"
    assert "inside the region too small to matter" in plan.reason


def test_a_region_makes_it_longer(basis):
    layout = Layout(
        metrics=(DONE.model_copy(update={"equivalence": 0.03}),), unit="user", time="at"
    )
    held = plan_for(basis_of(summarise_history(newcomers(), layout)), Wish(effect=0.15))
    assert held.days > plan_for(basis, Wish(effect=0.15)).days
    assert metric_of(held, "Done").bound == 0.03


def test_a_guardrail_is_planned_for_no_change_against_its_margin(basis):
    errors = metric_of(plan_for(basis, Wish(effect=0.15)), "Errors")
    assert (errors.effect, errors.bound, errors.decides) == (0.0, 0.25, False)
    (size,) = errors.sizes
    z = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    variance = errors.base * (1 - errors.base)
    expected = 2 * z * z * variance * (1 + 1.25**2) / (0.25 * errors.base) ** 2
    assert size.units == pytest.approx(expected, rel=0.02)
    assert errors.detectable < 0.25


def test_several_arms_and_metrics_pay(basis):
    two = plan_for(basis, Wish(effect=0.15))
    three = plan_for(basis, Wish(effect=0.15, split=(1, 1, 1)))
    assert three.alpha_each == pytest.approx(0.0270, abs=0.0002)  # Dunnett 2.212, two-sided .05
    assert "Dunnett" in three.correction
    assert three.size > 1.5 * two.size
    layout = Layout(
        metrics=(DONE, SPEND.model_copy(update={"role": "primary"})), unit="user", time="at"
    )
    both = plan_for(basis_of(summarise_history(newcomers(), layout)), Wish(effect=0.15))
    assert both.alpha_each == 0.025
    assert [one.decides for one in both.metrics] == [True, True]
    assert min(one.power for one in both.metrics) >= 0.8


def test_an_unequal_split_takes_more(basis):
    even = metric_of(plan_for(basis, Wish(effect=0.15)), "Done").sizes[1].units
    uneven = metric_of(plan_for(basis, Wish(effect=0.15, split=(9, 1))), "Done").sizes[1].units
    assert uneven / even == pytest.approx(1 / (4 * 0.1 * 0.9), rel=0.05)


def test_looks_cost_a_little_and_end_early(basis):
    once = plan_for(basis, Wish(effect=0.15))
    plan = plan_for(basis, Wish(effect=0.15, plan="group-sequential", looks=4))
    assert plan.inflation == pytest.approx(1.02, abs=0.01)
    assert [look.fraction for look in plan.looks] == [0.25, 0.5, 0.75, 1.0]
    assert plan.looks[-1].stops_null == pytest.approx(0.05, abs=1e-9)
    assert plan.looks[-1].days == plan.days >= once.days
    assert plan.expected_days < plan.days
    always = plan_for(basis, Wish(effect=0.15, plan="anytime"))
    assert always.inflation > 1.5
    assert always.looks == ()


@pytest.mark.parametrize("kind", ["once", "group-sequential"])
def test_the_simulated_plan_keeps_what_the_formula_promises(basis, kind):
    plan = plan_for(basis, Wish(effect=0.15, plan=kind, looks=3, seed=4))
    values = unit_values(newcomers(), LAYOUT, days=plan.days)
    found = simulated(plan, values, runs=2_000)
    null, real = found.operating
    assert null.claimed == pytest.approx(0.05, abs=3.5 * null.claimed_error)
    assert real.claimed == pytest.approx(real.predicted, abs=0.015 + 3 * real.claimed_error)
    assert real.exaggeration > 1
    assert real.wrong < 0.01
    if kind == "group-sequential":
        assert real.days == pytest.approx(plan.expected_days, abs=2)
        assert real.units < null.units <= plan.size
    record(found, kind="ab-design")
    assert simulated(plan, values, runs=2_000) == found


def test_covariates_save_what_they_explain():
    rng = np.random.default_rng(3)
    users, days = 300, 63
    habit = rng.gamma(2.0, 1.0, users)
    user, day = np.repeat(np.arange(users), days), np.tile(np.arange(days), users)
    frame = pl.DataFrame(
        {
            "user": user,
            "at": [START + timedelta(days=int(d)) for d in day],
            "spend": rng.poisson(habit[user]),
        }
    ).lazy()
    metric = Metric(name="Spend", kind="mean", value="spend")
    layout = Layout(metrics=(metric,), unit="user", time="at")
    basis = basis_of(summarise_history(frame, layout))
    plain = metric_of(plan_for(basis, Wish(effect=0.1)), "Spend")
    used = metric_of(plan_for(basis, Wish(effect=0.1, adjust=True)), "Spend")
    assert plain.seen_before == 1.0
    assert plain.rho_squared > 0.9
    assert (plain.adjusted, used.adjusted) == (False, True)
    planned = plan_for(basis, Wish(effect=0.1, adjust=True))
    assert planned.verdict == "run"
    _, real = simulated(planned, unit_values(frame, layout, days=planned.days)).operating
    assert real.claimed == pytest.approx(real.predicted, abs=0.03 + 3 * real.claimed_error)
    ratio = used.sizes[1].units / used.sizes[1].units_plain
    assert ratio == pytest.approx(1 - used.rho_squared, rel=0.1)


def test_values_that_are_given():
    given = {"Done": Given(base=0.1), "Spend": Given(base=10.0, sd=20.0, cluster=20, icc=0.05)}
    basis = basis_given((DONE, SPEND), given, unit="user_id", units_per_day=1_000)
    plan = plan_for(basis, Wish(effect=0.1))
    assert (plan.source, plan.verdict) == ("given", "run")
    assert metric_of(plan, "Done").sizes[1].units == ceil(closed_form(0.1, 0.1))
    assert plan.days == 7 * ceil(closed_form(0.1, 0.1) / 7_000)
    spend = metric_of(plan, "Spend").sizes[1].units
    z = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    assert spend == pytest.approx(1.95 * 2 * z * z * 400 * (1 + 1.1**2) / 1.0, rel=0.01)
    nobody = plan_for(
        basis_given((DONE,), given, unit="user_id", units_per_day=None), Wish(effect=0.1)
    )
    assert nobody.verdict == "size"


def test_what_is_asked_wrongly_is_refused():
    with pytest.raises(ParameterError, match="no sd"):
        basis_given((SPEND,), {"Spend": Given(base=1.0)}, unit="u", units_per_day=None)
    with pytest.raises(ParameterError, match="no base"):
        basis_given((DONE,), {}, unit="u", units_per_day=None)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        basis_given((DONE,), {"Done": Given(base=1.2)}, unit="u", units_per_day=None)
    with pytest.raises(ParameterError, match="units_per_day"):
        basis_given((DONE,), {"Done": Given(base=0.2)}, unit="u", units_per_day=-1)
    with pytest.raises(ParameterError, match="bsae"):
        Given.of({"bsae": 1.0})
    with pytest.raises(ParameterError, match="without base"):
        Given.of({"sd": 1.0})
    for wrong in (
        {"alpha": 1.0},
        {"power": 0.01},
        {"split": (1.0,)},
        {"split": (1.0, 0.0)},
        {"effect": 0.0},
        {"effects": {"Done": -0.1}},
        {"weeks": 0},
    ):
        with pytest.raises(ParameterError):
            Wish(**wrong)


def test_effects_name_metrics_of_the_plan(basis):
    with pytest.raises(ParameterError, match="Dnoe"):
        plan_for(basis, Wish(effects={"Dnoe": 0.1}))
    plan = plan_for(basis, Wish(effect=0.5, effects={"Done": 0.2}))
    assert metric_of(plan, "Done").effect == 0.2
    assert metric_of(plan, "Spend").effect == 0.5


def test_a_rate_that_cannot_rise_so_far():
    given = {"Done": Given(base=0.9)}
    basis = basis_given((DONE,), given, unit="u", units_per_day=100)
    plan = plan_for(basis, Wish(effect=0.2))
    assert plan.verdict == "unknown"
    assert "cannot change by +0.2" in plan.reason


def test_a_quantile_is_planned_by_its_own_spread():
    """The median of a gamma(2, 5) is 8.39; √(¼) / density there adds 9.4 a unit."""
    metric = Metric(name="Median", kind="quantile", value="spend", quantile=0.5)
    layout = Layout(metrics=(metric,), unit="user", time="at")
    basis = basis_of(summarise_history(newcomers(), layout))
    plan = plan_for(basis, Wish(effect=0.1))
    found = metric_of(plan, "Median")
    assert found.base == pytest.approx(stats.gamma.ppf(0.5, 2, scale=5), rel=0.03)
    expected = 0.5 / stats.gamma.pdf(stats.gamma.ppf(0.5, 2, scale=5), 2, scale=5)
    assert found.sd == pytest.approx(expected, rel=0.25)
    assert found.rho_squared is None
    assert simulated(plan, unit_values(newcomers(), layout, days=plan.days)).operating == ()


def test_a_time_until_an_event_is_refused_with_what_helps():
    metric = Metric(name="Time", kind="time_to_event", value="spend", event="error", horizon=30)
    layout = Layout(metrics=(metric,), unit="user", time="at")
    plan = plan_for(basis_of(summarise_history(newcomers(), layout)), Wish(effect=0.1))
    assert plan.verdict == "unknown"
    assert "Hazard" in plan.reason


def test_rare_events_are_counted():
    basis = basis_given((DONE,), {"Done": Given(base=0.0005)}, unit="u", units_per_day=1_000)
    plan = plan_for(basis, Wish(effect=3.0))
    done = metric_of(plan, "Done")
    assert done.rare == pytest.approx(plan.size / 2 * 0.0005)
    assert (done.exact, simulated(plan, {"Done": (np.zeros(500),)}).operating) == (True, ())
    assert done.power >= 0.8
    again = plan_for(basis, Wish(effect=done.detectable * (1 + 1e-6)))
    assert again.days == plan.days
