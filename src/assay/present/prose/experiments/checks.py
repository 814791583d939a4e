"""Whether an A/B test can be trusted: what was checked, what was found, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Mark
from assay.present.format import PERCENT, SPACE, as_printed, count, day, share
from assay.present.prose.experiments import segments
from assay.present.prose.experiments.basis import arm_name, p_words, unit_words
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import (
    capital,
    counted,
    in_words,
    inside,
    joined,
    noun_of,
    plural_of,
)

if TYPE_CHECKING:
    from assay.core.finding import Tone

Json = dict[str, Any]

BESIDE: Final = f"{SPACE}:{SPACE}"
MANY_MISSING: Final = 0.05
"""Share of units without a value from which a metric is to be read with care."""
MANY_LEFT_OUT: Final = 0.01
"""Share of units left out from which the reader is told."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table, and the remark that it gives rise to."""

    name: str
    found: str
    verdict: Mark
    remark: str = ""

    @property
    def passed(self) -> bool:
        """Whether there is nothing to remark."""
        return self.verdict.tone == "good"


def checks(record: Json) -> list[Check]:
    """All checks that were made, in the order in which a doubt would arise."""
    made = record.get("checks", ())
    return [
        _sizes(record),
        *(_of_column(one) for one in made if one["kind"] == "sample ratio by"),
        *_left_out(record),
        *_missing(record),
        *_before([one for one in made if one["kind"] == "before"]),
        *_outliers([one for one in made if one["kind"] == "outliers"]),
        *(_shared(one) for one in made if one["kind"] == "shared"),
        *_intervals(record),
    ]


def heading(found: list[Check]) -> str:
    """`Three checks passed, one remark`."""
    failed = [check for check in found if check.verdict.tone == "bad"]
    passed = [check for check in found if check.passed]
    remarks = sum(check.verdict.tone == "attention" for check in found)
    open_ones = len(found) - len(passed) - len(failed) - remarks
    if failed:
        return f"A check failed: {inside(failed[0].name)} {failed[0].verdict.text}"
    if not remarks and open_ones:
        said = f"{counted(len(passed), 'check')} passed, {in_words(open_ones)} could not be made"
        return capital(said)
    if not remarks:
        return f"All {in_words(len(found))} checks passed" if len(found) > 1 else "The check passed"
    said = f"{counted(len(passed), 'check')} passed, {counted(remarks, 'remark')}"
    return capital(said)


def thresholds() -> str:
    """When a check makes a remark, for the table's caption."""
    return (
        f"A remark is made where more than {PERCENT.number(MANY_LEFT_OUT, 0)} of the units are "
        f"left out, or {PERCENT.number(MANY_MISSING, 0)} of an arm have no value; where arms that "
        "chance alone should make alike differ as they would in fewer than one of 1,000 tests."
    )


def _sizes(record: Json) -> Check:
    ratio = record["sample_ratio"]
    seen = BESIDE.join(count(arm["n"]) for arm in ratio["arms"])
    name = f"{capital(unit_words(record))} per arm"
    arms = joined([arm["arm"] for arm in ratio["arms"]])
    if ratio["p_value"] is None:
        why = (ratio["reason"] or "").rstrip(".")
        return Check(
            name, f"{seen} in {arms}", _passed("not applicable", mark=""), f"{why}." if why else ""
        )
    found = f"{seen} in {arms}, expected {_split(ratio['arms'])}; p {p_words(ratio['p_value'])}"
    if ratio["ok"]:
        return Check(name, found, _passed("as planned"))
    since = f" It shows from {day(ratio['since'])} on." if ratio.get("since") else ""
    remark = (
        f"Shares like these come by chance in fewer than one of {count(1 / ratio['threshold'])} "
        f"tests. Something else decides who is counted, so that nothing is concluded.{since}"
    )
    return Check(name, found, Mark("not as planned", "bad", "!"), remark)


