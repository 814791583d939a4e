"""Two results of the same kind: decisions that flipped, findings and numbers that moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.analysis.comparing.numbers import Moved, estimate_of, judge, numbers
from assay.core.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

_TOLD: Final = {
    "state": "state",
    "needs_decision": "needs a decision",
    "action": "action",
    "evidence": "evidence",
}
_RANK: Final = {
    "beyond": 1,
    "not comparable": 2,
    "appeared": 2,
    "vanished": 2,
    "without interval": 3,
    "within": 4,
    "same": 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A word that stands for a decision or a state, before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """One finding, by its key, in both results.

    Attributes:
        flips: what is decided or claimed otherwise.
        size, lift: the effect in its unit, and relative to what it is compared with.
    """

    key: str
    what: str
    kind: Literal["appeared", "vanished", "changed", "same"]
    flips: tuple[Flip, ...]
    size: Moved | None
    lift: Moved | None
    n_before: int | None
    n_after: int | None
    confidence: float | None
    title_before: str
    title_after: str

    @property
    def parts(self) -> tuple[tuple[Literal["effect", "lift"], Moved], ...]:
        """Its numbers, as far as it has any."""
        effect: tuple[tuple[Literal["effect", "lift"], Moved], ...]
        effect = (("effect", self.size),) if self.size is not None else ()
        return (*effect, ("lift", self.lift)) if self.lift is not None else effect

    @property
    def rank(self) -> int:
        """What a reader should see first is smallest."""
        if self.flips or self.kind in {"appeared", "vanished"}:
            return 0
        return min((_RANK[moved.judged] for _, moved in self.parts), default=_RANK["same"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that two results say differently.

    Attributes:
        flips: of the report as a whole: state, decision, whether somebody must act.
        findings: of both, those that matter most first.
        numbers: all others.
        judged: findings whose effect could be held against its errors.
        independent: squares of errors were added, since the results share no data.
        remarks: what to know before believing any of it.
    """

    kind: str
    flips: tuple[Flip, ...]
    findings: tuple[FindingChange, ...]
    numbers: tuple[Moved, ...]
    independent: bool
    remarks: tuple[str, ...]

    @property
    def judged(self) -> int:
        """Findings whose effect was held against its errors."""
        return sum(
            f.size is not None and f.size.judged in {"beyond", "within"} for f in self.findings
        )

    @property
    def beyond(self) -> int:
        """Findings whose effect moved by more than its errors explain."""
        return sum(f.size is not None and f.size.judged == "beyond" for f in self.findings)

    @property
    def differs(self) -> bool:
        """Whether a reader finds anything else in the one than in the other."""
        return bool(
            self.flips
            or any(found.kind != "same" for found in self.findings)
            or any(moved.differs for moved in self.numbers)
        )


def compare(before: Json, after: Json, *, independent: bool = False) -> Comparison:
    """Holds two results against each other.

    Args:
        before: `result.json` of the earlier version.
        after: of the later one.
        independent: they share no data, so that squares of errors may be added.

    Raises:
        ParameterError: where the results are of different kinds.
    """
    one, other = before["schema"], after["schema"]
    if one["kind"] != other["kind"]:
        raise ParameterError(
            f"a result of kind {one['kind']!r} cannot be compared with one of {other['kind']!r}",
            remedy="name two versions of one report",
        )
    remarks = []
    if one["version"] != other["version"]:
        remarks.append(
            f"The form of the results differs (version {one['version']}, then "
            f"{other['version']}): fields may have another name or meaning."
        )
    alphas = before.get("alpha"), after.get("alpha")
    reason = _levels(*(None if alpha is None else 1 - alpha for alpha in alphas))
    return Comparison(
        kind=other["kind"],
        flips=tuple(_of_the_whole(before.get("brief") or {}, after.get("brief") or {})),
        findings=_findings(before, after, independent=independent),
        numbers=numbers(before, after, independent=independent, reason=reason),
        independent=independent,
        remarks=tuple(remarks),
    )


def _of_the_whole(before: Json, after: Json) -> Iterator[Flip]:
    yield from _flips(before, after, {"state": "state", "needs_decision": "needs a decision"})
    one, other = ((brief.get("decision") or {}).get("title") for brief in (before, after))
    if one != other:
        yield Flip(what="decision", before=_word(one), after=_word(other))
    yield from _flips(before, after, {"evidence": "evidence", "title": "title"})


def _flips(before: Json, after: Json, told: dict[str, str]) -> Iterator[Flip]:
    for field, what in told.items():
        if before.get(field) != after.get(field):
            yield Flip(what=what, before=_word(before.get(field)), after=_word(after.get(field)))


