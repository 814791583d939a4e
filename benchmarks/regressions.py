"""Whether a candidate's regressions are found, and how often one is seen where there is none.

python benchmarks/regressions.py [--repeats 2000]

Requests last lognormal(sigma .6); one in fifty stalls: three times as long, times 1 + Pareto(1.8).
Runs differ by a factor of their own. Beside ours stand the rules that people use. The last line of
each table says what ours has to hold; the exit code is 1 where it does not.
"""

import argparse
import math
import sys
import time

import numpy as np
from scipy.stats import mannwhitneyu, ttest_ind

from assay.stats.regressions import Rules, compare_metric, run_of

SIGMA, STALLS, TAIL, STALLED = 0.6, 0.02, 1.8, 3.0
CHANGES = (0.0, 0.05, 0.10, 0.20)
ALPHA = 0.01
FULL = 2000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--repeats", type=int, default=FULL)
    repeats = parser.parse_args().repeats
    slack = 3 * math.sqrt(ALPHA * (1 - ALPHA) / repeats)
    many = table(repeats, run_sd=0.02, baseline=20, candidate=10, requests=200)
    kept = [
        told(f"false alarms ≤ {ALPHA + slack:.4f}", many[0.0]["regression"] <= ALPHA + slack),
        told("+10 % found ≥ .97", many[0.10]["regression"] >= 0.97 - short(0.97, repeats)),
    ]
    few = table(repeats, run_sd=0.05, baseline=1, candidate=1, requests=200)
    unsure = [few[change]["not enough data"] >= 0.95 for change in CHANGES]
    kept.append(told('"not enough data" ≥ .95 with one run each', all(unsure)))
    table(repeats // 4, run_sd=0.15, baseline=3, candidate=3, requests=200)
    return int(not all(kept))


def short(share: float, repeats: int) -> float:
    """What chance alone may take from a share in fewer repetitions than the usual."""
    return 0.0 if repeats >= FULL else 3 * math.sqrt(share * (1 - share) / repeats)


def told(limit: str, kept: bool) -> bool:  # noqa: FBT001  what is told
    print(f"  {'kept  ' if kept else 'MISSED'}  {limit}")
    return kept


def table(repeats: int, *, run_sd: float, baseline: int, candidate: int, requests: int) -> dict:
    """Shares of calls by rule and change; ours by verdict."""
    print(
        f"\n{baseline} runs × {requests} requests against {candidate} × {requests}, runs differ by "
        f"{run_sd:.0%}, {repeats:,} repetitions"
    )
    ours, theirs, spent = {}, {}, 0.0
    for place, change in enumerate(CHANGES):
        rng = np.random.default_rng([20_260, place, baseline, candidate])
        verdicts = dict.fromkeys(("regression", "improvement", "no change", "not enough data"), 0.0)
        others = dict.fromkeys(RULES, 0.0)
        for _ in range(repeats):
            before = sample(rng, baseline, requests, run_sd, 0.0)
            after = sample(rng, candidate, requests, run_sd, change)
            began = time.perf_counter()
            found = compare_metric(
                [run_of(row) for row in before], [run_of(row) for row in after], rules=Rules()
            )
            spent += time.perf_counter() - began
            verdicts[found.verdict] += 1 / repeats
            for name, rule in RULES.items():
                others[name] += bool(rule(before, after)) / repeats
        ours[change], theirs[change] = verdicts, others
    print(f"{'calls a regression':38}" + "".join(f"{change:>+8.0%}" for change in CHANGES))
    for name in RULES:
        print(f"{name:38}" + "".join(f"{theirs[change][name]:8.3f}" for change in CHANGES))
    for verdict in ours[0.0]:
        print(f"{'ours: ' + verdict:38}" + "".join(f"{ours[c][verdict]:8.3f}" for c in CHANGES))
    print(f"  ours takes {spent / repeats / len(CHANGES) * 1e3:.1f} ms per comparison")
    return ours


def sample(rng, runs: int, requests: int, run_sd: float, change: float) -> np.ndarray:
    """Seconds of requests, a row per run."""
    size = (runs, requests)
    seconds = np.exp(rng.normal(0, SIGMA, size) + rng.normal(0, run_sd, (runs, 1)))
    stalls = rng.random(size) < STALLS
    seconds = np.where(stalls, seconds * STALLED * (1 + rng.pareto(TAIL, size)), seconds)
    return seconds * (1 + change)


def mann_whitney(before, after) -> float:
    return mannwhitneyu(after.ravel(), before.ravel(), alternative="greater").pvalue


def at_run_level(before, after) -> bool:
    one, other = (np.log(np.median(x, axis=1)) for x in (before, after))
    if min(one.size, other.size) < 2:
        return False
    p = ttest_ind(other, one, equal_var=False, alternative="greater").pvalue
    return p < ALPHA and other.mean() - one.mean() > math.log(1.05)


RULES = {
    "mean > 1.10 × (pytest-benchmark)": lambda a, b: b.mean() > 1.10 * a.mean(),
    "median > 1.10 ×": lambda a, b: np.median(b) > 1.10 * np.median(a),
    "median > 1.05 ×": lambda a, b: np.median(b) > 1.05 * np.median(a),
    "p95 > 1.10 ×": lambda a, b: np.quantile(b, 0.95) > 1.10 * np.quantile(a, 0.95),
    "Welch of requests, p < .01": lambda a, b: (
        ttest_ind(b.ravel(), a.ravel(), equal_var=False, alternative="greater").pvalue < ALPHA
    ),
    "Mann-Whitney of requests, p < .01": lambda a, b: mann_whitney(a, b) < ALPHA,
    "Welch of runs' medians, and > 1.05 ×": at_run_level,
}


if __name__ == "__main__":
    sys.exit(main())
