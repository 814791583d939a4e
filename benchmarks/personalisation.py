"""Whether trends within users are what they are told to be, against simulated truth; and how long.

python benchmarks/personalisation.py [--worlds 200] [--users 1000000]

Each world has 300 users of three kinds whose own lines differ by as much as is drawn for it (0 to
.12 per four weeks), 16 weeks that resemble the week before and move everybody by .02, and ratings
in half of the weeks. In one half of the worlds no kind moves otherwise than the others; in the
other half one of them does by .08. Counted is how often the interval of 95 % of the mean trend, of
each kind's own and of the number of users in each class hold the truth, how often kinds are said to
differ where they do not and where they do, and how far a fifth of chances is from what came true.
Beside it stand users whom a line of their own would have named, and named wrongly. Last come the
processor seconds that many users take. The exit code is 1 where intervals of trends hold less than
95 %, or kinds are said to differ in more than 5 % where they do not, both by more than three
standard errors, or a fifth of chances is off by more than .1.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from assay.stats.meta_analysis.heterogeneity import against_rest
from assay.stats.personal_trends import UserWeeks, kind_slopes, personal_trends

RESULTS = Path(__file__).parent / "results"
LEVEL, SMALLEST, SHIFT, KINDS = 0.95, 0.05, 0.08, 3
WEEKS, RATED, SHOCK = 16, 0.5, 0.02
LASTING, OWN_WEEK, ONE_RATING = 0.5, 0.08, 0.25
"""Correlation of neighbouring weeks; standard deviations of a user's week, and of a rating."""
FIFTHS = np.linspace(0, 1, 6)
OFF = 0.1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--users", type=int, default=1_000_000, help="whose time is taken")
    given = parser.parse_args()
    kept, wrong = worlds(given.worlds)
    kept["large"] = large(given.users)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "personalisation.json").write_text(json.dumps(kept, indent=1))
    for one in wrong:
        print("missed:", one)
    return int(bool(wrong))


def worlds(runs: int) -> tuple[dict, list[str]]:
    mean, own, number, alarms, found = [], [], [], [], []
    chances, came, named, right = [], [], 0, 0
    for run in range(runs):
        rng = np.random.default_rng([run, 5])
        moved = SHIFT * (run % 2)
        weeks, slopes, kind = drawn(rng, users=300, slopes=rng.uniform(0, 0.12), moved=moved)
        told = personal_trends(weeks, smallest=SMALLEST, seed=run)
        counted = told.users.counted
        reach = 1.96 * np.sqrt(told.shocks.covariance[1, 1])
        # the mean line is that of the users who were drawn, each kind being as large as the others
        mean.append(abs(told.shocks.line[1] - moved / KINDS) <= reach)
        calm = weeks.moved(told.shocks.of(weeks.week))
        by = kind_slopes(calm, told.fit, told.shocks, kind)
        errors = np.sqrt(by.variances + by.common)
        own += (np.abs(by.values - moved * (np.arange(KINDS) == 0)) <= 1.96 * errors).tolist()
        apart = against_rest(by.values, by.variances, np.full(KINDS, np.inf))
        (found if moved else alarms).append(bool(apart.p_values.min() < 1 - LEVEL))
        real = np.stack([slopes > SMALLEST, abs(slopes) <= SMALLEST, slopes < -SMALLEST], axis=1)
        real = real[counted]
        for k in range(3):
            _, low, high = told.users.number(k, LEVEL, seed=run)
            number.append(low <= real[:, k].sum() <= high)
        chances.append(told.users.chance[counted])
        came.append(real)
        lines = own_lines(weeks)[counted]
        up, down = lines > SMALLEST, lines < -SMALLEST
        named += int(up.sum() + down.sum())
        right += int((up & real[:, 0]).sum() + (down & real[:, 2]).sum())
    gaps = fifths(np.concatenate(chances), np.concatenate(came))
    kept = {
        "worlds": runs,
        "mean trend held": float(np.mean(mean)),
        "kinds’ trends held": float(np.mean(own)),
        "numbers of a class held": float(np.mean(number)),
        "kinds said to differ, none does": float(np.mean(alarms)),
        "kinds said to differ, one does": float(np.mean(found)),
        "chances off by, of a fifth": gaps,
        "named by own lines": named,
        "of them wrongly": (named - right) / max(named, 1),
    }
    for name, value in kept.items():
        print(
            f"  {name:>32}  {value:.4f}" if isinstance(value, float) else f"  {name:>32}  {value}"
        )
    wrong = [
        f"{name} {kept[name]:.3f}"
        for name, n in (("mean trend held", runs), ("kinds’ trends held", KINDS * runs))
        if kept[name] < LEVEL - 3 * np.sqrt(LEVEL * (1 - LEVEL) / n)
    ]
    most = 1 - LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / max(len(alarms), 1))
    if kept["kinds said to differ, none does"] > most:
        wrong.append(f"kinds said to differ in {kept['kinds said to differ, none does']:.3f}")
    wrong += [f"a fifth of chances off by {gap:.3f}" for gap in gaps if abs(gap) > OFF]
    return kept, wrong


