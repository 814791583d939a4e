"""A message of a few lines about something that happened, other than a new version or a failure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What happened.

    Attributes:
        topic: a folder of the outbox, `experiments` for example.
        key: tells this event from all others of the topic, in the characters of a file's name.
        subject: of the message, and its heading.
        lines: a label with what it says.
        bad: it tells of something that went wrong.
    """

    topic: str
    key: str
    subject: str
    lines: tuple[tuple[str, str], ...] = ()
    link: str = ""
    bad: bool = False
