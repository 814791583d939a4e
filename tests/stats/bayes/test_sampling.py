import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from assay.core.errors import DataError
from assay.stats.bayes import sampling
from assay.stats.bayes.convergence import bulk_ess, rank_rhat, tail_ess
from assay.stats.bayes.hierarchy import Places, log_density, log_likelihood
from assay.stats.bayes.sampling import Refused, Sampled, SamplerMissingError, judged, sample

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "references" / "hierarchy_posterior.json").read_text()
)
CASES = REFERENCE["cases"]
needs_sampler = pytest.mark.skipif(
    not sampling.available(), reason="the sampler is not installed (extra assay[bayes])"
)


def places_of(case):
    columns = ("events", "trials", "events_control", "trials_control")
    return Places(
        kind=case["kind"],
        **{name: np.array(case[name], float) for name in columns},
        shape=case["shape"] or np.inf,
        scale=case["scale"],
    )


@pytest.mark.parametrize("name", CASES)
def test_density_and_gradient_agree_with_pymc(name):
    """Densities differ by a constant (PyMC keeps the normalising ones), so their gaps are held."""
    case = CASES[name]
    found = [log_density(np.array(at["point"]), places_of(case)) for at in case["densities"]]
    first = case["densities"][0]["log_density"] - found[0][0]
    for (value, gradient), theirs in zip(found, case["densities"], strict=True):
        assert theirs["log_density"] - value == pytest.approx(first, abs=1e-6)
        assert gradient == pytest.approx(theirs["gradient"], rel=1e-7, abs=1e-7)


@needs_sampler
@pytest.mark.parametrize("name", ["rate", "over-dispersed count"])
def test_posterior_agrees_with_pymc(name):
    """Bands of five Monte Carlo standard errors, at the 600 effective draws that are had at least."""
    case = CASES[name]
    found = sample(places_of(case), seed=3)
    assert isinstance(found, Sampled), found
    sd = np.array(case["lift_sd"])
    assert (np.abs(found.log_lift.mean(axis=0) - case["lift_mean"]) < 5 * sd / 600**0.5).all()
    quantiles = np.quantile(found.log_lift, (0.025, 0.975), axis=0)
    theirs = np.array(case["lift_quantiles"])[[0, 2]]
    assert (np.abs(quantiles - theirs) < 0.25 * sd).all()
    assert np.median(found.spread) == pytest.approx(case["spread_quantiles"][1], rel=0.15)


@needs_sampler
def test_posterior_agrees_with_a_grid():
    """One place: three unknowns are left (level, effect, spread), integrated on a grid of ours."""
    places = Places(
        kind="rate",
        events=np.array([9.0]),
        trials=np.array([60.0]),
        events_control=np.array([3.0]),
        trials_control=np.array([70.0]),
    )
    level = np.linspace(-7, 2, 361)[:, None]
    effect = np.linspace(-4, 5, 401)[None, :]  # marginal: N(0, 1 + τ²), averaged over τ
    tau = (np.arange(200) + 0.5) / 200 * 1.5
    prior = np.exp(-(tau**2) / 0.3**2 / 2)
    spread2 = 1 + tau**2
    marginal = (prior[:, None] / np.sqrt(spread2)[:, None]
                * np.exp(-(effect**2) / spread2[:, None] / 2)).sum(axis=0)  # fmt: skip
    log_p = -(level**2) / (1.5**2 + 5**2) / 2 + np.log(marginal)
    log_p = log_p + log_likelihood(places, (level + effect / 2)[..., None], treated=True)[..., 0]
    log_p = log_p + log_likelihood(places, (level - effect / 2)[..., None], treated=False)[..., 0]
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    lift = np.log(expit(level + effect / 2) / expit(level - effect / 2))
    mean = float((p * lift).sum())
    sd = float(np.sqrt((p * (lift - mean) ** 2).sum()))
    found = sample(places, seed=1)
    assert isinstance(found, Sampled)
    assert found.log_lift.mean() == pytest.approx(mean, abs=5 * sd / 600**0.5)
    assert found.log_lift.std() == pytest.approx(sd, rel=0.15)


