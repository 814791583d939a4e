"""How a user's own columns become ours, from a YAML file.

    table: interactions
    missing: [n/a, "-"]
    columns:
      interaction_id: request_id                       # renamed
      provider: {constant: openai}                     # the same in every row
      latency_s: {from: duration_ms, scale: 0.001}     # another unit
      occurred_at: {from: start, unit: ms}             # seconds, ms, us or ns since 1970
      updated_at: {from: end, format: "%d.%m.%Y %H:%M", time_zone: Europe/Berlin}
      succeeded: {from: status, values: {success: true, failure: false}}
      ctx_team: team                                   # kept to group by
      item_id: {join: [suite, case]}                   # several columns, with / between
      parent_id: {row: trace}                          # trace-1, trace-2 … by place in the file
      input_tokens: {from: prompt, less: [cached]}     # what is inside is taken off
      cache_write_tokens: {from: kept_5m, more: [kept_1h]}   # what is beside is added
      rating: {from: preference, add: -1}              # 1…2 becomes 0…1
    tokens: {by: tool, cached: {codex: inside, claude: beside}}   # what counts include, by source
    keep: {event: [message]}                           # other rows are skipped, and counted
    decimal: ","                                       # numbers are written 1.234,5

A name may be a path into an object: `usage.prompt_tokens`. Columns that already have our names need
no entry. A time as number may count `since` another moment than 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import dataframely as dy
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.data.convert import MOMENT, convert, in_utc, parsed_moment, present, unpunctuated
from assay.data.habits import TokenHabits
from assay.schema import schema_of

if TYPE_CHECKING:
    from pathlib import Path

CONTEXT: Final = "ctx_"
"""Prefix of columns that are the user's own."""

_BETWEEN: Final = "/"

_SUMS: Final = ("scale", "less", "more", "add")

Scalar = str | int | float | bool


_WAYS: Final = ("scale", "unit", "format", "values", "less", "more", "add")


class ColumnMap(BaseModel):
    """Where a column comes from, and how its values become ours."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: str | None = Field(None, alias="from", min_length=1, description="column of the file")
    constant: Scalar | None = Field(None, description="the same value in every row")
    scale: float | None = Field(None, description="factor to our unit: 0.001 for ms to s")
    unit: Literal["s", "ms", "us", "ns"] | None = Field(None, description="of a time as number")
    format: str | None = Field(None, description="of a time as text, as strftime writes it")
    time_zone: str | None = Field(None, description="of times that carry none; UTC by default")
    values: dict[Scalar, Scalar] | None = Field(
        None, description="their value to ours; '' is none at all"
    )
    since: datetime | None = Field(None, strict=False, description="of a time as number, not 1970")
    join: tuple[str, ...] | None = Field(
        None, strict=False, min_length=1, description="columns whose texts make one"
    )
    row: str | None = Field(None, min_length=1, description="prefix of the place in the file")
    less: tuple[str, ...] | None = Field(
        None, strict=False, min_length=1, description="columns that are inside, and taken off"
    )
    more: tuple[str, ...] | None = Field(
        None, strict=False, min_length=1, description="columns that are beside, and added"
    )
    add: float | None = Field(None, strict=False, description="what is added to a number")

    @property
    def is_plain(self) -> bool:
        """Whether values are taken as they are, under another name at most."""
        given = self.model_fields_set - {"source"}
        return all(getattr(self, name) is None for name in given)

    @property
    def sources(self) -> tuple[str, ...]:
        """All columns of the file that it looks at."""
        alone = () if self.source is None else (self.source,)
        return (*alone, *(self.join or ()), *(self.less or ()), *(self.more or ()))

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, zone: str | None) -> str | None:
        from zoneinfo import available_timezones  # noqa: PLC0415  reads the whole database

        if zone is not None and zone not in available_timezones():
            raise ValueError(
                f"time zone {zone!r} is unknown; {nearest(zone, available_timezones())}"
            )
        return zone

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, value: object) -> object:
        return {"from": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        places = (self.source, self.constant, self.join, self.row)
        if sum(place is not None for place in places) != 1:
            raise ValueError("expected either `from` or `constant` (or `join`, or `row`)")
        if self.scale is not None and not 0 < abs(self.scale) < float("inf"):
            raise ValueError(f"scale={self.scale}, expected a finite factor other than 0")
        ways = [way for way in _WAYS if getattr(self, way) is not None]
        if self.constant is not None and ways:
            raise ValueError(f"a constant has no {ways[0]}")
        if self.source is None and ways:
            raise ValueError(f"only `from` has {ways[0]}")
        if len(ways) > 1:
            raise ValueError(f"{' and '.join(ways)} exclude each other")
        if self.since is not None and self.unit is None:
            raise ValueError("`since` needs the `unit` of the number")
        return self


class Mapping(BaseModel):
    """A table's columns out of a file's."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    table: str | None = None
    missing: tuple[str, ...] = Field((), strict=False, description="texts that mean: no value")
    decimal: Literal[",", "."] | None = Field(
        None, description="before the decimals of numbers with grouped thousands"
    )
    columns: dict[str, ColumnMap] = Field(default_factory=dict)
    tokens: TokenHabits | None = Field(None, description="which counts include others")
    keep: dict[str, list[Scalar]] = Field(
        default_factory=dict, description="column of the file to values that count"
    )

    @property
    def sources(self) -> tuple[str, ...]:
        """All columns of the file that the mapping looks at."""
        looked = [name for entry in self.columns.values() for name in entry.sources]
        habits = () if self.tokens is None or self.tokens.by is None else (self.tokens.by,)
        return tuple(dict.fromkeys((*looked, *habits, *self.keep)))


