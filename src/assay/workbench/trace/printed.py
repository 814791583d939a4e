"""Numbers as they stand in printed text: what was written, how exactly, and in which unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

MONTHS: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_GAP: Final = "[ \u00a0\u202f]"
_DATES: Final = re.compile(
    rf"\d{{4}}-\d{{2}}(?:-\d{{2}})?(?:T[\d:.]+(?:Z|[+-]\d{{2}}:?\d{{2}})?)?"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?:{_GAP}(?:to|–|and|or){_GAP}\d{{1,2}})?{_GAP}(?:{MONTHS})\b"
    rf"(?:{_GAP}\d{{4}})?"
    rf"|\b(?:{MONTHS}){_GAP}(?:\d{{1,2}},?{_GAP})?\d{{4}}\b"
    r"|\b\d{1,2}:\d{2}(?::\d{2})?\b"
)
_LABELS: Final = re.compile(
    rf"\b(?:Figures?|Tables?|Sections?|Cells?|Chapters?|Equations?|Steps?|ch\.|eq\.|p\.|v|version)"
    rf"{_GAP}?\d+(?:\.\d+)*",
    re.IGNORECASE,
)
_CITED: Final = re.compile(
    r"\((?:1[89]|20)\d{2}\)"
    r"(?:,? [A-Z][\w.&]*(?: (?:[A-Z][\w.&]*|of|and|for|the|in))*(?: [\w.]+)? \d+)?"
    r"|\barXiv \d{4}\.\d{4,5}\b"
)
_PER: Final = re.compile(rf"\b(?:per|in every|of every){_GAP}1[\u202f, ]?000\b")
_NUMBER: Final = re.compile(
    r"(?<![\w.\-/#])(?<![\w]['’])"
    r"(?P<sign>[+\u2212\-\u00b1]?)(?P<before>\$?)"
    r"(?P<digits>\d{1,3}(?:[\u202f,]\d{3})+|\d{1,3}(?: \d{3})+(?!\d)|\d+)(?P<fraction>\.\d+)?"
    r"(?P<power>e[+\-]?\d{1,3})?"
    r"(?![\w]|[-./]\w)"
    rf"(?P<after>{_GAP}?(?:%|points?\b|per{_GAP}cent\b|×|ms\b|s\b)|{_GAP}?×)?"
)
_ABOUT: Final = re.compile(r"(?:about|around|roughly|some|≈|~)\W*$", re.IGNORECASE)
_UNDER: Final = re.compile(
    r"(?:under|below|less than|fewer than|at most|up to|<|≤)\W*$", re.IGNORECASE
)
_OVER: Final = re.compile(r"(?:over|above|more than|at least|>|≥)\W*$", re.IGNORECASE)
_SENTENCE: Final = 40
"""Characters from which a text is a sentence, whose bare numbers are counts, not percentages."""
_LINKS: Final = re.compile(rf"^{_GAP}?(?:to|and|–|or|,|→){_GAP}?$|^\]?{_GAP}?\[$")
_AND: Final = re.compile(r"and|or")

Scale = Literal["", "%", "$", "s", "ms", "×", "?"]
Bound = Literal["", "about", "under", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One number in a text.

    Attributes:
        start, end: where it stands, its unit included.
        value: as written, its sign included.
        signed: a sign was written.
        half: half a unit of its last printed digit.
        scale: the unit beside it, or beside the number it is listed with; "?" where the text has
            none at all.
        thousand: it may be told per thousand.
        bound: it is a rounded guess, or only a bound of the number that is meant.
    """

    text: str
    start: int
    end: int
    value: float
    signed: bool
    half: float
    scale: Scale
    thousand: bool
    bound: Bound


