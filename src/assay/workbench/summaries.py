"""What the index says of each version, remembered: a version never changes once it is up."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from assay.core.errors import ProjectError
from assay.workbench.files import json_text, write_atomically
from assay.workbench.layout import MANIFEST_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assay.workbench.project import Project
    from assay.workbench.versions import Version

_SHAPE: Final = 1
"""Raised when a field of `Summary` is added or changes its meaning: what is kept is read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One version in a line.

    Attributes:
        as_of: the day that its data reach to, ISO.
        headline: name of its first tile; `value` as printed, and `number`.
    """

    version: str
    created: str
    as_of: str
    title: str = ""
    subtitle: str = ""
    state: str = ""
    tone: str = "neutral"
    headline: str = ""
    value: str = ""
    number: float | None = None

    @classmethod
    def of(cls, version: Version) -> Self:
        """Read from its manifest and result."""
        manifest, brief = version.manifest, version.result.get("brief") or {}
        tile: dict[str, Any] = next(iter(brief.get("tiles") or ()), {})
        return cls(
            version=version.id,
            created=str(manifest.get("created", "")),
            as_of=str(manifest.get("as_of", "")),
            title=str(brief.get("title", "")),
            subtitle=str(brief.get("subtitle", "")),
            state=str(brief.get("state", "")),
            tone=str(brief.get("tone", "neutral")),
            headline=str(tile.get("name", "")),
            value=str(tile.get("value", "")),
            number=tile.get("number"),
        )

    @property
    def unit(self) -> str:
        """What stands around the printed number, so that only like is compared with like.

        >>> Summary(version="", created="", as_of="", value="+4.6 %").unit
        '%'
        """
        kept = "".join(c for c in self.value if not (c.isdigit() or c.isspace() or c in "+-−.,"))
        return kept.removesuffix("s")


class Summaries:
    """Of all versions of a project, kept between two calls in `.assay/`."""

    def __init__(self, project: Project) -> None:
        self._published = project.published
        self._memory = project.state / "summaries.json"
        self._known = _load(self._memory)
        self._used: dict[str, dict[str, Any]] = {}
        self._changed = False

    def of(self, found: Sequence[Version]) -> tuple[Summary, ...]:
        """One for each version."""
        return tuple(self._one(version) for version in found)

    def save(self) -> None:
        """Keeps them; where nothing can be kept, goes without."""
        if self._changed or self._used.keys() != self._known.keys():
            kept = {"shape": _SHAPE, "versions": self._used}
            with suppress(ProjectError):
                write_atomically(self._memory, json_text(kept))
            self._known, self._changed = dict(self._used), False

    def _one(self, version: Version) -> Summary:
        name = version.folder.relative_to(self._published).as_posix()
        written = (version.folder / MANIFEST_FILE).stat().st_mtime_ns
        known = self._known.get(name)
        if known is None or known.get("written") != written:
            known = {"written": written, "summary": asdict(Summary.of(version))}
            self._changed = True
        self._used[name] = known
        return Summary(**known["summary"])


def what_changed(before: Summary | None, now: Summary) -> str:
    """What is different from the version before, in a sentence or two; "" where nothing is."""
    if before is None:
        return ""
    told = []
    if before.state and now.state and before.state != now.state:
        told.append(f"Verdict changed from {before.state}.")
    if before.headline and before.headline == now.headline and before.value != now.value:
        told.append(f"{now.headline} was {before.value} in the version before.")
    return " ".join(told)


def _load(memory: Path) -> dict[str, dict[str, Any]]:
    try:
        kept = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict) or kept.get("shape") != _SHAPE:
        return {}
    known = kept.get("versions")
    return known if isinstance(known, dict) else {}
