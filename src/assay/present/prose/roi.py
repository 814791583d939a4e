"""What is said of a change's worth: what it brings, what it costs, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.core.units import SHARE, USD
from assay.present.format import PERCENT, chance, change, count, level, period
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted, inside, joined, noun_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

SHORT: Final = 12
"""Months up to which a horizon is told in months alone."""
_TONES: Final[dict[str, Tone]] = {"pays": "good", "does not pay": "bad", "undecided": "neutral"}
_ACTIONS: Final = {
    "pays": {
        "randomised": "Keep it",
        "compared": "Keep it, and confirm the effect",
        "before-after": "Keep it for now, and find somebody to compare with",
    },
    "does not pay": dict.fromkeys(
        ("randomised", "compared", "before-after"), "Take it back, or make it cheaper"
    ),
    "undecided": dict.fromkeys(
        ("randomised", "compared", "before-after"), "Do not count on a gain yet"
    ),
}
_DESIGNS: Final = {
    "randomised": "Who had it was decided by chance, so the effect is the change’s own.",
    "compared": (
        "Who had it was not decided by chance: the effect is the change’s own only if both groups "
        "would have moved alike without it."
    ),
    "before-after": (
        "Nobody is there to compare with: whatever else happened since the change counts as its "
        "effect."
    ),
}


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    sentence = title(record)
    sure = PERCENT.number(one["confidence"], 0)
    exact = (
        f"{sentence}: mean {usd(record['worth']['value'])}, {sure} interval, "
        f"n = {count(one['n'])} {units(record)}."
    )
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def units(record: Json) -> str:
    """`users`: what the groups are made of."""
    return f"{noun_of(record['unit'])}s"


def money(size: Json) -> str:
    """`$4 100 to $19 300`, `−$6 300 to $25 700`: an interval in as many digits as it supports."""
    return f"{rounded(size['low'])} to {rounded(size['high'])}"


def rounded(value: float | None) -> str:
    """An amount that is a guess: three digits from $100 on, below it the cents."""
    if value is None:
        return "more"
    size = abs(value)
    if size < 100:
        return usd(value)
    digits = len(str(int(size)))
    return level(USD).number(round(value, 3 - digits), 0)


def horizon(record: Json) -> str:
    """`12 months`, `two years`."""
    months = record["months"]
    if months > SHORT and months % 12 == 0:
        return counted(months // 12, "year")
    return f"{months} months" if months > 1 else "a month"


def title(record: Json) -> str:
    """The main finding as a sentence with its interval."""
    subject, over, worth = capital(record["subject"]), horizon(record), record["worth"]
    state = record["findings"][0]["state"]
    if state == "pays":
        return f"{subject} is worth {money(worth)} over {over}"
    if state == "does not pay":
        lost = {"low": -worth["high"], "high": -worth["low"]}
        return f"{subject} loses {money(lost)} over {over}"
    return f"{subject} may lose or gain over {over}: {money(worth)}"


def chances(p: float) -> str:
    """`71 %`, `over 99 %`: as many draws tell it, no further digit."""
    return chance(p) if p < 0.01 or p > 0.99 else PERCENT.number(p, 0)


def effect(one: Json) -> str:
    """`+3.1 points [1.9, 4.3]`: an effect with its interval, in its unit."""
    size = one["effect"]
    written = change(one["unit"], size["value"] or None)
    places = written.decimals(size["low"], size["high"])
    ends = written.interval(size["low"], size["high"], places, signed=True)
    return f"{written.number(size['value'], places, signed=True)} {ends}"


def ratio(value: float | None, unit: str) -> str:
    """A group’s ratio: `73.4 %`, `$0.0020`."""
    if value is None:
        return "–"
    if unit == USD:
        return usd(value)
    written = level(unit, value)
    return written.number(value, 1 if unit == SHARE else written.decimals_of(value))


def moved(one: Json, group: str = "") -> str:
    """`71.2 % → 73.4 %`: a group's ratio before and since."""
    before, after = one[f"{group}before"], one[f"{group}after"]
    return f"{ratio(before, one['unit'])} → {ratio(after, one['unit'])}"


