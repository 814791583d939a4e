"""The command that tries a recipient out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assay.app.console import say
from assay.app.news import changes_between
from assay.app.place import this_project
from assay.core.errors import AssayError, DataError, ParameterError, nearest
from assay.workbench.notify.letter import letter_of_news
from assay.workbench.notify.recipients import MAIL, address_of, scheme_of_recipient
from assay.workbench.notify.send import SendError, send
from assay.workbench.notify.story import news_of
from assay.workbench.notify.tell import base_of
from assay.workbench.schedule.entries import read_entries
from assay.workbench.versions import shelves, versions

if TYPE_CHECKING:
    from assay.workbench.notify.letter import Letter
    from assay.workbench.notify.recipients import Recipient
    from assay.workbench.project import Project


class UndeliveredError(AssayError):
    """A message was not taken."""


def try_recipient(name: str, *, dry_run: bool) -> None:
    """Sends a message about the newest version to a recipient, or shows what would be sent.

    Raises:
        DataError: where nothing was published yet.
        ParameterError: where there is no such recipient, or the environment lacks its address.
        UndeliveredError: where the message was not taken.
    """
    project = this_project()
    known = read_entries(project).recipients
    if name not in known:
        raise ParameterError(
            f"there is no recipient {name!r} in params/schedules.yaml", remedy=nearest(name, known)
        )
    letter = _trial(project, name, known[name])
    if dry_run:
        _show(letter, scheme_of_recipient(known[name]) or "an address that is not set")
        return
    settings = project.settings.notify
    address = address_of(name, known[name])
    try:
        note = send(
            letter,
            address,
            sender=settings.sender,
            timeout=settings.timeout,
            guard=lambda: None,
        )
    except SendError as error:
        raise UndeliveredError(f"{name} was not told: {error}") from None
    say(f"Sent to {name} ({address.scheme}): {letter.subject}")
    if note:
        say(f"But {note}.")


def _trial(project: Project, name: str, recipient: Recipient) -> Letter:
    all_versions = (
        version
        for shelf in shelves(project)
        for version in versions(project, shelf.parent.name, shelf.name)
    )
    newest = max(all_versions, key=lambda version: version.id, default=None)
    if newest is None:
        raise DataError("nothing was published yet", remedy="`assay publish` makes what to tell of")
    news = news_of(newest, None, base=base_of(project), changes=changes_between)
    wanted = recipient.pdf
    if wanted is None:
        wanted = scheme_of_recipient(recipient) in MAIL
    letter = letter_of_news(
        project.name,
        [news],
        recipient=name,
        with_paper=wanted,
        largest_mb=project.settings.notify.max_attachment_mb,
    )
    return replace(letter, subject=f"Test: {letter.subject}")


def _show(letter: Letter, service: str) -> None:
    say(f"To: {service}")
    say(f"Subject: {letter.subject}")
    for file, path in letter.papers:
        say(f"Attached: {file} ({path.stat().st_size / 1000:.0f} kB)")
    say()
    say(letter.plain.rstrip())
