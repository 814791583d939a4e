"""How a language writes numbers and days: chosen once for a run, by the report's `lang`."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import date

VARIABLE: Final = "ASSAY_LANG"
"""Names the language of a run, `de` or `de-AT` for example."""
NARROW: Final = "\u202f"
"""Narrow space between groups of three digits; a line never breaks there."""
SPACE: Final = "\u00a0"
_TAG: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Signs of numbers, and names of months.

    Attributes:
        grouped_from: digits before the decimal sign from which on they are grouped.
        between: stands between the ends of an interval; no comma where that is the decimal sign.
        day: a date in words; `short_day` the same with the month cut short.
        to: between the first and the last day of a period.
    """

    tag: str
    decimal: str
    group: str
    grouped_from: int = 4
    between: str
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]
    day: str
    to: str

    def digits(self, value: float, decimals: int) -> str:
        """The size of a number without its sign: `48 210`, `0.12`."""
        whole, _, part = f"{abs(value):,.{max(0, decimals)}f}".partition(".")
        plain = whole.replace(",", "")
        grouped = whole.replace(",", self.group) if len(plain) >= self.grouped_from else plain
        return f"{grouped}{self.decimal}{part}" if part else grouped

    def on(self, day: date, *, short: bool = False, year: bool = True) -> str:
        """`9 October 2026`, `9 Oct 2026`, or without the year."""
        names = self.short_months if short else self.months
        # "{day} {month} {year}": what follows the month belongs to the year.
        words = self.day if year else self.day.partition("{month}")[0] + "{month}"
        return words.format(day=day.day, month=names[day.month - 1], year=day.year)

    @property
    def vega(self) -> dict[str, Any]:
        """The same for charts, as Vega's configuration takes it."""
        return {
            "number": {
                "decimal": self.decimal,
                "thousands": self.group,
                "grouping": [3],
                "currency": ["$", ""],
            },
            "time": {
                "dateTime": "%x, %X",
                "date": "%d/%m/%Y",
                "time": "%H:%M:%S",
                "periods": ["AM", "PM"],
                "days": list(self.days),
                "shortDays": [name[:2] for name in self.days],
                "months": list(self.months),
                "shortMonths": list(self.short_months),
            },
        }


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH: Final = Language(
    tag="en", decimal=".", group=NARROW, between=", ",
    months=_names("January February March April May June July August September October "
                  "November December"),
    short_months=_names("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
    days=_names("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
    day=f"{{day}}{SPACE}{{month}}{SPACE}{{year}}", to="to",
)  # fmt: skip
LANGUAGES: Final = {
    "en": ENGLISH,
    "de": Language(
        tag="de", decimal=",", group=".", between="; ",
        months=_names("Januar Februar März April Mai Juni Juli August September Oktober "
                      "November Dezember"),
        short_months=_names("Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez."),
        days=_names("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
        day=f"{{day}}.{SPACE}{{month}}{SPACE}{{year}}", to="bis",
    ),
    "fr": Language(
        tag="fr", decimal=",", group=NARROW, between="; ",
        months=_names("janvier février mars avril mai juin juillet août septembre octobre "
                      "novembre décembre"),
        short_months=_names("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
        days=_names("dimanche lundi mardi mercredi jeudi vendredi samedi"),
        day=f"{{day}}{SPACE}{{month}}{SPACE}{{year}}", to="au",
    ),
    "es": Language(
        tag="es", decimal=",", group=".", grouped_from=5, between="; ",
        months=_names("enero febrero marzo abril mayo junio julio agosto septiembre octubre "
                      "noviembre diciembre"),
        short_months=_names("ene feb mar abr may jun jul ago sept oct nov dic"),
        days=_names("domingo lunes martes miércoles jueves viernes sábado"),
        day=f"{{day}}{SPACE}de{SPACE}{{month}}{SPACE}de{SPACE}{{year}}", to="al",
    ),
}  # fmt: skip


def is_tag(text: str) -> bool:
    """Whether it has the form of a language's name, `pt-BR` for example.

    >>> is_tag("pt-BR"), is_tag("German!")
    (True, False)
    """
    return _TAG.fullmatch(text) is not None


def language(tag: str) -> Language:
    """How a language writes; one that is not known here writes as English does.

    >>> language("de-AT").digits(1234.5, 1)
    '1.234,5'
    """
    return LANGUAGES.get(tag.partition("-")[0].lower(), ENGLISH)


def current() -> Language:
    """That of the run, from the environment: English where it says nothing."""
    return language(os.environ.get(VARIABLE, ""))
