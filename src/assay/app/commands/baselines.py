"""Commands on baselines: what a suite measured once, and whether it got worse since."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

baseline_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Baselines: what a suite measured, kept in git, and whether it got worse since.",
)

MEASUREMENTS = "store:measurements"
Data = Annotated[
    str,
    typer.Option(
        metavar="SOURCE",
        help="Measurements: a file or glob of them, or store:measurements; or reports of "
        "pytest-benchmark, hyperfine, asv (JSON) or locust (CSV), each file a run.",
    ),
]
Suite = Annotated[
    str | None, typer.Option(help="Name of the suite; may be left out where there is one only.")
]
Revision = Annotated[
    str | None,
    typer.Option(help="Only the runs of this revision; `latest` is the one measured last."),
]
Since = Annotated[str | None, typer.Option(metavar="DATE", help="First day, as 2026-11-01.")]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="Last day, included.")]
Runs = Annotated[int | None, typer.Option(min=1, help="Only as many runs, the newest ones.")]


class Format(StrEnum):
    """How a comparison is printed."""

    table = "table"
    json = "json"
    md = "md"
    junit = "junit"


class FailOn(StrEnum):
    """What makes a comparison end with 1."""

    regression = "regression"
    creeping = "creeping"
    improvement = "improvement"
    not_enough_data = "not-enough-data"
    missing = "missing"


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(baseline_app, name="baseline")


@baseline_app.command()
def capture(
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Where to, as params/baselines/v1.12.0.yaml."),
    ],
    data: Data = MEASUREMENTS,
    suite: Suite = None,
    revision: Revision = None,
    since: Since = None,
    until: Until = None,
    runs: Runs = None,
    name: Annotated[
        str | None, typer.Option(help="What it is called; by default as the file.")
    ] = None,
    lower_is_worse: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC", help="A metric of which more is better; again for more."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep what a suite measured: every run's summary, the spread between runs, quantile sketches.

    The file is made for review in git: fixed order, few digits, one line a run. Which direction is
    worse is told from the metric's name and stands in the file, beside the smallest change that
    matters; edit both where they are wrong.

    Example: assay baseline capture --suite nightly --runs 20 --output params/baselines/v1.yaml
    """
    from assay.app.baselines import Chosen, capture_baseline  # noqa: PLC0415  keeps --help fast

    chosen = Chosen.of(data, suite, revision, since, until, runs)
    capture_baseline(
        chosen, output, name=name, lower=lower_is_worse or [], force=force, as_json=as_json
    )


@baseline_app.command()
def compare(
    baseline: Annotated[
        str, typer.Option(help="A file of params/baselines/, without .yaml, or a path.")
    ],
    data: Data = MEASUREMENTS,
    suite: Suite = None,
    revision: Revision = None,
    since: Since = None,
    until: Until = None,
    runs: Runs = None,
    fail_on: Annotated[
        list[FailOn] | None, typer.Option("--fail-on", help="What ends with 1; again for more.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.table,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there instead of printing it.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(help="Chance of any false regression, of the whole suite.")
    ] = 0.01,
    power: Annotated[
        float, typer.Option(help="Chance with which a detectable change would be found.")
    ] = 0.8,
    smallest: Annotated[
        float | None,
        typer.Option(help="Change that matters, as 0.05; by default what the baseline says."),
    ] = None,
    history: Annotated[
        bool,
        typer.Option(help="Look over all older baselines of the suite for creeping changes."),
    ] = True,
) -> None:
    """Hold runs against a baseline: regression, improvement, no change, or not enough data.

    Judged by runs, not by requests; a regression needs both a change that matters and evidence.
    Where neither can be had it says what change would have been seen and how many runs would do.
    Without --revision, --since, --until and --runs the newest revision is held against it.

    Exits with 0; with 1 where what --fail-on names was found; with 2 for a wrong name or setting;
    with 3 where the data cannot answer.

    Example: assay baseline compare --baseline v1.11.0 --fail-on regression --format md
    """
    from assay.app.baselines import (  # noqa: PLC0415  keeps --help fast
        Chosen,
        Judged,
        compare_with_baseline,
    )

    code = compare_with_baseline(
        Chosen.of(data, suite, revision, since, until, runs),
        Judged(baseline=baseline, alpha=alpha, power=power, smallest=smallest, history=history),
        form=form.value,
        output=output,
        fail_on=[one.value for one in fail_on or []],
    )
    raise typer.Exit(code)


@baseline_app.command("list")
def list_baselines(as_json: AsJson = False) -> None:
    """Show the baselines of the project: suite, days, revisions, runs, cases.

    Example: assay baseline list
    """
    from assay.app.baselines import print_baselines  # noqa: PLC0415  keeps --help fast

    print_baselines(as_json=as_json)


@baseline_app.command()
def report(
    set_name: Annotated[
        list[str] | None,
        typer.Option("--set", help="Only this set of params/baseline.yaml; again for more."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what is current already.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the report on baselines with the parameter sets of params/baseline.yaml.

    Example: assay baseline report --set nightly
    """
    from assay.app.publishing import Wanted, publish_all  # noqa: PLC0415  keeps --help fast

    wanted = Wanted(names=["baseline"], sets=set_name or [], force=force, as_json=as_json)
    raise typer.Exit(publish_all(wanted))
