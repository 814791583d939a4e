"""Runs of now held against those of a baseline, case by case, with one chance of a false alarm."""

from __future__ import annotations

from math import exp, isfinite, log
from statistics import fmean
from typing import TYPE_CHECKING, Final

from assay.analysis.regressions.creeping import creeps_of
from assay.analysis.regressions.findings import findings_of
from assay.analysis.regressions.result import CaseResult, RegressionsResult, StatisticResult
from assay.core.errors import DataError, ParameterError
from assay.stats.regressions import EQUIVALENCE, MetricVerdict, compare_metric, compare_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.features.captures import Capture, Case
    from assay.stats.regressions import Comparison

ALPHA: Final = 0.01
POWER: Final = 0.8
_ORDER: Final = ("regression", "improvement", "not enough data", "no change")


def compare_captures(
    baseline: Capture,
    candidate: Capture,
    *,
    alpha: float = ALPHA,
    power: float = POWER,
    history: Sequence[Capture] = (),
) -> RegressionsResult:
    """What is worse than it was, what is better, and what could not be told.

    The chance that anything is called a regression where nothing changed is `alpha` for the whole
    suite: it is divided among the cases, and what a case found is given on to those that are left
    (Holm's step-down). The same holds for creeping changes, in a family of their own.

    Args:
        baseline: what it is held against; its rules (worse, smallest) count.
        candidate: the runs that are judged.
        alpha: chance of any false regression, of the suite.
        power: chance with which a change of the size told as detectable would be found.
        history: earlier baselines of the suite, for changes that came in small steps.

    Raises:
        DataError: where the two have no case in common.
        ParameterError: where they are of different suites, or a number is out of range.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal
        of Statistics 6.
    """
    if baseline.suite != candidate.suite:
        raise ParameterError(
            f"baseline {baseline.name} is of suite {baseline.suite!r}, "
            f"the runs are of {candidate.suite!r}"
        )
    if not 0 < alpha < 0.5:
        raise ParameterError(f"alpha={alpha}, expected between 0 and 0.5")
    now = {case.key: case for case in candidate.cases}
    pairs = [(case, now[case.key]) for case in baseline.cases if case.key in now]
    if not pairs:
        raise DataError(
            f"baseline {baseline.name} and the runs have no case in common: "
            f"{baseline.cases[0].label} … against {candidate.cases[0].label} …",
            remedy="measure the same workloads, metrics and providers",
        )
    for before, after in pairs:
        _refuse_other_units(before, after)
    cases = sorted(
        _stepped_down(pairs, alpha=alpha, power=power),
        key=lambda case: (_ORDER.index(case.verdict), -_size(case)),
    )
    creeps = creeps_of([*history, baseline, candidate], alpha=alpha, power=power)
    before_keys = {case.key for case in baseline.cases}
    verdicts = [case.verdict for case in cases]
    return RegressionsResult(
        suite=baseline.suite,
        baseline=baseline.name,
        baseline_revisions=baseline.revisions,
        baseline_first=baseline.first,
        baseline_last=baseline.last,
        baseline_environments=baseline.environments,
        candidate_revisions=candidate.revisions,
        candidate_first=candidate.first,
        candidate_last=candidate.last,
        candidate_environments=candidate.environments,
        alpha=alpha,
        power=power,
        cases=tuple(cases),
        creeps=creeps,
        missing=tuple(case.label for case in baseline.cases if case.key not in now),
        added=tuple(case.label for case in candidate.cases if case.key not in before_keys),
        remarks=tuple(_remarks(baseline, candidate)),
        regressions=verdicts.count("regression"),
        improvements=verdicts.count("improvement"),
        unchanged=verdicts.count("no change"),
        undecided=verdicts.count("not enough data"),
        creeping=sum(creep.verdict == "creeping" for creep in creeps),
        findings=findings_of(cases, creeps, alpha),
    )


def _stepped_down(
    pairs: Sequence[tuple[Case, Case]], *, alpha: float, power: float
) -> list[CaseResult]:
    """Each case at the level that those found before it leave."""
    left = list(range(len(pairs)))
    found: dict[int, CaseResult] = {}
    while left:
        level = alpha / len(left)
        tried = {place: _compared(*pairs[place], level=level, power=power) for place in left}
        found |= tried
        still = [p for p in left if tried[p].verdict not in {"regression", "improvement"}]
        if len(still) == len(left):
            break
        left = still
    return [found[place] for place in range(len(pairs))]


