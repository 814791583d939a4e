"""The Parquet files that the pipelines read, made once and kept.

python benchmarks/tables.py rows|events ROWS FILE
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl

CHUNK = 1_000_000


def write(kind: str, rows: int, path: Path) -> None:
    """Rows of two arms: whether they converted, what was spent (also before), how long it took.

    `rows`: each is a unit. `events`: of a tenth as many units, each in one arm, in no order.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    units = rows // 10 if kind == "events" else None
    rng = np.random.default_rng(20260101)
    of_unit = None if units is None else rng.integers(0, 2, units)
    parts = []
    for _ in range(0, rows, CHUNK):
        n = min(CHUNK, rows)
        unit = None if units is None else rng.integers(0, units, n)
        arm = rng.integers(0, 2, n) if of_unit is None else of_unit[unit]
        columns = {} if unit is None else {"unit": unit}
        before = np.where(rng.random(n) < 0.2, rng.lognormal(1, 1, n), 0.0)
        columns |= {
            "arm": pl.Series(arm).replace_strict(
                [0, 1], ["control", "treatment"], return_dtype=pl.String
            ),
            "converted": rng.random(n) < 0.1 + 0.002 * arm,
            "spend": 0.6 * before + np.where(rng.random(n) < 0.2, rng.lognormal(1, 1, n), 0.0),
            "latency": rng.gamma(2.0, 1.0, n),
            "before": before,
            "segment": pl.Series(rng.integers(0, 10, n)).replace_strict(
                list(range(10)), [f"segment {i}" for i in range(10)], return_dtype=pl.String
            ),
        }
        parts.append(pl.DataFrame(columns))
    draft = path.with_suffix(".draft")
    pl.concat(parts).write_parquet(draft)
    draft.rename(path)


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
