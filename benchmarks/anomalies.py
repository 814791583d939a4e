"""Anomaly scores on the Numenta anomaly benchmark, scored as it is scored there.

python benchmarks/anomalies.py [FOLDER]

FOLDER holds `data/<group>/*.csv`, `labels/combined_windows.json` and `config/profiles.json` of the
benchmark (numenta/NAB, or a part of its groups). One setting for all files; the threshold is, as in
the benchmark, the best one for the whole corpus under each profile. Files without labels are left
out. Exits with 1 below 55 under the standard profile, or above two seconds.

The constants of `assay.stats.anomalies` were chosen on every other file (in the order of their
names) of the groups artificialNoAnomaly, artificialWithAnomaly, realAWSCloudwatch and realTraffic.
"""

import argparse
import csv
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.stats.anomalies import anomaly_scores, first_of_each
from assay.stats.anomalies.trailing import standardised

FOLDER = Path(__file__).resolve().parents[2] / "shared/data/trend/nab"
PROBATION = 0.15
LONGEST = 5000
"""Rows beyond which the probationary part grows no more."""
LIMIT, SECONDS = 55.0, 2.0


@dataclass(frozen=True)
class Series:
    name: str
    values: np.ndarray
    period: int | None
    windows: tuple[tuple[int, int], ...]
    """First and last row of each anomaly."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    if not (folder / "data").is_dir():
        print(f"no {folder}/data: the benchmark's files are not here, nothing was measured")
        return 0
    corpus = load(folder)
    profiles = json.loads((folder / "config/profiles.json").read_text())
    rows = sum(series.values.size for series in corpus)
    print(f"{len(corpus)} files, {rows:,} rows, {sum(len(s.windows) for s in corpus)} anomalies")
    detectors = {
        "ours": ours,
        "ours, period unknown": lambda series: first_of_each(anomaly_scores(series.values)),
        "trailing Gaussian z": lambda series: np.abs(standardised(series.values, 6000)),
        "trailing Gaussian z, first of each 400": lambda series: first_of_each(
            np.abs(standardised(series.values, 6000)), quiet=400
        ),
    }
    print(f"{'':40}{'standard':>10}{'low FP':>10}{'low FN':>10}{'seconds':>10}")
    kept = True
    for name, detector in detectors.items():
        began = time.perf_counter()
        scores = [detector(series) for series in corpus]
        spent = time.perf_counter() - began
        found = [score(corpus, scores, each["CostMatrix"])[0] for each in profiles.values()]
        print(f"{name:40}" + "".join(f"{x:10.2f}" for x in found) + f"{spent:10.2f}")
        if name == "ours":
            kept = found[0] >= LIMIT and spent <= SECONDS
            for half, part in (("chosen on", slice(0, None, 2)), ("held out", slice(1, None, 2))):
                alone = score(corpus[part], scores[part], profiles["standard"]["CostMatrix"])
                print(f"  {half:38}{alone[0]:10.2f}  (threshold {alone[1]:.2f})")
    return int(not kept)


def load(folder: Path) -> list[Series]:
    labels = json.loads((folder / "labels/combined_windows.json").read_text())
    return [
        read(path, labels[name])
        for path in sorted((folder / "data").glob("*/*.csv"))
        if (name := "/".join(path.parts[-2:])) in labels
    ]


def read(path: Path, windows: list[list[str]]) -> Series:
    with path.open() as file:
        rows = list(csv.reader(file))[1:]
    times = np.array([row[0] for row in rows], dtype="datetime64[us]")
    step = float(np.median(np.diff(times).astype(float))) / 1e6
    per_day = round(86_400 / step)
    limits = np.array(windows, dtype="datetime64[us]").reshape(-1, 2)
    return Series(
        "/".join(path.parts[-2:]),
        np.array([float(row[1]) for row in rows]),
        per_day if per_day >= 2 else None,
        tuple((int(np.argmax(times == a)), int(np.argmax(times == b))) for a, b in limits),
    )


def ours(series: Series) -> np.ndarray:
    return first_of_each(anomaly_scores(series.values, period=series.period))


def worth(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """What telling each row is worth before weights, and its anomaly: −1 none, −2 probation.

    References:
        Lavin & Ahmad (2015), Evaluating real-time anomaly detection algorithms: the Numenta
        anomaly benchmark, ICMLA, sec. III (sigmoid over the window; false positives less bad
        shortly after one).
    """
    n = series.values.size
    rows = np.arange(n)
    value, anomaly = np.full(n, -1.0), np.full(n, -1)
    for number, (first, last) in enumerate(series.windows):
        width = last - first + 1
        inside = slice(first, last + 1)
        value[inside] = sigmoid((rows[inside] - last - 1) / width) / sigmoid(np.array(-1.0))
        anomaly[inside] = number
        after = slice(last + 1, (*series.windows, (n, n))[number + 1][0])
        value[after] = sigmoid((rows[after] - last) / max(width - 1, 1))
    anomaly[: int(min(np.floor(PROBATION * n), PROBATION * LONGEST))] = -2
    return value, anomaly


def sigmoid(place: np.ndarray) -> np.ndarray:
    """One at the far left of a window, zero at its right end, minus one far behind it."""
    return np.where(place >= 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(place, 3))) - 1)


def score(corpus: list[Series], scores: list[np.ndarray], cost: dict) -> tuple[float, float]:
    """The best normalised score over all thresholds, and that threshold; 0 is telling nothing."""
    told, value, anomaly, before = [], [], [], 0
    for series, own in zip(corpus, scores, strict=True):
        worths, places = worth(series)
        judged = places > -2
        told.append(own[judged])
        value.append(worths[judged])
        anomaly.append(np.where(places < 0, -1, places + before)[judged])
        before += len(series.windows)
    told, value, anomaly = map(np.concatenate, (told, value, anomaly))
    order = np.argsort(-told, kind="stable")
    told, value, anomaly = told[order], value[order], anomaly[order]
    gain = np.where(anomaly < 0, value * cost["fpWeight"], 0.0)
    known = np.unique(anomaly[anomaly >= 0])
    for number in known:
        rows = np.flatnonzero(anomaly == number)
        best = np.maximum.accumulate(value[rows] * cost["tpWeight"])
        gain[rows] = np.diff(np.maximum(best, -cost["fnWeight"]), prepend=-cost["fnWeight"])
    ends = np.append(told[1:] != told[:-1], True)
    total = np.where(ends, np.cumsum(gain), -np.inf)
    place = int(np.argmax(total))
    most = (cost["tpWeight"] + cost["fnWeight"]) * known.size
    return 100 * max(float(total[place]), 0.0) / most, float(told[place])


if __name__ == "__main__":
    sys.exit(main())