@needs_sampler
def test_the_same_seed_gives_the_same_draws_and_no_success_is_no_harm():
    places = Places(
        kind="rate",
        events=np.array([0.0, 0, 2]),
        trials=np.array([40.0, 30, 50]),
        events_control=np.array([0.0, 1, 0]),
        trials_control=np.array([40.0, 35, 45]),
    )
    one, other = (sampling._draw(places, 5, 60, 60, 2, 0.8)[0] for _ in range(2))
    assert one.shape == (2, 60, places.size)
    assert (one == other).all()
    assert np.isfinite(one).all()


def chains(rng, quantities=1, several=4, size=800):
    return rng.normal(size=(several, size, quantities))


def test_chains_that_disagree_are_refused():
    places = Places(
        kind="count",
        events=np.array([3.0]),
        trials=np.array([4.0]),
        events_control=np.array([2.0]),
        trials_control=np.array([4.0]),
    )
    rng = np.random.default_rng(0)
    good = chains(rng, places.size)
    assert isinstance(judged(good, 0, places), Sampled)
    apart = good.copy()
    apart[1, :, 0] += 1
    found = judged(apart, 0, places)
    assert isinstance(found, Refused)
    assert "R-hat" in found.reason
    diverged = judged(good, 2, places)
    assert isinstance(diverged, Refused)
    assert "2 of the sampler’s steps diverged" in diverged.reason
    few = judged(np.cumsum(good, axis=1) * 0.01, 0, places)
    assert isinstance(few, Refused)
    assert isinstance(judged(good[:, :90], 0, places), Refused)
    broken = good.copy()
    broken[0, 0, 0] = np.nan
    assert isinstance(judged(broken, 0, places), Refused)


def test_without_the_sampler_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nutpie", None)
    places = Places(kind="count", events=np.ones(2), trials=np.ones(2),
                    events_control=np.ones(2), trials_control=np.ones(2))  # fmt: skip
    with pytest.raises(SamplerMissingError) as error:
        sample(places, seed=0)
    assert "assay[bayes]" in error.value.remedy


@pytest.mark.parametrize("changes", [
    {"events": np.array([5.0])}, {"events": np.array([-1.0])}, {"trials": np.ones(2)}, {"shape": 0.0},
])  # fmt: skip
def test_impossible_places_are_refused(changes):
    fine = {"kind": "rate", "events": np.ones(1), "trials": np.full(1, 3.0),
            "events_control": np.ones(1), "trials_control": np.full(1, 3.0)}  # fmt: skip
    with pytest.raises(DataError):
        Places(**(fine | changes))


def autoregressive(phi, size, shift=0.0):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(4, size))
    found = np.zeros((4, size))
    for t in range(1, size):
        found[:, t] = phi * found[:, t - 1] + noise[:, t]
    found[2] += shift
    return found[None]


ARVIZ = {
    # (phi, size, shift): R-hat, bulk ESS, tail ESS by ArviZ 0.23.4 on the same chains
    (0.0, 1000, 0.0): (1.0003276416392384, 3927.617244678235, 4027.6939473544007),
    (0.5, 1000, 0.3): (1.0064556797618824, 1289.487823492335, 2467.0270760137805),
    (0.95, 1000, 0.3): (1.052465674418705, 95.37530774939977, 180.45408627156485),
    (0.5, 101, 0.0): (1.0083715333810306, 142.70567732288657, 213.24178134265102),
}


@pytest.mark.parametrize("case", ARVIZ)
def test_diagnostics_agree_with_arviz(case):
    draws = autoregressive(*case)
    found = rank_rhat(draws)[0], bulk_ess(draws)[0], tail_ess(draws)[0]
    assert found == pytest.approx(ARVIZ[case], rel=1e-9)


def test_independent_draws_are_worth_themselves():
    draws = np.random.default_rng(1).normal(size=(20, 4, 1000))
    assert bulk_ess(draws).mean() == pytest.approx(4000, rel=0.05)
    assert rank_rhat(draws).max() < 1.01
    with pytest.raises(DataError):
        rank_rhat(draws[:, :, :3])