def _findings(before: Json, after: Json, *, independent: bool) -> tuple[FindingChange, ...]:
    old, new = _by_key(before), _by_key(after)
    keys = [*new, *(key for key in old if key not in new)]
    found = [
        _finding(
            key,
            old.get(key),
            new.get(key),
            (_method(before, old.get(key)), _method(after, new.get(key))),
            independent=independent,
        )
        for key in keys
    ]
    return tuple(sorted(found, key=lambda each: each.rank))


def _by_key(result: Json) -> dict[str, Json]:
    """Findings by their key, then those of alerts; one whose key is taken keeps its place."""
    found: dict[str, Json] = {}
    alerts = (result.get("alerts") or {}).get("findings") or ()
    told = [(f"/findings/{at}", each) for at, each in enumerate(result.get("findings") or ())]
    told += [(f"/alerts/findings/{at}", each) for at, each in enumerate(alerts)]
    for place, finding in told:
        key = str(finding.get("key") or finding.get("what") or place)
        name, number = key, 1
        while name in found:
            number += 1
            name = f"{key} ({number})"
        found[name] = {**finding, "at": place}
    return found


def _finding(
    key: str,
    before: Json | None,
    after: Json | None,
    methods: tuple[str, str],
    *,
    independent: bool,
) -> FindingChange:
    known: Json = after or before or {}
    old, new = before or {}, after or {}
    flips = tuple(_flips(old, new, _TOLD)) if before and after else ()
    reason = _why_not(old, new, methods) if before and after else ""
    size, lift = (
        _number(key, part, before, after, reason, independent=independent)
        for part in ("size", "lift")
    )
    moved = flips or any(each is not None and each.differs for each in (size, lift))
    kind: Literal["appeared", "vanished", "changed", "same"] = (
        "appeared" if before is None else "vanished" if after is None else
        "changed" if moved or old.get("n") != new.get("n") else "same"
    )  # fmt: skip
    return FindingChange(
        key=key,
        what=str(known.get("what", key)),
        kind=kind,
        flips=flips,
        size=size,
        lift=lift,
        n_before=old.get("n"),
        n_after=new.get("n"),
        confidence=known.get("confidence"),
        title_before=str(old.get("title", "")),
        title_after=str(new.get("title", "")),
    )


def _number(  # noqa: PLR0913  as judge()
    key: str, part: str, before: Json | None, after: Json | None, reason: str, *, independent: bool
) -> Moved | None:
    one, other = (estimate_of((each or {}).get(part)) for each in (before, after))
    if one is None and other is None:
        return None
    units = tuple(
        "share" if part == "lift" else str((each or {}).get("unit", "")) for each in (before, after)
    )
    places = tuple(
        f"{each['at']}/{part}" if each and each.get(part) else "" for each in (before, after)
    )
    return judge(
        f"{key}: {part}",
        one,
        other,
        units=(units[0] or units[1], units[1] or units[0]),
        places=(places[0], places[1]),
        independent=independent,
        reason=reason,
    )


def _why_not(before: Json, after: Json, methods: tuple[str, str]) -> str:
    """Why two intervals may not be held against each other; "" where they may."""
    levels = _levels(before.get("confidence"), after.get("confidence"))
    if levels:
        return levels
    if before.get("evidence") != after.get("evidence"):
        return f"known by {before.get('evidence')}, then by {after.get('evidence')}"
    if all(methods) and methods[0] != methods[1]:
        return f"the method was {methods[0]}, is {methods[1]}"
    return ""


def _levels(before: float | None, after: float | None) -> str:
    if before is None or after is None or abs(before - after) < 1e-9:
        return ""
    return f"the intervals have {100 * before:g} % confidence, then {100 * after:g} %"


def _method(result: Json, finding: Json | None) -> str:
    """How the finding's interval was made, as the result tells beside the same interval."""
    size = (finding or {}).get("size")
    if size is None or size.get("low") is None:
        return ""
    return next(_methods_beside(result, size), "")


def _methods_beside(value: object, size: Json) -> Iterator[str]:
    match value:
        case dict():
            method = value.get("method")
            if method and any(_is_the(item, size) for item in value.values()):
                yield str(method["name"] if isinstance(method, dict) else method)
            for key, item in value.items():
                if key != "findings":
                    yield from _methods_beside(item, size)
        case list():
            for item in value:
                yield from _methods_beside(item, size)


def _is_the(value: object, size: Json) -> bool:
    return isinstance(value, dict) and all(value.get(end) == size[end] for end in size)


def _word(value: object) -> str:
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case None | "":
            return "–"
        case _:
            return str(value)
