"""The command line. Every command parses its arguments, calls one function, and prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from assay import __version__
from assay.app.commands import (
    alerts,
    baselines,
    batches,
    benchmarks,
    cohorts,
    comparing,
    costs,
    experiments,
    parameters,
    prices,
    projects,
    quality,
    schedules,
    segments,
    versions,
)
from assay.app.keeping import audit_app, key_app, store_app
from assay.app.options import (
    AsJson,
    AsOf,
    CachedHabit,
    Cluster,
    JsonEvents,
    LatencyUnit,
    Workers,
)
from assay.core.errors import AssayError, ProjectError
from assay.core.project import PROJECT_VARIABLE

EXIT_CODES = """Exit codes: 0 done · 1 not every report could be published · 2 a wrong parameter or
setting · 3 the data cannot answer · 4 the notebook failed · 5 the page could not be made ·
130 interrupted."""

INTERRUPTED = 130
THREADS_PER_CORE = 2
"""Of an import, which reads, judges and writes at once; Polars reads it when it is loaded."""

app = typer.Typer(
    name="assay",
    help="Bring logs in, run the reports of a project, and publish them.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(store_app, name="store")
app.add_typer(key_app, name="key")
app.add_typer(audit_app, name="audit")


def main() -> None:
    """Run the command line; a mistake the user can mend is told in words, without a traceback."""
    try:
        app(prog_name="assay")
    except AssayError as error:
        sys.stderr.write(f"assay: {error}\n")
        sys.exit(error.exit_code)
    except SystemExit as stopped:
        if stopped.code == INTERRUPTED:  # Typer's word for Ctrl-C, which it passes on in silence
            sys.stderr.write("assay: interrupted; nothing half-done was published\n")
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except PermissionError as error:
        sys.stderr.write(
            f"assay: no permission for {error.filename or 'a file'} ({error.strerror})\n"
            "  → mend its permissions, or work as its owner\n"
        )
        sys.exit(ProjectError.exit_code)


def _version(asked: bool) -> None:  # noqa: FBT001
    if asked:
        typer.echo(f"assay {__version__}")
        raise typer.Exit


@app.callback()
def _settings(
    project: Annotated[
        Path | None,
        typer.Option(
            help="The project's folder; by default the nearest one above with assay.toml.",
            envvar=PROJECT_VARIABLE,
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if project is not None:
        os.environ[PROJECT_VARIABLE] = str(project.resolve())


@app.command()
def run(
    report: Annotated[str, typer.Argument(help="Name of the report; `assay list` shows them.")],
    params: Annotated[
        Path | None, typer.Option("--params", help="YAML file with parameters or named sets.")
    ] = None,
    set_name: Annotated[
        str | None, typer.Option("--set", help="Which of the named sets of the file.")
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            metavar="NAME=VALUE",
            help="One parameter; again for more. window.from=… goes into a table, NAME@FILE.yaml "
            "takes the value from a file.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the result; by default in runs/.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """Run one report once, without publishing it.

    Leaves notebook.ipynb, result.json and manifest.json in the folder. Parameters are checked
    before anything starts; `-p` wins over the file, the file over the notebook's defaults. Without
    --params and --set the notebook's own defaults are used.

    Example: assay run ab-test -p data=users.csv -p arm=group -p control=old --out out/
    """
    from assay.app.reports import run_once  # noqa: PLC0415  keeps --help fast

    run_once(report, params, set_name, assignments or [], out, as_of=as_of, as_json=as_json)


@app.command()
def publish(
    reports: Annotated[
        list[str] | None, typer.Argument(metavar="REPORT[/SET]…", help="By default all of them.")
    ] = None,
    set_name: Annotated[
        list[str] | None, typer.Option("--set", help="Only this parameter set; again for more.")
    ] = None,
    as_of: AsOf = None,
    force: Annotated[bool, typer.Option("--force", help="Also what is current already.")] = False,
    why: Annotated[bool, typer.Option("--why", help="Say of each why it runs, or not.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would run, and how long it takes.")
    ] = False,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Begin nothing new after a failure.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    renderer: Annotated[
        str, typer.Option(help="auto (Quarto where it is found), quarto or embedded.")
    ] = "auto",
    to: Annotated[
        Path | None, typer.Option(help="Then copy the whole site into this folder.")
    ] = None,
    alerts: Annotated[
        bool,
        typer.Option("--alerts/--no-alerts", help="Look for alerts where data are new."),
    ] = True,
    as_json: AsJson = False,
    json_events: JsonEvents = False,
) -> None:
    """Run and render reports with all their parameter sets, and publish them with the index.

    What is current already (same notebook, code, parameters, data and packages) is left alone. A
    run that fails publishes nothing: the last good version stays up, and the index says so. Several
    run at once; `assay batch` shows them meanwhile, `assay retry` does what is missing afterwards.

    Example: assay publish ab-test --to ~/public
    """
    from assay.app.publishing import Wanted, publish_all  # noqa: PLC0415  keeps --help fast
    from assay.app.sites import copy_to, refuse_target  # noqa: PLC0415

    if to is not None:
        refuse_target(to)
    wanted = Wanted(
        names=reports or [],
        sets=set_name or [],
        as_of=as_of,
        force=force,
        renderer=renderer,
        workers=workers,
        cluster=cluster,
        fail_fast=fail_fast,
        why=why,
        dry_run=dry_run,
        as_json=as_json,
        events=json_events,
        alerts=alerts,
    )
    code = publish_all(wanted)
    if to is not None and not dry_run:
        copy_to(to, as_json=as_json or json_events)
    raise typer.Exit(code)


@app.command("list")
def list_reports(as_json: AsJson = False) -> None:
    """Show the reports, their parameter sets, and the newest published version of each."""
    from assay.app.reports import print_catalogue  # noqa: PLC0415  keeps --help fast

    print_catalogue(as_json=as_json)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="Parquet, CSV or JSON lines; a glob may be quoted.")],
    table: Annotated[
        str, typer.Option("--as", metavar="TABLE", help="Which table it should be: interactions, …")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="YAML file that says which column is which.")
    ] = None,
    max_rejected: Annotated[
        float, typer.Option(min=0, max=1, help="Refuse the file above this share of rejected rows.")
    ] = 0.05,
    as_json: AsJson = False,
) -> None:
    """Check a file against one of the tables: what was found, what is rejected, and why.

    Exits with 3 where the file cannot be used as that table.

    Example: assay check calls.csv --as interactions --mapping calls.yaml
    """
    from assay.app.checks import print_check  # noqa: PLC0415  keeps --help fast

    raise typer.Exit(print_check(file, table, mapping, max_rejected, as_json=as_json))


@app.command("import")
def import_(
    source: Annotated[
        str,
        typer.Argument(help="File, glob, folder, address of a database, or name of a source."),
    ],
    log_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="otel, langfuse, litellm, helicone, table, pytest-benchmark, hyperfine, asv or "
            "locust; by default told from the records.",
        ),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="YAML file that says which column is which.")
    ] = None,
    as_table: Annotated[
        str | None,
        typer.Option("--as", metavar="TABLE", help="Which of our tables it is: interactions, …"),
    ] = None,
    table: Annotated[str | None, typer.Option(help="Which table of a database to read.")] = None,
    query: Annotated[str | None, typer.Option(help="What to ask a database instead.")] = None,
    latency_unit: Annotated[
        LatencyUnit | None,
        typer.Option(help="Of Langfuse's latencies; by default told from the values."),
    ] = None,
    cached: Annotated[
        CachedHabit | None,
        typer.Option(help="Cached tokens are inside or beside the input; by default by format."),
    ] = None,
    agent_totals: Annotated[
        bool,
        typer.Option(
            "--agent-totals", help="Count tokens and costs of whole agents, too (OpenTelemetry)."
        ),
    ] = False,
    max_rejected: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Refuse a file above this share of rejected rows."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring logs into the store: mapped, made private, checked, each row once.

    What was imported before is not read again, newer versions of rows replace older ones, and rows
    that break a rule go to quarantine with the reason. Importing again after an interruption does
    what is missing. Credentials of a database come from the environment (PGUSER, PGPASSWORD, …).

    Example: assay import exports/*.jsonl.gz --format otel
    """
    os.environ.setdefault("POLARS_MAX_THREADS", str(THREADS_PER_CORE * (os.cpu_count() or 1)))
    from assay.app.imports import run_import  # noqa: PLC0415  keeps --help fast
    from assay.data.intake.account import Request  # noqa: PLC0415

    request = Request(
        source=source,
        format=log_format,
        mapping=str(mapping) if mapping else None,
        as_table=as_table,
        table=table,
        query=query,
        latency_unit=latency_unit.value if latency_unit else None,
        cached=cached.value if cached else None,
        agent_totals=agent_totals,
    )
    run_import(request, max_rejected=max_rejected, as_json=as_json)


@app.command()
def forget(
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Rows older than this, such as 365d or 52w.")
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="PSEUDONYM", help="Everything of one person.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option(help="With --older-than: this table only; again for more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Remove rows from the store for good: by age, or of one person.

    Without options it does what [retention] in assay.toml says. Prices, versions and configurations
    hold until newer ones come: they go by age only where --table names them. What was removed does
    not come back with a later import of an old export. `assay key pseudonym` tells who is who.

    Example: assay forget --older-than 365d
    """
    from assay.app.stores import run_forget  # noqa: PLC0415  keeps --help fast

    run_forget(older_than, user, table or [], as_json=as_json)


@app.command()
def sample(
    seed: Annotated[
        int | None, typer.Option(min=0, help="The same seed makes the same bytes.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder; by default the project's data/sample.")
    ] = None,
) -> None:
    """Build the simulated sample data: an agent platform over 180 days, with its truths."""
    from assay.app.checks import build_sample  # noqa: PLC0415  keeps --help fast

    build_sample(seed, out)


for about in (
    parameters,
    batches,
    versions,
    comparing,
    costs,
    prices,
    baselines,
    benchmarks,
    schedules,
    segments,
    cohorts,
    alerts,
    quality,
    experiments,
    projects,
):
    about.mount(app)
