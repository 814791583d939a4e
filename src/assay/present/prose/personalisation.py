"""What the report on personalisation says, from its record: findings, head, headings, method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from assay.core.brief import Brief, Decision, Fact, Tile
from assay.present.format import NOTHING, PERCENT, Notation, about, count, day
from assay.present.prose.words import capital, counted, joined, noun_of

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]
PLAIN: Final = Notation()
_TONES: Final[dict[str, Tone]] = {
    "improving": "good",
    "rising": "good",
    "declining": "bad",
    "falling": "attention",
    "better": "good",
    "worse": "bad",
}


def tell(record: Json) -> Json:
    """The record, its findings with their sentences."""
    return {**record, "findings": [_told(one, record) for one in record["findings"]]}


def _told(one: Json, record: Json) -> Json:
    sentence = {
        "trend": lambda: trend_sentence(record),
        "leaving": lambda: leaving_sentence(record),
        "choice": lambda: choice_sentence(_column(record, one["what"])),
        "adapting": lambda: adapting_sentence(record),
        "tries": lambda: tries_sentence(record),
    }[one["key"].split("/")[0]]()
    exact = f"{sentence}; {PERCENT.number(one['confidence'], 0)} interval, {count(one['n'])} users."
    return {**one, "title": sentence, "plain": f"{sentence}.", "exact": exact}


def _column(record: Json, name: str) -> Json:
    (found,) = [one for one in record["stability"] if one["column"] == name]
    return dict(found)


def shifted(size: Json | None) -> str:
    """`+0.012 [−0.004, +0.028]`: a difference on the scale from 0 to 1."""
    if size is None:
        return NOTHING
    decimals = PLAIN.decimals(size["low"], size["high"])
    value = PLAIN.number(size["value"], decimals, signed=True)
    return f"{value} {PLAIN.interval(size['low'], size['high'], decimals)}"


def shared(size: Json | None) -> str:
    """`52 % [51, 53]`."""
    if size is None:
        return NOTHING
    decimals = min(1, max(0, PERCENT.decimals(size["low"], size["high"])))
    ends = PERCENT.interval(size["low"], size["high"], decimals, signed=False)
    return f"{PERCENT.number(size['value'], decimals)} {ends}"


def part_of(size: Json) -> str:
    """`52 % [51, 53]`; of hardly anybody, and of nearly everybody, on which side of what."""
    edge = 0.0005
    if size["high"] < edge:
        return f"under {PERCENT.number(2 * edge, 1)}"
    if size["low"] > 1 - edge:
        return f"over {PERCENT.number(1 - 2 * edge, 1)}"
    return shared(size)


def rated(size: Json | None) -> str:
    """`0.22 [0.21, 0.23]`."""
    if size is None:
        return NOTHING
    decimals = min(3, max(2, PLAIN.decimals(size["low"], size["high"])))
    ends = PLAIN.interval(size["low"], size["high"], decimals, signed=False)
    return f"{PLAIN.number(size['value'], decimals)} {ends}"


def numbered(size: Json, users: int | None = None) -> str:
    """`120 [80, 170]`: users, whole ones; `all but under 1` of so many."""
    if size["high"] < 1:
        return "under 1"
    if users is not None and size["low"] > users - 1:
        return "all but under 1"
    return f"{count(size['value'])} [{count(size['low'])}, {count(size['high'])}]"


def trend_sentence(record: Json) -> str:
    """How satisfaction within users moves."""
    trend = record["trend"]
    if trend is None:
        return f"Not enough data to tell how {record['measure']} moves: {record['trend_reason']}"
    size = f"{shifted(trend['slope'])} per four weeks, on a scale from 0 to 1"
    said = {
        "improving": "becomes better",
        "rising": "rises, maybe by too little to matter",
        "declining": "becomes worse",
        "falling": "falls, maybe by too little to matter",
        "stable": "stays where it is",
        "unclear": "may move either way",
    }[trend["verdict"]]
    return f"Users’ own {record['measure']} {said}: {size}"


def leaving_sentence(record: Json) -> str:
    """Whether those who left had been falling."""
    leaving = record["trend"]["leaving"]
    return (
        f"Users who left had moved by {shifted(leaving['gap'])} per four weeks against those who "
        "stayed"
    )


def choice_sentence(one: Json) -> str:
    """How much of a choice is the user's own."""
    name = noun_of(one["column"])
    return f"Users explain {shared(one['beyond'])} of what differs in the choice of {name}"


def adapting_sentence(record: Json) -> str:
    """What came after changes."""
    found = record["adapting"]
    if found["matched"] is None:
        return "Too few users resemble others without a change to say what came after one"
    return (
        f"After a changed configuration {record['measure']} is {shifted(found['matched'])} against "
        "that of users like them"
    )


def tries_sentence(record: Json) -> str:
    """How many configurations are tried."""
    whole = record["trying"]["groups"][0]
    return f"Users try {rated(whole['rate'])} new configurations per week with a use"


