"""Names of segments by a rule: the same data the same name, a small shift no other, none twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTERS: Final = 0.5
"""Standard deviations from which on a feature gives a name: what Cohen (1988) calls medium."""
STAYS: Final = 0.3
"""Standard deviations down to which a word of the last report's name remains."""
WORDS: Final = 3
TYPICAL: Final = "typical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One thing a segment may be called for.

    Attributes:
        key: the feature and its side, as `cost+`; it stays when the wording changes.
        text: empty where no word says it.
        effect: in standard deviations, signed.
        claimed: whether it may be said.
    """

    key: str
    text: str
    effect: float
    claimed: bool


def named(
    segments: Sequence[Sequence[Word]],
    before: Sequence[tuple[str, ...] | None] | None = None,
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each segment's name and the keys of its words.

    The words of the largest effects, up to three, of half a standard deviation or more. A segment
    that had a name keeps it as long as each of its words still points the same way, by .3 or more.
    Where two would be called the same, the later one takes further words until they differ, and a
    number where there are none.

    Args:
        segments: candidates of each segment.
        before: keys of the words of the same segment's last name; None where it is new.
    """
    last = before or [None] * len(segments)
    order = sorted(range(len(segments)), key=lambda at: last[at] is None)
    found: dict[int, tuple[str, tuple[str, ...]]] = {}
    taken: set[str] = set()
    for at in order:
        ranked = sorted(
            (one for one in segments[at] if one.text and one.claimed),
            key=lambda one: (-abs(one.effect), one.key),
        )
        words = (
            _kept(segments[at], last[at])
            or [one for one in ranked if abs(one.effect) >= ENTERS][:WORDS]
        )
        more = [one for one in ranked if one not in words]
        while _said(words) in taken and more:
            words = [*words, more.pop(0)]
        name = _said(words)
        number = 2
        while name in taken:
            name = f"{_said(words)} ({number})"
            number += 1
        taken.add(name)
        found[at] = (name, tuple(one.key for one in words))
    return tuple(found[at] for at in range(len(segments)))


def _kept(candidates: Sequence[Word], keys: tuple[str, ...] | None) -> list[Word]:
    """The words of the last name if all still hold, else none."""
    if not keys:
        return []
    held = {one.key: one for one in candidates if one.text and abs(one.effect) >= STAYS}
    return [held[key] for key in keys] if all(key in held for key in keys) else []


def _said(words: Sequence[Word]) -> str:
    return ", ".join(one.text for one in words) or TYPICAL