def amount(value: float | None, unit: str) -> str:
    """An input of the worth in its unit, in three digits."""
    if value is None:
        return "–"
    if unit == USD:
        return rounded(value) if abs(value) >= 1 else usd(value)
    written = level(unit, abs(value) or None)
    return written.number(value, written.decimals_of(value))


def taken(one: Json, field: str) -> str:
    """What an input is taken as, or may be: an effect as a difference, all else as it is."""
    value = one[field]
    if one["key"] != "effect" or value is None or one["unit"] == USD:
        return amount(value, one["unit"])
    written = change(one["unit"], abs(value) or None)
    return written.number(value, written.decimals_of(value), signed=True)


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    finding = record["findings"][0]
    tone = _TONES[finding["state"]]
    compared = (
        f"{count(record['treated'])} {units(record)} with it, "
        f"{count(record['compared'])} without it"
        if record["compared"]
        else f"{count(record['treated'])} {units(record)}, before and since"
    )
    return Brief(
        kind="Return on cost",
        subject=record["subject"],
        state=finding["state"],
        tone=tone,
        needs_decision=bool(finding["needs_decision"]),
        evidence=finding["evidence"],
        title=title(record),
        subtitle=(
            f"What the change of {_day(record['changed_on'])} brings less what it costs, in "
            f"today’s money; {compared}, {period(record['first'], record['last'])}."
        ),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=tiles(record),
    )


def _day(moment: str) -> str:
    return period(moment, moment)


def decide(record: Json) -> Decision:
    """What to do, why, and what would change it."""
    finding = record["findings"][0]
    state = finding["state"]
    text = (
        f"A gain has a chance of {chances(record['positive'])}. "
        f"It brings {money(record['gained'])} and costs {money(record['paid'])}. "
        f"{turning(record)}"
    )
    note = _DESIGNS[record["design"]]
    if record["earlier"] is not None and not record["earlier"]["clear"]:
        note += " Before the change the groups already moved apart."
    return Decision(
        title=_ACTIONS[state][record["design"]],
        text=text.strip(),
        note=note,
        tone=_TONES[state],
        facts=(
            Fact(label="Chance of a gain", value=chances(record["positive"])),
            Fact(label="Break-even", value=even(record)),
            Fact(label="Counted over", value=horizon(record)),
            *(
                (
                    Fact(
                        label="More needed",
                        value=f"{count(record['more'])} {units(record)} a group",
                    ),
                )
                if record["more"]
                else ()
            ),
        ),
    )


def turning(record: Json) -> str:
    """What would turn the answer: the declared and measured values at which nothing is left."""
    told = [
        f"{_called(one)} {taken(one, 'turning')} (taken: {taken(one, 'likely')})"
        for one in record["drivers"]
        if one["turning"] is not None
        and one["key"] in {"effect", "value", "volume"}
        and one["turning"] > 0
    ]
    return f"It turns at {joined(told, word='or')}." if told else ""


def _called(one: Json) -> str:
    """`an effect on task success of`, `a worth of a solved task of`."""
    name = inside(one["name"])
    return f"an effect on {name} of" if one["key"] == "effect" else f"a {name} of"


def even(record: Json) -> str:
    """`after 7 months [3, 19]`; an open end lies beyond what is counted."""
    if record["even"] is None:
        return f"not within {horizon(record)}"
    size = record["even"]
    high = "beyond" if size["high"] is None else f"{size['high']:.0f}"
    return f"{size['value']:.0f} months [{size['low']:.0f}, {high}]"