def kept(entries: Mapping, schema: pl.Schema) -> dict[str, pl.Expr]:
    """Which rows count: what it is for a row not to be kept → whether it is kept."""
    return {
        f"{name} is none of {', '.join(map(_as_written, values))}": _is_one_of(
            pl.col(name), schema[name], values
        )
        for name, values in entries.keep.items()
    }


def _is_one_of(value: pl.Expr, have: pl.DataType, values: list[Scalar]) -> pl.Expr:
    text = convert(value, have, pl.String()).str.strip_chars()
    if any(isinstance(one, bool) for one in values):
        text = _truth_as_written(text)
    return text.is_in([_as_written(one) for one in values]).fill_null(value=False)


def read_mapping(path: str | Path, *, table: str | None = None) -> Mapping:
    """The mapping in a YAML file, checked against the table that it is for.

    Args:
        path: absolute, or relative to where one stands, or to the project's folder.
        table: None takes the one that the file names, or else `interactions`.

    Raises:
        ParameterError: where the file is missing, is no YAML, has an unknown key or column, or
            asks of a column what its type cannot do; offers the nearest name.
    """
    found = resolve_path(path)
    try:
        given = yaml.safe_load(found.read_text(encoding="utf-8"))
        mapping = Mapping.model_validate(given or {})
    except OSError as error:
        raise ParameterError(f"no mapping {path}, expected a YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0]
        raise ParameterError(f"mapping {path} is no YAML: {first}") from error
    except ValidationError as error:
        raise ParameterError(f"mapping {path}: {_told(error)}", remedy=_remedy(error)) from error
    if table is None:
        table = mapping.table or "interactions"
    if mapping.table not in {None, table}:
        raise ParameterError(
            f"mapping {path} is for the table {mapping.table!r}, not for {table!r}",
            remedy=f"use --as {mapping.table}, or another mapping",
        )
    _check_targets(mapping, path, table)
    return mapping


def _check_targets(mapping: Mapping, path: str | Path, table: str) -> None:
    columns = schema_of(table).columns()
    if mapping.tokens is not None and "cache_read_tokens" not in columns:
        raise ParameterError(f"mapping {path}: {table} count no tokens, expected no `tokens`")
    for name, entry in mapping.columns.items():
        if name.startswith(CONTEXT):
            continue
        if name not in columns:
            raise ParameterError(
                f"mapping {path}: {table} has no column {name!r}, expected one of ours or "
                f"{CONTEXT}…",
                remedy=nearest(name, columns),
            )
        number = isinstance(columns[name], dy.Float64 | dy.Int64)
        time = isinstance(columns[name], dy.Datetime | dy.Date)
        sums = [way for way in _SUMS if getattr(entry, way) is not None]
        if sums and not number:
            raise ParameterError(f"mapping {path}: {name} is no number, expected no {sums[0]}")
        if (entry.unit or entry.format or entry.time_zone) and not time:
            raise ParameterError(
                f"mapping {path}: {name} is no time, expected no unit, format or time_zone"
            )


def mapped(
    entry: ColumnMap, have: pl.DataType, missing: tuple[str, ...], decimal: str | None = None
) -> tuple[pl.Expr, pl.DataType]:
    """The column's values before they are given our type, and the type that they have so far.

    Args:
        entry: what becomes of the column.
        have: the type of the column that it comes from.
        missing: texts that mean: no value.
        decimal: of numbers that are text; None where they are written plainly.
    """
    if entry.constant is not None:
        constant = pl.lit(entry.constant)
        return constant, pl.select(constant).to_series().dtype
    if entry.source is None:
        return _made(entry), pl.String()
    value = pl.col(str(entry.source))
    if missing and have == pl.String:
        value = pl.when(~value.str.strip_chars().is_in(missing)).then(value)
    if entry.values is not None:
        return _looked_up(value, have, entry.values)
    if decimal is not None and have == pl.String:
        value = unpunctuated(value, decimal)
    if any(getattr(entry, way) is not None for way in _SUMS):
        number = convert(value, have, pl.Float64())
        return _reckoned(entry, number, missing, decimal), pl.Float64()
    return _as_time(entry, value, have)


def _made(entry: ColumnMap) -> pl.Expr:
    if entry.join is not None:
        parts = [pl.col(name).cast(pl.String).fill_null("") for name in entry.join]
        return pl.concat_str(parts, separator=_BETWEEN)
    place = pl.int_range(1, pl.len() + 1).cast(pl.String)
    return pl.concat_str(pl.lit(f"{entry.row}-"), place)


def _reckoned(
    entry: ColumnMap, number: pl.Expr, missing: tuple[str, ...], decimal: str | None
) -> pl.Expr:
    if entry.scale is not None:
        return number * entry.scale
    if entry.add is not None:
        return number + entry.add
    for name in entry.less or ():
        number -= _other(pl.col(name), missing, decimal)
    if entry.more:
        others = [pl.col(name) for name in entry.more]
        some = pl.any_horizontal(~_blank(one, missing) for one in others)
        blank = _blank(pl.col(str(entry.source)), missing)
        parts = (_other(one, missing, decimal) for one in others)
        number = sum(parts, pl.when(some & blank).then(0.0).otherwise(number))
    return number


def _blank(value: pl.Expr, missing: tuple[str, ...]) -> pl.Expr:
    text = value.cast(pl.String).str.strip_chars()
    return text.is_null() | text.is_in(["", "NaN", *missing])


def _other(value: pl.Expr, missing: tuple[str, ...], decimal: str | None) -> pl.Expr:
    """What is taken off, or added: 0 where nothing was given, null where it is no number."""
    text = value.cast(pl.String).str.strip_chars()
    nothing = _blank(value, missing)
    plain = text if decimal is None else unpunctuated(text.str.replace(r"\.0$", ""), decimal)
    return pl.when(nothing).then(0.0).otherwise(plain.cast(pl.Float64, strict=False))


def _as_time(entry: ColumnMap, value: pl.Expr, have: pl.DataType) -> tuple[pl.Expr, pl.DataType]:
    zone = entry.time_zone or "UTC"
    if entry.unit is not None:
        moment = _since_1970(convert(value, have, pl.Float64()), entry.unit)
        return (moment if entry.since is None else moment + _after_1970(entry.since)), MOMENT
    if entry.format is not None and have == pl.String:
        return _by_format(value, entry.format, zone), MOMENT
    if entry.time_zone and have == pl.String:
        return parsed_moment(value, time_zone=zone), MOMENT
    if entry.time_zone and isinstance(have, pl.Datetime) and have.time_zone is None:
        return in_utc(value, zone), MOMENT
    return value, have


def _looked_up(
    value: pl.Expr, have: pl.DataType, values: dict[Scalar, Scalar]
) -> tuple[pl.Expr, pl.DataType]:
    ours = pl.Series(list(values.values()), strict=False)
    theirs = pl.Series([_as_written(key) for key in values], dtype=pl.String)
    as_text: pl.Expr = pl.when(present(value, have)).then(value.cast(pl.String).str.strip_chars())
    if "" in values:
        as_text = as_text.fill_null("")
    if any(isinstance(key, bool) for key in values):
        as_text = _truth_as_written(as_text)
    return as_text.replace_strict(theirs, ours, default=None), ours.dtype


def _truth_as_written(text: pl.Expr) -> pl.Expr:
    """True and false in one spelling: programs write `True`, `TRUE` and `true`."""
    plain = text.str.to_lowercase()
    return pl.when(plain.is_in(["true", "false"])).then(plain).otherwise(text)


def _as_written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _since_1970(number: pl.Expr, unit: str) -> pl.Expr:
    microseconds = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}[unit]
    whole = (number * microseconds).round(0).cast(pl.Int64, strict=False)
    return whole.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _after_1970(since: datetime) -> timedelta:
    zoned = since if since.tzinfo is not None else since.replace(tzinfo=UTC)
    return zoned - datetime(1970, 1, 1, tzinfo=UTC)


def _by_format(value: pl.Expr, form: str, zone: str) -> pl.Expr:
    read = value.str.strip_chars().str.to_datetime(form, time_unit="us", strict=False)
    if any(mark in form for mark in ("%z", "%:z", "%#z", "%+")):
        return read.dt.convert_time_zone("UTC").cast(MOMENT)
    return in_utc(read, zone)


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    unknown = first["type"] == "extra_forbidden"
    message = "unknown key" if unknown else first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _remedy(error: ValidationError) -> str:
    first: Any = error.errors()[0]
    if first["type"] != "extra_forbidden":
        return "see the example in params/mappings"
    names = {field.alias or name for name, field in ColumnMap.model_fields.items()}
    top = len(first["loc"]) == 1
    return nearest(str(first["loc"][-1]), set(Mapping.model_fields) if top else names)
