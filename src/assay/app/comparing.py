"""The command that compares two versions: what they say differently, and what made them differ."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from assay.analysis.comparing import Comparison, FindingChange, Moved, compare
from assay.app.console import print_json, say
from assay.app.place import this_project
from assay.core.errors import NothingYetError
from assay.present import changes
from assay.present.format import count
from assay.workbench.origins import Differing, differing, share_no_day
from assay.workbench.references import find_version, full_name
from assay.workbench.versions import Version, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from assay.workbench.project import Project

SHOWN: Final = 20
"""Numbers, and lines of one kind of origin, that a terminal is given; `--json` has them all."""

RULE: Final = (
    "Errors are added, whatever their correlation: the versions share data. At the findings' level "
    "an effect that did not change is called changed at most as often as the level allows."
)
RULE_INDEPENDENT: Final = "Squares of errors are added, as of independent data: {why}."


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """Two versions side by side.

    Attributes:
        disjoint: why their errors were taken as independent; "" where they were not.
    """

    before: Version
    after: Version
    comparison: Comparison
    origins: tuple[Differing, ...]
    disjoint: str

    @property
    def rule(self) -> str:
        """How changes were held against their errors, in words."""
        return RULE_INDEPENDENT.format(why=self.disjoint) if self.disjoint else RULE


def print_diff(
    first: str, second: str | None, *, as_json: bool, page: Path | None, exit_code: bool
) -> int:
    """Compares and tells; 1 where they differ and the exit code is asked for."""
    project = this_project()
    found = diff_of(*_both(project, first, second))
    if page is not None:
        from assay.app.comparing_page import write_page  # noqa: PLC0415  needs the renderer

        write_page(found, page)
    if as_json:
        print_json(as_record(found))
    else:
        for line in _told(found):
            say(line)
        if page is not None:
            say(f"\nPage: {page}")
    return int(exit_code and found.comparison.differs)


def diff_of(before: Version, after: Version) -> VersionDiff:
    """What two versions say differently.

    Raises:
        ParameterError: where their results are of different kinds.
    """
    one, other = ({"manifest": each.manifest, "result": each.result} for each in (before, after))
    disjoint = share_no_day(one, other)
    return VersionDiff(
        before=before,
        after=after,
        comparison=compare(before.result, after.result, independent=bool(disjoint)),
        origins=differing(before.manifest, after.manifest),
        disjoint=disjoint,
    )


def _both(project: Project, first: str, second: str | None) -> tuple[Version, Version]:
    """One name alone stands for its last two versions, or a version and the one before it."""
    if second is not None:
        return find_version(project, first), find_version(project, second)
    after = find_version(project, first)
    earlier = [each for each in versions(project, *_shelf_of(after)) if each.id < after.id]
    if not earlier:
        raise NothingYetError(
            f"{full_name(after)} is the first version: there is none before it",
            remedy="name two versions",
        )
    return earlier[-1], after


def _shelf_of(version: Version) -> tuple[str, str]:
    return version.manifest["report"], version.manifest["set"]


def as_record(found: VersionDiff) -> dict[str, Any]:
    """All of it, for a program."""
    comparison = found.comparison
    return {
        "before": _version_record(found.before),
        "after": _version_record(found.after),
        "kind": comparison.kind,
        "differs": comparison.differs,
        "rule": "independent" if comparison.independent else "whatever the correlation",
        "rule_in_words": found.rule,
        "remarks": list(comparison.remarks),
        "decision": [asdict(flip) for flip in comparison.flips],
        "findings": [_finding_record(finding) for finding in comparison.findings],
        "numbers": [_moved_record(moved) for moved in comparison.numbers if moved.differs],
        "numbers_same": sum(not moved.differs for moved in comparison.numbers),
        "made_from": [asdict(origin) for origin in found.origins],
    }


def _version_record(version: Version) -> dict[str, Any]:
    manifest = version.manifest
    return {
        "version": full_name(version),
        "created": manifest.get("created"),
        "as_of": manifest.get("as_of"),
    }


def _finding_record(finding: FindingChange) -> dict[str, Any]:
    record = asdict(finding)
    for part in ("size", "lift"):
        moved = getattr(finding, part)
        record[part] = moved and _moved_record(moved)
    return record


def _moved_record(moved: Moved) -> dict[str, Any]:
    return asdict(moved)


def _told(found: VersionDiff) -> Iterator[str]:
    for word, version in (("before", found.before), ("after ", found.after)):
        yield f"{word}  {full_name(version)}  as of {str(version.manifest.get('as_of'))[:10]}"
    comparison = found.comparison
    if not comparison.differs:
        yield "\nThe same: decision, findings and all numbers."
    for remark in comparison.remarks:
        yield f"\nNote: {remark}"
    if comparison.flips:
        yield "\nDecision"
        yield from (f"  {flip.what}: {flip.before} → {flip.after}" for flip in comparison.flips)
    if any(finding.kind != "same" for finding in comparison.findings):
        yield f"\n{headline(comparison)}"
        for finding in comparison.findings:
            yield from _finding_lines(finding)
    yield from _number_lines(comparison)
    yield from _origin_lines(found.origins)
    if comparison.judged:
        yield f"\n{found.rule}"


def headline(comparison: Comparison) -> str:
    """What became of the findings, in a sentence."""
    same = sum(finding.kind == "same" for finding in comparison.findings)
    if not comparison.judged:
        return f"Findings: {same} of {len(comparison.findings)} are the same"
    return (
        f"Findings: {comparison.beyond} of {comparison.judged} effects moved by more than their "
        f"errors explain; {same} the same"
    )


def _finding_lines(finding: FindingChange) -> Iterator[str]:
    if finding.kind == "same":
        return
    known = finding.title_after or finding.title_before or finding.what
    yield f"  {finding.key}: {finding.kind}" + (f" ({known})" if finding.kind != "changed" else "")
    yield from (f"    {flip.what}: {flip.before} → {flip.after}" for flip in finding.flips)
    if finding.kind == "changed":
        for name, moved in finding.parts:
            if moved.differs:
                yield f"    {name} {sentence(moved, name)}"
    if finding.n_before != finding.n_after and finding.kind == "changed":
        yield f"    n {_n(finding.n_before)} → {_n(finding.n_after)}"


def sentence(moved: Moved, how: changes.Kind) -> str:
    """Before, after, by how much, and whether that is more than the errors explain."""
    before, after = (
        changes.estimate(each, unit, how)
        for each, unit in ((moved.before, moved.unit_before), (moved.after, moved.unit))
    )
    return f"{before} → {after}{by(moved)}: {verdict(moved)}"


def by(moved: Moved) -> str:
    """`, by +0.6 points [−1.9, +3.1] (+18 %)`, "" where nothing can be subtracted."""
    found = moved.change
    if found is None:
        return ""
    size = moved.after.value if moved.after else None
    told = changes.moved(
        found.value, found.low, found.high, unit=moved.unit, size=size, relative=found.relative
    )
    return f", by {told}"


def verdict(moved: Moved, words: Mapping[str, str] = changes.JUDGED) -> str:
    """What the errors say of it, and why where they say nothing."""
    return f"{words[moved.judged]}{f' ({moved.reason})' if moved.reason else ''}"


def _number_lines(comparison: Comparison) -> Iterator[str]:
    moved = [each for each in comparison.numbers if each.differs]
    if not moved:
        return
    beyond = sum(each.judged == "beyond" for each in moved)
    yield (
        f"\nOther numbers: {len(moved)} of {len(comparison.numbers)} differ, "
        f"{beyond} by more than their errors explain"
    )
    first = [each for each in moved if each.judged == "beyond"]
    first += [each for each in moved if each.judged != "beyond" and "/" not in each.name]
    yield from (f"  {each.name}: {sentence(each, 'level')}" for each in first[:SHOWN])
    if len(moved) > len(first[:SHOWN]):
        yield f"  … {len(moved) - len(first[:SHOWN])} more; --json and --html have them all"


def _origin_lines(origins: tuple[Differing, ...]) -> Iterator[str]:
    yield "\nMade from"
    if not origins:
        yield "  the same inputs, parameters, code and packages"
    parts = dict.fromkeys(origin.part for origin in origins)
    for part in parts:
        lines = [origin.line for origin in origins if origin.part == part]
        yield from (f"  {line}" for line in lines[:SHOWN])
        if len(lines) > SHOWN:
            yield f"  … {len(lines) - SHOWN} more of {part}"


def _n(number: int | None) -> str:
    return "–" if number is None else count(number)
