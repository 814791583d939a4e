"""Commands on scores: what became of them, and the goals that are set for them."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.app.options import AsJson

quality_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="How good it is by those who judge, and how likely goals are met.",
)
goals_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What is to be reached, by when, and how likely that is.",
)

SetName = Annotated[
    str | None,
    typer.Option(
        "--set",
        metavar="NAME",
        help="Set of params/quality.yaml whose data are read; by default the first.",
    ),
]


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    quality_app.add_typer(goals_app, name="goals")
    app.add_typer(quality_app, name="quality")


@quality_app.command("trends")
def quality_trends(
    days: Annotated[
        int, typer.Option(min=1, help="The last days of the data, against as many before them.")
    ] = 28,
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only what this provider answered.")
    ] = None,
    experiment: Annotated[
        str | None, typer.Option(metavar="ID", help="Only what belongs to this experiment.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, json, csv or md.")] = "table",
    set_name: SetName = None,
) -> None:
    """Show how each score changed, and which judge did.

    A score's change is that within judges who stayed where they were.

    Example: assay quality trends --days 28 --provider anthropic --format md
    """
    from assay.app.quality import show_trends  # noqa: PLC0415  keeps --help fast

    show_trends(days=days, provider=provider, experiment=experiment, form=form, set_name=set_name)


@goals_app.command("set")
def goals_set(
    name: Annotated[str, typer.Argument(help="How reports call the goal.")],
    metric: Annotated[
        str | None, typer.Option(help="A score's name, or a metric of params/metrics.yaml.")
    ] = None,
    target: Annotated[float | None, typer.Option(help="In the metric's own unit.")] = None,
    by: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day of the week that has to reach it.")
    ] = None,
    better: Annotated[
        str | None, typer.Option(help="up or down; by default as the metric has it.")
    ] = None,
    whom: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="COLUMN=VALUE", help="Only these rows; may be repeated."),
    ] = None,
    set_name: SetName = None,
    as_json: AsJson = False,
) -> None:
    """Set a goal, or change one of the same name; what is not said stays as it is.

    Writes params/goals.yaml, whose comments are kept, and tells where the goal stands.

    Example: assay quality goals set "Clearer answers" --metric clarity --target 4.3 --by 2026-12-31
    """
    from assay.app.quality import set_goal  # noqa: PLC0415  keeps --help fast

    told = {"metric": metric, "target": target, "by": by, "better": better}
    set_goal(name, told, whom=whom, set_name=set_name, as_json=as_json)


@goals_app.command("list")
def goals_list(set_name: SetName = None, as_json: AsJson = False) -> None:
    """List the goals with where each stands: met, missed, or the chance that it will be met.

    Example: assay quality goals list --json
    """
    from assay.app.quality import list_goals  # noqa: PLC0415  keeps --help fast

    list_goals(set_name=set_name, as_json=as_json)