def _of_column(one: Json) -> Check:
    """The value of a column that fits the planned sizes least."""
    column, value = one["subject"].replace("_", " "), one["where"]
    each = segments.one_of(column, [segments.named(value, one["subject"])])
    name = f"Sizes within each {each}"
    if one["status"] == "passes":
        return Check(name, f"every {each} as planned", _passed("as planned"))
    seen = BESIDE.join(count(part["count"]) for part in one["parts"])
    since = f" It shows from {day(one['since'])} on." if one["since"] else ""
    remark = (
        f"Where {column} is {value}, the arms do not have the planned sizes.{since} Either "
        f"something decides there who is counted, or the variant changes {column}."
    )
    said = f"{seen} where {column} is {value}; p {p_words(one['p_value'])}"
    return Check(name, said, _doubt("not as planned there"), remark)


def _before(made: list[Json]) -> list[Check]:
    """What was measured before, which arms drawn at random share."""
    found = []
    for subject in dict.fromkeys(one["subject"] for one in made):
        mine = [one for one in made if one["subject"] == subject]
        off = [one for one in mine if one["status"] != "passes"]
        name = f"Before the exposure: {subject}"
        least = min(one["p_value"] for one in mine)
        if not off:
            found.append(Check(name, f"alike in all arms; p {p_words(least)}", _passed("alike")))
            continue
        arms = joined([arm_name(one["where"]) for one in off])
        remark = (
            f"{subject} was measured before and differs in {arms} all the same, as chance would "
            "have it in fewer than one of 1,000 tests. Ask whether it is known before the "
            "exposure, and whether arms were drawn at random."
        )
        found.append(
            Check(name, f"differs in {arms}; p {p_words(least)}", _doubt("not alike"), remark)
        )
    return found


def _outliers(made: list[Json]) -> list[Check]:
    """By how much differences rest on a few units."""
    if not made:
        return []
    seen = [one for one in made if one["moved"] is not None]
    warned = [one for one in seen if one["status"] == "warns"]
    name = "Farthest units"
    if not seen:
        return [Check(name, inside(made[0]["reason"]), Mark("not looked at", "neutral"))]
    if not warned:
        far = max(abs(one["moved"]) for one in seen)
        said = f"without them no difference moves by more than {far:.1f} of its standard errors"
        return [Check(name, said, _passed("no matter"))]
    found = []
    for one in warned:
        taken = one["parts"][0]
        said = (
            f"without {counted(taken['count'], 'unit')} of {count(taken['whole'])} its difference "
            f"moves by {abs(one['moved']):.1f} standard errors"
        )
        remark = (
            f"The difference of {inside(one['subject'])} rests on {counted(taken['count'], 'unit')}"
            f" of {count(taken['whole'])}. Look at them; a limit declared before the run "
            "(winsorising) keeps a few units from deciding."
        )
        verdict = _doubt("rests on a few")
        found.append(Check(f"{name}: {inside(one['subject'])}", said, verdict, remark))
    return found


def _shared(one: Json) -> Check:
    """Whether arms meet where units share something."""
    column, groups = noun_of(one["subject"]), one["parts"][0]
    name = f"Arms in one {column}"
    said = (
        f"{count(groups['count'])} of {count(groups['whole'])} {plural_of(column)} hold several "
        f"arms, with {share(one['share'], 1)} of the units"
    )
    if one["status"] == "passes":
        return Check(name, said, _passed("apart"))
    remark = (
        f"Units of different arms share a {column}. Where the treatment of one can reach another "
        f"there, the difference is blurred; then assign the {column}, not the unit."
    )
    return Check(name, said, _doubt("may spill over"), remark)


def _doubt(text: str) -> Mark:
    return Mark(text, "attention", "!", tag=True)


def _split(arms: list[Json]) -> str:
    """`1 : 1` where arms were to be equal, their shares otherwise."""
    shares = [arm["expected"] for arm in arms]
    equal = max(shares) - min(shares) < 1e-9
    return BESIDE.join("1" if equal else PERCENT.number(one, 1) for one in shares)


