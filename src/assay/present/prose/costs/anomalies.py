"""What is said of days and levels of spend that nobody expected."""

from __future__ import annotations

from typing import Any, Final

from assay.present.format import NOTHING, PERCENT, SPACE, count, day, period
from assay.present.prose.costs.money import usd
from assay.present.prose.words import capital, counted, in_words, joined

Json = dict[str, Any]

WHOSE: Final = (
    "“Whose” tells how few users made the difference, and what they did in the days before; nobody "
    "is named."
)
LOOKED: Final = 8
"""Days and levels whose users are looked at, the dearest; tables tell as many."""
TIMES: Final = 1.25
"""Multiple from which calls are told to be more, or dearer, than before."""


def sentence(one: Json, record: Json) -> str:
    """`planner on gpt-5.4 cost $12.40 more than expected on 3 June 2026`, and who made that."""
    found = record["anomalies"]
    odd = next(o for o in (*found["days"], *found["levels"]) if _key(o) == one["key"])
    whose = odd.get("whose")
    few = whose is not None and whose["shape"] in {"one user", "few users"}
    return capital(told(odd)) + (f"; {who(odd)}" if few else "")


def _key(odd: Json) -> str:
    place = "+".join(label["value"] for label in odd["where"]) or "all"
    return f"anomalies/{odd['kind']}/{odd['first']}/{place}"


def told(odd: Json) -> str:
    """What stood out, where, by how much, and when."""
    way = "more" if odd["excess"] > 0 else "less"
    if odd["kind"] == "level":
        now, then = odd["seen_daily"], odd["expected_daily"]
        return f"{place(odd)} cost {usd(now)} a day from {day(odd['first'])}, {usd(then)} before"
    return f"{place(odd)} cost {usd(abs(odd['excess']))} {way} than expected, {when(odd)}"


def place(odd: Json) -> str:
    """`planner × gpt-5.4`, `all spending`."""
    return " × ".join(_value(label) for label in odd["where"]) or "all spending"


def _value(label: Json) -> str:
    return str(label["value"]) or "not said"


def when(odd: Json) -> str:
    """`3 June 2026`, `3 to 5 June 2026`."""
    return period(odd["first"], odd["last"])


def since(odd: Json, last: str) -> str:
    """`3 June 2026 [1 to 5 June 2026]`, and until when, of a level that is no more."""
    first, low, high = odd["first"], odd["first_low"], odd["first_high"]
    span = day(first) if odd["last"] == last else period(first, odd["last"])
    return span if low == high else f"{span} [{period(low, high)}]"


def explained(odd: Json) -> str:
    """`92 % of planner`: the part of what stood out that the combination holds."""
    whole = " × ".join(_value(label) for label in odd["watched"]) or "all spending"
    return f"{PERCENT.number(odd['share'], 0)} of {whole}"


def who(odd: Json) -> str:
    """`one user makes 92 %, new there`, `spread over 412 users, the five with most make 14 %`."""
    whose = odd.get("whose")
    if whose is None:
        return NOTHING
    one, five = (PERCENT.number(whose[name], 0) for name in ("one", "five"))
    among = "" if whose["users"] is None else f" of {count(whose['users'])}"
    if whose["shape"] == "one user":
        return f"one user{among} makes {one}{_before(whose)}"
    if whose["shape"] == "few users":
        few = "few users" if whose["users"] is None else f"five{among} users"
        return f"{few} make {five}{_before(whose)}"
    if whose["shape"] == "no user":
        loose = PERCENT.number(whose["nobody"], 0)
        return f"most by calls that name no user, {loose} of all calls"
    users = "few users" if whose["users"] is None else f"{count(whose['users'])} users"
    return f"spread over {users}, the five with most make {five}{_before(whose)}"


def _before(whose: Json) -> str:
    """What these users did before: nothing, or fewer and cheaper calls."""
    parts = []
    if whose["new"] and whose["shape"] != "spread":
        parts.append("new there" if whose["shape"] == "one user" else _fresh(whose["new"]))
    elif not whose["made"]:
        parts.append("without a call now")
    elif _changed(whose["calls"]):
        parts.append(f"{_times(whose['calls'])} as many calls a day as before")
    elif whose["calls"] is None and whose["shape"] != "spread":
        calls = counted(whose["made"], "call")
        earlier = in_words(whose["made_before"]) if whose["made_before"] else "none"
        parts.append(f"with {calls} and {earlier} in {counted(whose['before'], 'day')} before")
    if _changed(whose["dearer"]):
        parts.append(f"each call {_times(whose['dearer'])} as dear as calls there were")
    return "".join(f", {part}" for part in parts)


def _fresh(new: int) -> str:
    return f"{in_words(new)} of them new there"


def _changed(times: float | None) -> bool:
    return times is not None and not 1 / TIMES < times < TIMES


def _times(times: float) -> str:
    """`30 ×`, `2.4 ×`, `0.25 ×`."""
    written = count(times) if times >= 10 else f"{times:.{1 if times >= 1 else 2}f}"
    return f"{written}{SPACE}×"


def heading(found: Json) -> str:
    """How many days and levels, and the dearest."""
    days, levels = found["days"], found["levels"]
    if found["reason"]:
        return "Whether days stand out cannot be told yet"
    if not days and not levels:
        return "No day and no new level stands out"
    parts = []
    if days:
        verb = "stands" if len(days) == 1 else "stand"
        parts.append(f"{capital(counted(len(days), 'day'))} {verb} out")
    if levels:
        named = f"{in_words(len(levels))} new level{'' if len(levels) == 1 else 's'}"
        verb = "was" if len(levels) == 1 else "were"
        parts.append(capital(f"{named} {verb} found") if not days else f"{named} {verb} found")
    dearest = max((*days, *levels), key=lambda odd: abs(odd["excess"]))
    return f"{joined(parts)}: {told(dearest)}"


def lead(found: Json) -> str:
    """What was watched, and how often it errs."""
    if found["reason"]:
        return f"{capital(found['reason'])}."
    return (
        f"{capital(counted(found['series'], 'series', 'series'))} of daily spend are watched "
        f"together, {period(found['first'], found['last'])}: all of it, each part, and pairs of "
        f"parts. At most {PERCENT.number(found['false_days'], 1)} of quiet days stand out by "
        f"chance, and a new level on {PERCENT.number(found['false_levels'], 0)} of quiet pages."
    )


def apart(found: Json) -> str:
    """Records that are outliers by themselves."""
    records = counted(found["apart"], "implausible record")
    verb = "is" if found["apart"] == 1 else "are"
    return (
        f"{capital(records)} of {usd(found['apart_usd'])} {verb} set apart before days are "
        "compared, and told with the reconciliation."
    )


def alternative(found: Json) -> str:
    """The chart in words."""
    odd = "; ".join(told(one) for one in (*found["days"], *found["levels"])[:6])
    span = period(found["first"], found["last"])
    return f"Spend by day over what was usual, {span}: {odd or 'no day stands out'}."


def more(shown: int, total: int) -> str:
    """How many of a table's rows are shown."""
    return "" if shown >= total else f" {count(shown)} of {count(total)} are shown."
