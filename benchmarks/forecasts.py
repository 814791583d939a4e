"""How good forecasts and their intervals are on the M4 competition, and how long they take.

python benchmarks/forecasts.py [--data FOLDER] [--every 1] [--peers 40] [--only weekly,hourly]

Weekly and Hourly series with the official definitions: OWA against Naive2, MASE scaled by the naive
error of the season (24 for hours, 1 for weeks), MSIS at 95 %. Before anything else is judged,
Naive2 and a plain Theta written here must give the published numbers. One setting for all: only
lengths of seasons and the horizon are passed. Constants of the method were chosen on the *design*
half (every other series) only; the *check* half stands beside it. The third set looks after short
series: four-week means of Weekly, 48 … 126 points and 18 steps, shaped like M3 Monthly.
Exits with 1 where a limit is missed (on a whole set).
"""

import argparse
import csv
import gzip
import importlib.util
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from assay.stats.forecasting import forecast

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "trend" / "m4"
RESULTS = HERE / "results"
LEVEL = 0.95
PUBLISHED = {
    ("weekly", "Naive2"): (9.161, 2.777),
    ("hourly", "Naive2"): (18.383, 2.395),
    ("weekly", "Theta"): (9.093, 2.637),
    ("hourly", "Theta"): (18.138, 2.455),
}
"""sMAPE and MASE of the competition's table (Mcompetitions/M4-methods, Evaluation and Ranks)."""
BEST = {"weekly": "Forecast Pro .739, SCUM .751", "hourly": "Doornik .410, Smyl .440"}
LIMITS = {
    "weekly": {"owa": 0.86, "msis": 19.0, "ms": 25.0},
    "hourly": {"owa": 0.55, "msis": 11.0, "ms": 25.0},
}
COVERAGE = (0.93, 0.97)


@dataclass(frozen=True)
class Series:
    past: np.ndarray
    future: np.ndarray


@dataclass(frozen=True)
class Setting:
    """Seasons passed to ours, season of the competition's scores and of its Naive2."""

    periods: tuple[int, ...]
    scored: int


SETTINGS = {
    "weekly": Setting((52,), 1),
    "hourly": Setting((24, 168), 24),
    "four-week": Setting((13,), 13),
}
Way = Callable[[np.ndarray, int, Setting], tuple[np.ndarray, np.ndarray, np.ndarray]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--every", type=int, default=1, help="take every so manieth series")
    parser.add_argument("--peers", type=int, default=40, help="series that slow peers are run on")
    parser.add_argument("--only", default=",".join(SETTINGS))
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"not run: no M4 series at {given.data} (--data FOLDER)")
        return 0
    rows, wrong = [], []
    for name in given.only.split(","):
        found, faults = one_set(name, given)
        rows += found
        wrong += faults
    if importlib.util.find_spec("statsforecast") is None:
        print("statsforecast: not installed")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "forecasts.json").write_text(json.dumps(rows, indent=1))
    for fault in wrong:
        print("MISSED:", fault)
    return bool(wrong)


