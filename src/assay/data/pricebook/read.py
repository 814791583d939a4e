"""The price book as one table in USD, out of a folder of YAML files or a table file."""

from __future__ import annotations

from dataclasses import replace
from glob import iglob
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from assay.core.addresses import scheme_of
from assay.core.errors import DataError, ParameterError, nearest
from assay.core.project import resolve_path
from assay.data.pricebook.checks import check_lines
from assay.data.pricebook.entries import PriceFile, RateFile
from assay.data.pricebook.exchange import Rates, in_usd
from assay.data.pricebook.lines import LINES, Line
from assay.data.pricebook.marked import Marked, read_marked
from assay.data.read import read
from assay.data.sources.pieces import is_store
from assay.features.pricing import plain_tier
from assay.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICES: Final = "params/prices"
"""Where a project keeps its price book."""
RATES: Final = "rates.yaml"
_YAML: Final = frozenset({".yaml", ".yml"})

Model = TypeVar("Model", bound=BaseModel)


def read_prices(source: str | Path = PRICES) -> pl.DataFrame:
    """The prices of a folder or glob of YAML files, of a table file, or of `store:prices`, in USD.

    A price in another currency is converted at the rate of its days, out of `rates.yaml` beside the
    files (beside a table file, or else in the project's price book): where the rate changes, so
    does the price, and `source` says at which rate.

    Raises:
        ParameterError: where a YAML file cannot be understood; names file and line.
        DataError: where a table file breaks a rule of the table prices, lines contradict each
            other, or a currency has no rate on a day.
    """
    if is_store(source) or scheme_of(str(source)):
        lines = _table_lines(source, "prices")
        check_lines(lines)
        return table_of(in_usd(lines, exchange_rates()))
    files = price_files(source)
    if all(file.suffix in _YAML for file in files):
        rates = exchange_rates(files[0].parent)
        lines = [line for file in files if file.name != RATES for line in lines_of(file)]
        if not lines:
            raise ParameterError(f"{source} holds no prices", remedy=_FORM)
    elif len(files) == 1:
        rates = exchange_rates(files[0].parent)
        lines = _table_lines(files[0], files[0].name)
    else:
        raise ParameterError(
            f"{source} names {len(files)} files, expected YAML files or one table file"
        )
    check_lines(lines)
    return table_of(in_usd(lines, rates))


_FORM: Final = "see docs/costs.md for the form of a price file"


def lines_of(file: Path) -> list[Line]:
    """The lines of one YAML file, as they are written there.

    Raises:
        ParameterError: where it cannot be understood; names file and line.
    """
    return marked_lines(read_marked(file, file.name))


def marked_lines(marked: Marked) -> list[Line]:
    """The lines of a file that was read."""
    found = _checked(marked, PriceFile)
    lines = []
    for name, model in found.models.items():
        for i, price in enumerate(model.prices):
            said = price.source or ("file" if "file" in found.sources else None)
            if said is None:
                raise ParameterError(
                    f"{marked.at(('models', name, 'prices', i))}: {name} has a line without source",
                    remedy="say where the price is from: a name of `sources`, or text",
                )
            lines.append(
                Line(
                    place=marked.at(("models", name, "prices", i)),
                    provider=found.provider,
                    model=name,
                    aliases=tuple(dict.fromkeys(model.aliases)),
                    tier=plain_tier(price.tier),
                    currency=price.currency or found.currency,
                    since=price.since,
                    until=price.until,
                    input=price.input,
                    cache_read=price.cache_read,
                    cache_write=price.cache_write,
                    cache_write_1h=price.cache_write_1h,
                    output=price.output,
                    batch_factor=price.batch_factor,
                    per_request=price.per_request,
                    source=found.sources.get(said, said),
                    hour_of_input=found.cache_write_1h_of_input,
                )
            )
    return lines


