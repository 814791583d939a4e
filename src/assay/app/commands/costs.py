"""Commands on costs: what was spent, on what, what comes, against which budget, what to save."""

from __future__ import annotations

from typing import Annotated

import typer

cost_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What it costs, on what, what it will cost, and what can be saved.",
)

Days = Annotated[
    int | None, typer.Option(min=1, help="The last days of the data; by default the set's window.")
]
By = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COLUMN", help="A column of the data; again for more."),
]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First day that counts, as 2026-09-01.")
]
To = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day that counts.")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv or md.")]
SetName = Annotated[
    str | None,
    typer.Option(
        "--set",
        metavar="NAME",
        help="Set of params/cost.yaml whose data and prices are read; by default the first.",
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="Other interactions than the set's: file, glob, or store; without --set at the prices "
        "of params/prices.",
    ),
]


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(cost_app, name="cost")


@cost_app.command("history")
def cost_history(
    days: Days = None,
    by: By = None,
    first: From = None,
    last: To = None,
    every: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show what was spent day by day, week by week or month by month.

    Example: assay cost history --days 30 --by model --every week --format md
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_told import show_history  # noqa: PLC0415

    asked = Question(days=days, by=by, first=first, last=last, set_name=set_name, data=data)
    show_history(asked, every=every, form=form)


@cost_app.command("breakdown")
def cost_breakdown(
    days: Days = None,
    by: By = None,
    first: From = None,
    last: To = None,
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show who or what the money went to, and what a success cost, with intervals over users.

    Without --by, by the columns of the set. Groups of too few users are told together.

    Example: assay cost breakdown --days 30 --by model --format csv
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_told import show_breakdown  # noqa: PLC0415

    asked = Question(days=days, by=by, first=first, last=last, set_name=set_name, data=data)
    show_breakdown(asked, form=form)


@cost_app.command("forecast")
def cost_forecast(
    days: Annotated[int, typer.Option(min=1, max=184, help="How many days to come.")] = 30,
    by: By = None,
    first: From = None,
    last: To = None,
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show what days to come, this month and the next will cost, with intervals.

    Beside each total stands how many past totals of that length lay in intervals that were made
    without them. With --by, what each value of a column will cost; these add up to the whole.

    Example: assay cost forecast --days 30 --by agent_id --format md
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_told import show_forecast  # noqa: PLC0415

    asked = Question(by=by, first=first, last=last, set_name=set_name, data=data)
    show_forecast(asked, ahead=days, form=form)


@cost_app.command("budget")
def cost_budget(
    days: Days = None,
    by: By = None,
    first: From = None,
    last: To = None,
    budgets: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="By default the set's, or params/budgets.yaml."),
    ] = None,
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show where each budget stands: spent, expected, how likely it is exceeded, and when.

    With --by, which values of a column have spent it.

    Example: assay cost budget --by agent_id --format md
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_told import show_budgets  # noqa: PLC0415

    asked = Question(days=days, by=by, first=first, last=last, set_name=set_name, data=data)
    show_budgets(asked, file=budgets, form=form)


@cost_app.command("opportunities")
def cost_opportunities(
    days: Days = None,
    by: By = None,
    first: From = None,
    last: To = None,
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show what could be saved a month: interval, evidence, risks, the trial to confirm it.

    What was looked for without finding evidence of a saving is told, too.

    Example: assay cost opportunities --days 56 --by agent_id --format json
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_told import show_opportunities  # noqa: PLC0415

    asked = Question(days=days, by=by, first=first, last=last, set_name=set_name, data=data)
    show_opportunities(asked, form=form)


@cost_app.command("anomalies")
def cost_anomalies(
    days: Days = None,
    by: By = None,
    first: From = None,
    last: To = None,
    users: Annotated[
        bool,
        typer.Option("--users", help="List the users behind each, by the ids that the data hold."),
    ] = False,
    form: Format = "table",
    set_name: SetName = None,
    data: Data = None,
) -> None:
    """Show days and new levels that nobody expected: where, by how much, and whose calls they were.

    Without --users nobody is named: it tells whether one user, a few or all made the difference.
    With it, the users who made most of it are listed, here alone; no report holds them.

    Example: assay cost anomalies --by agent_id --by model --users --format csv
    """
    from assay.app.costs import Question  # noqa: PLC0415  keeps --help fast
    from assay.app.costs_odd import show_anomalies  # noqa: PLC0415

    asked = Question(days=days, by=by, first=first, last=last, set_name=set_name, data=data)
    show_anomalies(asked, users=users, form=form)
