"""Options that several commands have, and what they may be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class LatencyUnit(StrEnum):
    """In what latencies are given."""

    s = "s"
    ms = "ms"


class CachedHabit(StrEnum):
    """Where a source counts the tokens that came from the provider's cache."""

    inside = "inside"
    beside = "beside"


VERSION_FORMS = "report[/set] for the newest, report[/set]@previous, a version's id or its folder"
"""How a version is named, wherever one is taken."""

VersionName = Annotated[str, typer.Argument(metavar="VERSION", help=f"{VERSION_FORMS}.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Day that relative dates such as last_full_month are told from; today by default.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1, max=256, help="Reports that run at once; by default as cores and memory bear."
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Run on a Dask cluster: tcp://scheduler:8786."),
]
JsonEvents = Annotated[
    bool, typer.Option("--json-events", help="Print one JSON object a line while it runs.")
]
