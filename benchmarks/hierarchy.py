"""How long 50 segments take: pooled in closed form, and as a sampled hierarchical model.

python benchmarks/hierarchy.py [--segments 50] [--repeats 3]

The sampled model is timed as a whole process: start of Python, imports, sampling, diagnostics.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
LIMITS = {"closed form": 0.050, "sampled, fresh process": 12.0}


def closed(segments: int) -> float:
    """Seconds of one pooling with all its intervals, imports done."""
    import numpy as np

    from assay.stats.meta_analysis.pooling import pool

    rng = np.random.default_rng(1)
    y, v = rng.normal(0.05, 0.1, segments), rng.uniform(0.02, 0.2, segments) ** 2
    start = time.perf_counter()
    pool(y, v, scale=0.3).intervals(0.05)
    return time.perf_counter() - start


def sampled(segments: int) -> None:
    """One posterior of rates with few successes, in this process."""
    import numpy as np

    from assay.stats.bayes.hierarchy import Places
    from assay.stats.bayes.sampling import Sampled, sample

    rng = np.random.default_rng(1)
    n, level = rng.integers(20, 300, segments), rng.normal(-3, 0.7, segments)
    effect = rng.normal(0.2, 0.2, segments)
    arms = [rng.binomial(n, 1 / (1 + np.exp(-level - x))) for x in (effect / 2, -effect / 2)]
    places = Places(
        kind="rate",
        events=arms[0].astype(float),
        trials=n.astype(float),
        events_control=arms[1].astype(float),
        trials_control=n.astype(float),
    )
    found = sample(places, seed=1)
    assert isinstance(found, Sampled), found
    print(json.dumps({"rhat": found.convergence.worst_rhat, "ess": found.convergence.least_bulk}))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--inside", action="store_true", help="sample once, in this process")
    given = parser.parse_args()
    if given.inside:
        sampled(given.segments)
        return 0
    closed(given.segments)
    times = {"closed form": [], "sampled, fresh process": []}
    told = {}
    for _ in range(given.repeats):
        times["closed form"].append(closed(given.segments))
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, __file__, "--inside", "--segments", str(given.segments)],
            check=True,
            capture_output=True,
            text=True,
        )
        times["sampled, fresh process"].append(time.perf_counter() - start)
        told = json.loads(done.stdout)
    print(f"{given.segments} segments, {given.repeats} runs each, seconds")
    print(f"{'':26}{'fastest':>10}{'median':>10}{'limit':>10}")
    for name, found in times.items():
        ordered = sorted(found)
        print(
            f"{name:26}{ordered[0]:>10.4f}{ordered[len(ordered) // 2]:>10.4f}{LIMITS[name]:>10.3f}"
        )
    print(f"worst R-hat {told['rhat']:.4f}, least effective draws {told['ess']:.0f}")
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / "hierarchy.json"
    kept.write_text(json.dumps({"segments": given.segments, "seconds": times, **told}, indent=1))
    return int(any(min(found) > LIMITS[name] for name, found in times.items()))


if __name__ == "__main__":
    sys.exit(main())
