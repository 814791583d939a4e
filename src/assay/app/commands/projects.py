"""Commands on a new project, a new report, and what a machine lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(init)
    app.command()(new)
    app.command()(doctor)
    app.command()(lab)
    app.command()(docs)


def init(
    folder: Annotated[Path, typer.Argument(help="New or empty folder; `.` is this one.")],
    name: Annotated[
        str | None, typer.Option(help="What pages call the project; by default the folder's name.")
    ] = None,
    merge: Annotated[
        bool,
        typer.Option("--merge", help="Add what is missing to a folder that holds files already."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a project: settings, folders, the reports that come with Assay, first steps.

    No file that is there is ever replaced. In a clone of git, notebooks are committed without
    their outputs from then on; `--merge` does the same for a project that was cloned.

    Example: assay init my-reports
    """
    from assay.app.projects import make_project  # noqa: PLC0415  keeps --help fast

    make_project(folder, name=name, merge=merge, as_json=as_json)


def new(
    name: Annotated[str, typer.Argument(help="What people type: small letters, digits and -.")],
    title: Annotated[
        str | None, typer.Option(help="Heading of the report; by default its name, readable.")
    ] = None,
    template: Annotated[
        str,
        typer.Option("--from", help="averages, blank, or a report of this project to copy."),
    ] = "averages",
    as_json: AsJson = False,
) -> None:
    """Make a report: a numbered notebook, its parameter sets, and a test.

    It runs and publishes as it is, on the sample or on what was imported; change it from there.
    Nothing that is there is replaced.

    Example: assay new refusals --title "How often do agents refuse?"
    """
    from assay.app.drafts import draft_report  # noqa: PLC0415  keeps --help fast

    draft_report(name, title=title, template=template, as_json=as_json)


def doctor(as_json: AsJson = False) -> None:
    """Say what is missing on this machine or wrong with this project, and what that costs.

    Nothing is changed, and the network is not used. Exits with 1 where something must be mended;
    what is only optional does not count.

    Example: assay doctor
    """
    from assay.app.doctor import examine  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(examine(as_json=as_json))


def lab(
    port: Annotated[int, typer.Option(min=1024, max=65535, help="The first that is tried.")] = 8888,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
) -> None:
    """Open the notebooks in JupyterLab, on this machine only.

    Edited modules are loaded again by themselves, charts are alive without a network, `%publish`
    publishes the notebook in which one stands, and git takes notebooks without their outputs.

    Example: assay lab
    """
    from assay.app.lab import open_lab  # noqa: PLC0415  keeps --help fast

    open_lab(port=port, browser=browser)


def docs(
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("guide"),
    as_json: AsJson = False,
) -> None:
    """Write the user guide as pages that need no network: what to do, and the reference.

    Example: assay docs --out guide
    """
    from assay.app.console import print_json, say  # noqa: PLC0415
    from assay.app.guide import write_guide  # noqa: PLC0415  keeps --help fast

    pages = write_guide(out)
    if as_json:
        print_json({"index": str(pages[0]), "pages": len(pages)})
    else:
        say(f"{len(pages)} pages; begin with {pages[0]}")
