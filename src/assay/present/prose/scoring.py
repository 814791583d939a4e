"""What the report on scores says, from its record: findings, head, headings, method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import NOTHING, PERCENT, Notation, change, count, day, level
from assay.present.prose.words import capital, counted, joined

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]
_GOOD: Final = {"on track", "met"}


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    kind = one["key"].split("/")[0]
    sentence = {"change": _change, "judge": _judge, "goal": _goal}[kind](one, record)
    n = f"{count(one['n'])} scores" if kind != "judge" else f"{count(one['n'])} shared judgements"
    exact = f"{sentence}; {PERCENT.number(one['confidence'], 0)} interval, {n}."
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def _change(one: Json, record: Json) -> str:
    size, name = one["size"], capital(one["what"])
    if size is None:
        return f"{name}: not enough data to tell a change"
    words = moved(size, one["unit"])
    since = f" in the days from {day(record['recent_from'])}"
    if one["state"] == "steady":
        return f"{name} shows no change{since}: {words}"
    return f"{name} {one['state']}{since}: {words}"


def _judge(one: Json, record: Json) -> str:
    name, size = one["what"].removeprefix("judge "), one["size"]
    (drift,) = [d for d in record["drifts"] if d["judge"] == name]
    since = f" since {day(drift['since']['day'])}" if drift["since"] else ""
    if one["state"] == "one of two":
        return f"Either {name} or the other judge of the same items changed its standard{since}"
    way = "more lenient" if (size["value"] or 0) > 0 else "stricter"
    return f"Judge {name} became {way}{since}: {moved(size, one['unit'])}"


def dated(since: Json | None) -> str:
    """`27 October 2026 [25 October 2026, 29 October 2026]`; a dash where there is no day."""
    if since is None:
        return NOTHING
    if since["first"] == since["last"]:
        return day(since["day"])
    return f"{day(since['day'])} [{day(since['first'])}, {day(since['last'])}]"


def _goal(one: Json, record: Json) -> str:
    (goal,) = [g for g in record["goals"] if g["name"] == one["what"]]
    return goal_sentence(goal)


def goal_sentence(goal: Json) -> str:
    """`Goal “Clarity” is off track: a chance of 10 % for at least 4.3 by 31 December 2026`."""
    name, what = f"Goal “{goal['name']}”", f"{target(goal)} by {day(goal['by'])}"
    if goal["state"] == "not enough data":
        return f"{name} ({what}): not enough data, {goal['reason']}"
    if goal["probability"] is None:
        return f"{name} ({what}) was {goal['state']}"
    return f"{name} is {goal['state']}: a chance of {likely(goal['probability'])} for {what}"


def target(goal: Json) -> str:
    """`at least 4.3`, `at most 2 %`: with the digits that it was declared with."""
    side = "at least" if goal["better"] == "up" else "at most"
    return f"{side} {aimed(goal)}"


def aimed(goal: Json) -> str:
    """`4.3`, `80 %`."""
    written = _plain(level(goal["unit"], goal["target"]))
    digits = f"{goal['target'] * written.factor:.6f}".rstrip("0").partition(".")[2]
    return written.number(goal["target"], len(digits))


def likely(probability: float) -> str:
    """A chance from a few dozen weeks: whole percent, and never beyond one in a hundred."""
    if probability < 0.01:
        return f"under {PERCENT.number(0.01, 0)}"
    if probability > 0.99:
        return f"over {PERCENT.number(0.99, 0)}"
    return PERCENT.number(probability, 0)


def pace(goal: Json) -> str:
    """`+0.013 a week`, with two digits; shares in points."""
    written = _plain(change(goal["unit"], goal["target"]))
    places = max(0, written.decimals_of(goal["needed"]) - 1)
    return f"{written.number(goal['needed'], places, signed=True)} a week"


def pace_told(goal: Json) -> str:
    """The pace that is needed, or what may be lost where the target is reached already."""
    ahead = goal["needed"] <= 0 if goal["better"] == "up" else goal["needed"] >= 0
    return f"{'it is reached now and may change by' if ahead else 'the pace needed,'} {pace(goal)}"


def moved(size: Json, unit: str) -> str:
    """`−0.12 [−0.20, −0.04] points`."""
    written = _plain(change(unit))
    decimals = written.decimals(size["low"], size["high"])
    value = written.number(size["value"], decimals, signed=True)
    return f"{value} {written.interval(size['low'], size['high'], decimals)}"


def moved_by(size: float, unit: str) -> str:
    """`0.12`, `3.1 points`: a size without its sign."""
    written = _plain(change(unit))
    return written.number(size, max(1, written.decimals_of(size)))


def figures(size: Json | None, unit: str) -> str:
    """`4.14 [4.12, 4.16]`; a dash where there is nothing."""
    if size is None:
        return NOTHING
    written = _plain(level(unit, size["value"]))
    if size["low"] is None:
        return written.number(size["value"], 2)
    decimals = written.decimals(size["low"], size["high"], apart_from=())
    ends = written.interval(size["low"], size["high"], decimals, signed=False)
    return f"{written.number(size['value'], decimals)} {ends}"


def _plain(written: Notation) -> Notation:
    """Points of a scale need no unit behind them."""
    return Notation() if written.after.strip() == "points" and written.factor == 1 else written


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    first = leading(record)
    tone: Tone = first["tone"] if first else "neutral"
    needs = any(one["needs_decision"] for one in record["findings"])
    return Brief(
        kind="Quality",
        subject=joined([name["name"] for name in overall(record)]),
        state=first["state"] if first else "steady",
        tone=tone,
        needs_decision=needs,
        evidence="association",
        title=title(record),
        subtitle=(
            f"{count(record['scores'])} scores of {count(record['items'])} items, "
            f"{day(record['first'])} to {day(record['last'])}; recent: from "
            f"{day(record['recent_from'])}, compared with the days from "
            f"{day(record['before_from'])}."
        ),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=tuple(_tile(one, record) for one in overall(record)[:4]),
    )


def leading(record: Json) -> Json | None:
    """The finding that matters most: what fell, a judge who drifted, a goal in danger."""
    order = ("fell", "drifted", "one of two", "missed", "off track", "at risk", "rose")
    ranked = [one for one in record["findings"] if one["state"] in order]
    return min(ranked, key=lambda one: order.index(one["state"]), default=None)


def title(record: Json) -> str:
    """The main finding as a sentence with its interval."""
    first = leading(record)
    if first is not None:
        still = first["state"] == "drifted" and all(
            one["state"] == "steady" for one in record["moves"]
        )
        stays = "; what was judged is not seen to have changed" if still else ""
        return f"{first['title']}{stays}"
    known = [one for one in record["moves"] if one["change"] is not None]
    if not known:
        if record["scores"] > 1 and all(one["mean"]["low"] is None for one in record["means"]):
            return "Scores do not differ from each other, so no change can be told"
        return "Not enough data to tell whether scores changed"
    widest = max(max(abs(one["change"][end]) for end in ("low", "high")) for one in known)
    written = _plain(change(known[0]["unit"]))
    return (
        f"No score changed by more than {written.number(widest, 2)} since "
        f"{day(record['recent_from'])}{_of_judges(record)}"
    )


def _of_judges(record: Json) -> str:
    """What stands behind a title of scores that did not change."""
    if all(one["verdict"] == "unknown" for one in record["drifts"]):
        return "; whether a judge drifted cannot be told"
    return ", and no judge is seen to have drifted"


def overall(record: Json) -> list[Json]:
    """The means of all judges, one per name."""
    return [one for one in record["means"] if one["judges"] == "all"]


def _tile(one: Json, record: Json) -> Tile:
    (move,) = [m for m in record["moves"] if m["name"] == one["name"]]
    written = _plain(level(one["unit"]))
    mean = one["mean"]
    decimals = min(2, written.decimals(mean["low"], mean["high"]))
    tones: dict[str, Tone] = {"fell": "bad", "rose": "good"}
    return Tile(
        name=capital(one["name"]),
        value=written.number(mean["value"], decimals),
        interval=written.interval(mean["low"], mean["high"], decimals, signed=False),
        detail=(
            f"of {written.number(one['high'], 0)}, mean since {day(record['first'])}; "
            f"{move['state']} of late"
        ),
        tone=tones.get(move["state"], "neutral"),
        number=mean["value"],
    )


def decide(record: Json) -> Decision:
    """What to do: about a judge, then what fell, then goals."""
    drifted = [d["judge"] for d in record["drifts"] if d["verdict"] in {"drifted", "one of two"}]
    fell = [one for one in record["findings"] if one["state"] == "fell"]
    goals = [g for g in record["goals"] if g["state"] in {"off track", "at risk", "missed"}]
    if drifted:
        whose = "its" if len(drifted) == 1 else "their"
        head = f"Calibrate {joined(drifted)} again before reading {whose} scores over time"
        text = " ".join(
            f"{one['judge']} moved against other judges of the same items"
            + (f" on {dated(one['since'])}." if one["since"] else ".")
            for one in record["drifts"]
            if one["judge"] in drifted
        )
    elif fell:
        head = f"Find out why {joined([one['what'] for one in fell[:3]])} fell"
        text = "Judges who stayed where they were see it, so it is what was judged that moved."
        if all(one["verdict"] == "unknown" for one in record["drifts"]):
            text = (
                "Judges share too few items to tell whether what was judged became worse, or "
                "they became stricter."
            )
    elif goals:
        head = f"Act on {counted(len(goals), 'goal')}, or move its target or day".replace(
            "its", "its" if len(goals) == 1 else "their"
        )
        text = f"{capital(joined([_shortly(one) for one in goals]))}."
    elif all(one["change"] is None for one in record["moves"]):
        head, text = "Wait for more data", f"{title(record)}."
    else:
        head, text = "Nothing to decide", "Neither judges nor scores moved by more than chance."
    first = leading(record)
    return Decision(
        title=head,
        text=text,
        note="What is seen are changes in time, not their causes.",
        tone=first["tone"] if first else "neutral",
        facts=(
            Fact(label="Judges", value=count(len(record["drifts"]))),
            Fact(label="Scores", value=count(record["scores"])),
            Fact(label="Goals on track", value=_goals_well(record)),
        ),
    )


def _shortly(goal: Json) -> str:
    """`“Clarity” (at least 4.3 by 31 December 2026): 10 %`."""
    chance = "missed" if goal["probability"] is None else f"{likely(goal['probability'])} likely"
    return f"“{goal['name']}” ({target(goal)} by {day(goal['by'])}) is {chance}"


def _goals_well(record: Json) -> str:
    goals = record["goals"]
    return f"{sum(g['state'] in _GOOD for g in goals)} of {len(goals)}" if goals else NOTHING


def drift_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on judges."""
    states = [one["verdict"] for one in record["drifts"]]
    moving = sum(state in {"drifted", "one of two"} for state in states)
    unknown = states.count("unknown")
    if moving:
        heading = f"{capital(counted(moving, 'judge'))} moved against the others"
    elif unknown == len(states):
        heading = "Whether a judge drifted cannot be told: too few items are shared"
    else:
        heading = "No judge is seen to have drifted"
    seen = [one["shift"] for one in record["drifts"] if one["shift"] and one["shift"]["low"]]
    blind = ""
    if seen and not moving:
        reach = max((one["high"] - one["low"]) / 2 for one in seen)
        unit = next(one["unit"] for one in record["drifts"] if one["shift"])
        blind = (
            f" The widest interval reaches {_plain(change(unit)).number(reach, 2)} to either side: "
            "a smaller move of that judge would mostly go unseen."
        )
    return heading, (
        "A judge who becomes stricter or more lenient differs from others on the same items; "
        f"where what was judged became worse, all judges see it.{blind}"
    )


