"""What the published reports say of an experiment, in the few numbers that its record keeps."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING, Any, Final

from assay.core.provenance import SourceState
from assay.workbench.digests import hash_of
from assay.workbench.experiments.experiment import experiments
from assay.workbench.layout import REGISTRATIONS
from assay.workbench.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assay.workbench.experiments.experiment import Experiment
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

Json = dict[str, Any]

REPORT: Final = "ab-test"
EVERY: Final = "experiments:all"
"""Names all experiments of the project where a report asks for its input."""


def report_of(experiment: Experiment) -> tuple[str, str]:
    """The report and the set that tell of an experiment: as registered, or the set of its name."""
    told = experiment.registration or experiment.standing
    report, _, set_name = ((told.report if told else None) or "").partition("/")
    return report or REPORT, set_name or experiment.id


def latest(project: Project, experiment: Experiment) -> Version | None:
    """The newest published version of its report."""
    found = versions(project, *report_of(experiment))
    return found[-1] if found else None


def conclusion_of(version: Version) -> Json:
    """What a decision rests on: verdict, and each comparison with its estimate and interval."""
    result = version.result
    return {
        "report": f"{version.folder.parent.parent.name}/{version.folder.parent.name}",
        "version": version.id,
        "verdict": result.get("verdict"),
        "arm": result.get("arm"),
        "reason": result.get("reason"),
        "units": result.get("n"),
        "data_through": _day(result),
        "alpha": result.get("alpha"),
        "title": (result.get("brief") or {}).get("title", ""),
        "comparisons": [_comparison(one) for one in result.get("comparisons", ())],
        "advice": advice_of(version),
    }


def advice_of(version: Version) -> Json | None:
    """What the plan advises: its action, the metric it rests on, and why; None without a plan."""
    said = (version.result.get("plan") or {}).get("advice")
    return {key: said.get(key) for key in ("action", "metric", "reason")} if said else None


def doubts_of(version: Version, decision: str) -> list[str]:
    """What speaks against deciding so on this result, in sentences; nothing where nothing does."""
    result = version.result
    if decision not in {"ship", "keep"}:
        return []
    verdict, reason = result.get("verdict"), result.get("reason")
    plan = result.get("plan") or {}
    waiting = (plan.get("state") or {}).get("waiting")
    found = []
    if verdict == "blocked":
        found.append(f"The verdict is withheld: {reason}.")
    elif waiting:
        found.append(f"The plan has no answer yet: {waiting}.")
    elif verdict == "undecided":
        found.append(f"The result is undecided: {reason}.")
    elif verdict != decision:
        found.append(f"The result says {verdict}, not {decision}: {reason}.")
    failed = [one for one in result.get("checks", ()) if one.get("status") == "blocks"]
    found += [
        f"A check that forbids a verdict failed: {one['reason']}."
        for one in failed
        if one["reason"] != reason
    ]
    return found


def units_of(version: Version) -> int | None:
    """Units in all arms together."""
    found = version.result.get("n")
    return found if isinstance(found, int) else None


def look_of(version: Version) -> tuple[int, int] | None:
    """Which look of how many, where the report has a sequential plan."""
    plan = (version.result.get("plan") or {}).get("state") or {}
    look, looks = plan.get("look"), plan.get("looks")
    return (look, looks) if isinstance(look, int) and isinstance(looks, int) else None


def estimates_of(experiment: Experiment) -> Iterator[Json]:
    """The past estimates of a concluded experiment, as `assay experiment archive` writes them."""
    end = experiment.concluded
    conclusion = (end or {}).get("conclusion") or {}
    told = experiment.standing
    first = next((m.name for m in told.metrics if m.role == "primary"), "") if told else ""
    for one in conclusion.get("comparisons", ()):
        if end is None or one.get("log_lift") is None:
            continue
        yield {
            "experiment": experiment.id,
            "metric": one["metric"],
            "log_lift": one["log_lift"],
            "se": one["se"],
            "concluded_at": end["at"],
            "arm": one["arm"],
            "role": one["role"],
            "better": one["better"],
            "units": one["units"],
            "decision": end["decision"],
            "shipped": end["decision"] == "ship" and one["arm"] == conclusion.get("arm"),
            "volume": told.volume if told and one["metric"] == first else None,
        }


def _comparison(one: Json) -> Json:
    log_lift, error = log_lift_of(one)
    return {
        "metric": one["metric"],
        "role": one["role"],
        "better": one["better"],
        "arm": one["arm"],
        "unit": one["unit"],
        "units": one["n"] + one["n_control"],
        "difference": one["difference"],
        "lift": {key: one["lift"].get(key) for key in ("value", "low", "high")},
        "log_lift": log_lift,
        "se": error,
        "verdict": one["verdict"],
    }


def log_lift_of(comparison: Json) -> tuple[float | None, float | None]:
    """The log of the ratio of both arms, and its standard error; None where it has none.

    The error is the half-width of the interval on the log scale over the multiplier that made it,
    so that every method and every look gives it alike.
    """
    lift, crit = comparison["lift"], comparison["method"].get("critical_value")
    value, low, high = (lift.get(key) for key in ("value", "low", "high"))
    if value is None or low is None or high is None or not crit or min(value, low) <= -1:
        return None, None
    error = (log1p(high) - log1p(low)) / (2 * crit)
    return (log1p(value), error) if error > 0 else (None, None)


def _day(result: Json) -> str:
    return str((result.get("brief") or {}).get("data_through") or result.get("last") or "")[:10]


def rows_of(project: Project) -> list[Json]:
    """Every experiment as the portfolio reads it: state, progress, last result, decision."""
    return [_portfolio_row(project, one) for one in experiments(project)]


def past_of(project: Project) -> list[Json]:
    """The estimates of all concluded experiments."""
    return [row for one in experiments(project) for row in estimates_of(one)]


def state_of_experiments(project: Project) -> SourceState:
    """What tells whether anything about the experiments has changed: their files, their results."""
    files = sorted((project.params / REGISTRATIONS).glob("*"))
    found: dict[str, str] = {
        path.name: hash_of(path.read_text(encoding="utf-8")) for path in files if path.is_file()
    }
    for one in experiments(project):
        version = latest(project, one)
        found[f"{one.id} result"] = version.id if version else ""
    return SourceState(label=EVERY, sha256=hash_of(found))


def _portfolio_row(project: Project, one: Experiment) -> Json:
    told, version = one.standing, latest(project, one)
    said = (one.concluded or {}).get("conclusion") or (conclusion_of(version) if version else None)
    primary = _primary(said) if said else None
    look = look_of(version) if version else None
    return {
        "experiment": one.id,
        "hypothesis": told.hypothesis if told else "",
        "owner": told.owner if told else "",
        "state": one.state,
        "mistake": one.mistake.message if one.mistake else "",
        "started_at": one.started["at"] if one.started else None,
        "concluded_at": one.concluded["at"] if one.concluded else None,
        "decision": one.concluded["decision"] if one.concluded else None,
        "verdict": said["verdict"] if said else None,
        "data_through": said["data_through"] if said else "",
        "units": said["units"] if said else None,
        "planned_units": told.planned_units if told else None,
        "end": told.last_day.isoformat() if told and told.last_day else None,
        "look": look[0] if look else None,
        "looks": look[1] if look else None,
        "deviations": len(one.deviations),
        "metric": primary["metric"] if primary else None,
        "better": primary["better"] if primary else "up",
        "lift": primary["lift"] if primary else None,
    }


def _primary(said: Json) -> Json | None:
    """The first primary metric of the arm that the verdict speaks of."""
    found = [one for one in said["comparisons"] if one["arm"] == said["arm"]]
    return next((one for one in found if one["role"] == "primary"), None)