def one_set(name: str, given: argparse.Namespace) -> tuple[list[dict], list[str]]:
    """All scores of a set, and what is wrong with them."""
    series = list(competition(given.data, name))[:: given.every]
    whole = given.every == 1
    wrong = validated(name, series) if whole else []
    parts = {"all": series, "design half": series[::2], "check half": series[1::2]}
    rows = [judged(name, part, "assay", assay, chosen) for part, chosen in parts.items()]
    if whole:
        wrong += missed(name, rows[0])
    sample = series[:: max(1, len(series) // given.peers)] if given.peers else []
    if sample:
        rows += [
            judged(name, f"sample of {len(sample)}", peer, way, sample)
            for peer, way in (("assay", assay), *peers())
        ]
    for row in rows:
        show(row)
    if name in BEST:
        print(f"{name:10} the competition's best OWA: {BEST[name]}")
    return rows, wrong


def competition(folder: Path, name: str) -> Iterator[Series]:
    """Series of one set in the order of its file."""
    if name == "four-week":
        yield from shortened(competition(folder, "weekly"))
        return
    past, future = (numbers(folder / f"{name.title()}-{part}.csv.gz") for part in ("train", "test"))
    for key, values in past.items():
        yield Series(values, future[key])


def numbers(path: Path) -> dict[str, np.ndarray]:
    with gzip.open(path, "rt") as file:
        lines = csv.reader(file)
        next(lines)
        return {
            key: np.array([float(v) for v in rest if v not in {"", "NA"}]) for key, *rest in lines
        }


def shortened(weeks: Iterator[Series]) -> Iterator[Series]:
    """Means of four weeks, the last 48 to 126 of them, and the 18 that follow."""
    rng = np.random.default_rng(1)
    for one in weeks:
        whole = np.concatenate((one.past, one.future))
        count = whole.size // 4
        if count < 48 + 18:
            continue
        means = whole[whole.size - 4 * count :].reshape(count, 4).mean(axis=1)
        n = min(count - 18, int(rng.integers(48, 127)))
        yield Series(means[-18 - n : -18], means[-18:])


def assay(past: np.ndarray, horizon: int, setting: Setting) -> tuple[np.ndarray, ...]:
    found = forecast(past, horizon, periods=setting.periods, level=LEVEL)
    return np.array(found.values), np.array(found.low), np.array(found.high)


def judged(name: str, part: str, method: str, way: Way, series: list[Series]) -> dict:
    """Scores of one way over series, with CPU milliseconds of each."""
    setting = SETTINGS[name]
    scores, base, spent, failed = [], [], 0.0, 0
    for one in series:
        start = time.process_time()
        try:
            value, low, high = way(one.past, one.future.size, setting)
        except Exception as error:  # noqa: BLE001  a peer that fails on a series is counted
            failed += 1
            if failed == 1:
                print(f"{method} failed: {error!r}"[:200])
            continue
        finally:
            spent += time.process_time() - start
        scores.append((*errors(one, value, setting), *interval(one, low, high, setting)))
        base.append(errors(one, naive2(one.past, one.future.size, setting.scored), setting))
    nothing = [[np.nan] * 4]
    mean, naive = np.mean(scores or nothing, axis=0), np.mean(base or nothing, axis=0)
    return {
        "set": name,
        "part": part,
        "method": method,
        "series": len(scores),
        "failed": failed,
        "smape": float(mean[0]),
        "mase": float(mean[1]),
        "owa": float((mean[:2] / naive).mean()),
        "msis": float(mean[2]),
        "coverage": float(mean[3]),
        "ms": 1000 * spent / len(series),
    }


def errors(one: Series, value: np.ndarray, setting: Setting) -> tuple[float, float]:
    """sMAPE in percent, and MASE."""
    away = np.abs(value - one.future)
    smape = 200 * (away / (np.abs(value) + np.abs(one.future))).mean()
    return float(smape), float(away.mean() / unit(one, setting))


def interval(
    one: Series, low: np.ndarray, high: np.ndarray, setting: Setting
) -> tuple[float, float]:
    """MSIS and the share inside."""
    missed = np.maximum(low - one.future, 0) + np.maximum(one.future - high, 0)
    score = (high - low + 2 / (1 - LEVEL) * missed).mean() / unit(one, setting)
    inside = np.where(np.isnan(missed), np.nan, missed == 0)
    return float(score), float(inside.mean())


def unit(one: Series, setting: Setting) -> float:
    return float(np.abs(one.past[setting.scored :] - one.past[: -setting.scored]).mean())


def indices(past: np.ndarray, season: int) -> np.ndarray:
    """Multiplicative classical indices where the autocorrelation at the season is significant
    (90 %), else ones: what the competition's Naive2 and Theta divide by.
    """
    if season == 1 or past.size < 3 * season or not seasonal(past, season):
        return np.ones(season)
    kernel = np.full(season + 1 - season % 2, 1 / season)
    if season % 2 == 0:
        kernel[[0, -1]] /= 2
    trend = np.convolve(past, kernel, mode="valid")
    first = (past.size - trend.size) // 2
    ratio = past[first : first + trend.size] / trend
    place = (first + np.arange(trend.size)) % season
    means = np.array([ratio[place == phase].mean() for phase in range(season)])
    return means / means.mean()


def seasonal(past: np.ndarray, season: int) -> bool:
    away = past - past.mean()
    total = away @ away
    memory = np.array([away[k:] @ away[:-k] / total for k in range(1, season + 1)])
    limit = 1.645 * np.sqrt((1 + 2 * (memory[:-1] ** 2).sum()) / past.size)
    return bool(abs(memory[-1]) > limit)


def naive2(past: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """The last value, with season."""
    index = indices(past, season)
    ahead = index[np.arange(past.size, past.size + horizon) % season]
    return past[-1] / index[(past.size - 1) % season] * ahead


def theta(past: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """The Theta method as it entered the competition: half the slope, simple smoothing."""
    index = indices(past, season)
    place = np.arange(past.size)
    values = past / index[place % season]
    slope, start = np.polyfit(place, values, 1)
    line = 2 * values - (start + slope * place)
    losses, last = [], []
    for alpha in np.linspace(0.01, 0.999, 100):
        missed = lfilter([1, -1], [1, alpha - 1], line, zi=[-line[0]])[0]
        losses.append(missed @ missed)
        last.append(line[-1] - (1 - alpha) * missed[-1])
    ahead = np.arange(past.size, past.size + horizon)
    level = last[int(np.argmin(losses))]
    return (level + start + slope * ahead) / 2 * index[ahead % season]


def validated(name: str, series: list[Series]) -> list[str]:
    """What differs from the published scores of Naive2 and Theta."""
    setting, wrong = SETTINGS[name], []
    for method, way in (("Naive2", naive2), ("Theta", theta)):
        found = np.mean(
            [errors(o, way(o.past, o.future.size, setting.scored), setting) for o in series], axis=0
        )
        told = f"{method} sMAPE {found[0]:.3f} MASE {found[1]:.3f}"
        expected = PUBLISHED.get((name, method))
        if expected is None:
            print(f"{name:10} {told}")
            continue
        print(f"{name:10} {told}, published {expected[0]:.3f} {expected[1]:.3f}")
        if np.abs(found / expected - 1).max() > (1e-3 if method == "Naive2" else 5e-3):
            wrong.append(f"{name}: {told}, published {expected}")
    return wrong


def missed(name: str, row: dict) -> list[str]:
    limits = LIMITS.get(name, {})
    wrong = [
        f"{name}: {k} {row[k]:.3f}, at most {most}" for k, most in limits.items() if row[k] > most
    ]
    if not COVERAGE[0] <= row["coverage"] <= COVERAGE[1]:
        wrong.append(f"{name}: {row['coverage']:.3f} of values inside, expected {COVERAGE}")
    return wrong


def peers() -> Iterator[tuple[str, Way]]:
    """Other packages, those that are installed."""
    if importlib.util.find_spec("statsmodels"):
        yield "statsmodels Theta", statsmodels_theta
        yield "statsmodels ETS (damped)", statsmodels_ets
    if importlib.util.find_spec("statsforecast"):
        yield "statsforecast MSTL + AutoETS", statsforecast_mstl


def statsmodels_theta(past: np.ndarray, horizon: int, setting: Setting) -> tuple[np.ndarray, ...]:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    season = setting.periods[-1] if past.size > 2 * setting.periods[-1] else 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ThetaModel(past, period=season, deseasonalize=season > 1)
        value = np.asarray(model.fit(disp=False).forecast(horizon))
    nothing = np.full(horizon, np.nan)
    return value, nothing, nothing


def statsmodels_ets(past: np.ndarray, horizon: int, setting: Setting) -> tuple[np.ndarray, ...]:
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = setting.periods[0] if setting.periods[0] <= 24 < past.size / 2 else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = ETSModel(
            pd.Series(past),
            trend="add",
            damped_trend=True,
            seasonal="add" if season else None,
            seasonal_periods=season,
        )
        found = model.fit(disp=False).get_prediction(past.size, past.size + horizon - 1)
        ends = found.summary_frame(alpha=1 - LEVEL)
    return tuple(np.asarray(ends[k]) for k in ("mean", "pi_lower", "pi_upper"))


def statsforecast_mstl(past: np.ndarray, horizon: int, setting: Setting) -> tuple[np.ndarray, ...]:
    from statsforecast.models import MSTL, AutoETS

    model = MSTL(season_length=list(setting.periods), trend_forecaster=AutoETS(model="ZZN"))
    found = model.forecast(y=past, h=horizon, level=[100 * LEVEL])
    return found["mean"], found[f"lo-{100 * LEVEL:g}"], found[f"hi-{100 * LEVEL:g}"]


def show(row: dict) -> None:
    print(
        f"{row['set']:10} {row['part']:14} {row['method']:26} {row['series']:4}"
        f" sMAPE {row['smape']:7.3f} MASE {row['mase']:6.3f} OWA {row['owa']:.3f}"
        f" MSIS {row['msis']:6.2f} inside {row['coverage']:.3f} {row['ms']:7.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
