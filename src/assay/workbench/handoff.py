"""The last cell of a notebook: hands the result over to whoever ran it."""

from __future__ import annotations

import json
import os
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Tile
from assay.core.errors import ResultError
from assay.core.provenance import Source
from assay.workbench.files import json_text, write_together
from assay.workbench.layout import BESIDE_FILES, RESULT_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN_VARIABLE: Final = "ASSAY_RUN_DIR"

EMPTY_RESULT: Final[dict[str, Any]] = {
    "schema": {"kind": "notebook", "version": 1},
    "findings": [],
    "units": {},
    "brief": None,
    "sources": [],
}
"""Stands for the result of a notebook that hands nothing over."""


def hand_over(
    record: dict[str, Any],
    *,
    brief: Brief,
    sources: Sequence[Source],
    beside: Mapping[str, str] | None = None,
) -> None:
    """Gives a run its result; where a person runs the notebook, says what would be handed over.

    Args:
        record: from `assay.core.result.record`.
        brief: the head of the report.
        sources: the tables that were read, for the manifest.
        beside: contents of files that a version keeps beside its result, by name.

    Raises:
        ResultError: where the record lacks schema or units, or has a number without a JSON form,
            or a file beside it has a name that no version keeps.
    """
    result = {
        **record,
        "brief": asdict(brief),
        "sources": [asdict(source) for source in sources],
    }
    check_result(result)
    beside = beside or {}
    for name in beside:
        if name not in BESIDE_FILES:
            raise ResultError(
                f"{name!r} is handed over beside the result, expected {', '.join(BESIDE_FILES)}"
            )
    folder = os.environ.get(RUN_VARIABLE)
    if folder:
        write_together(Path(folder), {**beside, RESULT_FILE: json_text(result)})
    else:
        _confirm(result)


def check_result(result: dict[str, Any]) -> None:
    """What every result has, whatever its kind.

    Raises:
        ResultError: naming the field that is missing or not as it should be.
    """
    schema = result.get("schema")
    if not isinstance(schema, dict) or not (
        isinstance(schema.get("kind"), str) and isinstance(schema.get("version"), int)
    ):
        raise ResultError(
            f"result has schema {schema!r}, expected kind and version",
            remedy="hand over what assay.core.result.record() returns",
        )
    for name, kind in (("units", dict), ("findings", list), ("sources", list)):
        if not isinstance(result.get(name), kind):
            raise ResultError(f"result has {name} {result.get(name)!r}, expected a {kind.__name__}")
    if result.get("brief") is not None:
        _insist("brief", result["brief"], Brief)
        for tile in result["brief"].get("tiles", ()):
            _insist("tile", tile, Tile)
    for source in result["sources"]:
        _insist("source", source, Source)
    try:
        json.dumps(result, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ResultError(
            f"the result cannot be written as JSON: {error}",
            remedy="record None with a reason where there is no number",
        ) from None


def _insist(what: str, table: object, kind: type[Brief | Tile | Source]) -> None:
    needed = [
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    ]
    missing = (
        needed if not isinstance(table, dict) else [name for name in needed if name not in table]
    )
    if missing:
        raise ResultError(
            f"a {what} of the result lacks {', '.join(missing)}",
            remedy=f"make it with {kind.__module__}.{kind.__name__}",
        )


def _confirm(result: dict[str, Any]) -> None:
    from IPython.display import display  # noqa: PLC0415  only where a person looks on

    kind, findings = result["schema"]["kind"], len(result["findings"])
    told = f"Ready to publish: {kind}, {findings} finding{'s' * (findings != 1)}."
    display({"text/plain": told}, raw=True)  # type: ignore[no-untyped-call]
