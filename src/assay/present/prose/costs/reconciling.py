"""What is said of logged costs held against list prices and bills."""

from __future__ import annotations

from typing import Any, Final

from assay.core.language import current
from assay.present.format import NOTHING, PERCENT, count, day, level, share
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted, joined

Json = dict[str, Any]

CENT: Final = 0.01
_PRICE: Final = level("USD")
_CACHE: Final = {
    "inside": "cached tokens were counted twice: the input still holds them",
    "read inside": "tokens read from cache were counted twice: the input still holds them",
    "written inside": "tokens written to cache were counted twice: the input still holds them",
    "inside, written for an hour": (
        "cached tokens were counted twice: the input still holds them; what was written is kept "
        "for an hour"
    ),
    "hour as minutes": "what is kept in the cache for an hour charged as if for five minutes",
    "inside, hour as minutes": (
        "cached tokens were counted twice: the input still holds them; what is kept for an hour is "
        "charged as if for five minutes"
    ),
    "beside": "cached tokens lack in the input, or the log charges them twice",
    "read beside": "tokens read from cache lack in the input, or the log charges them twice",
    "written beside": "tokens written to cache lack in the input, or the log charges them twice",
    "at input price": "cached tokens charged at the price of input",
    "read at input price": "tokens read from cache charged at the price of input",
    "written at input price": "tokens written to cache charged at the price of input",
    "written for an hour": "what was written to cache is kept for an hour, at twice the input",
    "uncharged": "cached tokens not charged, or inside an input that is charged in full",
    "read uncharged": "tokens read from cache not charged",
    "written uncharged": "tokens written to cache not charged",
    "all as if read": "all input charged as read from cache",
    "all at a tenth": "all input charged at a tenth of its price, as if read from cache",
}
_REASONING: Final = {
    "beside": "reasoning is charged beside the output, which lacks it",
    "uncharged": "reasoning inside the output is not charged",
}
_LONG: Final = {
    "long context": "at the price for long context",
    "long context, output doubled": "at the price for long context, output doubled as well",
}
_STATES: Final = {
    "agrees": "agrees",
    "differs": "differs",
    "part of the month": "data of a part of the month",
    "no data": "no data in this month",
    "unknown provider": "provider not in the data",
    "no bill": "no bill given",
}
_HABIT: Final = {
    "twice": (
        "declare `cached: inside` for it in the mapping (tokens), or --cached inside at the import"
    ),
    "taken off": (
        "if its input is without cached tokens, declare `cached: beside`; if not, the log "
        "overcharges"
    ),
    "reasoning left out": "declare `reasoning: beside` for it in the mapping (tokens)",
    "reasoning twice": "declare `reasoning: inside` for it in the mapping (tokens)",
}


def heading(found: Json) -> tuple[str, str]:
    """How much of the log the list price reproduces, and what this is about."""
    held, reproduced = found["held"], found["reproduced"]
    lead = (
        f"{counted(found['logged'], 'request')} of {count(found['requests'])} carry a cost. Each "
        f"{'with a list price ' if found['unpriced'] else ''}is held against its tokens at the "
        "list price of its day (UTC)."
    )
    if reproduced is None:
        return "No logged cost can be held against a list price", lead
    part = share(reproduced["value"], 1)
    which = "logged costs that have a list price" if found["unpriced"] else "logged costs"
    every = f"All {which}" if reproduced["value"] == 1 else f"{part} of {which}"
    told = f"{every} agree with {'it' if found['unpriced'] else 'the list price'} to 1 %"
    gap = held["logged"] - held["listed"]
    if abs(gap) >= 0.005:
        told += f"; in sum {usd(abs(gap))} {'above' if gap > 0 else 'below'} it"
    if found["looked_at"] < found["logged"]:
        lead += f" {count(found['looked_at'])} of them, drawn evenly, one by one."
    return told, lead


def totals(found: Json) -> str:
    """Both totals, with and without the records set apart."""
    if not found["apart_requests"]:
        return f"Logged in all: {usd(found['total'])}. No record is implausible."
    records = counted(found["apart_requests"], "record")
    return (
        f"Logged in all: {usd(found['total'])}; without {records} set apart as implausible: "
        f"{usd(found['total_without'])}. No other section counts what is set apart."
    )


def unpriced(found: Json) -> str:
    """What has a cost and no list price; empty where there is none."""
    if not found["unpriced"]:
        return ""
    tokens = found["unpriced_tokens"]
    part = "" if tokens is None else f", {share(tokens, 1)} of all tokens"
    return (
        f"{counted(found['unpriced'], 'request')} with {usd(found['unpriced_usd'])} have no list "
        f"price{part}: they are held against nothing. `assay prices missing` lists them."
    )


def rule(one: Json) -> str:
    """A rule in words: `at the price of 4 Nov 2024`, `1.1 times the list price`."""
    said = [
        text
        for text in (
            _CACHE.get(one["cache"]),
            _REASONING.get(one["reasoning"]),
            _price(one),
        )
        if text
    ]
    if one["fee"]:
        said.append(f"a fee of {usd(one['fee'])} per request, or a few of them")
    if one["factor"] != 1:
        said.append(_factor(one["factor"]))
    return capital("; ".join(said)) if said else "At the list price"


