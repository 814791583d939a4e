"""Commands on published versions: exported, withdrawn, thinned out, copied elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.app.options import AsJson, VersionName

if TYPE_CHECKING:
    from collections.abc import Callable


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    commands: tuple[Callable[..., None], ...] = (export, unpublish, prune, pin, unpin)
    for command in commands:
        app.command()(command)


def export(
    version: VersionName,
    wanted: Annotated[
        str, typer.Option("--format", help="html, pdf, md, json, csv, xlsx, ipynb, slides or docx.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="File or folder; by default here, named by the version.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a version in another form, for somebody who works with something else.

    md puts figures as files beside it; csv is a folder (or an archive, where --out ends in .zip)
    with findings, numbers, every table and every chart's data; xlsx is the same in one workbook.
    slides and docx need Quarto.

    Example: assay export ab-test/greeting-v2@latest --format xlsx --out greeting.xlsx
    """
    from assay.app.exports import run_export  # noqa: PLC0415  keeps --help fast

    run_export(version, wanted, out, as_json=as_json)


def unpublish(
    what: Annotated[
        str, typer.Argument(metavar="REPORT|VERSION", help="A version, or all of report[/set].")
    ],
    set_name: Annotated[str | None, typer.Option("--set", help="Which set of the report.")] = None,
    reason: Annotated[str, typer.Option(help="What whoever follows an old link is told.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a published version, or all versions of a report in one set.

    Links to it keep working: they say since when and why it is withdrawn. Index, feed and `latest`
    go back to the newest version that stands. What it said is published again only with --force.

    Example: assay unpublish ab-test/greeting-v2@latest --reason "prices were wrong"
    """
    from assay.app.sites import withdraw  # noqa: PLC0415  keeps --help fast

    withdraw(what, set_name, reason, yes=yes, as_json=as_json)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove old versions as [publishing] keep and keep_monthly say; publishing does it, too.

    The newest version of a report always stays, and whatever was pinned.

    Example: assay prune --dry-run
    """
    from assay.app import sites  # noqa: PLC0415  keeps --help fast

    sites.prune(dry_run=dry_run, as_json=as_json)


def pin(
    version: VersionName,
    note: Annotated[str, typer.Option(help="Why it is kept.")] = "",
) -> None:
    """Keep a version, however old it gets.

    Example: assay pin ab-test/greeting-v2@latest --note "what the board saw"
    """
    from assay.app.sites import keep  # noqa: PLC0415  keeps --help fast

    keep(version, note)


def unpin(version: VersionName) -> None:
    """Let a pinned version go when it is old enough.

    Example: assay unpin ab-test/greeting-v2@latest
    """
    from assay.app.sites import let_go  # noqa: PLC0415  keeps --help fast

    let_go(version)
