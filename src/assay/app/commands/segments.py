"""Commands on segments: who is in which."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

segment_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who behaves alike, and who is in which segment.",
)


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(segment_app, name="segment")


@segment_app.callback()
def segment_topic() -> None:
    """Who behaves alike, and who is in which segment."""


@segment_app.command("assign")
def segment_assign(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write: a .parquet or .csv file.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DAY", help="Last day that counts; by default the last of the data."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model that says who belongs where: a file, or a version of the report; by "
            "default that of the newest version, where there is one.",
        ),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Form segments of these days, whatever is published.")
    ] = False,
    formed: Annotated[
        str | None,
        typer.Option(
            "--formed-as-of",
            metavar="DAY",
            help="Form segments anew, of the days up to this one, where that is an earlier one.",
        ),
    ] = None,
    save_model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep the model, for --model: a .json file."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Interactions; by default those of the set. Its other tables count beside them "
            "where --set names it.",
        ),
    ] = None,
    set_name: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="NAME",
            help="Set of params/segments.yaml that says how; by default the first.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write each entity's segment, and how surely it is in it.

    By the model of the newest published version: the same model and data give the same file.
    Where none is published, segments are formed as the report forms them, by the same seed; names
    and ids are those of the newest version. Where the entities form one cloud, nothing is written.

    Example: assay segment assign --as-of 2026-11-19 --out data/user-segments.parquet
    """
    from assay.app.segments import assign  # noqa: PLC0415  keeps --help fast

    assign(
        out,
        as_of=as_of,
        model=model,
        anew=anew,
        formed_as_of=formed,
        save_model=save_model,
        data=data,
        set_name=set_name,
        as_json=as_json,
    )
