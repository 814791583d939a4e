"""What is said of how far the amounts can be trusted."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import PERCENT, count
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted, joined

Json = dict[str, Any]

CHECKS: Final = {
    "cost": "Requests whose cost is not known",
    "price": "Requests without a list price",
    "assumed": "List prices that rest on an assumption",
    "implausible": "Records of an implausible cost",
    "undated": "Requests without a time",
    "clock": "Times without a time zone",
    "empty days": "Days without a request",
}
_CLEAN: Final = {
    "cost": "none: every request has a cost",
    "price": "none: every model has a price on its days",
    "assumed": "none",
    "implausible": "none",
    "undated": "none",
    "clock": "none",
    "empty days": "none",
}


def heading(trust: Json) -> tuple[str, str]:
    """How many checks have a remark."""
    looked = [one for one in trust["checks"] if one["looked"]]
    noted = [one for one in looked if one["count"]]
    if not noted:
        return f"{capital(counted(len(looked), 'check'))} passed", ""
    passed = len(looked) - len(noted)
    return (
        f"{capital(counted(passed, 'check'))} passed, {counted(len(noted), 'remark')}",
        "",
    )


def found(one: Json) -> str:
    """What a check found."""
    if not one["looked"]:
        return "not looked at: no price list was named"
    if not one["count"]:
        return _CLEAN[one["key"]]
    text = f"{count(one['count'])} of {count(one['among'])} ({_share(one['share'])})"
    if one["tokens"]:
        text += f", {PERCENT.number(one['tokens'], 1)} of tokens"
    return text


def _share(share: float) -> str:
    return PERCENT.number(share, 1 if share >= 0.01 else max(1, PERCENT.decimals_of(share) - 1))


def verdict(one: Json) -> str:
    """What follows from it, in a few words."""
    if not one["looked"]:
        return "not looked at"
    if not one["count"]:
        return "fine"
    amount = usd(one["usd"])
    return {
        "cost": "in no amount",
        "price": f"logged cost counts: {amount}" if one["usd"] else "not recomputed",
        "assumed": f"{amount} at list price",
        "implausible": f"{amount} in no total",
        "undated": f"{amount} in no period",
        "clock": "taken to be UTC",
        "empty days": "cost nothing, or were lost",
    }[one["key"]]


def remarks(record: Json) -> tuple[str, ...]:
    """What a reader must not miss: amounts that are too low, and both totals."""
    spending, trust = record["spending"], record["trust"]
    told = []
    (cost,) = (one for one in trust["checks"] if one["key"] == "cost")
    if cost["count"]:
        models = spending["models_unknown"]
        named = f" ({joined(models[:3])}{' and others' if models[3:] else ''})" if models else ""
        told.append(
            f"All totals are too low: {PERCENT.number(cost['tokens'], 1)} of tokens are of requests"
            f"{named} that have neither a logged cost nor a price. `assay prices missing` says "
            "what to add."
        )
    if spending["apart"]:
        are = "is" if spending["apart"] == 1 else "are"
        told.append(
            f"{capital(counted(spending['apart'], 'record'))} of an implausible cost {are} set "
            f"apart: {usd(spending['whole']['usd'])} were spent without, "
            f"{usd(spending['usd_with_apart'])} with."
        )
    return tuple(told)