def rounded(printed: Printed) -> Printed | None:
    """The same number, its last zeros read as places that were rounded off; None where it has none.

    Prose rounds to tens or hundreds what an interval supports no further, and keeps two digits. A
    number of two digits keeps one, but in percent, where tens are round by nature.
    """
    digits = re.sub(r"\D", "", printed.text.partition(".")[0])
    zeros = len(digits) - len(digits.rstrip("0"))
    least = 1 if len(digits) == 2 and printed.scale != "%" else 2
    places = min(zeros, len(digits) - least)
    if printed.half != 0.5 or places < 1 or printed.bound in {"under", "over"}:
        return None
    return replace(printed, half=0.5 * 10.0**places)


def numbers_in(text: str, around: str = "") -> tuple[Printed, ...]:
    """Every number of a text that is not part of a date, name, label ("Table 2") or citation.

    In `2.9 to 6.1 %` and `+4.5 % [+2.9, +6.1]` the unit that stands once holds for all; where no
    number of the text has one, the unit is told elsewhere (a tile, the head of a column).

    Args:
        text: what is read.
        around: what stands beside it (the other cells of a row), which may tell "per 1 000".
    """
    blank = _DATES.sub(_blanked, text)
    for pattern in (_LABELS, _CITED, _PER):
        blank = pattern.sub(_blanked, blank)
    thousand = bool(_PER.search(f"{text} {around}"))
    found = [
        printed
        for match in _NUMBER.finditer(blank)
        if (printed := _printed(match, blank, thousand=thousand)) is not None
    ]
    if not any(each.scale for each in found):
        cell = len(text) < _SENTENCE
        return tuple(replace(e, scale="?") if cell or e.signed else e for e in found)
    return tuple(_with_shared_units(found, blank))


def _blanked(match: re.Match[str]) -> str:
    return "\x00" * len(match[0])


def _printed(match: re.Match[str], text: str, *, thousand: bool) -> Printed | None:
    """None for what only looks like a number: a key such as 7e301867, or more than a float holds.

    A power of ten is written after one digit, and has three digits at most.
    """
    digits = re.sub(r"\D", "", match["digits"])
    fraction, power = match["fraction"] or "", match["power"] or ""
    value = float(f"{digits}{fraction}{power}")
    places = len(fraction) - 1 if fraction else 0
    half = float(f"5e{int(power[1:] or 0) - places - 1}")
    if (power and len(digits) > 1) or not (isfinite(value) and isfinite(half)):
        return None
    left = text[: match.start()]
    bound: Bound = (
        "about" if _ABOUT.search(left) else "under" if _UNDER.search(left) else
        "over" if _OVER.search(left) else ""
    )  # fmt: skip
    if bound == "about" and not fraction:
        # A guess is told with two digits, or one: its zeros are no digits.
        half *= 10.0 ** max(0, len(digits) - max(1, len(digits.rstrip("0"))))
    return Printed(
        text=match[0].strip(),
        start=match.start(),
        end=match.end(),
        value=-value if match["sign"] in {"\u2212", "-"} else value,
        signed=bool(match["sign"]),
        half=half,
        scale=_scale(match["before"], match["after"] or ""),
        thousand=thousand,
        bound=bound,
    )


def _scale(before: str, after: str) -> Scale:
    word = after.strip(" \u00a0\u202f")
    if before == "$":
        return "$"
    if word == "%" or word.startswith(("point", "per")):
        return "%"
    return {"×": "×", "ms": "ms", "s": "s"}.get(word, "")  # type: ignore[return-value]


def _with_shared_units(found: list[Printed], text: str) -> Iterator[Printed]:
    """Numbers that only "to", a comma or a bracket parts have one unit; "and" hands it back."""
    scales = [each.scale for each in found]
    betweens = [text[one.end : other.start] for one, other in pairwise(found)]
    for place in range(len(found) - 2, -1, -1):
        if not scales[place] and _LINKS.match(betweens[place]):
            scales[place] = scales[place + 1]
    for place, between in enumerate(betweens, 1):
        if not scales[place] and _LINKS.match(between) and not _AND.search(between):
            scales[place] = scales[place - 1]
    for each, scale in zip(found, scales, strict=True):
        yield replace(each, scale=scale)
