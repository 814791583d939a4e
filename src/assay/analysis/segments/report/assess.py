"""Segments, their evidence, who moved, and segments by rule → everything that the page prints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from assay.analysis.segments.profiles import FlowsResult, movement_between, withheld_sizes
from assay.analysis.segments.report.beside import NO_CROSS, NO_METRICS, WhoDoesWhat
from assay.analysis.segments.report.findings import findings_of
from assay.analysis.segments.report.forming import Formed, memberships
from assay.analysis.segments.report.result import (
    Chosen,
    Looked,
    NotLooked,
    SegmentsReport,
    Tested,
)
from assay.analysis.segments.report.surely import certainty_of, sure_of
from assay.core.errors import AssayError
from assay.features.behaviour import BEHAVIOURS

if TYPE_CHECKING:
    from assay.analysis.segments.report.beside import MetricsBySegment
    from assay.analysis.segments.rules import RulesResult
    from assay.features.behaviour import Behaviour
    from assay.stats.segmenting import Segments

FALSE_ALARM: Final = 0.05
"""How often a single cloud may be called structure; the test is held to it by simulation."""
_TELLS: Final = "beside the others on this page, these numbers would tell of few"


def report_segments(  # noqa: PLR0913  what was formed, what stands beside it, how it is told
    formed: Formed,
    *,
    before: Behaviour | None = None,
    before_reason: str = "no earlier days were asked for",
    rules: RulesResult | None = None,
    rules_reason: str = "no rules are declared",
    metrics: MetricsBySegment = NO_METRICS,
    uses: WhoDoesWhat = NO_CROSS,
    continues: str = "",
    asked: bool = False,
    time_zone: str = "UTC",
    alpha: float = 0.05,
    smallest_cell: int = 10,
    seed: int = 1,
) -> SegmentsReport:
    """The record of the page.

    Args:
        formed: the segments, or that there are none.
        before: behaviours in an earlier period, for who moved; None with `before_reason`.
        before_reason: why movement is not told.
        rules: segments by rule; None with `rules_reason`.
        rules_reason: why they are not told.
        metrics: by segment.
        uses: who uses it for what.
        continues: the version that names and idents go on from.
        asked: the number of segments was asked for.
        time_zone: whose days they are, for the words.
        alpha: chance that anything is claimed of segments that mean nothing.
        smallest_cell: of fewer entities nothing is told.
        seed: of everything that is drawn.
    """
    behaviour, found = formed.behaviour, formed.found
    entities, few = behaviour.frame.height, len(behaviour.few)
    few_told = None if 0 < few < smallest_cell else few
    known = (entities, entities + few)
    if rules is not None and _tells(rules.entities, known, smallest_cell):
        rules, rules_reason = None, _TELLS
    if uses.crossed is not None and _tells(uses.crossed.persons, known, smallest_cell):
        uses = WhoDoesWhat(crossed=None, reason=_TELLS)
    hidden = withheld_sizes(found, smallest_cell)
    noise = int((found.labels < 0).sum())
    certainty = certainty_of(formed, smallest_cell)
    flows, flows_reason = _flows(formed, before, before_reason, smallest_cell, seed)
    report = SegmentsReport(
        entity=behaviour.entity,
        entities=entities,
        few=few_told,
        few_share=None if few_told is None else few / (few + entities),
        unnamed=behaviour.unnamed,
        first=behaviour.span.first,
        last=behaviour.span.last,
        time_zone=time_zone,
        smallest_cell=smallest_cell,
        alpha=alpha,
        tested=_tested(found),
        method=found.method,
        reasons=found.reasons,
        k=found.k,
        asked=asked,
        k_shares=tuple(Chosen(k=k, share=share) for k, share in found.k_shares),
        formed_of=found.formed_of,
        noise=None if hidden.noise else noise,
        profiles=formed.profiles,
        profiles_reason="" if formed.profiles else "there is no structure beyond one cloud",
        continues=continues,
        certainty=certainty,
        sure=sure_of(certainty, formed.profiles.profiles if formed.profiles else ()),
        flows=flows,
        flows_reason=flows_reason,
        before_first=before.span.first if before and flows else None,
        before_last=before.span.last if before and flows else None,
        rules=rules,
        rules_reason="" if rules else rules_reason,
        metrics=metrics,
        uses=uses,
        features=tuple(
            Looked(
                name=one.name,
                label=one.label,
                unit=one.unit,
                transform=one.transform,
                filled=None
                if 0 < round(filled * entities) < smallest_cell
                or 0 < round((1 - filled) * entities) < smallest_cell
                else filled,
            )
            for one, filled in zip(formed.inputs.features, formed.inputs.filled, strict=True)
        ),
        left_out=_left_out(formed),
        findings=(),
    )
    return replace(report, findings=findings_of(report))


def _tested(found: Segments) -> Tested:
    tested = found.structure
    if tested is None:  # `form` always tests
        raise ValueError("structure was not tested")
    return Tested(
        verdict=tested.verdict,
        p_value=tested.p_value,
        false_alarm=FALSE_ALARM,
        shown_by=tested.shown_by,
        seen=tested.strength,
        null=tested.null,
        rows=tested.rows,
    )


def _tells(others: int | None, known: tuple[int, ...], smallest_cell: int) -> bool:
    """Whether another number of entities differs from a known one by few."""
    return others is not None and any(0 < abs(others - n) < smallest_cell for n in known)


def _flows(
    formed: Formed, before: Behaviour | None, reason: str, smallest_cell: int, seed: int
) -> tuple[FlowsResult | None, str]:
    if formed.profiles is None:
        return None, "there are no segments to move between"
    if before is None:
        return None, reason
    try:
        found = movement_between(
            before.frame["entity"].to_list(),
            memberships(formed, before),
            formed.behaviour.frame["entity"].to_list(),
            formed.found.membership,
            [one.name for one in formed.profiles.profiles],
            smallest_cell=smallest_cell,
            seed=seed,
        )
    except AssayError as error:
        return None, error.message
    told = [one.flow for one in found.flows] + [one.at_least for one in found.stayed]
    if all(one is None for one in told):
        return None, "too few are known of both periods"
    return found, ""


def _left_out(formed: Formed) -> tuple[NotLooked, ...]:
    labels = {one.name: one.label for one in BEHAVIOURS}
    told = (*formed.behaviour.left_out, *formed.inputs.left_out)
    return tuple(
        NotLooked(name=name, label=labels.get(name, name), reason=reason) for name, reason in told
    )
