"""Whether an A/B test can be trusted: what was checked, what was found, and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.present.blocks import Mark
from assay.present.format import PERCENT, SPACE, as_printed, count, share
from assay.present.prose.experiments.basis import p_words, unit_words
from assay.present.prose.experiments.reading import Reading, readings
from assay.present.prose.words import capital, counted, in_words, inside, joined

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
    return [
        _sizes(record),
        *_left_out(record),
        *_missing(record),
        *_intervals(record),
    ]


def heading(found: list[Check]) -> str:
    """`Three checks passed, one remark`."""
    failed = [check for check in found if check.verdict.tone == "bad"]
    passed = [check for check in found if check.passed]
    remarks = len(found) - len(passed) - len(failed)
    if failed:
        return f"A check failed: {inside(failed[0].name)} {failed[0].verdict.text}"
    if not remarks:
        return f"All {in_words(len(found))} checks passed" if len(found) > 1 else "The check passed"
    said = f"{counted(len(passed), 'check')} passed, {counted(remarks, 'remark')}"
    return capital(said)


def thresholds() -> str:
    """When a check makes a remark, for the table's caption."""
    return (
        f"A remark is made where more than {PERCENT.number(MANY_LEFT_OUT, 0)} of the units are "
        f"left out, or {PERCENT.number(MANY_MISSING, 0)} of an arm have no value."
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
    remark = (
        f"Shares like these come by chance in fewer than one of {count(1 / ratio['threshold'])} "
        "tests. Something else decides who is counted, so that nothing is concluded."
    )
    return Check(name, found, Mark("not as planned", "bad", "!"), remark)


def _split(arms: list[Json]) -> str:
    """`1 : 1` where arms were to be equal, their shares otherwise."""
    shares = [arm["expected"] for arm in arms]
    equal = max(shares) - min(shares) < 1e-9
    return BESIDE.join("1" if equal else PERCENT.number(one, 1) for one in shares)


def _left_out(record: Json) -> list[Check]:
    if not record["left_out"]:
        return [Check("Left out", "nothing", _passed("complete"))]
    found = []
    for entry in record["left_out"]:
        part = entry["share"]
        many = part is None or part > MANY_LEFT_OUT
        said = "" if part is None else f" ({share(part, 1)})"
        found.append(
            Check(
                capital(entry["what"]),
                f"{count(entry['count'])}{said}: {as_printed(entry['reason'])}",
                Mark("worth a look", "attention", "!", tag=True) if many else _passed("negligible"),
                "",
            )
        )
    return found


def _missing(record: Json) -> list[Check]:
    """One line for each metric of which some units have no value, with both arms."""
    lacking = [r for r in readings(record) if r.body["missing"] or r.body["missing_control"]]
    if not lacking:
        return [Check("Missing values", "none", _passed("complete"))]
    return [_lack(r) for r in lacking]


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
