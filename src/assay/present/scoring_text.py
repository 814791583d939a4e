"""What became of scores and of judges, for a terminal, a pull request, a program."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from assay.core.errors import ParameterError
from assay.present.format import NOTHING, count, day
from assay.present.prose.scoring import figures, moved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json = dict[str, Any]
KEYS: Final = (
    *("kind", "name", "mean", "change", "low", "high"),
    *("unit", "before_n", "n", "judges", "verdict"),
)
_HEAD: Final = ("", "mean", "change", "n", "verdict")


def trend_rows(record: Json, means: Mapping[str, float]) -> list[Json]:
    """One row per score, then one per judge.

    Args:
        record: of the analysis of scores.
        means: of each name's recent scores.
    """
    rows = [
        {
            "kind": "score",
            "name": one["name"],
            "mean": means.get(one["name"]),
            **_ends(one["change"]),
            "unit": one["unit"],
            "before_n": one["before_n"],
            "n": one["n"],
            "judges": one["judged_by"],
            "verdict": one["state"],
        }
        for one in record["moves"]
    ]
    return rows + [
        {
            "kind": "judge",
            "name": one["judge"],
            "mean": None,
            **_ends(one["shift"]),
            "unit": one["unit"],
            "before_n": None,
            "n": one["items"],
            "judges": None,
            "verdict": one["verdict"],
        }
        for one in record["drifts"]
    ]


def _ends(size: Json | None) -> Json:
    if size is None:
        return {"change": None, "low": None, "high": None}
    return {"change": size["value"], "low": size["low"], "high": size["high"]}


def as_text(head: Json, rows: Sequence[Json], form: str) -> str:
    """The rows as table, json, csv or md.

    Raises:
        ParameterError: where the form is none of these.
    """
    if form == "json":
        scores, judges = ([r for r in rows if r["kind"] == kind] for kind in ("score", "judge"))
        told = head | {"scores": scores, "judges": judges}
        return json.dumps(told, indent=1, ensure_ascii=False)
    if form == "csv":
        text = StringIO()
        writer = csv.DictWriter(text, KEYS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()
    makers = {"table": _table, "md": _markdown}
    if form not in makers:
        raise ParameterError(f"format {form!r}, expected table, json, csv or md")
    return makers[form](head, rows)


def _said(head: Json) -> str:
    (before, _), (recent, last) = head["before"], head["recent"]
    whom = "".join(f"; {column} {value}" for column, value in head["for"].items())
    return f"{day(recent)} to {day(last)}, against the days from {day(before)}{whom}"


def _cells(row: Json) -> tuple[str, ...]:
    size = None
    if row["change"] is not None and row["low"] is not None:
        size = {"value": row["change"], "low": row["low"], "high": row["high"]}
    n = (
        count(row["n"])
        if row["before_n"] is None
        else f"{count(row['before_n'])} → {count(row['n'])}"
    )
    mean = {"value": row["mean"], "low": None, "high": None}
    return (
        row["name"] if row["kind"] == "score" else f"judge {row['name']}",
        NOTHING if row["mean"] is None else figures(mean, row["unit"]),
        NOTHING if size is None else moved(size, row["unit"]),
        n,
        row["verdict"],
    )


def _table(head: Json, rows: Sequence[Json]) -> str:
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEAD))]
    body = "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return f"{_said(head)}\n{body}"


def _markdown(head: Json, rows: Sequence[Json]) -> str:
    lines = [_HEAD, ("---",) * len(_HEAD), *(_cells(row) for row in rows)]
    body = "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )
    return f"{_said(head)}\n\n{body}"
