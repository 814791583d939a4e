"""What moves an experiment on: start, pause, resume, reallocate, conclude; all else is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from assay import __version__
from assay.assignment import SLOTS, Allocation, Epoch, free_slots
from assay.core.errors import AssayError, ParameterError
from assay.workbench.experiments.experiment import (
    Experiment,
    experiments,
    find_experiment,
    hash_of_registration,
)
from assay.workbench.experiments.record import Event, append, exclusively

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from assay.registration import Registration
    from assay.workbench.project import Project

By = Literal["person", "clock"]

DECISIONS: Final = ("ship", "keep", "undecided", "stopped")
"""What can be decided at the end; `stopped` where it was given up without a look at the result."""

_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "start": ("draft",),
    "pause": ("running",),
    "resume": ("paused",),
    "grow": ("running",),
    "reallocate": ("running",),
    "stop": ("running", "paused"),
    "conclude": ("running", "paused"),
}
_INSTEAD: Final = {
    "draft": "it has not started: assay experiment start",
    "running": "it runs already",
    "paused": "resume it, or conclude it",
    "concluded": "a concluded experiment stays as it is; register a new one",
}


class TransitionError(AssayError):
    """The experiment is not in a state from which that can be done."""


def start(project: Project, name: str, *, now: datetime, by: By = "person") -> Experiment:
    """Registers it for good (copy, hash, time), takes slots of its layer, and lets units in.

    Raises:
        TransitionError: where it has started before.
        ParameterError: where the file has a mistake, its end is past, or its layer is full.
    """
    with exclusively(project):
        found = _ready(project, name, "start")
        told = found.now
        if told.end is not None and told.end < now.date():
            raise ParameterError(
                f"experiment {name!r} ended {told.end}, before it could start",
                remedy="set another end in its file",
            )
        allocation = _first(project, found, told, now)
        event: Event = {
            "event": "start",
            "state": "running",
            "by": by,
            "sha256": hash_of_registration(told),
            "registration": told.as_json(),
            "allocation": allocation.as_json(),
            "notify": list(told.notify),
            "assay": __version__,
        }
        append(found.record, event, now=now)
        return find_experiment(project, name)


def pause(
    project: Project, name: str, *, reason: str, now: datetime, by: By = "person"
) -> Experiment:
    """Lets no unit in for a while; whoever was in an arm is in it again afterwards.

    Raises:
        TransitionError: where it does not run.
    """
    return _turn(project, name, "pause", {"state": "paused", "reason": reason, "by": by}, now=now)


def resume(project: Project, name: str, *, now: datetime) -> Experiment:
    """Lets units in again.

    Raises:
        TransitionError: where it is not paused.
    """
    return _turn(project, name, "resume", {"state": "running", "by": "person"}, now=now)


def conclude(  # noqa: PLR0913  what is decided, on what, when and by whom
    project: Project,
    name: str,
    *,
    decision: str,
    reason: str,
    conclusion: Mapping[str, Any] | None,
    now: datetime,
    by: By = "person",
) -> Experiment:
    """Ends it for good with a decision, and keeps what the decision rests on.

    Args:
        project: where the experiment is.
        name: of the experiment.
        decision: one of `DECISIONS`.
        reason: in words, "" for none.
        conclusion: of the latest result: estimate, interval, verdict; None where it has none.
        now: when.
        by: a person, or the clock by the plan.

    Raises:
        TransitionError: where it does not run.
        ParameterError: where the decision is none.
    """
    if decision not in DECISIONS:
        raise ParameterError(
            f"decision={decision!r}, expected {', '.join(DECISIONS)}",
        )
    event = {
        "state": "concluded",
        "decision": decision,
        "reason": reason,
        "conclusion": dict(conclusion) if conclusion else None,
        "by": by,
    }
    action = "stop" if decision == "stopped" else "conclude"
    return _turn(project, name, action, event, now=now)


def reallocate(
    project: Project,
    name: str,
    *,
    split: Mapping[str, float],
    basis: Mapping[str, Any],
    now: datetime,
) -> Experiment:
    """Begins a new epoch with another split; units that are in an arm stay in it.

    Args:
        project: where the experiment is.
        name: of the experiment.
        split: share of each arm in the new epoch: the propensities that estimates need later.
        basis: what the split was computed from.
        now: when.

    Raises:
        TransitionError: where it does not run.
        ParameterError: where the registration has no reallocation, a share lies below its floor, or
            the layer has no traffic left.
    """
    with exclusively(project):
        found = _ready(project, name, "reallocate")
        told, before = found.standing, found.allocation
        if told is None or before is None or told.reallocation is None:
            raise ParameterError(
                f"experiment {name!r} was registered with a fixed split",
                remedy="only what was registered with reallocation: can be reallocated",
            )
        floor = told.reallocation.floor
        if set(split) != set(told.arms) or min(split.values()) < floor - 1e-9:
            raise ParameterError(
                f"split={dict(split)}, expected every arm with a share of {floor:g} or more"
            )
        mine = [pair for epoch in before.epochs for pair in epoch.slots]
        if before.by_time:
            epoch = Epoch(split=dict(split), slots=before.epochs[0].slots, since=now)
        else:
            taken = [*_taken(project, before.layer, but=name), *mine]
            share = told.reallocation.batch
            epoch = Epoch(split=dict(split), slots=free_slots(taken, share, holdout=told.holdout))
        allocation = replace(before, epochs=(*before.epochs, epoch))
        event: Event = {
            "event": "reallocate",
            "epoch": len(before.epochs),
            "split": dict(split),
            "basis": dict(basis),
            "allocation": allocation.as_json(),
        }
        append(found.record, event, now=now)
        return find_experiment(project, name)


def grow(project: Project, name: str, *, traffic: float, now: datetime) -> Experiment:
    """Takes in more of the layer's units under the same split; nobody changes arms.

    Raises:
        TransitionError: where it does not run.
        ParameterError: where it has that much already, or its layer is full.
    """
    with exclusively(project):
        found = _ready(project, name, "grow")
        told, before = found.standing, found.allocation
        if told is None or before is None or len(before.epochs) > 1:
            raise ParameterError(f"experiment {name!r} has several epochs: reallocate it instead")
        epoch = before.epochs[0]
        mine = list(epoch.slots)
        taken = [*_taken(project, before.layer, but=name), *mine]
        more = traffic - sum(high - low for low, high in mine) / SLOTS
        if more <= 0:
            raise ParameterError(
                f"experiment {name!r} has {traffic:.2%} of the traffic or more already",
                remedy="units that are in stay in; pause it to let nobody in",
            )
        wider = replace(epoch, slots=(*mine, *free_slots(taken, more, holdout=told.holdout)))
        event: Event = {
            "event": "grow",
            "traffic": traffic,
            "allocation": replace(before, epochs=(wider,)).as_json(),
        }
        append(found.record, event, now=now)
        return find_experiment(project, name)


def note_deviations(project: Project, name: str, *, now: datetime) -> Experiment:
    """Writes down what was changed since the start, where it was not noticed before."""
    found = find_experiment(project, name)
    if all(seen.first_seen for seen in found.deviations):
        return found
    with exclusively(project):
        found = find_experiment(project, name)
        for seen in found.deviations:
            if not seen.first_seen:
                one = seen.deviation
                event: Event = {
                    "event": "deviation",
                    "field": one.field,
                    "before": one.before,
                    "after": one.after,
                }
                append(found.record, event, now=now)
    return find_experiment(project, name)


def _turn(project: Project, name: str, action: str, event: Event, *, now: datetime) -> Experiment:
    with exclusively(project):
        found = _ready(project, name, action)
        told = found.registration or found.standing
        notify = list(told.notify) if told else []
        append(found.record, {"event": action, **event, "notify": notify}, now=now)
        return find_experiment(project, name)


def _ready(project: Project, name: str, action: str) -> Experiment:
    found = find_experiment(project, name)
    insist_on_state(found, action)
    return found


def insist_on_state(found: Experiment, action: str) -> None:
    """Does nothing where the experiment is in a state from which that can be done.

    Raises:
        TransitionError: where it is not.
    """
    if found.state not in _NEEDED[action]:
        needed = " or ".join(_NEEDED[action])
        raise TransitionError(
            f"experiment {found.id!r} is {found.state}, to {action} it takes one that is {needed}",
            remedy=_INSTEAD[found.state],
        )


def _first(project: Project, found: Experiment, told: Registration, now: datetime) -> Allocation:
    by_time = told.reallocation is not None and told.reallocation.epochs == "time"
    layer = told.layer or found.id
    if told.layer:
        _same_holdout(project, found.id, told)
    share = told.traffic
    if told.reallocation is not None and not by_time:
        share = min(share, told.reallocation.batch)
    slots = free_slots(_taken(project, layer, but=found.id), share, holdout=told.holdout)
    epoch = Epoch(split=told.shares, slots=slots, since=now if by_time else None)
    return Allocation(experiment=found.id, layer=layer, epochs=(epoch,), by_time=by_time)


def _taken(project: Project, layer: str, *, but: str) -> list[tuple[int, int]]:
    """Slots of a layer that experiments which are not over have."""
    return [
        pair
        for one in experiments(project)
        if one.id != but and one.state in {"running", "paused"}
        if one.allocation is not None and one.allocation.layer == layer
        for epoch in one.allocation.epochs
        for pair in epoch.slots
    ]


def _same_holdout(project: Project, name: str, told: Registration) -> None:
    for one in experiments(project):
        other = one.standing
        if one.id == name or one.state not in {"running", "paused"} or other is None:
            continue
        if other.layer == told.layer and other.holdout != told.holdout:
            raise ParameterError(
                f"experiment {name!r} holds out {told.holdout:g} of layer {told.layer!r}, "
                f"{one.id!r} {other.holdout:g}",
                remedy="experiments of a layer hold out the same units: give both the same share",
            )
