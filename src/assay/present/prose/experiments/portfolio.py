"""What the report of all experiments says, made from its record."""

from __future__ import annotations

from typing import Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.blocks import Terms
from assay.present.format import NOTHING, Notation, count
from assay.present.format import level as level_notation
from assay.present.prose.words import capital, counted, in_words, joined

Json = dict[str, Any]

NO_DECISION: Final = "Nothing to decide"
_BY: Final = "By {}; what one more finds is drawn towards them the more, the less data it has."
_FROM: Final = (
    "States and decisions come from the records of the experiments, results from the newest "
    "published version of each report. Of each concluded experiment one estimate counts: the first "
    "primary metric of the arm that was decided on, on the log scale."
)
_POOLED: Final = (
    "True gains are taken as normal about a common centre (random effects). The spread has a "
    "half-normal prior of scale {}, the centre a flat one, and both are averaged over; so each "
    "gain is drawn towards the rest, which takes the winner’s curse off, whatever it was chosen "
    "for."
)
_PLAIN: Final = Notation()


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    waiting = _waiting(record)
    realised = record["realised"]
    return Brief(
        kind="Experiments",
        subject="all experiments",
        state="to decide" if waiting else "up to date",
        tone="attention" if waiting else "neutral",
        needs_decision=bool(waiting),
        evidence="randomised",
        title=_title(record),
        subtitle=capital(f"{_states(record)}."),
        data_through=max((one["data_through"] for one in record["experiments"]), default=""),
        look="",
        decision=_decision(record),
        tiles=tuple(
            tile
            for tile in (
                _count_tile("Running", record["running"], f"{count(record['paused'])} paused"),
                _count_tile("Concluded", record["concluded"], f"{record['shipped']} shipped"),
                _worth_tile(realised) if realised else None,
                _spread_tile(record["effects"]) if record["effects"] else None,
            )
            if tile is not None
        ),
    )


