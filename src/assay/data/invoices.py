"""What providers billed, per month: `params/invoices.yaml`.

    invoices:
      - {month: 2026-05, provider: openai, amount: 1234.56}                  # USD, before tax
      - {month: 2026-05, provider: anthropic, amount: 870.10, currency: EUR, usd: 1017.80}
      - {month: 2026-05, provider: openai, amount: -20, note: credit}        # lines add up

An amount in another currency needs what it was worth (`usd`), as the bank charged it, or a rate of
its month in the price book's `rates.yaml`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.data.pricebook.marked import read_marked
from assay.data.pricebook.read import exchange_rates

if TYPE_CHECKING:
    from pathlib import Path

_MONTH: Final = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
_CURRENCY: Final = re.compile(r"^[A-Z]{3}$")
_FORM: Final = "invoices: [{month: 2026-05, provider: openai, amount: 1234.56, currency: USD}]"


class Invoice(BaseModel):
    """One line of a bill: a month, a provider, an amount before tax."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    month: str
    provider: str = Field(min_length=1)
    amount: float = Field(allow_inf_nan=False, strict=False)
    currency: str = "USD"
    usd: float | None = Field(None, allow_inf_nan=False, strict=False)
    note: str = ""

    @field_validator("month", mode="before")
    @classmethod
    def _is_month(cls, value: object) -> object:
        text = str(value)
        if not _MONTH.match(text):
            what = "a day" if isinstance(value, date) else "no month"
            raise ValueError(f"month {text} is {what}, expected one as 2026-05")
        return text

    @field_validator("currency")
    @classmethod
    def _is_currency(cls, value: str) -> str:
        if not _CURRENCY.match(value):
            raise ValueError(f"currency {value!r}, expected three capitals as USD")
        return value


class InvoiceFile(BaseModel):
    """All lines of all bills."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    invoices: tuple[Invoice, ...] = Field(strict=False, min_length=1)


def read_invoices(path: str | Path) -> tuple[Invoice, ...]:
    """The bills of a file, every amount with what it is in USD.

    Raises:
        ParameterError: where the file is missing or is not understood, or a currency has no rate;
            names file and line.
    """
    found = resolve_path(path)
    if not found.is_file():
        raise ParameterError(f"there are no invoices at {path}", remedy=f"write one as {_FORM}")
    marked = read_marked(found, str(path))
    try:
        file = InvoiceFile.model_validate(marked.content)
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"]
        unknown = first["type"] == "extra_forbidden"
        message = (
            f"unknown key {place[-1]!r}" if unknown else first["msg"].removeprefix("Value error, ")
        )
        names = Invoice.model_fields if len(place) > 1 else InvoiceFile.model_fields
        raise ParameterError(
            f"{marked.at(place)}: {message}",
            remedy=nearest(str(place[-1]), names) if unknown else _FORM,
        ) from error
    rates = exchange_rates()
    lines = []
    for number, one in enumerate(file.invoices):
        usd = one.usd
        if usd is None:
            rate = 1.0 if one.currency == "USD" else rates.on(one.currency, _last(one.month))
            if rate is None:
                raise ParameterError(
                    f"{marked.at(('invoices', number))}: the amount is in {one.currency}, "
                    f"and there is no rate of it for {one.month}",
                    remedy="add `usd: …` as the bank charged it, or a rate to "
                    "params/prices/rates.yaml",
                )
            usd = one.amount * rate
        lines.append(one.model_copy(update={"usd": usd}))
    return tuple(lines)


def _last(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)
