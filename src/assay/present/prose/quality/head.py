"""The head of the report: for what the data are fit, what to do, and the headline numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import NOTHING, PERCENT, count, day, period
from assay.present.prose.quality.clauses import (
    days_of,
    names,
    news,
    odd_days,
    of_kind,
    part_of,
    reason,
    rows_rejected,
    rows_told,
)
from assay.present.prose.words import capital, counted, in_words, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

MISSING: Final = "was not given"
"""What the reason says of an analysis whose table is not there: nothing is wrong with the data."""
STATES: Final = {"fit": "fit", "caveats": "fit with caveats", "not fit": "not fit"}
MOST_NEWS: Final = 3
"""Odd things that the card tells; the sections tell all."""
TONES: Final[dict[str, Tone]] = {"fit": "good", "caveats": "attention", "not fit": "bad"}


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    verdict = record["verdict"]
    return Brief(
        kind="Data quality",
        subject=record["table"],
        state=STATES[verdict],
        tone=TONES[verdict],
        needs_decision=any(finding["needs_decision"] for finding in record["findings"]),
        evidence="rule",
        title=title(record),
        subtitle=_subtitle(record),
        data_through=record["last"],
        look="",
        decision=_decision(record),
        tiles=(_rejected(record), _age(record), _days(record), _costs(record)),
    )


def title(record: Json) -> str:
    """`Fit for 4 of 7 analyses; costs are not: …`."""
    fits = record["fits"]
    good, fair, bad = (of_kind(record, kind) for kind in ("fit", "caveats", "not fit"))
    if len(good) == len(fits):
        odd = news(record)
        return f"Fit for all {in_words(len(fits))} analyses" + (f"; {odd[0]}" if odd else "")
    usable = len(good) + len(fair)
    if not usable:
        return f"Fit for none of {in_words(len(fits))} analyses: {reason(bad[0])}"
    if bad:
        faults = [fit for fit in bad if MISSING not in fit["reasons"][0]]
        told = next((fit for fit in faults if not _absent(fit)), (faults or bad)[0])
        said = f"{told['analysis']} {_be(told)} not: {reason(told)}"
        return f"Fit for {usable} of {len(fits)} analyses; {said}"
    return (
        f"Fit for all {in_words(len(fits))} analyses, {names(fair)} with caveats: {reason(fair[0])}"
    )


def _absent(fit: Json) -> bool:
    """Whether the data only do not have what it needs, which is no fault of theirs."""
    return bool(fit["reasons"][0].startswith("no row "))


def _be(fit: Json) -> str:
    return "are" if fit["analysis"].endswith("s") else "is"


def _subtitle(record: Json) -> str:
    people = f" of {counted(record['persons'], 'person')}" if record["persons"] else ""
    length = counted(days_of(record), "day")
    span = period(record["first"], record["last"])
    rows = record["table"].removesuffix("s") if record["rows"] == 1 else record["table"]
    return f"{count(record['rows'])} {rows}{people} over {length}, {span}."


def _decision(record: Json) -> Decision:
    good, fair, bad = (of_kind(record, kind) for kind in ("fit", "caveats", "not fit"))
    if not (fair or bad):
        head = "Use these data"
        text = f"They have what {names(good)} need."
    elif good or fair:
        head = f"Use them for {names([*good, *fair])}"
        text = ""
    else:
        head, text = "Mend these data first", ""
    said = [text] if text else []
    said += [f"{capital(fit['analysis'])} with caveats: {reason(fit)}." for fit in fair]
    absent = [fit for fit in bad if MISSING in fit["reasons"][0]]
    said += [f"Not for {fit['analysis']}: {reason(fit)}." for fit in bad if fit not in absent]
    if absent:
        verb = "stands" if len(absent) == 1 else "stand"
        said.append(f"{capital(names(absent))} {verb} on tables that were not given.")
    odd = news(record)[:MOST_NEWS]
    note = f"To know: {joined(odd)}." if odd else _nothing_odd(record)
    return Decision(
        title=head,
        text=" ".join(said),
        note=note,
        tone=TONES[record["verdict"]],
        facts=(
            Fact(label="Valid rows", value=count(record["rows"])),
            Fact(label="Rejected rows", value=count(record["rejected"])),
            Fact(label="Last row", value=f"{date.fromisoformat(record['last']):%-d %b %Y}"),
            Fact(
                label="Analyses they fit", value=f"{len(good) + len(fair)} of {len(record['fits'])}"
            ),
        ),
    )


def _nothing_odd(record: Json) -> str:
    """Of what could be judged that it is in order, and of the rest that it could not be."""
    judged = {
        "volume": bool(record["volume"]["judged"]),
        "mix": any(mix["reason"] is None for mix in record["mixes"]),
        "costs": record["costs"]["explained"] is not None,
    }
    fine, open_ = ([name for name in judged if judged[name] is told] for told in (True, False))
    if not open_:
        return f"Nothing odd was found in {joined(fine, word='or')}."
    rest = f"{joined(open_)} could not be judged"
    if not fine:
        return f"{capital(rest)}."
    return f"Nothing odd was found in {joined(fine, word='or')}; {rest}."


def _rejected(record: Json) -> Tile:
    part, limit = record["rejected_share"], record["thresholds"]["max_rejected"]
    return Tile(
        name="Rejected rows",
        value=part_of(part),
        interval="",
        detail=rows_rejected(record) if part else f"of {rows_told(record['rows'])}",
        tone="good" if not part else "attention" if part > limit else "neutral",
        number=part,
    )


def _age(record: Json) -> Tile:
    behind, limit = record["freshness"]["behind"], record["thresholds"]["stale_days"]
    if not record["freshness"]["due"]:
        return Tile(
            name="Age of the last row",
            value=NOTHING,
            interval="",
            detail="no day given (as_of)",
            tone="neutral",
            number=None,
        )
    return Tile(
        name="Age of the last row",
        value=counted_days(behind),
        interval="",
        detail=f"on {day(record['as_of'])}",
        tone="attention" if behind > limit else "good",
        number=float(behind),
    )


def _days(record: Json) -> Tile:
    volume, odd = record["volume"], odd_days(record)
    judged = volume["judged"]
    return Tile(
        name="Days out of line",
        value=count(odd) if judged else NOTHING,
        interval="",
        detail=f"of {count(judged)} judged" if judged else "not enough days",
        tone="neutral" if not judged else "attention" if odd else "good",
        number=float(odd) if judged else None,
    )


def _costs(record: Json) -> Tile:
    explained = record["costs"]["explained"]
    limit = record["thresholds"]["min_explained"]
    if explained is None:
        detail = "no costs" if not record["costs"]["rows"] else "not enough rows of a model"
        return Tile(
            name="Costs explained by prices",
            value=NOTHING,
            interval="",
            detail=detail,
            tone="neutral",
            number=None,
        )
    value, low, high = explained["value"], explained["low"], explained["high"]
    ends = (
        ""
        if low == high
        else PERCENT.interval(low, high, PERCENT.decimals(low, high), signed=False)
    )
    return Tile(
        name="Costs explained by prices",
        value=part_of(value) if low == high else PERCENT.number(value, PERCENT.decimals(low, high)),
        interval=ends,
        detail=f"of {rows_told(record['costs']['rows'], 'priced row')}",
        tone="good" if value >= limit else "attention",
        number=value,
    )


def counted_days(number: int) -> str:
    """`0 days`, `1 day`; in digits, for a headline number."""
    return f"{count(number)} day{'' if abs(number) == 1 else 's'}"
