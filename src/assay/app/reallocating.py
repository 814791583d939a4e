"""The command that lets traffic follow what was learnt, and says what that costs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import aligned, print_json, say
from assay.app.place import this_project
from assay.core.errors import DataError, ParameterError
from assay.params import Metric
from assay.workbench.catalogue import find_report
from assay.workbench.experiments import life
from assay.workbench.experiments.experiment import find_experiment
from assay.workbench.experiments.results import report_of
from assay.workbench.parameters import Form
from assay.workbench.plan import answers, given_parameters

if TYPE_CHECKING:
    from assay.features.summary import Sample
    from assay.registration import Registration
    from assay.stats.bayes.bandit import AdaptiveEstimate, Batch
    from assay.workbench.experiments.experiment import Experiment
    from assay.workbench.project import Project

Json = dict[str, Any]

_KINDS: Final = ("rate", "mean", "count", "ratio")
_LEFT_OUT: Final = frozenset(
    {"covariate", "covariates", "covariate_at", "covariate_missing", "adjustment"}
)


def reallocate(name: str, *, dry_run: bool, as_json: bool) -> None:
    """Begins a new epoch whose split follows the first primary metric; tells the cost so far.

    Raises:
        ParameterError: where the experiment was registered with a fixed split.
        TransitionError: where it does not run.
        DataError: where an arm has too few units in every epoch.
    """
    from assay.stats.bayes.bandit import Batches, gain, pooled_arms, thompson_split  # noqa: PLC0415

    project, now = this_project(), datetime.now(UTC)
    found = find_experiment(project, name)
    life.insist_on_state(found, "reallocate")
    told = found.standing
    if told is None or told.reallocation is None:
        raise ParameterError(
            f"experiment {name!r} was registered with a fixed split",
            remedy="only what was registered with reallocation: can be reallocated",
        )
    batches = _batches(project, found, told)
    mean, error = pooled_arms(Batches.of(batches))
    if not (error > 0).all():
        raise DataError(f"an arm of {name!r} has too few units, or all are alike, for a new split")
    metric = _metric(told)
    shares = thompson_split(
        mean, error, floor=told.reallocation.floor, lower_is_better=metric.better == "down"
    )
    split = dict(zip(told.arms, shares, strict=True))
    gains = {
        arm: gain(batches, number, alpha=told.decision.alpha)
        for number, arm in enumerate(told.arms)
        if number
    }
    basis = {
        "metric": metric.name,
        "mean": dict(zip(told.arms, map(float, mean), strict=True)),
        "standard_error": dict(zip(told.arms, map(float, error), strict=True)),
        "propensities": [dict(zip(told.arms, one.propensity, strict=True)) for one in batches],
        "units": [dict(zip(told.arms, one.n, strict=True)) for one in batches],
        "gains": {arm: _plain(one) for arm, one in gains.items()},
    }
    if not dry_run:
        found = life.reallocate(project, name, split=split, basis=basis, now=now)
    if as_json:
        print_json({"experiment": name, "split": split, "basis": basis, "written": not dry_run})
        return
    _show(told, split, basis, gains)
    if dry_run:
        say("Nothing was written.")
    else:
        say(f"Epoch {len(found.events)} is in {project.relative(found.record)}; commit it.")


def _batches(project: Project, found: Experiment, told: Registration) -> list[Batch]:
    """One batch per epoch, from the rows that the experiment's report reads."""
    from assay.data.read import scan  # noqa: PLC0415  Polars takes its time
    from assay.features.arms import Design, summarise_arms  # noqa: PLC0415
    from assay.features.epochs import EPOCH, with_epochs  # noqa: PLC0415
    from assay.stats.bayes.bandit import Batch  # noqa: PLC0415

    allocation = found.allocation
    if allocation is None:
        raise ParameterError(f"experiment {found.id!r} has not started")
    asked = _parameters(project, found)
    rows = scan(asked["data"])
    assigned = scan(asked["assignments"]) if asked.get("assignments") else None
    units = with_epochs(rows if assigned is None else assigned, allocation, unit=told.unit)
    rows, assigned = (units, None) if assigned is None else (rows, units)
    metric = _metric(told)
    design = Design.of(
        arm=asked["arm"],
        control=told.control,
        unit=told.unit,
        experiment=found.id,
        time=asked.get("time"),
        window=asked.get("window"),
        metrics=[metric],
        segments=[EPOCH],
    )
    summary = summarise_arms(rows, design, assignments=assigned)
    by_epoch = {one.segment: one.samples[metric.name] for one in summary.segments}
    return [
        Batch(
            propensity=tuple(epoch.split[arm] for arm in told.arms),
            **_moments([by_epoch.get(str(number), {}).get(arm) for arm in told.arms]),
        )
        for number, epoch in enumerate(allocation.epochs)
        if str(number) in by_epoch
    ]


def _moments(samples: list[Sample | None]) -> dict[str, tuple[Any, ...]]:
    """Units, mean and variance of each arm; a ratio as the mean of its linear form."""
    from assay.stats.delta import linearise  # noqa: PLC0415

    n, mean, variance = [], [], []
    for sample in samples:
        moments = sample.moments if sample is not None and sample.n else None
        if moments is not None and len(moments.mean) > 1:
            moments = linearise(moments) if moments.mean[1] else None
        n.append(moments.n if moments else 0)
        mean.append(moments.mean[0] if moments else 0.0)
        variance.append(moments.variance() if moments and moments.n > 1 else 0.0)
    return {"n": tuple(n), "mean": tuple(mean), "variance": tuple(variance)}


def _metric(told: Registration) -> Metric:
    """The first primary metric, without covariates, of which batches know nothing.

    Raises:
        ParameterError: where it is no mean of units.
    """
    primary = next((one for one in told.metrics if one.role == "primary"), told.metrics[0])
    if primary.kind not in _KINDS:
        raise ParameterError(
            f"traffic cannot follow {primary.name!r}, a {primary.kind}",
            remedy=f"the first primary metric has to be one of {', '.join(_KINDS)}",
        )
    said = primary.model_dump(exclude_defaults=True)
    return Metric(**{name: value for name, value in said.items() if name not in _LEFT_OUT})


def _parameters(project: Project, found: Experiment) -> Json:
    name, set_name = report_of(found)
    report = find_report(project, name)
    asked = given_parameters(project, report, set_name=set_name)
    return answers(project, Form.of(report.notebook(), report=name), asked).values


def _plain(one: AdaptiveEstimate) -> Json:
    return {
        "difference": one.difference,
        "low": one.low,
        "high": one.high,
        "units": one.units,
        "fixed_units": one.fixed_units,
    }


def _show(told: Registration, split: Json, basis: Json, gains: dict[str, AdaptiveEstimate]) -> None:
    table = [["ARM", "MEAN", "NEW SHARE", "GAIN SO FAR"]]
    for arm in told.arms:
        one = gains.get(arm)
        gained = f"{one.difference:+.4g} [{one.low:+.4g}, {one.high:+.4g}]" if one else "–"
        row = [arm, f"{basis['mean'][arm]:.4g} ± {basis['standard_error'][arm]:.2g}"]
        table.append([*row, f"{100 * split[arm]:.1f} %", gained])
    say(f"By {basis['metric']}, within epochs:")
    for line in aligned(table):
        say(f"  {line}")
    for arm, one in gains.items():
        if one.cost > 1.005:
            say(
                f"  Certainty about {arm} has cost: {one.units:,} units tell what "
                f"{one.fixed_units:,.0f} under equal shares would."
            )
