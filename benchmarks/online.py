"""How soon shifts of a daily series are seen, and how often one is seen where there is none.

python benchmarks/online.py [--repeats 1000]

Medians of a day's requests (lognormal, sigma .6); day effects of 3 % that remember each other
(autocorrelation .3); weekdays differ by up to 2 %; 3 % of the days are incidents of +30 to +100 %.
120 days, a shift on one of days 45 to 95, alarms counted from day 30. Beside ours stand the rules
that people use, replayed day by day. Then the false alarms of many series that share one budget,
and the time that 2,000 series of a year take. The exit code is 1 where a limit is missed.
"""

import argparse
import sys
import time

import numpy as np

from assay.stats.watching import WatchRules, watch_all
from assay.stats.watching.following import Following

DAYS, FROM, WITHIN = 120, 30, 14
BUDGET = 0.25
FULL = 1000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--repeats", type=int, default=FULL)
    repeats = parser.parse_args().repeats
    kept = []
    print(
        f"{repeats:,} series; alarms per 100 clean days; found within {WITHIN} days, days until "
        "then (median)"
    )
    for requests, found in ((1000, 0.96), (200, 0.75)):
        print(
            f"\n{requests:,} requests a day{'':24}{'false':>8}{'+5%':>12}{'+10%':>12}{'+20%':>12}"
        )
        for name, rule in RULES.items():
            row = [judged(rule, repeats, requests, change) for change in (0.05, 0.10, 0.20)]
            print(
                f"{name:42}{row[0][0]:8.2f}"
                + "".join(f"{share:8.3f}{delay:4.0f}" for _, share, delay in row)
            )
            if name == "ours":
                kept += [
                    told(f"false alarms ≤ {BUDGET}", row[0][0] <= BUDGET + rarely(repeats)),
                    told(f"+10 % found ≥ {found}", row[1][1] >= found - short(found, repeats)),
                ]
                if requests == 1000:
                    kept += [
                        told("median delay of +10 % ≤ 4 days", row[1][2] <= 4 + (repeats < FULL)),
                        told("+20 % found ≥ .99", row[2][1] >= 0.99 - short(0.99, repeats)),
                    ]
    print(
        "\nseries sharing the budget: false alarms per 100 days over all of them, years of 250 days"
    )
    for series in (1, 10, 100, 1000):
        values, _ = simulated(np.random.default_rng(79), 3 * repeats, 1000, 0.0, days=250)
        alarms = sum(len(found.incidents) for found in followed(values, series))
        rate = alarms / (3 * repeats * (250 - 24)) * 100 * series
        print(f"{series:8,}{rate:10.3f}")
    values, _ = simulated(np.random.default_rng(1), 2000, 1000, 0.1, days=365)
    began = time.process_time()
    watch_all(values)
    print(f"\n2,000 series of 365 days: {time.process_time() - began:.1f} s of processor time")
    return int(not all(kept))


def short(share: float, repeats: int) -> float:
    """What chance alone may take from a share of fewer series than the usual."""
    return 0.0 if repeats >= FULL else 3 * np.sqrt(share * (1 - share) / repeats)


def rarely(repeats: int) -> float:
    """What chance may add to the false alarms of the 40 clean days that a series has."""
    return 0.0 if repeats >= FULL else 3 * np.sqrt(BUDGET / (0.4 * repeats))


def told(limit: str, kept: bool) -> bool:  # noqa: FBT001  what is told
    print(f"  {'kept  ' if kept else 'MISSED'}  {limit}")
    return kept


def simulated(rng, series: int, requests: int, change: float, *, days: int = DAYS):
    """Daily medians, a row per series, and the day of each shift."""
    shocks = rng.standard_normal((series, days))
    effect = shocks.copy()
    for day in range(1, days):
        effect[:, day] = 0.3 * effect[:, day - 1] + np.sqrt(1 - 0.3**2) * shocks[:, day]
    # A median's error is 1.2533 σ / √n.
    logs = 0.03 * effect + rng.normal(0, 0.6 * 1.2533 / np.sqrt(requests), (series, days))
    logs += rng.uniform(-0.02, 0.02, (series, 7))[:, np.arange(days) % 7]
    incidents = rng.random((series, days)) < 0.03
    logs += np.where(incidents, np.log1p(rng.uniform(0.3, 1.0, (series, days))), 0.0)
    shift = rng.integers(45, 96, series)
    logs += np.where(np.arange(days) >= shift[:, None], np.log1p(change), 0.0)
    return np.exp(logs), shift


def followed(values, series: int):
    """As `watch_all`, with each row taken for one of so many."""
    rules = WatchRules(budget=BUDGET)
    return Following.of(np.log(values), np.zeros_like(values), rules, series).run()


def judged(rule, repeats: int, requests: int, change: float) -> tuple[float, float, float]:
    """False alarms per 100 clean days, share found, median delay of those found."""
    rng = np.random.default_rng([20_261, requests, round(100 * change)])
    values, shift = simulated(rng, repeats, requests, change)
    alarms, clean, delays = 0, 0, []
    for days, first in zip(rule(values), shift.tolist(), strict=True):
        alarms += sum(FROM <= day < first for day in days)
        clean += first - FROM
        hits = [day - first for day in days if first <= day <= first + WITHIN]
        if hits:
            delays.append(min(hits))
    return 100 * alarms / clean, len(delays) / repeats, float(np.median(delays or [np.nan]))


def ours(values):
    return [[each.opened for each in found.incidents] for found in followed(values, 1)]


def episodes(flags) -> list[list[int]]:
    """First days of runs of flags, one alarm per run, from day `FROM` on."""
    starts = flags & ~np.pad(flags, ((0, 0), (1, 0)))[:, :-1]
    return [np.flatnonzero(row).tolist() for row in starts]


def trailing(values, days: int):
    """Mean and standard deviation of the days before each; NaN at first."""
    windows = np.lib.stride_tricks.sliding_window_view(values, days, axis=1)[:, :-1]
    gap = np.full((values.shape[0], days), np.nan)
    return (
        np.concatenate([gap, windows.mean(axis=2)], axis=1),
        np.concatenate([gap, windows.std(axis=2, ddof=1)], axis=1),
    )


def day_above(values):
    return episodes(values > 1.10 * trailing(values, 28)[0])


def two_days_above(values):
    above = values > 1.10 * trailing(values, 28)[0]
    return episodes(above & np.pad(above, ((0, 0), (1, 0)))[:, :-1])


def three_sigma(values):
    mean, sd = trailing(values, 28)
    return episodes(np.abs(values - mean) > 3 * sd)


def median_of_three(values):
    recent = np.full_like(values, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, 3, axis=1)
    recent[:, 2:] = np.median(windows, axis=2)
    return episodes(recent > 1.05 * trailing(values, 28)[0])


RULES = {
    "day > 1.10 × mean of 28 days": day_above,
    "two days > 1.10 × that mean": two_days_above,
    "median of three days > 1.05 × that mean": median_of_three,
    "three standard deviations of 28 days": three_sigma,
    "ours": ours,
}


if __name__ == "__main__":
    sys.exit(main())
