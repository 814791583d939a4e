"""What sets segments apart: false claims of labels that mean nothing, power where groups are real.

python benchmarks/segment_contrasts.py [--sets 1000] [--keep FILE]

Naive: segments of all entities, Welch's test of each feature between them, spread over segments and
features (Šidák). Split: the same on entities that did not form the segments. Both claim nearly
always: the segments are cuts through the very features. Ours: `set_apart`.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from assay.stats.segmenting import segment
from assay.stats.segmenting.contrasts import set_apart
from assay.stats.segmenting.differences import differences
from assay.stats.segmenting.structure import Structure

MOST_FALSE = 0.05
MISSED = []
EVERY = 100
CLOUDS = ("normal", "normal, correlated", "skewed, correlated", "uniform, correlated")
WAYS = {
    "naive, in-sample": None,
    "naive, on entities held out": None,
    "ours": MOST_FALSE,
    "labels drawn by lot, given": MOST_FALSE,
}
GROUPS = Structure(verdict="weak", p_value=0.01, strength=4.0, shown_by="", draws=99, rows=0)


def cloud(kind, n, p, rng):
    """One cloud: whatever it is cut into means nothing."""
    factor = np.eye(p)
    if "correlated" in kind:
        loads = rng.normal(size=(p, max(1, p // 3)))
        covariance = loads @ loads.T * rng.uniform() + np.eye(p) * rng.uniform(0.3, 1.5)
        spread = np.sqrt(np.diag(covariance))
        factor = np.linalg.cholesky(covariance / spread / spread[:, None])
    scores = rng.normal(size=(n, p)) @ factor.T
    if "skewed" in kind:
        return np.exp(0.8 * scores)
    return ndtr(scores) if "uniform" in kind else scores


def told(label, claims, most=None):
    error = np.sqrt(max(np.mean(claims) * (1 - np.mean(claims)), 1e-9) / len(claims))
    print(f"  {label:44}{np.mean(claims):7.3f} ± {error:.3f}{len(claims):7}", flush=True)
    if most is None:
        return
    limit = most + 3 * np.sqrt(most * (1 - most) / len(claims))
    if np.mean(claims) > limit:
        MISSED.append(f"{label}: {np.mean(claims):.3f}, at most {limit:.3f}")


def kept_in(path):
    """What an earlier run has found, by name: one [name, value] a line."""
    if path is None or not path.exists():
        return {}
    return dict(json.loads(line) for line in path.read_text().splitlines())


def once(known, path, name, found, *given):
    """What is known by this name; or else what is found now, and kept."""
    if name not in known:
        known[name] = [None if one is None else bool(one) for one in found(*given)]
        if path is not None:
            with path.open("a") as lines:
                lines.write(json.dumps([name, known[name]]) + "\n")
    return known[name]


def cut(at, kind):
    """Whether each way claims anything of one cloud."""
    rng = np.random.default_rng([81, at])
    n, p = int(np.exp(rng.uniform(np.log(200), np.log(400)))), int(rng.integers(3, 7))
    k, method = int(rng.integers(2, 5)), "mixture" if at % 10 == 9 else "k-means"
    rows = cloud(kind, n, p, rng)
    found = segment(rows, k=k, method=method, seed=at)
    apart = set_apart(rows, at, found=found)
    drawn = differences(rows, rng.integers(k, size=n), k)
    naive = differences(found.scaling(rows), found.labels, k)
    of = (naive.claimed, apart.shown.claimed, apart.claimed, drawn.claimed)
    return [claimed.any() for claimed in of]


def meaningless(sets, path):
    """Sets of all kinds in turn; a mixture forms the segments of one in ten, k-means the others."""
    claims = {kind: {way: [] for way in WAYS} for kind in CLOUDS}
    known = kept_in(path)
    begin = time.perf_counter()
    for at in range(sets):
        kind = CLOUDS[at % len(CLOUDS)]
        for way, claimed in zip(WAYS, once(known, path, f"cloud {at}", cut, at, kind), strict=True):
            claims[kind][way].append(claimed)
        if (at + 1) % EVERY == 0:
            print(f"{at + 1} clouds", flush=True)
    spent = (time.perf_counter() - begin) / sets
    print(f"one cloud cut into 2 to 4 ({spent:.2f} s a set): share with any claim")
    for kind, found in claims.items():
        print(kind)
        for way, most in WAYS.items():
            told(way, found[way], most)
    print("all")
    for way, most in WAYS.items():
        told(way, np.concatenate([found[way] for found in claims.values()]), most)


def two(at, apart, within):
    """Of two groups: claims of no difference, of both large ones, of a small one, of any at all."""
    rng = np.random.default_rng([82, int(apart), int(10 * within), at])
    n, p = 400, 6
    covariance = np.eye(p) + within * (1 - np.eye(p))
    rows = rng.normal(size=(n, p)) @ np.linalg.cholesky(covariance).T
    group = rng.integers(2, size=n)
    rows[:, :2] += apart * group[:, None] * [1, 0.8]
    rows[:, 2] += 0.6 * group
    found = segment(rows, k=2, method="mixture", seed=at)
    given = set_apart(rows, at, found=with_structure(found)).claimed
    tested = set_apart(rows, at, found=found).claimed.any() if at % 10 == 0 else None
    return [given[:, 3:].any(), given[:, :2].all(), given[:, 2].all(), tested]


def real(sets, path):
    """Groups in features 0 and 1; a little of them in 2; the others differ between no groups."""
    known = kept_in(path)
    for apart, within in ((3.0, 0.0), (3.0, 0.6), (4.0, 0.0), (4.0, 0.6)):
        found = [
            once(known, path, f"groups {apart} {within} {at}", two, at, apart, within)
            for at in range(sets)
        ]
        wrong, defining, weak, tested = zip(*found, strict=True)
        print(f"two groups {apart:g} apart, correlation {within:g} within: share with claims")
        told("features that differ, both", defining)
        told("a feature that differs by 0.6", weak)
        told("features that differ between no groups, any", wrong, MOST_FALSE)
        told("the groups seen and any claim", [one for one in tested if one is not None])


def with_structure(found):
    """As if the first test were passed: what the claims of features do by themselves."""
    return replace(found, structure=GROUPS)


def main():
    read = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    read.add_argument("--sets", type=int, default=1000)
    read.add_argument("--only", choices=("clouds", "groups"))
    read.add_argument("--keep", type=Path, help="where sets done are kept: a run goes on there")
    given = read.parse_args()
    if given.only != "groups":
        meaningless(given.sets, given.keep)
    if given.only != "clouds":
        real(given.sets // 4, given.keep)
    for line in MISSED:
        print("MISSED", line)
    sys.exit(bool(MISSED))


if __name__ == "__main__":
    main()
