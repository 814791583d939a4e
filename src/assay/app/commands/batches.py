"""Commands on many reports at once: how they stand, and how they are steered."""

from __future__ import annotations

from typing import Annotated

import typer

from assay.app.options import AsJson, Cluster, JsonEvents, Workers

Batch = Annotated[
    str | None, typer.Argument(help="Id of the batch, or how it begins; `assay batches` has them.")
]


def mount(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (batches, batch, retry, pause, resume, stop):
        app.command()(command)


def batches(as_json: AsJson = False) -> None:
    """Show the last batches: what was published together, how it stands, and what is missing.

    Example: assay batches
    """
    from assay.app.batches import print_batches  # noqa: PLC0415  keeps --help fast

    print_batches(as_json=as_json)


def batch(
    batch: Batch = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every second until it has ended.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the items of a batch, also while it runs: status, attempts, time and error of each.

    Without an id, of the newest batch.

    Example: assay batch --watch
    """
    from assay.app.batches import print_batch  # noqa: PLC0415  keeps --help fast

    print_batch(batch, as_json=as_json, watch=watch)


def retry(
    batch: Batch = None,
    workers: Workers = None,
    cluster: Cluster = None,
    as_json: AsJson = False,
    json_events: JsonEvents = False,
) -> None:
    """Do what is missing of a batch: what failed, was stopped, or never began.

    With the parameters and the day that the batch had; what has become current since is left
    alone. Without an id, of the newest batch.

    Example: assay retry
    """
    from assay.app.publishing import retry_batch  # noqa: PLC0415  keeps --help fast

    code = retry_batch(batch, workers=workers, cluster=cluster, as_json=as_json, events=json_events)
    raise typer.Exit(code)


def pause(batch: Batch = None) -> None:
    """Let a running batch begin nothing new; what runs goes on to its end.

    Example: assay pause
    """
    from assay.app.batches import steer  # noqa: PLC0415  keeps --help fast

    steer(batch, "pause")


def resume(batch: Batch = None) -> None:
    """Let a paused batch go on.

    Example: assay resume
    """
    from assay.app.batches import steer  # noqa: PLC0415  keeps --help fast

    steer(batch, "run")


def stop(batch: Batch = None) -> None:
    """End a running batch, with what runs: it is kept in runs/, and nothing half-done is published.

    Example: assay stop
    """
    from assay.app.batches import steer  # noqa: PLC0415  keeps --help fast

    steer(batch, "stop")
