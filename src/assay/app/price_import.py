"""LiteLLM's price table into the project's price book, told before and after it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.app.console import aligned, print_json, say
from assay.app.prices import day_of
from assay.core.errors import ParameterError
from assay.core.project import resolve_path
from assay.data.pricebook.checks import check_lines
from assay.data.pricebook.merging import merge_offers
from assay.data.pricebook.offers import read_offers
from assay.data.pricebook.read import PRICES, RATES, lines_of, price_files
from assay.data.pricebook.writing import with_lines
from assay.workbench.files import write_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from assay.data.pricebook.lines import Line
    from assay.data.pricebook.merging import Change, Merge

_SHOWN = 40


def import_prices(  # noqa: PLR0913  the command's options
    file: Path,
    *,
    as_of: str,
    providers: Sequence[str],
    new_models: bool,
    anyway: bool,
    dry_run: bool,
    book: str | None,
    as_json: bool,
) -> None:
    """Writes what the table says beyond the book, and prints it.

    Raises:
        ParameterError: where the book is no folder, or a file of it cannot be edited without loss.
        DataError: where the table cannot be read, or is no price table.
    """
    day = day_of(as_of, "--as-of")
    folder = resolve_path(book or PRICES)
    if folder.exists() and not folder.is_dir():
        raise ParameterError(f"{folder} is no folder, expected one of YAML files")
    files = price_files(folder) if folder.is_dir() and any(folder.glob("*.y*ml")) else []
    lines = [line for one in files if one.name != RATES for line in lines_of(one)]
    merge = merge_offers(
        lines,
        read_offers(resolve_path(file), as_of=day),
        as_of=day,
        source=f"LiteLLM price table, as of {day}",
        providers=providers,
        new_models=new_models,
        anyway=anyway,
    )
    check_lines([*lines, *merge.lines])
    texts = with_lines(files, folder, merge.lines)
    if not dry_run and texts:
        folder.mkdir(parents=True, exist_ok=True)
        write_together(folder, {path.name: text for path, text in texts.items()})
    names = sorted(path.name for path in texts)
    if as_json:
        print_json(_as_json(merge, names, as_of=str(day), dry_run=dry_run))
        return
    for text in _told(merge, names, dry_run=dry_run):
        say(text)


def _told(merge: Merge, files: Sequence[str], *, dry_run: bool) -> list[str]:
    would = "would get" if dry_run else "got"
    new = f"{len(merge.changed)} of models in the book, {len(merge.added)} of others"
    said = [f"new prices: {new}; as in the book: {merge.unchanged}"]
    said += _some(
        ["  changed" if change.old else "  new tier", *_row(change)] for change in merge.changed
    )
    said += _some(["  new", *_row(change)] for change in merge.added)
    if merge.held:
        said.append(f"{len(merge.held)} are held back; write those that are right by hand:")
        said += _some([f"  {one.provider}/{one.name}", one.reason] for one in merge.held)
    said += [f"{count:,} rows left out: {why}" for why, count in merge.skipped.items()]
    said.append(
        f"{', '.join(files)} {would} new lines" if files else "the price book stays as it is"
    )
    return said


def _some(rows: Iterable[Sequence[str]]) -> list[str]:
    every = list(rows)
    more = [f"  and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else []
    return aligned(every[:_SHOWN]) + more


def _row(change: Change) -> list[str]:
    before = _amounts(change.old) if change.old is not None else ""
    return [
        change.new.called,
        f"{before} → {_amounts(change.new)}" if before else _amounts(change.new),
    ]


def _amounts(line: Line) -> str:
    told = [f"{_of(line.input)}/{_of(line.output)}"]
    told += [f"cache read {_of(line.cache_read)}"] if line.cache_read is not None else []
    told += [f"write {_of(line.cache_write)}"] if line.cache_write is not None else []
    told += [f"for an hour {_of(line.hour)}"] if line.hour is not None else []
    return ", ".join(told)


def _of(amount: float | None) -> str:
    return "–" if amount is None else f"{amount:.6g}"


def _as_json(merge: Merge, files: Sequence[str], *, as_of: str, dry_run: bool) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "written": [] if dry_run else list(files),
        "changed": [_change(change) for change in merge.changed],
        "added": [_change(change) for change in merge.added],
        "unchanged": merge.unchanged,
        "held_back": [
            {"provider": one.provider, "model": one.name, "reason": one.reason}
            for one in merge.held
        ],
        "left_out": dict(merge.skipped),
    }


def _change(change: Change) -> dict[str, Any]:
    new = change.new
    named = {"provider": new.provider, "model": new.model, "tier": new.tier}
    old = None if change.old is None else _prices(change.old)
    return named | {"from": new.since.isoformat(), "old": old, "new": _prices(new)}


def _prices(line: Line) -> dict[str, float | None]:
    return {
        "input": line.input,
        "cache_read": line.cache_read,
        "cache_write": line.cache_write,
        "cache_write_1h": line.hour,
        "output": line.output,
        "batch_factor": line.batch_factor,
        "per_request": line.per_request,
    }
