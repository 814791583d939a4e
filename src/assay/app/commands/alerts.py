"""Commands on alerts: what is watched, and what became of each that was raised."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.app.options import AsJson

alerts_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="markdown",
    help="What changed in the data that is watched, since when, and how surely.",
)

AlertId = Annotated[
    str, typer.Argument(metavar="ID", help="Of the alert, or how it begins; `assay alerts` tells.")
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads it next.")]


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(alerts_app, name="alerts")


@alerts_app.callback()
def alerts(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are over, and the muted ones.")
    ] = False,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help="Exit with 1 where one is open that nobody has seen."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the alerts that are open: what changed, since when, and what it costs.

    `assay alerts update` looks at the data; this command only tells what it said last.

    Example: assay alerts --all
    """
    if context.invoked_subcommand is None:
        from assay.app.alerts import list_alerts  # noqa: PLC0415  keeps --help fast

        code = list_alerts(everything=everything, as_json=as_json, exit_code=exit_code)
        raise typer.Exit(code)


@alerts_app.command("update")
def alerts_update(
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="As if it were that day; later rows are not seen."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at all that params/alerts.yaml watches, and open, update and close alerts.

    Each incident has one alert, however often this runs.

    Example: assay alerts update
    """
    from assay.app.alerts import update_alerts  # noqa: PLC0415  keeps --help fast

    update_alerts(as_of=as_of, as_json=as_json)


@alerts_app.command("acknowledge")
def alerts_acknowledge(alert: AlertId, note: Note = "", as_json: AsJson = False) -> None:
    """Say that somebody has seen it; it stays open until it ends.

    Example: assay alerts acknowledge al-1a2b3c4d --note "rolled back"
    """
    from assay.app.alerts import acknowledge_alert  # noqa: PLC0415  keeps --help fast

    acknowledge_alert(alert, note=note, as_json=as_json)


@alerts_app.command("mute")
def alerts_mute(
    alert: AlertId,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day; by default until it ends.")
    ] = None,
    note: Note = "",
    undo: Annotated[bool, typer.Option("--undo", help="Tell it again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep an alert out of lists and reports; it is followed all the same.

    Example: assay alerts mute al-1a2b3c4d --until 2026-12-01
    """
    from assay.app.alerts import mute_alert  # noqa: PLC0415  keeps --help fast

    mute_alert(alert, note=note, until=until, undo=undo, as_json=as_json)
