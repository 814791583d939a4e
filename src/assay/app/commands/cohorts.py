"""Commands on cohorts: what is expected of each user."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

cohort_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who stays, and what users will do.",
)


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(cohort_app, name="cohort")


@cohort_app.callback()
def cohort_topic() -> None:
    """Who stays, and what users will do."""


@cohort_app.command("foretell")
def cohort_foretell(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write: a .parquet or .csv file.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DAY",
            help="Last day that counts; by default the set's, or the last whole one of the data.",
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days ahead; by default those of the set.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="PATH", help="Uses; by default those of the set.")
    ] = None,
    set_name: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="NAME",
            help="Set of params/cohorts.yaml that says how; by default the first.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write what is expected of each user: chance to stay away, active days, spend.

    By the model and parameters of the report `cohorts`. The same data give the same file. Tells
    how the same forecast did on the days just before.

    Example: assay cohort foretell --days 28 --out data/user-outlook.parquet
    """
    from assay.app.foretelling import foretell_users  # noqa: PLC0415  keeps --help fast

    foretell_users(out, as_of=as_of, days=days, data=data, set_name=set_name, as_json=as_json)
