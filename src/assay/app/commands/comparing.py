"""Commands on what changed between versions, and whether a version can be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson


def mount(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command()
    def diff(
        first: Annotated[
            str,
            typer.Argument(
                help="A version: report[/set]@latest, its id or folder; alone: what changed last."
            ),
        ],
        second: Annotated[str | None, typer.Argument(help="The later version.")] = None,
        html: Annotated[
            Path | None, typer.Option("--html", help="Also write a page with charts side by side.")
        ] = None,
        exit_code: Annotated[
            bool, typer.Option("--exit-code", help="Exit with 1 where they say something else.")
        ] = False,
        as_json: AsJson = False,
    ) -> None:
        """Tell what two versions of a report say differently, and what they were made from.

        Findings are matched by what they are about. A change is held against the errors of both
        versions, which share data: it counts only where it is larger than both errors together.

        Example: assay diff ab-test/greeting-v2 --html changes.html
        """
        from assay.app.comparing import print_diff  # noqa: PLC0415  keeps --help fast

        raise typer.Exit(print_diff(first, second, as_json=as_json, page=html, exit_code=exit_code))
