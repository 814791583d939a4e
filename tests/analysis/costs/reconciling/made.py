"""Messages whose true rule is known, for tests."""

import numpy as np

from assay.analysis.costs.reconciling.readings import INSIDE, Messages, Reading, readings
from assay.analysis.costs.reconciling.rules import Rule

FACTORS = (1.1, 1.055, 100.0, 0.92, 150.0, 0.8, 0.5, 2.0, 1.2)
FEES = (0.01, 0.005, 0.035, 0.0025)


def drawn(rng, n=None):
    """Counts and prices as providers have them, without a logged cost (1 each)."""
    n = n or int(rng.integers(12, 200))
    dear = 10 ** rng.uniform(-7, -5)
    rates = dear * np.array([1.0, rng.choice([0.1, 0.25, 0.5]), 1.25, rng.uniform(3, 8)])
    counts = np.round(rng.lognormal((7, 8, 7, 6), (1.2, 1.2, 1.2, 1.0), (n, 4)))
    cached = rng.integers(0, 3)
    counts[:, 1] *= (rng.random(n) > 0.2) * (cached != 1)
    counts[:, 2] *= (rng.random(n) > 0.3) * (cached != 0)
    reasoning = np.floor(counts[:, 3] * rng.random(n) * 0.9) * (rng.random() < 0.5)
    others = {
        ("date", "2025-06-01"): rates * np.array([1, 0.5, 1, 1.2]),
        ("date", "2025-01-01"): rates * rng.choice([1.5, 2, 5, 0.3]),
        ("tier", "priority"): rates * 1.75,
        ("tier", "batch"): rates * 0.5,
    }
    return Messages(
        counts=counts,
        reasoning=reasoning,
        logged=np.ones(n),
        rates=np.tile(rates, (n, 1)),
        request=np.zeros(n),
        others={key: np.tile(other, (n, 1)) for key, other in others.items()},
    )


def changed(messages, **parts):
    names = ("counts", "reasoning", "logged", "rates", "request", "others")
    return Messages(**({name: getattr(messages, name) for name in names} | parts))


def by_rule(messages, rule):
    return messages.cost(rule.reading) * rule.factor + rule.fee


def any_rule(rng, messages):
    """A rule of those that are told apart, and messages that it can be of."""
    kind = rng.choice(["reading", "reading", "reading", "factor", "fee"])
    if kind == "factor":
        return Rule(factor=float(rng.choice(FACTORS))), messages
    if kind == "fee":
        return Rule(fee=float(rng.choice(FEES))), messages
    every = list(readings(messages))
    wanted = 1 if rng.random() < 0.7 else 2
    pool = [one for one in every if one.deviations == wanted]
    reading = pool[rng.integers(len(pool))]
    if reading.cache in INSIDE:
        counts = messages.counts.copy()
        counts[:, 0] += counts[:, 1] + counts[:, 2]
        messages = changed(messages, counts=counts)
    return Rule(reading=reading), messages


def logged_by(rng, messages, rule):
    """Costs of which a part follows the rule, the others the list, rounded as logs are."""
    listed, cost = messages.cost(Reading()), by_rule(messages, rule)
    mine = rng.random(len(listed)) < rng.choice([1.0, 0.7, 0.4])
    logged = np.where(mine & np.isfinite(cost) & (cost > 0), cost, listed)
    return changed(messages, logged=np.round(logged, int(rng.choice([6, 8, 10, 12]))))