def tell(record: Json) -> Json:
    """The record with the sentences of its findings."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def state_heading(record: Json) -> tuple[str, str]:
    """Heading and sentence of the section on what runs."""
    if not record["experiments"]:
        return (
            "There is no experiment yet",
            "A file in params/experiments/ registers one; assay experiment plan checks it.",
        )
    waiting = _waiting(record)
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        return (
            f"{capital(counted(len(waiting), 'experiment'))} {verb} for a decision",
            f"{capital(_states(record))}.",
        )
    return capital(_states(record)), "No result waits for a decision."


def remarks(record: Json) -> list[str]:
    """What must not be missed: mistakes in files, and changes after the start."""
    found = []
    for one in record["experiments"]:
        if one["mistake"]:
            found.append(f"{one['experiment']}: its registration cannot be read. {one['mistake']}")
        elif one["deviations"]:
            changes = counted(one["deviations"], "change")
            found.append(
                f"{one['experiment']}: {changes} after the start; its own report lists them."
            )
    return found


def progress(one: Json) -> str:
    """`3,100 of 4,000, 78 %`."""
    if one["units"] is None:
        return NOTHING
    if not one["planned_units"]:
        return count(one["units"])
    done = level_notation("share").number(one["progress"], 0)
    look = f", look {one['look']} of {one['looks']}" if one["look"] and one["looks"] else ""
    return f"{count(one['units'])} of {count(one['planned_units'])}, {done}{look}"


def verdict_cell(one: Json) -> str:
    """What the last result says."""
    if one["verdict"] is None:
        return "none yet"
    words = {"ship": "better", "keep": "not better", "undecided": "open", "blocked": "blocked"}
    return f"{words.get(one['verdict'], one['verdict'])}: {one['metric'] or 'no primary metric'}"


def past_heading(record: Json) -> tuple[str, str]:
    """Heading and sentence of the section on what was gained."""
    realised = record["realised"]
    if realised is None:
        return (
            f"{capital(counted(len(record['past']), 'experiment'))} concluded with an estimate",
            "No shipped experiment names a volume, so that gains cannot be summed.",
        )
    said = (
        f"As reported they add up to {_number(realised['reported'])}; what was chosen because it "
        "looked best looks better than it is, and that is taken off."
    )
    left = realised["unknown"]
    if left:
        said += f" {capital(counted(left, 'shipped experiment'))} without a volume "
        said += "does not count." if left == 1 else "do not count."
    return _gained(realised), said


def past_alt(record: Json) -> str:
    """The figure of past gains in words."""
    told = [
        f"{one['experiment']} {gain_of(one['shrunk'] or one['reported'])}, "
        f"as reported {gain_of(one['reported'])}"
        for one in record["past"][-14:]
    ]
    return f"Gains of concluded experiments with intervals: {joined(told)}."


def kept(record: Json, most: int) -> str:
    """That a figure does not show all of them."""
    number = len(record["past"])
    return f" The newest {most} of {number}; the table has all." if number > most else ""


def effects_heading(record: Json) -> tuple[str, str]:
    """Heading and sentence of the section on the distribution of true effects."""
    effects = record["effects"]
    after = effects["next"]
    span = level_notation("share").span_signed(after["low"], after["high"], _decimals(after))
    return (
        f"One more experiment is expected to gain {span}",
        _BY.format(counted(effects["n"], "concluded experiment")),
    )


def effects_alt(record: Json) -> str:
    """The figure of true effects in words."""
    effects = record["effects"]
    return (
        f"True gain on average {gain_of(effects['centre'])}; of the next experiment "
        f"{gain_of(effects['next'])}."
    )


def method(record: Json) -> list[str | Terms]:
    """What was done, from what really ran."""
    told: list[str | Terms] = [_FROM]
    effects = record["effects"]
    if effects is None:
        told.append(f"True effects are not pooled: {record['reason']}.")
    else:
        spread = effects["spread"]
        told += [
            _POOLED.format(effects["prior_scale"]),
            Terms(
                (
                    (
                        "Spread of true gains",
                        f"{spread['value']:.2g} {_ends(spread)} on the log scale",
                    ),
                    ("By the method of moments", f"{effects['moments_spread']:.2g}"),
                    ("Chance that the next one gains", f"{effects['p_gain']:.0%}"),
                )
            ),
        ]
    told.append(
        "The last correction uses no other experiment: it asks under which true gains an estimate "
        "that passed the usual threshold is so large (median, and interval). It says little of "
        "estimates that passed it narrowly."
    )
    return told


def level(record: Json) -> str:
    """`95 %`."""
    return level_notation("share").number(1 - record["alpha"], 0)


def gain_of(estimate: Json) -> str:
    """`+4.5 % [+2.9, +6.1]`."""
    notation, places = level_notation("share"), _decimals(estimate)
    value = notation.number(estimate["value"], places, signed=True)
    return f"{value} {notation.interval(estimate['low'], estimate['high'], places)}"


def _ends(estimate: Json) -> str:
    return f"[{estimate['low']:.2g}, {estimate['high']:.2g}]"


def _decimals(estimate: Json) -> int:
    return level_notation("share").decimals(estimate["low"], estimate["high"])


def _waiting(record: Json) -> list[Json]:
    return [one for one in record["experiments"] if one["waits"]]


def _states(record: Json) -> str:
    if not record["experiments"]:
        return "no experiment is registered"
    parts = [
        f"{in_words(record[key])} {word}"
        for key, word in (
            ("running", "running"),
            ("paused", "paused"),
            ("concluded", "concluded"),
            ("drafts", "not started"),
        )
        if record[key]
    ]
    whole = counted(len(record["experiments"]), "experiment")
    if len(record["experiments"]) == 1:
        return f"{whole}, {parts[0].partition(' ')[2]}"
    return f"{whole}: {joined(parts)}"


def _title(record: Json) -> str:
    waiting = _waiting(record)
    if waiting:
        verb = "waits" if len(waiting) == 1 else "wait"
        names = joined([one["experiment"] for one in waiting[:2]])
        more = f" and {in_words(len(waiting) - 2)} more" if len(waiting) > 2 else ""
        return f"{names}{more} {verb} for a decision"
    if record["realised"]:
        return _gained(record["realised"])
    return f"{NO_DECISION}: {_states(record)}"


def _decision(record: Json) -> Decision:
    waiting = _waiting(record)
    facts = tuple(Fact(label=one["experiment"], value=verdict_cell(one)) for one in waiting[:4])
    if waiting:
        blocked = [one for one in waiting if one["verdict"] == "blocked"]
        text = "Their results are there; as long as they run, every day costs traffic."
        if len(waiting) == 1:
            text = "Its result is there; as long as it runs, every day costs traffic."
        if blocked:
            text += f" {capital(counted(len(blocked), 'result'))} blocked: find the fault first."
        return Decision(
            title="Conclude what is decided",
            text=text,
            note="assay experiment conclude ID --decision ship or keep",
            tone="attention",
            facts=facts,
        )
    if not record["experiments"]:
        return Decision(
            title="Register a first experiment",
            text="There is none: nothing is tried on purpose, so nothing is known to have worked.",
            note="docs/experiments.md shows how",
            tone="neutral",
        )
    return Decision(
        title=NO_DECISION,
        text="No experiment has a result that somebody has to act on.",
        note="A result that decides changes this.",
        tone="neutral",
    )


def _told(finding: Json, record: Json) -> Json:
    if finding["key"] == "realised":
        worth, told = _worth(record["realised"]["corrected"]), _gained(record["realised"])
        return finding | {
            "title": told,
            "plain": f"{told}, once the winner’s curse is taken off.",
            "exact": f"Sum of pooled gains times volumes: {worth}.",
        }
    one = next(e for e in record["experiments"] if e["experiment"] == finding["what"])
    said = verdict_cell(one)
    lift = f", {gain_of(one['lift'])}" if one["lift"] and one["lift"]["low"] is not None else ""
    title = f"{one['experiment']} waits for a decision"
    return finding | {
        "title": title,
        "plain": f"{title}: its last result is {said}{lift}.",
        "exact": f"{one['experiment']}, {one['state']}: verdict {one['verdict']}{lift}.",
    }


def _worth(estimate: Json) -> str:
    return _PLAIN.span(estimate["low"], estimate["high"], _places(estimate))


def _places(estimate: Json) -> int:
    return max(0, _PLAIN.decimals(estimate["low"], estimate["high"]))


def _gained(realised: Json) -> str:
    """What the shipped experiments add, as a sentence without its end."""
    corrected = realised["corrected"]
    if corrected["low"] > 0:
        return f"What was shipped adds {_worth(corrected)} a year"
    if corrected["high"] < 0:
        return f"What was shipped costs: {_worth(corrected)} a year"
    return f"What was shipped may add nothing: {_worth(corrected)} a year"


def _number(value: float) -> str:
    return _PLAIN.number(value, _PLAIN.decimals_of(value))


def _count_tile(name: str, number: int, detail: str) -> Tile:
    return Tile(
        name=name,
        value=count(number),
        interval="",
        detail=detail,
        tone="neutral",
        number=float(number),
    )


def _worth_tile(realised: Json) -> Tile:
    corrected = realised["corrected"]
    places = _places(corrected)
    return Tile(
        name="Gained a year",
        value=_PLAIN.number(corrected["value"], places),
        interval=_PLAIN.interval(corrected["low"], corrected["high"], places, signed=False),
        detail=f"as reported {_number(realised['reported'])}",
        tone="good" if corrected["low"] > 0 else "neutral",
        number=corrected["value"],
    )


def _spread_tile(effects: Json) -> Tile:
    after = effects["next"]
    return Tile(
        name="The next true gain",
        value=level_notation("share").number(after["value"], _decimals(after), signed=True),
        interval=level_notation("share").interval(after["low"], after["high"], _decimals(after)),
        detail=f"by {counted(effects['n'], 'experiment')}",
        tone="neutral",
        number=after["value"],
    )
