"""Commands on experiments: from the registration to the conclusion."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

experiment_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Experiments: registered, started, watched, concluded.",
)

Id = Annotated[
    str, typer.Argument(metavar="ID", help="A file of params/experiments/, without .yaml.")
]
Reason = Annotated[str, typer.Option(help="Why, for whoever reads the record later.")]


class Choice(StrEnum):
    """What can be decided."""

    ship = "ship"
    keep = "keep"
    undecided = "undecided"


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(experiment_app, name="experiment")


@experiment_app.command("list")
def experiment_list(as_json: AsJson = False) -> None:
    """Show every experiment: its state, its units, its last result.

    Exits with 2 where a registration has a mistake.

    Example: assay experiment list --json
    """
    from assay.app.experiments import list_experiments  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(list_experiments(as_json=as_json))


@experiment_app.command()
def plan(name: Id, as_json: AsJson = False) -> None:
    """Check a registration and print what it means: arms, metrics, plan, decision rule, hash.

    With `sizing` in the file it also says how many units and weeks the plan needs, and what the
    planned number can show; exits with 3 where the history is too little to tell.

    Example: assay experiment plan greeting-v2
    """
    from assay.app.experiments import plan_experiment  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(plan_experiment(name, as_json=as_json))


@experiment_app.command()
def start(name: Id, as_json: AsJson = False) -> None:
    """Register an experiment for good and let units in.

    What the file says now is copied, hashed and time-stamped in params/experiments/ID.jsonl; what
    is changed later is shown as a deviation. Refused where it started before, or where its layer
    has not enough free traffic.

    Example: assay experiment start greeting-v2
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "start", as_json=as_json)


@experiment_app.command()
def status(name: Id, as_json: AsJson = False) -> None:
    """Show how far an experiment is: units, look, last result, deviations, what is due.

    Example: assay experiment status greeting-v2 --json
    """
    from assay.app.experiments import tell_status  # noqa: PLC0415  keeps --help fast

    tell_status(name, as_json=as_json)


@experiment_app.command()
def pause(name: Id, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let no unit in for a while; everybody keeps their arm for later.

    Example: assay experiment pause greeting-v2 --reason "the provider is down"
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "pause", reason=reason, as_json=as_json)


@experiment_app.command()
def resume(name: Id, as_json: AsJson = False) -> None:
    """Let units in again.

    Example: assay experiment resume greeting-v2
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "resume", as_json=as_json)


@experiment_app.command()
def grow(
    name: Id,
    traffic: Annotated[float, typer.Option(help="Share of the layer's units, as 0.2.")],
    as_json: AsJson = False,
) -> None:
    """Take in more of the traffic; whoever is in an arm stays there.

    Example: assay experiment grow greeting-v2 --traffic 0.2
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "grow", traffic=traffic, as_json=as_json)


@experiment_app.command()
def reallocate(
    name: Id,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell the new split.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let the next units follow what was learnt, and say what that costs in certainty.

    Each arm gets the chance that it is the best, and the registered floor. Whoever is in an arm
    stays there; the new split is an epoch of the record, and the report compares within epochs.

    Example: assay experiment reallocate greeting-v2 --dry-run
    """
    from assay.app.reallocating import reallocate as run  # noqa: PLC0415  keeps --help fast

    run(name, dry_run=dry_run, as_json=as_json)


@experiment_app.command()
def stop(name: Id, reason: Reason = "", as_json: AsJson = False) -> None:
    """Give an experiment up, without a decision; its last result is kept beside.

    Example: assay experiment stop greeting-v2 --reason "the feature was withdrawn"
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "stop", decision="stopped", reason=reason, as_json=as_json)


@experiment_app.command()
def conclude(
    name: Id,
    decision: Annotated[Choice, typer.Option(help="What was decided.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """End an experiment with a decision, and keep what it rests on: estimates and intervals.

    They come from the newest published result of its report. What speaks against the decision
    (an undecided result, a plan that has no answer yet, a verdict that is withheld) is told and
    kept beside it; what a failed check forbids cannot be shipped.

    Example: assay experiment conclude greeting-v2 --decision ship
    """
    from assay.app.experiments import move  # noqa: PLC0415  keeps --help fast

    move(name, "conclude", decision=decision.value, reason=reason, as_json=as_json)


@experiment_app.command()
def assign(
    name: Id,
    unit: Annotated[list[str] | None, typer.Option(help="A unit; again for more.")] = None,
    units: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with one unit a line; - for stdin.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell which arm units are in: unit, arm and epoch, – for a unit that is in none.

    In your own code: `from assay.assignment import assign`.

    Example: assay experiment assign greeting-v2 --unit ada --unit bo
    """
    from assay.app.assigning import tell_arms  # noqa: PLC0415  keeps --help fast

    tell_arms(name, unit or [], units, as_json=as_json)


@experiment_app.command()
def archive(
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write them, as JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what concluded experiments found: log lift and standard error of every metric.

    Example: assay experiment archive --output params/experiments/past.json
    """
    from assay.app.assigning import write_archive  # noqa: PLC0415  keeps --help fast

    write_archive(output, as_json=as_json)
