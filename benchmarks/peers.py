"""Ours beside other tools, in one run: change points, shifts day by day, candidates, forecasts.

python benchmarks/peers.py [--series 100] [--online 60] [--forecasts 40] [--environments FOLDER]

Tools that do not fit beside each other run in environments of their own: `make oracles` makes them
from `benchmarks/oracles/*.txt`; ASSAY_ORACLE_OTAVA=/path/to/python (RUPTURES, ASV, STATSFORECAST)
names another. What is not there is said so and left out. All with defaults, nothing set per series;
`ruptures` has no default penalty: 3 log n on standard scores. Shifts and candidates are simulated
as in `online.py` and `regressions.py`; of those, Otava and asv are told to count changes from 5 %
on, and get a point a day, or the median of a run.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

import breaks
import forecasts
import online
import regressions
from assay.stats.regressions import Rules, compare_metric, run_of

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = HERE.parent / ".venv-oracles"
BREAKS = {
    "ruptures PELT": "ruptures",
    "ruptures KernelCPD": "ruptures",
    "Otava": "otava",
    "asv": "asv",
}
FORECASTS = {
    "statsforecast MSTL + AutoETS": "statsforecast",
    "statsforecast dynamic Theta": "statsforecast",
}
FROM_5 = {"Otava, ≥ 5 %": "otava", "asv, ≥ 5 %": "asv"}
GATES = ("mean > 1.10 × (pytest-benchmark)", "median > 1.10 ×")
SHIFTS = (0.10, 0.20)
RUNS = (20, 10, 200)
"""Runs of the baseline and of the candidate, and requests of each."""
LONG, LONGEST = 10_000, {"ruptures PELT": 0, "asv": 0}
"""Points of the long series; PELT without jumps takes minutes for it, and so does asv."""
ROOT = 0.6


def interpreter(name, folder):
    """The Python that has this tool, or None."""
    given = os.environ.get(f"ASSAY_ORACLE_{name.upper()}")
    found = Path(given) if given else folder / name / "bin" / "python"
    return found if found.is_file() else None


def ask(method, python, questions):
    """What a tool says, and its milliseconds, for each question."""
    command = [str(python), str(HERE / "oracles" / "answer.py"), method]
    done = subprocess.run(
        command, input=json.dumps(questions), capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"{method}: {done.stderr.strip().splitlines()[-1]}")
        return None
    return json.loads(done.stdout)


def asked_here(method, questions):
    """The same for a function of this process."""
    answers = []
    for asked in questions:
        begin = time.process_time()
        said = method(asked)
        answers.append({"said": said, "ms": 1000 * (time.process_time() - begin)})
    return answers


def noise(rng, n, rho):
    return lfilter([1], [1, -rho], rng.standard_normal(n + 60))[60:] * np.sqrt(1 - rho**2)


def break_questions(count):
    """The Turing series, noise, the same with a jump of 2 sd in the middle, a long series."""
    rng, marks, groups = np.random.default_rng(5), {}, {}
    if breaks.TCPD.is_dir():
        marks = json.loads((breaks.TCPD / "annotations.json").read_text())
        groups["turing"] = [
            read(breaks.TCPD / f"{name}.json")
            for name in sorted(marks)
            if (breaks.TCPD / f"{name}.json").is_file()
        ]
    for key, rho in (("noise", 0.0), ("correlated", ROOT)):
        groups[key] = [noise(rng, 120, rho) for _ in range(count)]
        groups[f"{key} jump"] = [row + 2.0 * (np.arange(120) >= 60) for row in groups[key]]
    step = 0.3 * (np.arange(LONG) * 6 // LONG % 2)
    groups["long"] = [rng.lognormal(0, 0.15, LONG) * (1 + step)]
    names = [name for name in sorted(marks) if (breaks.TCPD / f"{name}.json").is_file()]
    return groups, [marks[name] for name in names]


def read(path):
    raw = json.loads(path.read_text())["series"][0]["raw"]
    return np.array([np.nan if v is None else v for v in raw], dtype=float)


def filled(y):
    """Other tools take no gaps: the value before stands in."""
    here = np.isfinite(y)
    return y[np.maximum.accumulate(np.where(here, np.arange(y.size), here.argmax()))]


def break_table(count, folder):
    groups, marks = break_questions(count)
    print(
        f"\n{'change points':30}{'F1':>7}{'cover':>7}{'false':>7}{'rho .6':>8}{'found':>7}"
        f"{'rho .6':>8}{'ms 120':>9}{'ms 10,000':>11}"
    )
    for name in ("ours", "no change", "binary segmentation", *BREAKS):
        row = {}
        for key, series in groups.items():
            if key == "long" and name in LONGEST:
                continue
            if name in BREAKS:
                python = interpreter(BREAKS[name], folder)
                answers = python and ask(name, python, [{"y": filled(y).tolist()} for y in series])
            else:
                method = {"ours": breaks.ours, "no change": breaks.no_change}.get(
                    name, breaks.binary_segmentation
                )
                answers = asked_here(method, series)
            if not answers:
                break
            row[key] = answers
        if row:
            print(break_row(name, row, groups, marks))
        else:
            print(absent(name, BREAKS[name]))


def absent(name, tool):
    return (
        f"{name:30}not installed: make oracles, or ASSAY_ORACLE_{tool.upper()}=python of an"
        " environment that has it"
    )


def break_row(name, row, groups, marks):
    said = {key: [one["said"] or [] for one in answers] for key, answers in row.items()}
    scores = [
        (breaks.f1(mark, places), breaks.cover(mark, places, y.size))
        for mark, places, y in zip(
            marks, said.get("turing", []), groups.get("turing", []), strict=True
        )
    ]
    f1, cover = np.mean(scores, axis=0) if scores else (np.nan, np.nan)
    false = [np.mean([bool(p) for p in said[key]]) for key in ("noise", "correlated")]
    found = [
        np.mean(
            [any(abs(p - 60) <= breaks.MARGIN for p in places) for places in said[f"{key} jump"]]
        )
        for key in ("noise", "correlated")
    ]
    took = np.mean([one["ms"] for one in row["noise"]])
    long = f"{row['long'][0]['ms']:11.1f}" if "long" in row else f"{'minutes':>11}"
    return (
        f"{name:30}{f1:7.3f}{cover:7.3f}{false[0]:7.2f}{false[1]:8.2f}{found[0]:7.2f}"
        f"{found[1]:8.2f}{took:9.2f}{long}"
    )


def online_table(count, folder):
    """Medians of 1,000 requests a day; a place that a tool names must lie near the shift."""
    simulated = [
        online.simulated(np.random.default_rng([20_263, round(100 * change)]), count, 1000, change)
        for change in SHIFTS
    ]
    print(
        f"\n{'day by day':30}{'false':>7}{'clean days':>12}{'+10%':>7}{'delay':>7}{'+20%':>7}"
        f"{'delay':>7}{'ms a day':>10}   ({count} series of {online.DAYS} days for each change)"
    )
    here = {
        "ours": online.ours,
        "day > 1.10 × mean of 28 days": online.day_above,
        "two days > 1.10 × that mean": online.two_days_above,
    }
    for name, rule in here.items():
        begin = time.process_time()
        alarms = [[[(d, None) for d in days] for days in rule(values)] for values, _ in simulated]
        spent = (time.process_time() - begin) / (len(SHIFTS) * count * online.DAYS)
        print(online_row(name, alarms, simulated, 1000 * spent))
    for name, tool in FROM_5.items():
        python = interpreter(tool, folder)
        questions = [
            {"y": row.tolist(), "since": online.FROM} for values, _ in simulated for row in values
        ]
        answers = python and ask(f"{name}, day by day", python, questions)
        if not answers:
            print(absent(name, tool))
            continue
        said = [one["said"] or [] for one in answers]
        spent = np.mean([one["ms"] for one in answers]) / (online.DAYS - online.FROM)
        print(online_row(name, [said[:count], said[count:]], simulated, spent))


def online_row(name, alarms, simulated, spent):
    """Alarms as day and place, or None for a rule that names none."""
    false, clean, told = 0, 0, ""
    for series, (_, shift) in zip(alarms, simulated, strict=True):
        delays = []
        for days, first in zip(series, shift.tolist(), strict=True):
            false += sum(online.FROM <= day < first for day, _ in days)
            clean += first - online.FROM
            hits = [
                day - first
                for day, at in days
                if first <= day <= first + online.WITHIN
                and (at is None or abs(at - first) <= breaks.MARGIN)
            ]
            delays += sorted(hits)[:1]
        told += f"{len(delays) / len(series):7.2f}{np.median(delays or [np.nan]):7.0f}"
    return f"{name:30}{100 * false / clean:7.2f}{clean:12,}{told}{spent:10.2f}"


def candidate_table(count, folder):
    """A candidate's runs against a baseline's: called a regression, by what it truly is."""
    before, after, requests = RUNS
    rng = np.random.default_rng(20_264)
    pairs = {
        change: [
            [regressions.sample(rng, before, requests, 0.02, 0.0),
             regressions.sample(rng, after, requests, 0.02, change)]
            for _ in range(count)
        ]
        for change in (0.0, *SHIFTS)
    }  # fmt: skip
    print(
        f"\n{'candidate against baseline':30}{'false':>7}{'+10%':>7}{'+20%':>7}{'ms':>9}   "
        f"({count} of {before} runs × {requests} requests against {after} × {requests})"
    )
    here = {"ours": is_regression, **{name: regressions.RULES[name] for name in GATES}}
    for name, rule in here.items():
        begin = time.process_time()
        shares = [np.mean([rule(*pair) for pair in given]) for given in pairs.values()]
        candidate_row(name, shares, 1000 * (time.process_time() - begin) / (len(pairs) * count))
    for name, tool in FROM_5.items():
        python = interpreter(tool, folder)
        questions = [
            {"y": np.median(np.vstack(pair), axis=1).tolist()}
            for given in pairs.values()
            for pair in given
        ]
        answers = python and ask(name, python, questions)
        if not answers:
            print(absent(name, tool))
            continue
        called = [
            any(np.median(asked["y"][at:]) > np.median(asked["y"][:at]) for at in one["said"] or [])
            for asked, one in zip(questions, answers, strict=True)
        ]
        shares = np.reshape(called, (len(pairs), count)).mean(axis=1)
        candidate_row(name, shares, np.mean([one["ms"] for one in answers]))


def is_regression(before, after):
    found = compare_metric(
        [run_of(row) for row in before], [run_of(row) for row in after], rules=Rules()
    )
    return found.verdict == "regression"


def candidate_row(name, shares, spent):
    print(f"{name[:29]:30}" + "".join(f"{share:7.3f}" for share in shares) + f"{spent:9.2f}")


def naive2(past, horizon, setting):
    nothing = np.full(horizon, np.nan)
    return forecasts.naive2(past, horizon, setting.scored), nothing, nothing


def forecast_table(count, folder):
    if not forecasts.DATA.is_dir():
        print(f"forecasts: no M4 series at {forecasts.DATA}")
        return
    print(f"\n{'forecasts':30}{'set':>9}{'series':>8}{'OWA':>7}{'MSIS':>8}{'inside':>8}{'ms':>9}")
    for name in ("weekly", "hourly"):
        whole = list(forecasts.competition(forecasts.DATA, name))
        sample = whole[:: max(1, len(whole) // count)]
        setting = forecasts.SETTINGS[name]
        here = [("ours", forecasts.assay), ("Naive2", naive2), *forecasts.peers()]
        for method, way in [one for one in here if not one[0].startswith("statsforecast")]:
            show(forecasts.judged(name, "", method, way, sample))
        for method, tool in FORECASTS.items():
            python = interpreter(tool, folder)
            questions = [
                {"y": s.past.tolist(), "horizon": s.future.size, "periods": list(setting.periods)}
                for s in sample
            ]
            answers = python and ask(method, python, questions)
            if not answers:
                print(absent(method, tool))
                continue
            replies = iter(answers)
            row = forecasts.judged(
                name, "", method, lambda *_, r=replies: map(np.array, next(r)["said"]), sample
            )
            show({**row, "ms": np.mean([one["ms"] for one in answers])})


def show(row):
    print(
        f"{row['method']:30}{row['set']:>9}{row['series']:8}{row['owa']:7.3f}{row['msis']:8.2f}"
        f"{row['coverage']:8.3f}{row['ms']:9.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--forecasts", type=int, default=40)
    parser.add_argument("--online", type=int, default=60)
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS)
    chosen = parser.parse_args()
    break_table(chosen.series, chosen.environments)
    online_table(chosen.online, chosen.environments)
    candidate_table(10 * chosen.online, chosen.environments)
    forecast_table(chosen.forecasts, chosen.environments)
    sys.exit(0)