def brief(record: Json) -> Brief:
    """What a reader sees first."""
    trend = record["trend"]
    state = trend["verdict"] if trend else "not enough data"
    return Brief(
        kind="Personalisation",
        subject=capital(record["measure"]),
        state=state,
        tone=_TONES.get(state, "neutral"),
        needs_decision=any(one["needs_decision"] for one in record["findings"]),
        evidence="association",
        title=trend_sentence(record),
        subtitle=_subtitle(record),
        data_through=record["last"],
        look="",
        decision=decide(record),
        tiles=tuple(_tiles(record)),
    )


def _subtitle(record: Json) -> str:
    trend = record["trend"]
    known = (
        f"{count(trend['ratings'])} ratings by {count(trend['users'])} users, of whom "
        f"{count(trend['counted'])} rated in {count(record['least_weeks'])} weeks or more"
        if trend
        else f"{count(record['users'])} users"
    )
    return (
        f"{known}; {counted(record['weeks'], 'week')} from {day(record['first'])} "
        f"({record['time_zone']}), data through {day(record['last'])}. Satisfaction is from 0 to 1."
    )


def decide(record: Json) -> Decision:
    """What to do: about a fall, then about changes, else nothing."""
    trend, found = record["trend"], record["adapting"]
    if trend is None:
        return Decision(
            title="Not enough data",
            text=f"Trends within users cannot be told: {record['trend_reason']}.",
            note="Ask for ratings in several weeks, of the same users.",
            tone="attention",
        )
    names = {one["name"]: one for one in trend["classes"]}
    facts = (
        Fact(label="Improve", value=numbered(names["improving"]["expected"])),
        Fact(label="Decline", value=numbered(names["declining"]["expected"])),
        Fact(label="Matters from", value=f"{_smallest(record)} per four weeks"),
    )
    if trend["verdict"] in {"declining", "falling"}:
        head = f"Find out what makes {record['measure']} fall"
        text = f"{trend_sentence(record)}."
    elif found is not None and found["verdict"] == "worse":
        head = "Look at what was changed for users"
        text = f"{adapting_sentence(record)}. It is an association, unless chance decided."
    elif trend["verdict"] == "unclear":
        head = "Nothing to decide yet"
        text = "The interval of the trend reaches changes that matter; more weeks narrow it."
    else:
        head = "Nothing to decide"
        text = f"{trend_sentence(record)}."
    note = "It would change with a trend beyond what matters"
    if found is None or found["verdict"] in {"undecided", "not comparable"}:
        note += "; whether changed configurations help is open: let chance decide who gets one next"
    tone = _TONES.get(trend["verdict"], "neutral")
    return Decision(title=head, text=text, note=f"{note}.", tone=tone, facts=facts)


def _smallest(record: Json) -> str:
    return f"{record['smallest']:g}"


def _tiles(record: Json) -> list[Tile]:
    found: list[Tile] = []
    trend, adapting = record["trend"], record["adapting"]
    if trend:
        found.append(_tile("Trend per four weeks", trend["slope"], trend["verdict"]))
    known = [one for one in record["stability"] if one["beyond"]]
    if known:
        best = max(known, key=lambda one: one["beyond"]["value"])
        size = best["beyond"]
        value, _, ends = shared(size).partition(" [")
        found.append(
            Tile(
                name=f"Users’ own choice of {noun_of(best['column'])}",
                value=value,
                interval=f"[{ends}",
                detail="of what differs between choices",
                tone="neutral",
                number=size["value"],
            )
        )
    if adapting and adapting["matched"]:
        name = "After a change, against others"
        found.append(_tile(name, adapting["matched"], adapting["verdict"]))
    if record["trying"]:
        rate = record["trying"]["groups"][0]["rate"]
        value, _, ends = rated(rate).partition(" [")
        found.append(
            Tile(
                name="New configurations a week",
                value=value,
                interval=f"[{ends}",
                detail="per week with a use",
                tone="neutral",
                number=rate["value"],
            )
        )
    return found


def _tile(name: str, size: Json, detail: str) -> Tile:
    decimals = PLAIN.decimals(size["low"], size["high"])
    return Tile(
        name=name,
        value=PLAIN.number(size["value"], decimals, signed=True),
        interval=PLAIN.interval(size["low"], size["high"], decimals, signed=True),
        detail=detail,
        tone=_TONES.get(detail, "neutral"),
        number=size["value"],
    )


