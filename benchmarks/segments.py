"""Segments: reference groups at a given K, K itself, structure where there is none, a million.

python benchmarks/segments.py [--sets ../shared/data/seg] [--nulls 1000] [--rows 1000000]
    [--keep FILE]

One default for every set, nothing set per set; it sees neither suite nor reference. ARI is the best
over the alternative reference labellings, each at its own K; points that a reference calls noise
are left out. K is found where it is that of one of the references. A million is what the page does
with that many users: whether there are segments, how many, who is in which, sizes, what sets apart;
and then all of them placed again by the model that is kept of these segments.
"""

import argparse
import gzip
import json
import resource
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from scipy.special import ndtr

from assay.analysis.segments.model import model_from, model_of, place, text_of
from assay.analysis.segments.report import form, report_segments
from assay.features.behaviour import BEHAVIOURS, Behaviour
from assay.features.behaviour.scan import Span
from assay.stats.segmenting import segment, structure
from assay.stats.segmenting.scaling import scaling_of

SETS = Path(__file__).resolve().parents[2] / "shared/data/seg"
SUITES = ("fcps", "graves", "wut", "other", "uci", "sipu")
LEAST_ARI, LEAST_FOUND = 0.68, 0.60
MOST_FALSE = 0.05
SECONDS, BYTES = 60, 3e9
EVERY = 50
PLACING, LOSS = 15, 0.05
MISSED = []
PUBLISHED = "over 65 sets: k-means .530, mixture .650, Ward .529, Genie .775"
FOUND = "over 48 sets: silhouette .31, Calinski .23, BIC .35, stability .375, HDBSCAN .60"
KINDS = ("normal", "skewed", "exponential", "uniform", "skewed, mixed", "uniform, mixed")


def sets(folder):
    """(suite, name, rows, labellings) of every set that lies there."""
    for suite in SUITES:
        for path in sorted((folder / suite).glob("*.data.gz")):
            name = path.name.removesuffix(".data.gz")
            labels = sorted(path.parent.glob(f"{name}.labels*.gz"))
            yield suite, name, read(path, float), [read(one, int)[:, 0] for one in labels]


def read(path, kind):
    with gzip.open(path, "rt") as lines:
        return np.loadtxt(lines, dtype=kind, ndmin=2)


def ari(one, other):
    """Hubert & Arabie (1985), Comparing partitions."""
    table = np.zeros((one.max() + 2, other.max() + 2))
    np.add.at(table, (one, other), 1)
    pairs = [(c * (c - 1) / 2).sum() for c in (table, table.sum(0), table.sum(1))]
    expected = pairs[1] * pairs[2] / (len(one) * (len(one) - 1) / 2)
    return (pairs[0] - expected) / max((pairs[1] + pairs[2]) / 2 - expected, 1e-12)


def known(rows, references, method):
    """The best ARI over the references, each at its K."""
    found, scores = {}, []
    for truth in references:
        k, kept = int(truth.max()), truth > 0
        if k not in found:
            found[k] = segment(rows, k=k, method=method, seed=1)
        scores.append(ari(truth[kept], found[k].labels[kept]))
    return max(scores), found[k].method


def told(label, values):
    values = np.asarray(values, dtype=float)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{label:28}{values.mean():7.3f} ± {error:.3f}{len(values):6}"


