"""Users whose lines are known: levels, slopes, weeks that resemble the week before, ratings."""

import numpy as np

from assay.stats.personal_trends import UserWeeks


def planted(
    seed,
    *,
    users=300,
    weeks=16,
    slope=0.0,
    slopes=0.05,
    lasting=0.5,
    shock=0.0,
    rated=0.5,
    single=False,
):
    """Ratings by user and week, and each user's own slope per four weeks."""
    rng = np.random.default_rng(seed)
    level, own = 0.6 + 0.15 * rng.standard_normal(users), slopes * rng.standard_normal(users)
    off = np.empty((users, weeks))
    off[:, 0] = 0.08 * rng.standard_normal(users)
    for k in range(1, weeks):
        new = 0.08 * np.sqrt(1 - lasting**2) * rng.standard_normal(users)
        off[:, k] = lasting * off[:, k - 1] + new
    time = (np.arange(weeks) - (weeks - 1) / 2) / 4
    mean = level[:, None] + (slope + own)[:, None] * time + off + shock * rng.standard_normal(weeks)
    n = np.where(rng.random((users, weeks)) < rated, 1 + rng.poisson(1, (users, weeks)), 0)
    n = np.minimum(n, 1) if single else n
    n[n.sum(axis=1) == 0, 0] = 1
    who, week = np.nonzero(n)
    times = n[who, week].astype(float)
    seen = mean[who, week] + 0.25 / np.sqrt(times) * rng.standard_normal(times.size)
    square = np.where(times > 1, 0.0625 * rng.chisquare(np.maximum(times - 1, 1)), 0.0)
    return UserWeeks(who, week, times, seen, square), slope + own
