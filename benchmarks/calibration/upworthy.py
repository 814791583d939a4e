"""Arms' sizes in a public archive of which the faulty weeks are known; rows of the published table.

The archive (Matias, Munger, Le Quere & Ebersole 2021, Scientific Data 8, The Upworthy Research
Archive) states that randomisation was faulty from 2013-06-25 to 2014-01-10.
"""

from pathlib import Path

import polars as pl

from assay.analysis.experiments.calibration.assignment import CUSTOMARY, PART
from assay.analysis.experiments.calibration.rows import Row, figure
from assay.analysis.experiments.calibration.table import SKIPPED
from assay.stats.sample_ratio import chi_square

WINDOW = "2013-06-25", "2014-01-10"
LEAST, MOST = 0.65, 0.005


def rows(archive: Path) -> list[Row]:
    """How many experiments are flagged within the faulty weeks and after them."""
    if not archive.is_file():
        note = f"{SKIPPED}{archive.name} is not here"
        return [_base(0, "in the faulty weeks", note)]
    tests = pl.read_parquet(archive).group_by("clickability_test_id")
    found: dict[bool, list[bool]] = {True: [], False: []}
    for _, counts, start in tests.agg("impressions", pl.col("created_at").min()).iter_rows():
        day = str(start)[:10]
        if len(counts) > 1 and day >= WINDOW[0]:
            flagged = chi_square(counts, [1] * len(counts)).p_value < CUSTOMARY
            found[day <= WINDOW[1]].append(flagged)
    inside, after = found[True], found[False]
    one, other = _base(len(inside), "in the faulty weeks"), _base(len(after), "after them")
    return [
        figure(one, "flagged by chi-square below .001", sum(inside), judged=True, low=LEAST),
        figure(other, "flagged by chi-square below .001", sum(after), judged=True, high=MOST),
    ]


def _base(tests: int, setting: str, note: str = "") -> Row:
    return Row(
        part=PART,
        measure="flagged by chi-square below .001",
        outcome="Upworthy’s archive of experiments",
        setting=setting,
        n=0,
        n_control=0,
        lift=None,
        streams=tests,
        value=0.0,
        error=0.0,
        note=note,
    )
