"""Commands on benchmarks: workloads that a project declares, measured."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assay.app.options import AsJson

benchmark_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Benchmarks: workloads that the project declares, measured.",
)


class Size(StrEnum):
    """How much is measured."""

    quick = "quick"
    standard = "standard"
    batch = "batch"


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(benchmark_app, name="benchmark")


@benchmark_app.callback()
def _benchmark() -> None:
    """Benchmarks: workloads that the project declares, measured."""


@benchmark_app.command("run")
def run_benchmark(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[WORKLOAD]…", help="By default all of them.")
    ] = None,
    workload: Annotated[
        Size, typer.Option(help="Size: quick for a look, standard, or batch (many items a call).")
    ] = Size.standard,
    runs: Annotated[
        int | None, typer.Option(min=1, max=999, help="Instead of what the size says.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the order; by default that of the file.")
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="Name of the code's state; by default told by git.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="What is measured; by default params/benchmarks.yaml.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A Parquet file to keep it in, instead of the store."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the workloads of params/benchmarks.yaml: time, CPU, throughput, peak memory.

    Commands or calls in Python, in random order run after run, so that variants of a workload can
    be held against each other. Tells what measuring adds, the spread between runs, and drift.
    Readings go to the table `measurements`, where `assay baseline` finds them. A workload that
    fails is told and counted, and never timed.

    Exits with 0; with 1 where a workload failed; with 130 where it was interrupted: whole runs are
    kept.

    Example: assay benchmark run --workload quick
    """
    from assay.app.benchmarks import Wanted, run_benchmarks  # noqa: PLC0415  keeps --help fast

    wanted = Wanted(
        size=workload.value,
        only=only or [],
        runs=runs,
        seed=seed,
        revision=revision,
        file=file,
        output=output,
        as_json=as_json,
    )
    raise typer.Exit(run_benchmarks(wanted))