def sets_table(folder):
    rivals = ("k-means", "mixture", "ward", "linkage")
    print(
        f"{'set':24}{'n':>6}{'p':>4}  {'default':>8}" + "".join(f"{r:>9}" for r in rivals), end=""
    )
    print(f"   {'K':10}{'found':>6}   s")
    scores, hits, others = {}, {}, {rival: [] for rival in rivals}
    for suite, name, rows, references in sets(folder):
        begin = time.perf_counter()
        score, method = known(rows, references, "default")
        free = segment(rows, seed=1)
        spent = time.perf_counter() - begin
        for rival in rivals:
            others[rival].append(known(rows, references, rival)[0])
        ks = sorted({int(truth.max()) for truth in references})
        scores.setdefault(suite, []).append(score)
        hits.setdefault(suite, []).append(free.k in ks)
        print(
            f"{suite + ' ' + name:24}{len(rows):6}{rows.shape[1]:4}  {score:8.3f}"
            + "".join(f"{others[rival][-1]:9.3f}" for rival in rivals)
            + f"   {','.join(map(str, ks)):10}{free.k:6}{spent:6.1f}  {method}",
            flush=True,
        )
    if not scores:
        print("no sets there")
        return
    print("\nknown K, mean ARI ± s.e., sets")
    for suite, found in scores.items():
        print(told(suite, found))
    every = np.concatenate(list(scores.values()))
    print(told("default", every))
    for rival in rivals:
        print(told(rival, others[rival]))
    print(f"published, {PUBLISHED}\n\nunknown K, share found ± s.e., sets")
    for suite, found in hits.items():
        print(told(suite, found))
    right = np.concatenate(list(hits.values()))
    print(told("default", right) + f"\npublished, {FOUND}")
    limit("mean ARI", every.mean() >= LEAST_ARI, f"{every.mean():.3f} of {LEAST_ARI}")
    limit("K found", right.mean() >= LEAST_FOUND, f"{right.mean():.3f} of {LEAST_FOUND}")


