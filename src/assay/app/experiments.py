"""The commands on experiments: what there is, what it means, and what moves it on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assay.app.console import aligned, print_json, say, warn
from assay.app.place import this_project
from assay.app.sizes import told_size
from assay.app.tending import due_of, tell_news
from assay.assignment import SLOTS
from assay.core.errors import DataError, ParameterError, nearest
from assay.workbench.experiments import life
from assay.workbench.experiments.experiment import (
    experiments,
    find_experiment,
    hash_of_registration,
)
from assay.workbench.experiments.results import (
    advice_of,
    conclusion_of,
    doubts_of,
    latest,
    look_of,
    report_of,
    units_of,
)
from assay.workbench.layers import read_table
from assay.workbench.schedule.entries import read_entries

if TYPE_CHECKING:
    from assay.registration import Registration
    from assay.workbench.experiments.experiment import Experiment
    from assay.workbench.project import Project
    from assay.workbench.versions import Version

Json = dict[str, Any]


def list_experiments(*, as_json: bool) -> int:
    """Shows every experiment with its state; 2 where a file has a mistake."""
    project = this_project()
    found = experiments(project)
    rows = [_row(project, one) for one in found]
    if as_json:
        print_json(rows)
    elif not rows:
        say("No experiments yet: params/experiments/ holds them (docs/experiments.md).")
    else:
        table = [["EXPERIMENT", "STATE", "SINCE", "UNITS", "LAST RESULT", "DEVIATIONS"]]
        table += [
            [
                row["experiment"],
                row["state"],
                (row["since"] or "–")[:10],
                _of(row["units"], row["planned_units"]),
                row["verdict"] or "–",
                str(row["deviations"]) if row["started_at"] else "–",
            ]
            for row in rows
        ]
        for line in aligned(table):
            say(line)
    wrong = [one for one in found if one.mistake is not None]
    for one in wrong:
        warn(f"{one.id}: {one.mistake}")
    return ParameterError.exit_code if wrong else 0


def plan_experiment(name: str, *, as_json: bool) -> int:
    """Prints what a registration means and the size it needs; 3 where no size can be told."""
    from assay.app.sizing import size_of  # noqa: PLC0415  other commands need no engine

    project = this_project()
    found = find_experiment(project, name)
    told = found.now
    _check_recipients(project, told)
    size = size_of(told)
    code = DataError.exit_code if size and size.needed.verdict == "unknown" else 0
    body = {
        "experiment": found.id,
        "state": found.state,
        "sha256": hash_of_registration(told),
        "report": "/".join(report_of(found)),
        "registration": told.as_json(),
        "split": told.shares,
        "sizing": size.as_json() if size else None,
    }
    if as_json:
        print_json(body)
        return code
    say(f"{found.id} ({found.state}): {told.hypothesis}")
    say(f"  owner     {told.owner}")
    say(f"  unit      {told.unit}, {_percent(told.traffic)} of {_layer(told)}")
    say(f"  arms      {', '.join(f'{arm} {_percent(s)}' for arm, s in told.shares.items())}")
    for metric in told.metrics:
        say(f"  {metric.role:<9} {metric.name}: {_wanted(metric)}")
    say(f"  plan      {_plan(told)}")
    for number, line in enumerate(told_size(told, size)):
        say(f"  {'needs' if number == 0 else '':<9} {line}")
    say(f"  period    {told.start or 'started by hand'} to {told.last_day or 'concluded by hand'}")
    say(f"  decision  {told.decision.rule}")
    if told.decision.stop:
        say(f"  stopped   before its end for {' and for '.join(told.decision.stop)}")
    say(f"  concluded {told.decision.conclude}, at {_percent(1 - told.decision.alpha)} confidence")
    if told.reallocation:
        say(
            f"  traffic   {_percent(told.reallocation.batch)} per batch follows what was learnt; "
            f"every arm keeps {_percent(told.reallocation.floor)}"
        )
    say(f"  report    {body['report']}{_lacking_set(project, found)}")
    say(f"  sha256    {body['sha256']}")
    return code


def move(  # noqa: PLR0913  what is done to which experiment, and why
    name: str,
    action: str,
    *,
    reason: str = "",
    decision: str = "",
    traffic: float | None = None,
    as_json: bool = False,
) -> None:
    """Starts, pauses, resumes, grows, stops or concludes an experiment, and tells who wants it."""
    project, now = this_project(), datetime.now(UTC)
    found = find_experiment(project, name)
    match action:
        case "start":
            _check_recipients(project, found.now)
            found = life.start(project, name, now=now)
        case "pause":
            found = life.pause(project, name, reason=reason, now=now)
        case "resume":
            found = life.resume(project, name, now=now)
        case "grow":
            found = life.grow(project, name, traffic=traffic or 0.0, now=now)
        case _:
            found = _end(project, found, decision, reason, now)
    event = found.events[-1]
    for doubt in (event.get("conclusion") or {}).get("doubts", ()):
        warn(f"{found.id}: {doubt}")
    if as_json:
        print_json({"experiment": found.id, "state": found.state, "event": event})
    else:
        say(f"{found.id} is {found.state}{_since(event)}")
        if action == "start":
            say(f"  registered as sha256 {event['sha256']}")
        if action == "grow":
            say(f"  {_percent(_traffic(found))} of the layer's units are in it")
        say(f"  commit {project.relative(found.record)}: it is the experiment's record")
    tell_news(project, now, quiet=as_json)


def tell_status(name: str, *, as_json: bool) -> None:
    """Prints how far an experiment is, what its last result says, and what deviates."""
    project, now = this_project(), datetime.now(UTC)
    found = find_experiment(project, name)
    if found.deviations:
        found = life.note_deviations(project, name, now=now)
    row = _row(project, found)
    version = latest(project, found)
    if as_json:
        allocation = found.allocation
        print_json(
            {
                **row,
                "due": due_of(project, found, now=now),
                "advice": advice_of(version) if version else None,
                "conclusion": conclusion_of(version) if version else None,
                "deviations": [
                    {
                        "field": one.deviation.field,
                        "before": one.deviation.before,
                        "after": one.deviation.after,
                        "first_seen": one.first_seen,
                    }
                    for one in found.deviations
                ],
                "allocation": allocation.as_json() if allocation else None,
                "events": list(found.events),
            }
        )
        return
    say(f"{found.id} is {found.state}{_since(found.events[-1]) if found.events else ''}")
    if found.mistake is not None:
        warn(f"  {found.mistake}")
    if found.started:
        say(f"  registered  {found.started['at']}, sha256 {found.started['sha256'][:16]}…")
        say(f"  traffic     {_percent(_traffic(found))}, epoch {_epochs(found)}")
    say(f"  units       {_of(row['units'], row['planned_units'])}")
    if row["look"]:
        say(f"  look        {row['look'][0]} of {row['look'][1]}")
    for line in _found(found, version):
        say(line)
    for one in found.deviations:
        change = one.deviation
        say(f"  deviation   {change.field}: {change.before or '–'} → {change.after or '–'}")
    if due := due_of(project, found, now=now):
        say(f"  due         {due}: `assay due` does it")
    for line in _decided(found):
        say(line)


def _found(found: Experiment, version: Version | None) -> list[str]:
    """What the last result says, and what the plan advises where that is to end it."""
    if version is None:
        return [f"  result      none yet: assay publish {'/'.join(report_of(found))}"]
    brief, advice = version.result.get("brief") or {}, advice_of(version)
    lines = [f"  result      {brief.get('title') or version.result.get('verdict')}  ({version.id})"]
    if advice and str(advice["action"]).startswith("stop"):
        lines.append(f"  advice      {advice['action']}: {advice['metric']}, {advice['reason']}")
    return lines


def _decided(found: Experiment) -> list[str]:
    """How it was concluded, and what spoke against that; nothing where it was not."""
    end = found.concluded
    if not end:
        return []
    doubts = (end["conclusion"] or {}).get("doubts", ())
    return [f"  decision    {end['decision']}", *(f"  doubt       {doubt}" for doubt in doubts)]


def _end(
    project: Project, found: Experiment, decision: str, reason: str, now: datetime
) -> Experiment:
    life.insist_on_state(found, "stop" if decision == "stopped" else "conclude")
    version = latest(project, found)
    began = found.began()
    if version is not None and began is not None and version.created < began:
        version = None
    conclusion = conclusion_of(version) if version else None
    if decision != "stopped" and conclusion is None:
        raise DataError(
            f"experiment {found.id!r} has no result to conclude from",
            remedy=f"assay publish {'/'.join(report_of(found))}, or `assay experiment stop`",
        )
    if conclusion is not None and conclusion["verdict"] == "blocked" and decision == "ship":
        raise DataError(
            f"the last result of {found.id!r} is blocked: {conclusion['reason']}",
            remedy="find the fault, or conclude with keep or undecided",
        )
    if version is not None and conclusion is not None:
        conclusion["doubts"] = doubts_of(version, decision)
    return life.conclude(
        project,
        found.id,
        decision=decision,
        reason=reason,
        conclusion=conclusion,
        now=now,
    )


def _check_recipients(project: Project, told: Registration) -> None:
    known = read_entries(project).recipients
    for who in told.notify:
        if who not in known:
            raise ParameterError(
                f"notify names {who!r}, who is no recipient of params/schedules.yaml",
                remedy=nearest(who, known),
            )


def _row(project: Project, one: Experiment) -> Json:
    told = one.standing
    version = latest(project, one)
    return {
        "experiment": one.id,
        "state": one.state,
        "since": one.events[-1]["at"] if one.events else None,
        "owner": told.owner if told else None,
        "started_at": one.started["at"] if one.started else None,
        "sha256": one.started["sha256"] if one.started else None,
        "units": units_of(version) if version else None,
        "planned_units": told.planned_units if told else None,
        "look": look_of(version) if version else None,
        "verdict": version.result.get("verdict") if version else None,
        "version": version.id if version else None,
        "decision": one.concluded["decision"] if one.concluded else None,
        "deviations": len(one.deviations),
        "mistake": str(one.mistake) if one.mistake else None,
    }


def _lacking_set(project: Project, found: Experiment) -> str:
    """What there is to do before the report can be published; "" where it has its set."""
    report, name = report_of(found)
    file = project.params / f"{report}.yaml"
    sets = read_table(file, file.name).get("sets") if file.is_file() else None
    if isinstance(sets, dict) and name in sets:
        return ""
    registration = f"registration: {project.relative(found.file)}"
    return f": no such set yet, write it into {project.relative(file)} with {registration}"


def _since(event: Json) -> str:
    when = datetime.fromisoformat(event["at"]).strftime("%Y-%m-%d %H:%M UTC")
    return f" since {when}" + (f": {event['reason']}" if event.get("reason") else "")


def _of(units: int | None, planned: int | None) -> str:
    seen = f"{units:,}" if units is not None else "–"
    return f"{seen} of {planned:,} ({units / planned:.0%})" if units and planned else seen


def _plan(told: Registration) -> str:
    plan = told.plan
    size = "no size planned"
    if told.planned_units:
        size = f"{told.planned_units:,} {told.unit} in all arms"
    if plan is None:
        return f"{size}; looks as the report's time and window tell"
    if plan.design == "group-sequential":
        looks = "one look" if plan.count == 1 else f"{plan.count} looks"
        return f"{size}, {looks} ({plan.spending})"
    return f"{size}, {'one look at the end' if plan.design == 'once' else 'any number of looks'}"


def _wanted(metric: Any) -> str:  # noqa: ANN401  a Metric
    parts = [f"{metric.kind}, better {metric.better}"]
    if metric.equivalence is not None:
        parts.append(f"less than ±{_percent(metric.equivalence)} does not matter")
    if metric.margin is not None:
        parts.append(f"may lose {_percent(metric.margin)} at most")
    return "; ".join(parts)


def _layer(told: Registration) -> str:
    held = f", {_percent(told.holdout)} of it held out" if told.holdout else ""
    return f"layer {told.layer}{held}" if told.layer else f"all units{held}"


def _traffic(found: Experiment) -> float:
    allocation = found.allocation
    if allocation is None:
        return 0.0
    ranges = {pair for epoch in allocation.epochs for pair in epoch.slots}
    return sum(high - low for low, high in ranges) / SLOTS


def _epochs(found: Experiment) -> str:
    return str(len(found.allocation.epochs)) if found.allocation else "–"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
