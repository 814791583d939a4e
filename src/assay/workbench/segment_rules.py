"""What `params/segment-rules.yaml` says; every mistake is told with its line."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from assay.core.errors import ParameterError, nearest
from assay.core.project import resolve_path
from assay.core.segment_rules import BoundsEntry, Condition, RuleEntry, RuleFile, SegmentRule
from assay.workbench.schedule.lines import lines_of
from assay.workbench.values import read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Lines = Mapping[tuple[str, ...], int]

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
    file, name = resolve_path(str(path)), Path(path).name
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ParameterError(
            f"there is no {path}", remedy="docs/segments.md shows what a file of rules says"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{name} cannot be read: {error}") from None
    content = read_yaml(text, place=name)
    lines = lines_of(text) if content is not None else {}
    try:
        told = RuleFile.model_validate({} if content is None else content)
    except ValidationError as error:
        raise _mistake(error, name, lines) from None
    seen: dict[str, str] = {}
    rules = []
    for i, entry in enumerate(told.segments):
        place = f"{name}:{_line(('segments', str(i)), lines)}"
        if entry.name in seen:
            raise ParameterError(
                f"{place}: {entry.name!r} is already the name of what {seen[entry.name]} declares",
                remedy="give each a name of its own",
            )
        seen[entry.name] = place
        for measure in entry.when:
            if measures is not None and measure not in measures:
                line = _line(("segments", str(i), "when", measure), lines)
                raise ParameterError(
                    f"{name}:{line}: segment {entry.name!r}: {measure!r} is no measure that a rule "
                    "can use",
                    remedy=nearest(measure, measures),
                )
        rules.append(_rule(entry, told.least, place))
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


def _line(place: tuple[str, ...], lines: Lines) -> int:
    above = (place[:end] for end in range(len(place), 0, -1))
    return next((lines[part] for part in above if part in lines), 1)


def _mistake(error: ValidationError, name: str, lines: Lines) -> ParameterError:
    """The first mistake in the order of lines; what is missing last, since it may be misspelt."""

    def order(found: Any) -> tuple[bool, int]:  # noqa: ANN401  pydantic's own record
        return found["type"] == "missing", _line(tuple(map(str, found["loc"])), lines)

    found = min(error.errors(), key=order)
    place = tuple(str(part) for part in found["loc"])
    where = f"{name}:{_line(place, lines)}"
    if found["type"] == "extra_forbidden":
        return ParameterError(
            f"{where}: unknown key {'.'.join(place)!r}", remedy=nearest(place[-1], _known(place))
        )
    if found["type"] == "missing":
        return ParameterError(f"{where}: {'.'.join(place)!r} is missing")
    message = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    message = message.removeprefix("expected ")
    return ParameterError(
        f"{where}: {'.'.join(place) or 'the file'} = {found['input']!r:.80}, expected {message}"
    )


def _known(place: tuple[str, ...]) -> tuple[str, ...]:
    model = RuleFile if len(place) == 1 else RuleEntry if len(place) == 3 else BoundsEntry
    return tuple(model.model_fields)
