"""What one comparison shows, as a clause that stands in titles, lists and sentences alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.present.prose.experiments.basis import arm_name
from assay.present.prose.words import capital, inside, moves

if TYPE_CHECKING:
    from assay.present.prose.experiments.reading import Reading


def title(r: Reading) -> str:
    """`Task success rises by 2.9 to 6.1 %`."""
    return capital(clause(r))


def clause(r: Reading) -> str:
    """The same inside a sentence; the arm is named where there are several."""
    where = f" in {arm_name(r.arm)}" if r.named else ""
    return f"{inside(r.metric)}{where} {_predicate(r)}"


def _predicate(r: Reading) -> str:
    if r.state == "blocked":
        return f"{r.verb('is')} not read"
    if r.state == "silent":
        return f"{r.verb('has')} no answer ({r.reason.partition(':')[0]})"
    if r.state == "small":
        return _small(r)
    if r.state == "within":
        return _within(r)
    return _moved(r)


def _small(r: Reading) -> str:
    found, notation, decimals = r.effect
    most = notation.number(max(abs(found["low"]), abs(found["high"])), decimals)
    return f"{r.verb('changes')} by at most {most}, less than the {r.bound} that would matter"


def _within(r: Reading) -> str:
    """Harm is bounded by one end of the interval alone."""
    found, notation, decimals = r.effect
    worst = notation.number(abs(found["high" if r.lower_is_better else "low"]), decimals)
    side = "higher" if r.lower_is_better else "lower"
    return f"{r.verb('is')} at most {worst} {side}, within the margin of {r.bound}"


def _moved(r: Reading) -> str:
    found, notation, decimals = r.effect
    low, high = found["low"], found["high"]
    said = moves(r.metric, low, high, notation=notation, decimals=decimals)
    if r.role == "guardrail" and r.body["margin"]:
        place = {"worse": f", beyond the margin of {r.bound}"}
        return said + place.get(r.state, f", against a margin of {r.bound}")
    if r.state == "no gain" and r.bound:
        return f"{said}, which excludes a gain of {r.bound}"
    if r.state == "undecided" and r.bound and not low < 0 < high:
        return f"{said}, which may be less than the {r.bound} that would matter"
    return said