def table_of(lines: Sequence[Line]) -> pl.DataFrame:
    """Lines as the table prices, ordered by provider, model, tier and day."""
    rows = [{column: getattr(line, name) for column, name in LINES.items()} for line in lines]
    schema: dict[str, Any] = {
        name: kind.dtype for name, kind in schema_of("prices").columns().items()
    }
    frame = pl.DataFrame(
        [
            row | {"aliases": list(line.aliases), "cache_write_1h_per_mtok": line.hour}
            for row, line in zip(rows, lines, strict=True)
        ],
        schema=schema,
        orient="row",
    )
    return frame.sort("provider", "model", "tier", "valid_from")


def _table_lines(table: str | Path, name: str) -> list[Line]:
    """The lines of a table; every row has to keep the rules, since one left out is no price."""
    checked = read(table, table="prices", max_rejected=1.0)
    if len(checked.rejected):
        row = checked.rejected.row(0, named=True)
        more = len(checked.rejected) - 1
        rest = f" (and {more} more rows)" if more else ""
        raise DataError(
            f"{name}, row {row['row']}: {', '.join(row['reasons'])}{rest}",
            remedy=f"see `assay check {table} --as prices`",
        )
    rows = checked.valid.collect()
    lines = []
    for i, row in enumerate(rows.iter_rows(named=True), 1):
        values = {field: row[column] for column, field in LINES.items()}
        aliases = tuple(alias for alias in row["aliases"] or () if alias)
        line = Line(place=f"{name}, row {i}", **values | {"aliases": aliases})
        lines.append(replace(line, tier=plain_tier(line.tier), source=line.source or ""))
    if not lines:
        raise DataError(f"{name} holds no prices")
    return lines


def price_files(source: str | Path) -> list[Path]:
    """The files of a price book: of a folder, a glob, or the one that is named.

    Raises:
        ParameterError: where there is none.
    """
    path = resolve_path(source)
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix in _YAML)
        if not found:
            raise ParameterError(f"{source} holds no YAML file", remedy=_FORM)
        return found
    found = sorted(Path(name) for name in iglob(str(path), recursive=True))  # noqa: PTH207  absolute
    if not found:
        raise ParameterError(
            f"there are no prices at {source}",
            remedy="assay prices import FILE --as-of DAY writes them",
        )
    return found


def exchange_rates(beside: Path | None = None) -> Rates:
    """Rates of the file in a folder, or else of the project's price book; none without either."""
    places = [] if beside is None else [beside / RATES]
    for file in (*places, resolve_path(f"{PRICES}/{RATES}")):
        if file.is_file():
            marked = read_marked(file, file.name)
            return Rates.of(_checked(marked, RateFile), marked)
    return Rates({})


def _checked(marked: Marked, model: type[Model]) -> Model:
    """A file's content as its model.

    Raises:
        ParameterError: naming file and line of the first fault, and how many more there are.
    """
    try:
        return model.model_validate(marked.content)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    unknown = [one for one in errors if one["type"] == "extra_forbidden"]
    first = (unknown or errors)[0]
    place = tuple(part for part in first["loc"] if part != "[key]")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    name = str(place[-1]) if place else "the file"
    if first["type"] == "extra_forbidden":
        raise ParameterError(
            f"{marked.at(place)}: {name!r} is not known{more}",
            remedy=nearest(name, _known(model, place)),
        )
    said = first["msg"].removeprefix("Value error, ")
    said = said[0].lower() + said[1:]
    value = first["input"]
    given = f" is {value!r}," if isinstance(value, str | int | float | bool) else ":"
    path = ".".join(str(part) for part in place if isinstance(part, str)) or "the file"
    raise ParameterError(f"{marked.at(place)}: {path}{given} {said}{more}", remedy=_FORM)


def _known(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The names that may stand where an unknown one does."""
    kinds: dict[int, type[BaseModel]] = {1: model}
    if model is PriceFile:
        from assay.data.pricebook.entries import PricedModel, PriceLine  # noqa: PLC0415

        kinds |= {3: PricedModel, 5: PriceLine}
    else:
        from assay.data.pricebook.entries import Rate  # noqa: PLC0415

        kinds |= {4: Rate}
    fields = kinds.get(len(place), model).model_fields
    return [field.alias or name for name, field in fields.items()]