def large(users: int) -> dict:
    rng = np.random.default_rng(1)
    weeks, _, _ = drawn(rng, users=users, slopes=0.05, moved=0.0, rated=0.3)
    start = time.process_time()
    personal_trends(weeks, smallest=SMALLEST)
    kept = {"users": users, "weeks of users": int(weeks.who.size)}
    kept["seconds"] = time.process_time() - start
    print(f"\n{users} users, {weeks.who.size} of their weeks: {kept['seconds']:.1f} s of processor")
    return kept


def drawn(rng, *, users, slopes, moved, rated=RATED):
    """Ratings by user and week, users' own slopes per four weeks, and their kinds."""
    kind = np.arange(users) % KINDS
    own = slopes * rng.standard_normal(users) + moved * (kind == 0)
    level = 0.6 + 0.15 * rng.standard_normal(users)
    off = np.empty((users, WEEKS))
    off[:, 0] = OWN_WEEK * rng.standard_normal(users)
    for k in range(1, WEEKS):
        fresh = OWN_WEEK * np.sqrt(1 - LASTING**2) * rng.standard_normal(users)
        off[:, k] = LASTING * off[:, k - 1] + fresh
    at = (np.arange(WEEKS) - (WEEKS - 1) / 2) / 4
    mean = level[:, None] + own[:, None] * at + off + SHOCK * rng.standard_normal(WEEKS)
    n = np.where(rng.random((users, WEEKS)) < rated, 1 + rng.poisson(1, (users, WEEKS)), 0)
    n[n.sum(axis=1) == 0, 0] = 1
    who, when = np.nonzero(n)
    times = n[who, when].astype(float)
    seen = mean[who, when] + ONE_RATING / np.sqrt(times) * rng.standard_normal(times.size)
    square = np.where(times > 1, ONE_RATING**2 * rng.chisquare(np.maximum(times - 1, 1)), 0.0)
    return UserWeeks(who, when, times, seen, square), own, kind


def own_lines(given: UserWeeks):
    """Least-squares slope per four weeks of each user; NaN of a single week."""
    users = int(given.who.max()) + 1
    at = given.week / 4.0

    def total(what):
        return np.bincount(given.who, weights=what, minlength=users)

    n, x, y = total(given.n), total(given.n * at), total(given.n * given.mean)
    apart = total(given.n * at**2) - x**2 / n
    both = total(given.n * at * given.mean) - x * y / n
    return np.divide(both, apart, out=np.full(users, np.nan), where=apart > 1e-9)


def fifths(chances, came) -> list[float]:
    """Of each fifth of chances: share that came true, less the mean chance."""
    place = np.clip(np.searchsorted(FIFTHS, chances, side="right") - 1, 0, 4)
    return [
        round(float(came[place == k].mean() - chances[place == k].mean()), 4)
        if (place == k).any()
        else 0.0
        for k in range(5)
    ]


if __name__ == "__main__":
    sys.exit(main())