def _left_out(record: Json) -> list[Check]:
    if not record["left_out"]:
        return [Check("Left out", "nothing", _passed("complete"))]
    found = []
    crossed = any(one["kind"] == "several arms" for one in _blocking(record))
    for entry in record["left_out"]:
        part = entry["share"]
        many = part is None or part > MANY_LEFT_OUT
        if crossed and entry["what"].endswith("more than one arm"):
            found.append(_crossed(entry))
            continue
        found.append(
            Check(
                capital(entry["what"]),
                _said(entry),
                Mark("worth a look", "attention", "!", tag=True) if many else _passed("negligible"),
                "",
            )
        )
    return found


def _said(entry: Json) -> str:
    part = "" if entry["share"] is None else f" ({share(entry['share'], 1)})"
    return f"{count(entry['count'])}{part}: {as_printed(entry['reason'])}"


def _crossed(entry: Json) -> Check:
    remark = (
        "So many units were in several arms that nobody can tell who was compared, and nothing is "
        "concluded. Is the unit the one that was assigned?"
    )
    verdict = Mark("too many", "bad", "!")
    return Check(capital(entry["what"]), _said(entry), verdict, remark)


def _blocking(record: Json) -> list[Json]:
    """The checks that forbid a verdict."""
    return [one for one in record.get("checks", ()) if one["status"] == "blocks"]


def _missing(record: Json) -> list[Check]:
    """One line for each metric of which some units have no value, with both arms."""
    lacking = [r for r in readings(record) if r.body["missing"] or r.body["missing_control"]]
    if not lacking:
        return [Check("Missing values", "none", _passed("complete"))]
    unlike = {one["subject"]: one for one in _blocking(record) if one["kind"] == "missing"}
    return [_unlike(r, unlike[r.metric]) if r.metric in unlike else _lack(r) for r in lacking]


def _unlike(r: Reading, one: Json) -> Check:
    """Arms that differ in who has a value, of which nothing can be concluded."""
    shares = [f"{share(part['count'], part['whole'])} in {part['label']}" for part in one["parts"]]
    remark = (
        f"Arms differ in how many units have no value of {inside(r.metric)}, as chance would have "
        "it in fewer than one of 1,000 tests. Who has one is then no random choice, and nothing is "
        "concluded from it."
    )
    said = f"{joined(shares)}; p {p_words(one['p_value'])}"
    return Check(f"Missing values of {inside(r.metric)}", said, Mark("differ", "bad", "!"), remark)


def _lack(r: Reading) -> Check:
    body = r.body
    shares = {
        r.arm: (body["missing"], body["n"] + body["missing"]),
        r.control: (body["missing_control"], body["n_control"] + body["missing_control"]),
    }
    said = joined([f"{share(*parts)} in {arm}" for arm, parts in shares.items()])
    most = max(part / whole if whole else 0.0 for part, whole in shares.values())
    name = f"Missing values of {inside(r.metric)}"
    if most < MANY_MISSING:
        return Check(name, said, _passed("negligible"))
    verdict = Mark(f"read {inside(r.metric)} with care", "attention", "!", tag=True)
    remark = (
        f"{r.metric} has a value for {share(body['n'], shares[r.arm][1])} of {r.arm} and "
        f"{share(body['n_control'], shares[r.control][1])} of {r.control}. Its result speaks of "
        "these alone, and is an effect only if the variant does not change who has a value."
    )
    return Check(name, said, verdict, remark)


def _intervals(record: Json) -> list[Check]:
    found = []
    for r in readings(record):
        if r.state == "silent":
            verdict = Mark("no interval", "attention", "!", tag=True)
            found.append(Check(r.metric, r.reason, verdict))
        elif not r.bounded and r.state != "blocked":
            verdict = Mark("read the difference", "attention", "!", tag=True)
            found.append(Check(f"Lift of {inside(r.metric)}", _why(r), verdict))
    return found


def _why(r: Reading) -> str:
    reason = r.body["lift"]["reason"]
    return inside(reason.rstrip(".")) if reason else f"{r.control} cannot be told from zero"


def _passed(text: str, mark: str = "✓") -> Mark:
    tone: Tone = "good"
    return Mark(text, tone, mark)
