"""Commands on what changed between versions, and whether a version can be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import VERSION_FORMS, AsJson, VersionName


def mount(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command()
    def diff(
        first: Annotated[
            str,
            typer.Argument(
                metavar="VERSION", help=f"{VERSION_FORMS}. Alone: what changed before it."
            ),
        ],
        second: Annotated[
            str | None, typer.Argument(metavar="LATER", help="The later version.")
        ] = None,
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

    @app.command()
    def verify(
        version: Annotated[
            str,
            typer.Argument(metavar="VERSION", help=f"{VERSION_FORMS}, or a bundle."),
        ],
        tolerance: Annotated[
            list[str] | None,
            typer.Option(
                metavar="[UNIT=]NUMBER",
                help="How far numbers may lie apart, relative; 1e-9 by default. Again for units.",
            ),
        ] = None,
        as_json: AsJson = False,
    ) -> None:
        """Run a version's own notebook again and hold every number against the recorded one.

        The notebook and the parameters are those that the version keeps; code, packages and data
        are those of now, and what of them differs is told. Nothing is published or kept. Exits with
        1 where something comes out otherwise.

        Example: assay verify ab-test/greeting-v2@latest
        """
        from assay.app.verifying import print_verification  # noqa: PLC0415  keeps --help fast

        raise typer.Exit(print_verification(version, tolerance or [], as_json=as_json))

    @app.command()
    def bundle(
        version: VersionName,
        out: Annotated[
            Path | None, typer.Option("--out", help="The archive; by default named as the version.")
        ] = None,
        max_mb: Annotated[
            int, typer.Option("--max-mb", min=1, help="Refuse inputs that are larger together.")
        ] = 500,
        anyway: Annotated[
            bool,
            typer.Option("--anyway", help="Also where data or code have changed since."),
        ] = False,
        as_json: AsJson = False,
    ) -> None:
        """Pack a version with its data, parameters, lock, notebook and code into one file.

        A reviewer unpacks nothing: `assay verify FILE.zip` runs it and compares every number. The
        archive holds the report's inputs: give it only to those who may see them. Passwords and
        keys are never in it.

        Example: assay bundle ab-test/greeting-v2@latest --out review.zip
        """
        from assay.app.bundling import write_bundle  # noqa: PLC0415  keeps --help fast

        write_bundle(version, out, most_mb=max_mb, anyway=anyway, as_json=as_json)

    @app.command()
    def trace(
        version: VersionName,
        as_json: AsJson = False,
    ) -> None:
        """Read a version's page and tell which printed numbers are not in its result.

        Head, prose, tables and words of figures are read. Dates, names, declared parameters and the
        confidence level may be quoted beside the result. Exits with 1 where a number is invented.

        Example: assay trace ab-test/greeting-v2@latest
        """
        from assay.app.tracing import print_trace  # noqa: PLC0415  keeps --help fast

        raise typer.Exit(print_trace(version, as_json=as_json))
