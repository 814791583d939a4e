"""Tells each recipient of what is new to them, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from assay.core.errors import ParameterError
from assay.workbench.notify.letter import letter_of_mishaps, letter_of_news, letter_of_word
from assay.workbench.notify.outbox import SENT, UNCHANGED, Outbox, insist_on, let_go
from assay.workbench.notify.recipients import MAIL, Recipient, address_of, scheme_of_recipient
from assay.workbench.notify.send import SendError, send
from assay.workbench.notify.story import Changes, news_of, place_of
from assay.workbench.project import Project
from assay.workbench.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assay.workbench.lease import Lease
    from assay.workbench.notify.letter import Letter
    from assay.workbench.notify.story import Mishap, News
    from assay.workbench.notify.word import Word
    from assay.workbench.versions import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of telling one recipient.

    Attributes:
        state: `known` where there was nothing new to tell, `unchanged` where nothing changed and
            only changes are wanted, `busy` where another process is about to tell.
        about: names of the reports that the message is about.
        note: why it was not sent, or was sent to a part only; masked.
        for_good: trying again cannot help.
    """

    recipient: str
    state: Literal["sent", "unchanged", "known", "busy", "failed"]
    about: tuple[str, ...] = ()
    note: str = ""
    for_good: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Whom there is to tell, and how.

    Attributes:
        changes: tells which findings of two versions differ.
        guard: called right before a message leaves; what it raises holds it back.
        hand_over: sends a letter to an address.
        environ: holds the addresses; None for the environment of the process.
    """

    project: Project
    recipients: Mapping[str, Recipient]
    outbox: Outbox
    changes: Changes
    guard: Callable[[], None]
    hand_over: Callable[..., str] = send
    environ: Mapping[str, str] | None = None

    def news(self, told: Sequence[Version], recipient: str, *, quiet: bool) -> Delivery:
        """Tells of the versions that the recipient has not been told of."""
        claims: list[Lease] = []
        news: list[News] = []
        busy = again = False
        try:
            for version in told:
                place = self.outbox.version(*place_of(version), version.id, recipient)
                if self.outbox.was_told(place):
                    continue
                claim = self.outbox.claim(place)
                if claim is None:
                    busy = busy or not self.outbox.was_told(place)
                    continue
                claims.append(claim)
                again = again or claim.content["state"] == "sending"
                one = self.story(version, recipient)
                if quiet and not one.first and not one.changed:
                    claim.close(state=UNCHANGED)
                    claims.remove(claim)
                    continue
                news.append(one)
            if not news:
                return Delivery(
                    recipient=recipient, state=self._nothing(told, recipient, busy=busy)
                )
            letter = self.letter(news, recipient, again=again)
            return self._deliver(letter, recipient, claims, tuple(one.name for one in news))
        finally:
            let_go(claims)

    def mishaps(
        self, mishaps: Sequence[Mishap], recipient: str, *, schedule: str, due: datetime
    ) -> Delivery:
        """Tells of what failed at a due time."""
        stamp = due.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        place = self.outbox.failure(schedule, stamp, recipient)
        about = tuple(one.name for one in mishaps)
        if self.outbox.was_told(place):
            return Delivery(recipient=recipient, state="known", about=about)
        claim = self.outbox.claim(place)
        if claim is None:
            return Delivery(recipient=recipient, state="busy", about=about)
        try:
            letter = letter_of_mishaps(
                self.project.name,
                schedule,
                mishaps,
                recipient=recipient,
                due=due.isoformat(timespec="minutes"),
                again=claim.content["state"] == "sending",
            )
            return self._deliver(letter, recipient, [claim], about)
        finally:
            let_go([claim])

    def word(self, word: Word, recipient: str) -> Delivery:
        """Tells of something that happened."""
        place = self.outbox.word(word.topic, word.key, recipient)
        if self.outbox.was_told(place):
            return Delivery(recipient=recipient, state="known", about=(word.subject,))
        claim = self.outbox.claim(place)
        if claim is None:
            return Delivery(recipient=recipient, state="busy", about=(word.subject,))
        try:
            letter = letter_of_word(
                self.project.name,
                word,
                recipient=recipient,
                again=claim.content["state"] == "sending",
            )
            return self._deliver(letter, recipient, [claim], (word.subject,))
        finally:
            let_go([claim])

    def story(self, version: Version, recipient: str) -> News:
        """What a version has to tell to a recipient."""
        place = self.outbox.version(*place_of(version), version.id, recipient)
        earlier = [one for one in versions(self.project, *place_of(version)) if one.id < version.id]
        before = self.outbox.last_told(earlier, place)
        return news_of(version, before, base=base_of(self.project), changes=self.changes)

    def letter(self, news: Sequence[News], recipient: str, *, again: bool = False) -> Letter:
        """One message of all that is new."""
        wanted = self.recipients[recipient].pdf
        if wanted is None:
            wanted = scheme_of_recipient(self.recipients[recipient], self.environ) in MAIL
        return letter_of_news(
            self.project.name,
            news,
            recipient=recipient,
            with_paper=wanted,
            largest_mb=self.project.settings.notify.max_attachment_mb,
            again=again,
        )

    def _deliver(
        self, letter: Letter, recipient: str, claims: list[Lease], about: tuple[str, ...]
    ) -> Delivery:
        def guard() -> None:
            self.guard()
            insist_on(claims)

        settings = self.project.settings.notify
        try:
            address = address_of(recipient, self.recipients[recipient], self.environ)
            for claim in claims:
                claim.write(state="sending", reference=letter.reference)
            note = self.hand_over(
                letter, address, sender=settings.sender, timeout=settings.timeout, guard=guard
            )
        except (SendError, ParameterError) as error:
            for claim in claims:
                claim.close(state="failed")
            for_good = isinstance(error, SendError) and error.for_good
            return Delivery(
                recipient=recipient,
                state="failed",
                about=about,
                note=str(error),
                for_good=for_good,
            )
        for claim in claims:
            claim.close(state=SENT)
        return Delivery(recipient=recipient, state="sent", about=about, note=note)

    def _nothing(
        self, told: Sequence[Version], recipient: str, *, busy: bool
    ) -> Literal["known", "unchanged", "busy"]:
        if busy:
            return "busy"
        places = (self.outbox.version(*place_of(one), one.id, recipient) for one in told)
        quiet = any(self.outbox.is_unchanged(place) for place in places)
        return "unchanged" if quiet else "known"


def base_of(project: Project) -> str:
    """Where the published folder can be read."""
    return project.settings.publishing.url