def tiles(record: Json) -> tuple[Tile, ...]:
    """Worth, return, break-even, effect."""
    tone = _TONES[record["findings"][0]["state"]]
    first = record["measured"][0]
    roi = record["roi"]
    found = [
        Tile(
            name=f"Worth over {horizon(record)}",
            value=rounded(record["worth"]["value"]),
            interval=f"[{rounded(record['worth']['low'])}, {rounded(record['worth']['high'])}]",
            detail=f"a gain: {chances(record['positive'])}",
            tone=tone,
            number=record["worth"]["value"],
        ),
        Tile(
            name=capital(first["name"]),
            value=effect(first).split(" [")[0],
            interval=f"[{effect(first).split(' [')[1]}" if " [" in effect(first) else "",
            detail=moved(first),
            tone="neutral",
            number=first["effect"]["value"],
        ),
    ]
    if roi is not None:
        found.append(
            Tile(
                name="Return on what is paid",
                value=PERCENT.number(roi["value"], 0, signed=True),
                interval=""
                if roi["low"] is None or roi["high"] is None
                else PERCENT.interval(roi["low"], roi["high"], 0, signed=True),
                detail=f"paid: {money(record['paid'])}",
                tone=tone,
                number=roi["value"],
            )
        )
    return tuple(found)


def effect_heading(record: Json) -> tuple[str, str]:
    """The section on what changed."""
    first = record["measured"][0]
    moved = first["effect"]
    verb = "does not surely move"
    if moved["low"] > 0:
        verb = "rises"
    elif moved["high"] < 0:
        verb = "falls"
    by = {
        "randomised": "beyond what the other group did",
        "compared": "beyond what those without it did",
        "before-after": "since the change",
    }[record["design"]]
    return f"{capital(first['name'])} {verb} {by}: {effect(first)}", _DESIGNS[record["design"]]


def worth_heading(record: Json) -> tuple[str, str]:
    """The section on the worth."""
    of = counted(round(record["positive"] * 50), "outcome")
    return (
        f"In {of} of 50 something is gained",
        f"{count(record['draws'])} draws of every input within its doubt, over {horizon(record)}.",
    )


def drivers_heading(record: Json) -> tuple[str, str]:
    """The section on what matters."""
    drivers = record["drivers"]
    if not drivers:
        return "Nothing is in doubt", ""
    first = drivers[0]
    where = {
        "measured": "as measured",
        "declared": "which is declared, not measured",
        "booked": "as it was booked so far",
    }[first["source"]]
    return (
        f"Most depends on {inside(first['name'])}, {where}",
        "Each input at either end of its range, all others at their middle.",
    )


def even_heading(record: Json) -> tuple[str, str]:
    """The section on break-even."""
    share = chances(record["even_chance"])
    if record["even"] is None:
        head = f"What is paid is not likely to come back within {horizon(record)}"
    else:
        head = f"What is paid comes back after {even(record)}"
    return head, f"The chance that it does within {horizon(record)} is {share}."


def method(record: Json) -> tuple[str, ...]:
    """A paragraph for each part that ran."""
    sure = PERCENT.number(record["confidence"], 0)
    first = record["measured"][0]
    how = {
        "randomised": (
            "the difference between the groups since the change, less the part of their difference "
            f"before it that predicts it (slope {first['adjusted']:.2f})"
        ),
        "compared": (
            "the difference of differences: the change of those who had it minus the change of the "
            "others"
        ),
        "before-after": "the difference between the time since the change and the time before it",
    }[record["design"]]
    effects = (
        f"The effect is {how}. Ratios are sums over sums; their errors are those of whole "
        f"{units(record)} (delta method, Student’s interval, {sure})."
    )
    worth = (
        "Net present value: effect × volume × worth of one, month by month over "
        f"{horizon(record)}, discounted, less costs and what the use of models costs more. The "
        "effect and the use of models are drawn together from their sampling distribution; a "
        "declared range holds its input in 9 of 10 draws, with the likely value as median. The "
        f"interval is that of the draws’ quantiles ({sure}): it holds what the data and the "
        "declared ranges leave open, and nothing that was declared as certain. The return is the "
        "mean worth over the mean of what is paid; a break-even month is a median."
    )
    return effects, worth
