"""What two runs were made from, and how that differs: inputs, parameters, code, packages, place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]
Part = Literal[
    "input",
    "parameter",
    "notebook",
    "code",
    "lock",
    "package",
    "python",
    "platform",
    "revision",
    "renderer",
]

NONE: Final = "–"
_HASH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One ingredient that differs, as it was and as it is; `note` says how far."""

    part: Part
    name: str
    before: str
    after: str
    note: str = ""

    @property
    def line(self) -> str:
        """All of it in one line."""
        told = f"{self.part} {self.name}".strip()
        return f"{told}: {self.before} → {self.after}{f' ({self.note})' if self.note else ''}"


def differing(before: Json, after: Json) -> tuple[Differing, ...]:
    """Every ingredient that differs between two manifests, those of the data first.

    The clock, durations, ids and keys of the runs are left out: they differ always, or say no more
    than what they are made of.
    """
    return tuple(
        found for part in (_inputs, _parameters, _code, _system) for found in part(before, after)
    )


def share_no_day(before: Json, after: Json) -> str:
    """Why two versions rest on different data, in words; "" where they may share some.

    Told from the period of each result where both name one (`first` and `last`), otherwise from
    the first and last day of every input; an input without days may be shared.

    Args:
        before: manifest and result of the earlier version, under these names.
        after: of the later one.
    """
    periods = [
        _period(version["result"]) or _span(version["manifest"]) for version in (before, after)
    ]
    if None in periods:
        return ""
    (first, last), (later_first, later_last) = (period or ("", "") for period in periods)
    if last < later_first or later_last < first:
        return f"{first} to {last}, then {later_first} to {later_last}: no day is in both"
    return ""


def _period(result: Json) -> tuple[str, str] | None:
    first, last = result.get("first"), result.get("last")
    if isinstance(first, str) and isinstance(last, str) and first and last:
        return first[:10], last[:10]
    return None


def _span(manifest: Json) -> tuple[str, str] | None:
    inputs = manifest.get("inputs") or []
    days = [(found.get("first"), found.get("last")) for found in inputs]
    if not days or not all(first and last for first, last in days):
        return None
    return min(first[:10] for first, _ in days), max(last[:10] for _, last in days)


def _inputs(before: Json, after: Json) -> Iterator[Differing]:
    old, new = (_by_name(manifest.get("inputs") or ()) for manifest in (before, after))
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was is None or now is None or _state(was) != _state(now):
            note = _grown(was, now) if was and now else ""
            yield Differing(
                part="input", name=name, before=_input(was), after=_input(now), note=note
            )


def _by_name(inputs: Any) -> dict[str, Json]:  # noqa: ANN401  JSON
    """One parameter may name several files; they are told apart by path."""
    named = [found["name"] for found in inputs]
    return {
        f"{found['name']} ({found['path']})"
        if named.count(found["name"]) > 1
        else found["name"]: found
        for found in inputs
    }


def _state(found: Json) -> tuple[object, ...]:
    return tuple(found.get(part) for part in ("path", "sha256", "rows", "first", "last"))


def _input(found: Json | None) -> str:
    if found is None:
        return NONE
    rows, first, last = found.get("rows"), found.get("first"), found.get("last")
    days = f"{str(first)[:10]} to {str(last)[:10]}" if first and last else ""
    parts = [
        str(found.get("path")),
        f"{rows} rows" if rows is not None else "",
        days,
        short(found.get("sha256")),
    ]
    return ", ".join(part for part in parts if part and part != NONE)


def _grown(was: Json, now: Json) -> str:
    said = []
    if was.get("rows") is not None and now.get("rows") is not None:
        more = now["rows"] - was["rows"]
        said.append(f"{more:+d} rows" if more else "as many rows")
    if was.get("sha256") and was.get("sha256") == now.get("sha256"):
        said.append("the same content")
    return ", ".join(said)


def _parameters(before: Json, after: Json) -> Iterator[Differing]:
    old, new = before.get("parameters") or {}, after.get("parameters") or {}
    for name, was, now in _nested(old, new, ""):
        yield Differing(part="parameter", name=name, before=was, after=now)


def _nested(before: object, after: object, name: str) -> Iterator[tuple[str, str, str]]:
    """Only what differs within tables and lists; rows with a `name` are matched by it."""
    if isinstance(before, list) and isinstance(after, list) and _named(before) and _named(after):
        before, after = ({row["name"]: row for row in rows} for rows in (before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(key for key in before if key not in after)]:
            below = f"{name}.{key}" if name else str(key)
            if key in before and key in after:
                yield from _nested(before[key], after[key], below)
            else:
                yield below, shown(before, key), shown(after, key)
    elif before != after:
        yield name, _text(before), _text(after)


def _named(rows: list[Any]) -> bool:
    names = [row.get("name") if isinstance(row, dict) else None for row in rows]
    return None not in names and len(set(names)) == len(names)


def shown(table: Mapping[str, object], key: str) -> str:
    """A value as it may be printed; a dash where there is none."""
    return _text(table[key]) if key in table else NONE


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(before: Json, after: Json) -> Iterator[Differing]:
    was, now = ((each.get("notebook") or {}) for each in (before, after))
    if was.get("sha256") != now.get("sha256"):
        yield Differing(
            part="notebook",
            name=str(now.get("path") or was.get("path") or ""),
            before=short(was.get("sha256")),
            after=short(now.get("sha256")),
        )
    made, remade = ((each.get("made_from") or {}) for each in (before, after))
    yield from _table("code", made.get("code") or {}, remade.get("code") or {}, hashed=True)
    if made.get("lock") != remade.get("lock"):
        yield Differing(
            part="lock", name="", before=short(made.get("lock")), after=short(remade.get("lock"))
        )
    yield from _table("package", before.get("packages") or {}, after.get("packages") or {})


def _table(part: Part, old: Json, new: Json, *, hashed: bool = False) -> Iterator[Differing]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            was, now = (short(t.get(name)) if hashed else shown(t, name) for t in (old, new))
            yield Differing(part=part, name=name, before=was, after=now)


def _system(before: Json, after: Json) -> Iterator[Differing]:
    for part in ("python", "platform", "renderer"):
        was, now = before.get(part), after.get(part)
        if was != now and not (part == "renderer" and (was is None or now is None)):
            yield Differing(part=part, name="", before=str(was or NONE), after=str(now or NONE))
    was, now = (_revision(manifest.get("git")) for manifest in (before, after))
    if was != now:
        yield Differing(part="revision", name="", before=was, after=now)


def _revision(git: Json | None) -> str:
    if not git:
        return NONE
    changed = "" if git.get("clean") else " with changes"
    return f"{str(git.get('revision'))[:_HASH]}{changed}"


def short(sha256: object) -> str:
    """The beginning of a hash; a dash where there is none."""
    return str(sha256)[:_HASH] if sha256 else NONE
