"""Ways from a Parquet file to effect and interval of three metrics; one per process.

    python benchmarks/pipelines.py NAME FILE

prints one line of JSON: seconds and CPU seconds from opening the file (imports are done before),
the process's peak memory, how much of it came after the imports, and the effects, so that all
pipelines can be held to the same answer.
"""

import json
import resource
import sys
import time

ROWS = ("converted", "spend", "latency")


def bare_rows(path):
    import polars as pl

    yield
    wanted = [pl.len(), *(pl.col(m).mean().alias(f"{m}_mean") for m in ROWS)]
    wanted += [pl.col(m).var().alias(f"{m}_var") for m in ROWS]
    yield _means(pl.scan_parquet(path).group_by("arm").agg(*wanted).collect(engine="streaming"))


def bare_events(path):
    import polars as pl

    yield
    per_unit = [pl.col("converted").any(), pl.col("spend").sum(), pl.col("latency").sum()]
    wanted = [pl.len(), *(pl.col(m).mean().alias(f"{m}_mean") for m in ROWS)]
    wanted += [pl.col(m).var().alias(f"{m}_var") for m in ROWS]
    grouped = pl.scan_parquet(path).group_by("unit", "arm").agg(*per_unit)
    yield _means(grouped.group_by("arm").agg(*wanted).collect(engine="streaming"))


def duckdb_events(path):
    import duckdb

    yield
    wanted = ", ".join(f"avg({m}) as {m}_mean, var_samp({m}) as {m}_var" for m in ROWS)
    per_unit = duckdb.read_parquet(path).aggregate(
        "unit, arm, bool_or(converted)::int as converted, sum(spend) as spend,"
        " sum(latency) as latency"
    )
    yield _means(per_unit.aggregate(f"arm, count(*), {wanted}").pl())


def _means(frame):
    by_arm = {row["arm"]: row for row in frame.to_dicts()}
    return {m: by_arm["treatment"][f"{m}_mean"] - by_arm["control"][f"{m}_mean"] for m in ROWS}


def _assay(path, unit, *, whole=False):
    import polars as pl

    from assay.analysis.experiments import ab_test
    from assay.features.arms import Design, summarise_arms

    yield
    design = Design.of(
        arm="arm", control="control", unit=unit,
        metrics=[
            {"name": "converted", "kind": "rate", "value": "converted"},
            {"name": "spend", "kind": "mean", "value": "spend"}
            | ({"covariate": "before"} if whole else {}),
            {"name": "latency", "kind": "mean", "value": "latency"},
        ],
        segments=["segment"] if whole else [],
    )  # fmt: skip
    result = ab_test(summarise_arms(pl.scan_parquet(path), design))
    yield {c.metric: c.difference.value for c in result.comparisons}


def assay_whole_rows(path):
    yield from _assay(path, None, whole=True)


def assay_rows(path):
    yield from _assay(path, None)


def assay_events(path):
    yield from _assay(path, "unit")


def _tea(path, unit):
    import polars as pl
    import tea_tasting as tt

    yield
    frame = pl.scan_parquet(path)
    if unit:
        per_unit = [pl.col("converted").any(), pl.col("spend").sum(), pl.col("latency").sum()]
        frame = frame.group_by("unit", "arm").agg(*per_unit)
    frame = frame.with_columns(
        pl.col("converted").cast(pl.Int8),
        arm=(pl.col("arm") == "treatment").cast(pl.Int8),
    )
    experiment = tt.Experiment({m: tt.Mean(m) for m in ROWS}, variant="arm")
    result = experiment.analyze(frame, control=0)
    yield {m: result[m].effect_size for m in ROWS}


def tea_rows(path):
    yield from _tea(path, None)


def tea_events(path):
    yield from _tea(path, "unit")


def tea_whole_rows(path):
    import polars as pl
    import tea_tasting as tt

    yield
    frame = pl.scan_parquet(path).with_columns(
        pl.col("converted").cast(pl.Int8),
        arm=(pl.col("arm") == "treatment").cast(pl.Int8),
    )
    metrics = {m: tt.Mean(m, "before" if m == "spend" else None) for m in ROWS}
    experiment = tt.Experiment({**metrics, "ratio": tt.SampleRatio()}, variant="arm")
    result = experiment.analyze(frame, control=0)
    for i in range(10):
        experiment.analyze(frame.filter(pl.col("segment") == f"segment {i}"), control=0)
    yield {m: result[m].effect_size for m in ROWS}


def scipy_rows(path):
    import polars as pl
    from scipy import stats

    yield
    frame = pl.read_parquet(path, columns=["arm", *ROWS])
    arms = {arm: frame.filter(pl.col("arm") == arm) for arm in ("control", "treatment")}
    found = {}
    for m in ROWS:
        treated, control = (
            arms[a][m].cast(pl.Float64).to_numpy() for a in ("treatment", "control")
        )
        peer = stats.ttest_ind(treated, control, equal_var=False)
        found[m] = sum(peer.confidence_interval(0.95)) / 2
    yield found


def statsmodels_rows(path):
    import polars as pl
    from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

    yield
    frame = pl.read_parquet(path, columns=["arm", *ROWS])
    arms = {arm: frame.filter(pl.col("arm") == arm) for arm in ("control", "treatment")}
    found = {}
    for m in ROWS:
        treated, control = (
            arms[a][m].cast(pl.Float64).to_numpy() for a in ("treatment", "control")
        )
        peer = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
        peer.ttest_ind(usevar="unequal")
        found[m] = sum(peer.tconfint_diff(usevar="unequal")) / 2
    yield found


PIPELINES = {
    "bare-rows": bare_rows,
    "assay-rows": assay_rows,
    "bare-whole-rows": bare_rows,
    "assay-whole-rows": assay_whole_rows,
    "tea-tasting-whole-rows": tea_whole_rows,
    "tea-tasting-rows": tea_rows,
    "scipy-rows": scipy_rows,
    "statsmodels-rows": statsmodels_rows,
    "bare-events": bare_events,
    "duckdb-events": duckdb_events,
    "assay-events": assay_events,
    "tea-tasting-events": tea_events,
}


def peak_memory() -> float:
    """Largest resident size so far, MB (macOS counts bytes, Linux kilobytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    steps = PIPELINES[sys.argv[1]](sys.argv[2])
    next(steps)
    before = peak_memory()
    wall, cpu = time.perf_counter(), time.process_time()
    effects = next(steps)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = peak_memory()
    print(
        json.dumps(
            {"wall": wall, "cpu": cpu, "peak": peak, "work": peak - before, "effects": effects}
        )
    )