def agreement_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on agreement."""
    cross = [
        one
        for one in record["agreement"]
        if one["first"] != one["second"] and one["alpha"] is not None
    ]
    if not cross:
        if any(one["alpha"] is not None for one in record["agreement"]):
            return "No item has two kinds of judges; those of one kind agree as below", ""
        return "Agreement cannot be told: no item has two judges who differ in anything", ""
    worst = min(cross, key=lambda one: one["alpha"]["value"])
    return (
        (
            f"On {worst['name']}, {worst['first']} and {worst['second']} agree least: alpha "
            f"{figures(worst['alpha'], '1')}"
        ),
        (
            "One is agreement on every item, zero what chance would bring; 0.8 is usually asked "
            "for before one judge stands in for another, 0.67 for tentative conclusions."
        ),
    )


def method(record: Json) -> tuple[str, ...]:
    """How it was done, in paragraphs."""
    return (
        (
            f"Means and changes treat scores of one {record['cluster']} as one voice (errors by "
            "cluster, Student’s distribution). A change is that within judges who did not drift, "
            "so that who judged more does not count; p-values are adjusted by Holm, of names and "
            "of groups apart."
        ),
        (
            "Agreement: Krippendorff’s alpha for distances and for ranks, and Cohen’s kappa with "
            "quadratic weights, with jackknife intervals over clusters on the scale log(1 − alpha)."
        ),
        (
            "Drift of a judge: each score is its item’s worth plus the judge’s leniency in that "
            "period, fitted on items with several judgements. Where items were not judged in both "
            "periods, or too few, the judges who moved alike are taken to have stayed. The day of "
            "a drift is that of the single step that fits best, between the days that fit about as "
            "well; where a standard slid, the step lies about in the middle."
        ),
        (
            "Breaks are looked for in complete weeks only. A goal’s chance is that of the last "
            "week that ends by its day, by the combined forecast whose intervals were tested on "
            "the past; a few dozen weeks cannot tell one in a hundred from one in a thousand, so "
            "chances are told in whole percent."
        ),
    )
