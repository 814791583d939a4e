"""Who was told of what: a claim for each version and recipient, so that each is told once.

A claim is `sending` before a server is spoken to, and `sent` once it has confirmed. What was sent
is never sent again. A process that dies in between leaves `sending`: nobody knows then whether the
message arrived, and it is sent once more, with the same reference and a line that says so. A
message too many is a nuisance, a lost one a decision that nobody takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from assay.workbench.lease import Clock, LeaseLostError, look, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.lease import Content, Lease
    from assay.workbench.versions import Version

SENT: Final = "sent"
UNCHANGED: Final = "unchanged"
_TOLD: Final = frozenset({SENT, UNCHANGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What was told, and the right to tell the rest.

    Attributes:
        span: after how long without a sign a claim may be taken over.
    """

    folder: Path
    span: timedelta
    now: Clock

    def version(self, report: str, set_name: str, version: str, recipient: str) -> Path:
        """The claim on telling somebody of a version."""
        return self.folder / "versions" / report / set_name / version / recipient

    def failure(self, schedule: str, due: str, recipient: str) -> Path:
        """The claim on telling somebody of a failure."""
        return self.folder / "failures" / schedule / due / recipient

    def word(self, topic: str, key: str, recipient: str) -> Path:
        """The claim on telling somebody of something else that happened."""
        return self.folder / topic / key / recipient

    def claim(self, place: Path) -> Lease | None:
        """The right to tell; None where it was told, or another is about to."""
        return take(place, {"state": "new"}, span=self.span, now=self.now, unless=is_told)

    def was_told(self, place: Path) -> bool:
        """Whether it was."""
        content = look(place)
        return content is not None and is_told(content)

    def is_unchanged(self, place: Path) -> bool:
        """Whether it was held back because nothing had changed."""
        return (look(place) or {}).get("state") == UNCHANGED

    def last_told(self, versions: Sequence[Version], place: Path) -> Version | None:
        """What the recipient of a newer version read last, of the older ones; None where nothing.

        Where that one is no longer kept, the newest of those that are.
        """
        shelf, recipient = place.parent.parent, place.name
        read = {
            claim.parent.name
            for claim in shelf.glob(f"*/{recipient}")
            if (look(claim) or {}).get("state") == SENT
        }
        kept = next((one for one in reversed(versions) if one.id in read), None)
        if kept is None and any(name < place.parent.name for name in read):
            return versions[-1] if versions else None
        return kept


def is_told(content: Content) -> bool:
    """Whether nothing is left to be sent."""
    return content.get("state") in _TOLD


def insist_on(claims: Sequence[Lease]) -> None:
    """Does nothing while all of them are ours.

    Raises:
        LeaseLostError: where one is another's now.
    """
    for claim in claims:
        claim.insist()


def let_go(claims: Sequence[Lease]) -> None:
    """Leaves them to whoever comes next."""
    for claim in claims:
        try:
            claim.close()
        except LeaseLostError:
            continue
