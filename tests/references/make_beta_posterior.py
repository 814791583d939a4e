"""Makes beta_posterior.json: two-share comparisons in 40-digit arithmetic.

Shares no code with what it checks: the probability is the closed sum over the variant's successes
(Miller 2014, "Formulas for Bayesian A/B testing", eq. for Beta posteriors with whole parameters),
the losses are the same sum with one success added (E[max(a - b, 0)] = E[a] P'(a > b) - E[b] P''),
and the distribution functions of difference and lift are taken at stated points by mpmath's
quadrature, so that a quantile function must find the points from the probabilities.

Run with mpmath 1.3 or newer (not a dependency of the project):
    python tests/references/make_beta_posterior.py
"""

import json
import sys
from pathlib import Path

import mpmath as mp

mp.mp.dps = 40

CASES = {  # name: (control successes, trials), (variant successes, trials)
    "research table": ((1246, 11950), (1254, 12050)),
    "nothing seen": ((0, 0), (0, 0)),
    "no successes in the control": ((0, 5), (3, 6)),
    "only successes against none": ((5, 5), (0, 5)),
    "a few": ((7, 20), (11, 22)),
    "rare": ((1, 10_000), (4, 10_000)),
    "very unequal sizes": ((1, 3), (3_000, 10_000)),
    "nearly certain": ((400, 2_000), (600, 2_000)),
}


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def greater(one, other):
    """P(x > y), x ~ Beta(one), y ~ Beta(other), for whole parameters."""
    (a, b), (c, d) = one, other
    return mp.fsum(
        mp.exp(log_beta(c + i, b + d) - mp.log(b + i) - log_beta(1 + i, b) - log_beta(c, d))
        for i in range(a)
    )


def excess(one, other):
    """E[max(x - y, 0)]: each mean pulled out of its density adds one to its first parameter."""
    (a, b), (c, d) = one, other
    mean_one, mean_other = mp.mpf(a) / (a + b), mp.mpf(c) / (c + d)
    return mean_one * greater((a + 1, b), (c, d)) - mean_other * greater((a, b), (c + 1, d))


def density(shape, x):
    return mp.exp((shape[0] - 1) * mp.log(x) + (shape[1] - 1) * mp.log(1 - x) - log_beta(*shape))


def below(shape, x):
    if x <= 0:
        return mp.mpf(0)
    return mp.mpf(1) if x >= 1 else mp.betainc(*shape, 0, x, regularized=True)


def points(shape):
    a, b = shape
    mean = mp.mpf(a) / (a + b)
    sd = mp.sqrt(mean * (1 - mean) / (a + b + 1))
    inside = [mean + k * sd for k in (-30, -12, -6, -3, -1, 0, 1, 3, 6, 12, 30)]
    return [mp.mpf(0), *(x for x in inside if 0 < x < 1), mp.mpf(1)]


def answer(control, variant):
    c = (control[0] + 1, control[1] - control[0] + 1)
    v = (variant[0] + 1, variant[1] - variant[0] + 1)
    found = {
        "control": control,
        "variant": variant,
        "p_greater": greater(v, c),
        "loss_variant": excess(c, v),
        "loss_control": excess(v, c),
    }
    if max(control[1], variant[1]) > 100:
        return {k: float(x) if isinstance(x, mp.mpf) else x for k, x in found.items()}
    mean = mp.mpf(v[0]) / sum(v) - mp.mpf(c[0]) / sum(c)
    spread = mp.sqrt(sum(mp.mpf(a * b) / ((a + b) ** 2 * (a + b + 1)) for a, b in (v, c)))
    ratio = mp.mpf(v[0]) / sum(v) / (mp.mpf(c[0]) / sum(c))
    mp.mp.dps = 20
    for k in (-1.5, 0.25, 1.5):
        t = mp.mpf(float(mean + k * spread))
        found.setdefault("difference", []).append(
            [float(t), float(over(c, lambda x, t=t: below(v, x + t), (-t, 1 - t)))]
        )
        lift = mp.mpf(float(ratio * (1 + k / 5) - 1))
        found.setdefault("lift", []).append(
            [float(lift), float(over(c, lambda x, r=1 + lift: below(v, x * r), (1 / (1 + lift),)))]
        )
    mp.mp.dps = 40
    return {k: float(x) if isinstance(x, mp.mpf) else x for k, x in found.items()}


def over(shape, function, kinks):
    grid = sorted({*points(shape), *(x for x in kinks if 0 < x < 1)})
    return mp.quad(lambda x: density(shape, x) * function(x), grid)


if __name__ == "__main__":
    out = Path(__file__).with_name("beta_posterior.json")
    body = {
        "made_by": f"make_beta_posterior.py, mpmath {mp.__version__}, Python {sys.version.split()[0]}",
        "cases": {name: answer(*case) for name, case in CASES.items()},
    }
    out.write_text(json.dumps(body, indent=1) + "\n")
