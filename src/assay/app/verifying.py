"""The command that runs a version again and says whether its numbers come out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from assay.app.console import passing, print_json, say, show
from assay.app.place import this_project
from assay.core.errors import ParameterError
from assay.present.format import count
from assay.workbench.references import find_version, full_name
from assay.workbench.verify import TOLERANCE, Mismatch, Tolerance, Verification, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHOWN: Final = 20


def print_verification(text: str, tolerances: Sequence[str], *, as_json: bool) -> int:
    """Verifies a version, or what a bundle holds; 1 where something comes out otherwise."""
    tolerance = read_tolerance(tolerances)
    if _is_bundle(text):
        from assay.app.bundling import opened  # noqa: PLC0415  only where there is one

        with opened(Path(text)) as bundle, passing():
            found = verify(
                bundle.project,
                bundle.version,
                tolerance=tolerance,
                parameters=bundle.parameters,
                progress=_show,
            )
        name = f"{full_name(bundle.version)} of {Path(text).name}"
    else:
        project = this_project()
        version = find_version(project, text)
        with passing():
            found = verify(project, version, tolerance=tolerance, progress=_show)
        name = full_name(version)
    if as_json:
        print_json(_record(found, tolerance))
    else:
        for line in _told(name, found, tolerance):
            say(line)
    return int(not found.verified)


def read_tolerance(texts: Sequence[str]) -> Tolerance:
    """`1e-6` for all numbers, `s=1e-3` for those of a unit.

    Raises:
        ParameterError: where one cannot be read.
    """
    default, by_unit = TOLERANCE, {}
    for text in texts:
        unit, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            raise ParameterError(
                f"tolerance {text!r} is no number", remedy="write 1e-6, or UNIT=1e-6"
            ) from None
        if equals:
            by_unit[unit] = value
        else:
            default = value
    return Tolerance(default=default, by_unit=by_unit)


def _is_bundle(text: str) -> bool:
    path = Path(text)
    return path.suffix == ".zip" or (path.is_dir() and (path / "bundle.json").is_file())


def _show(cell: int, cells: int) -> None:
    show(f"cell {cell} of {cells}")


def _record(found: Verification, tolerance: Tolerance) -> dict[str, Any]:
    return {
        "version": found.version,
        "verified": found.verified,
        "tolerance": {"default": tolerance.default, **tolerance.by_unit},
        "numbers": found.numbers,
        "mismatches": [asdict(mismatch) for mismatch in found.mismatches],
        "made_from_otherwise": [asdict(each) for each in found.ingredients],
        "explained_by": [each.line for each in found.causes] if found.mismatches else [],
    }


def _told(name: str, found: Verification, tolerance: Tolerance) -> Iterator[str]:
    within = ", ".join(
        [f"{tolerance.default:g} relative", *(f"{u}: {t:g}" for u, t in tolerance.by_unit.items())]
    )
    numbers = f"{count(found.numbers)} numbers"
    if found.verified:
        yield f"verified  {name}: {numbers} come out as recorded (within {within})"
    else:
        yield f"differs   {name}: {len(found.mismatches)} places of the result (within {within})"
        yield from (f"  {_line(mismatch)}" for mismatch in found.mismatches[:SHOWN])
        if len(found.mismatches) > SHOWN:
            yield f"  … {len(found.mismatches) - SHOWN} more; --json has them all"
    yield ""
    if found.ingredients:
        yield "Made from, as recorded → as it is now"
        yield from (f"  {each.line}" for each in found.ingredients[:SHOWN])
        if len(found.ingredients) > SHOWN:
            yield f"  … {len(found.ingredients) - SHOWN} more; --json has them all"
    else:
        yield "Inputs, parameters, code, packages and Python are as recorded."
    if not found.verified:
        yield explanation(found)


def explanation(found: Verification) -> str:
    """Which recorded ingredients may have done it."""
    parts = list(dict.fromkeys(each.part for each in found.causes))
    if parts:
        names = ", ".join(_PLAIN.get(part, part) for part in parts)
        return f"What may explain it: {names}."
    return (
        "Nothing that is recorded explains it: the notebook draws at random without a seed, looks "
        "at the clock, or reads what no parameter names."
    )


_PLAIN: Final = {
    "input": "the data have changed since",
    "parameter": "other parameters",
    "notebook": "another notebook",
    "code": "the code has changed since",
    "lock": "other packages (lock file, or what is installed)",
    "package": "other versions of packages",
    "python": "another Python",
    "platform": "another platform",
}


def _line(mismatch: Mismatch) -> str:
    unit = f" {mismatch.unit}" if mismatch.unit not in {"", "1"} else ""
    apart = "" if mismatch.relative is None else f" (apart by {mismatch.relative:.2g})"
    return f"{mismatch.at}: {_short(mismatch.recorded)} → {_short(mismatch.now)}{unit}{apart}"


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