def _price(one: Json) -> str:
    if one["prices"]:
        kinds = ("input", "cache read", "cache write", "output")
        told = [
            f"{_PRICE.number(price, 3)} {kind}"
            for price, kind in zip(one["prices"], kinds, strict=True)
            if price
        ]
        return f"at prices that the list has not: {joined(told)} per million tokens"
    if one["price"] == "date":
        later = one["label"] > one["last"]
        return f"at the price from {day(one['label'])} on, {'a later' if later else 'another'} one"
    if one["price"] == "tier":
        return f"at the price of tier {one['label']}"
    return _LONG.get(one["price"], "")


def _factor(factor: float) -> str:
    told = f"{factor:.4g} times the list price"
    hints = {100.0: "cents, it seems", 0.5: "as batch is", 1000.0: "thousandths, it seems"}
    hint = hints.get(round(factor, 2))
    return f"{told} ({hint})" if hint else told


def reason(one: Json) -> str:
    """A reason, with what speaks for it."""
    text = capital(one["reason"])
    if not one["implied"]:
        return text
    return (
        f"{text}; {count(one['whole'])} of {count(one['implied'])} imply a whole number of tokens"
    )


def certainty(one: Json) -> str:
    """How sure a reason is."""
    return {"sure": "sure", "possible": "possible", "none": "open"}[one["certainty"]]


def month_name(month: str) -> str:
    """`October 2026` of `2026-10`."""
    return f"{current().months[int(month[5:7]) - 1]} {month[:4]}"


def bill(one: Json) -> str:
    """What is to be said of a month's bill beside its numbers."""
    said = [_STATES[one["state"]]]
    if one["nearest"]:
        said.append(f"did you mean {one['nearest']}?")
    if one["state"] == "part of the month":
        said = [f"data on {one['days']} of {one['of_days']} days"]
    if one["without_price"]:
        said.append(f"{counted(one['without_price'], 'request')} without cost and price")
    if one["currency"] != "USD" and one["amount"] is not None:
        said.append(f"billed {level('1').number(one['amount'], 2)} {one['currency']}")
    return "; ".join(said)


def sentence(one: Json, record: Json) -> str:
    """One finding in a sentence."""
    found = record["reconciliation"]
    state, size = one["state"], one["size"]
    amount = abs(size["value"]) if size else 0.0
    if state.startswith("bill: "):
        return _billed(one, found)
    if state == "set apart":
        return (
            f"{capital(counted(one['n'], 'record'))} with {usd(amount)} "
            f"{'is' if one['n'] == 1 else 'are'} set apart as implausible"
        )
    if state == "unexplained":
        return (
            f"{counted(one['n'], 'logged cost')} differ from the list by {usd(amount)}, unexplained"
        )
    head = {
        "twice": "Cached tokens were counted twice",
        "taken off": "Cached tokens lack in the input, or are charged twice",
        "reasoning left out": "Reasoning lacks in the output",
        "reasoning twice": "Reasoning was counted twice",
    }.get(state)
    if head is None:
        names = {
            "fee": "follow the list and a fee",
            "factor": "are a fixed multiple of the list",
            "other prices": "follow prices that the list has not",
            "price of another day": "follow the price of another day",
            "another tier": "follow the price of another tier",
            "long context": "follow the price for long context",
            "cached otherwise": "charge cached tokens otherwise than listed",
        }
        return f"{counted(one['n'], 'cost')} of {one['what']} {names[state]} ({usd(amount)} off)"
    way = "above" if (size or {"value": 0})["value"] < 0 else "below"
    return (
        f"{head} for {one['what']}: {counted(one['n'], 'request')} come out {usd(amount)} {way} "
        f"what was logged; {_HABIT[state]}"
    )


def _billed(one: Json, found: Json) -> str:
    provider, month = one["key"].split("/")[2:4]
    held = next(
        bill for bill in found["bills"] if (bill["provider"], bill["month"]) == (provider, month)
    )
    head = f"The bill of {provider or 'an unnamed provider'} for {month_name(month)}"
    if held["gap"] is None:
        return f"{head}, {usd(held['billed'])}, is held against nothing: {bill(held)}"
    way = "above" if held["gap"] > 0 else "below"
    part = "" if held["share"] is None else f" ({PERCENT.number(abs(held['share']), 1)} of it)"
    return f"{head} is {usd(abs(held['gap']))}{part} {way} what the data hold: {bill(held)}"


def name(one: Json) -> str:
    """A model with its provider and tier, as they were logged."""
    model = one["model"] or "no model named"
    told = f"{one['provider']}: {model}" if one["provider"] else model
    tier = one.get("tier")
    return told if tier in {None, "", "standard"} else f"{told} ({tier})"


def gap(value: float) -> str:
    """A difference with its sign; below half a cent there is none."""
    return usd(value if abs(value) >= CENT / 2 else 0.0, signed=True)


def amount(value: float | None) -> str:
    """An amount, or a dash."""
    return NOTHING if value is None else usd(value)
