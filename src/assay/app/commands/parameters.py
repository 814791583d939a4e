"""Commands on what a report may be asked."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.app.options import AsJson, AsOf


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("params")(show_parameters)


def show_parameters(
    report: Annotated[
        str | None, typer.Argument(help="Name of the report; without one, all are listed.")
    ] = None,
    sets: Annotated[
        bool,
        typer.Option("--sets", help="Its sets, or all, with the values that a run would get."),
    ] = False,
    set_name: Annotated[str | None, typer.Option("--set", help="One of its sets.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="JSON schema of its parameters file.")
    ] = False,
    write: Annotated[
        bool,
        typer.Option("--write-schemas", help="Write the schemas of all reports for editors."),
    ] = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Show what a report may be asked: names, types, defaults and help; its sets; its schema.

    --sets checks every set, of all reports where none is named, and exits with 2 where one has a
    mistake. Values that are read from the environment are shown by the name of their variable.

    Example: assay params ab-test --sets --as-of 2026-11-01
    """
    from assay.app.parameters import (  # noqa: PLC0415  keeps --help fast
        tell_all,
        tell_every_set,
        tell_parameters,
        tell_schema,
        write_schemas,
    )
    from assay.core.errors import ParameterError  # noqa: PLC0415

    if write:
        write_schemas()
    elif report is None and (schema or set_name):
        option = "--schema" if schema else "--set"
        raise ParameterError(
            f"{option} is of one report, and none is named", remedy=f"assay params REPORT {option}"
        )
    elif report is None and sets:
        raise typer.Exit(tell_every_set(as_of=as_of, as_json=as_json))
    elif report is None:
        tell_all(as_json=as_json)
    elif schema:
        tell_schema(report)
    else:
        raise typer.Exit(
            tell_parameters(report, sets=sets, set_name=set_name, as_of=as_of, as_json=as_json)
        )
