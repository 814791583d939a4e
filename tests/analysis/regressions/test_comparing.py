"""A suite against its baseline: what was planted is found, and no more than alpha beside it."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from assay.analysis.regressions import compare_captures
from assay.core.errors import DataError, ParameterError
from assay.core.result import record
from assay.features.captures import Capture, CapturedRun, Case
from assay.features.runs import SMALLEST, capture
from assay.stats.regressions import run_of
from features.test_runs import readings


def suite(
    seed: int,
    *,
    runs: int = 12,
    requests: int = 60,
    factors: dict[str, float] | None = None,
    run_sd: float = 0.02,
    sigma: float = 0.5,
    name: str = "",
) -> Capture:
    """Cases of lognormal requests whose runs differ by factors of their own."""
    rng = np.random.default_rng(seed)
    frames = []
    for workload, factor in (factors or {"index": 1.0, "search": 1.0, "export": 1.0}).items():
        values = {
            f"{name}-{seed}-{i}": (
                100 * factor * rng.lognormal(0, run_sd) * rng.lognormal(0, sigma, requests)
            ).tolist()
            for i in range(runs)
        }
        frames.append(readings(values, workload=workload, name=workload))
    return capture(pl.concat(frames), name=name)


def test_a_planted_regression_is_found_and_nothing_beside_it() -> None:
    now = suite(2, factors={"index": 1.15, "search": 1.0, "export": 0.85})
    found = compare_captures(suite(1, name="v1"), now)
    verdicts = {case.workload: case.verdict for case in found.cases}
    assert verdicts["index"] == "regression"
    assert verdicts["export"] == "improvement"
    assert verdicts["search"] not in {"regression", "improvement"}
    first = found.cases[0]
    assert first.workload == "index"
    assert first.decided.low < 0.15 < first.decided.high
    assert [one.state for one in found.findings if one.needs_decision] == ["regression"]
    assert record(found, kind="baseline")["units"]["/cases/0/statistics/0/before"] == "ms"


def test_whoever_is_found_leaves_its_level_to_the_others() -> None:
    now = suite(2, factors={"index": 1.5, "search": 1.0, "export": 1.0})
    found = compare_captures(suite(1, name="v1"), now, alpha=0.03)
    levels = {case.workload: case.level for case in found.cases}
    assert levels == pytest.approx({"index": 0.01, "search": 0.015, "export": 0.015})


def drawn(rng: np.random.Generator, *, runs: int, requests: int, name: str) -> Capture:
    """What `suite` draws without the way through rows: three cases whose code is the same."""
    shape = (3, runs, requests)
    values = 100 * rng.lognormal(0, 0.02, (3, runs, 1)) * rng.lognormal(0, 0.5, shape)
    day = date(2026, 1, 1)
    cases = []
    for workload, told in zip(("index", "search", "export"), values, strict=True):
        found = [run_of(one) for one in told]
        kept = tuple(
            CapturedRun(run=f"{name}-{i}", day=day, n=run.n, values=run.values, errors=run.errors)
            for i, run in enumerate(found)
        )
        cases.append(
            Case(
                workload=workload, metric="time", unit="ms", worse="higher", smallest=SMALLEST,
                runs=kept,
            )
        )  # fmt: skip
    return Capture(name=name, suite="nightly", first=day, last=day, cases=tuple(cases))


def test_false_alarms_of_a_whole_suite_stay_below_alpha() -> None:
    alpha, repeats, rng = 0.1, 200, np.random.default_rng(1000)
    alarms = sum(
        compare_captures(
            drawn(rng, runs=6, requests=10, name="v1"),
            drawn(rng, runs=6, requests=10, name="now"),
            alpha=alpha,
        ).regressions
        > 0
        for _ in range(repeats)
    )
    assert alarms / repeats <= alpha + 3 * np.sqrt(alpha * (1 - alpha) / repeats)


def test_one_run_each_says_how_many_would_do() -> None:
    found = compare_captures(suite(1, runs=1, name="v1"), suite(2, runs=1))
    assert found.undecided == 3
    assert all((case.runs_needed or 0) > 1 for case in found.cases)
    assert found.findings[0].action.startswith("Measure ")


def test_steps_too_small_to_see_are_seen_from_afar() -> None:
    steps = [
        suite(
            10 + i,
            runs=8,
            requests=30,
            factors={"index": 1.025**i},
            run_sd=0.01,
            sigma=0.05,
            name=f"v{i}",
        )
        for i in range(7)
    ]
    found = compare_captures(steps[-2], steps[-1], history=steps[:-2])
    assert found.regressions == 0
    (creep,) = found.creeps
    assert creep.verdict == "creeping"
    assert creep.per_version == pytest.approx(0.025, abs=0.01)
    assert found.creeping == 1


def test_shares_are_compared_by_differences() -> None:
    rng = np.random.default_rng(0)

    def told(rate: float, name: str) -> Capture:
        values = {f"{name}{i}": rng.binomial(1, rate, 200).astype(float).tolist() for i in range(8)}
        return capture(readings(values, metric="success", unit="share"), name=name)

    (case,) = compare_captures(told(0.9, "v1"), told(0.75, "now")).cases
    assert (case.verdict, case.worse, case.change_unit) == ("regression", "lower", "share")
    assert case.decided.change == pytest.approx(-0.15, abs=0.03)


def test_other_units_suites_and_cases_are_refused() -> None:
    before = suite(1, name="v1")
    other = replace(before, suite="weekly")
    with pytest.raises(ParameterError, match="of suite 'nightly'"):
        compare_captures(before, other)
    with pytest.raises(DataError, match="no case in common"):
        compare_captures(before, suite(2, factors={"other": 1.0}))
    seconds = replace(before, cases=tuple(replace(case, unit="s") for case in before.cases))
    with pytest.raises(DataError, match="measured in 's'"):
        compare_captures(before, seconds)
    with pytest.raises(ParameterError, match="alpha"):
        compare_captures(before, before, alpha=0.7)


def test_what_is_hard_to_compare_is_remarked() -> None:
    before = suite(1, name="v1")
    elsewhere = replace(before, environments=("mac",), cases=before.cases[:2])
    found = compare_captures(before, elsewhere)
    assert found.missing == (before.cases[2].label,)
    told = " ".join(found.remarks)
    assert "measured on linux, the runs on mac" in told
    assert "12 runs are on both sides" in told
