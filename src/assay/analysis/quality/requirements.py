"""What each later analysis needs of the data, and whether it has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from assay.analysis.quality.result import Fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.analysis.quality.result import Fitness, QualityResult
    from assay.features.profile_tables import TableCount

HOPELESS: Final = 0.5
"""Share of rows without a value, or rejected, from which an analysis of the others misleads."""
FEWEST_ROWS: Final = 5
"""Rows per person, on average, that segments need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one analysis asks for.

    Attributes:
        columns: of interactions, which must have values.
        table: another table that it stands on, None where interactions are enough.
        days, persons: whether the least number of them applies.
        steady: whether gaps, late data and sudden changes touch it.
        arms, versions, costs, habits: further needs, by name.
    """

    analysis: str
    columns: tuple[str, ...] = ()
    table: str | None = None
    days: bool = False
    persons: bool = False
    steady: bool = False
    arms: bool = False
    versions: bool = False
    costs: bool = False
    habits: bool = False


NEEDS: Final = (
    Need(analysis="experiments", columns=("user_id", "succeeded"), arms=True),
    Need(analysis="trends", columns=("succeeded", "latency_s"), days=True, steady=True),
    Need(
        analysis="costs",
        columns=("cost_usd", "model", "input_tokens", "output_tokens"),
        costs=True,
    ),
    Need(analysis="segments", columns=("user_id", "session_id"), persons=True, habits=True),
    Need(analysis="learning", table="attempts", persons=True),
    Need(
        analysis="tuning",
        columns=("agent_id", "agent_version", "succeeded"),
        table="configurations",
        versions=True,
    ),
    Need(analysis="content", table="posts", days=True),
)


class _Case:
    """What speaks against an analysis, gathered one by one."""

    def __init__(self) -> None:
        self.against: list[str] = []
        self.caveats: list[str] = []
        self.held: list[str] = []

    def fit(self, analysis: str) -> Fit:
        verdict: Fitness = "not fit" if self.against else "caveats" if self.caveats else "fit"
        reasons = self.against or self.caveats or self.held
        return Fit(analysis=analysis, verdict=verdict, reasons=tuple(reasons))


def fits_of(
    result: QualityResult, facts: Mapping[str, int], tables: Mapping[str, TableCount]
) -> tuple[Fit, ...]:
    """The verdict for each later analysis.

    Args:
        result: with everything but the verdicts.
        facts: counts that the profile has for later analyses.
        tables: the other tables that there are.
    """
    return tuple(_fit(need, result, facts, tables) for need in NEEDS)


def _fit(
    need: Need, result: QualityResult, facts: Mapping[str, int], tables: Mapping[str, TableCount]
) -> Fit:
    case = _Case()
    if need.table is not None:
        _table(need, case, result, tables)
    if need.columns:
        _rejected(case, result)
        _columns(need, case, result)
    if need.table is None:
        _size(need, case, result)
    if need.arms:
        _arms(case, result, facts)
    if need.versions and facts["versions"] < 2:
        case.against.append(f"{_count(facts['versions'], 'version')} of an agent, of at least 2")
    if need.steady:
        _steady(case, result)
    if need.costs:
        _costs(case, result)
    if need.habits and result.persons and facts["rows_with_person"] / result.persons < FEWEST_ROWS:
        per = facts["rows_with_person"] / result.persons
        case.caveats.append(f"{per:.1f} rows per person, of at least {FEWEST_ROWS}")
    return case.fit(need.analysis)


def _table(
    need: Need, case: _Case, result: QualityResult, tables: Mapping[str, TableCount]
) -> None:
    found, limits = tables.get(need.table or ""), result.thresholds
    if found is None:
        case.against.append(f"it stands on the table {need.table}, which was not given")
        return
    share = found.rejected / (found.rows + found.rejected)
    if share > HOPELESS:
        case.against.append(f"{_percent(share)} of the rows of {need.table} are rejected")
    elif share > limits.max_rejected:
        case.caveats.append(f"{_percent(share)} of the rows of {need.table} are rejected")
    if need.persons and (found.persons or 0) < limits.min_persons:
        case.against.append(
            f"{_count(found.persons or 0, 'person')} in {need.table}, of at least "
            f"{limits.min_persons:,}"
        )
    if need.days and (found.days or 0) < limits.min_days:
        case.against.append(
            f"{_count(found.days or 0, 'day')} in {need.table}, of at least {limits.min_days}"
        )
    people = f" of {_count(found.persons, 'person')}" if found.persons else ""
    over = f" over {_count(found.days, 'day')}" if found.days else ""
    case.held.append(f"{found.rows:,} rows of {need.table}{people}{over}")


def _rejected(case: _Case, result: QualityResult) -> None:
    share = result.rejected_share
    if share > HOPELESS:
        case.against.append(f"{_percent(share)} of the rows are rejected")
    elif share > result.thresholds.max_rejected:
        case.caveats.append(f"{_percent(share)} of the rows are rejected")


def _columns(need: Need, case: _Case, result: QualityResult) -> None:
    shares = {one.name: one.missing_share for one in result.columns}
    absent = [name for name in need.columns if shares.get(name, 1.0) == 1.0]
    if absent:
        case.against.append(f"no row has a value in {_joined(absent, word='or')}")
    lacking = [name for name in need.columns if name not in absent]
    for name in lacking:
        said = f"{name} is missing in {_percent(shares[name])} of the rows"
        if shares[name] > HOPELESS:
            case.against.append(said)
        elif shares[name] > result.thresholds.max_missing:
            case.caveats.append(said)
    short = [name for name in lacking if shares[name]]
    full = [name for name in lacking if not shares[name]]
    if full:
        case.held.append(f"every row has a value in {_joined(full)}")
    if short:
        most = _percent(max(shares[name] for name in short))
        upto = "" if len(short) == 1 else "at most "
        case.held.append(f"{upto}{most} of the rows lack {_joined(short, word='or')}")


def _size(need: Need, case: _Case, result: QualityResult) -> None:
    limits, days = result.thresholds, len(result.volume.days)
    if need.persons and result.persons < limits.min_persons:
        case.against.append(
            f"{_count(result.persons, 'person')}, of at least {limits.min_persons:,}"
        )
    elif need.persons:
        case.held.append(f"{_count(result.persons, 'person')}")
    if need.days and days < limits.min_days:
        case.against.append(f"{_count(days, 'day')}, of at least {limits.min_days}")
    elif need.days:
        case.held.append(f"{_count(days, 'day')}")


def _arms(case: _Case, result: QualityResult, facts: Mapping[str, int]) -> None:
    persons, least = facts["assigned_persons"], result.thresholds.min_persons
    if facts["arms"] < 2:
        case.against.append("no row says which arm of an experiment it belongs to")
    elif persons < least:
        case.against.append(f"{_count(persons, 'person')} in experiments, of at least {least:,}")
    else:
        case.held.append(f"{_count(persons, 'person')} in {facts['arms']} arms")


def _steady(case: _Case, result: QualityResult) -> None:
    fresh, limits = result.freshness, result.thresholds
    if fresh.behind > limits.stale_days:
        case.caveats.append(f"the last row is {_count(fresh.behind, 'day')} old")
    if fresh.gaps:
        share = fresh.gaps / len(result.volume.days)
        many = case.against if share > HOPELESS else case.caveats
        many.append(f"{_count(fresh.gaps, 'day')} without rows that should have some")
    if result.volume.events:
        days = sum(event.days for event in result.volume.events)
        case.caveats.append(f"{_count(days, 'day')} of unexpected volume")
    if not (fresh.gaps or result.volume.events):
        case.held.append("no gap and no day out of line" if result.volume.judged else "no gap")


def _costs(case: _Case, result: QualityResult) -> None:
    costs, limits = result.costs, result.thresholds
    if not costs.rows:
        case.against.append("no row has both tokens and a cost")
        return
    if costs.dear.share > limits.dear_share:
        case.against.append(
            f"{_count(costs.dear.count, 'row')} of implausible cost "
            f"{'hold' if costs.dear.count > 1 else 'holds'} {_percent(costs.dear.share)} "
            "of all cost"
        )
    if costs.explained is None:
        case.against.append("there are too few rows of any model to hold costs against tokens")
    elif (costs.explained.value or 0.0) < limits.min_explained:
        case.caveats.append(
            f"prices explain the cost of {_percent(costs.explained.value or 0.0)} of the rows, "
            f"of at least {_declared(limits.min_explained)}"
        )
    else:
        part = _percent(costs.explained.value or 0.0)
        case.held.append(f"prices explain the cost of {part} of the rows")


def _percent(share: float) -> str:
    """As the pages print it: one decimal, and never rounded onto nothing or everything."""
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f} %"
    digits = next((d for d in (1, 2, 3, 4) if 0 < round(100 * share, d) < 100), 5)
    return f"{100 * share:.{digits}f} %"


def _declared(share: float) -> str:
    """A threshold with the digits that it was given."""
    return f"{100 * share:.10g} %"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _joined(names: list[str], *, word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
