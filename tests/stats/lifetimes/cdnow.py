"""The 2,357 customers of CDNOW's public sample, as Fader, Hardie & Lee (2005) counted them."""

import gzip
from datetime import date
from functools import cache

import numpy as np

from assay.stats.lifetimes import histories

END = date(1997, 9, 30)
"""Last day of the 39 weeks of calibration."""


@cache
def purchases(folder):
    """Per customer: the days on which they bought, ascending, and the CDs' price on each."""
    text = gzip.decompress((folder / "seg" / "rfm" / "CDNOW_sample.txt.gz").read_bytes()).decode()
    found = {}
    for line in text.splitlines():
        if line.strip():
            _, customer, day, _, spent = line.split()
            when = date(int(day[:4]), int(day[4:6]), int(day[6:]))
            days = found.setdefault(customer, {})
            days[when] = days.get(when, 0.0) + float(spent)
    return [dict(sorted(days.items())) for _, days in sorted(found.items())]


def watched(folder, end=END):
    """Repeats, last and age in weeks up to a day."""
    rows = []
    for days in purchases(folder):
        seen = [day for day in days if day <= end]
        rows.append((len(seen) - 1, (seen[-1] - seen[0]).days / 7, (end - seen[0]).days / 7))
    return histories(*np.array(rows).T)


def later(folder, start=END, end=date(1998, 6, 30)):
    """Days of purchase after one day, up to another."""
    return np.array([sum(start < day <= end for day in days) for days in purchases(folder)])