def _compared(before: Case, after: Case, *, level: float, power: float) -> CaseResult:
    rules = before.rules(alpha=level, power=power)
    verdict = _by_runs(before, after, level=level, power=power)
    statistics = verdict.statistics
    chosen = statistics[verdict.decided_by]
    first = next(iter(statistics))
    change_unit = "share" if rules.relative else before.unit or "1"
    sides = (before, after)
    aside = [
        side.runs[place].run
        for side, places in zip(sides, statistics[first].set_aside, strict=True)
        for place in places
    ]
    return CaseResult(
        key="/".join(before.key),
        label=before.label,
        workload=before.workload,
        provider=before.provider,
        metric=before.metric,
        unit=before.unit or "1",
        change_unit=change_unit,
        worse=before.worse,
        verdict=verdict.verdict,
        decided_by=verdict.decided_by,
        reason=verdict.reason if len(statistics) > 1 else chosen.reason,
        level=level,
        smallest=rules.smallest,
        n_baseline=len(before.runs),
        n_candidate=len(after.runs),
        readings_baseline=before.n,
        readings_candidate=after.n,
        run_sd=chosen.run_sd,
        runs_needed=chosen.runs_needed,
        candidate_runs_needed=chosen.candidate_runs_needed,
        set_aside=tuple(aside),
        left_out=verdict.left_out,
        statistics=tuple(
            _statistic(name, one, sides, before.unit or "1", change_unit)
            for name, one in statistics.items()
        ),
        baseline_runs=tuple(run.values[first] for run in before.runs),
        candidate_runs=tuple(run.values[first] for run in after.runs),
    )


def _by_runs(before: Case, after: Case, *, level: float, power: float) -> MetricVerdict:
    rules = before.rules(alpha=level, power=power)
    if rules.relative:
        return compare_metric(before.as_runs(), after.as_runs(), rules=rules)
    found = compare_runs(
        [run.values["mean"] for run in before.runs],
        [run.values["mean"] for run in after.runs],
        rules=rules,
        errors=(
            [run.errors["mean"] for run in before.runs],
            [run.errors["mean"] for run in after.runs],
        ),
    )
    return MetricVerdict(
        verdict=found.verdict, decided_by="mean", statistics={"mean": found}, left_out=()
    )


def _statistic(
    name: str, found: Comparison, sides: tuple[Case, Case], unit: str, change_unit: str
) -> StatisticResult:
    before, after = (
        _mean(
            [
                run.values[name]
                for place, run in enumerate(side.runs)
                if place not in found.set_aside[which]
            ],
            ratios=side.relative,
        )
        for which, side in enumerate(sides)
    )
    return StatisticResult(
        name=name,
        unit=unit,
        change_unit=change_unit,
        before=before,
        after=after,
        change=_finite(found.change),
        low=_finite(found.low),
        high=_finite(found.high),
        confidence=1 - 2 * found.level,
        equal_low=_finite(found.equal_low),
        equal_high=_finite(found.equal_high),
        equal_confidence=1 - 2 * EQUIVALENCE,
        p_worse=found.p_worse,
        p_better=found.p_better,
        detectable=_finite(found.detectable),
        verdict=found.verdict,
    )


def _mean(values: Sequence[float], *, ratios: bool) -> float:
    return exp(fmean(map(log, values))) if ratios else fmean(values)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _size(case: CaseResult) -> float:
    return abs(case.decided.change or 0.0)


def _refuse_other_units(before: Case, after: Case) -> None:
    if before.unit != after.unit:
        raise DataError(
            f"{before.label} is measured in {after.unit!r}, the baseline in {before.unit!r}",
            remedy="measure in the same unit, or capture the baseline anew",
        )
    if before.compared != after.compared:
        raise DataError(
            f"{before.label} was compared by {before.compared}, but the new values allow "
            f"{after.compared} only: one of them is zero or negative",
            remedy="remove failed readings, or set `compared: differences` by a new capture",
        )


def _remarks(baseline: Capture, candidate: Capture) -> list[str]:
    told = []
    one, other = set(baseline.environments), set(candidate.environments)
    if one != other:
        told.append(
            f"the baseline was measured on {_listed(one)}, the runs on {_listed(other)}: "
            "a difference may be the machine's"
        )
    if candidate.last < baseline.last:
        told.append(f"the runs end on {candidate.last}, before the baseline does ({baseline.last})")
    before = {run.run for case in baseline.cases for run in case.runs}
    after = {run.run for case in candidate.cases for run in case.runs}
    if before & after:
        told.append(
            f"{len(before & after)} runs are on both sides: they hide what changed between them"
        )
    return told


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "an unnamed machine"