def classes_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on users by class."""
    trend = record["trend"]
    sizes = {one["name"]: one for one in trend["classes"]}
    return (
        (
            f"Of {count(trend['counted'])} users {_some(sizes['improving'])} are expected to "
            f"improve, {_some(sizes['declining'])} to decline; lines of their own would name "
            f"{count(trend['lines'])}"
        ),
        (f"A change of {_smallest(record)} per four weeks matters. {_unclear(record)}"),
    )


def _unclear(record: Json) -> str:
    sure, unclear = PERCENT.number(record["surely"], 0), record["trend"]["unclear"]
    if not unclear:
        return f"Everybody’s class has a chance of {sure} or more."
    counted_in = count(record["trend"]["counted"])
    return f"Of {count(unclear)} of {counted_in} users no class is likelier than {sure}: unclear."


def _some(one: Json) -> str:
    value = one["expected"]["value"]
    return "none" if value < 0.5 else about(value)


def kinds_head(record: Json) -> tuple[str, str]:
    """Heading and lead of the section on trends by kind."""
    kinds = record["trend"]["kinds"]
    differ = [one for one in kinds if one["differs"]]
    lead = (
        "Users of a kind chose it, or were given it, for reasons of their own: a difference is an "
        "association. It may also come from when and how often they rate."
    )
    if not differ:
        return (
            f"Of {counted(len(kinds), 'kind')} of users none is seen to move otherwise than others",
            lead,
        )
    most = max(differ, key=lambda one: abs(one["apart"]["value"]))
    size = f"{shifted(most['apart'])} per four weeks against the others"
    return f"Users of kind {most['kind']} move by {size}", lead


def thumb_note(record: Json) -> str:
    """What rules of thumb would have said."""
    thumb = record["trend"]["thumb"]
    up, down = count(thumb["cut_up"]), count(thumb["cut_down"])
    return (
        f"Rules of thumb, of the same users: a slope above .001 per second calls {up} improving, "
        f"below −.001 {down} declining, whatever they do: such a slope runs through the whole "
        f"scale in minutes. The best week less the worst is {thumb['range']:.2f} on average, "
        f"{count(thumb['range_up'])} of {count(thumb['users'])} users “improved” by it; were "
        f"nobody to change it would be {thumb['range_still']:.2f}."
    )


def leaving_note(record: Json) -> str:
    """How far those who left may move the trend."""
    leaving = record["trend"]["leaving"]
    if leaving is None:
        return "Too few users left, or stayed, to compare their trends."
    tipping = leaving["tipping"]
    tip = (
        ""
        if tipping is None
        else f" Were the trend of those who left, unseen, {tipping:+.3f} per four weeks off the "
        "one seen, the mean over persons would be 0."
    ).replace("-", "−")
    return (
        f"{PERCENT.number(leaving['share'], 0)} of users who rated had no use in the last "
        f"{counted(leaving['quiet'], 'week')}. Trend of who stayed {shifted(leaving['stayed'])}, "
        f"of who left {shifted(leaving['left'])}, difference {shifted(leaving['gap'])}; both by "
        f"number of persons {shifted(leaving['mixed'])}.{tip}"
    )


def method(record: Json) -> tuple[str, ...]:
    """How it was done, from what really ran."""
    said = [
        (
            f"Weeks begin on Monday ({record['time_zone']}). Satisfaction is {record['measure']}, "
            "0–1. Groups of fewer "
            f"than {count(record['k'])} users are not told."
        )
    ]
    trend, found, trying = record["trend"], record["adapting"], record["trying"]
    if trend:
        shock = (
            "too few weeks to tell what moved everybody"
            if trend["shock"] is None
            else f"what moved everybody in a week {trend['shock']:.3f}"
        )
        said.append(
            "Linear mixed model by restricted maximum likelihood: random level and slope per "
            "user, first-order autocorrelation over the weeks between, ratings of a week not "
            f"independent. Standard deviations: levels {trend['levels_differ']:.3f}, slopes per "
            f"four weeks {trend['slopes_differ']:.3f}, a user’s week {trend['week_noise']:.3f} "
            f"(autocorrelation {trend['lasting']:.2f}), a rating {trend['rating_noise']:.3f}; "
            f"{shock}. Variances are of {count(trend['fitted'])} users; their doubt is in all "
            "chances. Ratings end at 0 and 1: users near an end cannot move beyond it."
        )
        if trend["kinds"]:
            said.append(
                "Kinds: a mean line of each, users’ own lines being as random as in the model; "
                "drawn towards the others by a normal distribution whose spread is averaged over "
                f"(half-normal, scale {_smallest(record)}); each against the others weighted by "
                "precision, chances and intervals for all kinds together (Šidák)."
            )
    said.append(
        "Choices: two choices of different weeks, of one user and of two users of a kind in the "
        "same weeks; what is beyond is (within − between) / (1 − between). Each user is one voice."
    )
    if found:
        said.append(
            f"Changes: {count(found['near'])} weeks just before, {count(found['far'])} before "
            f"these, {count(found['after'])} after; the week of the change counts as neither. "
            "Compared with users of the same agent in the same weeks without a change, matched on "
            "the level just before and on the way there, the rest adjusted by a line. Errors are "
            f"those of whole {found['decided_by']}s. "
            f"{count(found['common'])} changes reached all users of an agent at once and cannot be "
            f"compared; {count(found['unread'])} were not valid, outside the data, or reached "
            f"nobody who rated; {count(found['short'])} users had no rating before or after, or "
            f"another change; {count(found['unmatched'])} resembled nobody."
        )
    if trying:
        said.append(
            f"A configuration is {joined([noun_of(c) for c in trying['columns']])} together. New: "
            "first used after a user’s first week, and after the first "
            f"{counted(trying['burn_in'], 'week')} of the data. It stays if used again within "
            f"{counted(trying['within'], 'week')} by a user who was there."
        )
    return tuple(said)
