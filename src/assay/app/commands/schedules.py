"""Commands on reports that are published by the clock, and who hears of them."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.app.options import AsJson

schedule_app = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode="markdown",
    help="Reports by the clock: when each is due, and how to have it done.",
)
notify_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who hears of new versions and of failures.",
)


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(due)
    app.add_typer(schedule_app, name="schedule")
    app.add_typer(notify_app, name="notify")


def due(
    schedules: Annotated[
        list[str] | None, typer.Argument(help="Names of schedules; by default all of them.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", help="As if it were this time: 2026-11-01T09:30."),
    ] = None,
    look_back: Annotated[
        str | None,
        typer.Option(metavar="SPAN", help="A schedule seen for the first time may be so late: 2h."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what is due.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the reports that are due by params/schedules.yaml, and tell who wants to know.

    Call it as often as you like, and from as many machines as share the folder: each due time is
    done by one, each version is told once. After a downtime it catches up as each schedule says.
    Exits with 1 where a report or a message failed.

    Example: assay due --dry-run
    """
    from assay.app.schedules import do_due  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(do_due(schedules or [], as_of, look_back, dry_run=dry_run, as_json=as_json))


@schedule_app.callback()
def schedule(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Option("--print", metavar="KIND", help="What to install: cron, systemd or github."),
    ] = None,
) -> None:
    """Reports by the clock: when each is due, and how to have it done.

    Example: assay schedule --print cron
    """
    from assay.app.schedules import list_schedules, print_install  # noqa: PLC0415

    if kind is not None:
        print_install(kind)
    elif context.invoked_subcommand is None:
        list_schedules(as_json=False)


@schedule_app.command("list")
def schedule_list(as_json: AsJson = False) -> None:
    """Show when each schedule is due next, in its time zone, and what became of it last."""
    from assay.app.schedules import list_schedules  # noqa: PLC0415  keeps --help fast

    list_schedules(as_json=as_json)


@schedule_app.command("check")
def schedule_check(as_json: AsJson = False) -> None:
    """Check params/schedules.yaml: its keys, times, reports, sets, and the addresses it needs.

    Exits with 2 where something is wrong.
    """
    from assay.app.schedules import check_schedules  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(check_schedules(as_json=as_json))


@schedule_app.command("run")
def schedule_run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
) -> None:
    """Stay, and do what is due whenever it is.

    SIGTERM ends it after what is going on, Ctrl-C at once; what is stopped is completed next time.

    Example: assay schedule run
    """
    from assay.app.schedules import run_schedules  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(run_schedules(once=once))


@notify_app.command("test")
def notify_test(
    recipient: Annotated[str, typer.Argument(help="One of params/schedules.yaml.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the message, send nothing.")
    ] = False,
) -> None:
    """Send a message about the newest published version to one recipient.

    Example: assay notify test team --dry-run
    """
    from assay.app.notices import try_recipient  # noqa: PLC0415  keeps --help fast

    try_recipient(recipient, dry_run=dry_run)