def cloud(kind, n, p, rng):
    """One cloud with random correlations: none of its groups are there."""
    loads = rng.normal(size=(p, max(1, p // 3)))
    covariance = loads @ loads.T * rng.uniform() + np.eye(p) * rng.uniform(0.3, 1.5)
    spread = np.sqrt(np.diag(covariance))
    factor = np.linalg.cholesky(covariance / spread / spread[:, None])
    scores = rng.normal(size=(n, p)) @ factor.T
    return {
        "normal": lambda: scores,
        "skewed": lambda: np.exp(0.8 * scores),
        "exponential": lambda: -np.log1p(-ndtr(scores) * (1 - 1e-9)),
        "uniform": lambda: ndtr(scores),
        "skewed, mixed": lambda: (rng.exponential(size=(n, p)) - 1) @ factor.T,
        "uniform, mixed": lambda: rng.uniform(-1, 1, (n, p)) @ factor.T,
    }[kind]()


def kept_in(path):
    """What an earlier run has found, by name: one [name, value] a line."""
    if path is None or not path.exists():
        return {}
    return dict(json.loads(line) for line in path.read_text().splitlines())


def keep(path, name, value):
    if path is not None:
        with path.open("a") as lines:
            lines.write(json.dumps([name, value]) + "\n")


def nulls_table(count, path):
    claims, known_of = {kind: [] for kind in KINDS}, kept_in(path)
    begin = time.perf_counter()
    for at in range(count):
        kind = KINDS[at % len(KINDS)]
        if str(at) in known_of:
            claims[kind].append(known_of[str(at)])
            continue
        rng = np.random.default_rng([8, at])
        n, p = int(np.exp(rng.uniform(np.log(200), np.log(5000)))), int(rng.integers(3, 21))
        rows = cloud(kind, n, p, rng)
        claims[kind].append(structure(scaling_of(rows)(rows), at).verdict)
        keep(path, str(at), claims[kind][-1])
        if (at + 1) % EVERY == 0:
            so_far = [verdict != "none" for found in claims.values() for verdict in found]
            print(f"{at + 1} clouds, {sum(so_far)} with structure", flush=True)
    print("\nno groups, share with structure ± s.e., sets (of those, clear)")
    for kind, found in claims.items():
        if found:
            some = [verdict != "none" for verdict in found]
            print(told(kind, some) + f"   ({np.mean([v == 'clear' for v in found]):.3f})")
    every = np.array([verdict != "none" for found in claims.values() for verdict in found])
    most = MOST_FALSE + 3 * np.sqrt(MOST_FALSE * (1 - MOST_FALSE) / len(every))
    print(told("all", every) + f"   {(time.perf_counter() - begin) / len(every):.2f} s each")
    limit("false structure", every.mean() <= most, f"{every.mean():.3f}, at most {most:.3f}")


def entities(n, *, bent):
    """What is known of n entities by 20 features, in six groups, Gaussian or bent, and which."""
    rng = np.random.default_rng(9)
    centres = rng.normal(0, 2.5, (6, 20))
    truth = rng.choice(6, n, p=[0.3, 0.25, 0.2, 0.15, 0.07, 0.03])
    features = [one for one in BEHAVIOURS if not one.shrunken][:20]
    columns = {"entity": pl.int_range(n, eager=True).cast(pl.String)}
    first = rng.standard_normal(n)
    for at, one in enumerate(features):
        values = (rng.standard_normal(n) if at else first) + centres[truth, at]
        if bent and at % 2:
            values = 0.3 * values + 1.5 * first**2
        if one.transform == "logit":
            values = 1 / (1 + np.exp(-values))
        elif one.transform != "identity":
            values = np.exp(values / 16)
        columns[one.name] = values
    frame = pl.DataFrame(columns)
    known = Behaviour(
        frame=frame,
        sums=frame.select("entity"),
        profile=frame.select("entity"),
        features=tuple(features),
        left_out=(),
        entity=("user_id",),
        span=Span(first=date(2026, 1, 1), last=date(2026, 3, 25)),
        few=(),
        unnamed=0,
    )
    return known, truth


def million(n, *, bent):
    """What the page does with entities × features: structure, K, segments, sizes, profiles.

    Judged is the time of the processor, which on two idle cores is never less than that by the
    clock and does not grow with what else runs.
    """
    known, truth = entities(n, bent=bent)
    begin, worked = time.perf_counter(), time.process_time()
    formed = form(known, seed=1)
    report_segments(formed)
    spent, worked = time.perf_counter() - begin, time.process_time() - worked
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = formed.found
    print(
        f"\n{n:,} × {len(formed.inputs.features)}, {'bent' if bent else 'Gaussian'} groups:",
        end=" ",
    )
    print(f"{worked:.1f} s of CPU ({spent:.1f} s by the clock), {peak / 1e9:.2f} GB,", end=" ")
    print(f"K {found.k} of 6, {found.method}, ARI {ari(truth, found.labels):.3f}, ", end="")
    print(f"formed of {found.formed_of:,}", flush=True)
    limit("time", worked <= SECONDS, f"{worked:.1f} s of {SECONDS}")
    limit("memory", peak <= BYTES, f"{peak / 1e9:.2f} GB of {BYTES / 1e9:.0f}")
    model = model_from(text_of(model_of(formed, days=84)))
    worked = time.process_time()
    placed = place(model, known)[0]
    worked = time.process_time() - worked
    names = placed.sort(pl.col("entity").cast(pl.Int64))["segment"].fill_null("")
    again = ari(truth, np.unique(names.to_numpy(), return_inverse=True)[1])
    print(f"{len(text_of(model)) / 1e3:.0f} kB of model, all placed by it with ARI {again:.3f}")
    limit("time to place", worked <= PLACING, f"{worked:.1f} s of {PLACING}")
    limit("the model's groups", again >= ari(truth, found.labels) - LOSS, f"at most {LOSS} worse")


def limit(name, kept, told_of):
    print(f"{'kept  ' if kept else 'MISSED'} {name}: {told_of}")
    if not kept:
        MISSED.append(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--sets", type=Path, default=SETS)
    parser.add_argument("--nulls", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="where clouds done are kept: a run goes on there")
    asked = parser.parse_args()
    if asked.rows:
        million(asked.rows, bent=False)
        million(asked.rows, bent=True)
    if asked.sets.is_dir():
        sets_table(asked.sets)
    else:
        print(f"{asked.sets}: not there, known groups are left out")
    if asked.nulls:
        nulls_table(asked.nulls, asked.keep)
    return int(bool(MISSED))


if __name__ == "__main__":
    sys.exit(main())
