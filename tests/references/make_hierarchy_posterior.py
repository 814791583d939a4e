"""Makes hierarchy_posterior.json: the models of `assay.stats.bayes.hierarchy`, written again in PyMC.

PyMC makes its own density and gradient (PyTensor, automatic differentiation), and nutpie samples it
with long chains. Stored are the data, the log density and its gradient at fixed points (differences
of densities, since constants differ), and posterior means and quantiles with their Monte Carlo
errors.

Run with PyMC 5.28 and nutpie (neither is needed by the tests):
    python tests/references/make_hierarchy_posterior.py
"""

import json
import sys
from pathlib import Path

import numpy as np
import nutpie
import pymc as pm

SCALE = 0.3


def cases():
    rng = np.random.default_rng(20261121)
    n = np.array([40, 60, 35, 80, 120, 25, 50, 200])
    m = np.array([45, 55, 40, 70, 130, 30, 60, 180])
    control = rng.binomial(m, 0.06)
    treated = rng.binomial(n, [0.06, 0.1, 0.02, 0.08, 0.12, 0.05, 0.2, 0.09])
    control[5] = treated[5] = 0
    yield "rate", "rate", treated, n, control, m, None
    yield "count", "count", rng.poisson(n * 0.15), n, rng.poisson(m * 0.1), m, None
    shape = 0.8
    many = rng.negative_binomial(n * shape, shape / (shape + 0.5))
    fewer = rng.negative_binomial(m * shape, shape / (shape + 0.4))
    yield "over-dispersed count", "count", many, n, fewer, m, shape


def build(kind, treated, n, control, m, shape):
    with pm.Model() as model:
        places = len(n)
        levels = pm.MvNormal("levels", np.zeros(places), cov=1.5**2 * np.eye(places) + 5**2)
        effect = pm.Normal("effect", 0, 1)
        spread = pm.HalfNormal("spread", SCALE)
        z = pm.Normal("z", 0, 1, shape=len(n))
        treated_level = levels + (effect + spread * z) / 2
        control_level = levels - (effect + spread * z) / 2
        if kind == "rate":
            pm.Binomial("control", m, logit_p=control_level, observed=control)
            pm.Binomial("treated", n, logit_p=treated_level, observed=treated)
            lift = pm.math.log(pm.math.sigmoid(treated_level) / pm.math.sigmoid(control_level))
        elif shape is None:
            pm.Poisson("control", m * pm.math.exp(control_level), observed=control)
            pm.Poisson("treated", n * pm.math.exp(treated_level), observed=treated)
            lift = treated_level - control_level
        else:
            for name, units, mean, seen in (
                ("control", m, control_level, control),
                ("treated", n, treated_level, treated),
            ):
                pm.NegativeBinomial(
                    name, mu=units * pm.math.exp(mean), alpha=units * shape, observed=seen
                )
            lift = treated_level - control_level
        pm.Deterministic("lift", lift)
    return model


def densities(model, places):
    """Log density and gradient at points, in the order of `assay.stats.bayes.hierarchy`."""
    compiled = model.logp_dlogp_function(ravel_inputs=True)
    compiled.set_extra_values({})
    order = [v.name for v in model.value_vars]
    rng = np.random.default_rng(1)
    found = []
    for _ in range(3):
        ours = rng.normal(0, 0.5, 2 * places + 2)
        ours[:places] -= 2
        parts = {
            "levels": ours[:places],
            "effect": ours[places],
            "spread_log__": ours[places + 1],
            "z": ours[places + 2 :],
        }
        value, gradient = compiled(np.concatenate([np.atleast_1d(parts[name]) for name in order]))
        sizes = {name: np.size(parts[name]) for name in order}
        cut = dict(
            zip(order, np.split(gradient, np.cumsum([sizes[o] for o in order])[:-1]), strict=True)
        )
        names = ("levels", "effect", "spread_log__", "z")
        found.append(
            {
                "point": ours.tolist(),
                "log_density": float(value),
                "gradient": np.concatenate([cut[name] for name in names]).tolist(),
            }
        )
    return found


def main():
    out = {}
    for name, kind, treated, n, control, m, shape in cases():
        model = build(kind, treated, n, control, m, shape)
        trace = nutpie.sample(
            nutpie.compile_pymc_model(model),
            draws=6_000,
            tune=1_000,
            chains=4,
            seed=7,
            target_accept=0.95,
            progress_bar=False,
        )
        lift = trace.posterior["lift"].to_numpy().reshape(-1, len(n))
        spread = trace.posterior["spread"].to_numpy().reshape(-1)
        out[name] = {
            "kind": kind,
            "shape": shape,
            "scale": SCALE,
            "events": treated.tolist(),
            "trials": n.tolist(),
            "events_control": control.tolist(),
            "trials_control": m.tolist(),
            "densities": densities(model, len(n)),
            "lift_mean": lift.mean(axis=0).tolist(),
            "lift_sd": lift.std(axis=0).tolist(),
            "lift_quantiles": np.quantile(lift, (0.025, 0.5, 0.975), axis=0).tolist(),
            "spread_mean": float(spread.mean()),
            "spread_quantiles": np.quantile(spread, (0.025, 0.5, 0.975)).tolist(),
        }
    made = {
        "made_with": {
            "python": sys.version.split()[0],
            "pymc": pm.__version__,
            "nutpie": nutpie.__version__,
        }
    }
    path = Path(__file__).with_name("hierarchy_posterior.json")
    path.write_text(json.dumps(made | {"cases": out}, indent=1) + "\n")


if __name__ == "__main__":
    main()
