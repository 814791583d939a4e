"""What a reader sees first: the head of a report, its decision, and its headline numbers.

Made by `present/` from a result, kept in `result.json`, set by `workbench/render` at the top of the
page and by `workbench/index` in the index of all.
"""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.finding import Evidence, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of the decision card: a label and a printed value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, why, what it is worth, how sure, and what would change it."""

    title: str
    text: str
    note: str
    tone: Tone
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A headline number: printed value and interval, and the raw number for the sparkline.

    Attributes:
        value: as printed, for example "+4.5 %".
        interval: as printed, for example "[+2.9, +6.1]".
        detail: before → after, or what the state means.
        number: the raw value, None where there is none.
    """

    name: str
    value: str
    interval: str
    detail: str
    tone: Tone
    number: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The head of a report.

    Attributes:
        kind: Experiment, Trend, Cost, …
        subject: what it is about (an agent, an experiment).
        state: the tag beside the title (ship, undecided, …).
        title: the main finding as a sentence with its interval.
        subtitle: what, compared with what, n, period.
        data_through: last day of the data, ISO date, or "" where rows carry no time.
        look: which look this is ("one planned look", "6 of 8, valid at every look").
        agents: whom it speaks of, so that it is found by them.
        tags: other words to find it by; those of the notebook and its parameters are added.
    """

    kind: str
    subject: str
    state: str
    tone: Tone
    needs_decision: bool
    evidence: Evidence
    title: str
    subtitle: str
    data_through: str
    look: str
    decision: Decision
    tiles: tuple[Tile, ...] = ()
    agents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
