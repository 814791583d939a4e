"""One comparison of a record, read: what it shows, and its numbers in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from assay.present.format import (
    NOTHING,
    PERCENT,
    UNBOUNDED,
    Notation,
    as_printed,
    chance,
    change,
    declared,
    level,
    loss,
)
from assay.present.prose.words import agreed, inside, is_plural

if TYPE_CHECKING:
    from assay.present.theme import Meaning

Json = dict[str, Any]

State = Literal["better", "worse", "within", "small", "no gain", "undecided", "silent", "blocked"]
"""Shown to be better, worse, not worse than its margin, too small to matter, no gain that matters;
not shown; without an interval; forbidden by a check."""

CENTS: Final = 2
"""Decimals of money, which nobody writes with one."""
ROLES: Final = ("primary", "secondary", "guardrail", "exploratory")
MEANINGS: Final[dict[State, Meaning]] = {
    "better": "better",
    "worse": "worse",
    "within": "estimate",
    "small": "estimate",
    "no gain": "estimate",
    "undecided": "undecided",
    "silent": "undecided",
    "blocked": "attention",
}
WORDS: Final[dict[State, str]] = {
    "better": "better",
    "worse": "worse",
    "within": "within its margin",
    "small": "too small to matter",
    "no gain": "no gain that matters",
    "undecided": "undecided",
    "silent": "no interval",
    "blocked": "blocked",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A comparison's numbers, and the words that they support.

    Attributes:
        body: the comparison as recorded.
        named: whether the arm must be named, because there are several.
        paired: whether both arms saw the same units.
    """

    body: Json
    named: bool = False
    paired: bool = False

    @property
    def metric(self) -> str:
        """The metric's name as declared."""
        return str(self.body["metric"])

    @property
    def arm(self) -> str:
        """The arm that is compared with the control."""
        return str(self.body["arm"])

    @property
    def control(self) -> str:
        """The arm compared against."""
        return str(self.body["control"])

    @property
    def role(self) -> str:
        """primary, secondary, guardrail or exploratory."""
        return str(self.body["role"])

    @property
    def lower_is_better(self) -> bool:
        """Whether less of the metric is what is wanted."""
        return bool(self.body["better"] == "down")

    @property
    def plural(self) -> bool:
        """Whether the metric's name takes a plural verb."""
        return is_plural(self.metric)

    @property
    def units(self) -> int:
        """Units behind the comparison, both arms together; what they share counts once."""
        own, control = int(self.body["n"]), int(self.body["n_control"])
        return max(own, control) if self.paired else own + control

    @property
    def state(self) -> State:
        """What is shown, from the verdict and the side on which the interval lies."""
        verdict = self.body["verdict"]
        if verdict == "blocked":
            return "blocked"
        low, high = self._mirrored(self.body["difference"])
        if low is None or high is None:
            return "silent"
        if verdict == "ship":
            shown = low > 0 or (low == 0 and not (self.role == "guardrail" and self.bound))
            return "better" if shown else "within"
        if verdict == "keep":
            return self._kept(high)
        return "undecided"

    @property
    def direction(self) -> str:
        """`rises` or `falls` where that is shown, as the name takes it; otherwise nothing."""
        if self.state not in {"better", "worse"}:
            return ""
        return self.verb("rises" if self.body["difference"]["value"] > 0 else "falls")

    @property
    def meaning(self) -> Meaning:
        """The colour of its mark."""
        return MEANINGS[self.state]

    @property
    def word(self) -> str:
        """The state in a word or three."""
        return "harmed" if self.state == "worse" and self.role == "guardrail" else WORDS[self.state]

    @property
    def bounded(self) -> bool:
        """Whether the lift has both ends."""
        lift = self.body["lift"]
        return lift["low"] is not None and lift["high"] is not None

    @property
    def level(self) -> Notation:
        """How the arms' values are written."""
        return level(self.body["unit"], self.body["value_control"])

    @property
    def change(self) -> Notation:
        """How their difference is written."""
        return change(self.body["unit"], self.body["value_control"])

    @property
    def row(self) -> str:
        """The metric as a row of a table, which tells once what its numbers are per."""
        return f"{self.metric}, {self.level.per}" if self.level.per else self.metric

    @property
    def effect(self) -> tuple[Json, Notation, int]:
        """The estimate to speak of, with its notation and decimals: the lift where it has ends."""
        if self.bounded:
            return self.body["lift"], PERCENT, self.lift_decimals
        return self.body["difference"], self.change, self.decimals

    @property
    def lift_decimals(self) -> int:
        """Decimals that the lift's interval supports, clear of zero and of what was declared."""
        lift = self.body["lift"]
        return PERCENT.decimals(lift["low"], lift["high"], apart_from=self._marks())

    @property
    def decimals(self) -> int:
        """Decimals that the difference's interval supports."""
        ends = self.body["difference"]
        return self.change.decimals(ends["low"], ends["high"])

    @property
    def estimate(self) -> str:
        """The lift, or the difference where the lift has no bounds: `+4.5 % [+2.9, +6.1]`."""
        return self.lift if self.bounded else self.difference

    @property
    def difference(self) -> str:
        """`+3.2 points [+2.0, +4.3]`; a dash without an interval, which is no answer."""
        return self._difference(self.change)

    @property
    def difference_cell(self) -> str:
        """The same in a table."""
        return self._difference(self.change.brief)

    def _difference(self, notation: Notation) -> str:
        ends = self.body["difference"]
        if ends["low"] is None:
            return NOTHING
        value = notation.number(ends["value"], self.decimals, signed=True)
        return f"{value} {notation.interval(ends['low'], ends['high'], self.decimals)}"

    @property
    def lift(self) -> str:
        """The same, as change relative to the control; `unbounded` says why it has no ends."""
        ends = self.body["lift"]
        if not self.bounded:
            return UNBOUNDED if ends["unbounded"] else NOTHING
        value = PERCENT.number(ends["value"], self.lift_decimals, signed=True)
        return f"{value} {PERCENT.interval(ends['low'], ends['high'], self.lift_decimals)}"

    def value_cell(self, which: Literal["value", "value_control"]) -> str:
        """An arm's value in a table, in the digits that the difference supports."""
        return self.level.brief.number(self.body[which], self.level_decimals)

    @property
    def level_decimals(self) -> int:
        """Decimals of the arms' values; one more where it takes that to tell them apart."""
        ends, notation = self.body["difference"], self.level
        before, after = self.body["value_control"], self.body["value"]
        if ends["low"] is None or ends["high"] is None:
            return notation.decimals_of(before or after)
        places = notation.level_decimals(ends["low"], ends["high"])
        same = notation.bare(before, places) == notation.bare(after, places)
        places += same
        return CENTS if notation.before and places == 1 else places

    @property
    def before_after(self) -> str:
        """`70.1 → 73.3 %`."""
        return self._pair("→")

    @property
    def from_to(self) -> str:
        """`70.1 to 73.3 %`."""
        return self._pair("to")

    @property
    def chance(self) -> str:
        """The chance that the arm is the better one."""
        return chance(self.body["posterior"]["p_better"])

    @property
    def losses(self) -> tuple[str, str]:
        """What a wrong choice would cost on average: of shipping, of keeping."""
        return self._losses(self.change)

    @property
    def loss_cells(self) -> tuple[str, str]:
        """The same in a table."""
        return self._losses(self.change.brief)

    def _losses(self, notation: Notation) -> tuple[str, str]:
        posterior = self.body["posterior"]
        ship, keep = (
            loss(posterior[f"expected_loss_{choice}"], notation, self.decimals)
            for choice in ("ship", "keep")
        )
        return ship, keep

    @property
    def reason(self) -> str:
        """Why, as recorded, to stand inside a sentence."""
        text = str(self.body["lift"]["reason"] or "") if not self.bounded else ""
        return as_printed(inside((self.body["reason"] or text).rstrip(".")))

    @property
    def bound(self) -> str:
        """A guardrail's margin, or the half-width of the region, as declared; "" without one."""
        bound = self.body["margin" if self.role == "guardrail" else "equivalence"]
        return declared(bound) if bound else ""

    def verb(self, singular: str) -> str:
        """The verb as the metric's name takes it."""
        return agreed(singular, self.metric)

    def _pair(self, word: str) -> str:
        before, after = self.body["value_control"], self.body["value"]
        if before is None or after is None:
            return ""
        return self.level.span(before, after, self.level_decimals, word=word)

    def _kept(self, high: float) -> State:
        """Why the control is kept, from the interval in the better direction."""
        region = self.body["equivalence"]
        least, most = self._mirrored(self.body["lift"])
        if self.role == "guardrail" or not region or least is None or most is None:
            return "worse" if high <= 0 else "no gain"
        if most < -region:
            return "worse"
        return "small" if least >= -region else "no gain"

    def _mirrored(self, ends: Json) -> tuple[float | None, float | None]:
        low, high = ends["low"], ends["high"]
        if not self.lower_is_better:
            return low, high
        return (None if high is None else -high), (None if low is None else -low)

    def _marks(self) -> tuple[float, ...]:
        bound = self.body["margin"] if self.role == "guardrail" else self.body["equivalence"]
        return (bound, -bound) if bound else ()


def readings(record: Json, *, arm: str | None = None) -> list[Reading]:
    """All comparisons as they are read: by role, metric as declared, arm."""
    bodies = record["comparisons"]
    metrics = list(dict.fromkeys(body["metric"] for body in bodies))
    named = arm is None and len({body["arm"] for body in bodies}) > 1
    chosen = [body for body in bodies if arm is None or body["arm"] == arm]
    chosen.sort(key=lambda body: (ROLES.index(body["role"]), metrics.index(body["metric"])))
    paired = record["design"] == "paired"
    return [Reading(_as_judged(body), named, paired) for body in chosen]


def _as_judged(body: Json) -> Json:
    """The comparison with the intervals that its verdict was made from, adjusted for the others."""
    if body.get("difference_adjusted") is None:
        return body
    return {
        **body,
        "difference": body["difference_adjusted"],
        "lift": body["lift_adjusted"],
        "p_value": body["p_adjusted"],
        "difference_alone": body["difference"],
        "lift_alone": body["lift"],
        "p_alone": body["p_value"],
    }
