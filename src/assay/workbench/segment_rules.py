"""What `params/segment-rules.yaml` says; every mistake is told with its line."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.core.segment_rules import Condition, RuleEntry, RuleFile, SegmentRule
from assay.workbench.declarations import read_declaration

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

RULES_FILE: Final = "params/segment-rules.yaml"


def read_segment_rules(
    path: str | Path | None = RULES_FILE, *, measures: Collection[str] | None = None
) -> tuple[SegmentRule, ...]:
    """The rules of a file, in its order; none where there is no path.

    Args:
        path: of the file.
        measures: names that conditions may use, where they are known.

    Raises:
        ParameterError: where the file cannot be read, an entry is not understood, a name is given
            twice, or a condition is of an unknown measure; it names file and line.
    """
    if not path:
        return ()
    absent = ParameterError(
        f"there is no {path}", remedy="docs/segments.md shows what a file of rules says"
    )
    found = read_declaration(resolve_path(str(path)), RuleFile, absent=absent)
    seen: dict[str, str] = {}
    rules = []
    for i, entry in enumerate(found.told.segments):
        place = found.place("segments", i)
        if entry.name in seen:
            raise ParameterError(
                f"{place}: {entry.name!r} is already the name of what {seen[entry.name]} declares",
                remedy="give each a name of its own",
            )
        seen[entry.name] = place
        for measure in entry.when:
            if measures is not None and measure not in measures:
                raise ParameterError(
                    f"{found.place('segments', i, 'when', measure)}: segment {entry.name!r}: "
                    f"{measure!r} is no measure that a rule can use",
                    remedy=nearest(measure, measures),
                )
        rules.append(_rule(entry, found.told.least, place))
    return tuple(rules)


def _rule(entry: RuleEntry, least: float, place: str) -> SegmentRule:
    return SegmentRule(
        name=entry.name,
        describes=entry.describes,
        conditions=tuple(
            Condition(
                measure=measure,
                above=-inf if bounds.above is None else bounds.above,
                below=inf if bounds.below is None else bounds.below,
            )
            for measure, bounds in entry.when.items()
        ),
        least=least if entry.least is None else entry.least,
        place=place,
    )
